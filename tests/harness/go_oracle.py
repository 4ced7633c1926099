"""The real Go, asked how it reads proxy URLs and addresses: net, net/netip, net/url, the httpproxy among its sources,
and how dockerd masks with them."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Tuple, Union

import pytest

from dockproxy.noproxy import go as noproxy
from dockproxy.secret import go_netip, go_url
from tests.harness.engines import CACHE

# MaskCredentials is moby's (daemon/config/config.go). Bytes travel as base64, since JSON has only text.
SOURCE = r"""
package main

import (
	"encoding/json"
	"net"
	"net/url"
	"os"

	"golang.org/x/net/http/httpproxy"
)

type answer struct {
	Scheme, Opaque, Host, Hostname, Port, Text, Redacted []byte
	User, Password                                       *[]byte
}

type both struct {
	URL    *answer
	Addr   *[]byte
	Zone   []byte
	Net    *[]byte
	Prefix int
	Split  *[][]byte
	Masked []byte
	Proxy  *[]byte
}

func MaskCredentials(rawURL string) string {
	parsedURL, err := url.Parse(rawURL)
	if err != nil || parsedURL.User == nil {
		return rawURL
	}
	parsedURL.User = url.UserPassword("xxxxx", "xxxxx")
	return parsedURL.String()
}

func main() {
	var questions [][]byte
	if err := json.NewDecoder(os.Stdin).Decode(&questions); err != nil {
		panic(err)
	}
	target, _ := url.Parse("https://registry.example/v2/")
	answers := []both{}
	for _, question := range questions {
		raw, said := string(question), both{}
		if u, err := url.Parse(raw); err == nil {
			said.URL = &answer{Scheme: []byte(u.Scheme), Opaque: []byte(u.Opaque), Host: []byte(u.Host),
				Hostname: []byte(u.Hostname()), Port: []byte(u.Port()), Text: []byte(u.String()),
				Redacted: []byte(u.Redacted())}
			if u.User != nil {
				name := []byte(u.User.Username())
				said.URL.User = &name
				if password, isSet := u.User.Password(); isSet {
					secret := []byte(password)
					said.URL.Password = &secret
				}
			}
		}
		said.Addr, said.Zone = parseAddr(raw)
		if _, network, err := net.ParseCIDR(raw); err == nil {
			packed := []byte(network.IP)
			ones, bits := network.Mask.Size()
			if four := network.IP.To4(); four != nil {
				packed, ones = four, ones-bits+32
			}
			said.Net, said.Prefix = &packed, ones
		}
		if host, port, err := net.SplitHostPort(raw); err == nil {
			said.Split = &[][]byte{[]byte(host), []byte(port)}
		}
		said.Masked = []byte(MaskCredentials(raw))
		config := httpproxy.Config{HTTPSProxy: raw}
		if proxy, err := config.ProxyFunc()(target); err == nil && proxy != nil {
			text := []byte(proxy.String())
			said.Proxy = &text
		}
		answers = append(answers, said)
	}
	json.NewEncoder(os.Stdout).Encode(answers)
}
"""

ADDR = r"""
// +build go1.18

package main

import "net/netip"

func parseAddr(raw string) (*[]byte, []byte) {
	addr, err := netip.ParseAddr(raw)
	if err != nil {
		return nil, nil
	}
	packed := addr.AsSlice()
	return &packed, []byte(addr.Zone())
}
"""

NO_ADDR = """
// +build !go1.18

package main

