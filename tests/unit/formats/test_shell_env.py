"""Shell files without a shell: what dash exported is what is known, and nothing is guessed."""

from __future__ import annotations

import json
import subprocess
from typing import Optional

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockproxy.formats import shell_env
from tests.oracles.test_shell import VECTORS, disagreements


def test_every_recorded_answer() -> None:
    questions = [json.loads(line) for line in VECTORS.read_text().splitlines()]
    assert len(questions) > 200
    assert [q for q in questions if disagreements(q["exported"], q["text"])] == []


@pytest.mark.parametrize(
    ("text", "value", "exported"),
    [
        ("export A=1", "1", True),
        ("A=1", "1", False),
        ("A=1; export A", "1", True),
        ("export A; A=1", "1", True),
        ("set -a\nA=1", "1", True),
        ("set -o allexport; set +o allexport; A=1", "1", False),
        ("x && set -a\nA=1", "1", None),
        ("true |\nA=1", None, False),
        ("x &&\n\nA=1", None, False),
        ("readonly A=1; A=2", None, None),
        ("readonly A; unset A", None, None),
        ("declare -x A=1", None, None),
        ("A=1; unset -f A", "1", False),
        ("export -n A", None, None),
        ("export A=$B", None, True),
        ("A=1 B=2", "1", False),
        ("if x; then A=1; fi", None, False),
        ("if x; then export A=1; fi", None, None),
        ("if x; then export A; fi", None, None),
        ("x || unset A", None, None),
        ("case x in x) A=1;; esac", None, False),
        ("for A in a b; do true; done", None, None),
        ("( A=1 )", None, False),
        ("A=1 | x", None, False),
        ("export A=a*", None, True),
        ('export A="a*"', "a*", True),
        ("A=1\nexit 0\nA=2", None, None),
        ("A=1\nreturn 0\nA=2", "1", False),
        ("A=1\nreturn x\n", None, None),
        ("A=1; return; )", None, None),
        ("A=1\nx && exit 0\n", None, None),
        (". /other", None, None),
        ("eval x", None, None),
        ("A=1 export B", None, None),
        ("$X", None, None),
        ("export $X", None, None),
        ("unset $X", None, None),
        ("cat <<E\nA=1\nE\n", None, None),
        ("A='open", None, None),
        ('A="open', None, None),
        ("fi\n", None, None),
        ("then A=1", None, None),
        ("export -p; A=1; readonly -p", "1", False),
        ("export -p A=1", None, None),
        ("readonly -p A=1", None, None),
        ("enable -n export; export A=1", None, None),
        ("shopt -so allexport; A=1", None, None),
        ("A=1\\", "1\\", False),
        ("export A=1\0", None, None),
        ("f() { A=2; }\nexport A=1\n", None, None),
        ("f() {\n  unset A\n}; export A=1\nf\n", None, None),
        ("f() { export A; }; A=1", None, None),
        ("f() { for A in b; do x; done; }; A=1", None, None),
        ("f() { : ${A:=2}; }; A=1", None, None),
        ("f() { g() { A=2; }; }; export A=1; unset A", None, None),
        ("f() { A=2; }\n: ${A:=3}; export A=1", None, None),
        ("A=1; f() { if x; then eval y; fi; }", None, None),
        ("f() { set -a; }; A=1", None, None),
        ("f() { set +e; }; A=1", None, None),
        ('f() { B=2; export C; x "$A"; }; export A=1; f', "1", True),
        ("f() { A=2 x; }; A=1", None, None),
        ("set() { x; }; A=1", None, None),
        ("exit() { x; }; A=1", None, None),
        ("exports() { x; }; A=1", "1", False),
        ("readonly A=1", "1", False),
        ("A=$(x\ny)", None, False),
        ("A=1 # c", "1", False),
        ("A=a#b \\\n", "a#b", False),
        ("A=\\\n1", "1", False),
        (": ${A:=1}; export A", None, True),
        (': "${A=1}"', None, None),
        (": ${B:-${A:=1}}", None, None),
        (": ${!B:=1}", None, None),
        (": ${A[0]:=1}", None, None),
        (': "$((A=1))"', None, None),
        (": $(( A++ ))", None, None),
        ("(( A = 1 ))", None, None),
        (": $[A=1]", None, None),
        ("A=1; : $((A+1))", None, None),
        ("A=$[1]", None, None),
        ("A=1; A+=2", None, None),
        ("A[0]=1", None, None),
        ("let A=1", None, None),
        ("printf -v A x", None, None),
        ("mapfile A", None, None),
        ("readarray A", None, None),
        ("A=1; x > f 2>&1", "1", False),
        ("A=1; x > f B=2", None, None),
        ("> f export A=1", None, None),
        ("A=1; nohup x", "1", False),
    ],
)
def test_what_is_left_in_a(text: str, value: Optional[str], exported: Optional[bool]) -> None:
    variable = shell_env.parse(text).get("A")
    assert variable is not None
    assert (variable.value, variable.exported) == (value, exported)


