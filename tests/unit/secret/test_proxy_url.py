"""A proxy URL never shows its credentials by accident, whatever it is and wherever it stands."""

from __future__ import annotations

import copy
import json
import pickle
import traceback
from urllib.parse import quote

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from dockproxy.changes import daemon_json, drop_in, env_file
from dockproxy.secret import Match, ProxyURL, mask, masked_equal, masking

SECRET = "http://alice:C4NARY@proxy.corp:3128"


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        (SECRET, "http://***:***@proxy.corp:3128"),
        ("http://proxy.corp:3128", "http://proxy.corp:3128"),
        ("alice:C4NARY@proxy:3128", "***:***@proxy:3128"),
        ("http://alice@proxy", "http://***:***@proxy"),
        ("http://a:C4NARY/@x@proxy", "http://***:***@proxy"),
        ("http://a:C4NARY%zz@proxy", "http://***:***@proxy"),
        ("http:/a:C4NARY@proxy", "http:/***:***@proxy"),
        (' "http://a:C4NARY@proxy"', ' "http://***:***@proxy"'),
        ("http://a:C4NARY%40proxy", "http://***:***@proxy"),
        ("@", "***:***@"),
        ("http://h\x07\t\x85\r\n", r"http://h\x07\t\x85\r\n"),
        # A wrong quote cuts the password short, or the @ is missing: a port is all digits.
        ("http://joe:C4NARY", "http://joe:***"),
        ("http://joe:12C4NARY", "http://joe:***"),
        ("http://joe:123456", "http://joe:***"),
        ("http://joe:C4NARYproxy.corp:3128", "http://joe:***"),
        ("http://joe@C4NARY:proxy.corp:3128", "http://***:***@***"),
        ("http://joe:x@p:1;C4NARY", "http://***:***@***"),
        ("joe:C4NARY", "joe:***"),
        ("joe:12/C4NARY", "joe:12/***"),
        ("http://joe C4NARY", "http://joe***"),
        ("http://joe\udcffC4NARY", "http://joe***"),
        ("'http://http://joe:C4NARY'", "'http://http://joe:***"),
        ("http://p:1;HTTP_PROXY=http://joe:C4NARY", "http://p:1***"),
        # Nothing behind a line break, which an open quote takes into the value.
        ("http://p:3128\nTOKEN=C4NARY\n", r"http://p:3128\n***"),
        ("http://u:x@p:3128\r\nTOKEN=C4NARY", r"http://***:***@p:3128\r***"),
        ("http://C4NARY\nx@p", r"http://***\n***"),
        # What nothing is wrong with, or only the scheme and the quotes.
        ("socks5h://[fe80::1%25eth0]:1080/", "socks5h://[fe80::1%25eth0]:1080/"),
        ("http://2001:db8::1:3128", "http://2001:db8::1:3128"),
        ("http://a:b:c:3128", "http://a:***"),
        ("\u201chttp://prüfung:3128\u201d", "\u201chttp://prüfung:3128\u201d"),
        ("htp://p:1", "htp://p:1"),
        ("http:p:1", "http:p:1"),
        ("http//p:1", "http//p:1"),
        ("http://", "http://"),
        ("", ""),
    ],
)
def test_what_is_shown(raw: str, shown: str) -> None:
    url = ProxyURL(raw)
    assert str(url) == shown
    assert f"{url}" == shown
    assert f"{url:>60}".strip() == shown.strip()
    assert repr(url) == f"ProxyURL({shown!r})"
    assert url.reveal() == raw


def test_it_leaves_by_no_other_door() -> None:
    url = ProxyURL(SECRET)
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(url)
    with pytest.raises(TypeError, match="not pickled"):
        copy.copy(url)
    with pytest.raises(TypeError):
        json.dumps(url)
    with pytest.raises(AttributeError) as caught:
        url.password  # type: ignore[attr-defined]  # noqa: B018
    assert "C4NARY" not in "".join(traceback.format_exception_only(caught.type, caught.value))
    assert "C4NARY" not in repr(url.go)


def test_equality_is_of_the_text() -> None:
    assert ProxyURL(SECRET) == ProxyURL(SECRET)
    assert ProxyURL(SECRET) != ProxyURL(SECRET + "/")
    assert ProxyURL(SECRET) != SECRET
    assert len({ProxyURL(SECRET), ProxyURL(SECRET)}) == 1


