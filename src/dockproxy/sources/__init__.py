"""The places where Docker looks for proxy settings, one module each with a SPEC and a ``read``."""

from __future__ import annotations

from dockproxy.sources import (
    client_config,
    daemon_json,
    dockerd_flag,
    init_files,
    process_environment,
    system_environment,
    systemd_env_file,
    systemd_environment,
    systemd_manager,
    systemd_pass_environment,
    user_environment,
)

SPECS = (
    dockerd_flag.SPEC,
    daemon_json.SPEC,
    systemd_env_file.SPEC,
    systemd_environment.SPEC,
    systemd_pass_environment.SPEC,
    systemd_manager.SPEC,
    user_environment.SPEC,
    init_files.SYSV,
    init_files.OPENRC_PROFILE,
    init_files.OPENRC,
    init_files.OPENRC_SYSTEM,
    process_environment.SPEC,
    system_environment.SPEC,
    client_config.SPEC,
)
