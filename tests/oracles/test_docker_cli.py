"""The real docker CLI is asked which words are names of images, of what in its ``config.json`` it warns, and what it
gives to a container: an engine that only listens takes what it creates."""

from __future__ import annotations

import json
import random
import socketserver
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any, Dict, Iterator, List, Mapping, Optional, Tuple
from urllib.parse import parse_qs, urlsplit

import pytest

from dockproxy.formats import image_reference
from dockproxy.host import TreeHost
from dockproxy.model import CONTAINER_VARIABLES, VARIABLE_OF_NAME, Plan, Refusal, Value, value_of
from dockproxy.planner import plan_client
from dockproxy.resolve import precedence
from dockproxy.sources import client_config
from dockproxy.sources.endpoint import Client
from tests.harness import engines
from tests.unit.trees import grow

pytestmark = pytest.mark.real("docker")

HEX = "0123456789abcdef" * 8
PARTS = {
    "domain": ["", "docker.io/", "index.docker.io/", "localhost/", "ghcr.io/", "r.corp:5000/", "[::1]:5000/", "Upper/",
               "a..b/", "-a.b/", "a_b.c/", "http://x/", "r.corp:/", "[::g]/", "a.b:x/", "team/", "TEAM.corp/"],
    "path": ["alpine", "a/b", "a__b", "a___b", "a.-b", "a--b", "UPPER", "", "a/", "/a", "a b", HEX[:64],
             "a/" * 128 + "a", "café"],
    "tag": ["", ":1", ":v1.2-rc_3", ":", ":-a", ":" + "t" * 128, ":" + "t" * 129, ":a/b"],
    "digest": ["", f"@sha256:{HEX[:64]}", f"@sha256:{HEX[:63]}", f"@sha512:{HEX}", f"@md5:{HEX[:32]}", "@", "@sha256:",
               f"@SHA256:{HEX[:64]}", f"@sha256:{HEX[:64].upper()}"],
}  # fmt: skip


def references(count: int) -> List[str]:
    random.seed(28)
    plain = [part for parts in PARTS.values() for part in parts if part]
    return plain + ["".join(random.choice(parts) for parts in PARTS.values()) for _ in range(count)]


def is_taken(text: str) -> bool:
    try:
        image_reference.parse(text)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize("suite", engines.SUITES)
def test_what_is_a_reference_agrees_with_the_cli(suite: str) -> None:
    program = str((engines.tree(suite) or Path("/")) / "usr/bin/docker")

    def cli_takes(text: str) -> bool:
        command = [program, "--host=unix:///nonexistent", "pull", "--", text]
        said = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL).stderr
        return "onnect to the Docker daemon" in said

    asked = references(300)
    with ThreadPoolExecutor() as pool:
        answers = dict(zip(asked, pool.map(cli_takes, asked)))
    assert {text: is_taken(text) for text in asked} == answers
    assert 10 < sum(answers.values()) < len(answers) - 10


CONFIGURATIONS = (
    '{"proxies": {"http-proxy": "http://p:1"}}',
    '{"proxies": {"httpProxy": "http://p:1"}}',
    '{"proxies": {"httpProxy": null}}',
    '{"proxies": {"default": {"http-proxy": "http://p:1", "HTTP_PROXY": "http://p:1"}}}',
    '{"proxies": {"default": {"httpProxy": 5}}}',
    '{"proxies": {"tcp://other:2375": {"httpProxy": 5}}}',
    '{"proxies": {"tcp://other:2375": [], "default": {"httpProxy": "http://p:1"}}}',
    '{"proxies": {"default": {"HTTPProxy": true, "no-proxy": true}}}',
    '{"proxies": []}',
    '{"proxies": {"default": {"httpProxy": "http://p:1"}}}',
    "[]",
)


@pytest.mark.parametrize("suite", engines.SUITES)
@pytest.mark.parametrize("content", CONFIGURATIONS)
def test_what_the_cli_warns_of_is_reported(content: str, suite: str, tmp_path: Path) -> None:
    program = str((engines.tree(suite) or Path("/")) / "usr/bin/docker")
    tmp_path.joinpath("config.json").write_text(content)
    command = [program, f"--config={tmp_path}", "--host=unix:///nonexistent", "ps"]
    said = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL).stderr
    read = client_config.read(TreeHost(str(tmp_path)), "/config.json", "unix:///nonexistent")
    kinds = {defect.kind for defect in read.defects}
    assert ("WARNING: Error" in said) == bool(kinds & {"client-value-ignored", "client-config-invalid"}), said


class Listener(BaseHTTPRequestHandler):
    """As much of an engine as ``docker create`` asks for."""

    server: Engine

    def address_string(self) -> str:
        return ""

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        self.answer({})

    def do_HEAD(self) -> None:
        self.answer({})

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        name = parse_qs(urlsplit(self.path).query)["name"][0]
        block = dict(line.split("=", 1) for line in asked.get("Env") or ())
        self.server.given[name] = {VARIABLE_OF_NAME[key]: value for key, value in block.items() if key.isupper()}
        self.answer({"Id": "a" * 64, "Warnings": []}, 201)

    def answer(self, body: Any, code: int = 200) -> None:
        data = json.dumps(body).encode()
        self.send_response(code)
        self.send_header("Api-Version", "1.41")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data if self.command != "HEAD" else b"")


