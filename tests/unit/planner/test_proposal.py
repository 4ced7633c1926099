"""``set --no-proxy auto``: what a host needs, and why; tests/e2e asks a live one."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, List, Optional

import pytest

from dockproxy.host import Host
from dockproxy.planner import proposal
from dockproxy.planner.proposal import METADATA, Entry, Proposal, Proposed
from dockproxy.resolve.daemon import view
from dockproxy.sources import registries_in_use
from tests.unit.trees import DAEMON_JSON, SOCKET, Content, docker_files, grow, info, live, tree

CONFIG = "/root/.docker/config.json"
FIB_TRIE = """     /32 host LOCAL
Main:
  |-- 10.1.2.3
     /32 host LOCAL
  |-- 172.17.0.1
     /32 host LOCAL
  |-- 127.0.0.1
     /32 host LOCAL
  |-- 10.1.2.255
     /32 link BROADCAST
"""
ROUTE = """Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask
eth0\t0002010A\t00000000\t0001\t0\t0\t0\t00FFFFFF
docker0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF
docker0
"""
HOSTS = """127.0.0.1 localhost
127.0.1.1 build1.ops.example.com build1 alias.lan
10.1.2.3 Other # x
10.9.9.9 far
"""
INET6 = """20010db8000000000000000000000005 02 40 00 80 eth0
20010db80000000000000000000000ff 02 40 00 01 eth0
fe800000000000000000000000000001 02 40 20 80 eth0
20010db8000000010000000000000001 03 40 00 80 docker0
broken
fd00 1 1 1 zz eth0
"""


def host(root: Path, files: Dict[str, Content], answers: Optional[Dict[str, Any]] = None) -> Host:
    return live(root, docker_files(files), info(), 1.0, answers)


def apply(current: str, proposed: Proposal, dialect: Optional[str], edited: Optional[str] = None) -> Proposed:
    return proposal.apply(current, edited, proposed, dialect, "dockproxy set --for x")


def texts(found: Proposal) -> List[str]:
    return [e.text for e in found.entries if e.text not in METADATA]


def reasons(found: Proposal) -> Dict[str, str]:
    return {e.text: e.reason for e in (*found.entries, *found.outside)}


def test_the_hosts_own_names_and_addresses(tmp_path: Path) -> None:
    seen = host(
        tmp_path,
        {
            "/etc/hostname": "build1\n",
            "/etc/hosts": HOSTS,
            "/proc/net/fib_trie": FIB_TRIE,
            "/proc/net/route": ROUTE,
            "/proc/net/if_inet6": INET6,
        },
    )
    found = proposal.for_daemon(seen, view(seen), [])
    assert texts(found) == ["10.1.2.3", "2001:db8::5", "alias.lan", "build1", "build1.ops.example.com", "other"]
    assert reasons(found)["build1"] == "this host itself, /etc/hostname"
    assert set(METADATA) <= set(reasons(found))


def test_a_bridge_is_the_hosts_own_where_a_port_leads_out(tmp_path: Path) -> None:
    addresses = ("192.168.250.1", "192.168.251.1", "192.168.252.1", "10.1.2.3")
    leaves = "".join(f"  |-- {address}\n     /32 host LOCAL\n" for address in addresses)
    routes = (
        "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask",
        "mybridge\t00FAA8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF",
        "mybridge\t00000000\t02FAA8C0\t0003\t0\t0\t0\t00000000",
        "empty0\t00FBA8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF",
        "br0\t0002010A\t00000000\t0001\t0\t0\t0\t00FFFFFF",
        "eth1\t00FCA8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF",
    )
    inet6 = (f"20010db800000000000000000000000{i} 02 40 00 80 {name}\n" for i, name in enumerate(("mybridge", "br0")))
    files: Dict[str, Content] = {
        "/proc/net/fib_trie": leaves,
        "/proc/net/route": "\n".join(routes),
        "/proc/net/if_inet6": "".join(inet6),
        **{f"/sys/class/net/{port}": "" for port in ("mybridge/brif/veth1", "mybridge/brif/vnet0", "br0/brif/veth1")},
        "/sys/class/net/br0/brif/eth0": "",
        "/sys/class/net/empty0/brif/": "",
    }
    seen = host(tmp_path, files)
    assert texts(proposal.for_daemon(seen, view(seen), [])) == ["10.1.2.3", "192.168.252.1", "2001:db8::1"]


@pytest.mark.parametrize(
    ("hostname", "hosts", "expected"),
    [
        ("localhost", HOSTS, ["alias.lan", "build1", "build1.ops.example.com"]),
        ("host1.corp", "127.0.0.1 localhost host1.corp\n10.1.2.3 host1.corp HOST1 # x\n10.9.9.9 host2",
         ["10.1.2.3", "host1", "host1.corp"]),
        ("host1", "2001:db8::5 host1.corp host1\nbroken host1 other\n10.9.9.9 host1.far.example",
         ["2001:db8::5", "host1", "host1.corp", "host1.far.example"]),
        ("host1", "127.0.1.1 host1.corp host1\n", ["host1", "host1.corp"]),
    ],
)  # fmt: skip
def test_a_trees_addresses_are_those_of_its_name(
    hostname: str, hosts: str, expected: List[str], tmp_path: Path
) -> None:
    seen = tree(tmp_path, docker_files({"/etc/hostname": f"{hostname}\n", "/etc/hosts": hosts}))
    found = proposal.for_daemon(seen, view(seen), [])
    assert texts(found) == expected
    has_address = any(reason.endswith("/etc/hosts") for text, reason in reasons(found).items() if text[0] in "12")
    assert ("this host's addresses" in reasons(found)) != has_address


def test_private_registries_and_log_endpoints(tmp_path: Path) -> None:
    body = {
        **info(),
        "RegistryConfig": {
            "Mirrors": ["https://mirror.corp:5000/", "https://mirror.example.net"],
            "IndexConfigs": {"plain.example.org:5000": {"Secure": False}, "docker.io": {"Secure": True}},
            "InsecureRegistryCIDRs": ["127.0.0.0/8", "10.0.0.0/8", "fd00::/8", "0.0.0.0/0"],
        },
    }
    images = [
        {"RepoTags": ["alpine:3", "reg:5000/a:1"], "RepoDigests": None},
        {"RepoTags": ["<none>:<none>", "ghcr.io/a/b:1", "10.7.7.7:5000/x:1"]},
        "odd",
    ]
    config = {
        "auths": {"https://index.docker.io/v1/": {}, "login.ops.example.com": {}, "[": {}},
        "credHelpers": {"x.lan": "y"},
    }
    files: Dict[str, Content] = {
        "/etc/hostname": "build1.ops.example.com\n",
        DAEMON_JSON: {
            "log-opts": {"splunk-url": "https://splunk.corp:8088", "gelf-address": "udp://gelf.corp:1", "max": 1}
        },
        CONFIG: config,
        "/root/.docker/broken.json": "{",
    }
    grow(tmp_path, docker_files(files))
    seen = live(
        tmp_path, {}, body, 1.0, {f"GET {SOCKET} /images/json": {"status": 200, "server": "Docker", "body": images}}
    )
    found = proposal.for_daemon(seen, view(seen), [CONFIG, "/root/.docker/broken.json", "/nowhere"])
    assert texts(found) == [
        "10.0.0.0/8", "10.7.7.7", "build1.ops.example.com", "fd00::/8", "login.ops.example.com", "mirror.corp",
        "reg", "splunk.corp", "x.lan",
    ]  # fmt: skip
    assert [e.text for e in found.outside] == ["0.0.0.0/0", "ghcr.io", "mirror.example.net", "plain.example.org"]
    assert reasons(found)["ghcr.io"] == "the image ghcr.io/a/b:1 is from there, and nothing says that it is inside"
    assert reasons(found)["reg"] == "the image reg:5000/a:1 is from there"
    assert reasons(found)["x.lan"] == f"credentials are stored for it in {CONFIG}"
    assert reasons(found)["splunk.corp"] == "the log driver's splunk-url"


def test_an_engine_that_does_not_run_is_not_asked_for_its_images(tmp_path: Path) -> None:
    listed = {"status": 200, "server": "Docker", "body": [{"RepoTags": ["reg:5000/a:1"]}]}
    grow(tmp_path, docker_files())
    for body, expected in ((info(), ["reg"]), (None, [])):
        seen = live(tmp_path, {}, body, 1.0, {f"GET {SOCKET} /images/json": listed})
        assert texts(proposal.for_daemon(seen, view(seen), [])) == expected


def test_the_log_options_of_the_command_line(tmp_path: Path) -> None:
    flags = "--log-opt loki-url=http://loki.lan/push --log-opt awslogs-endpoint=https://logs.lan"
    unit = f"[Service]\nExecStart=/usr/sbin/dockerd {flags} --insecure-registry [::1\n"
    seen = tree(tmp_path, docker_files({"/etc/systemd/system/docker.service": unit, DAEMON_JSON: "{"}))
    assert texts(proposal.for_daemon(seen, view(seen), [])) == ["logs.lan", "loki.lan"]


def test_containers_need_their_networks_and_names_too(tmp_path: Path) -> None:
    networks = [
        {"Name": "bridge", "IPAM": {"Config": [{"Subnet": "172.17.0.0/16"}, {"Subnet": "fd01::/64"}, {}]}},
        {"Name": "host", "IPAM": {"Config": None}},
        {"Name": "odd", "IPAM": 5},
    ]
    containers = [
        {"Names": ["/app-db-1", "/app-web-1/db"], "Labels": {"com.docker.compose.service": "db"}},
        {"Names": None, "Labels": None},
        {"Names": ["/$(x)"], "Labels": {"com.docker.compose.service": "*"}},
    ]
    answers = {"/networks": networks, "/containers/json?all=1": containers}
    seen = host(
        tmp_path,
        {},
        {f"GET {SOCKET} {path}": {"status": 200, "server": "Docker", "body": b} for path, b in answers.items()},
    )
    daemon = Proposal((Entry("10.0.0.0/8", "x"), Entry("fd00::/8", "x"), Entry("fd00:ec2::254", "x")), ())
    found = proposal.for_containers(seen, SOCKET, daemon)
    assert texts(found) == [
        "10.0.0.0/8", "127.0.0.1", "172.17.0.0/16", "::1", "app-db-1", "db", "gateway.docker.internal",
        "host.docker.internal", "localhost",
    ]  # fmt: skip
    assert reasons(found)["172.17.0.0/16"] == "the network bridge of containers"
    alone = proposal.for_containers(seen, None, Proposal(()))
    assert "172.17.0.0/16" not in texts(alone)


PROPOSED = Proposal(tuple(Entry(t, "why") for t in ("10.1.2.3", "fd00::/8", "mirror.corp", *METADATA)))


def test_the_list_is_sorted_and_ones_own_entries_stay() -> None:
    made = apply("z.example,Mirror.corp", PROPOSED, "go")
    assert made.text == "10.1.2.3,169.254.169.254,fd00::/8,fd00:ec2::254,metadata.google.internal,Mirror.corp,z.example"
    assert made.notes[0] == "no-proxy gets 10.1.2.3: why"


@pytest.mark.parametrize(("dialect", "is_there"), [("go", False), (None, True)])
def test_entries_that_differ_in_case_are_two_to_containers(dialect: Optional[str], is_there: bool) -> None:
    made = apply("MIRROR.CORP,a.corp,A.corp,a.corp", PROPOSED, dialect)
    mirror = "MIRROR.CORP,mirror.corp" if is_there else "MIRROR.CORP"
    assert made.text == (
        f"10.1.2.3,169.254.169.254,A.corp,a.corp,fd00::/8,fd00:ec2::254,metadata.google.internal,{mirror}"
    )


@pytest.mark.parametrize("dialect", ["go", None])
@pytest.mark.parametrize("current", ["*", "a.corp, *"])
def test_a_list_of_every_host_stays_as_it_is(current: str, dialect: Optional[str]) -> None:
    assert apply(current, PROPOSED, dialect) == (current, (proposal.ALREADY_EVERYTHING,))


@pytest.mark.parametrize(("dialect", "is_there"), [("go", False), (None, True)])
def test_what_the_engine_takes_as_covered_is_not_added(dialect: Optional[str], is_there: bool) -> None:
    made = apply(".corp,10.0.0.0/8,::/0", PROPOSED, dialect)
    assert ("mirror.corp" in made.text) is is_there


@pytest.mark.parametrize(
    ("current", "dialect", "expected"),
    [
        ("", "go", ["10.0.0.0/8", "172.20.1.1", "corp", "fd00::/8"]),
        ("172.16.0.0/12,*.corp", "go", ["10.0.0.0/8", "corp", "fd00::/8"]),
        (".CORP:443,corp,::/0,10.0.0.0/7", "go", ["172.20.1.1"]),
        ("", None, [
            "10.0.0.0/8", "10.0.0.9", "10.0.0.9/32", "172.20.1.1", "172.20.1.1/32", "a.corp", "corp", "fd00::/8",
            "fd00::5",
        ]),
    ],
)  # fmt: skip
def test_what_another_entry_covers_to_the_engine_is_not_added(
    current: str, dialect: Optional[str], expected: List[str]
) -> None:
    found = (
        "10.0.0.0/8",
        "10.0.0.9",
        "10.0.0.9/32",
        "172.20.1.1",
        "172.20.1.1/32",
        "a.corp",
        "corp",
        "fd00::/8",
        "fd00::5",
    )
    made = apply(current, Proposal(tuple(Entry(text, "why") for text in (*found, *METADATA))), dialect)
    told = [note.split()[2].rstrip(":") for note in made.notes]
    assert [text for text in told if text not in METADATA] == expected
    assert set(METADATA) <= set(told)


def test_a_list_that_was_computed_before_stays_as_it_is() -> None:
    before = ",".join(METADATA)
    made = apply(before, PROPOSED._replace(outside=(Entry("ghcr.io", "image, and more"),)), "go")
    assert made.text == before
    assert made.notes == (
        "proposed for no-proxy, and not added: 10.1.2.3: why",
        "proposed for no-proxy, and not added: fd00::/8: why",
        "proposed for no-proxy, and not added: mirror.corp: why",
        "`dockproxy set --for x --add-no-proxy 10.1.2.3,fd00::/8,mirror.corp` adds them",
        "not proposed: ghcr.io: image, and more",
    )
    again = apply(",".join(e.text for e in PROPOSED.entries), PROPOSED, "go")
    assert again.notes == ("the no-proxy list was computed before, and lacks nothing",)


FIRST, REST = METADATA[0], ",".join(METADATA[1:])


@pytest.mark.parametrize(
    ("current", "edited", "expected"),
    [
        ("z", "z,q.corp,z,10.1.0.0/16", f"10.1.0.0/16,{FIRST},fd00::/8,{REST},mirror.corp,q.corp,z"),
        (".corp", "", f"10.1.2.3,{FIRST},fd00::/8,{REST},mirror.corp"),
        ("", METADATA[1], f"10.1.2.3,{FIRST},fd00::/8,{REST},mirror.corp"),
        (f"{FIRST},{REST}", f"{FIRST},{REST},9.9.9.9", f"{FIRST},9.9.9.9,{REST}"),
        (FIRST, "", ""),
        ("*", "*,.corp", "*,.corp"),
        ("*", "", f"10.1.2.3,{FIRST},fd00::/8,{REST},mirror.corp"),
    ],
)
def test_what_is_added_and_removed_besides_counts_and_is_sorted_in(current: str, edited: str, expected: str) -> None:
    assert apply(current, PROPOSED, "go", edited).text == expected


def test_a_list_from_which_somebody_took_metadata_stays_as_it_is() -> None:
    wanted = PROPOSED.without([METADATA[1]])
    first = apply("", wanted, "go").text
    assert METADATA[1] not in first
    changed = Proposal((*PROPOSED.entries, Entry("10.9.9.9", "a new address")))
    later = apply(first, changed, "go")
    assert later.text == first
    assert [note for note in later.notes if note.startswith("proposed")] == [
        "proposed for no-proxy, and not added: fd00:ec2::254: why",
        "proposed for no-proxy, and not added: 10.9.9.9: a new address",
    ]


def test_a_list_without_any_metadata_says_that_it_is_computed_again() -> None:
    unwanted = PROPOSED.without([",".join(METADATA)])
    for current in ("", METADATA[0]):
        assert proposal.UNMARKED in apply(current, unwanted, "go").notes
    assert proposal.UNMARKED not in apply("", PROPOSED, "go").notes


def test_an_international_name_is_told_of(tmp_path: Path) -> None:
    grow(tmp_path, docker_files({CONFIG: {"auths": {"b\u00fccher.corp": {}}}}))
    seen = tree(tmp_path, {})
    found = proposal.for_daemon(seen, view(seen), [CONFIG])
    assert texts(found) == []
    assert (
        f"not proposed: b\u00fccher.corp: credentials are stored for it in {CONFIG}; where it is inside, add it as "
        "clients see it: xn--bcher-kva.corp"
    ) in apply("", found, "go").notes


def test_what_is_computed_once_is_not_computed_again_whatever_ones_own_entries_cover() -> None:
    first = apply(".internal,169.254.0.0/16", PROPOSED, "go").text
    assert set(METADATA) <= set(first.split(","))
    changed = Proposal((*PROPOSED.entries, Entry("10.9.9.9", "a new address")))
    assert apply(first, changed, None).text == first


@pytest.mark.parametrize(
    ("address", "host_"),
    [
        ("https://index.docker.io/v1/", "index.docker.io"),
        ("registry.corp:5000", "registry.corp"),
        ("https://u:p@reg.corp/v2/", "reg.corp"),
        ("[fd00::1]:5000", "fd00::1"),
        ("https://alice:C4N@RY/x@reg.corp", ""),
        ("https://alice:C4N#RY@reg.corp", ""),
        ("https://alice:C4N/RY@reg.corp", ""),
        ("https://al:C4N?RY@reg.corp", ""),
        ("*", ""),
        ("*,x.corp", ""),
        ("a b,c.corp", ""),
        ("$(touch x).corp", ""),
        ("", ""),
        ("[", ""),
        ("[:1]:5000", ""),
        ("[10.0.0.1]", ""),
        ("[fe80::1%eth0]", ""),
        ("a.corp.", "a.corp"),
        ("b\u00fccher.corp:5000", "b\u00fccher.corp"),
    ],
)
def test_no_part_of_a_password_and_nothing_else_is_taken_for_a_host(address: str, host_: str) -> None:
    assert registries_in_use.host_of(address) == host_


@pytest.mark.parametrize(
    ("hostname", "registry", "is_inside"),
    [
        ("bh.acme.com", "reg.acme.com", True),
        ("acme.co.uk", "reg.other.co.uk", False),
        ("bh.acme.co.uk", "reg.acme.co.uk", True),
        ("bh.com", "reg.com", False),
        ("bh", "x.mydocker.io", False),
    ],
)
def test_whose_name_is_like_this_hosts(hostname: str, registry: str, is_inside: bool, tmp_path: Path) -> None:
    files: Dict[str, Content] = {
        "/etc/hostname": f"# c\n\n{hostname}\n",
        DAEMON_JSON: {"registry-mirrors": [f"https://{registry}"]},
    }
    seen = tree(tmp_path, docker_files(files))
    found = proposal.for_daemon(seen, view(seen), [])
    assert registry in [e.text for e in (found.entries if is_inside else found.outside)]


@pytest.mark.parametrize(
    ("registry", "is_inside"),
    [
        *((a, True) for a in ("10.255.0.1", "172.31.0.1", "192.168.0.1", "100.64.0.1", "169.254.1.1", "127.0.0.2")),
        *((a, True) for a in ("fd00::1", "fc00::1", "fe80::1", "::1", "10.0.0.0/8", "fd00::/8", "100.64.0.0/10")),
        *((a, False) for a in ("192.0.0.8", "203.0.113.5", "198.18.0.1", "240.0.0.1", "172.32.0.1", "100.128.0.1")),
        *((a, False) for a in ("2001:db8::1", "2606:4700::1", "::ffff:9.9.9.9", "10.0.0.0/7", "0.0.0.0/0", "::/0")),
    ],
)
def test_which_addresses_are_inside(registry: str, is_inside: bool, tmp_path: Path) -> None:
    address = f"[{registry}]" if ":" in registry and "/" not in registry else registry
    seen = tree(tmp_path, docker_files({DAEMON_JSON: {"insecure-registries": [address]}}))
    found = proposal.for_daemon(seen, view(seen), [])
    assert (registry in texts(found), registry in [e.text for e in found.outside]) == (is_inside, not is_inside)


def test_the_line_of_loopback_names_more_than_this_host(tmp_path: Path) -> None:
    hosts = "127.0.0.1 localhost localhost4 localhost4.localdomain4 bh bh.corp other\n::1 ip6-loopback bh\n"
    seen = tree(tmp_path, docker_files({"/etc/hostname": "bh\n", "/etc/hosts": hosts}))
    assert texts(proposal.for_daemon(seen, view(seen), [])) == ["bh", "bh.corp"]


def test_an_entry_with_a_port_does_not_cover_the_host() -> None:
    assert "mirror.corp," in apply("mirror.corp:443", PROPOSED, "go").text


def test_what_somebody_does_not_want_is_not_proposed() -> None:
    left = PROPOSED.without(["Mirror.corp, 10.1.2.3", "other"])
    assert [e.text for e in left.entries] == ["fd00::/8", *METADATA]