def test_credentials_are_encoded_and_replace_those_that_are_there() -> None:
    url = ProxyURL("http://old:x@proxy:1").with_credentials("corp\\al", "p@:/%é")
    assert url.reveal() == "http://corp%5Cal:p%40%3A%2F%25%C3%A9@proxy:1"
    go = url.go
    assert go is not None
    assert (go.username, go.password) == ("corp\\al", "p@:/%é")
    assert ProxyURL("http://proxy").with_credentials("alice", "").reveal() == "http://alice@proxy"


@pytest.mark.parametrize(
    ("raw", "with_them"),
    [
        ("proxy:3128", "http://u:p@proxy:3128"),
        ("old:x@proxy", "http://u:p@proxy"),
        ("old:x://y@proxy", "http://u:p@proxy"),
        ("socks5h://old:x@y@proxy:1/", "socks5h://u:p@proxy:1/"),
    ],
)
def test_credentials_for_urls_of_every_shape(raw: str, with_them: str) -> None:
    assert ProxyURL(raw).with_credentials("u", "p").reveal() == with_them


def test_whether_it_holds_credentials() -> None:
    assert ProxyURL(SECRET).has_credentials
    assert not ProxyURL("http://proxy:3128").has_credentials


def test_the_passwords_that_readers_understand() -> None:
    assert ProxyURL("http://u:a%40b@h").passwords == ("a@b", "a%40b")
    assert ProxyURL("http://u:a%zz@h").passwords == ("a%zz",)
    assert ProxyURL("http://u:a@@h").passwords == ("a@",)
    assert ProxyURL("http://u:a%40h").passwords == ("a",)
    assert ProxyURL("http://h").passwords == ()


@pytest.mark.parametrize(
    ("reported", "raw", "match"),
    [
        ("http://p:1", "http://p:1", Match.EQUAL),
        ("", "", Match.EQUAL),
        ("http://p:1", "http://q:1", Match.DIFFERENT),
        ("http://xxxxx:xxxxx@p:1", "http://u:C4NARY@p:1", Match.EQUAL_BUT_MASKED),
        ("http://xxxxx:xxxxx@p:1", "HTTP://u:C4NARY@p:1", Match.EQUAL_BUT_MASKED),
        ("http://xxxxx:xxxxx@p:1", "http://u:C4NARY@q:1", Match.DIFFERENT),
        ("http://xxxxx:xxxxx@p:1", "http://p:1", Match.DIFFERENT),
        ("http://xxxxx:xxxxx@p:1", "http://u@p:1", Match.EQUAL_BUT_MASKED),
    ],
)
def test_what_an_engine_reports(reported: str, raw: str, match: Match) -> None:
    assert masked_equal(reported, ProxyURL(raw)) is match


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("pull via http://u:C4NARY@p:1 failed", "pull via http://***:***@p:1 failed"),
        ("http://u:C4NARY@p and https://v:C4NARY@q", "http://***:***@p and https://***:***@q"),
        ('{"a": "http:\\/\\/u:C4NARY@p"}', '{"a": "http:\\/\\/***:***@p"}'),
        ("x=http%3A%2F%2Fu%3AC4NARY%40p", "x=http%3A%2F%2F***:***@p"),
        ("Environment=HTTPS_PROXY=http://u:C4NARY%%40@p", "Environment=HTTPS_PROXY=http://***:***@p"),
        ("http://u:C4 NARY@p x", "http://***:***@p x"),
        ("u:C4NARY@p:3128", "***:***@p:3128"),
        ("HTTPS_PROXY=u:C4NARY@p", "HTTPS_PROXY=***:***@p"),
        ("image alpine:3@sha256:abc stays", "image alpine:3@sha256:abc stays"),
        ("mail bob@example.com stays", "mail bob@example.com stays"),
        ("http://p:3128/x y@z", "http://p:3128/x y@z"),
        ("nothing here\r\nnor here", "nothing here\r\nnor here"),
        ("http://u:C4NARY is cut off", "http://u:*** is cut off"),
        ('parse "http://u:C4 NARY": it said', 'parse "http://u:***": it said'),
        ("{'a': 'http://u:C4NARY', 'b': 'c'}", "{'a': 'http://u:*** 'b': 'c'}"),
        ('parse "x": invalid port ":C4NARY" after host', 'parse "x": invalid port "***" after host'),
        ("dial tcp: lookup tcp/C4NARY: unknown port", "dial tcp: lookup tcp/***: unknown port"),
        ("address tcp/C4NARY: unknown port", "address tcp/***: unknown port"),
        ("http://u@C4NARY:p:3128 failed", "http://***:***@*** failed"),
        (
            "http://p:3128: refused. http://p:3128. http://[::1]:1! tcp://::1:2",
            "http://p:3128: refused. http://p:3128. http://[::1]:1! tcp://::1:2",
        ),
        ("http://a:b c@d e@f", "http://***:***@d e@f"),
        ("http://a:b c://u:C4NARY@p", "http://***:***@p"),
        ("http://a:://u:C4NARY@p", "http://***:***@p"),
    ],
)
def test_free_text(text: str, shown: str) -> None:
    assert mask(text) == shown


