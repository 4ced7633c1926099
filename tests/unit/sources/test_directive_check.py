"""What dockerd checks in daemon.json before it uses it; tests/oracles asks the engines."""

from __future__ import annotations

from pathlib import Path
from typing import Dict, List, Optional, Sequence

import pytest

from dockproxy.model import Defect, Origin, Version
from dockproxy.sources import daemon, daemon_json, dockerd_flag
from dockproxy.sources.installation import SYSTEM
from tests.unit.trees import DAEMON_JSON, UNIT_FILE, Content, docker_files, drop_in, tree

CONFLICT = "the following directives are specified both as a flag and in the configuration file: "
NEW, OLD = "28.5.2", "20.10.24"


def check(root: Path, text: str, version: Optional[str] = NEW, flags: Sequence[str] = ()) -> List[Defect]:
    given = dockerd_flag.given(dockerd_flag.of_argv(["dockerd", *flags], Origin("dockerd-flag", "/unit", 7)))
    parsed = Version.parse(version) if version else None
    reading = daemon_json.read(tree(root, {DAEMON_JSON: text}), DAEMON_JSON, parsed, given=given)
    return [defect for defect in reading.defects if defect.stops]


def names(defects: List[Defect]) -> List[Optional[str]]:
    return [defect.origin.name for defect in defects]


@pytest.mark.parametrize(
    ("text", "version", "name", "what", "mend"),
    [
        ('{"foo": 1}', NEW, "foo", 'engine 28.5.2 has no directive "foo"', "remove it"),
        ('{"x": {"foo": {}}}', NEW, "foo", 'engine 28.5.2 has no directive "foo"', "remove it"),
        ('{"Debug": 1}', NEW, "Debug", 'engine 28.5.2 has no directive "Debug"', 'write it "debug"'),
        ('{"log_opts": null}', NEW, "log_opts", 'engine 28.5.2 has no directive "log_opts"', 'write it "log-opts"'),
        ('{"BIP6": 1}', OLD, "BIP6", 'engine 20.10.24 has no directive "BIP6"', "remove it"),
        ('{"bip6": 1}', "27.5.1", "bip6", 'engine 27.5.1 has no directive "bip6" (new in 28.0)', "remove it"),
        ('{"graph": 1}', "24.0.1", "graph", 'engine 24.0.1 has no directive "graph" (gone since 24.0)', "remove it"),
        ('{"Proxies": "x"}', NEW, "Proxies", '"Proxies" is no object', "make it one, or remove it"),
        ('{"proxies": {"foo": 1}}', NEW, "foo", 'engine 28.5.2 has no directive "foo"', "remove it"),
        (
            '{"proxies": {"httpsProxy": "x"}}',
            None,
            "httpsProxy",
            'dockerd has no directive "httpsProxy"',
            'write it "https-proxy"',
        ),
        *(
            (f"{{{key}}}", NEW, name, f'engine 28.5.2 has no directive "{name}"', mend)
            for key, name, mend in (
                ('"http_proxy": "x"', "http_proxy", 'move it: "proxies": {"http-proxy": "…"}'),
                ('"HTTPS_PROXY": "x"', "HTTPS_PROXY", 'move it: "proxies": {"https-proxy": "…"}'),
                ('"noProxy": "x"', "noProxy", 'move it: "proxies": {"no-proxy": "…"}'),
                ('"x": {"no_proxy": "x"}', "no_proxy", 'move it: "proxies": {"no-proxy": "…"}'),
                ('"proxies": {"HTTP_PROXY": "x"}', "HTTP_PROXY", 'write it "http-proxy"'),
                ('"proxies": {"Debug": 1}', "Debug", "remove it"),
            )
        ),
        (
            '{"HTTP_PROXY": "x"}',
            OLD,
            "HTTP_PROXY",
            'engine 20.10.24 has no directive "HTTP_PROXY"',
            "remove it; `dockproxy set` then finds the place that this engine reads",
        ),
        (
            '{"proxies": {"default": {}}}',
            None,
            "default",
            'dockerd has no directive "default"',
            "put http-proxy, https-proxy, no-proxy directly into it; this is the shape of the docker CLI's file",
        ),
        ('{"proxies": {"allProxy": "x"}}', None, "allProxy", 'dockerd has no directive "allProxy"', "remove it"),
        (
            '{"no-proxy": "x"}',
            OLD,
            "no-proxy",
            'engine 20.10.24 has no directive "no-proxy" (new in 23.0)',
            "remove it; `dockproxy set` then finds the place that this engine reads",
        ),
    ],
)
def test_a_name_that_the_engine_does_not_know(
    text: str, version: Optional[str], name: str, what: str, mend: str, tmp_path: Path
) -> None:
    said = f"the following directives don't match any configuration option: {name}"
    message = f'{DAEMON_JSON}:1: {what}; dockerd says "{said}" and does not start; {mend}'
    assert [d.message for d in check(tmp_path, text, version)] == [message]


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ('{"foo": 1}', "30.0.0"),
        ('{"foo": 1}', None),
        ('{"graph": "/g"}', None),
        ('{"graph": "/g"}', "23.0.1"),
        ('{"foo": {"debug": "x"}, "log-opts": {"foo": "x"}, "features": {"bar": true}}', NEW),
        ('{"foo": 1, "foo": {}}', NEW),
        ('{"proxies": {"default": {}}, "proxies": {}}', NEW),
        ('{"default-network-opts": {"bridge": {}}}', "23.0.1"),
    ],
)
def test_what_an_engine_takes_or_may_take(text: str, version: Optional[str], tmp_path: Path) -> None:
    assert check(tmp_path, text, version) == []


