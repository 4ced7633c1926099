"""Which files make a unit, in which order. tests/oracles asks systemd the same."""

from __future__ import annotations

from pathlib import Path
from typing import Dict, List, Optional, Tuple

import pytest

from dockproxy.host import TreeHost
from dockproxy.model import Missing
from dockproxy.sources import systemd_environment, systemd_unit, unit_names
from tests.unit.trees import UNIT_FILE, Content, Link, drop_in, grow, tree

NAME = "docker.service"


def paths(root: Path, files: Dict[str, Content]) -> List[str]:
    unit = systemd_unit.load(tree(root, files), NAME)
    assert unit is not None
    return [part.path for part in unit.parts]


def test_the_unit_of_the_administrator_replaces_the_packaged_one(tmp_path: Path) -> None:
    files: Dict[str, Content] = {UNIT_FILE: "[Service]\n", f"/etc/systemd/system/{NAME}": "[Service]\n"}
    assert paths(tmp_path, files) == [f"/etc/systemd/system/{NAME}"]


def test_drop_ins_are_applied_by_file_name_over_all_directories(tmp_path: Path) -> None:
    files: Dict[str, Content] = {
        UNIT_FILE: "[Service]\n",
        f"/usr/lib/systemd/system/{NAME}.d/30-packaged.conf": "[Service]\n",
        f"/run/systemd/system/{NAME}.d/20-runtime.conf": "[Service]\n",
        f"/etc/systemd/system/{NAME}.d/10-admin.conf": "[Service]\n",
        f"/etc/systemd/system/{NAME}.d/README": "no drop-in",
        f"/etc/systemd/system/{NAME}.d/.hidden.conf": "[Service]\n",
    }
    assert [Path(p).name for p in paths(tmp_path, files)] == [
        NAME,
        "10-admin.conf",
        "20-runtime.conf",
        "30-packaged.conf",
    ]


def test_of_two_drop_ins_with_one_name_the_earlier_directory_counts(tmp_path: Path) -> None:
    files: Dict[str, Content] = {
        UNIT_FILE: "[Service]\n",
        f"/usr/lib/systemd/system/{NAME}.d/10-proxy.conf": "[Service]\n",
        f"/etc/systemd/system/{NAME}.d/10-proxy.conf": "[Service]\n",
        "/etc/systemd/system/service.d/10-proxy.conf": "[Service]\n",
        "/etc/systemd/system/service.d/20-all.conf": "[Service]\n",
    }
    assert paths(tmp_path, files)[1:] == [
        f"/etc/systemd/system/{NAME}.d/10-proxy.conf",
        "/etc/systemd/system/service.d/20-all.conf",
    ]


@pytest.mark.parametrize("mask", [Link("/dev/null"), ""])
def test_a_masked_drop_in_hides_the_packaged_one(mask: Content, tmp_path: Path) -> None:
    files: Dict[str, Content] = {
        UNIT_FILE: "[Service]\n",
        f"/usr/lib/systemd/system/{NAME}.d/10-proxy.conf": drop_in("Environment=HTTPS_PROXY=http://p:1"),
        f"/etc/systemd/system/{NAME}.d/10-proxy.conf": mask,
    }
    unit = systemd_unit.load(tree(tmp_path, files), NAME)
    assert unit is not None
    assert systemd_environment.read(unit).settings == ()
    assert unit.unread == ()


@pytest.mark.parametrize("mask", [Link("/dev/null"), ""])
def test_a_masked_unit_is_masked(mask: Content, tmp_path: Path) -> None:
    unit = systemd_unit.load(tree(tmp_path, {f"/etc/systemd/system/{NAME}": mask, UNIT_FILE: "[Service]\n"}), NAME)
    assert unit is not None
    assert unit.masked


def test_a_drop_in_of_another_name_of_the_unit_counts(tmp_path: Path) -> None:
    etc = "/etc/systemd/system"
    files: Dict[str, Content] = {
        UNIT_FILE: drop_in(),
        # systemd goes by the name, not by whether the link leads anywhere.
        f"{etc}/dockerd.service": Link("docker.service"),
        f"{etc}/dockerd.service.d/a.conf": drop_in(),
        f"{etc}/other.service": drop_in(),
        f"{etc}/other.service.d/b.conf": drop_in(),
        f"{etc}/nobody.service.d/c.conf": drop_in(),
    }
    assert paths(tmp_path, files) == [UNIT_FILE, f"{etc}/dockerd.service.d/a.conf"]