@pytest.mark.parametrize("text", ["", "# A=1", "B=1", "A=1\nunset A", "echo A=1", "B=1 echo x | y", "readonly A"])
def test_a_is_not_set(text: str) -> None:
    parsed = shell_env.parse(text)
    assert parsed.get("A") is None or parsed.opaque is not None


SYNTAX_ERRORS = [
    ";;", "; true", "&& true", "true &&", "true |\n", "| true", "( )", "(", ")", "( true ) true", "true )", "f() true",
    "f(", "a b() { :; }", "if true; then", "if; then :; fi", "if true; then fi", "if true; fi", "then :", "fi x",
    "{ true", "{ true; }; }", "}", "while true; done", "for x in a", "for x in a | do :; done",
    "for 1 in a; do :; done",
    "for x in a; true; do :; done", "case x in", "case x", "case x in a", "case x in a) ;; b", "case x in a b) ;; esac",
    "echo case x in", "case x in ;; esac", "case x in a) true && ;; esac", "in x", "!", "! ! true", "true | ! true",
    "a >", "a > ; b", "a >& b", "x=$(", "x=$(;)", "x=`", "x=`;`", 'x="$(a"', "x=$(true | )", "x=$(<<E)", "$(" * 99,
    "{ " * 99, "x=" + "$(" * 99 + ")" * 99,
]  # fmt: skip
ENDING = [
    "unset 1a", "unset -x", "set -Z", "set -u", "set -n", "set -o nounset", "set -", "echo ${1x}", "echo ${FOO:?bad}",
    'echo "${FOO?bad}"', "echo ${}", "shift 3", "break x", "continue", "exit", ": > /nonexistent/x", "OPTIND=x",
    "readonly B; : ${B:=1}", "readonly B; for B in 1; do :; done", "readonly B={1,2}", "> /nonexistent/x", "x && y &",
]  # fmt: skip


@pytest.mark.parametrize("text", [*SYNTAX_ERRORS, *ENDING])
def test_what_ends_the_shell_is_never_taken_for_a_file_that_counts(text: str) -> None:
    assert shell_env.parse(f"export A=1\n{text}\n").opaque is not None
    assert shell_env.parse(f"export A=1 ; {text}").opaque is not None


@pytest.mark.parametrize(
    "text",
    [
        "if true; then if true; then :; fi fi",
        "if true\n\nthen :\nelif false; then :; else\n:; fi > /dev/null 2>&1",
        "case x in\n (a|b)\n c; d ;;\n e) ;; esac && true",
        "case x in esac",
        "for x in a b\ndo\n :; done; for y\ndo :; done",
        "while ! true; do ( : ); done; ! ( false )",
        "f()\n{\n :\n}\nunset -f f; unset -v A",
        'x=$(a "b)" $(c)) y="`d \\`e\\``" z="${a:-b c}${#a}${1}"',
        "x=$(case a in b) c;; esac)",
        "set -ex +f -o allexport; set",
        "echo 2> /dev/null < /dev/null >&2",
        "a && b || c; true && ( d ) && e",
    ],
)
def test_what_is_no_syntax_error(text: str) -> None:
    assert shell_env.parse(text).opaque is None