@pytest.mark.parametrize(
    ("text", "flags", "version", "expected"),
    [
        ('{"hosts": ["x"], "debug": false}', "-H fd://", NEW, ["hosts"]),
        ('{"hosts": null, "debug": false}', "-DH=fd:// --log-level=info", OLD, ["debug", "hosts"]),
        ('{"x": {"hosts": null}}', "--host=fd://", None, ["hosts"]),
        ('{"host": ["x"]}', "--host=fd://", NEW, []),
        ('{"runtimes": {}}', "--add-runtime=a=b", NEW, []),
        ('{"proxies": {"https-proxy": ""}}', "--https-proxy= --http-proxy=x", NEW, ["https-proxy"]),
        ('{"host-gateway-ip": ""}', "--host-gateway-ip=x", "27.0.0", ["host-gateway-ip"]),
        ('{"host-gateway-ip": ""}', "--host-gateway-ip=x", NEW, ["host-gateway-ip"]),
        ('{"host-gateway-ips": []}', "--host-gateway-ip=x", NEW, ["host-gateway-ips"]),
    ],
)
def test_a_flag_and_a_directive(
    text: str, flags: str, version: Optional[str], expected: List[str], tmp_path: Path
) -> None:
    found = check(tmp_path, text, version, flags.split())
    assert [d.kind for d in found] == ["configuration-conflict"] * len(expected)
    assert names(found) == expected


def test_what_the_engine_does_not_know_is_no_conflict(tmp_path: Path) -> None:
    found = check(tmp_path, '{"graph": "/g", "host-gateway-ips": [], "host-gateway-ip": ""}', OLD, ["-g", "/g"])
    assert [(d.kind, d.origin.name) for d in found] == [
        ("directive-unknown", "host-gateway-ips"),
        ("configuration-conflict", "graph"),
    ]
    assert [d.kind for d in check(tmp_path, '{"graph": "/g"}', NEW, ["-g", "/g"])] == ["directive-unknown"]


def test_a_conflict_names_both_places_and_every_flag(tmp_path: Path) -> None:
    files: Dict[str, Content] = {
        UNIT_FILE: drop_in("EnvironmentFile=-/etc/default/docker", "ExecStart=/usr/sbin/dockerd -H fd:// $DOCKER_OPTS"),
        "/etc/default/docker": "DOCKER_OPTS=--host=tcp://10.0.0.1:2375\n",
        DAEMON_JSON: '{\n  "hosts": ["unix:///x"]\n}',
    }
    reading = daemon.read(tree(tmp_path, docker_files(files)), SYSTEM, "systemd", Version.parse(NEW)).reading
    (defect,) = reading.defects
    assert defect.message == (
        f'{DAEMON_JSON}:2: "hosts" is also set by the flag -H at {UNIT_FILE}:3 and --host at /etc/default/docker:1; '
        f'dockerd says "{CONFLICT}hosts" and does not start; remove one of the two'
    )


def test_a_wrapper_may_do_what_it_likes_with_its_flags(tmp_path: Path) -> None:
    files: Dict[str, Content] = {
        UNIT_FILE: drop_in("ExecStart=/usr/local/bin/start-docker -H fd:// --foo"),
        DAEMON_JSON: '{"hosts": ["unix:///x"]}',
        "/usr/local/bin/start-docker": "",
    }
    assert daemon.read(tree(tmp_path, docker_files(files)), SYSTEM, "systemd", Version.parse(NEW)).reading.defects == ()