def test_a_merged_usr_is_read_once(tmp_path: Path) -> None:
    host = tree(tmp_path, {UNIT_FILE: "[Service]\n", "/lib": Link("usr/lib")})
    assert "/lib/systemd/system" not in systemd_unit.unit_dirs(host)
    assert "/usr/lib/systemd/system" in systemd_unit.unit_dirs(host)


def test_no_unit_at_all(tmp_path: Path) -> None:
    assert systemd_unit.load(TreeHost(str(tmp_path)), NAME) is None


class Unreadable(TreeHost):
    """A tree in which one path cannot be read, as root can read everything."""

    def __init__(self, root: str, path: str) -> None:
        super().__init__(root)
        self.path = path

    def read(self, path: str):  # type: ignore[no-untyped-def]
        return Missing.PERMISSION if path == self.path else super().read(path)

    def list(self, path: str):  # type: ignore[no-untyped-def]
        return Missing.PERMISSION if path == self.path else super().list(path)

    def kinds(self, path: str):  # type: ignore[no-untyped-def]
        return Missing.PERMISSION if path == self.path else super().kinds(path)


@pytest.mark.parametrize("path", [UNIT_FILE, f"/etc/systemd/system/{NAME}.d/a.conf"])
def test_what_cannot_be_read_is_named(path: str, tmp_path: Path) -> None:
    tree(tmp_path, {UNIT_FILE: "[Service]\n", path: "[Service]\n"})
    unit = systemd_unit.load(Unreadable(str(tmp_path), path), NAME)
    assert unit is not None
    assert [(u.path, u.reason) for u in unit.unread] == [(path, Missing.PERMISSION)]


def test_an_empty_assignment_resets_what_came_before(tmp_path: Path) -> None:
    files: Dict[str, Content] = {
        UNIT_FILE: drop_in("Environment=HTTP_PROXY=http://a:1 OTHER=x"),
        f"/etc/systemd/system/{NAME}.d/10.conf": drop_in("Environment=", "Environment=NO_PROXY=.corp"),
    }
    unit = systemd_unit.load(tree(tmp_path, files), NAME)
    assert unit is not None
    assert [(n, v) for n, v, _ in systemd_environment.assignments(unit)] == [("NO_PROXY", ".corp")]


def test_specifiers_come_from_the_host(tmp_path: Path) -> None:
    files: Dict[str, Content] = {
        UNIT_FILE: drop_in("Environment=NO_PROXY=%H,%m,%n"),
        "/etc/hostname": "node1\n",
        "/etc/machine-id": "0123456789abcdef0123456789abcdef\n",
    }
    unit = systemd_unit.load(tree(tmp_path, files), NAME)
    assert unit is not None
    ((_, value, origin),) = systemd_environment.assignments(unit)
    assert value == f"node1,0123456789abcdef0123456789abcdef,{NAME}"
    assert (origin.path, origin.line) == (UNIT_FILE, 2)


def test_a_specifier_that_is_not_known_offline_leaves_the_value_unread(tmp_path: Path) -> None:
    unit = systemd_unit.load(tree(tmp_path, {UNIT_FILE: drop_in("Environment=NO_PROXY=%H")}), NAME)
    assert unit is not None
    reading = systemd_environment.read(unit)
    assert reading.settings == ()
    assert [(u.path, u.reason) for u in reading.unread] == [(UNIT_FILE, Missing.UNPARSABLE)]


def test_what_systemd_ignores_is_a_defect_at_its_line(tmp_path: Path) -> None:
    unit = systemd_unit.load(tree(tmp_path, {UNIT_FILE: drop_in("Environment=HTTPS_PROXY=http://u:a%zz@p:1")}), NAME)
    assert unit is not None
    (defect,) = systemd_environment.read(unit).defects
    assert defect.kind == "environment-ignored"
    assert (defect.origin.path, defect.origin.line) == (UNIT_FILE, 2)


