"""What the user asked for, from the arguments of ``set``: every slip gets its sentence."""

from __future__ import annotations

import ipaddress
import os
import re
from typing import Dict, List, Mapping, Optional, Tuple

from dockproxy.cli.errors import CommandError
from dockproxy.model import HTTP, HTTPS, NO, Value, environment_names
from dockproxy.noproxy import entries as no_proxy_entries
from dockproxy.resolve import targets
from dockproxy.secret import ProxyURL, go_netip, proxy_fault
from dockproxy.secret.proxy_url import DEFAULT_PORTS, GoProxy

GIVE = "give user and password with --proxy-user and --proxy-password-stdin"
UNENCODED = (
    "the proxy URL holds a user or password with a character that must be encoded, such as #, / or ?; give them with "
    "--proxy-user and --proxy-password-stdin, which encode them for you"
)


def proxy_url(text: str, warn: List[str], in_argv: bool = True) -> ProxyURL:
    """Check a proxy URL as dockerd would use it. Warnings are appended to ``warn``."""
    if not text:
        raise CommandError("the proxy URL is empty; to take a proxy away, use dockproxy unset")
    _refuse_smart(text, "the proxy URL")
    url = ProxyURL(text)
    if text != text.strip() or any(ord(c) < 33 for c in text):
        raise CommandError(f"{url}: holds blanks or control characters; write it like http://proxy.example.com:3128")
    parsed = _read(url, text)
    if "://" not in text:
        url, text = ProxyURL(f"http://{text}"), f"http://{text}"
        warn.append(f"{url}: no scheme was given; http:// is meant")
        parsed = url.go or parsed
    if parsed.scheme.lower() not in proxy_fault.SCHEMES:
        raise CommandError(
            f"{url}: dockerd does not dial {parsed.scheme}:// proxies; use one of {', '.join(proxy_fault.SCHEMES)}"
        )
    _check_port(url, parsed.port, parsed.scheme.lower(), warn)
    if parsed.host.lower() in ("http", "https") or text.lower().count("://") > 1:
        raise CommandError(
            f"{url}: the host is {parsed.host!r}; "
            + (
                f"a character of the password needs encoding, or the scheme stands twice; {GIVE}"
                if "@" in text
                else "the scheme stands twice"
            ),
        )
    if parsed.scheme.lower() == "https":
        warn.append(
            f"{url}: https:// means TLS to the proxy itself; most proxies listen in plain HTTP, which is http://"
        )
    _check_host(url, parsed.host, warn)
    why = url.unusable
    if why == proxy_fault.ENCODE:
        raise CommandError(UNENCODED)
    if why is not None:
        raise CommandError(
            f"{url}: not a URL that dockerd can use ({why}); write it like http://proxy.example.com:3128"
        )
    if re.search("[?#]|/.", text.partition("://")[2]):
        warn.append(f"{url}: dockerd uses only host and port of a proxy; what stands behind them is ignored")
    if url.has_credentials and in_argv:
        warn.append(
            "a user or password on the command line is seen by every user of this host; use --proxy-user and "
            "--proxy-password-stdin"
        )
    return url


def _read(url: ProxyURL, text: str) -> GoProxy:
    """The URL as dockerd reads it; refused where it does not, or reads something else than the user sees."""
    why, parsed = proxy_fault.of_text(text) or proxy_fault.of_syntax(text), url.go
    if why == proxy_fault.ENCODE:
        raise CommandError(UNENCODED)
    if why is not None or parsed is None or not parsed.host:
        raise CommandError(
            f"{url}: not a URL that dockerd can use ({why or 'it has no host'}); write it like "
            "http://proxy.example.com:3128" + (f", and {GIVE}" if url.has_credentials else "")
        )
    if url.has_credentials and parsed.username is None:
        # Nothing of such a URL is quoted: where its password ends, nobody knows.
        raise CommandError(UNENCODED)
    return parsed


