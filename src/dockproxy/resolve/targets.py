"""What a person asks a route for: a URL, a host, or an image, and the requests that it stands for."""

from __future__ import annotations

import re
from typing import NamedTuple, Optional, Sequence, Tuple
from urllib.parse import quote

from dockproxy.formats import image_reference
from dockproxy.formats.image_reference import ImageReference
from dockproxy.noproxy import entries, go, idna
from dockproxy.secret import go_netip, go_url

HUB_REGISTRY = "registry-1.docker.io"
HUB, HUB_TOKENS = f"https://{HUB_REGISTRY}/v2/", "https://auth.docker.io/token"
"""Docker Hub's registry and its token server (distribution/distribution, docs: "Token Authentication")."""

HOST = re.compile(r"(\[[^\]\s/@]+\]|[^\s/:@\[\]?#]+)(?::([0-9]+))?")
MAX_LABEL, MAX_NAME = 63, 253
"""RFC 1035, section 2.3.4."""

LOWEST_PORT = 80
"""A smaller number behind a name is the version of an image, as in ``postgres:16``."""

NO_HOST = "no host; write it like registry.example.com or registry.example.com:5000"
NO_PORT = "no host has a port above 65535"
NO_NAME = "no host has an empty label, or one that begins or ends with a hyphen"
NO_LETTERS = "no host has other characters in its name than letters, digits, hyphens, underscores and dots"
ONLY_NUMBERS = "not an address, and no host has a name of numbers only"
NO_SLASH = "neither a host nor an image ends in a slash; leave it out"
NO_PATTERN = "a pattern is no target; give a host that it matches"
NO_NETWORK = "a network is no target; give an address in it"
TOO_LONG = f"no host has more than {MAX_NAME} characters, or more than {MAX_LABEL} between two dots"

ALMOST = 0.75
"""From which ratio of difflib on a scheme is a slip: ``htp`` is one, ``ftps`` and ``http+unix`` are none."""

MIRROR = "mirror"
"""What a request to one is for."""

LOOPBACK_NETWORKS = ("127.0.0.0/8", "::1/128")
"""Every engine takes registries there without TLS."""

AS_NETWORK = "This is read as an image, as Docker does. A network is no target: give an address in it."
UNKNOWN_TOKENS = "Its token server, if it has one, is known only by asking."
NOT_LOOKED_UP = (
    "The name of the registry is not looked up: where its address is in a network of insecure-registries, the engine "
    "takes it without TLS, too."
)
REDIRECTS = "Redirects, such as to a content network, are known only to the registry."
BY_ENGINE = "The engine pulls images, so that its settings decide, and not those of --for {consumer}."
TOKENS_OF_BUILD = (
    "The tokens of a build are usually fetched by the docker CLI, under this shell's settings (--for cli)."
)
"""moby/buildkit, util/resolver/authorizer.go: the client of a build is asked for them."""


class Request(NamedTuple):
    """One request. ``why``: what it is for, where an image stands for several. ``insecure``: the engine would take
    plain HTTP or a certificate that it cannot check; of a mirror, whose scheme is fixed, only the latter."""

    url: str
    why: str = ""
    insecure: bool = False


class Target(NamedTuple):
    """``text`` is what was asked, ``image`` its full name where it is one; ``notes`` say what the requests do not."""

    text: str
    requests: Tuple[Request, ...]
    image: str = ""
    notes: Tuple[str, ...] = ()


def read(text: str, mirrors: Sequence[str] = (), insecure: Sequence[str] = ()) -> Target:
    """Read a target. ``mirrors`` are the engine's ``registry-mirrors``, ``insecure`` its ``insecure-registries``.
    Raises ValueError with one sentence."""
    if not text or any(ord(c) < 33 or ord(c) == 127 for c in text):
        raise ValueError("a target is a URL, a host or an image, without blanks and control characters")
    url = text if "://" in text else _url_of_host(text)
    if url is not None:
        _check(url)
        return Target(text, (Request(url),), notes=_of_scheme(url.partition("://")[0].lower()))
    try:
        found = image(text)
    except ValueError as error:
        raise ValueError(_looks_like(text) or str(error)) from None
    return _of_image(text, found, mirrors, insecure)


