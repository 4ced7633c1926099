"""The command line of dockerd, as the unit makes it or as the kernel holds it."""

from __future__ import annotations

from pathlib import Path
from typing import Dict, List, Mapping, Optional

import pytest

from dockproxy.model import Origin, Version
from dockproxy.sources import dockerd_flag, systemd_env_file, systemd_environment, systemd_unit
from tests.unit.trees import UNIT_FILE, Content, drop_in, tree

ORIGIN = Origin("dockerd-flag", UNIT_FILE, 3)


def command(root: Path, *lines: str, env: Optional[Mapping[str, str]] = None) -> Optional[dockerd_flag.Command]:
    unit = systemd_unit.load(tree(root, {UNIT_FILE: drop_in(*lines)}), "docker.service")
    assert unit is not None
    return dockerd_flag.of_unit(unit, env or {})


@pytest.mark.parametrize(
    "words",
    [["--https-proxy=http://p:1"], ["--https-proxy", "http://p:1"], ["--https-proxy=x", "--https-proxy=http://p:1"]],
)
def test_both_spellings_and_the_last_one_counts(words: List[str]) -> None:
    given = dockerd_flag.given(dockerd_flag.of_argv(["/usr/bin/dockerd", *words], ORIGIN))
    (setting,) = dockerd_flag.read(given).settings
    assert (setting.variable, str(setting.value), setting.origin.line) == ("https-proxy", "http://p:1", 3)


@pytest.mark.parametrize(
    ("words", "version", "kinds", "sentence"),
    [
        (
            "--no-proxy=x",
            "20.10.24",
            ["flag-unsupported"],
            'no flag --no-proxy (new in 23.0); dockerd says "unknown flag',
        ),
        ("--no-proxy=x", "23.0.0", [], ""),
        (
            "--graph /g",
            "24.0.0",
            ["flag-unknown"],
            'no flag --graph (gone since 24.0); dockerd says "unknown flag: --graph"',
        ),
        ("-g /g", "28.5.2", ["flag-unknown"], "unknown shorthand flag: 'g'"),
        ("-g /g --foo", "20.10.24", ["flag-unknown"], "/docker.service:3: engine 20.10.24 has no flag --foo; "),
        ("--foo --graph=/g", "30.0.0", ["flag-unknown"], "no flag --graph"),
        ("--foo --graph=/g --no-proxy=x", None, [], ""),
    ],
)
def test_a_flag_that_the_engine_does_not_know(
    words: str, version: Optional[str], kinds: List[str], sentence: str
) -> None:
    given = dockerd_flag.given(dockerd_flag.of_argv(["dockerd", *words.split()], ORIGIN))
    defects = dockerd_flag.read(given, Version.parse(version) if version else None).defects
    assert [d.kind for d in defects] == kinds
    assert all(sentence in d.message and d.stops for d in defects)


def test_a_flag_at_the_end_without_a_value_is_none() -> None:
    assert dockerd_flag.of_argv(["dockerd", "--no-proxy"], ORIGIN).flag("no-proxy") is None


def test_what_hands_its_arguments_on_is_dockerd() -> None:
    assert dockerd_flag.of_argv(["/usr/bin/dockerd-rootless.sh", "--no-proxy=x"], ORIGIN).is_dockerd
    assert dockerd_flag.of_argv(["/usr/bin/snap", "run", "docker.dockerd"], ORIGIN).is_dockerd
    assert not dockerd_flag.of_argv(["/usr/bin/snap", "run", "other"], ORIGIN).is_dockerd
    assert not dockerd_flag.of_argv([], ORIGIN).is_dockerd


def test_a_wrapper_is_not_dockerd(tmp_path: Path) -> None:
    made = command(tmp_path, "ExecStart=/usr/local/bin/start-docker.sh dockerd")
    assert made is not None
    assert not made.is_dockerd


def test_a_unit_without_exec_start(tmp_path: Path) -> None:
    assert command(tmp_path, "Type=notify") is None


def test_prefixes_variables_and_resets_of_exec_start(tmp_path: Path) -> None:
    made = command(
        tmp_path,
        "ExecStart=/usr/bin/dockerd --no-proxy=lost",
        "ExecStart=",
        "ExecStart=-/usr/bin/dockerd -H fd:// $OPTS --no-proxy=${LIST}",
        env={"OPTS": "--http-proxy=http://p:1 --debug", "LIST": ".a,.b"},
    )
    assert made is not None
    assert made.argv == ("/usr/bin/dockerd", "-H", "fd://", "--http-proxy=http://p:1", "--debug", "--no-proxy=.a,.b")
    assert (made.origin.path, made.origin.line) == (UNIT_FILE, 4)


