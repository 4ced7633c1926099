"""The docker CLI's file: the entry that it looks up, everything else kept. tests/e2e asks the real CLI."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Dict, Optional

import pytest

from dockproxy.host import Host
from dockproxy.model import CONTAINER_VARIABLES, Plan, Refusal, Value, value_of
from dockproxy.planner import client as planner
from dockproxy.planner import plan_client
from dockproxy.sources.endpoint import Client
from tests.unit.sources.test_systemd_unit import Unreadable
from tests.unit.trees import Content, Link, grow, tree

PATH = "/home/alice/.docker/config.json"
HOST = "unix:///var/run/docker.sock"
PROXY, SECRET = "http://proxy.corp:3128", "http://alice:C4NARY@proxy.corp:3128"


def owner(root: Path) -> Client:
    info = root.stat()
    return Client("alice", info.st_uid, info.st_gid, "/home/alice/.docker", {})


def intent(**values: Optional[str]) -> Dict[str, Optional[Value]]:
    return {f"{k}-proxy": None if v is None else value_of(f"{k}-proxy", v) for k, v in values.items()}


def plan(root: Path, files: Dict[str, Content], daemon_host: str = HOST, **options: Any) -> Plan:
    values = options.pop("values", intent(https=PROXY))
    host: Host = options.pop("host", None) or tree(root, files)
    return plan_client(host, owner(root), daemon_host, values, **options)


def proxies(made: Plan) -> Any:
    (change,) = made.changes
    assert change.after is not None
    return json.loads(change.after)["proxies"]


def test_a_new_file_is_the_users_own_and_private(tmp_path: Path) -> None:
    made = plan(tmp_path, {})
    (change,) = made.changes
    assert (change.path, change.action, change.mode) == (PATH, "create", 0o600)
    assert change.owner == (tmp_path.stat().st_uid, tmp_path.stat().st_gid)
    assert proxies(made) == {"default": {"httpsProxy": PROXY}}
    assert made.notes == (planner.NOTE,)


def test_other_keys_and_the_mode_are_kept(tmp_path: Path) -> None:
    text = '{\n\t"auths": {"r.corp": {"auth": "eHg="}},\n\t"credsStore": "x"\n}\n'
    grow(tmp_path, {PATH: text})
    (tmp_path / PATH[1:]).chmod(0o640)
    made = plan(tmp_path, {})
    (change,) = made.changes
    assert (change.mode, change.mode_before) == (0o640, 0o640)
    assert change.after is not None
    written = change.after.decode()
    assert written.startswith('{\n\t"auths": {"r.corp": {"auth": "eHg="}},\n\t"credsStore": "x"')
    assert json.loads(written)["auths"] == {"r.corp": {"auth": "eHg="}}


def test_the_entry_of_the_daemon_is_edited_where_there_is_one(tmp_path: Path) -> None:
    files: Dict[str, Content] = {PATH: {"proxies": {"default": {"noProxy": ".d"}, HOST: {"noProxy": ".h"}}}}
    assert proxies(plan(tmp_path, files)) == {
        "default": {"noProxy": ".d"},
        HOST: {"noProxy": ".h", "httpsProxy": PROXY},
    }


def test_a_named_entry_that_is_new_takes_over_what_was_in_force(tmp_path: Path) -> None:
    files: Dict[str, Content] = {PATH: {"proxies": {"default": {"noProxy": ".d", "httpProxy": "http://old:1"}}}}
    key = "tcp://build:2375"
    assert proxies(plan(tmp_path, files, entry=key)) == {
        "default": {"noProxy": ".d", "httpProxy": "http://old:1"},
        key: {"httpProxy": "http://old:1", "httpsProxy": PROXY, "noProxy": ".d"},
    }


def test_credentials_need_a_word_of_consent(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match=r"docker inspect and in build provenance.*--allow-container-credentials"):
        plan(tmp_path, {}, values=intent(https=SECRET))
    made = plan(tmp_path, {}, values=intent(https=SECRET), allow_credentials=True)
    assert proxies(made) == {"default": {"httpsProxy": SECRET}}
    assert "C4NARY" not in repr(made)


def test_unset_takes_the_values_and_the_file_that_set_made(tmp_path: Path) -> None:
    gone = dict.fromkeys(CONTAINER_VARIABLES)
    own = json.dumps({"proxies": {"default": {"httpsProxy": PROXY, "noProxy": "x"}}}, indent=4) + "\n"
    made = plan(tmp_path, {PATH: own}, values=gone)
    assert [c.action for c in made.changes] == ["delete"]
    made = plan(tmp_path / "4", {PATH: '{"proxies": {"default": {"httpsProxy": "x"}}}\n'}, values=gone)
    assert [c.after for c in made.changes] == [b"{}\n"]
    made = plan(tmp_path / "2", {PATH: '{"a": 1, "proxies": {"default": {"httpsProxy": "x"}}}'}, values=gone)
    assert [c.after for c in made.changes] == [b'{"a": 1}']
    (tmp_path / "3").mkdir()
    assert plan(tmp_path / "3", {}, values=gone).changes == ()


@pytest.mark.parametrize("empty", ["", "{}"])
def test_a_file_that_was_there_without_anything_stays_there(empty: str, tmp_path: Path) -> None:
    made = plan(tmp_path, {PATH: empty})
    assert [c.after for c in made.changes] == [f'{{"proxies": {{"default": {{"httpsProxy": "{PROXY}"}}}}}}'.encode()]
    grow(tmp_path, {PATH: made.changes[0].after or b""})
    assert [c.after for c in plan(tmp_path, {}, values=dict.fromkeys(CONTAINER_VARIABLES)).changes] == [b"{}"]
    assert plan(tmp_path / "2", {PATH: empty}, values=dict.fromkeys(CONTAINER_VARIABLES)).changes == ()


def test_the_entry_of_a_host_stays_where_default_would_come_through(tmp_path: Path) -> None:
    files: Dict[str, Content] = {PATH: {"proxies": {HOST: {"noProxy": "x"}, "default": {"noProxy": ".d"}}}}
    made = plan(tmp_path, files, values=dict.fromkeys(CONTAINER_VARIABLES))
    assert proxies(made) == {HOST: {"noProxy": ""}, "default": {"noProxy": ".d"}}
    files = {PATH: {"proxies": {HOST: {"noProxy": "x"}, "tcp://b:2375": {"noProxy": "b"}}}}
    made = plan(tmp_path / "2", files, values=dict.fromkeys(CONTAINER_VARIABLES))
    assert proxies(made) == {"tcp://b:2375": {"noProxy": "b"}}


def test_names_in_another_case_are_edited_where_they_stand(tmp_path: Path) -> None:
    made = plan(tmp_path, {PATH: '{"Proxies": {"default": {"HTTPSProxy": "http://old:1"}}}'})
    assert made.changes[0].after == b'{"Proxies": {"default": {"HTTPSProxy": "http://proxy.corp:3128"}}}'


def after(made: Plan) -> str:
    """The only change's text."""
    (change,) = made.changes
    assert change.after is not None
    return change.after.decode()


