"""``route``: what is answered for whose settings, from which place, in which form."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any, Dict, Iterator, List

import pytest

from dockproxy.cli import main, output
from dockproxy.host import BundleHost
from dockproxy.noproxy import lint
from tests.conftest import CANARY
from tests.unit.cli.test_bad_input import Command, run
from tests.unit.trees import DAEMON_JSON, DROP_IN, SOCKET, Content, docker_files, drop_in, grow, info, live

__all__ = ["run"]

PROXY = f"http://u:{CANARY}@proxy.corp:3128"
OWN = f"{DROP_IN}/p.conf"
FILES: Dict[str, Content] = {OWN: drop_in(f"Environment=HTTPS_PROXY={PROXY}", "Environment=NO_PROXY=.corp,10.0.0.0/8")}


@pytest.fixture
def root(tmp_path: Path) -> List[str]:
    grow(tmp_path, docker_files(FILES))
    return ["--root", str(tmp_path)]


def routes(run: Command, *words: str) -> List[Dict[str, Any]]:
    said = run("route", *words, "--format", "json")
    assert said.code == 0, said.err
    document = json.loads(said.out)
    assert document["schema"] == "dockproxy.route/1"
    found: List[Dict[str, Any]] = document["routes"]
    return found


def test_what_the_daemon_does_and_which_line_decides(run: Command, root: List[str]) -> None:
    inside, outside = routes(run, "registry.corp:5000", "https://hub.docker.com/", *root)
    assert (inside["decision"], inside["entry"], inside["origin"]["path"], inside["origin"]["line"]) == (
        "direct", ".corp", OWN, 3,
    )  # fmt: skip
    assert (outside["decision"], outside["proxy"], outside["origin"]["line"]) == (
        "proxy", "http://***:***@proxy.corp:3128", 2,
    )  # fmt: skip


def test_an_image_stands_for_what_a_pull_touches_first(run: Command, root: List[str]) -> None:
    said = run("route", "alpine", *root).out
    assert said == (
        "docker.io/library/alpine:latest\n"
        "  registry  https://registry-1.docker.io/v2/\n"
        f"      through http://***:***@proxy.corp:3128, set at {OWN}:2\n"
        "      no entry of the no-proxy list matches\n"
        "  token server  https://auth.docker.io/token\n"
        f"      through http://***:***@proxy.corp:3128, set at {OWN}:2\n"
        "      no entry of the no-proxy list matches\n"
        "  Redirects, such as to a content network, are known only to the registry.\n"
    )


def test_mirrors_and_insecure_registries_of_daemon_json(run: Command, tmp_path: Path) -> None:
    config = {"registry-mirrors": ["https://mirror.corp"], "insecure-registries": ["10.0.0.0/8"]}
    grow(tmp_path, docker_files({**FILES, DAEMON_JSON: config}))
    found = routes(run, "alpine", "10.1.2.3:5000/a", "--root", str(tmp_path))
    assert [(r["for"], r["decision"]) for r in found] == [
        ("mirror", "direct"), ("registry", "proxy"), ("token server", "proxy"),
        ("registry", "direct"), ("registry, else", "direct"),
    ]  # fmt: skip
    assert "without TLS, too" in run("route", "10.1.2.3:5000/a", "--root", str(tmp_path)).out
    config = {"registry-mirrors": ["https://mirror.corp"], "insecure-registries": ["mirror.corp"]}
    grow(tmp_path, {DAEMON_JSON: config})
    said = " ".join(run("route", "alpine", "--root", str(tmp_path)).out.split())
    assert said.count("; the mirror's certificate is not checked (insecure-registries)") == 1
    assert "without TLS" not in said


@pytest.mark.parametrize(
    ("words", "decision", "reason"),
    [
        (["--https-proxy", "http://other:1"], "proxy", "no entry of the no-proxy list matches"),
        (["--no-proxy", "example.com"], "direct", "the entry example.com of the no-proxy list matches"),
        (["--https-proxy", ""], "direct", "https-proxy is not set"),
        (["--https-proxy", "http://u:%zz@p:1"], "direct", "Go cannot parse https-proxy"),
    ],
)
def test_what_if(words: List[str], decision: str, reason: str, run: Command, root: List[str]) -> None:
    (found,) = routes(run, "https://example.com/", *words, *root)
    assert (found["decision"], reason in found["reason"]) == (decision, True)
    assert found["origin"] is None or found["origin"]["source"] == "command-line"


def test_what_is_not_known_is_not_said_to_be_unset(run: Command, tmp_path: Path) -> None:
    grow(tmp_path, docker_files({f"{DROP_IN}/a.conf": drop_in("Environment=HTTPS_PROXY=http://%b:1")}))
    (found,) = routes(run, "https://a/", "--root", str(tmp_path))
    assert found["reason"] == "https-proxy is not set in what was read"
    assert f"{DROP_IN}/a.conf" in found["notes"][0]
    grow(tmp_path / "2", {"/bin/sh": ""})
    (found,) = routes(run, "https://a/", "--root", str(tmp_path / "2"))
    assert found["notes"] == ["no dockerd was found here"]


def test_a_proxy_that_nothing_gets_through_is_noted(run: Command, root: List[str]) -> None:
    words = ["--http-proxy", "http://p:1 ", *root]
    said = run("route", "http://a/", *words).out
    assert "    not through http://" in said
    why = "a blank or a line break stands before or behind it"
    told = f"it is no proxy that Go can use ({why}), so the engine takes http for the proxy's host"
    assert f"note: {told}\n" in said.replace("\n    ", " ")
    assert [r["notes"] for r in routes(run, "http://a/", "https://a/", *words)] == [[told], []]
    assert [r["notes"] for r in routes(run, "http://a/", "--dialect", "curl", *words)] == [[]]
    # To a scheme that it does not dial it goes all the same.
    said = run("route", "http://a/", "--http-proxy", "socks4://p:1", *root).out
    assert "    through socks4://p:1" in said
    assert "so the engine talks plain HTTP to it" in said


def test_the_shells_docker_cli(run: Command, root: List[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "")
    monkeypatch.setenv("https_proxy", "http://shell:1")
    monkeypatch.setenv("NO_PROXY", ".shell")
    (found,) = routes(run, "https://engine.corp:2376/", "--for", "cli", *root)
    assert (found["proxy"], found["origin"]["name"]) == ("http://shell:1", "https_proxy")


def test_the_docker_cli_takes_colons_and_refuses_cgi(
    run: Command, root: List[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://::1:3128")
    words = ["http://10.1.2.3:2375/", "--for", "cli", *root]
    assert routes(run, *words)[0]["proxy"] == "http://::1:3128"
    monkeypatch.setenv("REQUEST_METHOD", "GET")
    (found,) = routes(run, *words)
    assert (found["decision"], found["reason"]) == ("error", "Go refuses http-proxy where REQUEST_METHOD is set")


def test_another_client_reads_its_own_variables_of_the_shell(
    run: Command, root: List[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy", "REQUEST_METHOD"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HTTP_PROXY", "http://upper:1")
    monkeypatch.setenv("ALL_PROXY", "http://all:1")
    words = ["http://x.corp/", "--for", "cli", *root, "--dialect"]
    said = {dialect: routes(run, *words, dialect)[0]["origin"] for dialect in ("curl", "wget", "ruby")}
    assert {d: origin and origin["name"] for d, origin in said.items()} == {
        "curl": "ALL_PROXY", "wget": None, "ruby": "HTTP_PROXY",
    }  # fmt: skip
    (found,) = routes(run, *words, "wget", "--http-proxy", "foo://p:1")
    assert (found["decision"], found["reason"], found["origin"]["name"]) == (
        "error", "the client has no use for this http-proxy, and sends nothing", "--http-proxy",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("version", "decision", "is_noted"),
    [("20.10.7", "proxy", True), ("20.10.8", "direct", False)],
)
def test_an_engine_that_docker_built_with_go_1_15_or_older(
    version: str, decision: str, is_noted: bool, run: Command, tmp_path: Path
) -> None:
    grow(tmp_path, docker_files({**FILES, "/var/lib/dpkg/status": ""}))
    words = ["https://x.test/", "--http-proxy", "http://p:1", "--https-proxy", "", "--engine-version", version]
    (found,) = routes(run, *words, "--root", str(tmp_path))
    assert (found["decision"], ["another Go" in note for note in found["notes"]]) == (decision, [True] * is_noted)


@pytest.mark.parametrize("who", ["container", "build"])
def test_what_the_cli_gives_to_containers(who: str, run: Command, tmp_path: Path) -> None:
    config = {"proxies": {"default": {"httpsProxy": "http://client:1", "noProxy": ".local"}}}
    grow(tmp_path, docker_files({**FILES, "/root/.docker/config.json": config}))
    (found,) = routes(run, "https://registry.corp/", "--for", who, "--root", str(tmp_path))
    assert (found["proxy"], found["origin"]["path"]) == ("http://client:1", "/root/.docker/config.json")


def test_targets_from_standard_input_are_answered_one_by_one(run: Command, root: List[str]) -> None:
    said = run("route", "--stdin", "--format", "json", *root, stdin="alpine\n\nhttps://x.corp/\nno host\n")
    lines = [json.loads(line) for line in said.out.splitlines()]
    assert [(line["target"], line["decision"]) for line in lines] == [
        ("alpine", "proxy"), ("alpine", "proxy"), ("https://x.corp/", "direct"), ("no host", "error"),
    ]  # fmt: skip
    told = run("route", "--stdin", *root, stdin="# c\nhttps://x.corp/\nno\x1b host\n")
    assert "    direct\n" in told.out
    assert "# c" not in told.out + told.err
    assert told.err.startswith("dockproxy: no\\x1b host: a target is a URL, a host or an image")
    assert (said.code, told.code) == (2, 2)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"u:{CANARY} word@x.corp", "***:***@x.corp"),
        (f"u:{CANARY}\u00a0word%40x.corp", "***:***@x.corp"),
        (f'u:{CANARY}">word@x.corp', "***:***@x.corp"),
        ("u: x.corp", "u: x.corp"),
        ("ubuntu@sha256:abc", "ubuntu@sha256:abc"),
    ],
)
def test_a_target_that_may_be_credentials_is_not_shown(text: str, shown: str, run: Command, root: List[str]) -> None:
    said = run("route", "--stdin", "--format", "json", *root, stdin=f"{text}\n")
    assert [json.loads(line)["target"] for line in said.out.splitlines()] == [shown]
    assert run("route", text, *root).err.startswith(f"dockproxy: {shown}: ")


def test_answers_look_alike_wherever_the_targets_come_from(run: Command, root: List[str]) -> None:
    texts = ["alpine", "https://x.corp/", "10.1.2.3"]
    told = run("route", "--stdin", *root, stdin="\n".join(texts)).out
    assert (told, told.count("\n\n")) == (run("route", *texts, *root).out, 2)


@pytest.mark.parametrize("how", [[], ["--dialect", "all"], ["--format", "json"]])
def test_what_is_no_target_leaves_the_others_their_answer(how: List[str], run: Command, root: List[str]) -> None:
    said = run("route", "https://x.corp/", "no\x1b host", "alpine", *how, *root)
    assert said.code == 2
    assert "x.corp" in said.out
    assert "registry-1.docker.io" in said.out
    assert "\ndockproxy: no\\x1b host: a target is a URL, a host or an image" in f"\n{said.err}"
    none = run("route", "no host", "no\x1b host", *how, *root)
    assert (none.code, none.out) == (2, "")
    assert none.err.count("a target is a URL") == 2


def test_of_several_engines_one_must_be_named(run: Command, tmp_path: Path) -> None:
    grow(
        tmp_path,
        docker_files(
            {
                "/etc/passwd": "alice:x:1000:1000::/home/alice:/bin/sh\n",
                "/home/alice/.config/systemd/user/docker.service": drop_in("ExecStart=/usr/bin/dockerd-rootless.sh"),
            }
        ),
    )
    said = run("route", "alpine", "--root", str(tmp_path))
    assert said.code == 6
    assert "several engines (system, rootless:1000); choose one with --engine" in said.err
    assert run("route", "alpine", "--engine", "system", "--root", str(tmp_path)).code == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "give targets"),
        (["--stdin", "alpine"], "not both"),
        (["a b"], "without blanks"),
        (["UPPER"], "lower case"),
        (["http://"], "no host"),
        ([""], "dockproxy: '': a target is"),
        (["x.corp", "--dialect", "smoke"], "smoke"),
        (["x.corp", "--engine", "none"], "no engine none"),
    ],
)
def test_bad_input_gets_one_sentence(words: List[str], said: str, run: Command, root: List[str]) -> None:
    done = run("route", *words, *root)
    assert (done.code, said in done.err, done.err.count("\n"), done.out) == (2, True, 1, "")


def test_a_url_that_go_cannot_parse_is_an_answer(run: Command, root: List[str]) -> None:
    (found,) = routes(run, "https://[::1/", *root)
    assert (found["decision"], found["reason"]) == ("error", "Go cannot parse this URL")
    assert "not sent" in run("route", "https://[::1/", *root).out


def asked(run: Command, host: BundleHost, monkeypatch: pytest.MonkeyPatch, *words: str) -> Any:
    monkeypatch.setattr("dockproxy.cli.invocation.LocalHost", lambda: host)
    return run("route", *words)


def test_a_running_engines_go_decides_how(run: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = docker_files({OWN: drop_in("Environment=HTTPS_PROXY=http://p:1 NO_PROXY=.2.3")})
    for version, decision in (("go1.19.8", "direct"), ("go1.24.4", "through"), (None, "through")):
        version_answer = {"status": 200, "server": "", "body": {"GoVersion": version}}
        root = tmp_path / str(version)
        host = live(
            root, files, info(https="http://p:1", no=".2.3"), answers={f"GET {SOCKET} /version": version_answer}
        )
        said = asked(run, host, monkeypatch, "https://10.1.2.3/")
        assert (said.code, f"    {decision}" in said.out) == (0, True), said.out
        assert "direct" in asked(run, host, monkeypatch, "https://10.1.2.3/", "--dialect", "go-1.19").out


@pytest.mark.parametrize(
    ("files", "body", "said"),
    [
        ({OWN: drop_in("Environment=HTTPS_PROXY=http://p:1")}, info(), "missing step: restart"),
        ({DAEMON_JSON: "{,}"}, info(), "does not start with these settings"),
        ({OWN: drop_in("Environment=HTTPS_PROXY=http://%b:1")}, info(), "not everything that could decide was read"),
    ],
)
def test_what_weakens_the_answer_is_said(
    files: Dict[str, Content], body: Any, said: str, run: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = live(tmp_path, docker_files(files), body)
    done = asked(run, host, monkeypatch, "https://hub.docker.com/")
    assert (done.code, said in done.err) == (0, True), done.err


def test_an_engine_elsewhere_is_taken_at_its_word(
    run: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = live(tmp_path, docker_files(FILES), info(), answers={"docker info": info(https="http://far:1")})
    done = asked(run, host, monkeypatch, "https://hub.docker.com/", "-H", "tcp://far:2375")
    assert "through http://far:1, set at engine-api" in done.out
    assert "the engine's own report is used" in done.err


def test_the_registries_of_an_engine_elsewhere_are_those_of_its_report(
    run: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    registries = {"Mirrors": ["https://m.corp/"], "IndexConfigs": {"m.corp:5000": {"Secure": False}}}
    answer = {**info(https="http://far:1"), "RegistryConfig": registries}
    host = live(tmp_path, docker_files(FILES), info(), answers={"docker info": answer})
    done = asked(run, host, monkeypatch, "alpine", "m.corp:5000/x", "-H", "tcp://far:2375")
    assert "mirror  https://m.corp/v2/" in done.out
    assert "registry, else  http://m.corp:5000/v2/" in done.out


def test_main_is_what_runs_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    grow(tmp_path, docker_files(FILES))
    assert main(["route", "x.corp", "--root", str(tmp_path)]) == 0
    assert CANARY not in capsys.readouterr().out


def test_all_clients_in_one_table(run: Command, root: List[str]) -> None:
    said = run(
        "route", "https://x.corp/", "https://10.1.2.3/", "--dialect", "all", "--no-proxy", ".corp,10.0.0.0/8", *root
    )
    lines = said.out.splitlines()
    assert said.code == 0
    assert lines[0].split() == ["1", "2"]
    assert lines[1].split() == ["go-1.25", "direct", "direct"]
    assert next(line for line in lines if line.startswith("wget")).split() == ["wget", "direct", "proxy", "*"]
    assert lines[-1] == "  *  not as the engine decides (go-1.25)"
    found = routes(run, "https://10.1.2.3/", "--dialect", "all", *root)
    assert {r["dialect"]: r["differs"] for r in found}["wget"] is True
    assert {r["dialect"] for r in found} & {"go", "go-1.19"} == set()


def test_below_a_table_stands_why_a_client_sends_nothing(run: Command, root: List[str]) -> None:
    words = ["--dialect", "all", "--no-proxy", "[::1]", "--https-proxy", "socks4://p:1", *root]
    said = run("route", "http://a/", "https://b/", "https://[::1/", *words).out
    below = said.partition("  *  ")[2].replace("\n  ", " ")
    assert " httpx (1, 2): the client does nothing at all because of the entry [::1]" in below
    assert " go-1.25 (3): Go cannot parse this URL" in below
    assert " axios (2): the client has no use for this https-proxy, and sends nothing" in below


@pytest.mark.parametrize(
    ("who", "texts", "decider"),
    [
        ("daemon", ["alpine", "https://x.corp/"], "the engine"),
        ("cli", ["https://x.corp/"], "the docker CLI"),
        ("cli", ["https://x.corp/", "alpine"], "the docker CLI or the engine"),
        ("container", ["https://x.corp/"], "Go in a container"),
        ("build", ["https://x.corp/"], "Go in a build"),
    ],
)
def test_a_table_says_whose_decision_the_others_are_compared_with(
    who: str, texts: List[str], decider: str, run: Command, root: List[str]
) -> None:
    said = run("route", *texts, "--for", who, "--dialect", "all", *root).out
    assert f"\n  *  not as {decider} decides (go-1.25)\n" in said


def test_a_table_is_as_wide_as_a_terminal_and_names_what_a_request_is_for(run: Command, root: List[str]) -> None:
    texts = ["alpine", "https://b/", "ghcr.io/a/b", "https://10.0.0.1/", "https://c/"]
    lines = run("route", "--dialect", "all", *texts, *root).out.splitlines()
    assert [line.split() for line in lines if line.startswith(" " * 10)] == [["1", "2", "3", "4", "5"], ["6"]]
    assert sum(line.startswith("curl ") for line in lines) == 2
    assert max(map(len, lines)) <= 80
    assert [line for line in lines if line.startswith(("  2  ", "  3  ", "  4  "))] == [
        "  2  https://auth.docker.io/token  (alpine: token server)",
        "  3  https://b/",
        "  4  https://ghcr.io/v2/  (ghcr.io/a/b: registry)",
    ]


@pytest.mark.parametrize("words", [["--dialect", "smoke", "x.corp"], ["--dialect", "all", "--stdin"]])
def test_a_dialect_that_is_none(words: List[str], run: Command, root: List[str]) -> None:
    done = run("route", *words, *root)
    assert (done.code, "--dialect" in done.err) == (2, True)


def test_lint_of_the_engines_own_list(run: Command, root: List[str]) -> None:
    said = run("route", "--lint", *root)
    assert said.code == 0
    assert said.out.startswith(".corp\n    goes direct: names below it\n    the name itself: also for curl, ")
    assert "addresses in it: not for curl-7.85," in said.out
    document = json.loads(run("route", "--lint", "--format", "json", "--no-proxy", "a.corp,a.corp", *root).out)
    assert [row["dead"] for row in document["entries"]] == [None, "it stands there twice"]
    assert document["entries"][0]["same_for_all"] == "a.corp,.a.corp"
    text = run("route", "--lint", "--no-proxy", "a.corp,a.corp,10.0.0.1", *root).out
    assert "    the same for all: a.corp,.a.corp\n" in text
    assert "    not needed: it stands there twice\n" in text
    text = run("route", "--lint", "--no-proxy", "a.corp b.corp,a.corp,.a.corp,fd00::/8,b:1,b:1,*;,*;", *root).out
    assert "a.corp b.corp  (wrong)\n    entries are separated by commas, and this one holds a blank: it matches" in text
    assert "\n    a.corp, names that only end like it; b.corp, names that only end like it:\n        for apk\n" in text
    assert text.count("(wrong)") == 3
    assert "    instead, the same for all: a.corp,.a.corp,b.corp,.b.corp\n" in text
    assert "    not needed by the engine: a.corp already says it; but by wget2-1.99," in text
    assert "    with it in the list nothing at all is sent by httpx\n" in text
    assert "    goes direct: port 1 of the name itself, port 1 of names below it\n" in text
    assert text.count("not needed: it stands there twice") == 2
    text = run("route", "--lint", "--no-proxy", "*.x.y", *root).out
    assert text.endswith(
        "    no spelling means just this to all of these clients\n"
        "    note: x.y,.x.y means more, and the same to all: the name itself, too\n"
    )
    text = run("route", "--lint", "--no-proxy", "a.corp,.corp,[fd00::/8]", *root).out
    assert ("not needed: .corp already says it" in text, "the same for all" in text) == (True, False)
    assert "\n[fd00::/8]  (wrong)\n" in text
    text = run("route", "--lint", "--no-proxy", "10.0.0.0/27,10.1.2.2/31,fd00::/8", *root).out
    text = " ".join(text.split())
    assert text.count("no spelling but its addresses, one by one, means just this to all of these clients") == 1
    assert " the same for all: 10.1.2.2,10.1.2.3 " in text
    assert text.count("no spelling means just this to all") == 1
    text = run("route", "--lint", "--no-proxy", "10.1.*,<local>", *root).out
    assert ("    note: write 10.1.0.0/16 instead\n" in text, "no spelling means" in text) == (True, False)
    assert run("route", "--lint", "--no-proxy", "", *root).out == "The no-proxy list is empty.\n"
    assert run("route", "--lint", "alpine", *root).code == 2


def test_lint_gives_no_advice_that_was_taken(run: Command, root: List[str]) -> None:
    for no_proxy, is_told in (("example.com,.example.com", False), ("example.com", True), ("10.0.0.1", False)):
        said = run("route", "--lint", "--no-proxy", no_proxy, *root).out
        assert ("the same for all" in said) is is_told


def test_lint_tells_who_was_not_asked_about_international_names(run: Command, root: List[str]) -> None:
    note = "only Go was asked about international names, and the others may decide otherwise"
    words = ["route", "--lint", "--no-proxy", "b\u00fccher.example,http://b\u00fccher.test,a.corp", *root]
    assert " ".join(run(*words).out.split()).count(f"note: {note}") == 1
    rows = json.loads(run(*words, "--format", "json").out)["entries"]
    assert [row["notes"] for row in rows] == [[note], [], []]


def test_lint_of_loopback_tells_who_needs_it(run: Command, root: List[str]) -> None:
    def said(entry: str) -> str:
        return " ".join(run("route", "--lint", "--no-proxy", entry, *root).out.split())

    assert said("localhost").startswith(
        "localhost goes direct: names below it goes direct without it, too, as the engine's own host always does: "
        "the name itself; needed for that by curl, "
    )
    assert said("127.0.0.1").startswith(
        "127.0.0.1 not needed by the engine: its own host's addresses never go through a proxy; but by curl, "
    )
    row = json.loads(run("route", "--lint", "--no-proxy", "localhost", "--format", "json", *root).out)["entries"][0]
    assert (row["matches"], row["built_in"], row["dead"]) == (["names below it"], ["the name itself"], None)


def test_lint_is_written_entry_by_entry_while_somebody_reads(
    run: Command, root: List[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    written: List[str] = []
    looked_at: List[int] = []
    each = lint.each

    def counted(no_proxy: str, own: str) -> Iterator[lint.Advice]:
        for advice in each(no_proxy, own):
            looked_at.append(len(written))
            yield advice

    def write(text: str) -> bool:
        written.append(text)
        return len(written) < 3

    monkeypatch.setattr(lint, "each", counted)
    monkeypatch.setattr(output, "write", write)
    assert run("route", "--lint", "--no-proxy", "a.corp,b.corp,c.corp,d.corp,e.corp", *root).code == 0
    assert ([text.split()[0] for text in written], looked_at) == (["a.corp", "b.corp", "c.corp"], [0, 1, 2])


def test_where_it_depends_on_the_engines_go_that_is_told(run: Command, root: List[str]) -> None:
    words = ["--https-proxy", "http://p:1", "--no-proxy", ".2.3", *root]
    told = "an engine that another Go has built decides otherwise"
    assert f"    note: {told}" in run("route", *words, "https://10.1.2.3/").out
    assert told in "".join(routes(run, *words, "https://10.1.2.3/")[0]["notes"])
    for others in (["https://10.1.2.4/"], ["--dialect", "go", "https://10.1.2.3/"]):
        assert told not in run("route", *words, *others).out
    assert f"\n  2: {told}" in run("route", *words, "https://a/", "https://10.1.2.3/", "--dialect", "all").out
    found = routes(run, *words, "https://10.1.2.3/", "--dialect", "all")
    assert [r["dialect"] for r in found if any(told in note for note in r["notes"])] == ["go-1.25"]
    assert f"\nnote: .2.3: {told}" in run("route", *words, "--lint").out
    assert told in json.loads(run("route", *words, "--lint", "--format", "json").out)["notes"][0]
    assert told not in run("route", "--lint", *root).out


@pytest.mark.parametrize(("who", "tokens"), [("build", True), ("container", False), ("cli", False)])
def test_an_image_is_pulled_by_the_engine_whoever_is_named(
    who: str, tokens: bool, run: Command, root: List[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://shell:1")
    words = ["--for", who, "--https-proxy", "http://other:1", *root]
    image, _, url = routes(run, "alpine", "https://x.example/", *words)
    assert (image["proxy"], image["consumer"]) == ("http://***:***@proxy.corp:3128", "daemon")
    assert (url["proxy"], url["consumer"], url["notes"]) == ("http://other:1", who, [])
    assert image["notes"][0] == f"The engine pulls images, so that its settings decide, and not those of --for {who}."
    assert ("The tokens of a build are usually" in image["notes"][1]) is tokens
    said = run("route", "alpine", *words).out
    assert ("The engine pulls images" in said, "The tokens of a build" in said) == (True, tokens)
    table = run("route", "alpine", "--dialect", "all", *words).out
    assert "  alpine: The engine pulls images" in table
    assert "(go-1.25)" in table
    assert "The engine pulls" not in run("route", "alpine", *root).out


def test_to_the_image_of_a_build_several_engines_matter(run: Command, tmp_path: Path) -> None:
    unit = "/home/alice/.config/systemd/user/docker.service"
    files: Dict[str, Content] = {
        "/etc/passwd": "alice:x:1000:1000::/home/alice:/bin/sh\n",
        unit: drop_in("ExecStart=/usr/bin/dockerd-rootless.sh"),
    }
    grow(tmp_path, docker_files(files))
    codes = [run("route", target, "--for", "build", "--root", str(tmp_path)).code for target in ("alpine", "x.corp")]
    assert codes == [6, 0]


def test_a_client_that_was_not_asked_about_such_hosts_is_no_certainty(run: Command, root: List[str]) -> None:
    words = ["https://b\u00fccher.example/", "ftp://b\u00fccher.example/", "https://x.example/", *root]
    said = run("route", *words, "--dialect", "curl").out
    assert said.count("note: this client was never asked about an international") == 1
    assert [len(r["notes"]) for r in routes(run, *words, "--dialect", "curl")] == [1, 0, 0]
    table = run("route", *words, "--dialect", "all").out
    assert next(line for line in table.splitlines() if line.startswith("curl ")).split() == [
        "curl", "proxy", "?", "direct", "proxy",
    ]  # fmt: skip
    assert "\n  ?  this client was never asked" in table
    assert "  ?  " not in run("route", "https://x.example/", "--dialect", "all", *root).out
    assert run("route", *words).out.count("never asked") == 0


@pytest.mark.parametrize(
    ("words", "decision", "reason"),
    [
        (
            ["--dialect", "ruby", "http://localhost/", "--http-proxy", "http://p:1"],
            "direct",
            "no entry does this: the client itself",
        ),
        (["--dialect", "java", "https://127.0.0.1/", "--no-proxy", "corp"], "direct", "no entry does this: the client"),
        (["--dialect", "java", "https://127.0.0.1/", "--no-proxy", "127.*"], "direct", "the entry 127.* of"),
        (["--dialect", "curl", "https://[::1/"], "error", "the client cannot parse this URL"),
        (["https://[::1/"], "error", "Go cannot parse this URL"),
    ],
)
def test_who_or_what_decided(words: List[str], decision: str, reason: str, run: Command, root: List[str]) -> None:
    (found,) = routes(run, *words, *root)
    assert (found["decision"], found["reason"].startswith(reason)) == (decision, True), found
    assert (found["entry"] is None) == ("the entry" not in reason) == (found["origin"] is None)


def test_a_place_that_is_no_file_is_told_with_its_name(
    run: Command, root: List[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    said = run("route", "https://x.corp/", "--no-proxy", "x.corp", *root).out
    assert "list matches, at command-line (--no-proxy)\n" in said
    monkeypatch.setenv("HTTPS_PROXY", "http://shell:1")
    said = run("route", "https://x.example/", "--for", "cli", *root).out
    assert "through http://shell:1, set at process-environment (HTTPS_PROXY)\n" in said


def test_json_holds_no_half_characters(run: Command, root: List[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def lines() -> Iterator[str]:
        yield "\udcff\udcfe"
        yield "https://x/\udcff"

    monkeypatch.setattr("dockproxy.cli.route_answers._lines", lines)
    said = run("route", "--stdin", "--format", "json", *root)
    assert [json.loads(line)["target"] for line in said.out.splitlines()] == ["\\xff\\xfe", "https://x/\\xff"]


def test_progress_is_for_terminals_and_what_takes_long(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(0, 100, 2))
    said: List[str] = []
    monkeypatch.setattr(time, "monotonic", lambda: next(clock))
    monkeypatch.setattr(output, "narrate", said.append)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    assert list(output.counted("ab", 2, "entries")) == ["a", "b"]
    assert said == ["\r1 of 2 entries", "\r2 of 2 entries", "\r\x1b[K"]
    monkeypatch.setattr(sys.stderr, "isatty", lambda: False, raising=False)
    assert (list(output.counted("ab", 2, "entries")), len(said)) == (["a", "b"], 3)