def test_removals_name_the_value_where_one_is_given(tmp_path: Path) -> None:
    unit = systemd_unit.load(
        tree(tmp_path, {UNIT_FILE: drop_in("UnsetEnvironment=HTTP_PROXY NO_PROXY=.corp %Z")}), NAME
    )
    assert unit is not None
    assert [(r.name, r.value) for r in systemd_environment.removals(unit)] == [
        ("HTTP_PROXY", None),
        ("NO_PROXY", ".corp"),
    ]


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (Link("10-proxy.conf"), "a link that leads to itself"),
        (Link("/nowhere"), "a link to nothing"),
        (Link("/etc"), "no regular file"),
        (None, "no regular file"),
    ],
)
def test_a_drop_in_that_is_no_file_hides_the_packaged_one(content: Optional[Link], what: str, tmp_path: Path) -> None:
    path = f"/etc/systemd/system/{NAME}.d/10-proxy.conf"
    files: Dict[str, Content] = {
        UNIT_FILE: "[Service]\n",
        f"/usr/lib/systemd/system/{NAME}.d/10-proxy.conf": drop_in("Environment=HTTPS_PROXY=http://p:1"),
        path if content else f"{path}/": content or "",
    }
    unit = systemd_unit.load(tree(tmp_path, files), NAME)
    assert unit is not None
    reading = systemd_environment.read(unit)
    assert (reading.settings, reading.unread, unit.drop_ins) == ((), (), [path])
    (defect,) = reading.defects
    assert (defect.kind, defect.origin.path) == ("environment-ignored", path)
    assert what in defect.message


ETC, LIB = "/etc/systemd/system", "/usr/lib/systemd/system"
FRAGMENT = "[Service]\nExecStart=/usr/bin/dockerd\n"


def fragment_and_names(root: Path, files: Dict[str, Content], name: str = NAME) -> Tuple[Optional[str], List[str]]:
    found = unit_names.find(tree(root, files), name, systemd_unit.unit_dirs(TreeHost(str(root)))).names
    return (found.fragment, list(found.names)) if found is not None else (None, [])


@pytest.mark.parametrize(
    ("files", "fragment", "names"),
    [
        ({f"{ETC}/{NAME}": Link(f"{LIB}/moby.service"), f"{LIB}/moby.service": FRAGMENT}, f"{LIB}/moby.service", "mo"),
        ({f"{ETC}/{NAME}": Link("/opt/x.service"), "/opt/x.service": FRAGMENT}, f"{ETC}/{NAME}", "o"),
        ({f"{ETC}/{NAME}": Link(NAME), UNIT_FILE: FRAGMENT}, UNIT_FILE, "o"),
        ({f"{ETC}/{NAME}": Link("a/b/.."), f"{ETC}/a/b/": "", UNIT_FILE: FRAGMENT}, UNIT_FILE, "o"),
        ({f"{ETC}/{NAME}/": "", UNIT_FILE: FRAGMENT}, UNIT_FILE, "o"),
        ({f"{ETC}/{NAME}": Link("docker.socket"), UNIT_FILE: FRAGMENT}, UNIT_FILE, "o"),
        ({f"{ETC}/{NAME}": Link("moby.service"), UNIT_FILE: FRAGMENT}, None, "o"),
        ({f"{ETC}/{NAME}": Link("moby.service"), f"{ETC}/moby.service": Link(NAME), UNIT_FILE: FRAGMENT}, None, "o"),
        ({f"{ETC}/moby.service": Link(NAME), UNIT_FILE: FRAGMENT}, UNIT_FILE, "om"),
        ({}, None, ""),
    ],
)
def test_a_name_leads_to_a_file_as_systemd_follows_it(
    files: Dict[str, Content], fragment: Optional[str], names: str, tmp_path: Path
) -> None:
    short = {"m": "moby.service", "o": NAME}
    assert fragment_and_names(tmp_path, files) == (fragment, [short[n] for n in names])