def test_a_flag_from_a_variable_is_found_where_the_variable_is_assigned(tmp_path: Path) -> None:
    files: Dict[str, Content] = {
        UNIT_FILE: drop_in("EnvironmentFile=-/etc/default/docker", "ExecStart=/usr/bin/dockerd $DOCKER_OPTS"),
        "/etc/default/docker": '# options\nDOCKER_OPTS="--https-proxy=http://p:1"\n',
    }
    host = tree(tmp_path, files)
    unit = systemd_unit.load(host, "docker.service")
    assert unit is not None
    assigned = systemd_environment.assignments(unit) + systemd_env_file.assignments(host, unit)
    made = dockerd_flag.of_unit(unit, {name: value for name, value, _ in assigned})
    assert made is not None
    (given,) = dockerd_flag.given(made, assigned)
    assert str(given.origin) == "/etc/default/docker:2"


def test_a_flag_of_the_unit_itself_is_not_looked_for_in_its_variables(tmp_path: Path) -> None:
    lines = [
        "Environment=OPTS='-H tcp://0.0.0.0:2375 --no-proxy=\"x\"' LIST=.a",
        "ExecStart=/usr/bin/dockerd -Hfd:// $OPTS --no-proxy=${LIST}",
    ]
    unit = systemd_unit.load(tree(tmp_path, {UNIT_FILE: drop_in(*lines)}), "docker.service")
    assert unit is not None
    assigned = systemd_environment.assignments(unit)
    made = dockerd_flag.of_unit(unit, {name: value for name, value, _ in assigned})
    assert made is not None
    assert [(g.flag.spelt, g.flag.value, g.origin.line) for g in dockerd_flag.given(made, assigned)] == [
        ("-H", "fd://", 3),
        ("-H", "tcp://0.0.0.0:2375", 2),
        ("--no-proxy", "x", 2),
        ("--no-proxy", ".a", 3),
    ]


@pytest.mark.parametrize(
    ("words", "version", "sentence"),
    [
        (
            ["--https-proxy"],
            "28.5.2",
            '--https-proxy has no value; dockerd says "flag needs an argument: --https-proxy"',
        ),
        (["--https-proxy"], "20.10.24", 'no flag --https-proxy (new in 23.0); dockerd says "unknown flag'),
        (["-DH"], None, "-H has no value; dockerd says \"flag needs an argument: 'H'\""),
        (["--debug", "true"], None, 'true belongs to no flag; dockerd says "Usage:…" and does not start; remove it'),
        ([""], None, "a word belongs to no flag; "),
        (["--group", "--debug", "x"], None, "give --group a value: it takes --debug for its own"),
        (["--no-proxy=", "http://u:C4NARY@p:1"], None, "a word belongs to no flag"),
        (["---x"], None, 'a word belongs to no flag; dockerd says "bad flag syntax: …"'),
        (["--mtu=abc"], None, '--mtu must be a whole number; dockerd says "invalid argument … for "--mtu" flag"'),
        (["-D=x"], None, '-D must be true or false; dockerd says "invalid argument … for "-D, --debug" flag"'),
        (
            ["-lloud"],
            "28.5.2",
            '-l must be panic, fatal, error, warn, info, debug or trace; dockerd says "logging level: …"',
        ),
        (["--label=a=1", "--label=a=2"], None, "--label must be the only value of its name"),
    ],
)
def test_what_pflag_does_not_take(words: List[str], version: Optional[str], sentence: str) -> None:
    made = dockerd_flag.of_argv(["dockerd", *words], ORIGIN)
    (defect,) = dockerd_flag.check(made, (), Version.parse(version) if version else None).defects
    assert sentence in defect.message
    assert "C4NARY" not in defect.message
    assert defect.stops


@pytest.mark.parametrize(
    "argv",
    [["/usr/bin/snap", "run", "docker.dockerd"], ["dockerd", "--foo=x", "--bar", "-H", "fd://", "--https-proxy=x"]],
)
def test_what_pflag_takes_or_others_report(argv: List[str]) -> None:
    assert dockerd_flag.check(dockerd_flag.of_argv(argv, ORIGIN), (), Version.parse("20.10.24")).defects == ()


def test_a_word_is_found_where_its_variable_is_assigned(tmp_path: Path) -> None:
    unit = systemd_unit.load(
        tree(tmp_path, {UNIT_FILE: drop_in("Environment=OPTS='--debug true'", "ExecStart=/usr/bin/dockerd $OPTS")}),
        "docker.service",
    )
    assert unit is not None
    assigned = systemd_environment.assignments(unit)
    made = dockerd_flag.of_unit(unit, {name: value for name, value, _ in assigned})
    assert made is not None
    (defect,) = dockerd_flag.check(made, assigned).defects
    assert defect.message.startswith(f"{UNIT_FILE}:2: true belongs to no flag")
