"""What pam_env gives a service of systemd's; tests/oracles asks the real one."""

from __future__ import annotations

from pathlib import Path
from typing import Dict, List, Optional, Tuple

import pytest

from dockproxy.model import Missing, Unread
from dockproxy.sources import pam_service
from tests.unit.sources.test_systemd_unit import Unreadable
from tests.unit.trees import Content, Link, grow, tree

STACK = "/etc/pam.d/x"
VALUE = "A=of.environment\n"


def given(root: Path, files: Dict[str, Content]) -> Tuple[List[Tuple[str, Optional[str]]], List[Unread]]:
    """The variables and what is not known."""
    found = pam_service.read(tree(root, {"/etc/environment": VALUE, **files}), "x", "source")
    unread = [item for item in found if isinstance(item, Unread)]
    return [(item.name, item.value) for item in found if not isinstance(item, Unread)], unread


@pytest.mark.parametrize(
    ("stack", "is_given"),
    [
        ("session required pam_env.so", True),
        ("-SESSION\trequired\tpam_env.so", True),
        ("auth required /lib/security/pam_env.so readenv=1", True),
        ("session required \\\n pam_env.so", True),
        ("session [default=1] pam_permit.so\nsession required pam_env.so", True),
        ("session [success=ok new_authtok_reqd=ok ignore=ignore default=bad] pam_env.so", True),
        ("session required pam_env.so readenv=0", False),
        ("account required pam_env.so", False),
        ("# session required pam_env.so", False),
        ("session required pam_unix.so", False),
        ("session", False),
        ("@include", False),
    ],
)
def test_the_lines_that_have_it_read(stack: str, is_given: bool, tmp_path: Path) -> None:
    assert given(tmp_path, {STACK: stack}) == ([("A", "of.environment")] if is_given else [], [])


def test_included_stacks_are_of_one_type_and_a_loop_ends(tmp_path: Path) -> None:
    files: Dict[str, Content] = {
        STACK: "session substack lib\n@include all\nauth include lib\n",
        "/usr/lib/pam.d/lib": "session required pam_env.so envfile=/etc/one\n",
        "/etc/pam.d/all": "session required pam_env.so envfile=/etc/two\n@include all\n",
        "/etc/one": "A=1\n",
        "/etc/two": "B=2\nA\n",
    }
    variables, unread = given(tmp_path, files)
    assert (variables[:3], set(variables[3:]), unread) == (
        [("A", "1"), ("B", "2"), ("A", None)],
        {("B", "2"), ("A", None)},
        [],
    )


def test_a_service_without_lines_of_a_type_has_those_of_other(tmp_path: Path) -> None:
    files: Dict[str, Content] = {
        "/etc/pam.d/x": "account required pam_unix.so\n",
        "/etc/pam.d/other": "session required pam_env.so\n",
    }
    assert given(tmp_path, files) == ([("A", "of.environment")], [])


@pytest.mark.parametrize("steering", ["sufficient", "[success=2 default=ignore]", "[success=done default=bad]"])
def test_what_may_be_stepped_over_is_not_checked(steering: str, tmp_path: Path) -> None:
    stack = f"session {steering} pam_x.so\nsession required pam_env.so\n"
    assert given(tmp_path, {STACK: stack}) == ([], [Unread("source", STACK, Missing.NOT_CHECKED, 2)])


def test_what_its_rules_say_of_a_proxy_is_not_known(tmp_path: Path) -> None:
    files: Dict[str, Content] = {
        STACK: "session required pam_env.so user_readenv=1\n",
        "/etc/security/pam_env.conf": "# HTTPS_PROXY\nLANG DEFAULT=C\nHTTPS_PROXY DEFAULT=http://${X}:1\n",
    }
    assert given(tmp_path, files)[1] == [
        Unread("source", "/etc/security/pam_env.conf", Missing.UNPARSABLE, 3),
        Unread("source", STACK, Missing.NOT_CHECKED, 1),
    ]


@pytest.mark.parametrize("path", [STACK, "/etc/security/pam_env.conf", "/etc/environment"])
def test_a_file_that_may_not_be_read_is_told(path: str, tmp_path: Path) -> None:
    grow(
        tmp_path, {STACK: "session required pam_env.so\n", "/etc/environment": VALUE, "/etc/security/pam_env.conf": ""}
    )
    found = pam_service.read(Unreadable(str(tmp_path), path), "x", "source")
    assert Unread("source", path, Missing.PERMISSION) in found


def test_files_that_are_not_there_give_nothing(tmp_path: Path) -> None:
    assert given(tmp_path, {STACK: "session required pam_env.so envfile=/gone conffile=/gone\n"}) == ([], [])
    assert given(tmp_path / "none", {"/etc/pam.d/y": Link("/gone")}) == ([], [])