D, H = '"default": {"httpProxy": "h"}', f'"{HOST}": {{"noProxy": "x"}}'
REPEATED = {
    "two spellings of a key": (
        '{"proxies": {"default": {"httpsProxy": "a", "HTTPSProxy": "b"}}}',
        '{"proxies": {"default": {"httpsProxy": "a", "HTTPSProxy": "PROXY"}}}',
        "{}",
    ),
    "a later empty value": (
        '{"proxies": {"default": {"httpsProxy": "a", "httpsProxy": ""}}}',
        '{"proxies": {"default": {"httpsProxy": "a", "httpsProxy": "PROXY"}}}',
        "{}",
    ),
    "two spellings of the map": (
        f'{{"Proxies": {{{D}}}, "proxies": {{"default": {{"noProxy": "n"}}}}}}',
        f'{{"Proxies": {{{D}}}, "proxies": {{"default": {{"noProxy": "n", "httpsProxy": "PROXY"}}}}}}',
        "{}",
    ),
    "the entry is in an earlier map": (
        f'{{"proxies": {{{D}}}, "proxies": {{"tcp://x:1": {{"noProxy": "n"}}}}}}',
        f'{{"proxies": {{{D[:-1]}, "httpsProxy": "PROXY"}}}}, "proxies": {{"tcp://x:1": {{"noProxy": "n"}}}}}}',
        '{"proxies": {"tcp://x:1": {"noProxy": "n"}}}',
    ),
    "an entry that hides one with other keys": (
        f'{{"proxies": {{"default": {{"x": 1}}, {D}}}}}',
        '{"proxies": {"default": {"x": 1}, "default": {"httpProxy": "h", "httpsProxy": "PROXY"}}}',
        '{"proxies": {"default": {"x": 1}, "default": {"httpProxy": ""}}}',
    ),
    "an entry of the host in another map than default": (
        f'{{"Proxies": {{{H}}}, "proxies": {{{D}}}}}',
        f'{{"Proxies": {{"{HOST}": {{"noProxy": "x", "httpsProxy": "PROXY"}}}}, "proxies": {{{D}}}}}',
        f'{{"Proxies": {{"{HOST}": {{"noProxy": ""}}}}, "proxies": {{{D}}}}}',
    ),
    "a map that is cleared": (
        f'{{"Proxies": {{{D}, {H}}}, "proxies": null}}',
        f'{{"Proxies": {{{D}, {H}}}, "proxies": null, "proxies": {{"default": {{"httpsProxy": "PROXY"}}}}}}',
        f'{{"Proxies": {{{D}, {H}}}, "proxies": null}}',
    ),
    "a map that is null": (
        '{"proxies": null}',
        '{"proxies": {"default": {"httpsProxy": "PROXY"}}}',
        '{"proxies": null}',
    ),
    "a map of another type": (
        '{"Proxies": {}, "proxies": 5}',
        '{"Proxies": {"default": {"httpsProxy": "PROXY"}}, "proxies": 5}',
        '{"Proxies": {}, "proxies": 5}',
    ),
    "another key that stands there twice": (
        f'{{"auths": {{}}, "auths": {{}}, "proxies": {{{D}}}}}',
        '{"auths": {}, "auths": {}, "proxies": {"default": {"httpProxy": "h", "httpsProxy": "PROXY"}}}',
        '{"auths": {}, "auths": {}}',
    ),
}
"""A file to what ``set`` and ``unset`` make of it; tests/oracles asks the CLI what it makes of that."""