def test_an_instance_is_loaded_from_its_template(tmp_path: Path) -> None:
    assert fragment_and_names(tmp_path, {f"{LIB}/user@.service": ""}, "user@1.service") == (
        f"{LIB}/user@.service",
        ["user@1.service"],
    )
    assert list(unit_names.drop_in_names("a-b@1.service")) == ["a-b@1.service", "a-b@.service", "a-@.service"]
    assert list(unit_names.drop_in_names("a--b-.service")) == [
        "a--b-.service",
        "a--.service",
        "a-.service",
    ]


@pytest.mark.parametrize("target", ["/opt/gone.service", "gone.service"])
def test_a_link_to_nothing_hides_the_packaged_unit(target: str, tmp_path: Path) -> None:
    unit = systemd_unit.load(tree(tmp_path, {f"{ETC}/{NAME}": Link(target), UNIT_FILE: FRAGMENT}), NAME)
    assert unit is not None
    assert (unit.lost, unit.parts) == ((f"{ETC}/{NAME}", Missing.ABSENT), ())
    (defect,) = systemd_environment.read(unit).defects
    assert defect.stops
    assert defect.message.startswith(f"{ETC}/{NAME}: a link to nothing, so systemd finds no {NAME}")


def test_which_of_two_other_names_comes_first_is_not_known(tmp_path: Path) -> None:
    files: Dict[str, Content] = {
        f"{ETC}/{NAME}": Link("moby.service"),
        f"{ETC}/dock.service": Link("moby.service"),
        f"{LIB}/moby.service": FRAGMENT,
        **{f"{ETC}/{name}.service.d/10.conf": drop_in("Environment=A=1") for name in ("docker", "dock")},
        **{f"{ETC}/{name}.service.d/20.conf": drop_in("Environment=A=1") for name in ("docker", "dock", "moby")},
    }
    unit = systemd_unit.load(tree(tmp_path, files), NAME)
    assert unit is not None
    assert [(u.path, u.reason) for u in unit.unread] == [(f"{ETC}/docker.service.d/10.conf", Missing.NOT_CHECKED)]


@pytest.mark.parametrize("folder", [ETC, f"{ETC}/{NAME}.d"])
def test_a_folder_that_may_not_be_listed_is_not_read(folder: str, tmp_path: Path) -> None:
    grow(tmp_path, {UNIT_FILE: FRAGMENT})
    unit = systemd_unit.load(Unreadable(str(tmp_path), folder), NAME)
    assert unit is not None
    assert [(u.path, u.reason) for u in unit.unread] == [(folder, Missing.PERMISSION)]
    alone = systemd_unit.load(Unreadable(str(tmp_path / "empty"), folder), NAME)
    assert (alone is not None) is (folder == ETC), "what may hold the unit may not be known to lack it"


def test_a_folder_that_is_a_link_to_itself_holds_nothing(tmp_path: Path) -> None:
    unit = systemd_unit.load(tree(tmp_path, {UNIT_FILE: FRAGMENT, "/run/systemd/system": Link("system")}), NAME)
    assert unit is not None
    assert unit.unread == ()


@pytest.mark.parametrize(
    ("hostname", "machine_id", "known"),
    [
        ("# by hand\n\nh1\n", "0123456789abcdef0123456789abcdef\n", ("h1", "0123456789abcdef0123456789abcdef")),
        ("h1", "uninitialized\n", ("h1", None)),
        ("", "", (None, None)),
    ],
)
def test_names_of_the_host(
    hostname: str, machine_id: str, known: Tuple[Optional[str], Optional[str]], tmp_path: Path
) -> None:
    host = tree(tmp_path, {"/etc/hostname": hostname, "/etc/machine-id": machine_id})
    assert systemd_unit.host_names(host) == known


@pytest.mark.parametrize(("links", "is_found"), [(7, True), (8, False)])
def test_names_are_followed_so_far(links: int, is_found: bool, tmp_path: Path) -> None:
    names = [NAME, *(f"n{i}.service" for i in range(1, links)), "moby.service"]
    files: Dict[str, Content] = {f"{ETC}/{name}": Link(target) for name, target in zip(names, names[1:])}
    unit = systemd_unit.load(tree(tmp_path, {**files, f"{ETC}/moby.service": FRAGMENT}), NAME)
    assert unit is not None
    assert (unit.lost is None) is is_found
