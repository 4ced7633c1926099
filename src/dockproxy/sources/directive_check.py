"""What dockerd checks in ``daemon.json`` before it uses it: names, flags beside directives, types, values.

Source: moby, daemon/config/config.go: configValuesSet, findConfigurationConflicts; engines 20.10, 26.1 and 28.5 were
asked.
"""

from __future__ import annotations

import re
from typing import Dict, Iterator, List, NamedTuple, Optional, Sequence, Tuple

from dockproxy.formats.json_text import Node
from dockproxy.model import DAEMON_VARIABLES, Defect, Origin, Version, saturated
from dockproxy.secret.names import masked_key
from dockproxy.sources import directive_values
from dockproxy.sources.client_config import KEYS as CLIENT_KEYS
from dockproxy.sources.client_config import VARIABLES as CLIENT_VARIABLES
from dockproxy.sources.directives import (
    INTEGER,
    MIGRATED,
    NAMES,
    STRING,
    TYPES,
    Field,
    Type,
    directives_of,
    is_flat,
    is_refused,
    refusal,
)
from dockproxy.sources.dockerd_flag import Given
from dockproxy.sources.spec import refused

PROXIES = "proxies"

VARIABLES = {
    key: v for key, v in {**CLIENT_VARIABLES, **{v: v for v in DAEMON_VARIABLES}}.items() if v in DAEMON_VARIABLES
}
"""What is meant by a key, in lower case and with dashes, that some program calls a variable."""

PLACED = "remove it; `dockproxy set` then finds the place that this engine reads"

UNSUPPORTED = "proxies-unsupported"
"""A variable, in an engine that knows none in this file."""

ENTRY = "default"
"""What stands in ``proxies`` of the docker CLI's file, where it has a meaning for dockerd."""

NEEDED = {
    "bool": "true or false",
    "integer": "a whole number",
    "string": "a string",
    "array": "a list",
    "object": "an object",
}

TYPE_MENDS = {
    ("number", "string"): "put it in double quotes",
    ("bool", "string"): "put it in double quotes",
    ("string", "bool"): "take the quotes away",
    ("string", "integer"): "take the quotes away",
    ("string", "array"): "put it in square brackets",
}
"""What a value is and what is needed, to the mend."""


class Directive(NamedTuple):
    """A key as dockerd sees it, once nested objects are flattened; ``parent`` is the key of the object it was in."""

    key: str
    origin: Origin
    parent: str = ""

    @property
    def is_in_proxies(self) -> bool:
        """Whether Go's decoder, which takes names in any case, finds it in ``proxies``."""
        return self.parent.lower() == PROXIES


def check(root: Node, where: Origin, version: Optional[Version], given: Sequence[Given]) -> List[Defect]:
    """Everything with which an engine does not start; ``where`` is the file."""
    seen = _flattened(root, where, version)
    unknown = [_unknown(directive, version) for directive in seen.values() if _is_unknown(directive, version)]
    mistyped = list(_mistyped(root, where, version))
    # What cannot be decoded is not checked any further.
    values = () if mistyped else _refused_values(root, where, version)
    return [*unknown, *_conflicts(seen, version, given), *mistyped, *values]


def _flattened(root: Node, where: Origin, version: Optional[Version]) -> Dict[str, Directive]:
    found = {}
    # Of a key that is there twice only the last one is looked at.
    for key, node in {member.key: member.value for member in root.members}.items():
        if node.kind == "object" and not is_flat(key, version):
            for inner in node.members:
                found[inner.key] = Directive(inner.key, _at(inner.key, inner.value, where), key)
        else:
            found[key] = Directive(key, _at(key, node, where))
    return found


def _at(key: str, node: Node, where: Origin) -> Origin:
    return where._replace(line=node.line, name=masked_key(key))


def _is_unknown(directive: Directive, version: Optional[Version]) -> bool:
    # The client's shape is no engine's, so that the version need not be known.
    is_client = directive.is_in_proxies and directive.key in (*CLIENT_KEYS, ENTRY)
    return is_client or is_refused(directive.key, version)


def _unknown(directive: Directive, version: Optional[Version]) -> Defect:
    key, shown = directive.key, masked_key(directive.key)
    kind, what, mend = "directive-unknown", refusal(f'directive "{shown}"', key, version), "remove it"
    alike = key.lower().replace("_", "-")
    variable = VARIABLES.get(alike)
    if directive.is_in_proxies:
        kind = "proxies-wrong-shape"
    if key in DAEMON_VARIABLES:
        kind, mend = UNSUPPORTED, PLACED
    elif variable is not None:
        mend = _placed(variable, directive, version)
    elif directive.is_in_proxies and key == ENTRY:
        mend = f"put {', '.join(DAEMON_VARIABLES)} directly into it; this is the shape of the docker CLI's file"
    elif key.lower() == PROXIES:
        kind, what, mend = "proxies-wrong-shape", f'"{key}" is no object', "make it one, or remove it"
    elif not directive.is_in_proxies and alike in TYPES and not is_refused(alike, version):
        mend = f'write it "{alike}"'
    said = f"the following directives don't match any configuration option: {shown}"
    return refused(kind, directive.origin, what, said, mend)


