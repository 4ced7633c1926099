"""Variables of the engine's environment that are nearly called like those it reads."""

from __future__ import annotations

import re
from typing import Iterator, Sequence, Tuple

from dockproxy.model import DAEMON_VARIABLES, VARIABLE_OF_NAME, Defect, Origin, Reading, environment_names

NAMES = tuple(environment_names(variable)[0] for variable in DAEMON_VARIABLES)

CANDIDATE = re.compile("P[RO]{0,2}X", re.IGNORECASE)
NEAR = 0.85
"""How alike two names are of which one is meant; those that other programs read are less so."""


def read(assigned: Sequence[Tuple[str, str, Origin]]) -> Reading:
    """Each such assignment."""
    return Reading(defects=tuple(_defects(assigned)))


def _defects(assigned: Sequence[Tuple[str, str, Origin]]) -> Iterator[Defect]:
    for name, _, origin in assigned:
        if name in VARIABLE_OF_NAME or not CANDIDATE.search(name):
            continue
        from difflib import get_close_matches

        meant = get_close_matches(name.upper(), NAMES, 1, NEAR)
        if meant:
            said = f"{origin}: {name}: the engine reads no variable of that name; is {meant[0]} meant?"
            yield Defect("environment-ignored", said, origin, mend="")
