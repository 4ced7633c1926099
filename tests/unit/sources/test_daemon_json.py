"""``daemon.json`` as dockerd reads it; tests/e2e asks the engines."""

from __future__ import annotations

from pathlib import Path
from typing import List, Optional, Tuple

import pytest

from dockproxy.model import Missing, Reading, Unread, Version
from dockproxy.sources import daemon, daemon_json
from dockproxy.sources.installation import SYSTEM
from tests.unit.sources.test_systemd_unit import Unreadable
from tests.unit.trees import DAEMON_JSON, DROP_IN, Content, Link, docker_files, drop_in, grow, tree

NEW = Version.parse("28.5.2")
OLD = Version.parse("20.10.24")


def read(root: Path, content: Content, version: Optional[Version] = NEW) -> Reading:
    return daemon_json.read(tree(root, {DAEMON_JSON: content}), DAEMON_JSON, version)


def kinds(reading: Reading) -> List[Tuple[str, Optional[int]]]:
    return [(d.kind, d.origin.line) for d in reading.defects]


def test_settings_have_their_line(tmp_path: Path) -> None:
    text = (
        '{\n  "log-level": "info",\n  "proxies": {\n    "https-proxy": "http://p:1",\n    "no-proxy": ".corp"\n  }\n}'
    )
    settings = read(tmp_path, text).settings
    assert [(s.variable, str(s.value), s.origin.line) for s in settings] == [
        ("https-proxy", "http://p:1", 4),
        ("no-proxy", ".corp", 5),
    ]


def test_absent_is_nothing_unless_a_flag_names_the_file(tmp_path: Path) -> None:
    host = tree(tmp_path, {})
    assert daemon_json.read(host, DAEMON_JSON, NEW) == Reading()
    assert kinds(daemon_json.read(host, DAEMON_JSON, NEW, explicit=True)) == [("config-file-missing", None)]


def test_without_permission_it_is_unread(tmp_path: Path) -> None:
    grow(tmp_path, {DAEMON_JSON: "{}"})
    reading = daemon_json.read(Unreadable(str(tmp_path), DAEMON_JSON), DAEMON_JSON, NEW)
    assert [(u.path, u.reason) for u in reading.unread] == [(DAEMON_JSON, Missing.PERMISSION)]


@pytest.mark.parametrize("text", ["", " \n", "\xa0", "null"])
def test_an_empty_file_is_nothing(text: str, tmp_path: Path) -> None:
    assert read(tmp_path, text) == Reading()


def test_an_engine_before_23_does_not_start_with_an_empty_file(tmp_path: Path) -> None:
    (defect,) = read(tmp_path, "\n", OLD).defects
    assert defect.message == f'{DAEMON_JSON}: the file is empty; dockerd says "EOF" and does not start; remove it'
    assert read(tmp_path, "\n", None) == Reading()


def test_a_loop_of_links_stops_the_engine(tmp_path: Path) -> None:
    reading = read(tmp_path, Link(DAEMON_JSON))
    assert kinds(reading) == [("daemon-json-invalid", None)]
    assert "a link that leads to itself; dockerd does not start" in reading.defects[0].message


@pytest.mark.parametrize(
    ("text", "line"), [('{\n"a": 1,\n}', 3), ("// c\n{}", 1), ('{"a": "\n"}', 1), ("[]", 1), ("true", 1), ("{} {}", 1)]
)
def test_what_is_no_json_object_stops_the_engine_at_its_line(text: str, line: int, tmp_path: Path) -> None:
    (defect,) = read(tmp_path, text).defects
    assert (defect.kind, defect.origin.line, defect.stops) == ("daemon-json-invalid", line, True)


def test_the_sentence_has_the_place_and_what_dockerd_says_and_the_mend(tmp_path: Path) -> None:
    (defect,) = read(tmp_path, '{\n  "debug": true,\n}').defects
    assert defect.message == (
        f"{DAEMON_JSON}:3:1: a comma before }}, which JSON does not allow; dockerd says "
        "\"invalid character '}' looking for beginning of object key string\" and does not start; correct it there"
    )


def test_what_only_some_engines_take_is_no_error_where_the_version_is_not_known(tmp_path: Path) -> None:
    for data in ("{}".encode("utf-8-sig"), b"{} {}", b'{"log-driver": "caf\xe9"}'):
        assert read(tmp_path, data, None) == Reading()
    assert kinds(read(tmp_path, "{,}", None)) == [("daemon-json-invalid", 1)]


