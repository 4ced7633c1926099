"""What Docker's own settings hold that is no secret, as data: a diff shows it, since a plan is judged by it."""

from __future__ import annotations

import re
from typing import FrozenSet

from dockproxy.report import display
from dockproxy.secret import ProxyURL
from dockproxy.secret.masking import MASK
from dockproxy.sources.directives import BOOL, INTEGER, NAMES, TYPES


def _names(text: str) -> FrozenSet[str]:
    return frozenset(text.split())


PLAIN = re.compile(r"[A-Za-z0-9_.:/*@\[\],-]*")
"""What hosts, URLs, paths and names are made of."""

WEB = re.compile("https?:", re.IGNORECASE)

LISTS = _names(
    """
    allow-nondistributable-artifacts authorization-plugins cdi-spec-dirs dns dns-opts dns-search exec-opts
    host-gateway-ips hosts insecure-registries registry-mirrors storage-opts
    """
)
"""Directives whose arrays are shown; labels may hold anything."""

WITH_OPTIONS = _names("exec-opts log-opts storage-opts")
OPTIONS = _names(
    """
    compress max-buffer-size max-file max-size mode native.cgroupdriver overlay2.override_kernel_check overlay2.size
    """
)
"""Of the directives that hold NAME=VALUE, the names whose values are shown."""

SINGLE = _names(
    """
    bip bip6 bridge config-file containerd data-root default-cgroupns-mode default-gateway default-gateway-v6
    default-ipc-mode default-runtime exec-root firewall-backend fixed-cidr fixed-cidr-v6 graph group host-gateway-ip
    init-path ip log-driver log-format log-level metrics-addr pidfile seccomp-profile storage-driver tlscacert tlscert
    tlskey userland-proxy-path
    """
)
SHAPE = re.compile(
    r"/[A-Za-z0-9_./-]*|(?=[^/]*[.:])[0-9A-Fa-f.:]+(?:/[0-9]{1,3})?|docker0?|host|none|private|shareable|runc|"
    r"panic|fatal|error|warn|info|debug|trace|text|json|iptables|nftables|"
    r"json-file|local|journald|syslog|fluentd|gelf|awslogs|gcplogs|splunk|"
    r"overlay2?|overlayfs|fuse-overlayfs|aufs|btrfs|zfs|devicemapper|vfs"
)
"""Flags with one value, and what of it is shown: paths, addresses and Docker's own words. A flag of one letter may be
another program's, so that other words stay hidden."""

SCALARS = (BOOL, INTEGER)
SCALAR = re.compile("true|false|-?[0-9]{1,9}")

CLIENT = _names("credsStore currentContext detachKeys stackOrchestrator")
CLIENT_HELPERS = "credHelpers"
"""Keys of config.json with the names of programs and the like, and an object of such."""

CLIENT_FORMATS = _names(
    """
    configFormat imagesFormat networksFormat nodesFormat pluginsFormat psFormat secretFormat serviceInspectFormat
    servicesFormat statsFormat tasksFormat volumesFormat
    """
)
FORMAT = re.compile(r"(?:table|json|raw|pretty|\{\{[a-z ]*\.\w* *\}\}|[\s|:,/-])*")


def value(text: str) -> str:
    """A value that is known to be harmless, without the credentials of a URL; hidden where it is something else."""
    shown = display.text(display.value(ProxyURL(text) if WEB.match(text) else text))
    return shown if PLAIN.fullmatch(shown) else MASK


def template(text: str) -> str:
    """What a client prints of a container or the like."""
    return text if FORMAT.fullmatch(text) else MASK


def of_directive(directive: str, text: str) -> str:
    """One value of a directive whose values are shown."""
    if directive not in WITH_OPTIONS:
        return value(text)
    name, equals, setting = text.partition("=")
    return f"{name}={value(setting)}" if equals and name in OPTIONS else MASK


def of_flag(name: str, text: str) -> str:
    """The value of a flag of dockerd."""
    directive = NAMES.get(name, name)
    if directive in LISTS | WITH_OPTIONS:
        # With -H another program may take a user.
        return of_directive(directive, text) if directive != "hosts" or "://" in text else MASK
    is_shown = SHAPE.fullmatch(text) if directive in SINGLE else TYPES[name] in SCALARS and SCALAR.fullmatch(text)
    return text if is_shown else MASK