@pytest.mark.parametrize("name", list(REPEATED))
def test_keys_that_stand_there_twice(name: str, tmp_path: Path) -> None:
    text, with_proxy, without = REPEATED[name]
    assert after(plan(tmp_path, {PATH: text})) == with_proxy.replace("PROXY", PROXY)
    gone = plan(tmp_path, {}, values=dict.fromkeys(CONTAINER_VARIABLES))
    assert (after(gone) if gone.changes else text) == without
    assert not any(e.text for e in gone.effective.values())


@pytest.mark.parametrize("content", ["5", "true", "null", '["http://p:1"]', '""'])
def test_a_value_of_another_type_goes_with_the_others(content: str, tmp_path: Path) -> None:
    text = f'{{"proxies": {{"default": {{"httpProxy": {content}}}}}}}'
    assert after(plan(tmp_path, {PATH: text}, values=dict.fromkeys(CONTAINER_VARIABLES))) == "{}"


def test_what_an_older_cli_ignores_cannot_be_proved(tmp_path: Path) -> None:
    status = "Package: docker.io\nStatus: install ok installed\nVersion: 20.10.24\n"
    with pytest.raises(Refusal, match="all-proxy would not be what was asked for"):
        plan(tmp_path, {"/var/lib/dpkg/status": status}, values=intent(all=PROXY))


def test_set_twice_is_once(tmp_path: Path) -> None:
    assert plan(tmp_path, {PATH: {"proxies": {"default": {"httpsProxy": PROXY}}}}).changes == ()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{,}", [f"{PATH}:1:2"]),
        ("[]", ["not a JSON object"]),
        ('{"_": "Ansible managed"}', ["Ansible", "--force"]),
    ],
)
def test_what_is_refused(content: str, words: Any, tmp_path: Path) -> None:
    with pytest.raises(Refusal) as caught:
        plan(tmp_path, {PATH: content})
    assert all(w in str(caught.value) for w in words)


@pytest.mark.parametrize("proxies", ['"http://p:1"', '{"default": "http://p:1"}'])
def test_a_proxies_key_of_another_shape_is_refused(proxies: str, tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="is not an object"):
        plan(tmp_path, {PATH: f'{{"proxies": {proxies}}}'})
    assert plan(tmp_path, {}, values=dict.fromkeys(CONTAINER_VARIABLES)).changes == ()


def test_an_empty_entry_is_filled(tmp_path: Path) -> None:
    assert proxies(plan(tmp_path, {PATH: {"proxies": {"default": None}}})) == {"default": {"httpsProxy": PROXY}}


def test_somebody_elses_file_is_not_followed(tmp_path: Path) -> None:
    grow(tmp_path, {PATH: "{}"})
    stranger = owner(tmp_path)._replace(uid=4711)
    with pytest.raises(Refusal, match="not to alice"):
        plan_client(tree(tmp_path, {}), stranger, HOST, intent(https=PROXY))
    grow(tmp_path, {PATH: {"proxies": {"default": {"httpsProxy": PROXY}}}})
    with pytest.raises(Refusal, match="not to alice"):
        plan_client(tree(tmp_path, {}), stranger, HOST, dict.fromkeys(CONTAINER_VARIABLES))


@pytest.mark.parametrize("link", ["/home/alice/.docker", PATH])
def test_a_link_out_of_the_home_is_not_followed(link: str, tmp_path: Path) -> None:
    root = grow(tmp_path, {"/root/.docker/": "", "/home/alice/": ""})
    grow(root, {link: Link("/root/.docker" if link != PATH else "/root/.docker/config.json")})
    alice = owner(root)._replace(uid=4711)
    with pytest.raises(Refusal, match="outside of the home of alice"):
        plan_client(tree(root, {}), alice, HOST, intent(https=PROXY))


def test_a_password_makes_the_file_private(tmp_path: Path) -> None:
    made = plan(tmp_path, {PATH: "{}"}, values=intent(https=SECRET), allow_credentials=True)
    assert [c.mode for c in made.changes] == [0o600]


def test_a_file_without_permission(tmp_path: Path) -> None:
    grow(tmp_path, {PATH: "{}"})
    with pytest.raises(Refusal) as caught:
        plan(tmp_path, {}, host=Unreadable(str(tmp_path), PATH))
    assert caught.value.privileges
    assert "no permission to read it" in str(caught.value)


def test_a_folder_in_the_place_of_the_file(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="no regular file"):
        plan(tmp_path, {PATH + "/": ""})
