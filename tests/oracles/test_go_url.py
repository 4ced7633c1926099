"""Hand-picked and random proxy URLs: our reader must take each apart as the real Go does.

--record, or DOCKPROXY_RECORD=1, writes the answers into tests/vectors. The first run compiles Go's library, a minute.
"""

from __future__ import annotations

import os
import random
from typing import Dict, List

import pytest

from tests.harness import go_oracle
from tests.harness.go_oracle import VECTORS, Speaker
from tests.oracles.conftest import Agreed

pytestmark = pytest.mark.real("go")

SEEDS = [int(s) for s in os.environ.get("DOCKPROXY_SEEDS", "1").split(",")]
COUNT = 900

PICKED = [
    "", "*", "/", "//", "///", "////", "?", "#", ":", "@", "http:", "http:/", "http://", "http:///", "http:////x",
    "http://proxy.corp:3128", "http://proxy.corp:3128/", "HTTP://Proxy.Corp:3128", "proxy.corp:3128", "proxy.corp",
    "proxy:3128/path", "10.0.0.1:3128", "10.0.0.1", "[::1]:3128", "::1", "http://::1:3128", "http://2001:db8::1:3128",
    "http://[2001:db8::1]:3128", "http://[2001:db8::1]", "http://[::1", "http://::1]", "http://[::1]x", "http://[]",
    "http://[::1]:", "http://[::ffff:10.0.0.1]:1", "http://[10.0.0.1]:1", "http://[fe80::1%25eth0]:1",
    "http://[fe80::1%eth0]", "http://[fe80::1%25]", "http://[fe80::1%25%41]", "http://[fe80::1%25a%20b]",
    "http://[v1.a]", "http://[::1]]:1", "http://[[::1]]:1", "http://a[::1]:1", "http://[::1%2525]",
    "http://[::1%25a%25b]", "http://[%31::]", "socks5://h:1080", "socks5h://h:1080", "socks4://h", "ftp://h",
    "foo://h", "http+unix://h", "1http://h", "h-t.t+p://h", "http:proxy:3128", "http:/proxy:3128", "http//proxy:3128",
    "http;//proxy", "htp:/proxy", "https:proxy", "localhost:", "http://http://proxy:3128",
    "http://https://proxy:3128", "https://http:/proxy:3128", "http://proxy:3128:3128", "http://proxy:",
    "http://proxy:port", "http://proxy:99999", "http://proxy:-1", "http://proxy:٣", "http://:3128", ":3128",
    "http://proxy:3128?", "http://proxy:3128?a=b", "http://proxy:3128#f", "http://proxy#", "http://proxy/#",
    "http://p?#", "http://proxy:3128/?", "http://proxy:3128/a?b?c#d#e", "http://proxy/??", "http://proxy/a%2Fb",
    "http://proxy/a b", "http://proxy/%2A", "http://proxy/*", "*?", "*#x", "%2A", "/%2A", "a%3Ab", "a%3Ab^", "./a:b",
    "a/b:c", "x%3ay/^", "http://alice:C4NARY@proxy:3128", "http://alice@proxy:3128", "http://alice:@proxy:3128",
    "http://:C4NARY@proxy:3128", "http://@proxy:3128", "http://:@proxy", "alice:C4NARY@proxy:3128",
    "alice@proxy:3128", "http:alice:C4NARY@proxy", "http://corp\\alice:C4NARY@proxy",
    "http://corp%5Calice:C4NARY@proxy:3128", "http://alice:C4@NARY@proxy:3128", "http://alice@corp:C4NARY@proxy:3128",
    "http://alice:C4%40NARY@proxy", "http://alice:C4:NARY@proxy", "http://a:b%3ac@p",
    "http://alice:C4/NARY@proxy:3128", "http://alice:C4?NARY@proxy:3128", "http://alice:C4#NARY@proxy:3128",
    "http://a:1/2@p", "http://alice:C4%NARY@proxy", "http://alice:C4%zz@proxy", "http://alice:C4%@proxy",
    "http://alice:C4%4@proxy", "http://alice:C4 NARY@proxy", "http://alice:C4\tNARY@proxy",
    "http://alice:C4[NARY@proxy", "http://alice:C4^NARY@proxy", "http://alice:C4é@proxy", "http://alicé:C4@proxy",
    "http://alice:C4%C3%A9@proxy", "http://alice:C4%ff@proxy", "http://alice:C4\udcff@proxy",
    "http://alice:%00@proxy", "http://alice:%0A@proxy", "http://a:!$&'()*+,;=-._~@p", "http://a:\"@p",
    "http://a:<>@p", "http://a:`@p", "http://a:{}|@p", "http://a:%%40@p", "http://a:%2540@p", "http://proxy%41",
    "http://proxy%25", "http://proxy%C3%A9", "http://proxy%c3%a9:1", "http://prüxy:1", "http://p\udcff",
    "http://proxy name", "http://proxy\\x", "http://proxy<>\"", "http://proxy^", "http://proxy|x", "http://(p)",
    "http://a,b:1", " http://proxy", "http://proxy ", "\"http://proxy\"", "'http://proxy'", "http://proxy\n", "\x7f",
    "http://p/\x01", "\ufeffhttp://proxy", "http://proxy/%", "http://proxy/%zz", "/%zz", "http://proxy?%zz",
    "http://proxy#%zz", "#%zz", "http:///path", "http:?q", "http:#f", "mailto:a@b", "http:a@b", "http:%zz",
    "http:/%2Fx", "http:/%2Fx^", "http:/.//x", "//proxy:3128", "//alice:C4NARY@proxy:3128", "///proxy", "/proxy",
    "http://proxy/a^b", "http://p/[x]", "http://p/a%zz", "http://p#a b", "http://p#a%20b", "http://p#'\"<>",
    "http://p#!()*", "http://p#[^]", "http://p#a?b/c:d@e", "http://p/;,:@&=+$", "http://p/é", "http://p/\udcff",
    "http://p?é \"", "http://p#é", "http://p.:1", "http://.", "http://-", "http://a..b",
    "http://xn--bcher-kva.example:1", "http://[::1]@p", "http://a:[b]@p", "http://a:b@[::1]:1", "http://a@b@c@d",
    "http://a:b@", "http://a:b@:1", "a:b@c", "a:1@c", "a.b:1@c", "1:2@c", "_:x", "a_b:1", "a-b:1", "-a:1", "é:1",
    "http://%5B::1%5D", "http://a%3Ab", "1:2:3:4::5:6:7", "1:2:3:4:5:6:7::", "::1:2:3:4:5:6:7", "1:2:3:4::5:6:7:8",
    "1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5::1.2.3.4", "1:2:3:4:5:6:7:1.2.3.4", "1.2.3.4::", "1.2.3.4:5:6:7:8:9:10",
    "::1.2.3.4:5", ":::", "::1::", "1:::2", "0::0", "fe80::1%25",
]  # fmt: skip

