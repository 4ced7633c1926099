"""With which daemon.json dockerd starts, and what it says otherwise: real engines are asked."""

from __future__ import annotations

import json
import random
import re
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Dict, Iterator, List, Sequence, Set, Tuple

import pytest

from dockproxy.host import User
from dockproxy.model import Defect, Origin, Version
from dockproxy.sources import daemon_json, directive_values, directives, dockerd_flag
from dockproxy.sources.installation import rootless
from tests.harness import engines
from tests.harness.dockerd import Dockerd
from tests.oracles.conftest import Agreed
from tests.unit.trees import DAEMON_JSON, grow, tree

pytestmark = pytest.mark.real("dockerd", root=True)


@pytest.fixture(scope="module", params=engines.SUITES)
def real(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Dockerd:
    if not engines.available()[request.param]:
        pytest.fail(f"the engine of Debian {request.param} is missing; .ci/packages brings it")
    return Dockerd(request.param, tmp_path_factory.mktemp("dockerd"))


class Asked:
    """One daemon.json with a command line: what the engine says, and what we say."""

    def __init__(self, real: Dockerd, root: Path, text: str, flags: Sequence[str] = ()) -> None:
        data = text.encode("utf-8", "surrogateescape")
        self.refusal = real.refusal(data, flags)
        command = dockerd_flag.of_argv(
            ["dockerd", "--config-file", DAEMON_JSON, *flags], Origin("dockerd-flag", "/u", 1)
        )
        given = dockerd_flag.given(command)
        reading = dockerd_flag.read(given, real.version) + dockerd_flag.check(command, (), real.version)
        reading += daemon_json.read(tree(root, {DAEMON_JSON: data}), DAEMON_JSON, real.version, True, given)
        self.defects = [d for d in reading.defects if d.stops]

    def names(self, *kinds: str) -> Set[str]:
        """The directives of our defects."""
        return {str(d.origin.name) for d in self.defects if d.kind in kinds}

    def says(self, defect: Defect) -> bool:
        """Whether that is what the engine says, as far as it is the same in all versions."""
        found = re.search('dockerd says "(.*)" and does not start; ', defect.message)
        assert found is not None, defect.message
        return all(said in self.refusal or of_go_1_27(said) in of_go_1_27(self.refusal) for said in found[1].split("…"))


def of_go_1_27(said: str) -> str:
    """What Go 1.27 makes of a sentence that it words otherwise than the versions before."""
    for pattern, words in (
        (r"invalid character ' ' (in|after) .*", "unexpected end of JSON input"),
        (r"in string literal", "in string"),
        (r"(after decimal point|in exponent of) (in )?numeric literal", "in numeric literal"),
        (r"invalid character .* in (string escape code|\\u hexadecimal character escape)", "invalid escape sequence"),
        (r"invalid escape sequence .*", "invalid escape sequence"),
        (r"invalid character '([^ -~]|\\u....)'", "invalid character"),
    ):
        said = re.sub(pattern, words, said)
    return said


UNKNOWN = ("directive-unknown", "proxies-unsupported", "proxies-wrong-shape")
NAMES = [
    *directives.TYPES,
    "foo",
    "Debug",
    "DEBUG",
    "log_level",
    "hostss",
    "H",
    "",
    "http_proxy",
    "httpProxy",
    "default",
]


@pytest.mark.parametrize(
    "document",
    [
        dict.fromkeys(NAMES),
        {"x": dict.fromkeys(NAMES)},
        {"foo": 1, **{name: {f"in {name}": None} for name in NAMES}},
        {name.title(): {"a": None} for name in NAMES},
        {"PROXIES": {**dict.fromkeys(NAMES), "https-proxy": "x"}, "proxies": None},
    ],
    ids=["at the top", "nested", "as objects", "in another case", "in proxies"],
)
def test_the_names_that_it_does_not_know(document: Dict[str, Any], real: Dockerd, tmp_path: Path) -> None:
    asked = Asked(real, tmp_path, json.dumps(document))
    _, _, listed = asked.refusal.rstrip("\n").partition(
        "the following directives don't match any configuration option: "
    )
    assert asked.names(*UNKNOWN) == set(listed.split(", "))


VALUES = {
    "add-runtime": "a=b",
    "default-address-pool": "base=10.0.0.0/8,size=24",
    "default-network-opt": "bridge=a=b",
    "default-shm-size": "64M",
    "default-ulimit": "nofile=1:1",
    "feature": "a=true",
    "host": "unix:///x",
    "insecure-registry": "r.corp",
    "registry-mirror": "http://r.corp",
    **dict.fromkeys(("dns", "ip", "default-gateway", "host-gateway-ip"), "10.0.0.1"),
    "default-gateway-v6": "fd00::1",
    "dns-search": "corp",
    **dict.fromkeys(("cluster-store-opt", "label", "log-opt", "node-generic-resource", "storage-opt"), "a=b"),
}
"""What a flag takes where it does not take a number."""

# These end the program, name the file that is read, or exclude each other.
LEFT_OUT = {"help", "version", "config-file", "graph"}


def flags_of(real: Dockerd) -> Iterator[str]:
    for name, takes_value in directives.TAKES_VALUE.items():
        if name not in LEFT_OUT and not directives.is_refused(name, real.version):
            yield f"--{name}={VALUES.get(name, '1')}" if takes_value else f"--{name}"


def conflicts(asked: Asked) -> Set[str]:
    return set(re.findall(r"([a-z0-9-]+): \(from flag: ", asked.refusal))


def test_every_flag_beside_its_directive(real: Dockerd, tmp_path: Path) -> None:
    known = {name: "" for name in directives.TYPES if not directives.is_refused(name, real.version)}
    asked = Asked(real, tmp_path, json.dumps(known), list(flags_of(real)))
    assert len(conflicts(asked)) > 70
    assert asked.names("configuration-conflict") == conflicts(asked)


@pytest.mark.parametrize(
    "flags",
    [["-DlwarnHfd://"], ["-D", "-H", "fd://"], ["-H=fd://", "--debug=false"], ["-Gdocker", "-p", "/p", "-sx", "-b=x"]],
)
def test_shorthands(flags: List[str], real: Dockerd, tmp_path: Path) -> None:
    keys = ("debug", "hosts", "log-level", "group", "pidfile", "storage-driver", "bridge")
    asked = Asked(real, tmp_path, json.dumps(dict.fromkeys(keys)), flags)
    assert asked.names("configuration-conflict") == conflicts(asked)
    assert conflicts(asked)


SAMPLES = (
    *("null", "true", "3", "1.5", "1e3", '"x"', '"3"'),
    *("[]", '["x"]', "[3]", "[{}]", "[[]]", "[null]"),
    *("{}", '{"help": null}', '{"help": 3}', '{"help": "x"}', '{"help": true}', '{"help": {}}', '{"help": []}'),
)
"""Values; ``help`` is a name that every engine knows and ignores."""


def test_values_of_a_wrong_type(real: Dockerd, tmp_path: Path, agreed: Agreed) -> None:
    rng = random.Random(5)
    of_type: Dict[Any, List[str]] = {}
    for name, type_ in directives.TYPES.items():
        if type_ is not None and not directives.is_refused(name, real.version):
            of_type.setdefault(type_, []).append(name)
    cases = [(rng.choice(names), value) for names in of_type.values() for value in SAMPLES]
    wrong = []
    for i, (name, value) in enumerate(cases):
        asked = Asked(real, tmp_path / str(i), f'{{"{name}": {value}}}')
        if ("json: cannot unmarshal" in asked.refusal) != bool(asked.names("directive-mistyped")):
            wrong.append(f"{name}: {value}: {asked.refusal}, ours {asked.defects}")
    assert not wrong, f"{len(wrong)} of {len(cases)} differ: " + "\n".join(wrong[:5])
    agreed(len(cases))


def inside(type_: directives.Type, version: Version) -> Iterator[str]:
    """A value of that type, each part of it in turn left open."""
    yield "@"
    if type_.elements is not None:
        for part in inside(type_.elements, version):
            yield f"[{part}]" if type_.kind == "array" else f'{{"a": {part}}}'
    for field in type_.fields:
        for part in inside(field.type_, version):
            yield f'{{"x": 1, "{field.name.title()}": {part}}}'


def test_parts_of_a_wrong_type(real: Dockerd, tmp_path: Path, agreed: Agreed) -> None:
    parts = [
        f'{{"{name}": {part.replace("@", value)}}}'
        for name, type_ in directives.TYPES.items()
        if type_ is not None and (type_.elements or type_.fields) and not directives.is_refused(name, real.version)
        for part in inside(type_, real.version)
        for value in ("null", "true", "3", '"10.0.0.0/8"', "{}")
    ]

    def differs(i: int) -> str:
        asked = Asked(real, tmp_path / str(i), parts[i])
        ours = asked.names("directive-mistyped")
        return (
            "" if ("json: cannot unmarshal" in asked.refusal) == bool(ours) else f"{parts[i]}: {asked.refusal}, {ours}"
        )

    with ThreadPoolExecutor(4) as pool:
        wrong = list(filter(None, pool.map(differs, range(len(parts)))))
    assert not wrong, f"{len(wrong)} of {len(parts)} differ: " + "\n".join(wrong[:9])
    agreed(len(parts))


def compare(real: Dockerd, root: Path, cases: Sequence[Tuple[str, List[str]]], agreed: Agreed) -> None:
    """Each daemon.json with its flags is taken by both or by none, and the engine says one of our sentences."""

    def differs(i: int) -> str:
        text, flags = cases[i]
        asked = Asked(real, root / str(i), text, flags)
        is_said = any(map(asked.says, asked.defects)) or not asked.defects
        agrees = bool(asked.refusal) == bool(asked.defects) and is_said
        return "" if agrees else f"{text} {flags}: {asked.refusal[:300]}, ours {asked.defects}"

    with ThreadPoolExecutor(4) as pool:
        wrong = list(filter(None, pool.map(differs, range(len(cases)))))
    assert not wrong, f"{len(wrong)} of {len(cases)} differ: " + "\n".join(wrong[:5])
    agreed(len(cases))


TEXTS = (
    *("", "x", "-", "a=b", "a=1", "a=-1", "a=x=y", "=", "a=", "=b", "a = b", "com.docker.x=y", "IO.Docker.x=1"),
    *("10.0.0.1", " 10.0.0.1", "010.0.0.1", "10.0.0", "::1", "fe80::1%eth0", "::ffff:10.0.0.1", "10.0.0.1, ::1"),
    *("10.0.0.0/8", "fd00::/64", "fd00::1/129", "fd00::", "::ffff:10.0.0.0/120", "10.0.0.0/33", "/"),
    *("corp", "a.corp.", ".", "-a", "a-", "a_b", "1.2", " corp ", "a..b", ":a", "x" * 254, "x" * 256),
    *("native.cgroupdriver=systemd", "Native.Cgroupdriver = x", "native.cgroupdriver="),
    *("info", "WARN", "warning", "verbose", "text", "json", "JSON", "private", "shareable", "host", "Host"),
    *("unix:///x", "unix://", "unix://a://b", "fd://", "fd://x", "tcp://", "tcp://a:1", "tcp://a:0", "tcp://a:b"),
    *("tcp://a/b", "a:1", ":2375", " tcp://[::1]:1", "tcp://[::1", "npipe://x", "http://a", "foo://", "://"),
    *("https://a/", "HTTP://a:1", "http://a/b", "http://a?q", "http://a#f", "http://u@a", "http:", "http://a:b"),
    *("64m", "64mb", "64MiB", "1.5g", "1.", "64 m", "3x", "m", "-1m", "1.2.3"),
    *("true", "T", "1", "0", "-1", "0x1F", "017", "08", "1_0", "0b1", "+5", "1.5", "99999999999999999999"),
    *("nofile=1", "nofile=2:1", "nofile=-1:5", "nofile=5:-1", "nofile=1:2:3", "foo=1", "nproc=a"),
    *("base=10.0.0.0/8,size=24", "base=10.0.0.0/8,size=x", "size=24", "base", "foo=1", "runc=/x", "a=b=c"),
)
"""Values, each of which some directive takes and others do not."""

NUMBERS = ("-1", "0", "1", "65535", "65536", str(2**63 - 1), str(2**63))

AT_START = {"insecure-registries", "registry-mirrors", "runtimes"}
"""Of these some values are refused only once the engine starts: tests/oracles/test_dockerd.py."""


DOUBTFUL = {
    *((name, text) for name in ("host", "hosts") for text in ("::1", "fd00::", "nofile=1:2:3")),
    *(("default-shm-size", text) for text in ("1.", "+5")),
}
"""Of a host with colons and no brackets it depends on the version of Go, of sizes on that of go-units."""


def is_taken(place: str, name: str, text: str, version: Version) -> bool:
    return directive_values.refusing(place, name, text, (), version) is None


def chosen(place: str, name: str, real: Dockerd, rng: random.Random) -> Tuple[List[str], List[str]]:
    """Of the values all that are taken by themselves, and some others."""
    taken = [text for text in TEXTS if is_taken(place, name, text, real.version) and (name, text) not in DOUBTFUL]
    others = [text for text in TEXTS if text not in taken and (name, text) not in DOUBTFUL]
    return taken, rng.sample(others, min(len(others), 5))


def documents(real: Dockerd) -> Iterator[str]:
    """Documents of one directive each."""
    rng = random.Random(7)
    for name in directive_values.CHECKS:
        type_ = directives.TYPES.get(name)
        if type_ is None or type_.kind == "object" or directives.is_refused(name, real.version) or name in AT_START:
            continue
        if type_.kind == "integer":
            yield from (f'{{"{name}": {number}}}' for number in NUMBERS)
            continue
        if type_.elements not in (None, directives.STRING):
            continue
        taken, others = chosen(directive_values.FILE, name, real, rng)
        if type_.kind == "string":
            yield from (json.dumps({name: text}) for text in (*rng.sample(taken, min(len(taken), 8)), *others))
        else:
            yield f'{{"{name}": [null]}}'
            yield from (json.dumps({name: texts}) for texts in (taken, *([text] for text in others)))
            yield from (json.dumps({name: rng.choices(taken, k=2)}) for _ in range(8))
    yield from (f'{{"default-shm-size": {value}}}' for value in ("3", "null", "true", '"3"', '"3x"', '"64 MiB"', '"x"'))
    yield from ('{"mtu": -1, "mtu": null}', '{"mtu": -1, "mtu": 3}', '{"labels": ["x"], "labels": null}')


def is_asked_at_start(document: str, real: Dockerd) -> bool:
    # An engine before 23.0 looks at these only when it starts.
    return document.startswith('{"hosts"') and not real.version.at_least(23, 0)


def test_values_of_directives(real: Dockerd, tmp_path: Path, agreed: Agreed) -> None:
    compare(real, tmp_path, [(text, []) for text in documents(real) if not is_asked_at_start(text, real)], agreed)


OF_THE_HOST = {"cpu-rt-period", "cpu-rt-runtime", "tls", "tlsverify"}
"""Flags that are refused for what the host has or lacks."""


def values_of_flags(real: Dockerd) -> Iterator[List[str]]:
    """Command lines with values of one flag."""
    rng = random.Random(8)
    typed = []
    for name in directives.TAKES_VALUE:
        if directives.is_refused(name, real.version) or name in {*LEFT_OUT, *OF_THE_HOST}:
            continue
        type_ = directives.TYPES[name]
        directive = directives.NAMES.get(name, name)
        if directive in directive_values.CHECKS and directive != "insecure-registries":
            taken, others = chosen(directive_values.FLAG, name, real, rng)
            yield from ([f"--{name}={text}" for text in texts] for texts in (taken, *([text] for text in others)))
            yield from ([f"--{name}={text}" for text in rng.choices(taken, k=2)] for _ in range(2 * bool(taken)))
        elif type_ is not None and type_.kind in directive_values.OF_TYPE:
            typed.append(name)
    yield from ([f"--{rng.choice(typed)}={text}"] for text in TEXTS)
    yield from ([f"-D={text}"] for text in rng.sample(TEXTS, 10) if text)


def test_values_of_flags(real: Dockerd, tmp_path: Path, agreed: Agreed) -> None:
    compare(real, tmp_path, [("{}", flags) for flags in values_of_flags(real)], agreed)


WORDS = (
    *("--debug", "true", "--mtu", "1", "-H", "unix:///x", "--", "", "-", "---x", "--=x", "--label", "a=b"),
    *("-D", "-Dl", "info", "-l=warn", "--https-proxy", "http://p:1", "--foo", "--mtu=x", "--label=b=c", "-DlwarnH"),
)


def test_random_command_lines(real: Dockerd, tmp_path: Path, agreed: Agreed) -> None:
    rng = random.Random(9)
    compare(real, tmp_path, [("{}", rng.choices(WORDS, k=rng.randrange(1, 5))) for _ in range(80)], agreed)


SENTENCES = [
    "",
    " \n",
    "null",
    "[]",
    "3",
    '"x"',
    "true",
    "{,}",
    '{"debug": true,}',
    '{"debug": true} // c',
    "{'debug': true}",
    '{"hosts": ["unix:///x",]}',
    '{"debug": tru',
    '{"debug": True}',
    '{"debug": tru\n}',
    '{"mtu": 01}',
    '{"mtu": 1.}',
    '{"mtu": 1e}',
    '{"log-level": "a\nb"}',
    '{"log-level": "\\x"}',
    '{"log-level": "\\u12"}',
    "{\u201cdebug\u201d: true}",
    "\ufeff{}",
    "{}\xa0",
    "\xa0{}",
    "{\x00}",
    '{"log-driver": "caf\udce9"}',
    '{"foo": 1}',
    '{"foo": {}}',
    '{"foo": 1, "foo": {}}',
    '{"foo": {}, "foo": 1}',
    '{"Debug": true}',
    '{"log_level": "warn"}',
    '{"graph": "/x"}',
    '{"log-format": "json"}',
    '{"min-api-version": "1.24"}',
    '{"debug": "true"}',
    '{"debug": "true", "debug": true}',
    '{"mtu": "1400"}',
    '{"mtu": 1.5}',
    '{"hosts": "unix:///x"}',
    '{"log-opts": {"max-file": 3}}',
    '{"Log-Opts": {"max-file": 3}}',
    '{"features": {"buildkit": "true"}}',
    '{"host-gateway-ip": "10.0.0.1", "host-gateway-ips": ["10.0.0.1"]}',
    '{"proxies": null}',
    '{"proxies": {}}',
    '{"proxies": ["http://p:1"]}',
    '{"proxies": {"https-proxy": "http://p:1"}}',
    '{"Proxies": {"https-proxy": "http://p:1"}}',
    '{"proxies": {"https-proxy": 3}}',
    '{"proxies": {"https-proxy": null}}',
    '{"proxies": {"httpsProxy": "http://p:1"}}',
    '{"proxies": {"allProxy": "http://p:1"}}',
    '{"proxies": {"default": {"httpsProxy": "http://p:1"}}}',
    '{"proxies": {"default": {}}, "proxies": {}}',
    '{"https-proxy": "http://p:1"}',
    '{"proxy": {"https-proxy": "http://p:1"}}',
]


@pytest.mark.parametrize("text", SENTENCES)
def test_what_it_says(text: str, real: Dockerd, tmp_path: Path) -> None:
    asked = Asked(real, tmp_path, text)
    assert bool(asked.refusal) == bool(asked.defects), asked.refusal
    assert len(asked.defects) < 2
    assert all(map(asked.says, asked.defects)), asked.refusal


@pytest.mark.parametrize(
    "flags",
    [
        ["--foo"],
        ["--https-proxy=http://p:1"],
        ["--graph=/g"],
        ["-g", "/g"],
        ["--log-format", "json"],
        ["-D"],
        ["-H", "unix:///x"],
        ["--host=unix:///x", "-Hunix:///y"],
        ["--data-root", "--debug"],
        ["--add-runtime=a=b"],
    ],
)
def test_what_it_says_of_a_flag(flags: List[str], real: Dockerd, tmp_path: Path) -> None:
    asked = Asked(real, tmp_path, '{"debug": true, "hosts": ["unix:///x"], "runtimes": {"c": {"path": "/c"}}}', flags)
    assert bool(asked.refusal) == bool(asked.defects), asked.refusal
    assert all(map(asked.says, asked.defects)), asked.refusal


def test_a_file_that_a_flag_names_must_exist(real: Dockerd, tmp_path: Path) -> None:
    asked = Asked(real, tmp_path, "{}", ["--config-file=/gone.json"])
    (defect,) = daemon_json.read(tree(tmp_path, {}), "/gone.json", real.version, explicit=True).defects
    assert asked.says(defect)


SEEDS = (
    '{"debug": true, "storage-opts": ["a=\\n\\u00e9", "b"], "ipv6": false, "dns": null, "log-opts": {"a": "b"}}',
    '{"shutdown-timeout": 15,\n "init": true}\n',
)
CHARACTERS = "{}[]\",:01eE+-.\\utfnax/#' \n\t\x01\x7f\x80\xa0é“\u2003"


def mutated(rng: random.Random) -> str:
    text = rng.choice(SEEDS)
    for _ in range(rng.choice((1, 1, 2, 3))):
        at, character = rng.randrange(len(text)), rng.choice(CHARACTERS)
        text = rng.choice((text[:at] + character + text[at:], text[:at] + character + text[at + 1 :], text[: at + 1]))
    return text


def test_text_with_random_mistakes(real: Dockerd, tmp_path: Path, agreed: Agreed) -> None:
    rng = random.Random(3)
    wrong, count = [], 100
    for i in range(count):
        text = mutated(rng)
        asked = Asked(real, tmp_path / str(i), text)
        # Of several names an engine lists all, in no order.
        is_name = bool(asked.names("directive-unknown")) and "don't match any configuration option" in asked.refusal
        if bool(asked.refusal) != bool(asked.defects) or not (is_name or all(map(asked.says, asked.defects))):
            wrong.append(f"{text!r}: {asked.refusal}, ours {asked.defects}")
    assert not wrong, f"{len(wrong)} of {count} differ: " + "\n".join(wrong[:5])
    agreed(count)


@pytest.mark.parametrize(
    ("environment", "place"),
    [
        ({}, "home/.config"),
        ({"XDG_CONFIG_HOME": "{root}/cfg/"}, "cfg"),
        ({"XDG_CONFIG_HOME": ""}, "home/.config"),
        ({"XDG_CONFIG_HOME": "cfg"}, "home/cfg"),
        ({"XDG_CONFIG_HOME": "./a/../cfg"}, "home/cfg"),
        ({"HOME": "{root}/other"}, "other/.config"),
    ],
)
def test_where_a_rootless_engine_has_its_file(environment: Dict[str, str], place: str, real: Dockerd) -> None:
    with tempfile.TemporaryDirectory(dir="/var/tmp") as root:
        Path(root).chmod(0o755)
        home = f"{root}/home"
        given = {name: value.format(root=root) for name, value in environment.items()}
        for folder in ("home/.config", "cfg", "home/cfg", "other/.config"):
            grow(Path(root), {f"/{folder}/docker/daemon.json": {f"in-{folder}": 1}})
        # 26.1 looks for the program of another package.
        grow(Path(root), {"/bin/rootlesskit-docker-proxy": "#!/bin/sh\n"})
        Path(root, "bin/rootlesskit-docker-proxy").chmod(0o755)
        base = {"HOME": home, "XDG_RUNTIME_DIR": root, "ROOTLESSKIT_STATE_DIR": "/x"}
        said = real.said_by_rootless({**base, **given}, home, f"{root}/bin")
        assert f"don't match any configuration option: in-{place}" in said
        installation = rootless(User("u", 1000, 1000, home))
        assert installation.config_file_of({**base, **given}) == f"{root}/{place}/docker/daemon.json"
