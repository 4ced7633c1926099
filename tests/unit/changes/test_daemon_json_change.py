"""Edits of ``proxies`` in ``daemon.json``: everything else stays, byte for byte."""

from __future__ import annotations

import pytest

from dockproxy.changes import daemon_json
from dockproxy.model import Refusal, value_of

PATH = "/etc/docker/daemon.json"
HTTPS = {"https-proxy": value_of("https-proxy", "http://p:1")}
GONE = {"https-proxy": None, "no-proxy": None}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"", b'{\n    "proxies": {\n        "https-proxy": "http://p:1"\n    }\n}\n'),
        (b"{}\n", b'{"proxies": {"https-proxy": "http://p:1"}}\n'),
        (b'{"a":1}', b'{"a":1,"proxies":{"https-proxy":"http://p:1"}}'),
        (b'{\n\t"a": 1\n}\n', b'{\n\t"a": 1,\n\t"proxies": {\n\t\t"https-proxy": "http://p:1"\n\t}\n}\n'),
        (b'{"Proxies": {"https-proxy": "x"}}', b'{"Proxies": {"https-proxy": "http://p:1"}}'),
        (b'\xef\xbb\xbf{"proxies": {"https-proxy": ""}}', b'\xef\xbb\xbf{"proxies": {"https-proxy": "http://p:1"}}'),
    ],
)
def test_set(before: bytes, after: bytes) -> None:
    assert daemon_json.edit(before, PATH, HTTPS) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b'{"a": 1, "proxies": {"https-proxy": "x"}, "b": 2}', b'{"a": 1, "b": 2}'),
        (b'{"proxies": {"https-proxy": "x", "http-proxy": "y"}}', b'{"proxies": {"http-proxy": "y"}}'),
        (b'{"a": 1}', b'{"a": 1}'),
        (b"", b""),
    ],
)
def test_unset(before: bytes, after: bytes) -> None:
    assert daemon_json.edit(before, PATH, GONE) == after


def test_utf_16_stays_utf_16() -> None:
    before = '{"a": 1}'.encode("utf-16")
    after = daemon_json.edit(before, PATH, HTTPS)
    assert after[:2] == before[:2]
    assert after.decode("utf-16") == '{"a": 1, "proxies": {"https-proxy": "http://p:1"}}'


@pytest.mark.parametrize(
    ("before", "sentence"),
    [
        (b'{\n "a": tru\n}', f"{PATH}:2:10: "),
        (b'{"a": 1,\n "a": 2}', f'{PATH}:2: the key "a" stands there twice'),
        (b"[]", f"{PATH}:1: not a JSON object"),
        (b'{\n"proxies": 1}', f'{PATH}:2: "proxies" is not an object'),
    ],
)
def test_what_an_edit_could_lose_is_refused(before: bytes, sentence: str) -> None:
    with pytest.raises(Refusal) as caught:
        daemon_json.edit(before, PATH, HTTPS)
    assert str(caught.value).startswith(sentence)
    assert "first" in str(caught.value)
