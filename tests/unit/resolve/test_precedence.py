"""Which setting wins, and the reason each loser is given. The engines and systemd are asked in tests/e2e and
tests/oracles."""

from __future__ import annotations

from typing import List, Optional, Tuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockproxy.model import (
    DAEMON_VARIABLES,
    Effective,
    Origin,
    Reading,
    Removal,
    Setting,
    Shadowed,
    environment_names,
    value_of,
)
from dockproxy.resolve import precedence

FLAG, JSON, FILE = "dockerd-flag", "daemon-json", "systemd-env-file"
UNIT, MANAGER, PROCESS = "systemd-environment", "systemd-manager", "process-environment"


def setting(source: str, value: str, name: str = "HTTPS_PROXY", order: int = 0) -> Setting:
    variable = name.lower().replace("_", "-").lstrip("-")
    return Setting(variable, value_of(variable, value), Origin(source, f"/{source}", 1, name), order)


def https(*settings: Setting, removals: Tuple[Removal, ...] = ()) -> Tuple[Optional[str], List[Tuple[str, str]]]:
    effective = precedence.daemon(Reading(settings, removals=removals))["https-proxy"]
    lost = [(s.setting.origin.source, s.reason) for s in effective.shadowed]
    return (effective.setting.origin.source if effective.setting else None), lost


@pytest.mark.parametrize(
    ("winner", "loser", "reason"),
    [
        (FLAG, FILE, "a dockerd flag replaces the environment"),
        (FLAG, UNIT, "a dockerd flag replaces the environment"),
        (JSON, FILE, "daemon.json replaces the environment"),
        (JSON, UNIT, "daemon.json replaces the environment"),
        (JSON, MANAGER, "daemon.json replaces the environment"),
        (JSON, PROCESS, "daemon.json replaces the environment"),
        (FILE, UNIT, "EnvironmentFile= wins over Environment="),
        (FILE, MANAGER, "EnvironmentFile= wins over Environment="),
        (UNIT, MANAGER, "the unit wins over the service manager's environment"),
    ],
)
def test_a_pair(winner: str, loser: str, reason: str) -> None:
    settings = [setting(winner, "http://w:1"), setting(loser, "http://l:1")]
    for pair in (settings, settings[::-1]):
        assert https(*pair) == (winner, [(loser, reason)])


def test_nothing_set_is_nothing_in_force() -> None:
    assert https() == (None, [])


def test_empty_counts_as_unset_and_lets_the_next_one_through() -> None:
    assert https(setting(JSON, ""), setting(UNIT, "http://u:1")) == (UNIT, [(JSON, precedence.EMPTY.text)])
    assert https(setting(UNIT, "")) == (None, [(UNIT, precedence.EMPTY.text)])


def test_an_empty_assignment_hides_an_earlier_one_of_the_same_name() -> None:
    winner, lost = https(setting(FILE, ""), setting(UNIT, "http://u:1"))
    assert winner is None
    assert set(lost) == {(UNIT, "EnvironmentFile= wins over Environment="), (FILE, precedence.EMPTY.text)}


def test_an_empty_upper_case_name_lets_the_lower_case_one_through() -> None:
    assert https(setting(UNIT, ""), setting(MANAGER, "http://m:1", "https_proxy"))[0] == MANAGER


def test_upper_case_beats_lower_case_whatever_their_sources() -> None:
    upper, lower = setting(MANAGER, "http://upper:1"), setting(FILE, "http://lower:1", "https_proxy")
    assert https(upper, lower) == (MANAGER, [(FILE, "Go reads HTTPS_PROXY before https_proxy")])


def test_the_later_assignment_of_one_source_wins() -> None:
    first, second = setting(UNIT, "http://a:1", order=1), setting(UNIT, "http://b:1", order=2)
    for pair in ((first, second), (second, first)):
        effective = precedence.daemon(Reading(pair))["https-proxy"]
        assert effective.setting == second
        assert [s.reason for s in effective.shadowed] == [precedence.LATER.text]


