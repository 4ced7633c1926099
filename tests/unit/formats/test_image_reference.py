"""Names of images; tests/oracles asks the real docker CLI which words are ones."""

from __future__ import annotations

import pytest

from dockproxy.formats.image_reference import parse

DIGEST = f"sha256:{'0' * 64}"


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("alpine", ("docker.io", "library/alpine", "", "")),
        ("alpine:3", ("docker.io", "library/alpine", "3", "")),
        ("team/app", ("docker.io", "team/app", "", "")),
        ("index.docker.io/alpine", ("docker.io", "library/alpine", "", "")),
        ("ghcr.io/a/b:1", ("ghcr.io", "a/b", "1", "")),
        ("localhost/x", ("localhost", "x", "", "")),
        ("Upper/x", ("Upper", "x", "", "")),
        ("[::1]:5000/x", ("[::1]:5000", "x", "", "")),
        (f"registry.corp:5000/x@{DIGEST}", ("registry.corp:5000", "x", "", DIGEST)),
        (f"r.corp/x:1@{DIGEST}", ("r.corp", "x", "1", DIGEST)),
        ("a_b.c/x", ("a_b.c", "x", "", "")),
    ],
)
def test_a_reference(text: str, parts: tuple[str, str, str, str]) -> None:
    assert parse(text) == parts


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "not a name"),
        ("http://hub/x", "not a name"),
        ("x:", "not a name"),
        ("a..b", "not a name"),
        ("UPPER", "lower case"),
        ("0" * 64, "an image's id"),
        ("a/" * 128 + "a", "longer than 255"),
        (f"x@md5:{'0' * 32}", "SHA-256"),
        (f"x@sha256:{'0' * 63}", "a sha256 digest has 64"),
        (f"x@sha512:{'0' * 64}", "a sha512 digest has 128"),
        (f"x@sha256:{'A' * 64}", "in lower case"),
        ("foo.bar:1@sha256:abc", "64 hexadecimal digits"),
        (f"x@sha256:{'0' * 64}@", "64 hexadecimal digits"),
    ],
)
def test_no_reference(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        parse(text)
