"""What a diff shows of a file: every line of it in its place, and no secret."""

from __future__ import annotations

import difflib
import json
from pathlib import Path
from typing import Dict, List, Optional

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockproxy.model import Change, FileKind, Plan
from dockproxy.report import display, redaction
from dockproxy.report import plan as report
from tests.unit.cli.test_bad_input import PROXY, Command, run
from tests.unit.trees import DAEMON_JSON, DROP_IN, Content, Link, docker_files, drop_in, grow

__all__ = ["run"]

URL, MASKED = "http://u:C4NARY@p:1", "http://***:***@p:1"


def shown(text: str, kind: Optional[FileKind]) -> str:
    return "\n".join(line for _, line in redaction.lines(text.encode("utf-8", "surrogateescape"), kind))


@pytest.mark.parametrize(
    "text",
    [
        '{"log-driver": "info", "debug": true, "mtu": 1400, "x": null}',
        '{"tlskey": "/k.pem", "log-opts": {"max-size": "10m"}}',
        '{"http-proxy": "http://p:1",\n\t"noProxy": "\\u00e9,.a"}',
        '{"registry-mirrors": ["https://m.corp", "http:\\/\\/m:5000\\/"], "insecure-registries": ["r", "10.0.0.0/8"]}',
        '{"hosts": ["unix:///var/run/docker.sock", "tcp://0.0.0.0:2375", "fd://"], "dns": ["10.0.0.2", "fd00::1"]}',
        '{"exec-opts": ["native.cgroupdriver=systemd"], "storage-opts": ["overlay2.size=10G"]}',
        '{"no-proxy": ["localhost", "10.0.0.0/8", "*.corp"], "proxies": {"no-proxy": [".a"]}}',
        "",
    ],
)
def test_what_is_harmless_in_the_engines_file(text: str) -> None:
    assert shown(text, FileKind.DAEMON_JSON) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"log-opts": {"splunk-token":\n "C4NARY"}}', '{"log-opts": {"splunk-token":\n "***"}}'),
        ('{"x-key": 12, "a-secret": {"of": "C4NARY"}}', '{"x-key": ***, "a-secret": {"of": "***"}}'),
        ('{"runtimeArgs": ["--token", "C4NARY", 1]}', '{"runtimeArgs": ["***", "***", 1]}'),
        ('{"a": [{"base": "C4NARY", "http-proxy": "x"}]}', '{"a": [{"base": "***", "http-proxy": "***"}]}'),
        (f'{{"Proxies": {{"http-proxy": "{URL}"}}}}', f'{{"Proxies": {{"http-proxy": "{MASKED}"}}}}'),
        (f'{{"no-proxy": ".a,{URL}"}}', f'{{"no-proxy": ".a,{MASKED}"}}'),
        (r'{"http-proxy": "u:C4\u004eARY\u0040p"}', '{"http-proxy": "***:***@p"}'),
        ('{"http-proxy": ["C4NARY"]}', '{"http-proxy": ["***"]}'),
        ('["C4NARY"]', '["***"]'),
        ('{"labels": ["a=C4NARY"], "dns": [["C4NARY"]]}', '{"labels": ["***"], "dns": [["***"]]}'),
        ('{"x": {"dns": ["C4NARY"]}}', '{"x": {"dns": ["***"]}}'),
        ('{"exec-opts": ["token=C4NARY", "mode"]}', '{"exec-opts": ["***", "***"]}'),
        (
            '{"registry-mirrors": ["https://u:C4NARY@m.corp", "https://m.corp/C4NARY"]}',
            '{"registry-mirrors": ["https://***:***@m.corp", "https://m.corp/***"]}',
        ),
        (
            '{"registry-mirrors": ["https://u:C4N", "ARY", "C4NARY@m"]}',
            '{"registry-mirrors": ["https://u:***", "***", "***"]}',
        ),
        ('{"dns": ["a C4NARY", 1], "hosts": ["u:C4NARY"]}', '{"dns": ["***", ***], "hosts": ["u:***"]}'),
        ('{"no-proxy": ["u:C4N", "ARY"]}', '{"no-proxy": ["u:***", "***"]}'),
        (f'{{"token": "C4NARY",\n  "http-proxy": "{URL}",\n}}', f'***\n  "http-proxy": "{MASKED}",\n***'),
    ],
)
def test_what_is_hidden_in_the_engines_file(text: str, expected: str) -> None:
    assert shown(text, FileKind.DAEMON_JSON) == expected


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_the_engines_file_in_another_encoding(encoding: str) -> None:
    data = '{"token": "C4NARY",\n"no-proxy": "é"}'.encode(encoding)
    assert [line for _, line in redaction.lines(data, FileKind.DAEMON_JSON)] == ['{"token": "***",', '"no-proxy": "é"}']


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"auths": {"r": {"auth": "C4NARY"}}, "pin": 1234}', '{"auths": {"r": {"auth": "***"}}, "pin": ***}'),
        (f'{{"noproxy": ".a", "httpProxy": "{URL}"}}', f'{{"noproxy": ".a", "httpProxy": "{MASKED}"}}'),
        (
            '{"currentContext": "prod", "credsStore": "pass", "a": true}',
            '{"currentContext": "prod", "credsStore": "pass", "a": true}',
        ),
        (
            '{"credHelpers": {"r.corp": "ecr-login"}, "x": ["C4NARY"]}',
            '{"credHelpers": {"r.corp": "ecr-login"}, "x": ["***"]}',
        ),
        (
            '{"credHelpers": {"r": {"x": "C4NARY"}}, "y": {"credsStore": "C4NARY"}}',
            '{"credHelpers": {"r": {"x": "***"}}, "y": {"credsStore": "***"}}',
        ),
        (r'{"psFormat": "table {{.ID}}\t{{.Names}}"}', r'{"psFormat": "table {{.ID}}\t{{.Names}}"}'),
        ('{"psFormat": "C4NARY {{.ID}}"}', '{"psFormat": "***"}'),
        ('{"proxies": {"default": {"noProxy": ["a", ".b"]}}}', '{"proxies": {"default": {"noProxy": ["a", ".b"]}}}'),
        ('"C4NARY"', '"***"'),
        (f'{{"auths": {{"{URL}": {{}}}}}}', '{"auths": {"***": {}}}'),
    ],
)
def test_the_clients_file_holds_logins(text: str, expected: str) -> None:
    assert shown(text, FileKind.CLIENT_CONFIG) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('KEY="-----BEGIN\nC4NARYkey=\n\n-----END"\nNO_PROXY=.a', "KEY=***\n***\n\n***\nNO_PROXY=.a"),
        (f"A = C4NARY \nhttp_proxy='{URL}' \n", f"A = *** \nhttp_proxy='{MASKED}' "),
        ('HTTP_PROXY="http://u:C4N\\\nARY@p"\nB=', 'HTTP_PROXY="http://***:***@p"\n\nB='),
        (
            'NO_PROXY="u:C4NARY\n@p,\n.b"\nB=',
            'NO_PROXY="u:***\\n***"\n\n\nB=',
        ),
        (f"# token C4NARY\n;HTTP_PROXY={URL}\nHttp_Proxy=C4NARY", f"# ***\n;HTTP_PROXY={MASKED}\nHttp_Proxy=***"),
        ("export A=C4NARY\nexport HTTP_PROXY=u:C4NARY%40p", "***\nexport HTTP_PROXY=***:***@p"),
        ("# HTTP_PROXY=http://a TOKEN=C4NARY\n#no_proxy=a;T=C4NARY", "# ***\n#***"),
        ("HTTPS_PROXY=http://p:1\nTOKEN=C4NARY\0", "HTTPS_PROXY=http://p:1\n***"),
        ("NO_PROXY=.a\r\nTOKEN=C4NARY\r\n", "NO_PROXY=.a\r\nTOKEN=***\r"),
    ],
)
def test_an_environment_file(text: str, expected: str) -> None:
    assert shown(text, FileKind.ENV_FILE) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Environment=A=C4NARY NO_PROXY=.a C4NARY", "Environment=A=*** NO_PROXY=.a ***"),
        ('Environment="HTTP_PROXY=u:C4NARY\\x40p" "1=C4NARY"', 'Environment="HTTP_PROXY=***:***@p" ***'),
        ("Environment=A=C4NARY 'C4NARY", "Environment=A=*** ***"),
        ("Environment=A=x \\\n# C4NARY\n  B=1 \\\n C=C4NARY", "Environment=A=*** \\\n# ***\n  B=*** \\\n C=***"),
        ('Environment="HTTP_PROXY=p \\\n;C4NARY\n x" A=1', 'Environment="HTTP_PROXY=p***"\n\n ***'),
        ("Environment=no_proxy=a b.corp,*.c \\\n 10.0.0.0/8", "Environment=no_proxy=a b.corp,*.c \\\n 10.0.0.0/8"),
        ("Environment=NO_PROXY=.a C4NARY!", "Environment=NO_PROXY=.a ***"),
        ("Environment=NO_PROXY=.a /C4NARY", "Environment=NO_PROXY=.a ***"),
        ("Environment=NO_PROXY=.a 'C4NARY'", "Environment=NO_PROXY=.a ***"),
        ("Environment=NO_PROXY=u:1 C4NARY", "Environment=NO_PROXY=u:1 ***"),
        ("Environment=HTTP_PROXY=http://u NO_PROXY=.a C4NARY", "Environment=HTTP_PROXY=http://u NO_PROXY=.a ***"),
        ("Environment=NO_PROXY=.a\nX=C4NARY", "Environment=NO_PROXY=.a\nX=***"),
        ("ExecStart=/d --token \\\n  C4NARY", "ExecStart=***\n  ***"),
        ("EnvironmentFile=-/my%20e\nUnsetEnvironment=T A=C4NARY", "EnvironmentFile=-/my%20e\nUnsetEnvironment=T A=***"),
        ('EnvironmentFile="/e\\\n# C4NARY\nf"', "EnvironmentFile=***\n\n"),
        ("Exec\\\n# C4NARY A=1\nStart=C4NARY", "***\n# ***\n***"),
        ("C4NARY\nA=C4NARY", "***\nA=***"),
    ],
)
def test_a_unit(text: str, expected: str) -> None:
    assert shown(f"A=C4NARY\n[Service]\n{text}\n[X]", FileKind.UNIT) == f"***\n[Service]\n{expected}\n[X]"


