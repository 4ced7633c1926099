"""Decisions per second with lists of 10, 1,000 and 100,000 entries: this resolver, Go's own, urllib.request, requests.

Everybody is asked the same URLs under the same list, in one run; Go parses the URL anew for each decision, as we do.
urllib and requests read the variable anew each time: that is what their callers wait for. A second table has what a
list of a megabyte takes, however it looks. Nothing asserts on them.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
import tracemalloc
import urllib.request
from functools import partial
from pathlib import Path
from typing import Callable, Dict, List, Optional
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.harness import go_oracle

from dockproxy.noproxy import entries as no_proxy_entries
from dockproxy.noproxy.go import Config, Resolver

SIZES = (10, 1_000, 100_000)
PROXY = "http://proxy.corp:3128"
URLS = (
    "https://registry-1.docker.io/v2/",
    "https://a.b.team7.corp/v2/",
    "https://10.0.7.9:5000/v2/",
    "https://host5.example.com/",
    "https://production.cloudflare.docker.com/registry-v2/docker/registry/v2/blobs",
)
SECONDS = 1.0
"""How long each is asked, at least one round of all URLs."""

GO = r"""
package main

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"time"

	"golang.org/x/net/http/httpproxy"
)

func main() {
	var in struct {
		Proxy, No string
		URLs      []string
		Seconds   float64
	}
	if err := json.NewDecoder(os.Stdin).Decode(&in); err != nil {
		panic(err)
	}
	config := httpproxy.Config{HTTPSProxy: in.Proxy, NoProxy: in.No}
	decide := config.ProxyFunc()
	start, count := time.Now(), 0
	for time.Since(start).Seconds() < in.Seconds {
		for _, raw := range in.URLs {
			u, _ := url.Parse(raw)
			decide(u)
			count++
		}
	}
	fmt.Println(float64(count) / time.Since(start).Seconds())
}
"""


def entries(size: int) -> str:
    """A list as a large company has it: domains, hosts, networks and registries with their ports."""
    kinds = (".team{i}.corp", "host{i}.example.com", "10.{a}.{b}.0/24", "registry{i}.corp:5000")
    return ",".join(kinds[i % 4].format(i=i, a=i >> 8 & 255, b=i & 255) for i in range(size))


LONG: Dict[str, str] = {
    "names": ",".join(f"host{i}.example.com" for i in range(50_000)),
    "networks": ",".join(f"10.{i >> 8 & 255}.{i & 255}.0/24" for i in range(70_000)),
    "names in other letters": ",".join(f"b\u00fccher{i}.example" for i in range(50_000)),
    "one letter each": "a," * 500_000,
    "semicolons": ";".join(f"host{i}.example.com" for i in range(50_000)),
    "blanks": " ".join(f"host{i}.example.com" for i in range(50_000)),
    "dots": "a." * 500_000,
    "one name in other letters": "\u00fc" * 500_000,
    "colons": ":" * 1_000_000,
    "stars": "*" * 1_000_000,
}
"""Lists of about a megabyte."""


def seconds(work: Callable[[], object]) -> str:
    start = time.perf_counter()
    work()
    return f"{time.perf_counter() - start:.2f} s"


def print_long() -> None:
    url = f"https://{'a.' * 100_000}example/"
    print("| a megabyte of | compiled, and a name of 100,000 labels decided | looked at for entries that do nothing |")
    print("|---|---|---|")
    for name, text in LONG.items():
        decided = seconds(partial(decide, text, url))
        print(f"| {name} | {decided} | {seconds(partial(list, no_proxy_entries.useless(text)))} |")


def decide(text: str, url: str) -> None:
    Resolver(Config(PROXY, PROXY, text)).decide(url)


def rate(ask: Callable[[str], object]) -> float:
    """Decisions per second."""
    start, count = time.perf_counter(), 0
    while time.perf_counter() - start < SECONDS:
        for url in URLS:
            ask(url)
        count += len(URLS)
    return count / (time.perf_counter() - start)


def go_rate(program: Path, text: str) -> float:
    question = {"Proxy": PROXY, "No": text, "URLs": URLS, "Seconds": SECONDS}
    # The list of this process's own environment may be longer than a program takes.
    done = subprocess.run([program], input=json.dumps(question), capture_output=True, text=True, check=True, env={})
    return float(done.stdout)


def urllib_asker() -> Callable[[str], object]:
    bypass = getattr(urllib.request, "proxy_bypass_environment")  # noqa: B009 - typeshed does not know it
    return lambda url: bypass(urlsplit(url).netloc)


def requests_asker() -> Optional[Callable[[str], object]]:
    try:
        from requests.utils import should_bypass_proxies
    except ImportError:
        return None
    return lambda url: should_bypass_proxies(url, None)


def main() -> None:
    compilers = go_oracle.compilers()
    with tempfile.TemporaryDirectory(prefix="dockproxy-bench-") as folder:
        go = compilers.get("go")
        program = go_oracle.build(go, Path(folder), GO) if go is not None else None
        rows: List[Dict[str, str]] = []
        for size in SIZES:
            text = entries(size)
            os.environ["no_proxy"], os.environ["https_proxy"] = text, PROXY
            tracemalloc.start()
            start = time.perf_counter()
            resolver = Resolver(Config(PROXY, PROXY, text))
            compiled = time.perf_counter() - start
            memory = tracemalloc.get_traced_memory()[0]
            tracemalloc.stop()
            asked = {"dockproxy": rate(resolver.decide)}
            if program is not None and go is not None:
                asked[go.version] = go_rate(program, text)
            asked["urllib.request"] = rate(urllib_asker())
            third = requests_asker()
            if third is not None:
                asked["requests"] = rate(third)
            cells = {name: f"{per_second:,.0f}" for name, per_second in asked.items()}
            rows.append({"entries": f"{size:,}", **cells, "compiled in": f"{compiled * 1000:.1f} ms",
                         "bytes an entry": f"{memory / size:,.0f}"})  # fmt: skip
        print("| " + " | ".join(rows[0]) + " |")
        print("|" + "---|" * len(rows[0]))
        for row in rows:
            print("| " + " | ".join(row.values()) + " |")
        print_long()


if __name__ == "__main__":
    main()