SCHEMES = [
    "http://",
    "https://",
    "HTTP://",
    "socks5://",
    "socks5h://",
    "ftp://",
    "http:/",
    "http:",
    "//",
    "",
    "",
    "x.y+1-z://",
]
WORDS = [
    "alice",
    "C4NARY",
    "proxy",
    "proxy.corp",
    "10.0.0.1",
    "::1",
    "[::1]",
    "[fe80::1%25e]",
    "3128",
    "b",
    "é",
    "http",
]
MARKS = [
    *"!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~ ",
    "%40",
    "%zz",
    "%2f",
    "%25",
    "%C3%A9",
    "%ff",
    "%5B",
    "%41",
    "\t",
    "\x7f",
    "\udcff",
]
ADDRESSES = ["::1", "fe80::1%25", "1:2:3:4:5:6:7:8", "::ffff:1.2.3.4", "1::2::3", "::", "g::"]


def noise(rng: random.Random, most: int, marks: float = 0.5) -> str:
    return "".join(rng.choice(MARKS if rng.random() < marks else WORDS) for _ in range(rng.randint(0, most)))


def question(rng: random.Random) -> str:
    """Mostly URLs with one thing wrong; some that are nothing at all."""
    kind = rng.random()
    if kind < 0.15:
        return noise(rng, 6)
    user = rng.choice(
        ["", "", "alice@", "alice:C4NARY@", f"{noise(rng, 2)}:{noise(rng, 3)}@", f"{noise(rng, 3, 0.8)}@"]
    )
    host = rng.choice(["proxy", "proxy.corp", "10.0.0.1", "[::1]", "[2001:db8::1]", "::1", "", noise(rng, 2)])
    if kind < 0.4:
        host = f"[{rng.choice(ADDRESSES)}{noise(rng, 1)}]"
    port = rng.choice(["", ":3128", ":", ":80:80", f":{noise(rng, 1)}"])
    rest = rng.choice(
        ["", "", "/", "?", "#", f"/{noise(rng, 3)}", f"?{noise(rng, 2)}", f"#{noise(rng, 2)}", noise(rng, 2)]
    )
    return rng.choice(SCHEMES) + user + host + port + rest