def test_a_unit_that_systemd_does_not_read_to_its_end() -> None:
    text = "[Service]\nA=C4NARY\n[C4NARY\nB=C4NARY\nHTTP_PROXY=http://p"
    assert shown(text, FileKind.UNIT) == "[Service]\nA=***\n***\n***\nHTTP_PROXY=http://p"


def test_of_a_file_of_no_kind_only_proxies_are_shown() -> None:
    text = '{"a": "C4NARY"}\nno-proxy: .a\n"noProxy": ".b",\nA=C4NARY'
    assert shown(text, None) == '***\nno-proxy: .a\n"noProxy": ".b",\n***'


@pytest.mark.parametrize(
    "comment",
    [
        "# Here in Debian, this file is sourced by:",
        "#   - /etc/init.d/docker (sysvinit)",
        "  # Use DOCKER_OPTS to modify the daemon startup options.",
        '#   Please see the documentation for "systemd drop-ins":',
        "#   https://docs.docker.com/config/daemon/systemd/",
        "# Only systemd 226 and above support this option.",
        "### BEGIN INIT INFO",
        "# Ansible managed\r",
    ],
)
@pytest.mark.parametrize("kind", [FileKind.UNIT, FileKind.ENV_FILE, FileKind.SHELL_FILE, None])
def test_a_comment_in_plain_words_is_shown(comment: str, kind: Optional[FileKind]) -> None:
    assert shown(comment, kind) == comment