def image(text: str) -> ImageReference:
    """Read an image whose registry may be a host. Raises ValueError with the reason."""
    reference = image_reference.parse(text)
    _check(f"https://{reference.domain}/")
    return reference


def by_engine(target: Target, consumer: str) -> Target:
    """An image that was asked for another consumer than the engine, which pulls it all the same."""
    tokens = (TOKENS_OF_BUILD,) if consumer == "build" else ()
    return target._replace(notes=(BY_ENGINE.format(consumer=consumer), *tokens, *target.notes))


def is_too_long(host: str) -> bool:
    """Whether a text cannot be the name of a host for its length."""
    return len(host) > MAX_NAME or any(len(label) > MAX_LABEL for label in host.split("."))


def _looks_like(text: str) -> Optional[str]:
    """Why what is neither a host nor an image is none, where it looks like something else than an image."""
    if go.cidr(text) is not None:
        return NO_NETWORK
    if "*" in text:
        return NO_PATTERN
    return NO_SLASH if text.endswith("/") else NO_HOST if _is_host(text) else None


def _is_host(text: str) -> bool:
    """Whether a text is a host, if it can be one: ``alpine`` and ``alpine:3.19`` are images to Docker."""
    name = text.partition(":")[0]
    return not set("/@") & set(text) and (
        "." in name or name == "localhost" or text.startswith("[") or text.count(":") > 1
    )


def _url_of_host(text: str) -> Optional[str]:
    """The request to a host; None where the text is none, as ``foo.bar:1.2``, which may still be an image."""
    whole = _bracketed(text)
    if whole is not None:
        return _url(whole, "")
    found = HOST.fullmatch(text) if _is_host(text) else None
    if found is None:
        return None
    host = _bracketed(found[1][1:-1]) if text.startswith("[") else found[1]
    return None if host is None else _url(host, found[2] or "")


def _url(host: str, port: str) -> str:
    return f"{'http' if port == '80' else 'https'}://{host}{f':{port}' if port else ''}/"


def _bracketed(text: str) -> Optional[str]:
    """An IPv6 address as it stands in a URL, where ``%25`` parts its zone; None where the text is none."""
    written, percent, zone = text.partition("%")
    address = go_netip.parse_addr(text)
    if address is None or len(address.packed) != 16:
        return None
    if not percent:
        return f"[{text}]"
    zone = zone[2:] if zone.startswith("25") and len(zone) > 2 else zone
    return f"[{written}%25{quote(zone, safe='', errors='surrogateescape')}]"


def _check(url: str) -> None:
    """Raises ValueError where nobody has the name: Go's net, dnsclient.go (isDomainName). A URL that Go cannot parse is
    left to who decides, as is one that no proxy is for."""
    try:
        parsed = go_url.parse(url, go_url.ENGINE)
    except go_url.GoURLError:
        return
    if parsed.scheme not in ("http", "https"):
        return
    host, port = idna.to_ascii(parsed.hostname), parsed.port.lstrip("0")
    if not host:
        raise ValueError(NO_HOST)
    if "*" in host:
        raise ValueError(NO_PATTERN)
    if len(port) > 5 or int(port or "0") > 65535:
        raise ValueError(NO_PORT)
    # Zeros before its numbers make no name of an address: Go before 1.17 takes it.
    if go_netip.parse_addr(go.without_zeros(host)) is not None:
        return
    name = host.removesuffix(".").lower()
    if is_too_long(name):
        raise ValueError(TOO_LONG)
    if any(not label or label[0] == "-" or label[-1] == "-" for label in name.split(".")):
        raise ValueError(NO_NAME)
    # Which other letters are allowed depends on the Unicode that somebody knows.
    if not entries.LETTERS.issuperset(c for c in name if c.isascii()):
        raise ValueError(NO_LETTERS)
    if re.fullmatch("[0-9.]+", name):
        raise ValueError(ONLY_NUMBERS)