PREFIXES = [
    "0",
    "8",
    "24",
    "32",
    "33",
    "96",
    "104",
    "128",
    "129",
    "008",
    "0008",
    "9" * 40,
    "",
    "-1",
    "8x",
    "٣",
]


def address(rng: random.Random) -> str:
    """An IP address, mostly with one thing wrong."""
    four = ".".join(rng.choice(["0", "1", "10", "127", "255", "256", "01", "1000", "", "x"]) for _ in range(4))
    four = rng.choice(["10.0.0.1", "255.255.255.255", four, four + ".1", four[2:]])
    groups = [
        rng.choice(["0", "1", "ffff", "2001", "db8", "FE80", "12345", "g"][: rng.choice([6, 6, 8])]) for _ in range(9)
    ]
    end = rng.choice([[], [], [four]])
    count = rng.choice([6, 8]) - 2 * len(end) if rng.random() < 0.5 else rng.randint(0, 9)
    words = groups[:count] + end
    if rng.random() < 0.6:
        words.insert(rng.randint(0, len(words)), "")
    text = ":".join(words)
    text = rng.choice([four, *[text.replace("::", ":", rng.choice([0, 0, 1]))] * 4])
    text = f":{text}" if text.startswith(":") and rng.random() < 0.8 else text
    text = f"{text}:" if text.endswith(":") and rng.random() < 0.8 else text
    return text + rng.choice(["", "", "", "%eth0", "%", "%25", ":", "::"])


def network(rng: random.Random) -> str:
    return f"{address(rng)}/{rng.choice(PREFIXES)}"


def host_and_port(rng: random.Random) -> str:
    return "".join(rng.choice(["[", "]", ":", ":", "a", "80", "::1", "[::1]", ""]) for _ in range(rng.randint(1, 5)))


def questions(seed: int) -> List[str]:
    rng = random.Random(seed)
    return list(
        dict.fromkeys(
            [
                *PICKED,
                *(question(rng) for _ in range(COUNT)),
                *(make(rng) for make in (address, network, host_and_port) for _ in range(COUNT // 4)),
            ]
        )
    )


@pytest.fixture(scope="module")
def speakers(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Dict[str, Speaker]:
    return go_oracle.speakers(request, tmp_path_factory)


@pytest.mark.parametrize("seed", SEEDS)
def test_go_reads_proxy_urls_as_we_do(
    seed: int, speakers: Dict[str, Speaker], request: pytest.FixtureRequest, agreed: Agreed
) -> None:
    raws = questions(seed)
    answers = {d: go_oracle.ask(program, raws, go.godebug) for d, (go, program) in speakers.items()}
    wrong = [line for d, said in answers.items() for line in go_oracle.differences(raws, d, said)]
    if seed == SEEDS[0] and (request.config.getoption("--record") or os.environ.get("DOCKPROXY_RECORD")):
        versions = {d: go.version for d, (go, _) in speakers.items()}
        VECTORS.write_text(go_oracle.recorded(versions, raws, answers), encoding="utf-8")
    assert not wrong, f"{len(wrong)} of {len(raws) * len(answers)} differ, such as\n" + "\n".join(wrong[:20])
    agreed(len(raws) * len(answers))
