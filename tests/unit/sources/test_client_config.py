"""The docker CLI's ``proxies``; tests/e2e asks the real CLI which entry it injects."""

from __future__ import annotations

from pathlib import Path
from typing import Dict, List, Optional, Tuple

import pytest

from dockproxy.host import TreeHost
from dockproxy.model import Missing, Reading
from dockproxy.sources import client_config
from tests.unit.sources.test_systemd_unit import Unreadable
from tests.unit.trees import Content, Link, grow, tree

PATH = "/root/.docker/config.json"
HOST = "unix:///var/run/docker.sock"


def read(root: Path, content: Content, daemon_host: str = HOST) -> Reading:
    return client_config.read(tree(root, {PATH: content}), PATH, daemon_host)


def entry(**values: Optional[str]) -> Dict[str, Optional[str]]:
    return values


def test_the_entry_of_the_host_is_used_whole_and_never_merged(tmp_path: Path) -> None:
    content = {"proxies": {HOST: entry(httpProxy="http://a:1"), "default": entry(noProxy=".corp")}}
    assert [(s.variable, str(s.value)) for s in read(tmp_path, content).settings] == [("http-proxy", "http://a:1")]
    assert [s.variable for s in read(tmp_path / "2", content, "tcp://other:2375").settings] == ["no-proxy"]


def test_all_five_names_with_their_lines(tmp_path: Path) -> None:
    text = (
        '{"proxies": {"default": {\n"httpProxy": "http://a:1",\n"httpsProxy": "http://a:1",\n"noProxy": ".c",\n'
        '"ftpProxy": "http://a:1",\n"allProxy": "socks5://a:2",\n"unknown": "x"}}}'
    )
    assert [(s.variable, s.origin.line) for s in read(tmp_path, text).settings] == [
        ("http-proxy", 2),
        ("https-proxy", 3),
        ("no-proxy", 4),
        ("ftp-proxy", 5),
        ("all-proxy", 6),
    ]


KEY, ENTRY, NULL = client_config.LATER_KEY, client_config.LATER_ENTRY, client_config.CLEARED
DEF, SOCK = '"default": {"httpProxy": "d"}', f'"{HOST}": {{"httpProxy": "s"}}'
REPEATED: Dict[str, Tuple[str, List[str], List[Tuple[str, str]]]] = {
    "two maps are one": (f'{{"proxies": {{{DEF}}}, "proxies": {{"tcp://x:1": {{}}}}}}', ["d"], []),
    "however they are spelt": (f'{{"Proxies": {{{SOCK}}}, "proxies": {{{DEF}}}}}', ["s"], []),
    "with a long s": (f'{{"proxie\u017f": {{{DEF}}}}}', ["d"], []),
    "a later empty value": ('{"proxies": {"default": {"httpProxy": "d", "httpProxy": ""}}}', [], [("d", KEY)]),
    "one in another case": ('{"proxies": {"default": {"httpProxy": "d", "HTTPPROXY": ""}}}', [], [("d", KEY)]),
    "an earlier empty value": ('{"proxies": {"default": {"HTTPPROXY": "", "httpProxy": "d"}}}', ["d"], []),
    "a later value": ('{"Proxies": {"default": {"NOPROXY": "a", "noProxy": "b"}}}', ["b"], [("a", KEY)]),
    "a value that is null": ('{"proxies": {"default": {"httpProxy": "d", "httpProxy": null}}}', ["d"], []),
    "an entry takes the place of an earlier one": (
        f'{{"proxies": {{{DEF}, "default": {{"noProxy": "n", "httpProxy": ""}}}}}}', ["n"], [("d", ENTRY)]
    ),
    "also in another map": (f'{{"proxies": {{{DEF}}}, "Proxies": {{"default": {{}}}}}}', [], [("d", ENTRY)]),
    "also one that is null": (f'{{"proxies": {{{DEF}, "default": null}}}}', [], [("d", ENTRY)]),
    "an entry that is null": (f'{{"proxies": {{{DEF}, "{HOST}": null}}}}', [], []),
    "a map that is null": (f'{{"proxies": {{{DEF}}}, "proxies": null}}', [], [("d", NULL)]),
    "and one behind it": (f'{{"proxies": {{{DEF}}}, "proxies": null, "proxies": {{{SOCK}}}}}', ["s"], []),
    "and one of that name behind it": (
        f'{{"proxies": {{{DEF}}}, "proxies": null, "proxies": {{"default": {{"noProxy": "n"}}}}}}', ["n"], [("d", NULL)]
    ),
    "entries have one case": ('{"proxies": {"Default": {"noProxy": "x"}}}', [], []),
}  # fmt: skip
"""A file whose keys stand there twice to what Go makes of it, and what is lost why; tests/oracles asks the CLI."""