PASSWORDS = st.text(st.sampled_from([chr(c) for c in range(33, 127)] + ["é", " "]), min_size=4, max_size=24)


@given(PASSWORDS, PASSWORDS)
def test_no_place_that_we_write_shows_it_once_masked(user: str, password: str) -> None:
    assume(":" not in user)
    assume(password.strip() and not set(password) <= set("*:@/htpcor.y318%"))
    url = ProxyURL("http://proxy.corp:3128").with_credentials(user, password)
    encoded = quote(password, safe="")
    values = {"https-proxy": url}
    written = [
        drop_in.edit("", values),
        env_file.edit("", values),
        daemon_json.edit(b"", "/d", values).decode(),
        url.reveal(),
        f"cannot dial {url.reveal()}: refused",
    ]
    assume(not any(encoded in text.replace(url.reveal(), "") for text in written))
    for text in written:
        shown = mask(text)
        assert encoded not in shown
        assert encoded.replace("%", "%%") not in shown


@example("it's a b")
@example("00$$")
@example("be:@un(C")
@example("a\\\\b%%c")
@settings(deadline=None, max_examples=settings().max_examples * 3)
@given(PASSWORDS)
def test_a_known_password_is_masked_in_every_spelling(password: str) -> None:
    url = ProxyURL("http://p").with_credentials("u", password)
    spellings = [
        password,
        quote(password, safe=""),
        quote(quote(password, safe=""), safe=""),
        quote(password, safe="").replace("%", "%%"),
        json.dumps(password)[1:-1],
        json.dumps(password, ensure_ascii=False)[1:-1],
        password.replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$").replace("`", "\\`"),
        password.replace("'", "'\"'\"'"),
        password.replace("'", "'\\''"),
        password.replace("$", "$$"),
    ]
    for spelling in spellings:
        shown = mask(f"said <<{spelling}>> and went on", [url])
        assert shown == "said <<***>> and went on", spelling


def test_a_short_password_is_masked_only_as_a_word() -> None:
    url = ProxyURL("http://u:ab@p")
    assert mask("ab cab abc ab.", [url]) == "*** cab abc ***."
    assert mask("xabcx", [ProxyURL("http://u:abc@p")]) == "x***x"


@pytest.mark.parametrize(
    ("password", "spelling"),
    [("a b c", "a+b+c"), ("a😀bc", r"a\ud83d\ude00bc"), ("a😀bc", "a%F0%9F%98%80bc"), ("aébc", r"a\303\251bc")],
)
def test_spellings_of_other_programs(password: str, spelling: str) -> None:
    url = ProxyURL("http://p").with_credentials("u", password)
    assert mask(f"x {spelling} y", [url]) == "x *** y"


def test_escapes_of_control_characters() -> None:
    assert masking.password_pattern("a\nb") != ""
    url = ProxyURL("http://u:a%0Abcd@p")
    assert mask(r"x a\nbcd a\x0abcd y", [url]) == "x *** *** y"


def test_lone_surrogates_do_not_break_it() -> None:
    assert masking.patterns(["\ud800abc", "\udcffabc"]) is not None
    assert masking.patterns([]) is None


def test_an_empty_one_has_no_fault() -> None:
    assert ProxyURL("").unusable is None
