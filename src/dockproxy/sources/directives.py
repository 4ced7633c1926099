"""The directives of ``daemon.json`` and the flags of dockerd: their types, and which engines know them.

Source: moby, daemon/config/config.go and daemon/command/config.go (before 29.0: cmd/dockerd), at every release from
20.10.0 to 29.7.2; engines 20.10, 26.1 and 28.5 were asked.
"""

from __future__ import annotations

from typing import Dict, Mapping, NamedTuple, Optional, Tuple

from dockproxy.model import Version

OLDEST, NEWEST = (20, 10), (29, 7)
"""The engines that this table is about. What it does not know, an older or newer one may."""


class Type(NamedTuple):
    """What a value must be, in the words of Go's decoder, and what all elements of a list or an object must be, or
    those of the object that have a name of a field."""

    kind: str
    elements: Optional[Type] = None
    fields: Tuple[Field, ...] = ()


class Field(NamedTuple):
    """A value inside a directive, whose name counts in any case; ``since`` is the first engine that knows it."""

    name: str
    type_: Type
    since: Optional[Tuple[int, int]] = None


BOOL, INTEGER, STRING, OBJECT = Type("bool"), Type("integer"), Type("string"), Type("object")
STRINGS = Type("array", STRING)

_POOL = Type("object", fields=(Field("base", STRING), Field("size", INTEGER)))
_ULIMIT = Type("object", fields=(Field("name", STRING), Field("hard", INTEGER), Field("soft", INTEGER)))
_RUNTIME = Type(
    "object",
    fields=(
        Field("path", STRING),
        Field("runtimeargs", STRINGS),
        Field("runtimetype", STRING, (23, 0)),
        Field("options", OBJECT, (23, 0)),
    ),
)
_SPACES = tuple(Field(name, STRING, (28, 3)) for name in ("reservedspace", "maxusedspace", "minfreespace"))
_RULE = Type("object", fields=(Field("all", BOOL), Field("keepstorage", STRING), *_SPACES))
_GC = Type(
    "object",
    fields=(
        Field("enabled", BOOL),
        Field("policy", Type("array", _RULE)),
        Field("defaultkeepstorage", STRING),
        *(Field(f"default{name}", type_, since) for name, type_, since in _SPACES),
    ),
)
_ENTITLEMENTS = Type("object", fields=(Field("network-host", BOOL), Field("security-insecure", BOOL)))
_HISTORY = Type("object", fields=(Field("maxentries", INTEGER),))
_BUILDER = Type(
    "object", fields=(Field("gc", _GC), Field("entitlements", _ENTITLEMENTS), Field("history", _HISTORY, (26, 1)))
)

_TYPES: Tuple[Tuple[Optional[Type], str], ...] = (
    (
        BOOL,
        """
        allow-direct-routing cri-containerd debug experimental icc init ip-forward ip-forward-no-drop ip-masq ip6tables
        iptables ipv6 live-restore no-new-privileges raw-logs rootless selinux-enabled tls tlsverify userland-proxy
        """,
    ),
    (
        INTEGER,
        """
        cpu-rt-period cpu-rt-runtime default-stop-timeout max-concurrent-downloads max-concurrent-uploads
        max-download-attempts mtu network-control-plane-mtu network-diagnostic-port oom-score-adjust shutdown-timeout
        """,
    ),
    (
        STRING,
        """
        api-cors-header bip bip6 bridge bridge-accept-fwmark cgroup-parent cluster-advertise cluster-store containerd
        containerd-namespace data-root default-cgroupns-mode default-gateway default-gateway-v6 default-ipc-mode
        default-runtime exec-root firewall-backend fixed-cidr fixed-cidr-v6 graph group host-gateway-ip init-path ip
        log-driver log-format log-level metrics-addr min-api-version pidfile seccomp-profile storage-driver
        swarm-default-advertise-addr tlscacert tlscert tlskey userland-proxy-path userns-remap
        """,
    ),
    (
        STRINGS,
        """
        authorization-plugins cdi-spec-dirs dns dns-opts dns-search exec-opts host-gateway-ips hosts insecure-registries
        labels node-generic-resources registry-mirrors storage-opts
        """,
    ),
    (Type("array", _POOL), "default-address-pools"),
    (Type("object", BOOL), "features"),
    (Type("object", Type("object", STRING)), "default-network-opts"),
    (Type("object", _ULIMIT), "default-ulimits"),
    (Type("object", _RUNTIME), "runtimes"),
    (Type("object", STRING), "cluster-store-opts log-opts"),
    (_BUILDER, "builder"),
    # Of another type in some version, or accepted and ignored whatever it holds.
    (
        None,
        """
        add-runtime allow-nondistributable-artifacts authorization-plugin cdi-spec-dir cluster-store-opt config-file
        containerd-plugins-namespace default-address-pool default-network-opt default-shm-size default-ulimit
        deprecated-key-path dns-opt exec-opt feature help host http-proxy https-proxy insecure-registry label log-opt
        no-proxy node-generic-resource nri-opts registry-mirror restart storage-opt validate version
        """,
    ),
)

