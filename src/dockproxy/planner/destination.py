"""The places that ``--to`` names."""

from __future__ import annotations

from dockproxy.model import Setting
from dockproxy.secret import ProxyURL
from dockproxy.sources.installation import Installation

AUTO = "auto"

TARGETS = {
    AUTO: AUTO,
    "systemd": "systemd-environment",
    "systemd-environment": "systemd-environment",
    "env-file": "systemd-env-file",
    "systemd-env-file": "systemd-env-file",
    "daemon-json": "daemon-json",
    "defaults": "sysv-defaults",
    "sysv-defaults": "sysv-defaults",
    "openrc": "openrc-conf",
    "openrc-conf": "openrc-conf",
}
"""What it takes, and the source it means."""


def is_there(setting: Setting, source: str, installation: Installation) -> bool:
    """Whether a setting stands in the place of a source. Of a password a unit only names the file."""
    has_password = isinstance(setting.value, ProxyURL) and setting.value.has_credentials
    is_units = source == "systemd-environment" and setting.origin.path == installation.env_file and has_password
    return source in (AUTO, setting.origin.source) or is_units
