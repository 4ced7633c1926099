"""Random lists and requests: our resolver must decide as the real Go does, in each of its dialects."""

from __future__ import annotations

import json
import os
import random
import unicodedata
from pathlib import Path
from typing import Dict, List

import pytest

from dockproxy.noproxy import idna, lint
from dockproxy.noproxy.go import Config, Resolver
from dockproxy.resolve import targets
from dockproxy.secret import go_netip, go_url
from tests.harness import go_oracle, go_routes
from tests.harness.go_oracle import Speaker
from tests.harness.go_routes import REFUSED, Question
from tests.oracles.conftest import Agreed

pytestmark = pytest.mark.real("go")

SEEDS = [int(s) for s in os.environ.get("DOCKPROXY_SEEDS", "1").split(",")]
LISTS, REQUESTS, AT_LEAST = 5200, 10, 50000
"""Some lists and requests are drawn twice: that many questions differ from each other."""

NAMES, RECORDED = Path(__file__).resolve().parents[1] / "vectors" / "go_names.jsonl", 2000
"""Where names are written for the tests that have no Go to ask, and how many."""

LABELS = [
    "a",
    "b",
    "www",
    "x-1",
    "corp",
    "CORP",
    "internal",
    "com",
    "registry",
    "bücher",
    "xn--bcher-kva",
    "中文",
    "1",
    "a_b",
]
ADDRESSES = [
    "10.1.2.3",
    "10.1.2.4",
    "127.0.0.1",
    "127.8.9.1",
    "192.168.0.1",
    "010.1.2.3",
    "1.2.3",
    "256.1.1.1",
    "0.0.0.0",
]
ADDRESSES_6 = ["::1", "fd00::1", "FD00::1", "fd00:0:0::1", "::ffff:10.1.2.3", "fe80::1%25eth0", "fe80::1", "::"]
PORTS = ["", "", "", ":80", ":443", ":5000", ":0443", ":"]
PROXIES = [
    "http://proxy:3128",
    "proxy:3128",
    "https://u:p%40@proxy",
    "socks5://h:1",
    "socks5h://h",
    "",
    "http://u:%zz@p",
    "foo://x",
    " p",
]
PREFIXES = ["/8", "/0", "/24", "/32", "/33", "/08", "/64", "/128", "/x"]


def name(rng: random.Random) -> str:
    return ".".join(rng.choice(LABELS) for _ in range(rng.randint(1, 4))) + rng.choice(["", "", "", "."])


def host(rng: random.Random) -> str:
    kind = rng.random()
    if kind < 0.6:
        return name(rng)
    return rng.choice(ADDRESSES) if kind < 0.8 else f"[{rng.choice(ADDRESSES_6)}]" if kind < 0.95 else "localhost"


def request(rng: random.Random) -> str:
    scheme = rng.choice(["https", "https", "https", "http", "HTTPS", "ftp", "wss", ""])
    path = rng.choice(["", "/", "/v2/", "/a b", "?q=1", "/%2f", "#f", "/é"])
    return f"{scheme}://{rng.choice(['', '', '', 'u:p@'])}{host(rng)}{rng.choice(PORTS)}{path}"


def entry(rng: random.Random, urls: List[str]) -> str:
    """One that has to do with a request, in most cases."""
    kind = rng.random()
    if kind < 0.5:
        asked = rng.choice(urls).partition("://")[2].partition("/")[0].rpartition("@")[2]
        labels = asked.split(".")
        text = ".".join(labels[rng.randint(0, len(labels) - 1) :])
        text = rng.choice(["", "", ".", "*.", "..", "*"]) + text
    elif kind < 0.75:
        address = rng.choice([*ADDRESSES, *ADDRESSES_6, *(f"[{a}]" for a in ADDRESSES_6)])
        text = address + rng.choice(["", *PREFIXES, *PORTS])
    else:
        text = rng.choice(
            ["", "*", ".", "*.", "://", "http://corp", "a b", "'corp'", ":80", "corp:*", "é", "1", "[corp]"]
        )
        text = name(rng) + rng.choice(PORTS) if rng.random() < 0.5 else text
    return rng.choice(["", "", "", " ", "\t"]) + text + rng.choice(["", "", "", " "])


