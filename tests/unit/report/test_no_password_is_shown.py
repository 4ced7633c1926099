"""No output shows a password, however the value that holds it was spoilt: cut short by a quote, or without its @."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import string
from functools import cache
from pathlib import Path
from typing import Callable, Dict, List, Mapping

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from dockproxy.changes import client_config, daemon_json
from dockproxy.cli import main
from dockproxy.model import Refusal, value_of
from dockproxy.report import comments
from tests.unit.trees import DAEMON_JSON, DROP_IN, UNIT_FILE, Content, docker_files, drop_in, grow

CHARACTERS = string.ascii_letters + string.digits + string.punctuation
PASSWORDS = st.text(st.sampled_from(CHARACTERS), min_size=6, max_size=14)
OTHER = "Zq9!Zq8?Zq7"
"""A password whose outputs tell what is there in any case."""

SHAPES: Mapping[str, Callable[[str, str], str]] = {
    "whole": lambda a, b: f"http://joe:{a}{b}@proxy.corp:3128",
    "no scheme": lambda a, b: f"joe:{a}{b}@proxy.corp:3128",
    "a blank": lambda a, b: f"http://joe:{a} {b}@proxy.corp:3128",
    "%40": lambda a, b: f"http://joe:{a}{b}%40proxy.corp:3128",
    "cut short": lambda a, b: f"http://joe:{a}{b}",
    "cut short, no scheme": lambda a, b: f"joe:{a}{b}",
    "cut short, a blank": lambda a, b: f"http://joe:{a} {b}",
    "no @": lambda a, b: f"http://joe:{a}{b}proxy.corp:3128",
    "no @, no scheme": lambda a, b: f"joe:{a}{b}proxy.corp:3128",
    "@ for :": lambda a, b: f"http://joe@{a}{b}:proxy.corp:3128",
    "one slash": lambda a, b: f"http:/joe:{a}{b}",
    "no slash": lambda a, b: f"http:joe:{a}{b}",
    "no colon": lambda a, b: f"http//joe:{a}{b}",
    "the scheme twice": lambda a, b: f"http://http://joe:{a}{b}",
    "a quote": lambda a, b: f'"http://joe:{a}{b}',
    "smart quotes": lambda a, b: f"\u201chttp://joe:{a}{b}\u201d",
    "a line break": lambda a, b: f"http://proxy.corp:3128\nVAULT_TOKEN={a}{b}",
}


def unit(*lines: str) -> Dict[str, Content]:
    return {f"{DROP_IN}/p.conf": drop_in(*lines)}


def env_file(text: str) -> Dict[str, Content]:
    return {**unit("EnvironmentFile=/etc/docker/p.env"), "/etc/docker/p.env": text}


def shell(text: str) -> Dict[str, Content]:
    script = ". /etc/default/docker\nstart-stop-daemon --start --exec /usr/sbin/dockerd -- $DOCKER_OPTS\n"
    return {"/etc/init.d/docker": f"#!/bin/sh\n{script}", "/etc/default/docker": text, "/etc/rc0.d/": ""}


PLACES: Mapping[str, Callable[[str], Dict[str, Content]]] = {
    "unit": lambda url: unit(f"Environment=HTTPS_PROXY={url}"),
    "unit, quoted": lambda url: unit(f'Environment="HTTPS_PROXY={url}" NO_PROXY=.corp'),
    "unit, an open quote": lambda url: unit(f'Environment="HTTPS_PROXY={url}', "Environment=NO_PROXY=.corp"),
    "unit, a comment": lambda url: unit(f"# Environment=HTTPS_PROXY={url}", "Environment=NO_PROXY=.corp"),
    "unit, the list": lambda url: unit(f'Environment="NO_PROXY={url}"', "Environment=HTTP_PROXY=http://p:1"),
    "unit, the list without quotes": lambda url: unit(f"Environment=NO_PROXY={url}"),
    "flag": lambda url: {UNIT_FILE: drop_in(f"ExecStart=/usr/sbin/dockerd --https-proxy={url} --debug")},
    "flag in a variable": lambda url: shell(f"DOCKER_OPTS='--https-proxy={url} --debug'\nexport NO_PROXY=.corp\n"),
    "flag of a drop-in": lambda url: unit(
        *("ExecStart=", f"ExecStart=/usr/sbin/dockerd --registry-mirror={url} -D", "Environment=NO_PROXY=.corp")
    ),
    "environment file": lambda url: env_file(f"HTTPS_PROXY={url}\nVAULT_TOKEN={url}\n"),
    "environment file, quoted": lambda url: env_file(f"HTTPS_PROXY='{url}'\n"),
    "environment file, an open quote": lambda url: env_file(f'HTTPS_PROXY="{url}\nVAULT_TOKEN={url}\nA="b"\n'),
    "daemon.json": lambda url: {DAEMON_JSON: {"proxies": {"https-proxy": url, "no-proxy": ".corp"}}},
    "daemon.json, as it is": lambda url: {DAEMON_JSON: f'{{"proxies": {{"https-proxy": "{url}"}}}}'},
    "config.json": lambda url: {"/u/config.json": json.dumps({"proxies": {"default": {"httpsProxy": url}}})},
    "config.json, the list": lambda url: {"/u/config.json": json.dumps({"proxies": {"default": {"noProxy": url}}})},
    "daemon.json, a list": lambda url: {DAEMON_JSON: {"registry-mirrors": [url], "proxies": {"no-proxy": ".corp"}}},
    "config.json, an array": lambda url: {"/u/config.json": json.dumps({"proxies": {"default": {"noProxy": [url]}}})},
    "shell": lambda url: shell(f"export HTTPS_PROXY={url}\n"),
    "shell, quoted": lambda url: shell(f"export HTTPS_PROXY='{url}'\n"),
}

SECRETS: Mapping[str, Callable[[str], Dict[str, Content]]] = {
    "daemon.json": lambda secret: {
        DAEMON_JSON: {
            "labels": [f"a={secret}", secret],
            "log-opts": {"splunk-token": secret},
            "exec-opts": [f"token={secret}"],
            "storage-opts": [secret],
            "unknown": [secret],
            "proxies": {"no-proxy": ".corp"},
        }
    },
    "config.json": lambda secret: {
        "/u/config.json": json.dumps(
            {
                "auths": {"r.corp": {"auth": secret, "identitytoken": secret}},
                "HttpHeaders": {"X-Token": secret},
                "plugins": {"x": {"token": secret}},
                "unknown": secret,
                "psFormat": f"x {secret}",
                "proxies": {"default": {"noProxy": ".corp"}},
            }
        )
    },
    "unit, a comment": lambda secret: unit(
        *(
            f"# {secret}",
            f"# the {secret}",
            f"# {secret}: the file",
            f"# see /etc/{secret}/docker",
            "Environment=NO_PROXY=.corp",
        ),
    ),
    "environment file, a comment": lambda secret: env_file(
        f"# {secret}\n# the {secret}\n;the ({secret})\nNO_PROXY=.corp\n"
    ),
    "shell, a comment": lambda secret: shell(f"# {secret}\n# the {secret}\nexport NO_PROXY=.corp # the {secret}\n"),
    "unit": lambda secret: unit(
        *(f"Environment=TOKEN={secret} NO_PROXY=.corp {secret}", f"Environment={secret} no_proxy=.corp X={secret}")
    ),
    "flags": lambda secret: unit(
        "ExecStart=",
        f"ExecStart=/usr/sbin/dockerd --label {secret} --log-opt splunk-token={secret} --pidfile={secret} {secret}",
        f"ExecStartPre=/bin/login -p {secret} --dns {secret} --label={secret}",
        "Environment=NO_PROXY=.corp",
    ),
    "unknown flags": lambda secret: unit(
        *(
            "ExecStart=",
            f"ExecStart=/usr/sbin/dockerd --x-token={secret} -D --dns {secret}",
            "Environment=NO_PROXY=.corp",
        )
    ),
    "flags in a variable": lambda secret: shell(
        f"DOCKER_OPTS='--label a={secret} --{secret} --dns {secret}'\nOPTIONS='-p {secret}'\nexport NO_PROXY=.corp\n"
    ),
    "flags in an environment file": lambda secret: env_file(
        f"DOCKER_OPTS=--label a={secret} --x {secret}\nOPTIONS='-p {secret}'\nTOKEN={secret}\nNO_PROXY=.corp\n"
    ),
}
"""Where a secret may stand that is no proxy's."""