UNDER_E = shell_env.NOTHING._replace(ends_on_failure=True)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("A=1\nHTTP_PROXY = x\n", 2),
        ("export A=http://u:pa;ss@p:1", 1),
        ("A=1\n[ -d /x ] && ulimit -n 64\n# c\n", 2),
        ("sysctl -w x=1", 1),
        ("ulimit -u 9", 1),
        ("A=$(x)", 1),
        ("A=`x`; B=1", 1),
        ("for x in $(y); do :; done", 1),
        ("! true", 1),
        ("false | x", 1),
        ("true && x", 1),
        ("echo > /nonexistent/x", 1),
        ("if true; then\n x\nfi", 2),
        ("if true; then [ x ] && A=1; fi", 1),
        ("if true; then [ x ] && A=1; else A=2; fi", 1),
        ("[ x ] && { A=1; }", 1),
        ("{ [ x ] && A=1; } && A=1", 1),
        ("[ x ] && { A=1; } | B=1", 1),
        ("( x )", 1),
        ("echo() { false; }\necho", 2),
        ("f() { :; }; f", 1),
        ("return 1", 1),
        ("[ x ] && A=1\nreturn", 2),
    ],
)
def test_a_command_that_may_fail_ends_a_shell_that_ends_on_failure(text: str, line: int) -> None:
    assert shell_env.parse(text, "/p", UNDER_E).failing == (None, None, line, "/p")
    assert shell_env.parse(f"set -e\n{text}").failing == (None, None, line + 1, "")
    assert shell_env.parse(f"x || set -o errexit\n{text}").failing is not None
    assert shell_env.parse(text).failing is None
    assert shell_env.parse(f"set +e\n{text}", "", UNDER_E).failing is None


@pytest.mark.parametrize(
    "text",
    [
        "export A=$(x); readonly B; unset C; umask 022; ulimit -n 65536; ulimit -S -c unlimited; : x; true; echo $(x)",
        "[ x ] && A=1\nB=1",
        "[ x ] || A=1",
        "[ x ] && y || true",
        "if [ x ] && y; then A=1; elif ! z; then :; fi",
        "while read x; do :; done < /dev/null",
        "until x; do A=1; done",
        "f() { x; y && z; }",
        "x | true",
        "x &",
        "x && A=1\nreturn 0",
        "echo x > /dev/null 2>&1",
        "case x in a) A=1;; esac",
        "A=1\nreturn 0\nx",
    ],
)
def test_what_does_not_fail(text: str) -> None:
    assert shell_env.parse(text, "", UNDER_E).failing is None


def test_a_program_ends_as_it_likes_and_its_files_under_its_rules() -> None:
    def source(path: str, before: shell_env.ShellFile) -> Optional[shell_env.ShellFile]:
        return shell_env.parse("x\n", path, before)

    assert shell_env.parse("set -e\nx\n. /f\n", "/s", source=source).failing == (None, None, 1, "/f")
    assert shell_env.parse("x\n. /f\nset -e\n", "/s", source=source).failing is None


def test_the_line_of_each() -> None:
    parsed = shell_env.parse("# c\nexport A='1\n2'\n\nB=2 \\\n C=3\n")
    assert {name: v.line for name, v in parsed.variables.items()} == {"A": 2, "B": 5, "C": 6}


def test_the_commands_that_always_happen() -> None:
    text = "A=1; export B=2 && x\n! C=3\nif y; then D=4; fi\ntrue | E=5\nx && F=6\nG=7 # c"
    found = [(" ".join(w.raw for w in c.words), c.alone) for c in shell_env.parse(text).commands]
    assert found == [("A=1", True), ("export B=2", False), ("C=3", False), ("x", False), ("G=7", True)]


