"""Image references as the docker CLI reads them.

Source: distribution/reference, regexp.go and normalize.go; the docker CLI was asked.
"""

from __future__ import annotations

import re
from typing import NamedTuple

DOCKER_HUB = "docker.io"
MAX_PATH = 255
"""CLIs before 25 count the domain as well."""

_LABEL = r"(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])"
_DOMAIN = rf"(?:{_LABEL}(?:\.{_LABEL})*|\[(?:[a-fA-F0-9:]+)\])(?::[0-9]+)?"
_COMPONENT = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_REMOTE = rf"{_COMPONENT}(?:/{_COMPONENT})*"
_TAG = r"[\w][\w.-]{0,127}"
_DIGEST = r"[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}"
_REFERENCE = re.compile(rf"(?:({_DOMAIN})/)?({_REMOTE})(?::({_TAG}))?(?:@({_DIGEST}))?", re.ASCII)
_IDENTIFIER = re.compile("[a-f0-9]{64}")
_DIGEST_LENGTHS = {"sha256": 64, "sha384": 96, "sha512": 128}
_KNOWN_DIGEST = re.compile(rf"@({'|'.join(_DIGEST_LENGTHS)}):([0-9a-f]*\Z)?")


class ImageReference(NamedTuple):
    """``domain`` is the registry with its port, ``docker.io`` where none is written; tag and digest may be empty."""

    domain: str
    path: str
    tag: str = ""
    digest: str = ""


def parse(text: str) -> ImageReference:
    """Read ``alpine``, ``ghcr.io/a/b:1`` or ``registry.corp:5000/x@sha256:…``. Raises ValueError with the reason."""
    if _IDENTIFIER.fullmatch(text):
        raise ValueError("64 hexadecimal digits are an image's id, not its name")
    known = _KNOWN_DIGEST.search(text)
    if known is not None and len(known[2] or "") != _DIGEST_LENGTHS[known[1]]:
        raise ValueError(f"a {known[1]} digest has {_DIGEST_LENGTHS[known[1]]} hexadecimal digits, in lower case")
    first, slash, rest = text.partition("/")
    # A first part without a dot, a colon or an upper-case letter is a name on Docker Hub.
    is_domain = bool(slash) and (bool(re.search("[.:]", first)) or first == "localhost" or first != first.lower())
    domain, remainder = (first, rest) if is_domain else (DOCKER_HUB, text)
    if domain == "index.docker.io":
        domain = DOCKER_HUB
    if domain == DOCKER_HUB and "/" not in remainder:
        remainder = f"library/{remainder}"
    if re.search("[A-Z]", re.split("[:@]", remainder)[0]):
        raise ValueError("an image's name is written in lower case")
    found = _REFERENCE.fullmatch(f"{domain}/{remainder}")
    if found is None:
        raise ValueError("not a name, such as alpine:3 or registry.corp:5000/team/app:1")
    # A first part like a_b.c, which is no domain to the grammar, is taken as a part of the path and used as a domain.
    path = found[2] if found[1] else found[2].partition("/")[2]
    if len(path) > MAX_PATH:
        raise ValueError(f"longer than {MAX_PATH} characters")
    digest = found[4] or ""
    if digest and known is None:
        raise ValueError("the digest is not one of SHA-256, SHA-384 or SHA-512")
    return ImageReference(domain, path, found[3] or "", digest)
