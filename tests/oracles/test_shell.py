"""Random shell files, sourced by the real dash and bash: what the reader knows must be what the shell exports."""

from __future__ import annotations

import json
import os
import random
import subprocess
from pathlib import Path
from typing import Dict, List, Optional, Tuple

import pytest

from dockproxy.changes import shell_file
from dockproxy.formats import shell_env
from dockproxy.model import Refusal
from dockproxy.sources import init_shape
from tests.oracles.conftest import Agreed

SEEDS = [int(s) for s in os.environ.get("DOCKPROXY_SEEDS", "1,2,3").split(",")]
COUNT = 400
VECTORS = Path(__file__).resolve().parents[1] / "vectors" / "shell_env.jsonl"
"""Recorded from dash 0.5.12."""

NAMES = ["A", "B", "HTTPS_PROXY", "no_proxy"]
VALUES = [
    "x", "http://u:p@h:3128", '"a b"', "'a b'", "a\\ b", '"$A"', "$B", "'$A'", "`echo x`", "$(echo x)",
    '"`echo x`"', "~", "~/x", "a:~", '"~"', "", '""', "''", "é", '"\\$A"', '"a\\"b"', "'a'\\''b'", "a\\\nb",
    '"a\\\nb"', '"a\nb"', "'a\nb'", "a*", "a#b", "\\\\", '"\\x"', "x=y", "{a,b}", "$", '"$"', "a$", "[x]",
    "%40", "!", "${A:-z}", "$((1+1))", "a'b'\"c\"",
]  # fmt: skip
LINES = [
    "export {n}={v}", "export {n}={v}", "export {n}={v}", "{n}={v}", "{n}={v}", "export {n}",
    "export {n} {m}={v}", "unset {n}", "set -a", "set +a", "set -o allexport", "set -e", "# export {n}={v}",
    "  export {n}={v} # c", "{n}={v}; export {n}", "if true; then export {n}={v}; fi",
    "if false\nthen\n  export {n}={v}\nfi", "true && export {n}={v}", "false && {n}={v}",
    "false || export {n}={v}", "{{ export {n}={v}; }}", "( export {n}={v} )", "case x in x) {n}={v} ;; esac",
    "for {n} in a b; do export {n}; done", "{n}={v} {m}={v}", "{n}={v} true", "export {n}={v} || true",
    "readonly Z={v}", ": {v}", "true", "export -p >/dev/null", "{n}={v} | cat", "while false; do {n}={v}; done",
    "eval {n}={v}", "true & wait", '[ -z "$A" ] || {n}={v}', "f() {{ export {n}={v}; }}",
    "test -e / && {n}={v} || {m}={v}", "! {n}={v}", 'export "{n}={v}"', "true | {n}={v}", "true |\nexport {n}={v}",
    "false &&\n\nexport {n}={v}",
    "readonly {n}={v}", "readonly {n}", "declare -x {n}={v}",
    ": ${{{n}:={v}}}", ": ${{{n}={v}}}; export {n}", ': "${{{n}:=x}}"', "export {m}=${{{n}:=y}}",
    ": ${{{m}:-${{{n}:=y}}}}", ": $(({n}=1))", ': "$(({n}+=1))"', ": $(( {n} = 1 ))", "let {n}=1", "let {n}++ || true",
    "printf -v {n} %s x", "printf '%s' -v {n} >/dev/null", "mapfile {n} </dev/null", "readarray {n} </dev/null",
    "echo x | mapfile -t {n}", ": $[{n}=1]", "(({n}=1))", "(( {n}++ ))", "{n}+={v}", "export {n}+={v}", "{n}[0]={v}",
    ": ${{!{n}:=x}}", ": ${{{n}[0]:=x}}", "export {n}=$[1+1]", "export {n}={v} >/dev/null", ">/dev/null export {n}={v}",
    "echo >/dev/null {n}={v}", "{n}={v} >/dev/null", "true 2>&1 >/dev/null", "cat </dev/null {n}={v} || true",
    "unset -v {n}", "unset -f {n}", "export -n {n}", "logger {n}={v} || true", "{n}={v} && true", "! {n}={v}; true",
    *["h() {{ {n}={v}; }}", "h() {{ export {n}={v}; }}", "h() {{ unset {n}; }}", "h() {{ export {n}; }}"] * 2,
    'h() {{ {n}="${n},$1"; }}; export {n}={v}; h b', "h() {{ export {n}={v}; }}; h",
    "h() {{\n  unset {n}\n}}; h >/dev/null",
    "h() {{ g() {{ export {n}={v}; }}; g; }}", "h() {{ g; }}; g() {{ {n}={v}; }}", "h() {{ : ${{{n}:={v}}}; }}",
    "h() {{ for {n} in {v}; do :; done; }}", "h() {{ set -a; }}", "h() {{ readonly {n}={v}; }}",
    "h() {{ eval {n}={v}; }}",
    "h() {{ {n}={v} true; }}", "h() {{ ( {n}={v} ); }}", "h() {{ if true; then {n}+={v}; fi; }}",
    "h() {{ : $(({n}=1)); }}",
    # No function may come to call itself, however the lines are put together.
    *["h b", "if h; then :; fi", "[ -d / ] && h", "h || true", "h | cat", "! h", "g", "{{ h; }}"] * 2,
    "export -p {n}={v} >/dev/null", "readonly -p {n}={v}", "enable -n export", "shopt -so allexport",
    "export() {{ :; }}", "set() {{ :; }}",
]  # fmt: skip