VERBS: List[List[str]] = [
    ["show"],
    ["show", "--format", "json"],
    ["route", "https://x.example/"],
    ["route", "https://x.example/", "--for", "container", "--format", "json"],
    ["route", "--lint"],
    ["set", "http://n:1", "--no-proxy", ".corp", "--dry-run"],
    ["set", "http://n:1", "--for", "client", "--dry-run", "--format", "json"],
    ["unset", "--dry-run"],
    ["unset", "--for", "client", "--dry-run"],
]


SPOILS = re.compile(r"[\"'\\$`]")
"""What makes another text of a secret where nobody quotes it."""

EXAMPLES = int(os.environ.get("DOCKPROXY_EXAMPLES", min(60, settings().max_examples)))


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("trees")


@cache
def outputs(root: Path, shape: str, place: str, first: str, second: str) -> str:
    """What every verb says of a tree that holds the password, in two halves."""
    return said_of(root, PLACES[place](SHAPES[shape](first, second)))


def said_of(root: Path, files: Dict[str, Content]) -> str:
    number = sum(1 for _ in root.iterdir())
    tree = grow(root / str(number), docker_files(files))
    said = io.StringIO()
    old = dict(os.environ)
    os.environ.update({"DOCKER_CONFIG": "/u", "HOME": "/u"})
    try:
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            for verb in VERBS:
                main([*verb, "--root", str(tree)])
    finally:
        os.environ.clear()
        os.environ.update(old)
    return said.getvalue().replace(str(tree), "")