@pytest.mark.parametrize("name", list(REPEATED))
def test_keys_that_stand_there_twice(name: str, tmp_path: Path) -> None:
    text, used, lost = REPEATED[name]
    reading = read(tmp_path, text)
    assert [str(s.value) for s in reading.settings] == used
    assert [(str(each.setting.value), each.reason) for each in reading.lost] == lost
    assert reading.defects == ()


def test_the_line_of_each_is_told(tmp_path: Path) -> None:
    text = '{"proxies": {"default": {\n"noProxy": "a"},\n"default": {"noProxy": "b",\n"NoProxy": "c"}}}'
    reading = read(tmp_path, text)
    assert [(s.origin.line, s.name) for s in reading.settings] == [(4, "NoProxy")]
    assert [(each.setting.origin.line, each.reason) for each in reading.lost] == [(3, KEY), (2, ENTRY)]


@pytest.mark.parametrize(
    ("text", "used", "names"),
    [
        (f'{{"proxies": {{{DEF}}}, "Proxies": 5}}', ["d"], ["Proxies"]),
        (f'{{"Proxies": [], "proxies": {{{DEF}}}}}', ["d"], ["Proxies"]),
        (f'{{"proxies": {{{DEF}, "default": 5}}}}', [], ["default"]),
        ('{"proxies": {"default": {"httpProxy": "d", "httpProxy": 5}}}', ["d"], ["httpProxy"]),
        (f'{{"proxies": {{"default": {{"noProxy": []}}, {DEF}}}}}', ["d"], ["noProxy"]),
        (f'{{"proxies": {{"default": 5}}, "proxies": null, "Proxies": {{{DEF}}}}}', ["d"], ["default"]),
    ],
)
def test_of_each_value_of_another_type_the_cli_warns_and_goes_on(
    text: str, used: List[str], names: List[str], tmp_path: Path
) -> None:
    reading = read(tmp_path, text)
    assert [str(s.value) for s in reading.settings] == used
    assert [(d.kind, d.origin.name) for d in reading.defects] == [("client-value-ignored", name) for name in names]


def test_a_cli_that_does_not_know_a_key_does_not_warn_of_its_value(tmp_path: Path) -> None:
    status = "Package: docker.io\nStatus: install ok installed\nVersion: 20.10.24\n"
    grow(tmp_path, {"/var/lib/dpkg/status": status})
    reading = read(tmp_path, '{"proxies": {"default": {"allProxy": 5, "AllProxy": "a"}}}')
    assert (reading.settings, [d.kind for d in reading.defects]) == ((), ["client-key-ignored"] * 2)


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"proxies": {}},
        {"proxies": {"default": None}},
        {"proxies": {"default": {"httpProxy": "", "noProxy": None, "unknown": 5}}},
        {"proxies": None},
        "null",
        "",
        {"auths": {}},
    ],
)
def test_nothing_is_set(content: Content, tmp_path: Path) -> None:
    assert read(tmp_path, content) == Reading()