@pytest.mark.parametrize("data", [b"\xff\xfe\0", b"[" * 300])
def test_what_only_this_reader_refuses_is_unread_and_stops_nothing(data: bytes, tmp_path: Path) -> None:
    assert read(tmp_path, data) == Reading(unread=(Unread("daemon-json", DAEMON_JSON, Missing.UNPARSABLE),))


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ('{"proxies": {"default": {"httpProxy": "http://p:1"}}}', "proxies-wrong-shape"),
        ('{"proxies": {"httpProxy": "http://p:1"}}', "proxies-wrong-shape"),
        ('{"proxies": {"https-proxy": 3}}', "proxies-wrong-shape"),
        ('{"proxies": ["http://p:1"]}', "proxies-wrong-shape"),
        ('{"proxies": null}', "proxies-wrong-shape"),
        ('{"https-proxy": "http://p:1"}', "proxy-key-misplaced"),
        ('{"proxy": {"https-proxy": "http://p:1"}}', "proxy-key-misplaced"),
    ],
)
def test_what_looks_right_and_is_not(text: str, kind: str, tmp_path: Path) -> None:
    reading = read(tmp_path, text)
    assert reading.settings == ()
    assert kinds(reading) == [(kind, 1)]
    assert [d.stops for d in reading.defects] == [kind == "proxies-wrong-shape"]


@pytest.mark.parametrize(
    "text", ['{"proxies": {"https-proxy": "http://p:1"}}', '{"https-proxy": "x"}', '{"x": {"https-proxy": "x"}}']
)
def test_an_engine_before_23_does_not_start_with_proxies(text: str, tmp_path: Path) -> None:
    assert read(tmp_path, text, OLD).settings == ()
    assert kinds(read(tmp_path, text, OLD)) == [("proxies-unsupported", 1)]
    assert not any(d.stops for d in read(tmp_path, text, None).defects)


def test_an_engine_before_23_starts_with_empty_proxies(tmp_path: Path) -> None:
    assert read(tmp_path, '{"proxies": {}}', OLD) == Reading()


def test_null_and_other_objects_mean_nothing(tmp_path: Path) -> None:
    assert read(tmp_path, '{"proxies": {"https-proxy": null}, "log-opts": {"max-size": "1m"}}') == Reading()


def test_go_takes_the_key_in_any_case(tmp_path: Path) -> None:
    assert [s.variable for s in read(tmp_path, '{"Proxies": {"no-proxy": "x"}}').settings] == ["no-proxy"]


MOVED = f"{DROP_IN}/m.conf"
PROXIES: Content = '{\n"proxies": {\n"https-proxy": "http://p:1"}}'


@pytest.mark.parametrize(
    ("lines", "config_file", "told"),
    [
        (["ExecStart=/usr/sbin/dockerd --config-file=/srv/d.json"], "/srv/d.json", [3]),
        (["ExecStart=/usr/sbin/dockerd --config-file=/etc/docker/daemon.json"], DAEMON_JSON, []),
        (["ExecStart=/usr/sbin/dockerd --config-file=d.json", "WorkingDirectory=-/srv"], "/srv/d.json", [3]),
        (["ExecStart=/usr/sbin/dockerd --config-file=srv/d.json"], "/srv/d.json", [3]),
        (["ExecStart=/usr/sbin/dockerd"], DAEMON_JSON, []),
    ],
)
def test_the_usual_file_where_a_flag_names_another(
    lines: List[str], config_file: str, told: List[int], tmp_path: Path
) -> None:
    files = docker_files({MOVED: drop_in("ExecStart=", *lines), "/srv/d.json": "{}", DAEMON_JSON: PROXIES})
    found = daemon.read(tree(tmp_path, files), SYSTEM, "systemd", Version.parse("28.5.2"))
    assert found.config_file == config_file
    assert [d.origin.line for d in found.reading.defects if d.kind == "file-not-read"] == told


def test_without_a_version_it_is_not_known_whether_proxies_are(tmp_path: Path) -> None:
    host = tree(tmp_path, {DAEMON_JSON: PROXIES, "/srv/d.json": "{}"})
    assert [d.kind for d in daemon_json.read(host, DAEMON_JSON, None).defects] == ["version-unknown"]
    assert daemon_json.read(host, "/srv/d.json", None).defects == ()