def question(rng: random.Random) -> str:
    lines = [
        rng.choice(LINES).format(n=rng.choice(NAMES), m=rng.choice(NAMES), v=rng.choice(VALUES))
        for _ in range(rng.randint(1, 5))
    ]
    return rng.choice(["\n", "\n", "\n\n", "; "]).join(lines) + rng.choice(["\n", "\n", "", "", "\\", "\0\n"])


LENIENT, STRICT = '. "$file"', '. "$file" || exit'


def exported(shell: str, *paths: Path, how: str = LENIENT) -> Optional[Dict[str, str]]:
    """What a program that the shell starts behind the files is given; None where the shell gave up before."""
    done = subprocess.run(
        [shell, "-c", f"for file; do {how}; done; exec /usr/bin/env -0", shell, *map(str, paths)],
        env={"PATH": "/usr/bin:/bin", "HOME": "/home/x"},
        cwd="/",
        capture_output=True,
        timeout=20,
    )
    if not done.stdout:
        return None
    pairs = [p.partition("=") for p in done.stdout.decode("utf-8", "surrogateescape").split("\0") if p]
    return {name: value for name, _, value in pairs if name in NAMES}


def disagreements(real: Dict[str, str], *texts: str) -> List[str]:
    """Names whose value is known and not what the shell exported; and what only a shell could tell is no claim."""
    parsed = shell_env.NOTHING
    for text in texts:
        parsed = shell_env.parse(text, before=parsed)
    return differences(real, parsed)


def differences(real: Dict[str, str], parsed: shell_env.ShellFile) -> List[str]:
    """As ``disagreements``, of what is parsed."""
    wrong = []
    for name in NAMES:
        variable = parsed.get(name)
        is_exported = variable is not None and variable.exported
        if variable is not None and (variable.exported is None or (is_exported and variable.value is None)):
            continue
        ours = variable.value if variable is not None and is_exported else None
        if real.get(name) != ours:
            wrong.append(f"{name}: the shell {real.get(name)!r}, ours {variable}")
    return wrong