@pytest.mark.parametrize(
    "comment",
    [
        *("the password is docker", "docker", "use the C4NARY", "see http://docker:docker@docker", "docker = the name"),
        *("the file 123 456", "the file 12345678", "the file is docker1", "the#file is", "the daemon \\"),
    ],
)
@pytest.mark.parametrize("kind", [FileKind.UNIT, FileKind.ENV_FILE, FileKind.SHELL_FILE, None])
def test_any_other_comment_is_hidden(comment: str, kind: Optional[FileKind]) -> None:
    assert shown(f"# {comment}", kind) == "# ***"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ('KEY="C4NARY\n# this is the file\n"', FileKind.ENV_FILE),
        ("KEY='C4NARY\n# this is the file\n'", FileKind.SHELL_FILE),
        ("KEY=C4NARY # this is the file", FileKind.SHELL_FILE),
        ("[Service]\nExecStart=a \\\n# this is the file\n b", FileKind.UNIT),
        ("this is the file", None),
    ],
)
def test_what_only_looks_like_a_comment_is_hidden(text: str, kind: FileKind) -> None:
    assert "this" not in shown(text, kind)


def test_a_comment_does_not_show_what_may_be_the_rest_of_a_password() -> None:
    before = b"[Service]\nEnvironment=HTTP_PROXY=http://u:C4N daemon\n# this is the daemon\n# this is the file\n"
    after = before.replace(b"HTTP_PROXY=http://u:C4N daemon", b"")
    change = Change("/e", before, after, kind=FileKind.UNIT)
    assert report.diff(change).split("\n")[3:] == [
        " [Service]",
        "-Environment=HTTP_PROXY=http://u:*** ***",
        "+Environment=",
        " # ***",
        " # this is the file",
    ]