def test_two_names_of_one_directive(tmp_path: Path) -> None:
    text = '{"host-gateway-ip": "10.0.0.1",\n"host-gateway-ips": ["10.0.0.1"]}'
    (defect,) = check(tmp_path, text)
    assert defect.message == (
        f'{DAEMON_JSON}:2: "host-gateway-ips" replaces "host-gateway-ip" at {DAEMON_JSON}:1; dockerd says '
        '"host-gateway-ip and host-gateway-ips must not both be specified in the config file" and does not start; '
        "remove one of the two"
    )


@pytest.mark.parametrize(
    ("text", "what", "word", "mend"),
    [
        ('{"debug": "true"}', '"debug" must be true or false', "string", "take the quotes away"),
        ('{"debug": {}}', '"debug" must be true or false', "object", "correct it"),
        ('{"mtu": "1500"}', '"mtu" must be a whole number', "string", "take the quotes away"),
        ('{"mtu": 1.5}', '"mtu" must be a whole number', "number", "correct it"),
        ('{"mtu": true}', '"mtu" must be a whole number', "bool", "correct it"),
        ('{"log-level": 3}', '"log-level" must be a string', "number", "put it in double quotes"),
        ('{"hosts": "x"}', '"hosts" must be a list', "string", "put it in square brackets"),
        ('{"hosts": {"debug": 3}}', '"hosts" must be a list', "object", "correct it"),
        (
            '{"dns": ["10.0.0.1", null, false]}',
            'every value in "dns" must be a string',
            "bool",
            "put it in double quotes",
        ),
        ('{"log-opts": []}', '"log-opts" must be an object', "array", "correct it"),
        (
            '{"log-opts": {"a": "x", "b": 3}}',
            'every value in "log-opts" must be a string',
            "number",
            "put it in double quotes",
        ),
        ('{"builder": 3}', '"builder" must be an object', "number", "correct it"),
        ('{"proxies": {"no-proxy": []}}', '"no-proxy" must be a string', "array", "correct it"),
        ('{"PROXIES": {"no-proxy": 3}}', '"no-proxy" must be a string', "number", "put it in double quotes"),
        ('{"debug": 1, "debug": true}', '"debug" must be true or false', "number", "correct it"),
    ],
)
def test_a_value_of_a_wrong_type(text: str, what: str, word: str, mend: str, tmp_path: Path) -> None:
    said = f"json: cannot unmarshal {word} …"
    (defect,) = check(tmp_path, text)
    assert defect.message == f'{DAEMON_JSON}:1: {what}; dockerd says "{said}" and does not start; {mend}'


@pytest.mark.parametrize(
    "text",
    [
        '{"debug": true, "mtu": 0, "log-level": "", "hosts": [], "dns": [null, "::1"], "log-opts": null}',
        '{"builder": {"gc": {}}, "features": {"a": true}, "runtimes": {"a": {"path": "x"}}}',
        '{"host": 3, "restart": 3, "http-proxy": 3, "proxies": {"http-proxy": null}}',
    ],
)
def test_values_of_the_right_type_or_of_any(text: str, tmp_path: Path) -> None:
    assert check(tmp_path, text) == []


