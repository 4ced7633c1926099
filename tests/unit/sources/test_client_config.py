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


def test_go_takes_names_in_any_case_and_the_last_one(tmp_path: Path) -> None:
    text = '{"Proxies": {"default": {"NOPROXY": "a", "noProxy": "b"}}}'
    assert [s.value for s in read(tmp_path, text).settings] == ["a", "b"]
    assert read(tmp_path / "2", '{"proxies": {"Default": {"noProxy": "x"}}}') == Reading()


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