def _check_port(url: ProxyURL, port: str, scheme: str, warn: List[str]) -> None:
    if not port:
        warn.append(f"{url}: no port; dockerd uses {DEFAULT_PORTS[scheme]}, not 3128 or 8080")
    elif proxy_fault.is_out_of_range(port):
        # Not the port itself: so many digits behind a colon may be a password.
        raise CommandError(f"{url}: the port is out of range; it must be 1 to 65535")


def _check_host(url: ProxyURL, host: str, warn: List[str]) -> None:
    if re.search(r"[^\w.:%-]", host) or not host.isascii():
        warn.append(f"{url}: the host {host!r} looks mistyped")
    if targets.is_too_long(host):
        warn.append(f"{url}: {targets.TOO_LONG}")
    if go_netip.looks_like_v4(host):
        warn.append(f"{url}: {host} looks like an address and is none")
    if _is_loopback(host):
        warn.append(f"{url}: a loopback address; containers and builds cannot reach it, dockerd itself can")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _refuse_smart(text: str, what: str) -> None:
    for character, plain in proxy_fault.SMART.items():
        if character in text:
            raise CommandError(
                f"{what} holds the typographic character {character!r} (U+{ord(character):04X}), pasted from a "
                f"document; type {plain!r} instead",
            )


def warn_of_entries(text: str, warn: List[str]) -> None:
    """Warn of the entries of a list that do not mean what they look like."""
    warn += [f"no-proxy entry {entry!r}: {why}" for entry, why in no_proxy_entries.useless(text)]


def no_proxy_list(
    current: str, replace: Optional[str], add: Tuple[str, ...], remove: Tuple[str, ...], warn: List[str]
) -> Optional[str]:
    """The list after the edits; None when none was asked for. Order stays, duplicates do not; a list that keeps its
    entries stays as it is written. What is to be removed and is not there is warned of."""
    if replace is None and not add and not remove:
        return None
    for text in (replace or "", *add, *remove):
        _check_list(text)
    before = no_proxy_entries.split(current)
    entries = before[:] if replace is None else no_proxy_entries.split(replace)
    entries += [e for text in add for e in no_proxy_entries.split(text)]
    gone = {e.lower() for text in remove for e in no_proxy_entries.split(text)}
    for missing in sorted(gone - {e.lower() for e in entries}):
        holders = [e for e in entries if missing in e.lower().split()]
        where = f"it is a part of the entry {holders[0]!r}" if holders else "the list has no such entry"
        warn.append(f"--remove-no-proxy {missing}: {where}")
    kept = list(dict.fromkeys(e for e in entries if e.lower() not in gone))
    return current if kept == list(dict.fromkeys(before)) else ",".join(kept)


def _check_list(text: str) -> None:
    _refuse_smart(text, "the no-proxy list")
    if any(ord(c) < 32 for c in text):
        raise CommandError("the no-proxy list holds control characters; separate entries with commas")
    if any("\ud800" <= c <= "\udfff" for c in text):
        raise CommandError("the no-proxy list is not UTF-8; convert it first")


def from_environment(environ: Mapping[str, str], warn: List[str]) -> Dict[str, Value]:
    """The variables of the calling shell, upper case first as Go reads them."""
    found: Dict[str, Value] = {}
    for variable in (HTTP, HTTPS, NO):
        text = next((environ[n] for n in environment_names(variable) if environ.get(n)), "")
        if text:
            if variable == NO:
                _check_list(text)
            found[variable] = text if variable == NO else proxy_url(text, warn, in_argv=False)
    if not found:
        hint = (
            "sudo drops these variables; use sudo --preserve-env=HTTP_PROXY,HTTPS_PROXY,NO_PROXY"
            if os.environ.get("SUDO_USER")
            else "what /etc/environment and the like set is there after a new login"
        )
        raise CommandError(f"--from-env: none of HTTP_PROXY, HTTPS_PROXY and NO_PROXY is set; {hint}")
    return found
