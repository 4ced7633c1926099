"""Edits of an environment file that systemd reads."""

from __future__ import annotations

from typing import Mapping, Optional

from dockproxy.formats import env_file
from dockproxy.model import Value, environment_names, reveal


def edit(text: str, values: Mapping[str, Optional[Value]]) -> str:
    """Give each variable its value, None to take it out. Written in upper case; lower-case twins go."""
    for variable, value in values.items():
        upper, lower = environment_names(variable)
        text = env_file.remove(text, lower)
        clear = reveal(value) if value is not None else ""
        text = env_file.assign(text, upper, clear) if clear else env_file.remove(text, upper)
    return text
