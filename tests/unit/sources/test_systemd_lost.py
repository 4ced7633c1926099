"""What an empty Environment= or a drop-in of the same name takes away, as `show` tells it."""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType
from typing import List, Mapping, Tuple

from dockproxy.model import DAEMON_VARIABLES
from dockproxy.resolve.daemon import view
from tests.unit.trees import DROP_IN, UNIT_FILE, Content, Link, docker_files, drop_in, tree

PACKAGED = f"{UNIT_FILE}.d"


def lost(
    root: Path, others: Mapping[str, Content] = MappingProxyType({}), **files: Content
) -> List[Tuple[str, str, str]]:
    """Name, place and reason of what lost."""
    placed = {f"{DROP_IN}/{name}.conf": content for name, content in files.items()}
    host = tree(
        root, docker_files({**placed, **others, f"{PACKAGED}/p.conf": drop_in("Environment=HTTP_PROXY=http://lib:1")})
    )
    effective = view(host).effective
    shadowed = [s for variable in DAEMON_VARIABLES for s in effective[variable].shadowed]
    return [(s.setting.name, str(s.setting.origin), s.reason) for s in shadowed]


def test_what_an_empty_line_takes_away_is_told(tmp_path: Path) -> None:
    first = drop_in("Environment=NO_PROXY=a A=1 NO_PROXY=%zz HTTPS_PROXY=%H", "Environment=no_proxy=b")
    found = lost(tmp_path, a=first, b=drop_in("Environment=", "Environment=NO_PROXY=c"))
    why = f"an empty Environment= at {DROP_IN}/b.conf:2 takes it away"
    assert found == [("NO_PROXY", f"{DROP_IN}/a.conf:2", why), ("no_proxy", f"{DROP_IN}/a.conf:3", why)]


def test_what_a_drop_in_of_the_same_name_hides_is_told(tmp_path: Path) -> None:
    place = f"{PACKAGED}/p.conf:2"
    masked = f"{DROP_IN}/p.conf, a link to /dev/null, masks it"
    assert lost(tmp_path, p=Link("/dev/null")) == [("HTTP_PROXY", place, masked)]
    instead = f"{DROP_IN}/p.conf has the same name and counts instead"
    assert lost(tmp_path / "2", p=drop_in("Environment=A=1")) == [("HTTP_PROXY", place, instead)]


def test_a_file_that_no_line_names_any_more_is_told(tmp_path: Path) -> None:
    others: Mapping[str, Content] = {"/etc/x.env": "A=1\nNO_PROXY=x\n", "/etc/y.env": "NO_PROXY=y\n"}
    lines = ("EnvironmentFile=-/etc/x.env", "EnvironmentFile=/etc/y.env", "EnvironmentFile=/etc/none.env")
    found = lost(tmp_path, others, a=drop_in(*lines), b=drop_in("EnvironmentFile=", "EnvironmentFile=/etc/y.env"))
    why = f"an empty EnvironmentFile= at {DROP_IN}/b.conf:2 takes it away"
    assert found == [("NO_PROXY", "/etc/x.env:2", why)]
    hidden = {**others, f"{PACKAGED}/q.conf": drop_in(lines[0])}
    masked = f"{DROP_IN}/q.conf, a link to /dev/null, masks it"
    assert lost(tmp_path / "2", hidden, q=Link("/dev/null")) == [("NO_PROXY", "/etc/x.env:2", masked)]


def test_a_folder_that_is_hidden_says_nothing(tmp_path: Path) -> None:
    files: Content = drop_in("Environment=NO_PROXY=x")
    host = tree(tmp_path, docker_files({f"{DROP_IN}/q.conf": files, f"{PACKAGED}/q.conf/": ""}))
    assert view(host).effective["no-proxy"].shadowed == ()
