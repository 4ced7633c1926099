"""The real Go, asked whether a request goes through a proxy, and how it spells a host name."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Optional, Sequence

SOURCE = r"""
package main

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/url"
	"os"

	"golang.org/x/net/http/httpproxy"
	"golang.org/x/net/idna"
)

type question struct {
	HTTP, HTTPS, No string
	CGI             bool
	URLs, Names     []string
	Hosts           []string
}

type answer struct {
	Refused bool
	Proxy   *string
}

type answers struct {
	Routes []answer
	Names  []*string
	Looked []bool
}

// Whether a name server would be asked.
func isLookedUp(host string) bool {
	isAsked := false
	dial := func(ctx context.Context, network, address string) (net.Conn, error) {
		isAsked = true
		return nil, errors.New("none is asked here")
	}
	resolver := net.Resolver{PreferGo: true, Dial: dial}
	resolver.LookupHost(context.Background(), host)
	return isAsked
}

func main() {
	var questions []question
	if err := json.NewDecoder(os.Stdin).Decode(&questions); err != nil {
		panic(err)
	}
	said := []answers{}
	for _, q := range questions {
		config := httpproxy.Config{HTTPProxy: q.HTTP, HTTPSProxy: q.HTTPS, NoProxy: q.No, CGI: q.CGI}
		decide, here := config.ProxyFunc(), answers{Routes: []answer{}, Names: []*string{}}
		for _, raw := range q.URLs {
			found := answer{}
			if u, err := url.Parse(raw); err != nil {
				found.Refused = true
			} else if proxy, err := decide(u); err == nil && proxy != nil {
				text := proxy.String()
				found.Proxy = &text
			}
			here.Routes = append(here.Routes, found)
		}
		for _, name := range q.Names {
			if ascii, err := idna.Lookup.ToASCII(name); err == nil {
				here.Names = append(here.Names, &ascii)
			} else {
				here.Names = append(here.Names, nil)
			}
		}
		for _, host := range q.Hosts {
			here.Looked = append(here.Looked, isLookedUp(host))
		}
		said = append(said, here)
	}
	json.NewEncoder(os.Stdout).Encode(said)
}
"""


class Question(NamedTuple):
    """A configuration, and what is asked under it."""

    http_proxy: str
    https_proxy: str
    no_proxy: str
    urls: Sequence[str]
    cgi: bool = False


REFUSED = "refused"
"""Go cannot parse the URL of the request."""


def routes(program: Path, questions: Sequence[Question], godebug: str = "") -> List[List[Optional[str]]]:
    """The proxy of each URL of each question as Go prints it, None for direct, or REFUSED."""
    asked = [
        {"HTTP": q.http_proxy, "HTTPS": q.https_proxy, "No": q.no_proxy, "CGI": q.cgi, "URLs": q.urls}
        for q in questions
    ]
    return [[REFUSED if r["Refused"] else r["Proxy"] for r in said["Routes"]] for said in _ask(program, asked, godebug)]


def names(program: Path, hosts: Sequence[str]) -> List[Optional[str]]:
    """The ASCII spelling of each name; None where Go has none."""
    found: List[Optional[str]] = _ask(program, [{"Names": hosts}], "")[0]["Names"]
    return found


def looked_up(program: Path, hosts: Sequence[str]) -> List[bool]:
    """Whether Go would ask a name server for each, which it does not for what is no name."""
    found: List[bool] = _ask(program, [{"Hosts": hosts}], "netdns=go")[0]["Looked"]
    return found


def _ask(program: Path, questions: Sequence[Dict[str, Any]], godebug: str) -> List[Dict[str, Any]]:
    env = {**os.environ, "GODEBUG": godebug}
    done = subprocess.run([program], input=json.dumps(questions), capture_output=True, text=True, check=True, env=env)
    found: List[Dict[str, Any]] = json.loads(done.stdout)
    return found