@pytest.mark.parametrize(
    ("first", "second", "value", "exported"),
    [
        ("A=1", "export A", "1", True),
        ("export A", "A=2", "2", True),
        ("set -a", "A=2", "2", True),
        ("A=1\nreturn\nA=2", "export A", "1", True),
        ("readonly A=1", "A=2", None, None),
        (". /other", "export A=2", None, None),
    ],
)
def test_a_file_goes_on_where_the_one_before_ended(
    first: str, second: str, value: Optional[str], exported: Optional[bool]
) -> None:
    variable = shell_env.parse(second, "/2", shell_env.parse(first, "/1")).get("A")
    assert variable is not None
    assert (variable.value, variable.exported) == (value, exported)


def test_the_file_of_each() -> None:
    first = shell_env.parse("A=1\nB=1\n", "/1")
    parsed = shell_env.parse("\nB=2\nexport A\n", "/2", first)
    assert {n: (v.path, v.line, v.exported) for n, v in parsed.variables.items()} == {
        "A": ("/1", 1, True),
        "B": ("/2", 2, False),
    }


def test_behind_what_only_a_shell_knows_the_text_is_still_read() -> None:
    parsed = shell_env.parse(". /other\nexport A=1\n", "/p")
    assert parsed.variables["A"].value == "1"
    assert parsed.get("A") == parsed.opaque == (None, None, 1, "/p")


def followed(text: str) -> Optional[shell_env.Variable]:
    """What a program leaves in ``A``, whose files set ``B`` to ``/f``."""

    def source(path: str, before: shell_env.ShellFile) -> Optional[shell_env.ShellFile]:
        return shell_env.parse("B=/f; export B", path, before) if path == "/f" else None

    return shell_env.parse(text, "/s", source=source).get("A")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (". /f\nA=$B", "/f"),
        ("source /f; A=${B}/x", "/f/x"),
        ("B=/f; . $B; A=1", "1"),
        ('B="a b"; A="$B"', "a b"),
        ('B="a b"; A=$B', None),
        ('B=; A="${B:-x}${B-y}"', "x"),
        ('A="${DOCKER_X:-a b}${DOCKER_Y-}$DOCKER_Z"', "a b"),
        ('B=1; A="${DOCKER_X:-<${DOCKER_Y:-$B}>}"', "<1>"),
        ("A=${OTHER:-x}", None),
        ("A=${DOCKER_X:-$OTHER}", None),
        ("A=${DOCKER_X:-$(x)}", None),
        ("A=${DOCKER_X:-x", None),
        ("A=${B#x}", None),
        ("A=$1", None),
        ("A='$B'", "$B"),
        ("A=1; f() { return 1; }; x || exit 1", "1"),
        ("f() { B=1; A=$B; }", None),
        ("A=1; exit 0\n", "1"),
        ("A=1; exit 0\nA=2", None),
        ("A=1; f() { . /f; }", None),
        ("A=1; x && . /f", None),
        ("A=1; . /g", None),
        ("A=1; . $X", None),
        ("A=1; nohup x", None),
        ("A=1; /usr/bin/env x", None),
        ("A=1; $DOCKERD x", None),
    ],
)
def test_a_program_is_followed(text: str, value: Optional[str]) -> None:
    found = followed(text)
    assert found is not None
    assert found.value == value


@given(st.text())
def test_parse_takes_anything(text: str) -> None:
    assert shell_env.parse(text).text == text


@pytest.mark.real("sh")
@pytest.mark.parametrize("value", ["plain", "a b", "$HOME `id` \\ \"x\" 'y'", "a\nb", "é", "", "~"])
def test_a_quoted_value_is_what_a_shell_reads(value: str) -> None:
    done = subprocess.run(["sh", "-c", f'A={shell_env.quote(value)}; printf %s "$A"'], capture_output=True, text=True)
    assert done.stdout == value