@pytest.mark.real("dash", "bash")
@pytest.mark.parametrize("shell", ["dash", "bash"])
@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_known_is_what_the_shell_exports(
    seed: int, shell: str, tmp_path: Path, request: pytest.FixtureRequest, agreed: Agreed
) -> None:
    rng = random.Random(seed)
    wrong: List[str] = []
    lines = []
    for i in range(COUNT):
        text = question(rng)
        path = tmp_path / str(i)
        path.write_text(text)
        real = exported(shell, path)
        if real is not None:
            wrong += [f"{w}\n{text}\n--" for w in disagreements(real, text)]
            lines.append(json.dumps({"text": text, "exported": real}))
    assert not wrong, f"{len(wrong)} differ:\n" + "\n".join(wrong[:8])
    agreed(COUNT)
    if (seed, shell) == (SEEDS[0], "dash") and request.config.getoption("--record"):
        VECTORS.write_text("\n".join(lines) + "\n")


@pytest.mark.real("dash", "bash")
@pytest.mark.parametrize("shell", ["dash", "bash"])
def test_files_behind_each_other_are_one_program(shell: str, tmp_path: Path, agreed: Agreed) -> None:
    rng = random.Random(SEEDS[0])
    wrong: List[str] = []
    for i in range(COUNT):
        texts, paths = [question(rng), question(rng)], [tmp_path / f"{i}.1", tmp_path / f"{i}.2"]
        for path, text in zip(paths, texts):
            path.write_text(text)
        real = exported(shell, *paths)
        if real is not None:
            wrong += [f"{w}\n" + "\n--\n".join(texts) for w in disagreements(real, *texts)]
    assert not wrong, f"{len(wrong)} differ:\n" + "\n".join(wrong[:8])
    agreed(COUNT)


PIECES = [
    "if true; then", "if", "then", "else", "elif", "fi", "for A in x y; do", "do", "done", "while false; do",
    "until true", "case x in", "case x", "x)", "esac", "{{", "}}", "(", ")", "f() {{", "f()", "!", "&&", "||", "|", "&",
    ";", ";;", ">", ">>", "2>&1", "> /dev/null", "> /nonexistent/f", "</dev/null", "true", "false", ":", "nothing",
    "[ -d /x ]", "in", "A=1", "export A=1", "A=$(false)", "B=`echo x`", "export A=$(false)", 'B="$(echo "a b")"',
    "set -e", "set +e", "return", "return 1", "exit", "# c", "${{B:-x}}", "${{1x}}", "$((1))", "\n", "\n", "\n", ";",
    ";", "set -x", "ulimit -c 0", "umask 022", "unset A", "unset 1a", "set -Z", "set -u", "$FOO", "shift", "shift 3",
    "set -n", "${{FOO:?bad}}", "break", "continue 2", "readonly A", "echo", "$(", "`", '"', "'", "\\", "<<E", "E",
]  # fmt: skip
FAILING = [
    "[ -d /x ] && {n}={v}", "[ -d / ] && {n}={v}", "if [ -d /x ]; then {n}={v}; fi", "! true", "! false", "( false )",
    "if [ -d / ]; then {n}={v}; else false; fi", "false || true", "true && false || true", "( false ) || true",
    "false &", "for A in a b; do true; done", "case a in a) {n}={v} ;; b) false;; esac", "f() {{ false; }}",
    "f() {{\n  A=1\n}}\nf", "case a in\n a|b)\n  A=1\n  ;;\n (c) ;;\nesac", "{{ [ -d /x ] && A=1; }}",
    "if true; then [ -d /x ] && A=1; fi", "true | false", "false | true", "nothing x", "HTTP_PROXY = x",
    "export {n}=http://u:pa;ss@a:1", "echo x > /dev/null", "echo x > /nonexistent/x", "echo x 2>/dev/null",
    "export A=1 > /nonexistent/x", "[ -d / ] && [ -d /x ] || A=3", "[ -d /x ] && A=1 || true", "[ -d /x ] &&\n A=1",
    "if true; then if false; then :; fi fi", "return 0", "return 1", "[ -d /x ] && return",
    "true && {{ false || A=1; }}", "false && {{ A=1; }}", "until true; do false; done",
    "if false; then A=1; elif [ -d /x ]; then B=1; fi", "if [ -d /x ] && A=1; then :; fi", "A=1; [ -d /x ] && B=1",
    "export A=$(nothing) B=2", 'A="$(nothing)"', "B=`nothing`", "echo $(nothing)", "readonly A; : ${{A:=x}}",
    "f() {{ A=1; }}; [ -d /x ] && f", 'echo "${{B:-a b}}"', "A=$(case x in x) echo y;; esac)", 'A=$(echo ")")',
    "true; false; true", "{{ false; }} || true", "if ! [ -d /x ]; then A=1; fi", "if [ -d / ]; then ( A=1 ) fi",
    "ulimit -n 64", "umask 022", "set -x", "echo() {{ false; }}\necho x", "{p}", "{p} {p}", "{p} {p} {p}", "{n}={v}",
]  # fmt: skip