def _of_image(text: str, image: ImageReference, mirrors: Sequence[str], insecure: Sequence[str]) -> Target:
    tag = f":{image.tag}" if image.tag else "" if image.digest else ":latest"
    name = f"{image.domain}/{image.path}{tag}{f'@{image.digest}' if image.digest else ''}"
    if image.domain == image_reference.DOCKER_HUB:
        requests = [_of_mirror(mirror, insecure) for mirror in mirrors]
        requests += [Request(HUB, "registry"), Request(HUB_TOKENS, "token server")]
        return Target(text, tuple(requests), name, (*_as_host(text), REDIRECTS))
    is_insecure = _is_insecure(image.domain, insecure)
    requests = [Request(f"https://{image.domain}/v2/", "registry", is_insecure)]
    # What answers there neither with TLS nor with a good certificate is asked without.
    requests += [Request(f"http://{image.domain}/v2/", "registry, else", True)] if is_insecure else []
    notes = [AS_NETWORK] if go.cidr(text) is not None else []
    if image.domain == HUB_REGISTRY:
        requests.append(Request(HUB_TOKENS, "token server"))
    else:
        notes.append(UNKNOWN_TOKENS)
    is_name = go_netip.parse_addr(_host(image.domain).strip("[]")) is None
    if not is_insecure and is_name and any(map(_is_network, insecure)):
        notes.append(NOT_LOOKED_UP)
    return Target(text, tuple(requests), name, (*notes, REDIRECTS))


def _of_mirror(mirror: str, insecure: Sequence[str]) -> Request:
    """moby, daemon/pkg/registry/service_v2.go: its host is looked for as that of a registry is."""
    scheme, _, rest = mirror.partition("://")
    is_unchecked = scheme == "https" and _is_insecure(rest.partition("/")[0], insecure)
    return Request(f"{mirror.rstrip('/')}/v2/", MIRROR, is_unchecked)


def _of_scheme(scheme: str) -> Tuple[str, ...]:
    """Where another one was likely meant."""
    if scheme in ("http", "https"):
        return ()
    import difflib

    return tuple(f"Is {meant}:// meant?" for meant in difflib.get_close_matches(scheme, ["http", "https"], 1, ALMOST))


def _as_host(text: str) -> Tuple[str, ...]:
    """Where a name without a dot may have been meant for a host."""
    name, _, tag = text.partition(":")
    is_port = re.fullmatch("[0-9]{2,5}", tag) is not None and LOWEST_PORT <= int(tag) <= 65535
    return (f"As a host: {_url(name, tag)}",) if is_port and "/" not in name else ()


def _is_insecure(domain: str, insecure: Sequence[str]) -> bool:
    """moby, daemon/pkg/registry/config.go: named with its port, or its address, which is not looked up here, is in a
    network that is named, as loopback always is."""
    names = [entry.partition("://")[2] if "://" in entry else entry for entry in insecure]
    address = go_netip.parse_addr(_host(domain))
    if domain in names or _host(domain) == "localhost" or address is None:
        return domain in names or _host(domain) == "localhost"
    networks = [network for network in map(go.cidr, [*names, *LOOPBACK_NETWORKS]) if network is not None]
    return any(go_netip.holds(packed, prefix, address.packed) for packed, prefix in networks)


def _is_network(entry: str) -> bool:
    return entry not in LOOPBACK_NETWORKS and go.cidr(entry) is not None


def _host(domain: str) -> str:
    """As moby has it: where there is no port the brackets stay, and then it is no address."""
    split = go.split_host_port(domain)
    return split[0] if split is not None else domain