@pytest.mark.parametrize(("value", "is_gone"), [(None, True), ("http://u:1", True), ("http://other:1", False)])
def test_unset_environment_takes_the_name_or_the_exact_value(value: Optional[str], is_gone: bool) -> None:
    removal = Removal("HTTPS_PROXY", value, Origin(UNIT, "/d.conf", 3))
    winner, lost = https(setting(UNIT, "http://u:1"), removals=(removal,))
    assert (winner is None) == is_gone
    assert lost == ([(UNIT, "UnsetEnvironment= at /d.conf:3 takes it away")] if is_gone else [])


def test_unset_environment_does_not_touch_what_the_configuration_sets() -> None:
    removal = Removal("HTTPS_PROXY", None, Origin(UNIT, "/d.conf", 3))
    assert https(setting(JSON, "http://j:1", "https-proxy"), removals=(removal,))[0] == JSON


def test_a_flag_and_a_key_are_a_conflict_even_if_they_are_equal() -> None:
    assert https(setting(FLAG, "http://p:1"), setting(JSON, "http://p:1"))[1] == [(JSON, precedence.CONFLICT.text)]


SETTINGS = st.builds(
    lambda source, variable, is_upper, value, order: Setting(
        variable,
        value_of(variable, value),
        Origin(source, "/x", order, environment_names(variable)[0 if is_upper else 1]),
        order,
    ),
    # A process's environment is read only where there is no unit.
    st.sampled_from([FLAG, JSON, FILE, UNIT, MANAGER]),
    st.sampled_from(DAEMON_VARIABLES),
    st.booleans(),
    st.sampled_from(["", "http://a:1", "http://b:1"]),
    st.integers(0, 50),
)
REMOVALS = st.builds(
    lambda name, value: Removal(name, value, Origin(UNIT, "/x", 1)),
    st.sampled_from([n for v in DAEMON_VARIABLES for n in environment_names(v)]),
    st.sampled_from([None, "http://a:1"]),
)


def ranked(settings: Tuple[Setting, ...]) -> Tuple[Setting, ...]:
    """As the sources deliver them: one flag and one key for a variable, and no two assignments of one rank."""
    kept = {}
    for s in settings:
        is_single = s.origin.source in (FLAG, JSON)
        kept[(s.variable, s.origin.source, None if is_single else (s.name, s.order))] = s
    return tuple(kept.values())


@given(st.lists(SETTINGS, max_size=8).map(tuple).map(ranked), st.lists(REMOVALS, max_size=2).map(tuple))
def test_every_setting_wins_or_loses_with_a_reason(
    settings: Tuple[Setting, ...], removals: Tuple[Removal, ...]
) -> None:
    effective = precedence.daemon(Reading(settings, removals=removals))
    told = [s.setting for e in effective.values() for s in e.shadowed]
    told += [e.setting for e in effective.values() if e.setting]
    assert sorted(map(repr, told)) == sorted(map(repr, settings))
    assert all(s.reason for e in effective.values() for s in e.shadowed)
    assert all(e.text for e in effective.values() if e.setting)


def test_a_container_is_given_what_the_file_gives_and_told_of_the_rest() -> None:
    first = Setting("no-proxy", "a", Origin("client-config", "/c", 1, "noProxy"))
    second = Setting("no-proxy", "b", Origin("client-config", "/c", 2, "noProxy"))
    lost = Shadowed(first, "a later key of the same name wins")
    effective = precedence.container(Reading((second,), lost=(lost,)))
    assert (effective["no-proxy"].setting, effective["no-proxy"].shadowed) == (second, (lost,))
    assert effective["http-proxy"] == Effective("http-proxy")
    assert list(effective) == ["http-proxy", "https-proxy", "no-proxy", "ftp-proxy", "all-proxy"]
