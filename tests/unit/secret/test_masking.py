"""Free text with credentials in it: what this tool writes, and what logs, files and people make of it."""

from __future__ import annotations

import json
import logging
import pprint
import traceback
from dataclasses import dataclass
from typing import Dict, List, Union
from urllib.parse import quote

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from dockproxy.changes import client_config, daemon_json, drop_in, env_file
from dockproxy.secret import ProxyURL, mask
from dockproxy.secret.masking import masked_list
from tests.conftest import CANARY

# What Go takes between "//" and "@" as it stands, so that it may be in a value that this tool writes.
GO_USERINFO = [*"abcXYZ019-._~!$&'()*+,;=:@", "%40", "%2F", "%25", "%C3%A9", "%27"]
PRINTABLE = [chr(c) for c in range(33, 127)] + ["é", " ", "€"]


def places(raw: str) -> Dict[str, str]:
    """A value as this tool and others write it, in every file and in messages."""
    url = ProxyURL(raw)
    values: Dict[str, Union[ProxyURL, str, None]] = {
        "https-proxy": url,
        "http-proxy": url,
        "no-proxy": "localhost,.corp",
    }
    written = {
        "drop-in": drop_in.edit("", values),
        "environment file": env_file.edit("", values),
        "daemon.json": daemon_json.edit(b"", "/d", values).decode(),
        "config.json": client_config.edit(b"", "/c", "default", values).decode(),
    }
    diffs = {f"diff of {name}": "".join(f"+{line}" for line in text.splitlines(True)) for name, text in written.items()}
    return {
        **written,
        **diffs,
        "alone": raw,
        "message": f"cannot dial {raw}: refused",
        "message of Go": f"proxyconnect tcp: Get {json.dumps(raw)}: dial tcp: lookup",
        "several": f"{raw} {raw}, {raw};{raw}",
        "parentheses": f"the proxy ({raw}) and <{raw}>",
        "repr": repr(raw),
        "repr of a list": repr([raw, "x"]),
        "repr of a dict": repr({"a": raw, "b": {"c": raw}}),
        "JSON": json.dumps({"a": raw, "b": [raw]}),
        "JSON without blanks": json.dumps({"a": raw, "b": [raw]}, separators=(",", ":")),
        "JSON of PHP": json.dumps({"a": raw}).replace("/", "\\/"),
        "JSON in JSON": json.dumps({"log": json.dumps({"a": raw})}),
        "unit": f'Environment="HTTPS_PROXY={raw.replace("%", "%%")}" NO_PROXY=.corp',
        "unit without quotes": f"Environment=HTTPS_PROXY={raw.replace('%', '%%')} NO_PROXY=.corp",
        "shell": f"export HTTPS_PROXY={raw}\nexport NO_PROXY=.corp",
        "parameter": f"?proxy={quote(raw, safe='')}&x=1" if "://" in raw else raw,
        "argument": f"--build-arg=https_proxy={raw} --https-proxy {raw}",
    }


@example("12,34")
@example("1';(2),3")
@example("@)'(-!c")
@example(":%2F%2F")
@settings(deadline=None)
@given(st.lists(st.sampled_from(GO_USERINFO), min_size=4, max_size=12).map("".join))
def test_a_password_that_go_accepts_is_found_without_being_known(password: str) -> None:
    assume("***" not in password and password not in "***:***@")  # which the mask holds itself
    for form in (f"http://alice:{password}@proxy.corp:3128", f"alice:{password}@proxy.corp:3128"):
        for place, text in places(form).items():
            shown = mask(text)
            spellings = {password, password.replace("%", "%%"), quote(password, safe="")}
            for spelling in spellings:
                assert spelling in text.replace(spelling, "") or spelling not in shown, place
            assert mask(shown) == shown, place


