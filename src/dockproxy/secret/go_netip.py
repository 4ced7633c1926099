"""IP addresses as Go's net/netip reads them; Python's ipaddress differs in leading zeros, zones and start-up cost."""

from __future__ import annotations

import re
from typing import NamedTuple, Optional

_NUMBER = "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_V4 = re.compile(r"\.".join([_NUMBER] * 4)).fullmatch
_HEX = frozenset("0123456789abcdefABCDEF")
_MAPPED = bytes(10) + b"\xff\xff"


class Addr(NamedTuple):
    """An address: 4 or 16 bytes as written, and the IPv6 zone or an empty string."""

    packed: bytes
    zone: str = ""

    @property
    def as16(self) -> bytes:
        """The 16-byte form in which Go's net.IP compares; an IPv4 address is mapped into IPv6."""
        return self.packed if len(self.packed) == 16 else _MAPPED + self.packed


def parse_addr(text: str) -> Optional[Addr]:
    """Read an address like netip.ParseAddr (Go 1.18 and newer); None when it is none."""
    for char in text:
        if char == ".":
            packed = parse_v4(text)
            return Addr(packed) if packed is not None else None
        if char == ":":
            address, percent, zone = text.partition("%")
            packed = None if percent and not zone else _v6(address)
            return Addr(packed, zone) if packed is not None else None
        if char == "%":
            break
    return None


def parse_v4(text: str) -> Optional[bytes]:
    """Four decimal numbers below 256, without zeros before them."""
    found = _V4(text)
    return bytes(map(int, found.groups())) if found is not None else None


def looks_like_v4(text: str) -> bool:
    """Whether a text is four numbers, and yet no address."""
    return re.fullmatch(r"[0-9]+(\.[0-9]+){3}", text) is not None and parse_v4(text) is None


def _v6(text: str) -> Optional[bytes]:
    head, ellipsis, tail = text.partition("::")
    left = _groups(head, not ellipsis) if head else b""
    right = _groups(tail, True) if tail else b""
    if left is None or right is None:
        return None
    missing = 16 - len(left) - len(right)
    # An ellipsis stands for at least one group of zeros.
    if (missing < 2) if ellipsis else (missing != 0):
        return None
    return left + bytes(missing) + right


def _groups(text: str, last: bool) -> Optional[bytes]:
    """The bytes of colon-separated groups; the final one of the whole address may be in IPv4 notation."""
    packed = b""
    groups = text.split(":")
    if len(groups) > 8:
        return None
    for index, group in enumerate(groups):
        if "." in group:
            embedded = parse_v4(group) if last and index == len(groups) - 1 else None
            if embedded is None:
                return None
            packed += embedded
        elif 0 < len(group) <= 4 and _HEX.issuperset(group):
            packed += int(group, 16).to_bytes(2, "big")
        else:
            return None
    return packed


def holds(network: bytes, prefix: int, address: bytes) -> bool:
    """Whether the first ``prefix`` bits of an address are those of a network of the same length."""
    free = len(network) * 8 - prefix
    numbers = [int.from_bytes(packed, "big") >> free for packed in (network, address)]
    return len(network) == len(address) and numbers[0] == numbers[1]
