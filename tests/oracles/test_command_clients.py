"""Random lists and requests: our dialects must decide as the curl and wget of this machine do, in a network of its own
in which only a proxy answers."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from typing import Any, List, Mapping

import pytest

from dockproxy import ProxySettings
from dockproxy.noproxy import DIALECTS
from tests.oracles.conftest import Agreed
from tests.oracles.test_go_routes import question
from tests.oracles.test_python_clients import is_plain

PROXY = "http://127.0.0.1:3128"
LISTS = 250

# Names are not resolved there and nothing is routed, so that what does not reach the proxy fails.
ASKED_INSIDE = """
import http.server, json, os, subprocess, sys, threading

seen = []

class Proxy(http.server.BaseHTTPRequestHandler):
    def answer(self):
        seen.append(self.path)
        self.send_error(502)
    do_GET = do_CONNECT = answer
    def log_message(self, *words):
        pass

subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
server = http.server.ThreadingHTTPServer(("127.0.0.1", 3128), Proxy)
threading.Thread(target=server.serve_forever, daemon=True).start()
answers, asked = [], json.load(sys.stdin)
for question in asked["questions"]:
    environment = {"PATH": os.environ["PATH"], "no_proxy": question["no"]}
    environment.update(dict.fromkeys(["http_proxy", "https_proxy"], asked["proxy"]))
    answer = []
    for url in question["urls"]:
        seen.clear()
        subprocess.run([*asked["command"], url], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        answer.append(bool(seen))
    answers.append(answer)
print(json.dumps(answers))
"""

COMMANDS: Mapping[str, List[str]] = {
    "curl": ["curl", "--silent", "--globoff", "--max-time", "5", "--output", "/dev/null"],
    "wget": ["wget", "--quiet", "--tries=1", "--timeout=5", "--output-document=/dev/null"],
}


def asked(command: List[str], questions: List[Any]) -> List[List[bool]]:
    """Whether the proxy was asked, for each URL of each question."""
    inside = ["unshare", "--net", sys.executable, "-c", ASKED_INSIDE]
    text = json.dumps({"proxy": PROXY, "command": command, "questions": questions})
    done = subprocess.run(inside, input=text, stdout=subprocess.PIPE, text=True, check=True)
    found: List[List[bool]] = json.loads(done.stdout)
    return found


def dialect_of(program: str) -> str:
    """The one of the installed version, else of the program."""
    said = subprocess.run([program, "--version"], stdout=subprocess.PIPE, text=True, check=True).stdout
    version = ".".join(next(word for word in said.split() if word[:1].isdigit()).split(".")[:2])
    return f"{program}-{version}" if f"{program}-{version}" in DIALECTS else program


@pytest.mark.real("curl", "wget", "unshare", root=True)
@pytest.mark.parametrize("program", list(COMMANDS))
def test_every_decision_is_the_programs(program: str, agreed: Agreed) -> None:
    dialect, rng = dialect_of(program), random.Random(1)
    questions = [(q.no_proxy, list(filter(is_plain, q.urls))) for q in (question(rng) for _ in range(LISTS))]
    questions = [(no, [url.partition("#")[0].replace(" ", "") for url in urls]) for no, urls in questions]
    answers = asked(COMMANDS[program], [{"no": no, "urls": urls} for no, urls in questions])
    wrong, count, direct = [], 0, 0
    for (no, urls), proxied in zip(questions, answers):
        settings = ProxySettings(PROXY, PROXY, no)
        for url, is_proxied in zip(urls, proxied):
            ours = settings.route(url, dialect).decision == "proxy"
            count, direct = count + 1, direct + (not is_proxied)
            wrong += [(no, url, is_proxied)] if ours != is_proxied else []
    assert not wrong, f"{len(wrong)} of {count} differ, such as {wrong[:5]}"
    assert count > 1000
    assert 0 < direct < count
    agreed(count)
