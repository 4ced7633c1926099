"""What a person asks a route for: a URL, a host, or an image, and the requests that it stands for."""

from __future__ import annotations

import re
from typing import NamedTuple, Sequence, Tuple

from dockproxy.formats import image_reference
from dockproxy.noproxy import go
from dockproxy.secret import go_netip

HUB, HUB_TOKENS = "https://registry-1.docker.io/v2/", "https://auth.docker.io/token"
"""Docker Hub's registry and its token server (distribution/distribution, docs: "Token Authentication")."""

HOST = re.compile(r"(\[[0-9A-Fa-f:.%]+\]|[^\s/:@\[\]]+)(?::([0-9]{1,5}))?")
MAX_LABEL, MAX_NAME = 63, 253
"""RFC 1035, section 2.3.4."""

TOO_LONG = f"no host has more than {MAX_NAME} characters, or more than {MAX_LABEL} between two dots"


class Request(NamedTuple):
    """One request. ``why``: what it is for, where an image stands for several. ``insecure``: the engine would take
    plain HTTP or a certificate that it cannot check."""

    url: str
    why: str = ""
    insecure: bool = False


class Target(NamedTuple):
    """``text`` is what was asked, ``image`` its full name where it is one."""

    text: str
    requests: Tuple[Request, ...]
    image: str = ""


def read(text: str, mirrors: Sequence[str] = (), insecure: Sequence[str] = ()) -> Target:
    """Read a target. ``mirrors`` are the engine's ``registry-mirrors``, ``insecure`` its ``insecure-registries``.
    Raises ValueError with one sentence."""
    if not text or any(ord(c) < 33 or ord(c) == 127 for c in text):
        raise ValueError("a target is a URL, a host or an image, without blanks and control characters")
    if "://" in text:
        return Target(text, (Request(text),))
    if "/" in text or not _is_host(text):
        return _of_image(text, mirrors, insecure)
    host, port = _host_and_port(text)
    scheme = "http" if port == "80" else "https"
    return Target(text, (Request(f"{scheme}://{host}{f':{port}' if port else ''}/"),))


def is_too_long(host: str) -> bool:
    """Whether a text cannot be the name of a host for its length."""
    return len(host) > MAX_NAME or any(len(label) > MAX_LABEL for label in host.split("."))


def _is_host(text: str) -> bool:
    """Whether a text without a slash is a host: ``alpine`` and ``alpine:3.19`` are images to Docker."""
    name = text.partition(":")[0]
    return "." in name or name == "localhost" or text.startswith("[") or text.count(":") > 1


def _host_and_port(text: str) -> Tuple[str, str]:
    address = go_netip.parse_addr(text)
    if address is not None and len(address.packed) == 16:
        return f"[{text}]", ""
    found = HOST.fullmatch(text)
    if found is None or (found[2] and int(found[2]) > 65535):
        raise ValueError("no host; write it like registry.example.com or registry.example.com:5000")
    if is_too_long(found[1]):
        raise ValueError(TOO_LONG)
    return found[1], found[2] or ""


def _of_image(text: str, mirrors: Sequence[str], insecure: Sequence[str]) -> Target:
    image = image_reference.parse(text)
    tag = f":{image.tag}" if image.tag else "" if image.digest else ":latest"
    name = f"{image.domain}/{image.path}{tag}{f'@{image.digest}' if image.digest else ''}"
    if image.domain != image_reference.DOCKER_HUB:
        is_insecure = _is_insecure(image.domain, insecure)
        requests = [Request(f"https://{image.domain}/v2/", "registry", is_insecure)]
        # What answers there neither with TLS nor with a good certificate is asked without.
        requests += [Request(f"http://{image.domain}/v2/", "registry, else", True)] if is_insecure else []
        return Target(text, tuple(requests), name)
    requests = [Request(f"{mirror.rstrip('/')}/v2/", "mirror") for mirror in mirrors]
    requests += [Request(HUB, "registry"), Request(HUB_TOKENS, "token server")]
    return Target(text, tuple(requests), name)


def _is_insecure(domain: str, insecure: Sequence[str]) -> bool:
    """moby, daemon/pkg/registry/config.go: named with its port, or its address, which is not looked up here, is in a
    network that is named, as loopback always is."""
    names = [entry.partition("://")[2] if "://" in entry else entry for entry in insecure]
    host = domain.rpartition(":")[0] if re.search(r":[0-9]+\Z", domain) else domain
    address = go_netip.parse_addr(host.strip("[]"))
    if domain in names or host == "localhost" or address is None:
        return domain in names or host == "localhost"
    networks = [network for network in map(go.cidr, [*names, "127.0.0.0/8", "::1/128"]) if network is not None]
    return any(go_netip.holds(packed, prefix, address.packed) for packed, prefix in networks)
