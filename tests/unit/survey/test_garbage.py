"""Garbage in the place of any file that any case reads: no exception, and both reports can be written."""

from __future__ import annotations

import copy
import json
from typing import Dict, List, Mapping, NamedTuple, Union

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dockproxy.host import File, TreeHost
from dockproxy.model import Missing
from dockproxy.report import show_json, show_text
from tests import cases
from tests.conftest import CANARY

PIECES: List[bytes] = [
    b"[Service]", b"[Service", b"Environment=", b"EnvironmentFile=", b"EnvironmentFile=-", b"UnsetEnvironment=",
    b"ExecStart=/usr/bin/dockerd ",
    b"HTTP_PROXY", b"https_proxy", b"NO_PROXY", b"DOCKER_OPTS", b"=", b"\n", b"\n", b" ",
    b"\\", b"\\\n", b"\t", b"\r", b"\0", b"#", b";", b"'", b'"', b"`", b"$", b"$(", b"${", b")", b"}",
    b"%", b"%H", b"*", b"~",
    b"export ", b"if ", b"then ", b"fi", b"case ", b"esac", b"&&", b"|", b"<<", b"set -a", b"unset ", b"exit ",
    b"{", b"[", b"]", b":", b",", b'"proxies"', b'"https-proxy"', b'"default"', b'"currentContext"', b"null", b"1e999",
    b"--http-proxy", b"--config-file", b"/etc/docker/daemon.json", b"/dev/null", b"../..", b"Package: docker.io\n",
    b"Version: ", b"\xff", b"\xed\xa0\x80", "ü\u2028".encode(), b"\xef\xbb\xbf", b"\x1b[2J", b"812", b"-1",
    f"http://u:{CANARY}@proxy.corp:3128 ".encode(), b"http://[::1", b"socks5://",
]  # fmt: skip
GARBAGE = st.one_of(st.binary(max_size=200), st.lists(st.sampled_from(PIECES), max_size=40).map(b"".join))
NOTHING = st.sampled_from([m for m in Missing if m is not Missing.NOT_CHECKED])


class Grown(NamedTuple):
    """A case on disk, and every path that is read to report on it."""

    case: cases.Case
    host: TreeHost
    paths: List[str]


def answering(host: TreeHost, answers: Mapping[str, Union[File, Missing]], asked: List[str]) -> TreeHost:
    """The host with other answers for some paths; what is read is noted."""
    changed, read = copy.copy(host), host.read

    def answer(path: str) -> Union[File, Missing]:
        asked.append(path)
        return answers[path] if path in answers else read(path)

    changed.read = answer  # type: ignore[method-assign]
    return changed


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> List[Grown]:
    found = []
    for case in map(cases.load, cases.NAMES):
        asked: List[str] = []
        host = case.grow(tmp_path_factory.mktemp("case"))
        case.inspect(answering(host, {}, asked))
        found.append(Grown(case, host, sorted(set(asked))))
    assert len({path for case in found for path in case.paths}) > 30
    return found


@settings(max_examples=settings().max_examples * 4, deadline=None)
@given(st.data())
def test_garbage_is_only_garbage(grown: List[Grown], data: st.DataObject) -> None:
    case, host, paths = data.draw(st.sampled_from(grown))
    spoilt = data.draw(st.dictionaries(st.sampled_from(paths), GARBAGE | NOTHING, min_size=1, max_size=3))
    answers: Dict[str, Union[File, Missing]] = {
        path: content if isinstance(content, Missing) else File(path, path, content) for path, content in spoilt.items()
    }
    report = case.inspect(answering(host, answers, []))
    text = show_text.render(report)
    assert all(character.isprintable() or character == "\n" for character in text)
    assert CANARY not in text
    assert CANARY not in json.dumps(show_json.document(report))