def broken(rng: random.Random) -> str:
    """A file of which a shell may think ill."""

    def line(lines: List[str]) -> str:
        pieces = {"p": rng.choice(PIECES).format(), "n": rng.choice(NAMES), "m": rng.choice(NAMES)}
        return rng.choice(lines).format(v=rng.choice(VALUES), **pieces)

    if rng.random() < 0.4:
        return " ".join(line(PIECES) for _ in range(rng.randint(1, 9))) + rng.choice(["", "\n"])
    lines = [line(FAILING if rng.random() < 0.8 else LINES) for _ in range(rng.randint(1, 4))]
    return rng.choice(["\n", "\n", "\n\n", "; ", " && ", " || ", " | ", " "]).join(lines) + rng.choice(["\n", ""])


@pytest.mark.real("dash", "bash")
@pytest.mark.parametrize("shell", ["dash", "bash"])
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    ("how", "faults"),
    [
        ('if [ -f "$1" ]; then . "$1"; fi', ("opaque", "failing")),
        ('set -e; if [ -f "$1" ]; then . "$1"; fi', ("opaque", "failing")),
        # OpenRC's way.
        ('if ! . "$1"; then exit 1; fi', ("opaque", "failing", "may_leave_failure")),
    ],
    ids=["", "set-e", "if-it-succeeds"],
)
def test_a_file_that_ends_the_shell_is_never_taken_for_a_good_one(
    how: str, faults: Tuple[str, ...], seed: int, shell: str, tmp_path: Path, agreed: Agreed
) -> None:
    rng = random.Random(seed)
    path, out = tmp_path / "file", tmp_path / "out"
    wrong: List[str] = []
    good = ended = 0
    for _ in range(COUNT):
        text = broken(rng)
        path.write_text(text)
        out.unlink(missing_ok=True)
        script = f'{how}; exec /usr/bin/env -0 > "$2"'
        subprocess.run(
            [shell, "-c", script, shell, str(path), str(out)],
            env={"PATH": "/usr/bin:/bin", "HOME": "/home/x"},
            cwd="/",
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=20,
        )
        parsed = shell_env.parse(text, "", shell_env.NOTHING._replace(ends_on_failure=how.startswith("set -e")))
        is_good = not any(getattr(parsed, fault) for fault in faults)
        given = out.read_text().split("\0") if out.exists() else []
        if not given:
            ended += 1
            wrong += [f"the shell ended\n{text}\n--"] * is_good
        else:
            good += is_good
            pairs = (p.partition("=") for p in given)
            real = {name: value for name, _, value in pairs if name in NAMES}
            wrong += [f"{w}\n{text}\n--" for w in differences(real, parsed) if parsed.failing is None]
    assert not wrong, f"{len(wrong)} differ:\n" + "\n".join(wrong[:8])
    # bash goes on behind most.
    assert good > COUNT / 10
    assert ended > (COUNT / 4 if shell == "dash" else 0)
    agreed(COUNT)