@pytest.mark.parametrize(
    ("text", "version", "what", "said"),
    [
        ('{"log-level": "loud"}', NEW, '"log-level" must be panic, fatal, error, warn, info, …', "logging level: …"),
        ('{"log-level": "warning"}', NEW, '"log-level" must be panic, …', "invalid logging level: …"),
        ('{"log-level": "loud"}', OLD, '"log-level" must be panic, …', "logging level: …"),
        ('{"mtu": -5}', NEW, '"mtu" must be 0 or more', "invalid default MTU: …"),
        ('{"mtu": -5, "mtu": null}', NEW, '"mtu" must be 0 or more', "invalid default MTU: …"),
        ('{"max-download-attempts": 0}', OLD, '"max-download-attempts" must be 1 or more', "invalid max download …"),
        ('{"dns": ["10.0.0.1", "x"]}', NEW, 'every value in "dns" must be an IP address', "invalid IP address: …"),
        ('{"dns": [null]}', OLD, 'every value in "dns" must be an IP address', "… is not an ip address"),
        (
            '{"registry-mirrors": ["r.corp"]}',
            OLD,
            'every value in "registry-mirrors" must be an http',
            "invalid mirror",
        ),
        ('{"labels": ["a=1", "b=2", "a=2"]}', NEW, 'every value in "labels" must be the only value', "conflict labels"),
        ('{"default-shm-size": 3}', None, '"default-shm-size" must be a size as a string', "invalid …"),
        (
            '{"runtimes": {"runc": {}}}',
            NEW,
            '"runtimes" must be called otherwise than runc',
            "runtime name 'runc' is …",
        ),
        (
            '{"exec-opts": ["a=b"]}',
            NEW,
            'every value in "exec-opts" must be native.cgroupdriver',
            "invalid exec-opt (…",
        ),
    ],
)
def test_a_value_that_the_engine_refuses(
    text: str, version: Optional[str], what: str, said: str, tmp_path: Path
) -> None:
    (defect,) = check(tmp_path, text, version)
    assert f"{DAEMON_JSON}:1: {what.rstrip('…')}" in defect.message
    assert f'dockerd says "{said.rstrip("…")}' in defect.message
    assert defect.kind == "directive-value"


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ('{"mtu": -5}', OLD),
        ('{"mtu": -5}', None),
        ('{"mtu": -5, "mtu": 3}', NEW),
        ('{"labels": ["x"], "labels": null}', NEW),
        ('{"max-download-attempts": 0, "log-level": "WARN"}', NEW),
        ('{"exec-opts": ["a=b"], "log-level": "warning"}', OLD),
        ('{"labels": ["a=1", "a=1"], "x": {"mtu": -5}}', NEW),
    ],
)
def test_values_that_the_engine_takes(text: str, version: Optional[str], tmp_path: Path) -> None:
    assert check(tmp_path, text, version) == []


@pytest.mark.parametrize(
    ("text", "version", "sentence"),
    [
        (
            '{"default-address-pools": [{"base": "10.0.0.0/8", "size": "24"}]}',
            OLD,
            '"size" in "default-address-pools" must',
        ),
        ('{"builder": {"gc": {"defaultKeepStorage": 20}}}', None, '"defaultKeepStorage" in "builder" must be a string'),
        ('{"builder": {"GC": {"Policy": [{"ALL": 1}]}}}', NEW, '"ALL" in "builder" must be true or false'),
        ('{"builder": {"gc": {"policy": [3]}}}', NEW, 'every value in "policy" in "builder" must be an object'),
        (
            '{"default-network-opts": {"bridge": {"a": 1}}}',
            NEW,
            'every value in "default-network-opts" must be a string',
        ),
        ('{"runtimes": {"a": {"runtimeType": 1}}}', NEW, '"runtimeType" in "runtimes" must be a string'),
    ],
)
def test_a_part_of_a_wrong_type(text: str, version: Optional[str], sentence: str, tmp_path: Path) -> None:
    (defect,) = check(tmp_path, text, version)
    assert defect.kind == "directive-mistyped"
    assert sentence in defect.message


def test_a_part_that_the_engine_does_not_know_is_of_any_type(tmp_path: Path) -> None:
    for version in (OLD, None):
        assert check(tmp_path, '{"runtimes": {"a": {"runtimeType": 1, "options": "x", "other": 3}}}', version) == []


def test_a_number_that_is_too_large(tmp_path: Path) -> None:
    (defect,) = check(tmp_path, f'{{"mtu": {2**64}}}')
    assert defect.kind == "directive-mistyped"


def test_of_what_the_engine_does_not_know_the_type_does_not_matter(tmp_path: Path) -> None:
    for text in ('{"graph": 3}', '{"proxies": "x"}', '{"proxies": {"httpProxy": 3}}'):
        (defect,) = check(tmp_path, text)
        assert "don't match any configuration option" in defect.message


def test_a_password_in_a_wrong_place_is_not_shown(tmp_path: Path) -> None:
    text = '{"https-proxy": "http://u:C4NARY@p:1", "proxies": {"https-proxy": 3, "http-proxy": "http://u:C4NARY@p:1"}}'
    for defect in check(tmp_path, text, OLD, ["--http-proxy=http://u:C4NARY@p:1"]):
        assert "C4NARY" not in defect.message


@pytest.mark.parametrize("name", ["http_proxy", "HTTPS_PROXY", "noProxy"])
def test_what_is_advised_is_no_finding_any_more(name: str, tmp_path: Path) -> None:
    (defect,) = check(tmp_path, f'{{"{name}": "x"}}')
    mended = defect.message.rpartition("; move it: ")[2]
    reading = daemon_json.read(tree(tmp_path / "2", {DAEMON_JSON: f"{{{mended}}}"}), DAEMON_JSON, Version.parse(NEW))
    assert (len(reading.settings), reading.defects) == (1, ())