func parseAddr(raw string) (*[]byte, []byte) { return nil, nil }
"""
"""Go 1.15 has no netip, and nobody asks it."""

VECTORS = Path(__file__).resolve().parents[1] / "vectors" / "go_url.jsonl"
"""What the oracle answered; a unit test holds our reader to it where there is no Go."""

FIELDS = ("Scheme", "Opaque", "User", "Password", "Host", "Hostname", "Port", "Text", "Redacted")
Answer = Dict[str, Any]
"""``url``: the values of FIELDS, None where Go refuses; ``addr``: the hexadecimal address and its zone; ``net``: the
same of a network and its prefix; ``split``: host and port; ``masked`` and ``proxy``: what dockerd shows and uses."""


class Go(NamedTuple):
    """A compiler and the settings under which its programs read URLs like a dialect."""

    version: str
    binary: str
    godebug: str = ""


def compilers() -> Dict[str, Go]:
    """Dialect to a Go that speaks it: the one on PATH, and those that .ci/packages unpacks."""
    found: Dict[str, Go] = {}
    for binary in [shutil.which("go"), *map(str, sorted(CACHE.glob("go/*/usr/lib/go-*/bin/go")))]:
        if binary is None:
            continue
        version = subprocess.run([binary, "version"], capture_output=True, text=True, check=True).stdout.split()[2]
        for dialect, godebug in _dialects(version):
            found[dialect] = Go(version, binary, godebug)
    return found


def _dialects(version: str) -> List[Tuple[str, str]]:
    release = tuple(int(n) for n in re.findall(r"\d+", version))
    if release >= (1, 26):
        # Go itself can be told to read like its predecessor.
        return [("go", "urlstrictcolons=1"), ("go-1.25", "urlstrictcolons=0")]
    if release >= (1, 25, 2) or (1, 24, 8) <= release < (1, 25):
        return [("go-1.25", "")]
    return [(go_url.dialect_of(version), "")]


def build(go: Go, folder: Path, source: str = SOURCE) -> Path:
    """Compile a program offline. GOPATH mode finds the copy of httpproxy that Go keeps among its own sources."""
    root = subprocess.run([go.binary, "env", "GOROOT"], capture_output=True, text=True, check=True).stdout.strip()
    for module in ("net", "text"):
        shutil.copytree(f"{root}/src/vendor/golang.org/x/{module}", folder / "src/golang.org/x" / module)
    for name, text in {"oracle": source, "addr": ADDR, "no_addr": NO_ADDR}.items():
        (folder / f"{name}.go").write_text(text, encoding="utf-8")
    env = {k: v for k, v in os.environ.items() if not k.startswith("GO")}
    env.update(GO111MODULE="off", GOPATH=str(folder), GOCACHE=str(CACHE / "go-build"), GOTOOLCHAIN="local")
    env.update(GOPROXY="off", CGO_ENABLED="0")
    subprocess.run([go.binary, "build", "-o", "oracle", "."], cwd=folder, env=env, check=True)
    return folder / "oracle"


Speaker = Tuple[Go, Path]


def speakers(
    request: pytest.FixtureRequest, factory: pytest.TempPathFactory, source: str = SOURCE
) -> Dict[str, Speaker]:
    """Dialect to the program that answers in it, for a fixture; under --require-real all of them."""
    found = compilers()
    if request.config.getoption("--require-real"):
        assert set(found) == set(go_url.DIALECTS), "a Go is missing; .ci/packages fetches it"
    built: Dict[str, Path] = {}
    for go in found.values():
        if go.binary not in built:
            built[go.binary] = build(go, factory.mktemp(go.version), source)
    return {dialect: (go, built[go.binary]) for dialect, go in found.items()}


def ask(program: Path, raws: Sequence[str], godebug: str = "") -> List[Answer]:
    """All questions in one batch."""
    questions = json.dumps([base64.b64encode(raw.encode("utf-8", "surrogateescape")).decode() for raw in raws])
    env = {**os.environ, "GODEBUG": godebug}
    done = subprocess.run([program], input=questions, capture_output=True, text=True, check=True, env=env)
    return [
        {
            "url": said["URL"] and [_text(said["URL"][f]) for f in FIELDS],
            "addr": said["Addr"] and [base64.b64decode(said["Addr"]).hex(), _text(said["Zone"])],
            "net": said["Net"] and [base64.b64decode(said["Net"]).hex(), said["Prefix"]],
            "split": said["Split"] and [_text(part) for part in said["Split"]],
            "masked": _text(said["Masked"]),
            "proxy": _text(said["Proxy"]),
        }
        for said in json.loads(done.stdout)
    ]


def _text(encoded: Optional[str]) -> Optional[str]:
    return None if encoded is None else base64.b64decode(encoded).decode("utf-8", "surrogateescape")


def ours(raw: str, dialect: str) -> Answer:
    """The same answer by our own reader."""
    proxy = go_url.parse_proxy(raw, dialect)
    is_old = go_url.DIALECTS[dialect].leading_zeros
    addr, split = None if is_old else go_netip.parse_addr(raw), noproxy.split_host_port(raw)
    return {
        "url": _ours(raw, dialect),
        "addr": addr and [addr.packed.hex(), addr.zone],
        "net": _network(noproxy.without_zeros(raw) if is_old else raw),
        "split": list(split) if split else None,
        "masked": go_url.engine_masked(raw, dialect),
        # With an empty host Go's transport gets a URL as well, and fails when it dials.
        "proxy": None if proxy is None else proxy.string(),
    }


def _network(raw: str) -> Optional[List[Union[str, int]]]:
    found = noproxy.cidr(raw)
    if found is None:
        return None
    packed, prefix = found
    free = len(packed) * 8 - prefix
    return [(int.from_bytes(packed, "big") >> free << free).to_bytes(len(packed), "big").hex(), prefix]


def _ours(raw: str, dialect: str) -> Union[List[Optional[str]], None]:
    try:
        url = go_url.parse(raw, dialect)
    except go_url.GoURLError:
        return None
    redacted = url.with_userinfo(url.username or "", "xxxxx") if url.password is not None else url
    parts = [url.scheme, url.opaque, url.username, url.password, url.host, url.hostname, url.port]
    return [*parts, url.string(), redacted.string()]


def differences(raws: Sequence[str], dialect: str, answers: Sequence[Answer]) -> List[str]:
    """One line for each question on which Go and our reader disagree."""
    lines = []
    for raw, answer in zip(raws, answers):
        said, here = answer, ours(raw, dialect)
        if _prints_differently(here):
            here, said = _without_text(here), _without_text(said)
        if here != said:
            lines.append(f"{dialect} {raw!r}\n  go:   {said}\n  ours: {here}")
    return lines


def _prints_differently(answer: Answer) -> bool:
    """Whether the versions of Go print it differently (see go_url.DIALECTS): no host and a path like //x."""
    return bool(answer["url"]) and not answer["url"][4] and "//" in answer["url"][7].partition(":")[2]


def _without_text(answer: Answer) -> Answer:
    return {"url": answer["url"] and answer["url"][:7]}


def recorded(versions: Dict[str, str], raws: Sequence[str], answers: Dict[str, List[Answer]]) -> str:
    """The text of VECTORS: a line with Go's versions, then a question a line; a dialect that answers as ``go`` does is
    left out."""
    lines = [json.dumps({"program": "go", "versions": versions})]
    for i, raw in enumerate(raws):
        said = {dialect: answers[dialect][i] for dialect in answers}
        differing = {d: a for d, a in said.items() if d == "go" or a != said["go"]}
        lines.append(json.dumps({"raw": raw, "answers": differing}, separators=(",", ":")))
    return "\n".join([*lines, ""])


def replay() -> Tuple[Dict[str, str], List[str], Dict[str, List[Answer]]]:
    """What ``recorded`` wrote."""
    head, *rows = map(json.loads, VECTORS.read_text(encoding="utf-8").splitlines())
    answers = {d: [row["answers"].get(d, row["answers"]["go"]) for row in rows] for d in head["versions"]}
    return head["versions"], [row["raw"] for row in rows], answers