@example(password="Summer2024;x", shape="cut short", place="shell")
@example(password="abc;Summer=1", shape="whole", place="shell")
@example(password="abcSummer=%z", shape="a blank", place="unit")
@example(password="12/Geheim", shape="cut short", place="unit")
@example(password="12#Geheim", shape="cut short", place="daemon.json")
@example(password="0000;A", shape="@ for :", place="unit, the list")
@example(password="00(Geheim", shape="@ for :", place="unit, the list")
@example(password='ab"Geheim', shape="whole", place="environment file, an open quote")
@settings(deadline=None, max_examples=EXAMPLES, derandomize=EXAMPLES <= 60)
@given(password=PASSWORDS, shape=st.sampled_from(list(SHAPES)), place=st.sampled_from(list(PLACES)))
def test_neither_a_password_nor_half_of_one_is_shown(password: str, shape: str, place: str, root: Path) -> None:
    assume(any(c.isalpha() for c in password))
    # Behind an @ a word that looks like a host is one.
    assume("@" not in password and (shape != "@ for :" or not re.search("[/?#]", password)))
    # In a list a comma begins the next entry.
    assume("," not in password or "list" not in place)
    half = len(password) // 2
    first, second = password[:half], password[half:]
    said = outputs(root, shape, place, first, second)
    assert "Traceback" not in said
    found = [
        piece
        for piece in (password, first, second)
        if len(piece) >= 5 and any(c.isalpha() for c in piece) and piece in said
    ]
    ever = outputs(root, shape, place, OTHER[:5], OTHER[5:]) if found else ""
    assert not [piece for piece in found if piece not in ever], said


@settings(deadline=None, max_examples=EXAMPLES, derandomize=EXAMPLES <= 60)
@given(secret=PASSWORDS, place=st.sampled_from(list(SECRETS)))
def test_a_secret_that_is_no_proxys_is_not_shown(secret: str, place: str, root: Path) -> None:
    assume(any(c.isalpha() for c in secret) and not SPOILS.search(secret))
    # No comment that is shown holds another word than these.
    assume(not comments.WORDS.issuperset(re.findall("[a-z]+", secret.lower())))
    said = said_of(root, SECRETS[place](secret))
    assert "Traceback" not in said
    assert secret not in said or secret in said_of(root, SECRETS[place](OTHER))