def question(rng: random.Random) -> Question:
    urls = [request(rng) for _ in range(REQUESTS)]
    entries = [entry(rng, urls) for _ in range(rng.randint(0, 6))]
    if rng.random() < 0.8:
        entries = [e for e in entries if e.strip() != "*"]
    proxies = [rng.choice(PROXIES) if rng.random() < 0.3 else PROXIES[0] for _ in range(2)]
    return Question(proxies[0], proxies[1], ",".join(entries), urls, rng.random() < 0.1)


def ours(asked: Question, dialect: str) -> List[object]:
    resolver = Resolver(Config(asked.http_proxy, asked.https_proxy, asked.no_proxy, asked.cgi), dialect)

    def decide(url: str) -> object:
        try:
            return resolver.decide(url).proxy
        except go_url.GoURLError:
            return REFUSED

    return [decide(url) for url in asked.urls]


@pytest.fixture(scope="module")
def speakers(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Dict[str, Speaker]:
    return go_oracle.speakers(request, tmp_path_factory, go_routes.SOURCE)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_decision_is_gos(seed: int, speakers: Dict[str, Speaker], agreed: Agreed) -> None:
    rng = random.Random(seed)
    questions = [question(rng) for _ in range(LISTS)]
    count = len({(*asked._replace(urls=()), url) for asked in questions for url in asked.urls})
    wrong, direct = [], 0
    for dialect, (go, program) in speakers.items():
        for asked, said in zip(questions, go_routes.routes(program, questions, go.godebug)):
            direct += sum(answer is None for answer in said)
            wrong += [
                f"{dialect} {asked._replace(urls=[])} {url}\n  go:   {answer}\n  ours: {our}"
                for url, answer, our in zip(asked.urls, said, ours(asked, dialect))
                if answer != our
            ]
    answers = LISTS * REQUESTS * len(speakers)
    assert not wrong, f"{len(wrong)} of {answers} answers differ, such as\n" + "\n".join(wrong[:10])
    assert answers / 5 < direct < answers * 4 / 5, "the questions say too little"
    assert count >= AT_LEAST
    agreed(count)


FOLDED = ["ΒΌΛΟΣ", "βόλοσ", "βόλος", "İstanbul.com", "istanbul.com", "i̇stanbul.com", "ΑΣ.corp", "ß.corp"]
BLANKS = ["\x1c", "\x1f", "\x85", "\xa0", "\u1680", "\u2003", "\u200b", "\u2028", "\u3000", "\ufeff", "\v", "\f"]


def test_entries_lose_their_case_and_blanks_as_gos_do(speakers: Dict[str, Speaker], agreed: Agreed) -> None:
    urls = [f"http://{name}/" for name in (*FOLDED, "a.com")]
    lists = [*FOLDED, *(f"{blank}a.com{blank}" for blank in BLANKS)]
    questions = [Question(PROXIES[0], PROXIES[0], text, urls, False) for text in lists]
    for dialect, (go, program) in speakers.items():
        for asked, said in zip(questions, go_routes.routes(program, questions, go.godebug)):
            assert ours(asked, dialect) == said, (dialect, asked.no_proxy)
    agreed(len(lists) * len(urls))


def test_what_is_refused_as_a_host_is_no_name_to_go(speakers: Dict[str, Speaker], agreed: Agreed) -> None:
    rng = random.Random(SEEDS[0])
    labels = ["a", "corp", "a-b", "a_b", "1a", "_a", "", "-", "-a", "a-", "a" * 63, "a" * 64, *["b" * 60] * 3]
    labels += ["1", "1", "300", "a,b", '"a"', "<a>", "a~"]
    hosts = [".".join(rng.choice(labels) for _ in range(rng.randint(1, 6))) for _ in range(2000)]
    hosts = [host + rng.choice(["", "", "."]) for host in dict.fromkeys(hosts)]
    # With a dot at its end the longest name is one too long for Go 1.19 alone.
    hosts = [host for host in hosts if len(host) != targets.MAX_NAME + 1]
    hosts += [".".join(rng.choice(["1", "300", "a"]) for _ in range(rng.randint(1, 5))) for _ in range(300)]
    # An address is none either, and yet a host.
    hosts = [host for host in hosts if go_netip.parse_addr(host) is None]

    def is_refused(host: str) -> bool:
        try:
            targets.read(f"https://{host}/")
        except ValueError:
            return True
        return False

    ours = [not is_refused(host) for host in hosts]
    for go, program in speakers.values():
        said = go_routes.looked_up(program, hosts)
        assert [host for host, is_name, our in zip(hosts, said, ours) if is_name != our] == [], go.version
    assert len(hosts) / 20 < sum(ours) < len(hosts) * 9 / 10
    agreed(len(hosts))


LINTED = [
    *(f"{before}{name}{after}" for name in ("corp", "a.corp", "localhost", "10.1.2.3", "127.0.0.1", "2.3", "10.1.2.300")
      for before in ("", ".", "*.") for after in ("", ":443", ":5000", ".")),
    "fd00::1", "::1", "[::1]:5000", "127.0.0.0/8", "10.1.2.3/32", "::ffff:10.1.2.3",
]  # fmt: skip
NEAR = [
    "corp", "a.corp", "x.a.corp", "xa.corp", "localhost", "x.localhost", "xlocalhost", "10.1.2.3", "110.1.2.3",
    "10.1.2.4", "127.0.0.1", "127.9.9.9", "[::1]", "[fd00::1]", "[::ffff:10.1.2.3]", "0.0.0.0", "corp.", "localhost.",
]  # fmt: skip


def test_what_lint_says_of_entries_is_so_to_go(speakers: Dict[str, Speaker], agreed: Agreed) -> None:
    """The spelling that is the same decides alike, and what is wrong or not needed decides nothing."""
    urls = [f"{s}://{h}{p}/" for s in ("http", "https") for h in NEAR for p in ("", ":80", ":443", ":4999", ":5000")]
    count = 0
    for dialect, (go, program) in speakers.items():
        pairs = []
        for text in LINTED:
            (advice,) = lint.each(text, dialect)
            pairs += [(text, "")] if advice.wrong or advice.covered else []
            pairs += [(text, advice.same)] if advice.same is not None and not advice.wrong else []
        questions = [Question(PROXIES[0], PROXIES[0], text, urls) for pair in pairs for text in pair]
        said = go_routes.routes(program, questions, go.godebug)
        assert [pair for pair, one, other in zip(pairs, said[::2], said[1::2]) if one != other] == [], dialect
        count += len(pairs) * len(urls)
    agreed(count)


CHARACTERS = [
    *"abZ09-_/ ", "--", "ä", "Ö", "ß", "é", "e\u0301", "ñ", "ς", "σ", "Σ", "ж", "Ж", "中", "日本", "한", "ก", "क",
    "\u093f", "\u094d", "\u200d", "\u05d0", "\u05d1", "\u0634", "\u0639", "\u0663", "\u0301", "\uff0e", "\u3002",
    "\uff21", "\uff11", "ﬁ", "xn--", "xn--mnchen-3ya", "xn--e1afmkfd", "½", "①", "™", "😀", "\u00ad", "İ", "\u0131",
    "ẖ", "ǅ", "·", "㍿",
]  # fmt: skip


@pytest.mark.parametrize("seed", SEEDS)
def test_names_are_spelt_as_go_spells_them(
    seed: int, speakers: Dict[str, Speaker], request: pytest.FixtureRequest, agreed: Agreed
) -> None:
    rng = random.Random(seed)

    def label() -> str:
        return "".join(rng.choice(CHARACTERS) for _ in range(rng.randint(0, 5)))

    hosts = [".".join(label() for _ in range(rng.randint(1, 3))) for _ in range(10000)]
    hosts += [f"a{chr(code)}b" for code in range(0x80, 0x2FFF) if unicodedata.category(chr(code)) != "Cn"]
    hosts = [host for host in dict.fromkeys(hosts) if not host.isascii()]
    said = go_routes.names(speakers["go"][1], hosts)
    wrong = [(host, answer, idna.lookup(host)) for host, answer in zip(hosts, said) if answer != idna.lookup(host)]
    assert wrong == []
    assert sum(answer is not None for answer in said) > len(hosts) / 5
    if request.config.getoption("--record") and seed == SEEDS[0]:
        rows = [{"name": host, "ascii": answer} for host, answer in zip(hosts, said)][:: len(hosts) // RECORDED]
        lines = [{"program": "go", "version": speakers["go"][0].version}, *rows]
        NAMES.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    agreed(len(hosts))
