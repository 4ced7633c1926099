"""What a person at a terminal is asked, on a real one."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
from pathlib import Path
from typing import Dict, List, NamedTuple

import pytest

from tests.conftest import CANARY
from tests.unit.cli.test_bad_input import OWN, PROXY, files_of
from tests.unit.trees import docker_files, grow

IN_ITS_TERMINAL = (
    "import fcntl, os, sys, termios; os.setsid(); fcntl.ioctl(2, termios.TIOCSCTTY, 0); "
    "os.execv(sys.executable, [sys.executable, '-m', 'dockproxy', *sys.argv[1:]])"
)


class Seen(NamedTuple):
    """What stood on the terminal, what on standard output, and the exit code."""

    code: int
    terminal: str
    out: str


def on_terminal(words: List[str], replies: Dict[str, str], stdin: bytes = b"", columns: int = 0) -> Seen:
    """Run with a terminal as standard error and, unless it is given, as standard input; type each reply after its
    question."""
    outer, inner = pty.openpty()
    fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("4H", 24, columns, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-c", IN_ITS_TERMINAL, *words],
        stdin=subprocess.PIPE if stdin else inner,
        stdout=subprocess.PIPE,
        stderr=inner,
        env={**os.environ, "NO_COLOR": "1", "TERM": "xterm"},
    )
    os.close(inner)
    if process.stdin is not None:
        process.stdin.write(stdin)
        process.stdin.close()
    seen, start, typed, silences = "", 0, "", 0
    while True:
        if not select.select([outer], [], [], 5.0)[0]:
            silences += 1
            assert silences < 12, f"it waits for something else: {seen}"
            # Python does not see a Ctrl-C that comes right before it reads; a person presses it again.
            os.write(outer, b"\x03" if typed == "\x03" else b"")
            continue
        try:
            seen += os.read(outer, 4096).decode()
        except OSError:  # EIO: the other side is closed
            break
        for question in [q for q in replies if q in seen[start:]]:
            start = len(seen)
            typed = replies[question]
            os.write(outer, typed.encode())
    os.close(outer)
    assert process.stdout is not None
    out = process.stdout.read().decode()
    process.stdout.close()
    assert CANARY not in seen + out
    return Seen(process.wait(), seen.replace("\r\n", "\n"), out)


@pytest.fixture
def words(tmp_path: Path) -> List[str]:
    grow(tmp_path, docker_files())
    return ["set", PROXY, "--root", str(tmp_path)]


@pytest.mark.parametrize("answer", ["y\n", "YES\n"])
def test_whoever_agrees_gets_it(answer: str, words: List[str], tmp_path: Path) -> None:
    seen = on_terminal(words, {"[y/N]:": answer})
    assert (seen.code, seen.out) == (0, "Done.\n")
    assert (tmp_path / OWN[1:]).exists()


def test_sentences_fit_the_terminal_and_lines_of_a_diff_stay_whole(words: List[str]) -> None:
    entries = ",".join(f"host-{number}.corp" for number in range(9))
    words += ["--no-proxy", f"{entries},a b", "--remove-no-proxy", "nothing.example.com", "--to", "daemon-json"]
    narrow, wide = (on_terminal(words, {"[y/N]:": "n\n"}, columns=columns) for columns in (60, 0))
    too_long = [line for line in narrow.terminal.splitlines() if len(line) > 60]
    assert [line for line in too_long if len(line.split()) > 1 and not line.startswith("+")] == []
    assert any(entries in line for line in too_long)
    # The same words in the same order, none of them broken.
    assert narrow.terminal.split() == wide.terminal.split()
    assert len(narrow.terminal.splitlines()) > len(wide.terminal.splitlines())


@pytest.mark.parametrize("answer", ["n\n", "\n", "\x04"])
def test_a_person_who_does_not_agree(answer: str, words: List[str], tmp_path: Path) -> None:
    before = files_of(tmp_path)
    seen = on_terminal(words, {"[y/N]:": answer})
    assert (seen.code, seen.out) == (6, "")
    assert seen.terminal.splitlines()[-1] == "dockproxy: nothing was changed: not agreed to"
    assert files_of(tmp_path) == before


def test_an_answer_that_is_none_is_asked_for_again(words: List[str]) -> None:
    seen = on_terminal(words, {"[y/N]:": "x\nn\n"})
    assert (seen.code, "answer y or n\n" in seen.terminal) == (6, True)


def test_an_interruption_at_the_question(words: List[str], tmp_path: Path) -> None:
    before = files_of(tmp_path)
    seen = on_terminal(words, {"[y/N]:": "\x03"})
    assert (seen.code, seen.out) == (130, "")
    assert seen.terminal.splitlines()[-1] == "dockproxy: interrupted; nothing was changed"
    assert files_of(tmp_path) == before


def test_a_password_that_is_typed_is_not_shown(words: List[str], tmp_path: Path) -> None:
    credentials = ["--proxy-user", "u", "--proxy-password-stdin"]
    seen = on_terminal([*words, *credentials], {"Password of the proxy:": f"{CANARY}\n", "[y/N]:": "y\n"})
    assert (seen.code, seen.out) == (0, "Done.\n"), seen
    assert f"u:{CANARY}@" in (tmp_path / "etc/docker/http-proxy.env").read_text()


@pytest.mark.parametrize(
    ("typed", "code", "sentence"),
    [("\x03", 130, "interrupted; nothing was changed"), ("\x04", 2, "the password is empty")],
)
def test_a_password_that_is_not_typed(typed: str, code: int, sentence: str, words: List[str]) -> None:
    seen = on_terminal([*words, "--proxy-user", "u", "--proxy-password-stdin"], {"Password of the proxy:": typed})
    assert (seen.code, sentence in seen.terminal.splitlines()[-1]) == (code, True), seen


def test_the_terminal_is_asked_where_standard_input_held_the_password(words: List[str], tmp_path: Path) -> None:
    credentials = ["--proxy-user", "u", "--proxy-password-stdin"]
    seen = on_terminal([*words, *credentials], {"[y/N]:": "y\n"}, stdin=f"{CANARY}\n".encode())
    assert (seen.code, seen.out) == (0, "Done.\n"), seen
    assert f"u:{CANARY}@" in (tmp_path / "etc/docker/http-proxy.env").read_text()


def test_the_terminal_is_not_asked_where_standard_input_is_something_else(words: List[str]) -> None:
    seen = on_terminal(words, {}, stdin=b"y\n")
    assert (seen.code, "there is no terminal to ask on" in seen.terminal) == (6, True)