def test_absent_and_unreadable_are_two_answers(tmp_path: Path) -> None:
    assert client_config.read(TreeHost(str(tmp_path)), PATH, HOST) == Reading()
    grow(tmp_path, {PATH: "{}"})
    reading = client_config.read(Unreadable(str(tmp_path), PATH), PATH, HOST)
    assert [u.reason for u in reading.unread] == [Missing.PERMISSION]


@pytest.mark.parametrize(
    ("text", "used", "ignored"),
    [
        ('{"proxies": []}', [], [("proxies", "an object")]),
        ('{"proxies": {"default": "http://p:1"}}', [], [("default", "an object")]),
        (f'{{"proxies": {{"{HOST}": 5, "default": {{"noProxy": ".d"}}}}}}', [], [(HOST, "an object")]),
        ('{"proxies": {"default": {"noProxy": [".a", ".b"], "httpProxy": "h"}}}', ["h"], [("noProxy", "a string")]),
        ('{"proxies": {"other": 5, "default": {"httpProxy": "h"}}}', ["h"], [("other", "an object")]),
        ('{"proxies": {"other": {"httpProxy": 5}, "default": {"httpProxy": "h"}}}', ["h"], [("httpProxy", "a string")]),
    ],
)
def test_a_value_of_another_type_is_ignored_and_the_others_are_used(
    text: str, used: List[str], ignored: List[Tuple[str, str]], tmp_path: Path
) -> None:
    reading = read(tmp_path, text)
    assert [str(s.value) for s in reading.settings] == used
    assert [d.kind for d in reading.defects] == ["client-value-ignored"] * len(ignored)
    assert [(d.origin.name, f"must be {word};" in d.message) for d, (_, word) in zip(reading.defects, ignored)] == [
        (name, True) for name, _ in ignored
    ]


@pytest.mark.parametrize("name", ["httpProxy", "HTTPPROXY", "http-proxy", "HTTP_PROXY"])
def test_a_variable_in_the_place_of_a_daemons_host(name: str, tmp_path: Path) -> None:
    (defect,) = read(tmp_path, f'{{"proxies": {{\n"{name}": "http://p:1"}}}}').defects
    assert (defect.kind, defect.origin.line, defect.mend) == ("client-value-ignored", 2, "")
    assert defect.message.startswith(f'{PATH}:2: "{name}" must be an object; ')
    assert defect.message.endswith('; move it: "proxies": {"default": {"httpProxy": "…"}}')


@pytest.mark.parametrize("name", ["http-proxy", "HTTP_PROXY", "http_proxy"])
def test_another_programs_name_of_a_variable_is_ignored_in_silence(name: str, tmp_path: Path) -> None:
    reading = read(tmp_path, f'{{"proxies": {{"default": {{"{name}": "http://p:1",\n"no-proxy": ""}}}}}}')
    (defect,) = reading.defects
    assert (reading.settings, defect.kind, defect.mend) == ((), "client-key-ignored", "")
    assert defect.message == (
        f'{PATH}:1: "{name}" is no key of the docker CLI, which ignores it and says nothing; write it "httpProxy"'
    )


@pytest.mark.parametrize(
    ("content", "what"),
    [("[]", f"{PATH}:1: not a JSON object"), ("5", f"{PATH}:1: not"), (Link(PATH), f"{PATH}: a link that leads to")],
)
def test_a_file_that_is_no_object_gives_nothing(content: Content, what: str, tmp_path: Path) -> None:
    reading = read(tmp_path, content)
    (defect,) = reading.defects
    assert (defect.kind, reading.settings) == ("client-config-invalid", ())
    assert what in defect.message


def test_invalid_json_is_a_defect_with_line_and_column(tmp_path: Path) -> None:
    reading = read(tmp_path, '{\n "proxies": {,}\n}')
    (defect,) = reading.defects
    assert defect.message.startswith(f"{PATH}:2:14: ")
    assert [u.reason for u in reading.unread] == [Missing.UNPARSABLE]
