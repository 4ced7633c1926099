"""The table of directives by itself; tests/oracles asks the engines."""

from __future__ import annotations

from typing import Optional, Tuple

import pytest

from dockproxy.model import Version
from dockproxy.sources import directives


@pytest.mark.parametrize(
    ("name", "version", "is_refused"),
    [
        ("debug", "20.10.24", False),
        ("https-proxy", "20.10.27", True),
        ("https-proxy", "23.0.0", False),
        ("graph", "23.0.18", False),
        ("graph", "24.0.0", True),
        ("features", "27.0.1", False),
        ("feature", "27.2.1", True),
        ("feature", "27.3.0", False),
        ("foo", "20.10.0", True),
        ("foo", "29.7.2", True),
        # An engine that the table is not about may know a name that the table does not.
        ("foo", "29.8.0", False),
        ("foo", "30.0.0", False),
        ("foo", "19.03.15", False),
        ("foo", None, False),
        ("graph", None, False),
        # What has come in an engine is not known to the ones before, and what is gone does not come back.
        ("https-proxy", "19.03.15", True),
        ("graph", "30.0.0", True),
        ("https-proxy", "30.0.0", False),
    ],
)
def test_which_engine_refuses_a_name(name: str, version: Optional[str], is_refused: bool) -> None:
    assert directives.is_refused(name, Version.parse(version) if version else None) == is_refused


@pytest.mark.parametrize(
    ("key", "version", "is_flat"),
    [
        ("log-opts", "20.10.24", True),
        ("proxies", "28.5.2", False),
        ("default-network-opts", "23.0.0", False),
        ("default-network-opts", "24.0.0", True),
        ("cluster-store-opts", "28.5.2", True),
        ("default-network-opts", None, True),
    ],
)
def test_which_objects_are_values(key: str, version: Optional[str], is_flat: bool) -> None:
    assert directives.is_flat(key, Version.parse(version) if version else None) == is_flat


@pytest.mark.parametrize(
    ("flag", "names"),
    [
        ("host", ("hosts",)),
        ("debug", ("debug",)),
        ("host-gateway-ip", ("host-gateway-ips", "host-gateway-ip")),
        ("add-runtime", ()),
        ("foo", ()),
    ],
)
def test_with_which_directives_a_flag_is_in_conflict(flag: str, names: Tuple[str, ...]) -> None:
    assert directives.directives_of(flag) == names


def test_the_table_holds_together() -> None:
    assert set(directives.SINCE) | set(directives.UNTIL) <= set(directives.TYPES)
    assert set(directives.NAMES) | set(directives.NAMES.values()) | directives.FLAT <= set(directives.TYPES)
    assert set(directives.SHORTHANDS.values()) <= set(directives.TAKES_VALUE)
