"""Random lists and requests: our dialects must decide as the programs of this machine do, in a network of its own in
which only a proxy answers."""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys
from typing import Any, List, Mapping, NamedTuple

import pytest

from dockproxy import ProxySettings
from dockproxy.noproxy import DIALECTS
from tests.conftest import UNPACKED
from tests.harness import engines
from tests.oracles.conftest import Agreed
from tests.oracles.test_go_routes import question
from tests.oracles.test_python_clients import is_plain, linted

PROXY = "http://127.0.0.1:3128"
LISTS = 235
BUSYBOX = str(engines.CACHE / UNPACKED["busybox"])

# Names are not resolved there and nothing is routed, so that what does not reach the proxy fails. Each worker has a
# proxy of its own, to know which program asked. A connection counts: wget2 1.99 speaks TLS to the proxy for https.
ASKED_INSIDE = """
import concurrent.futures, http.server, json, os, subprocess, sys, tempfile, threading

class Proxy(http.server.BaseHTTPRequestHandler):
    def handle(self):
        self.server.seen.append(self.client_address)
        super().handle()
    def answer(self):
        self.send_error(502)
    do_GET = do_CONNECT = answer
    def log_message(self, *words):
        pass

class Worker:
    def __init__(self):
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
        self.server.seen = []
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.proxy = f"http://127.0.0.1:{self.server.server_port}"

    def ask(self, question):
        environment = {"PATH": os.environ["PATH"], "HOME": folder, "LANG": "C.UTF-8", "no_proxy": question["no"]}
        environment.update(dict.fromkeys(["http_proxy", "https_proxy"], self.proxy))
        return [self.reached([word.format(url=url, folder=folder) for word in asked["command"]], environment)
                for url in question["urls"]]

    def reached(self, command, environment):
        self.server.seen.clear()
        subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
        return bool(self.server.seen)

subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
asked, workers = json.load(sys.stdin), [Worker() for _ in range(3)]
with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(len(workers)) as pool:
    shares = [pool.submit(lambda worker, mine: [worker.ask(question) for question in mine], worker,
                          asked["questions"][number::len(workers)]) for number, worker in enumerate(workers)]
    shares = [share.result() for share in shares]
print(json.dumps([shares[n % len(workers)][n // len(workers)] for n in range(len(asked["questions"]))]))
"""


class Program(NamedTuple):
    """How a program is asked; ``{url}`` and ``{folder}`` are filled in."""

    dialect: str
    version: List[str]
    command: List[str]
    needs: str


PROGRAMS: Mapping[str, Program] = {
    "curl": Program(
        "curl", ["curl", "--version"],
        ["curl", "--silent", "--globoff", "--max-time", "5", "--output", "/dev/null", "{url}"], "curl",
    ),
    # git decides as the libcurl that it is linked with, which is of curl's own package.
    "git": Program("curl", ["curl", "--version"], ["git", "ls-remote", "{url}"], "git"),
    "wget": Program(
        "wget", ["wget", "--version"],
        ["wget", "--quiet", "--tries=1", "--timeout=5", "--output-document=/dev/null", "{url}"], "wget",
    ),
    "wget2": Program(
        "wget2", ["wget2", "--version"],
        ["wget2", "--quiet", "--no-config", "--no-hsts", "--tries=1", "--timeout=5",
         "--output-document=/dev/null", "{url}"],
        "wget2",
    ),
    "busybox": Program(
        "busybox-wget", [BUSYBOX, "--help"], [BUSYBOX, "wget", "-q", "-T", "5", "-O", "/dev/null", "{url}"], "busybox",
    ),
    "apt": Program(
        "apt", ["apt-get", "--version"],
        ["/usr/lib/apt/apt-helper", "-oAcquire::Retries=0", "-oAcquire::EnableSrvRecords=false",
         "-oAPT::Sandbox::User=root", "-oDir={folder}", "download-file", "{url}", "{folder}/got"],
        "apt-get",
    ),
}  # fmt: skip


def asked(command: List[str], questions: List[Any]) -> List[List[bool]]:
    """Whether the proxy was asked, for each URL of each question."""
    inside = ["unshare", "--net", sys.executable, "-c", ASKED_INSIDE]
    text = json.dumps({"command": command, "questions": questions})
    done = subprocess.run(inside, input=text, stdout=subprocess.PIPE, text=True, check=True)
    found: List[List[bool]] = json.loads(done.stdout)
    return found


def dialect_of(program: Program) -> str:
    """The one of the installed version, else of the program."""
    said = subprocess.run(program.version, stdout=subprocess.PIPE, text=True, check=True).stdout
    version = ".".join(next(word for word in said.split() if word[:1].isdigit()).split(".")[:2])
    return f"{program.dialect}-{version}" if f"{program.dialect}-{version}" in DIALECTS else program.dialect


def plain(url: str) -> str:
    """Without what some program refuses or does not send."""
    scheme, _, rest = url.partition("#")[0].replace(" ", "").partition("://")
    return f"{scheme.lower()}://{rest}"


@pytest.mark.real("curl", "unshare", root=True)
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.real(program.needs)) for name, program in PROGRAMS.items()]
)
def test_every_decision_is_the_programs(name: str, agreed: Agreed) -> None:
    program, rng = PROGRAMS[name], random.Random(1)
    dialect = dialect_of(program)
    questions = [(q.no_proxy, list(filter(is_plain, q.urls))) for q in (question(rng) for _ in range(LISTS))]
    questions += [(entry, list(filter(is_plain, urls))) for entry, urls in linted()]
    questions = [(no, [plain(url) for url in urls]) for no, urls in questions]
    if name == "apt":
        # It takes a query that follows the host for a part of that.
        questions = [(no, [re.sub(r"([^/])\?", r"\1/?", url) for url in urls]) for no, urls in questions]
    answers = asked(program.command, [{"no": no, "urls": urls} for no, urls in questions])
    wrong, count, direct = [], 0, 0
    for (no, urls), proxied in zip(questions, answers):
        settings = ProxySettings(PROXY, PROXY, no)
        for url, is_proxied in zip(urls, proxied):
            ours = settings.route(url, dialect).decision == "proxy"
            count, direct = count + 1, direct + (not is_proxied)
            wrong += [(no, url, is_proxied)] if ours != is_proxied else []
    assert not wrong, f"{len(wrong)} of {count} differ, such as {wrong[:5]}"
    assert count > 1000
    # BusyBox knows no list.
    assert name == "busybox" or 0 < direct < count
    agreed(count)