class Engine(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """An engine that notes what each container would be given."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, path: str) -> None:
        self.given: Dict[str, Dict[str, str]] = {}
        self.host = f"unix://{path}"
        super().__init__(path, Listener)


@contextmanager
def listening(path: Path) -> Iterator[Engine]:
    with Engine(str(path)) as engine:
        thread = threading.Thread(target=engine.serve_forever)
        thread.start()
        try:
            yield engine
        finally:
            engine.shutdown()
            thread.join()


SPELLINGS: Mapping[str, List[str]] = {
    "proxies": ["proxies", "proxies", "Proxies", "PROXIES", "proxie\u017f", "proxy"],
    "fields": ["httpProxy", "httpProxy", "HTTPPROXY", "httpproxy", "httpsProxy", "HTTPSProxy", "http\u017fProxy",
               "noProxy", "NoProxy", "ftpProxy", "allProxy", "ALLPROXY", "http-proxy", "unknown"],
    "values": ['""', '""', "null", "null", "5", "true", "[]", '{"httpProxy": "http://deep:1"}'],
}  # fmt: skip


def configuration(host: str) -> str:
    """A text in which keys stand twice, in any case, with values of any kind."""
    numbers = iter(range(1, 1000))

    def pairs(keys: List[str], most: int, value: Any, other: float) -> str:
        chosen = [random.choice(keys) for _ in range(random.randint(0, most))]
        return "{" + ", ".join(f"{json.dumps(key)}: {_value(value, other)}" for key in chosen) + "}"

    def _value(value: Any, other: float) -> str:
        return random.choice(SPELLINGS["values"]) if random.random() < other else str(value())

    def entry() -> str:
        return pairs(SPELLINGS["fields"], 4, lambda: f'"http://p{next(numbers)}:1"', 0.3)

    def proxies() -> str:
        return pairs([host, "default", "default", "Default", "tcp://x:1"], 3, entry, 0.15)

    return pairs(SPELLINGS["proxies"], 4, proxies, 0.15)


REVIEWED = (
    '{"proxies": {"default": {"httpProxy": "http://d:1"}}, "proxies": {"tcp://x:1": {}}}',
    '{"Proxies": {"HOST": {"httpProxy": "http://s:1"}}, "proxies": {"default": {"httpProxy": "http://d:1"}}}',
    '{"proxies": {"default": {"httpProxy": "http://d:1", "httpProxy": ""}}}',
    '{"proxies": {"default": {"httpProxy": "http://d:1", "HTTPPROXY": ""}}}',
    '{"proxies": {"default": {"httpProxy": "http://d:1"}}, "Proxies": null}',
    '{"proxies": {"default": {"httpProxy": "http://d:1"}, "default": null}}',
    '{"proxies": {"default": {"httpProxy": "http://d:1", "httpProxy": null}}}',
)
CREATED = 500
INTENTS: Tuple[Mapping[str, Optional[Value]], ...] = (
    dict.fromkeys(CONTAINER_VARIABLES),
    {"http-proxy": value_of("http-proxy", "http://new:1")},
    {"http-proxy": None, "no-proxy": ".corp"},
)
PATH = "/.docker/config.json"
PROGRAM = "/usr/bin/docker"


def cli_version(program: str) -> str:
    return (
        subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout.split()[2].strip(",")
    )


@pytest.mark.parametrize("suite", engines.SUITES)
def test_what_a_container_is_given_is_what_the_cli_makes_of_the_file(suite: str, tmp_path: Path) -> None:
    random.seed(CREATED)
    program = str((engines.tree(suite) or Path("/")) / PROGRAM[1:])
    status = f"Package: docker.io\nStatus: install ok installed\nVersion: {cli_version(program)}\n"
    with listening(tmp_path / "engine.sock") as engine:

        def place(number: int, text: str) -> Path:
            return grow(tmp_path / str(number), {PATH: text, "/var/lib/dpkg/status": status})

        def plan(number: int, intent: Mapping[str, Optional[Value]]) -> Optional[Plan]:
            root = tmp_path / str(number)
            client = Client("joe", root.stat().st_uid, root.stat().st_gid, "/.docker", {})
            try:
                return plan_client(TreeHost(str(root)), client, engine.host, intent)
            except Refusal as refusal:
                if "is not an object" not in str(refusal):
                    raise
                return None

        def cli_gives(number: int) -> Tuple[Dict[str, str], bool]:
            config = tmp_path / str(number) / ".docker"
            words = [f"--config={config}", f"--host={engine.host}", "create", f"--name=n{number}", "img"]
            done = subprocess.run([program, *words], capture_output=True, text=True, stdin=subprocess.DEVNULL)
            return engine.given[f"n{number}"], "WARNING: Error" in done.stderr

        def is_read(number: int) -> Tuple[Dict[str, str], bool]:
            reading = client_config.read(TreeHost(str(tmp_path / str(number))), PATH, engine.host)
            effective = precedence.container(reading)
            is_warned = any(defect.kind == "client-value-ignored" for defect in reading.defects)
            return {variable: e.text for variable, e in effective.items() if e.text}, is_warned

        texts = [text.replace("HOST", engine.host) for text in REVIEWED]
        texts += [configuration(engine.host) for _ in range(CREATED)]
        for number, text in enumerate(texts):
            place(number, text)
        planned = [plan(number, intent) for number in range(len(texts)) for intent in INTENTS]
        edited = [made.changes[0].after for made in planned if made is not None and made.changes]
        texts += [data.decode() for data in edited[:: len(edited) // CREATED + 1] if data is not None]
        for number, text in enumerate(texts):
            place(number, text)
        with ThreadPoolExecutor() as pool:
            answers = dict(zip(range(len(texts)), pool.map(cli_gives, range(len(texts)))))
    assert {texts[n]: answer for n, answer in answers.items()} == {texts[n]: is_read(n) for n in answers}
    assert len(texts) > 1.5 * CREATED
    assert sum(made is None for made in planned) < len(planned) / 4
    assert len(texts) / 4 < sum(bool(given) for given, _ in answers.values()) < len(texts)