@pytest.mark.parametrize(
    "line",
    [
        "/usr/bin/dockerd -H fd:// --containerd=/run/containerd/containerd.sock",
        "-/usr/bin/dockerd",
        "/usr/bin/dockerd-rootless.sh $DOCKER_OPTS ${OPTIONS} -D --mtu 1400 --iptables=false",
        "/usr/bin/dockerd --dns 1.1.1.1 --bip=10.1.0.1/16 --log-driver journald --log-opt max-size=1g -l debug",
        '/usr/bin/dockerd "--data-root=/srv/docker" \\\n  --registry-mirror https://m.corp -H=fd:// \\\n -D',
        "/usr/bin/dockerd --http-proxy=http://p:3128 --no-proxy .a,*",
    ],
)
def test_a_command_line_of_dockerd(line: str) -> None:
    assert shown(f"[Service]\nExecStart={line}\nX=", FileKind.UNIT) == f"[Service]\nExecStart={line}\nX="


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("/usr/bin/dockerd --label a=C4NARY --log-opt splunk-token=C4NARY -D", "--label *** --log-opt *** -D"),
        ("/usr/bin/dockerd --label=C4NARY --mtu C4NARY --pidfile=C4NARY", "--label=*** --mtu *** --pidfile=***"),
        (f"/usr/bin/dockerd --http-proxy {URL} --no-proxy='.a,{URL}'", f"--http-proxy {MASKED} --no-proxy=.a,{MASKED}"),
        ("/usr/bin/dockerd --http-proxy=http://u:C4N -D", "--http-proxy=http://u:*** ***"),
        ("/usr/bin/dockerd --registry-mirror=http://u:C4N -D", "--registry-mirror=http://u:*** ***"),
        ("/usr/bin/dockerd --C4NARY -D", "*** ***"),
        ("/usr/bin/dockerd --dnsC4NARY -HC4NARY", "*** ***"),
        ("/usr/bin/dockerd -Z C4NARY", "*** ***"),
        ("/usr/bin/dockerd $C4NARY", "***"),
        ("/usr/bin/dockerd ; /bin/x -p /C4NARY", "*** *** *** ***"),
        ("/usr/bin/dockerd -D 'C4NARY x", "-D ***"),
    ],
)  # fmt: skip
def test_what_is_hidden_of_a_command_line(line: str, expected: str) -> None:
    made = shown(f"[Service]\nExecStart={line}\nX=", FileKind.UNIT)
    assert made == f"[Service]\nExecStart=/usr/bin/dockerd {expected}\nX="


@pytest.mark.parametrize("line", ["/usr/bin/wrapper --dns 1.1.1.1", "'/usr/bin/dockerd' -D", ""])
def test_a_command_line_of_another_program_is_hidden(line: str) -> None:
    assert shown(f"[Service]\nExecStart={line}\nX=", FileKind.UNIT) == f"[Service]\nExecStart={'***' * bool(line)}\nX="


