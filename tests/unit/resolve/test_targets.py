"""What a target stands for."""

from __future__ import annotations

from typing import List, Optional, Sequence, Tuple

import pytest

from dockproxy.resolve import targets

HUB = ["https://registry-1.docker.io/v2/", "https://auth.docker.io/token"]


@pytest.mark.parametrize(
    ("text", "urls", "image"),
    [
        ("https://registry.corp:5000/v2/", ["https://registry.corp:5000/v2/"], ""),
        ("ftp://x", ["ftp://x"], ""),
        ("registry.corp", ["https://registry.corp/"], ""),
        ("registry.corp:5000", ["https://registry.corp:5000/"], ""),
        ("registry.corp:80", ["http://registry.corp:80/"], ""),
        ("10.0.0.1", ["https://10.0.0.1/"], ""),
        ("corp.lan.", ["https://corp.lan./"], ""),
        ("fe80::1%eth0", ["https://[fe80::1%25eth0]/"], ""),
        ("fe80::1%25eth0", ["https://[fe80::1%25eth0]/"], ""),
        ("fe80::1%\udcff", ["https://[fe80::1%25%FF]/"], ""),
        ("[fe80::1%eth0]:80", ["http://[fe80::1%25eth0]:80/"], ""),
        ("https://10.0.0.1:5000/", ["https://10.0.0.1:5000/"], ""),
        ("010.0.0.1", ["https://010.0.0.1/"], ""),
        ("my_nas.1", ["https://my_nas.1/"], ""),
        ("A-1.corp", ["https://A-1.corp/"], ""),
        ("https://\U0001f600.corp/", ["https://\U0001f600.corp/"], ""),
        ("https://10.0.0.1/*", ["https://10.0.0.1/*"], ""),
        ("10.0.0.0/8", ["https://10.0.0.0/v2/"], "10.0.0.0/8:latest"),
        ("https://[fd00::1", ["https://[fd00::1"], ""),
        ("fd00::1", ["https://[fd00::1]/"], ""),
        ("[fd00::1]:5000", ["https://[fd00::1]:5000/"], ""),
        ("localhost", ["https://localhost/"], ""),
        ("localhost:5000", ["https://localhost:5000/"], ""),
        ("b\u00fccher.example", ["https://b\u00fccher.example/"], ""),
        ("alpine", HUB, "docker.io/library/alpine:latest"),
        ("alpine:3.19", HUB, "docker.io/library/alpine:3.19"),
        ("nas:5000", HUB, "docker.io/library/nas:5000"),
        ("foo.bar:1.2", HUB, "docker.io/library/foo.bar:1.2"),
        ("alpine:3@sha256:" + "0" * 64, HUB, "docker.io/library/alpine:3@sha256:" + "0" * 64),
        ("registry-1.docker.io/library/alpine", HUB, "registry-1.docker.io/library/alpine:latest"),
        ("team/app", HUB, "docker.io/team/app:latest"),
        ("ghcr.io/a/b:1", ["https://ghcr.io/v2/"], "ghcr.io/a/b:1"),
        (
            "registry.corp:5000/x@sha256:" + "0" * 64,
            ["https://registry.corp:5000/v2/"],
            "registry.corp:5000/x@sha256:" + "0" * 64,
        ),
    ],
)
def test_the_requests_of_a_target(text: str, urls: List[str], image: str) -> None:
    found = targets.read(text)
    assert ([request.url for request in found.requests], found.image, found.text) == (urls, image, text)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "without blanks"),
        ("a b", "without blanks"),
        ("a\x00b", "control characters"),
        (f"{'a' * 64}.corp", "more than 63"),
        (".".join(["a" * 60] * 5), "more than 253"),
        ("registry.corp:99999", "above 65535"),
        ("registry.corp:123456", "above 65535"),
        ("registry.corp:65536/team/app", "above 65535"),
        (f"{'a' * 64}.corp/app", "more than 63 between two dots"),
        ("registry.corp:Port@", "not a name"),
        ("registry.corp/", "neither a host nor an image ends in a slash"),
        ("x.y:5000/", "ends in a slash"),
        ("team/app/", "ends in a slash"),
        ("ubuntu@sha256:abc", "a sha256 digest has 64 hexadecimal digits"),
        ("ubuntu:22@sha256:abc", "64 hexadecimal digits"),
        ("*.corp", "a pattern is no target"),
        ("*", "a pattern is no target"),
        ("https://*.corp:5000/", "a pattern is no target"),
        ("fd00::/8", "a network is no target"),
        ("[registry.corp]:5000", "no host"),
        ("http://", "no host"),
        ("HTTPS:///x", "no host"),
        (f"https://{'a' * 64}.com/", "more than 63"),
        ("https://a..b/", "empty label"),
        (".corp", "empty label"),
        ("https://-/", "hyphen"),
        ("https://a-.corp/", "hyphen"),
        ("a,b.corp", "no host has other characters"),
        ('"x.corp"', "no host has other characters"),
        ("<local>.x", "no host has other characters"),
        ("https://a,b.corp/", "no host has other characters"),
        ("https://a,b\u00fc.corp/", "no host has other characters"),
        ("10.1.2.300", "of numbers only"),
        ("1.2.3", "of numbers only"),
        ("1.2.3.", "of numbers only"),
        ("1.2.3:5000/app", "of numbers only"),
        ("https://5/", "of numbers only"),
        ("https://a:0099999/", "above 65535"),
        ("[fd00::1", "no host"),
        ("a..b:1:2", "no host"),
        ("Alpine", "lower case"),
        ("registry.corp/UPPER", "lower case"),
    ],
)
def test_what_is_no_target_gets_one_sentence(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        targets.read(text)


def test_docker_hubs_mirrors_come_first() -> None:
    found = targets.read("alpine", ["https://mirror.corp/", "http://other.corp:5000"])
    assert [(r.why, r.url) for r in found.requests[:3]] == [
        ("mirror", "https://mirror.corp/v2/"),
        ("mirror", "http://other.corp:5000/v2/"),
        ("registry", HUB[0]),
    ]
    assert [r.why for r in targets.read("ghcr.io/a", ["https://mirror.corp"]).requests] == ["registry"]


@pytest.mark.parametrize(
    ("mirror", "insecure", "is_insecure"),
    [
        ("https://mirror.corp:5000/", ["mirror.corp:5000"], True),
        ("https://10.1.2.3/sub/", ["10.0.0.0/8"], True),
        ("https://localhost:5000", [], True),
        ("https://[::1]:5000", [], True),
        ("https://[::1]", [], False),
        ("https://mirror.corp/", ["mirror.corp:5000"], False),
        ("https://mirror.corp/", [], False),
        ("http://mirror.corp:5000", ["mirror.corp:5000"], False),
    ],
)
def test_the_certificate_of_an_insecure_mirror_is_not_checked(
    mirror: str, insecure: Sequence[str], is_insecure: bool
) -> None:
    first, second = targets.read("alpine", [mirror], insecure).requests[:2]
    assert (first.why, first.insecure, second.why, second.insecure) == ("mirror", is_insecure, "registry", False)


@pytest.mark.parametrize(
    ("text", "insecure", "notes"),
    [
        ("alpine", ["10.0.0.0/8"], []),
        ("postgres:16", [], []),
        ("nas:79999", [], []),
        ("team/nas:5000", [], []),
        ("nas:5000", [], ["As a host: https://nas:5000/"]),
        ("10.0.0.0/8", [], [targets.AS_NETWORK, targets.UNKNOWN_TOKENS]),
        ("nas:80", [], ["As a host: http://nas:80/"]),
        ("registry-1.docker.io/a", ["127.0.0.0/8"], []),
        ("ghcr.io/a", ["127.0.0.0/8", "::1/128", "registry.corp"], [targets.UNKNOWN_TOKENS]),
        ("registry.corp:5000/a", ["10.0.0.0/8"], [targets.UNKNOWN_TOKENS, targets.NOT_LOOKED_UP]),
        ("registry.corp:5000/a", ["10.0.0.0/8", "registry.corp:5000"], [targets.UNKNOWN_TOKENS]),
        ("11.1.2.3/a", ["10.0.0.0/8"], [targets.UNKNOWN_TOKENS]),
        ("[fd00::1]/a", ["fd00::/8"], [targets.UNKNOWN_TOKENS]),
        ("https://registry.corp/", ["10.0.0.0/8"], None),
    ],
)
def test_what_the_requests_do_not_say(text: str, insecure: Sequence[str], notes: Optional[List[str]]) -> None:
    assert list(targets.read(text, insecure=insecure).notes) == (
        [*notes, targets.REDIRECTS] if notes is not None else []
    )


@pytest.mark.parametrize(
    ("text", "notes"),
    [
        ("htps://x", ("Is https:// meant?",)),
        ("htp://x", ("Is http:// meant?",)),
        ("HTTPS://x", ()),
        ("ftps://x", ()),
        ("http+unix://x", ()),
        ("registry.corp", ()),
    ],
)
def test_a_slip_in_the_scheme_is_noted(text: str, notes: Tuple[str, ...]) -> None:
    assert targets.read(text).notes == notes


@pytest.mark.parametrize(("consumer", "count"), [("build", 2), ("cli", 1)])
def test_an_image_that_was_asked_for_another_than_the_engine(consumer: str, count: int) -> None:
    image = targets.read("alpine")
    assert targets.by_engine(image, consumer).notes[count:] == image.notes
    assert f"--for {consumer}." in targets.by_engine(image, consumer).notes[0]


@pytest.mark.parametrize(
    ("image", "insecure", "is_insecure"),
    [
        ("registry.corp:5000/a", ["registry.corp:5000"], True),
        ("registry.corp:5000/a", ["http://registry.corp:5000"], True),
        ("registry.corp:5000/a", ["registry.corp"], False),
        ("10.1.2.3:5000/a", ["10.0.0.0/8"], True),
        ("10.1.2.3/a", ["registry.corp", "10.0.0.0/9", "fd00::/8"], True),
        ("11.1.2.3/a", ["10.0.0.0/8"], False),
        ("registry.corp/a", ["10.0.0.0/8"], False),
        ("localhost:5000/a", [], True),
        ("127.0.0.1:5000/a", [], True),
        ("[::1]:5000/a", [], True),
        ("[::1]/a", [], False),
        ("[::1]/a", ["[::1]"], True),
        ("[fd00::1]/a", ["fd00::/8"], False),
        ("[fd00::1]:5000/a", ["fd00::/8"], True),
    ],
)
def test_an_insecure_registry_is_marked_and_asked_without_tls(
    image: str, insecure: Sequence[str], is_insecure: bool
) -> None:
    requests = targets.read(image, insecure=insecure).requests
    assert [(r.url.partition(":")[0], r.insecure) for r in requests] == (
        [("https", True), ("http", True)] if is_insecure else [("https", False)]
    )