TYPES: Mapping[str, Optional[Type]] = {key: type_ for type_, keys in _TYPES for key in keys.split()}
"""Every key that an engine accepts in daemon.json once nested objects are flattened: that includes all its flags."""

SINCE: Mapping[str, Tuple[int, int]] = {
    "allow-direct-routing": (28, 2),
    "bip6": (28, 0),
    "bridge-accept-fwmark": (29, 0),
    "cdi-spec-dir": (25, 0),
    "cdi-spec-dirs": (25, 0),
    "default-network-opt": (24, 0),
    "default-network-opts": (24, 0),
    "default-stop-timeout": (29, 7),
    "feature": (27, 3),
    "firewall-backend": (29, 0),
    "host-gateway-ips": (28, 0),
    "http-proxy": (23, 0),
    "https-proxy": (23, 0),
    "ip-forward-no-drop": (28, 0),
    "log-format": (25, 0),
    "min-api-version": (29, 0),
    "no-proxy": (23, 0),
    "nri-opts": (29, 2),
    "validate": (23, 0),
}
"""The first engine that knows a name."""

UNTIL: Mapping[str, Tuple[int, int]] = {
    "api-cors-header": (29, 0),
    "cluster-advertise": (24, 0),
    "cluster-store": (24, 0),
    "cluster-store-opt": (24, 0),
    "cluster-store-opts": (24, 0),
    "graph": (24, 0),
    "oom-score-adjust": (26, 0),
}
"""The first engine that does not know a name any more."""

NAMES: Mapping[str, str] = {
    "add-runtime": "runtimes",
    "authorization-plugin": "authorization-plugins",
    "cdi-spec-dir": "cdi-spec-dirs",
    "cluster-store-opt": "cluster-store-opts",
    "default-address-pool": "default-address-pools",
    "default-network-opt": "default-network-opts",
    "default-ulimit": "default-ulimits",
    "dns-opt": "dns-opts",
    "exec-opt": "exec-opts",
    "feature": "features",
    "host": "hosts",
    "host-gateway-ip": "host-gateway-ips",
    "insecure-registry": "insecure-registries",
    "label": "labels",
    "log-opt": "log-opts",
    "node-generic-resource": "node-generic-resources",
    "registry-mirror": "registry-mirrors",
    "storage-opt": "storage-opts",
}
"""Flag to directive, where they differ."""

MIGRATED = "host-gateway-ip"
"""A directive that has been replaced by the one in NAMES and is still taken: both at once, or it and the flag, are a
conflict."""

WITHOUT_FLAG = frozenset({"builder", "deprecated-key-path", "min-api-version", *NAMES.values()})

FLAT = frozenset(
    {
        "builder",
        "cluster-store-opts",
        "default-network-opts",
        "default-ulimits",
        "features",
        "log-opts",
        "nri-opts",
        "runtimes",
    }
)
"""Objects that are values themselves. Of every other one dockerd checks the keys as if they stood at the top level."""

BESIDE_ITS_FLAG = "runtimes"
"""The one directive that may stand both in daemon.json and on the command line."""

SHORTHANDS: Mapping[str, str] = {
    "D": "debug",
    "G": "group",
    "H": "host",
    "b": "bridge",
    "g": "graph",
    "h": "help",
    "l": "log-level",
    "p": "pidfile",
    "r": "restart",
    "s": "storage-driver",
    "v": "version",
}

SWITCHES = frozenset({"help", "restart", "validate", "version"})
"""Flags that take no value besides those whose directive is true or false."""

TAKES_VALUE: Dict[str, bool] = {
    name: name not in SWITCHES and type_ != BOOL for name, type_ in TYPES.items() if name not in WITHOUT_FLAG
}
"""Every flag, and whether it takes a value."""


def is_refused(name: str, version: Optional[Version]) -> bool:
    """Whether an engine is known not to know a directive or a flag."""
    if version is None:
        return False
    if name in SINCE and not version.at_least(*SINCE[name]):
        return True
    if name in TYPES:
        return name in UNTIL and version.at_least(*UNTIL[name])
    return OLDEST <= version.numbers[:2] <= NEWEST


def refusal(thing: str, name: str, version: Optional[Version]) -> str:
    """What to say of a name that an engine refuses; ``thing`` is how the sentence calls it."""
    since, until = SINCE.get(name), UNTIL.get(name)
    when = f" (new in {since[0]}.{since[1]})" if since else f" (gone since {until[0]}.{until[1]})" if until else ""
    return f"{f'engine {version.text}' if version is not None else 'dockerd'} has no {thing}{when}"


def is_flat(key: str, version: Optional[Version]) -> bool:
    """Whether an engine takes an object of that name as a value."""
    return key in FLAT and not (key in SINCE and is_refused(key, version))


def directives_of(flag: str) -> Tuple[str, ...]:
    """The directives with which a flag is in conflict."""
    names = (NAMES[flag], flag) if flag == MIGRATED else (NAMES.get(flag, flag),)
    return tuple(name for name in names if name != BESIDE_ITS_FLAG) if flag in TAKES_VALUE else ()