@pytest.mark.parametrize("kind", [FileKind.SHELL_FILE, FileKind.ENV_FILE])
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('DOCKER_OPTS="--dns 1.1.1.1 -H fd://"', 'DOCKER_OPTS="--dns 1.1.1.1 -H fd://"'),
        ("OPTIONS='--selinux-enabled --log-driver=journald'", "OPTIONS='--selinux-enabled --log-driver=journald'"),
        ('OPTIONS="-D \\\n  --mtu 1400 \\\n"\nA=b', 'OPTIONS="-D \\\n  --mtu 1400 \\\n"\nA=***'),
        ("DOCKER_OPTS=-D", "DOCKER_OPTS=-D"),
        ("OPTIONS='-H C4NARY -D'", "OPTIONS='-H *** -D'"),
        ("DOCKER_OPTS='C4NARY'", "DOCKER_OPTS='***'"),
        ("DOCKER_OPTS='--label a=C4NARY C4NARY -D'", "DOCKER_OPTS='--label *** *** ***'"),
        (f"DOCKER_OPTS='--http-proxy={URL} -D'", f"DOCKER_OPTS='--http-proxy={MASKED} -D'"),
        ("DOCKER_OPTS='--http-proxy=http://u:C4N -D'", "DOCKER_OPTS='--http-proxy=http://u:*** ***'"),
        ('DOCKER_OPTS="--dns \\"C4NARY\\""', "DOCKER_OPTS=***"),
        ("OTHER_OPTS='--dns 1.1.1.1'", "OTHER_OPTS=***"),
    ],
)
def test_flags_in_a_variable(text: str, expected: str, kind: FileKind) -> None:
    assert shown(text, kind) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("export DOCKER_OPTS", "export ***"),
        ("DOCKER_OPTS=--http-proxy=http://u:C4N ARY=x", "DOCKER_OPTS=--http-proxy=http://u:*** ***"),
        ("DOCKER_OPTS=-D NO_PROXY=.a; A=C4NARY", "DOCKER_OPTS=-D NO_PROXY=.a; A=***"),
        ('DOCKER_OPTS="-D $C4NARY"', "DOCKER_OPTS=***"),
    ],
)
def test_flags_in_a_line_of_a_shell(text: str, expected: str) -> None:
    assert shown(text, FileKind.SHELL_FILE) == expected


SNIPPETS = [
    *("ExecStart=/usr/bin/dockerd", "DOCKER_OPTS=", "--dns", "--http-proxy", "-H", "# the file"),
    *("TOKEN=", "HTTP_PROXY=", "no_proxy=", URL, "C4NARY", "[Service]", "Environment=", '"token"', '"http-proxy"'),
    *('"', "'", "\\", "\n", "\r\n", " ", "#", "{", "}", "[", "]", ":", ",", "\udcff", "\0", "\\n"),
]


@given(st.lists(st.sampled_from(SNIPPETS)).map("".join))
def test_every_line_stays_in_its_place(text: str) -> None:
    for kind in (None, *FileKind):
        found = redaction.lines(text.encode("utf-8", "surrogateescape"), kind)
        assert "\n".join(real for real, _ in found) == text[: len(text) - text.endswith("\n")]


def test_a_line_is_told_from_another_with_the_same_mask() -> None:
    change = Change("/e", b"A=C4NARY1\n", b"A=C4NARY2\n", kind=FileKind.ENV_FILE)
    assert report.diff(change) == "--- /e\n+++ /e\n@@ -1 +1 @@\n-A=***\n+A=***"


@pytest.mark.parametrize(
    ("before", "after", "is_told"),
    [
        ("A=x\nHTTP_PROXY=http://u:C4NARY@p:1\n", "HTTP_PROXY=http://u:C4NARY2@p:1\nNO_PROXY=.a\n", True),
        ("HTTP_PROXY=http://u:C4NARY@p:1\n", "HTTP_PROXY=http://u:C4NARY@p:2\n", False),
        ("HTTP_PROXY=http://u:C4NARY@p:1\nNO_PROXY=a\n", "NO_PROXY=a\nHTTP_PROXY=http://u:C4NARY@p:1\n", False),
        ("A=C4NARY1\n", "A=C4NARY2\n", False),
    ],
)
def test_that_only_a_password_changes_is_told(before: str, after: str, is_told: bool) -> None:
    change = Change("/e", before.encode(), after.encode(), kind=FileKind.ENV_FILE)
    plan = Plan((change,), (), "x", ("a note",))
    notes = ["a note"] + [report.SAME_MASKED] * is_told
    assert report.plan_document(plan)["notes"] == notes
    assert report.plan_text(plan).splitlines()[-len(notes) :] == [f"note: {note}" for note in notes]