PROGRAM_VALUES = [
    "$A",
    '"$A"',
    "${A}",
    '"${B:-$A}"',
    '"${DOCKER_X:-a b}"',
    '"${A:-x}/${B-y}"',
    '"\\"$A\\" $B"',
    "x$A",
    "'$A'",
]
PROGRAM_LINES = [
    *LINES, "{n}={w}", "{n}={w}", "export {n}={w}", "export $A", ". {file}", "[ -e {file} ] && . {file}",
    "A={file}; . $A", 'A={file}; . "${{A}}"', "f() {{ {n}={w}; return 1; }}", "if x; then return; fi", "x || exit 3",
    "set -a; . {file}; set +a", "for {n} in a b; do export {m}={w}; done", "f() {{ . {file}; }}; f", "x && . {file}",
]  # fmt: skip


@pytest.mark.real("dash", "bash")
@pytest.mark.parametrize("shell", ["dash", "bash"])
def test_a_program_is_followed_through_the_files_that_it_sources(shell: str, tmp_path: Path, agreed: Agreed) -> None:
    rng = random.Random(SEEDS[0])
    wrong: List[str] = []
    followed = succeeded = 0
    for i in range(COUNT):
        path, script = tmp_path / f"{i}.file", tmp_path / f"{i}.sh"
        path.write_text(question(rng))
        lines = [
            rng.choice(PROGRAM_LINES).format(
                n=rng.choice(NAMES), m=rng.choice(NAMES), v=rng.choice(VALUES), w=rng.choice(PROGRAM_VALUES), file=path
            )
            for _ in range(rng.randint(1, 5))
        ]
        text = "\n".join(["A=a", *lines, ""])
        script.write_text(text)

        def source(name: str, before: shell_env.ShellFile, path: Path = path) -> Optional[shell_env.ShellFile]:
            return shell_env.parse(path.read_text(), "", before) if name == str(path) else None

        real = exported(shell, script)
        parsed = shell_env.parse(init_shape.of(text, "openrc").text, "", shell_env.NOTHING, source)
        if real is not None:
            followed += parsed.opaque is None
            found = differences(real, parsed)
            if parsed.opaque is None and parsed.may_leave_failure is None:
                succeeded += 1
                found += ["the last command failed"] * (exported(shell, script, how=STRICT) is None)
            wrong += [f"{w}\n{text}\n--\n{path.read_text()}" for w in found]
    assert not wrong, f"{len(wrong)} differ:\n" + "\n".join(wrong[:8])
    assert followed > COUNT / 4
    assert succeeded > COUNT / 8
    agreed(COUNT)


WRITTEN = "aZ0 '\"\\$`!#~*?[]{}();&|<>=:,.%-\t\néß€\x7f"


@pytest.mark.real("dash", "bash")
@pytest.mark.parametrize("shell", ["dash", "bash"])
def test_an_edited_file_exports_exactly_the_value(shell: str, tmp_path: Path, agreed: Agreed) -> None:
    rng = random.Random(SEEDS[0])
    edited, path = 0, tmp_path / "defaults"
    for _ in range(COUNT):
        # Into an empty file anything can be written.
        text = question(rng) if rng.random() < 0.8 else ""
        value = "".join(rng.choice(WRITTEN) for _ in range(rng.randint(1, 9)))
        path.write_text(text)
        before = exported(shell, path)
        try:
            made = shell_file.edit(text, "", {"https-proxy": value})
            gone = shell_file.edit(made, "", {"https-proxy": None})
        except Refusal:
            assert text
            continue
        if before is None:
            continue
        edited += 1
        others = {n: v for n, v in before.items() if n != "HTTPS_PROXY"}
        # What is evaluated may look at the value that changes.
        others = others if "$" not in text and "`" not in text else {}
        for after, expected in ((made, {"HTTPS_PROXY": value}), (gone, {})):
            path.write_text(after)
            real = exported(shell, path)
            assert real is not None, after
            assert {n: v for n, v in real.items() if n in others or n == "HTTPS_PROXY"} == {**others, **expected}, after
    assert edited > COUNT / 4
    agreed(edited)