@settings(deadline=None)
@given(st.text(st.sampled_from(PRINTABLE), min_size=4, max_size=12))
def test_any_known_password_is_found_wherever_it_stands(password: str) -> None:
    # What Go and every other reader strips, and what the mask holds itself.
    assume(password.strip() == password and "*" not in password)
    raw = f"http://alice:{password}@proxy.corp:3128"
    for place, text in places(raw).items():
        shown = mask(text, [ProxyURL(raw)])
        assert password in text.replace(password, "") or password not in shown, place


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        # What ends a URL elsewhere, Go takes as a part of the password.
        (f"http://u:12,{CANARY}@p", "http://***:***@p"),
        (f"HTTPS_PROXY='http://u:12'{CANARY}@p'", "HTTPS_PROXY='http://***:***@p'"),
        (f"http://u:12({CANARY});@p", "http://***:***@p"),
        (f"http://{CANARY})@p", "http://***:***@p"),
        (f"http://u:x@1,{CANARY}@p", "http://***:***@p"),
        (f"u:12'{CANARY}@p", "***:***@p"),
        (f":{CANARY}@p", "***:***@p"),
        (f'"a": "u:{CANARY}@p"', '"a": "***:***@p"'),
        # An escaped quote is a part of the value, a closing one is not.
        (f'{{"a": "http://u:1\\"{CANARY}@p", "b": "c@d"}}', '{"a": "http://***:***@p", "b": "c@d"}'),
        (f'http://u:1"{CANARY}@p', "http://***:***@p"),
        (f"http://u:1<{CANARY}>x@p", "http://***:***@p"),
        ('{"a":"http://p:3128","b":"c@d"}', '{"a":"http://p:3128","b":"c@d"}'),
        ("<http://p:3128> <c@d>", "<http://p:3128> <c@d>"),
        # Several on one line.
        (f"http://u:{CANARY}@p,http://v:{CANARY}@q", "http://***:***@p,http://***:***@q"),
        (f"http://p:3128,http://v:{CANARY}@q", "http://p:3128,http://***:***@q"),
        (f"http://p:1;socks5h://v:{CANARY}@q", "http://p:1;socks5h://***:***@q"),
        # Broken ones.
        (f"http:///u:{CANARY}@p", "http://***:***@p"),
        (f"http://u:{CANARY}%zz@p:port", "http://***:***@***"),
        (f"http://u:{CANARY}/?#@p", "http://***:***@p"),
        (f"HTTP://corp\\u:{CANARY}@p", "HTTP://***:***@p"),
        (f"xyz://u:{CANARY}@p", "xyz://***:***@p"),
        (f"http://u:[{CANARY} x@p", "http://***:***@p"),
        (f"http://u:{CANARY}\\u0040p", "http://***:***@p"),
        # What is no credential.
        ("http://[::1]:3128 said no, ask me@corp", "http://[::1]:3128 said no, ask me@corp"),
        ("http://p: said no, ask me@corp", "http://p: said no, ask me@corp"),
        ("http://p:3128? ask me@corp", "http://p:3128? ask me@corp"),
        ("pull registry.corp:5000/a/b:1@sha256:0123", "pull registry.corp:5000/a/b:1@sha256:0123"),
        ("pull u:C4NARY@registry.corp/a@sha256:0123", "pull ***:***@registry.corp/a@sha256:0123"),
        ("u:\"C4 NARY\"@h and u:'C4NARY'@h", "***:***@h and ***:***@h"),
        ("a=b c@d", "a=b c@d"),
    ],
)
def test_free_text(text: str, shown: str) -> None:
    assert mask(text) == shown
    assert mask(shown) == shown


@dataclass
class Holder:
    url: ProxyURL
    more: List[ProxyURL]


def test_whatever_prints_it_prints_the_mask() -> None:
    url = ProxyURL(f"http://alice:{CANARY}@proxy:3128")
    record = logging.LogRecord("x", logging.ERROR, "x", 1, "%s %r", (url, url), None)
    try:
        raise ValueError(url)
    except ValueError as error:
        shown = traceback.TracebackException.from_exception(error, capture_locals=True)
    printed = [
        record.getMessage(),
        "%s %r" % (url, url),  # noqa: UP031
        "{} {!r} {:>50} {!s:.60}".format(url, url, url, url),  # noqa: UP032
        repr(Holder(url, [url])),
        pprint.pformat({"a": [url]}),
        "".join(shown.format()),
        str({url: url}),
        json.dumps({"a": url}, default=str),
    ]
    for text in printed:
        assert CANARY not in text
        assert "***:***@proxy:3128" in text
    assert not hasattr(url, "__dict__")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (".corp, 10.0.0.0/8,[::1]:80,fd00::/8,::1,h:80,h:*", ".corp, 10.0.0.0/8,[::1]:80,fd00::/8,::1,h:80,h:*"),
        ("[fd00::/8],a", "[fd00::/8],a"),
        ("[fd:ab/8],a", "[fd:***"),
        ("[u:C4NARY/8],a", "[u:***"),
        ("a, joe:C4NARY@x,b", "a, ***:***@x,b"),
        ("a,joe:C4NARY,C4NARY", "a,joe:***"),
        ("a,http://joe:C4 NARY", "a,http://joe:***"),
        ("a,C4NARY@x,b", "a,***"),
        ("a\nTOKEN=C4NARY", "a\n***"),
        ("a,joe:C4\nNARY", "a,joe:***\n***"),
        ("a\n", "a\n"),
        ("http://joe@C4NARY:p:3128,b", "http://***:***@***"),
    ],
)
def test_a_list(text: str, shown: str) -> None:
    assert masked_list(text) == shown
    assert masked_list(shown) == shown


@pytest.mark.parametrize(
    ("raw", "hidden"),
    [
        ("http://joe:C4NARY", ["C4NARY"]),
        ("http://p:3128\nTOKEN=C4NARY\n", ["TOKEN=C4NARY"]),
        ("http://u:C4NARY@p", []),
        ("http://p:3128", []),
    ],
)
def test_what_may_be_left_of_a_password_is_masked_where_others_quote_it(raw: str, hidden: List[str]) -> None:
    assert list(ProxyURL(raw).suspects) == hidden
    assert not [text for text in hidden if text in mask(f"lookup {text}: no such host", [ProxyURL(raw)])]