def test_the_sentences_of_a_plan_are_folded_and_its_diff_is_not() -> None:
    path = "/etc/a-folder/of-a-long-name/http-proxy.env"
    change = Change(path, None, f"NO_PROXY={'a.corp,' * 9}\n".encode(), kind=FileKind.ENV_FILE)
    plan = Plan((change,), (), f"{path} decides", (f"{path} is for root only",))
    folded = report.plan_text(plan, width=30).splitlines()
    assert folded[:3] == ["Plan:", f"  {path}", "  decides."]
    assert folded[-3:] == ["note:", f"  {path}", "  is for root only"]
    assert folded[4:-3] == report.plan_text(plan).splitlines()[2:-1]
    assert report.plan_text(plan, width=100) == report.plan_text(plan)


def test_a_command_that_is_told_stays_in_one_line() -> None:
    assert display.folded("`a b c d e f` adds them", 12) == ["`a b c d e f`", "  adds them"]


@given(st.lists(st.sampled_from("abc"), max_size=30), st.lists(st.sampled_from("abc"), max_size=30))
def test_it_is_the_diff_that_others_write(before: List[str], after: List[str]) -> None:
    old, new = ([f"# {word}" for word in words] for words in (before, after))
    change = Change("/e", "\n".join(old).encode(), "\n".join(new).encode(), kind=FileKind.ENV_FILE)
    theirs = list(difflib.unified_diff(old, new, "/e", "/e", lineterm=""))
    hidden = [line[:3] + "***" if line[1:2] == "#" else line for line in theirs]
    assert report.diff(change).split("\n")[2:] == hidden[2:]


FILES: Dict[str, Dict[str, Content]] = {
    "daemon-json": {DAEMON_JSON: Link("real"), "/etc/docker/real": '{"log-opts": {"splunk-token": "C4NARY"}}'},
    "client": {"/u/config.json": Link("abc"), "/u/abc": '{"auths": {"r": {"auth": "C4NARY"}}, "X": ["C4NARY"]}'},
    "systemd": {f"{DROP_IN}/http-proxy.conf": Link("/etc/real"), "/etc/real": drop_in("Environment=TOKEN=C4NARY")},
    "env-file": {
        f"{DROP_IN}/a.conf": drop_in("EnvironmentFile=/etc/a"),
        "/etc/a": Link("/etc/real.json"),
        "/etc/real.json": 'KEY="-----BEGIN\nC4NARY\n"\nHTTP_PROXY=http://old:1\n',
    },
}  # fmt: skip


@pytest.mark.parametrize("to", list(FILES))
@pytest.mark.parametrize("verb", [["set", PROXY], ["unset"]])
def test_what_a_file_is_does_not_hang_on_its_name(
    to: str, verb: List[str], run: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    grow(tmp_path, docker_files(FILES[to]))
    monkeypatch.setenv("DOCKER_CONFIG", "/u")
    where = ["--for", "client"] if to == "client" else ["--to", to] if verb[0] == "set" else []
    for more in ([], ["--format", "json"]):
        said = run(*verb, *where, "--dry-run", *more, "--root", str(tmp_path))
        assert said.code == 0, said.err
        assert (PROXY in said.out) == (verb[0] == "set")


def test_a_diff_obeys_nothing_that_it_shows(run: Command, tmp_path: Path) -> None:
    grow(tmp_path, docker_files({DAEMON_JSON: '{\n\t"log-driver": "\x7f\u202e",\n\t"proxies": {}\n}'}))
    words = ["set", PROXY, "--to", "daemon-json", "--dry-run", "--root", str(tmp_path)]
    assert ' \t"log-driver": "\\x7f\\u202e",\n' in run(*words).out
    assert '\t"log-driver": "\x7f\u202e",\n' in json.loads(run(*words, "--format", "json").out)["changes"][0]["diff"]