@pytest.mark.parametrize("place", list(PLACES))
@pytest.mark.parametrize("shape", list(SHAPES))
def test_every_shape_in_every_place(shape: str, place: str, root: Path) -> None:
    said = outputs(root, shape, place, "Summer", "Geheim")
    assert "Traceback" not in said
    assert "Summer" not in said
    assert "Geheim" not in said


@pytest.mark.parametrize(
    ("files", "words"),
    [
        (unit("Environment=HTTPS_PROXY=http://joe:pa Geheim=word@proxy.corp:3128"), ["unset"]),
        (shell("export HTTP_PROXY=http://joe:pa Geheim=word@p:1\n"), ["unset"]),
        (shell("export HTTP_PROXY=http://joe:pa Geheim=word@p:1\n"), ["set", "http://n:1", "--to", "defaults"]),
        ({UNIT_FILE: drop_in("ExecStart=/usr/sbin/dockerd --http-proxy http://j:pa --Geheim@p:1")}, ["show"]),
        (
            {UNIT_FILE: drop_in("ExecStart=/usr/sbin/dockerd --http-proxy http://j:pa --Geheim@p:1")},
            ["show", "--format", "json"],
        ),
    ],
)
def test_what_one_side_of_a_diff_hides_the_other_hides_too(
    files: Dict[str, Content], words: List[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    grow(tmp_path, docker_files(files))
    main([*words, *(["--dry-run"] if words[0] != "show" else []), "--root", str(tmp_path)])
    said = capsys.readouterr()
    assert "Geheim" not in said.out + said.err


KEYED: Mapping[str, Callable[[str], Content]] = {
    "a directive": lambda key: {key: "x"},
    "an object": lambda key: {key: {"http-proxy": "http://a:1"}},
    "in an object": lambda key: {"a": {key: 1}},
    "in proxies": lambda key: {"proxies": {key: "x"}},
    "a variable beside it": lambda key: {"proxies": {"https-proxy": "http://p:1"}, key: 1},
    "twice": lambda key: f'{{"{key}": 1, "{key}": 2}}',
    "escaped": lambda key: f'{{"{key}": 1}}'.replace("@", "\\u0040"),
    "an option": lambda key: {"log-opts": {key: 5}},
}


@pytest.mark.parametrize("version", ["28.5.2", "20.10.24"])
@pytest.mark.parametrize("key", ["u/Geheim@p:1", "u/Geheim%40p:1"])
@pytest.mark.parametrize("place", list(KEYED))
def test_a_key_that_may_be_a_proxy_is_not_shown(
    place: str,
    key: str,
    version: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    status = f"Package: docker.io\nStatus: install ok installed\nVersion: {version}\n"
    client = {"proxies": {key: 5, "default": {key: "x", "httpProxy": "http://d:1"}}, key: {}}
    files: Dict[str, Content] = {DAEMON_JSON: KEYED[place](key), "/u/config.json": client}
    grow(tmp_path, docker_files({**files, "/var/lib/dpkg/status": status}))
    monkeypatch.setenv("DOCKER_CONFIG", "/u")
    for verb in [*VERBS, ["set", "http://n:1", "--to", "daemon-json", "--dry-run"]]:
        main([*verb, "--root", str(tmp_path)])
    said = capsys.readouterr()
    assert "Geheim" not in said.out + said.err


def test_a_refusal_to_edit_shows_no_such_key() -> None:
    value = {"http-proxy": value_of("http-proxy", "http://n:1")}
    with pytest.raises(Refusal, match=r'"\*\*\*" stands there twice'):
        daemon_json.edit(b'{"u/Geheim@p:1": 1, "u/Geheim@p:1": 2}', DAEMON_JSON, value)
    with pytest.raises(Refusal, match=r'"proxies\.\*\*\*" is not an object'):
        client_config.edit(b'{"proxies": {"u/Geheim@p:1": 5}}', "/u/config.json", "u/Geheim@p:1", value)