def _placed(variable: str, directive: Directive, version: Optional[Version]) -> str:
    """Where a variable belongs that has another name, or another place."""
    if is_refused(variable, version):
        return PLACED
    return f'write it "{variable}"' if directive.is_in_proxies else f'move it: "{PROXIES}": {{"{variable}": "…"}}'


def _conflicts(seen: Dict[str, Directive], version: Optional[Version], given: Sequence[Given]) -> Iterator[Defect]:
    for flag in dict.fromkeys(g.flag.name for g in given):
        places = dict.fromkeys(f"{g.flag.spelt} at {g.origin}" for g in given if g.flag.name == flag)
        for key in directives_of(flag):
            if key in seen and not is_refused(key, version):
                what = f'"{key}" is also set by the flag {" and ".join(places)}'
                said = f"the following directives are specified both as a flag and in the configuration file: {key}"
                yield refused("configuration-conflict", seen[key].origin, what, said, "remove one of the two")
    new = NAMES[MIGRATED]
    if new in seen and MIGRATED in seen and not is_refused(new, version):
        what = f'"{new}" replaces "{MIGRATED}" at {seen[MIGRATED].origin}'
        said = f"{MIGRATED} and {new} must not both be specified in the config file"
        yield refused("configuration-conflict", seen[new].origin, what, said, "remove one of the two")


def _mistyped(root: Node, where: Origin, version: Optional[Version]) -> Iterator[Defect]:
    # The decoder looks at all members, also at those whose key is there again.
    for key, node, *_ in root.members:
        type_ = TYPES.get(key)
        if type_ is not None and not is_refused(key, version):
            yield from _mistakes("directive-mistyped", f'"{key}"', node, type_, _at(key, node, where), version)
        if key.lower() == PROXIES:
            for inner in node.members:
                if inner.key in DAEMON_VARIABLES and not is_refused(inner.key, version):
                    at = _at(inner.key, inner.value, where)
                    yield from _mistakes("proxies-wrong-shape", f'"{inner.key}"', inner.value, STRING, at, version)


def _mistakes(
    kind: str, subject: str, node: Node, type_: Type, at: Origin, version: Optional[Version]
) -> Iterator[Defect]:
    if not _is(node, type_.kind):
        yield _mistake(kind, subject, node, type_.kind, at)
    elif type_.elements is not None:
        whose = subject if subject.startswith("every value") else f"every value in {subject}"
        for part in (*node.items, *(member.value for member in node.members)):
            yield from _mistakes(kind, whose, part, type_.elements, at._replace(line=part.line), version)
    for field in type_.fields if node.kind == "object" else ():
        for member in node.members:
            if member.key.lower() == field.name and _knows(field, version):
                whose, place = f'"{member.key}" in "{at.name}"', at._replace(line=member.value.line)
                yield from _mistakes(kind, whose, member.value, field.type_, place, version)


def _knows(field: Field, version: Optional[Version]) -> bool:
    return field.since is None or (version is not None and version.at_least(*field.since))


def _refused_values(root: Node, where: Origin, version: Optional[Version]) -> Iterator[Defect]:
    for key, node in _in_force(root).items():
        earlier: List[str] = []
        for value, part in _values(key, node) if not is_refused(key, version) else ():
            failed = directive_values.refusing(directive_values.FILE, key, value, earlier, version)
            earlier.append(value)
            if failed is not None:
                subject = f'every value in "{key}"' if node.kind == "array" else f'"{key}"'
                what, mend = f"{subject} must be {failed.needed}", "correct or remove it"
                yield refused("directive-value", _at(key, part, where), what, failed.said, mend)


def _in_force(root: Node) -> Dict[str, Node]:
    """The last value of each key; null leaves a value that is no list as it is."""
    found: Dict[str, Node] = {}
    for key, node, *_ in root.members:
        if node.kind != "null" or key not in found or found[key].kind == "array":
            found[key] = node
    return found


def _values(key: str, node: Node) -> List[Tuple[str, Node]]:
    """What is checked of a value, each with its place: the items of a list, the keys of an object; null is empty."""
    if node.kind == "object":
        return [(member.key, member.value) for member in node.members]
    type_ = TYPES.get(key)
    if node.kind == "null" and type_ is not None and type_.elements is not None:
        return []
    parts = node.items if node.kind == "array" else (node,)
    kinds = ("string", "number") if type_ == INTEGER else ("string",)
    return [(str(part.value) if part.kind in kinds else "", part) for part in parts]


def _is(node: Node, needed: str) -> bool:
    # null leaves everything as it is.
    if node.kind == "number" and needed == "integer":
        is_whole = re.fullmatch("-?[0-9]+", node.value) is not None
        return is_whole and abs(saturated(node.value)) <= directive_values.MOST
    return word(node) in (needed, "null")


def _mistake(kind: str, subject: str, node: Node, needed: str, origin: Origin) -> Defect:
    mend = TYPE_MENDS.get((word(node), needed), "correct it")
    said = f"json: cannot unmarshal {word(node)} …"
    return refused(kind, origin, f"{subject} must be {NEEDED[needed]}", said, mend)


def word(node: Node) -> str:
    """Go's word for a kind of value."""
    return "bool" if node.kind in ("true", "false") else node.kind
