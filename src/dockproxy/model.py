"""The words of this project as frozen data: what was seen, where, and what follows from it.

Named tuples rather than dataclasses, here and in the modules that ``show`` imports: each dataclass compiles its methods
anew at every start, which together took a tenth of that verb's time. Dataclasses are what must not print a field.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import Dict, Mapping, NamedTuple, Optional, Tuple, Union

from dockproxy.secret import ProxyURL

HTTP, HTTPS, NO = "http-proxy", "https-proxy", "no-proxy"
FTP, ALL = "ftp-proxy", "all-proxy"

DAEMON_VARIABLES = (HTTP, HTTPS, NO)
"""What dockerd reads; it never looks at ALL_PROXY or FTP_PROXY (moby, daemon/command/daemon.go)."""

CONTAINER_VARIABLES = (HTTP, HTTPS, NO, FTP, ALL)
"""What the docker CLI injects into containers (docker/cli, cli/config/configfile/file.go)."""

Value = Union[ProxyURL, str]
"""A proxy URL, which may hold a password, or the plain text of a no-proxy list."""


def value_of(variable: str, text: str) -> Value:
    """Return ``text`` as the type that ``variable`` holds."""
    return text if variable == NO else ProxyURL(text)


def reveal(value: Value) -> str:
    """Return the clear text of a value; only writers and comparisons may call this."""
    return value.reveal() if isinstance(value, ProxyURL) else value


def environment_names(variable: str) -> Tuple[str, str]:
    """Return the two environment names of a variable, upper case first: the order in which Go reads them."""
    name = variable.replace("-", "_")
    return name.upper(), name


VARIABLE_OF_NAME: Mapping[str, str] = {name: v for v in CONTAINER_VARIABLES for name in environment_names(v)}
"""Environment name, either case, to variable."""

DAEMON_NAMES = frozenset(name for v in DAEMON_VARIABLES for name in environment_names(v))
"""The names of those that dockerd reads."""


class Missing(enum.Enum):
    """Why a place gave no content. Absent, unreadable and not checked are three different answers."""

    ABSENT = "absent"
    PERMISSION = "permission"
    NOT_CHECKED = "not-checked"
    UNPARSABLE = "unparsable"
    LINK_LOOP = "link-loop"
    NO_FILE = "no-file"
    TOO_LARGE = "too-large"
    NO_CONNECTION = "no-connection"
    AT_RUN_TIME = "at-run-time"
    MAY_FAIL = "may-fail"


NOT_A_FILE: Mapping[Missing, str] = {
    Missing.LINK_LOOP: "a link that leads to itself",
    Missing.NO_FILE: "no regular file",
}
"""What is in a file's place and gives no reader anything, in words."""


NO_FOLDER = frozenset((Missing.ABSENT, Missing.LINK_LOOP))
"""What is in a folder's place and certainly holds nothing."""


class Origin(NamedTuple):
    """Where a setting was seen: the source's id, then path and line, or the process that holds it."""

    source: str
    path: Optional[str] = None
    line: Optional[int] = None
    name: Optional[str] = None
    pid: Optional[int] = None

    def __str__(self) -> str:
        if self.path is not None:
            return f"{self.path}:{self.line}" if self.line is not None else self.path
        return f"{self.source} of process {self.pid}" if self.pid is not None else self.source


class Setting(NamedTuple):
    """One variable's value seen in one source. ``order`` ranks settings of the same source, later ones higher."""

    variable: str
    value: Value
    origin: Origin
    order: int = 0

    @property
    def name(self) -> str:
        """The name as the source spells it, such as ``HTTPS_PROXY`` or ``https-proxy``."""
        return self.origin.name or self.variable


class Unread(NamedTuple):
    """A place that exists, or may exist, and was not read; ``reason`` is never ABSENT. ``line`` is where it is
    unparsable, if that is known."""

    source: str
    path: Optional[str]
    reason: Missing
    line: Optional[int] = None


class Defect(NamedTuple):
    """Text in a source that stops the engine or has no effect; a rule turns it into a finding by its ``kind``."""

    kind: str
    message: str
    origin: Origin
    stops: bool = False
    """The engine does not start with it. The source says so, and nobody else decides it."""
    mend: Optional[str] = None
    """Where it is another one than the rule's page says; empty where the message says it."""


class Removal(NamedTuple):
    """A name that is taken out of the finished environment; with ``value``, only if it holds exactly that."""

    name: str
    value: Optional[str]
    origin: Origin

    @classmethod
    def of_word(cls, word: str, origin: Origin) -> Removal:
        """A word of ``UnsetEnvironment=``."""
        name, equals, value = word.partition("=")
        return cls(name, value if equals else None, origin._replace(name=name))

    def takes(self, name: str, value: Optional[str]) -> bool:
        """Whether a variable with this value is taken out."""
        return name == self.name and self.value in (None, value)


class Reading(NamedTuple):
    """What one source says."""

    settings: Tuple[Setting, ...] = ()
    unread: Tuple[Unread, ...] = ()
    defects: Tuple[Defect, ...] = ()
    removals: Tuple[Removal, ...] = ()
    lost: Tuple[Shadowed, ...] = ()
    """What never was one of the settings, and why."""

    def __add__(self, other: Reading) -> Reading:  # type: ignore[override]
        return Reading(
            self.settings + other.settings,
            self.unread + other.unread,
            self.defects + other.defects,
            self.removals + other.removals,
            self.lost + other.lost,
        )


class Shadowed(NamedTuple):
    """A setting that lost, why, and the upstream file or manual page that says so."""

    setting: Setting
    reason: str
    evidence: str = ""


class Effective(NamedTuple):
    """What a consumer will use for one variable. ``setting`` is None when nothing sets it; ``evidence`` is the upstream
    file or manual page that says that its source is read."""

    variable: str
    setting: Optional[Setting] = None
    shadowed: Tuple[Shadowed, ...] = ()
    evidence: str = ""

    @property
    def value(self) -> Optional[Value]:
        """The value in force, or None when the variable is unset."""
        return self.setting.value if self.setting else None

    @property
    def text(self) -> str:
        """The clear text in force, empty when unset, as Go treats both alike."""
        return reveal(self.setting.value) if self.setting else ""


EffectiveSet = Dict[str, Effective]


class Severity(enum.Enum):
    """How much a finding matters: an error stops something, a warning surprises, an info explains."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Finding(NamedTuple):
    """What a rule reports."""

    code: str
    name: str
    severity: Severity
    message: str
    origin: Optional[Origin] = None
    fix: str = "none"
    mend: Optional[str] = None
    """As a defect has it."""


MAX_DIGITS = 18
"""More than the kernel, a version or a port ever has."""


def number(text: str) -> Optional[int]:
    """The number that ASCII digits spell; None where there is none, or a longer one than anything means. Python's own
    ``int`` takes other digits, too, and raises ValueError behind the 4,300th (Python 3.11)."""
    digits = text.lstrip("0") or text[:1]
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= MAX_DIGITS else None


def saturated(text: str) -> int:
    """The decimal number that digits with or without a sign spell; of one longer than any that counts only its size."""
    digits = text.lstrip("+-").lstrip("0")[:30] or "0"
    return -int(digits) if text.startswith("-") else int(digits)


class Version(NamedTuple):
    """An engine's version, comparable by its numbers; ``text`` is what the engine calls itself."""

    text: str
    numbers: Tuple[int, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Optional[Version]:
        """Read ``28.5.2+dfsg4`` or ``5:27.0.1-1~debian`` as Docker and Debian write it; None when there is no
        number."""
        core = text.split(":", 1)[-1]
        numbers = []
        for part in core.split("."):
            digits = part[: len(part) - len(part.lstrip("0123456789"))]
            found = number(digits)
            if found is None:
                break
            numbers.append(found)
            if digits != part:
                break
        return cls(core, tuple(numbers)) if numbers else None

    def at_least(self, *numbers: int) -> bool:
        """Whether this version is the given one or newer; what is not said is zero, as in ``23``."""
        missing = len(numbers) - len(self.numbers)
        return self.numbers + (0,) * missing >= numbers

    def agrees(self, other: Version) -> bool:
        """Whether it may be the other one, as far as both go: ``28.5`` and ``28.5.2`` do."""
        return all(own == its for own, its in zip(self.numbers, other.numbers))


class Running(NamedTuple):
    """What a live engine reports of itself; credentials come masked by the engine."""

    values: Mapping[str, str]
    pid: Optional[int] = None
    started: Optional[float] = None
    """Seconds since the epoch, or None when the process could not be seen."""


class Engine(NamedTuple):
    """One dockerd of the host, or the place where it would be. ``running`` is None when that could not be told."""

    id: str
    installed: bool
    version: Optional[Version] = None
    running: Optional[bool] = None
    socket: str = "/run/docker.sock"
    pid: Optional[int] = None
    image_store: Optional[str] = None
    version_from: Optional[str] = None
    """What says the version; None where nothing does, or somebody who asks."""


class FileKind(enum.Enum):
    """Who reads a file, and so what is in it; its path need not tell, as links are followed."""

    UNIT = "unit"
    ENV_FILE = "env-file"
    DAEMON_JSON = "daemon-json"
    CLIENT_CONFIG = "client-config"
    SHELL_FILE = "shell-file"


@dataclass(frozen=True)
class Change:
    """One edit of one file. ``before`` or ``after`` is None where the file is absent. An existing file keeps its
    owner and label; ``mode`` is what it ends with. ``owner`` is for files that are new. Without a ``kind`` hardly
    anything of it is shown."""

    path: str
    before: Optional[bytes] = field(repr=False)
    after: Optional[bytes] = field(repr=False)
    mode: int = 0o644
    mode_before: Optional[int] = None
    owner: Tuple[int, int] = (0, 0)
    kind: Optional[FileKind] = None
    is_users: bool = False
    """Root does it with the rights of ``owner`` only, in whose folder any link may turn up meanwhile."""

    @property
    def action(self) -> str:
        """``create``, ``edit`` or ``delete``."""
        if self.before is None:
            return "create"
        return "edit" if self.after is not None else "delete"


@dataclass(frozen=True)
class Plan:
    """An ordered set of changes and engine steps. ``notes`` are for the person who must agree to it."""

    changes: Tuple[Change, ...]
    steps: Tuple[str, ...]
    reason: str
    notes: Tuple[str, ...] = ()
    desired: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Variable to clear text that the engine must report afterwards, empty for unset."""
    effective: EffectiveSet = field(default_factory=dict, repr=False)
    """What the consumer uses afterwards, as proved beforehand."""

    def __add__(self, other: Plan) -> Plan:
        """Both as one, all or nothing; what is desired and effective is the first one's that says it."""
        return Plan(
            self.changes + other.changes,
            self.steps + other.steps,
            f"{self.reason}; {other.reason}",
            tuple(dict.fromkeys(self.notes + other.notes)),
            self.desired or other.desired,
            self.effective or other.effective,
        )


class Step(NamedTuple):
    """A step that was tried. ``ms`` is milliseconds."""

    step: str
    outcome: str
    ms: int


class Result(NamedTuple):
    """``outcome`` is one of unchanged, applied, pending, rolled-back, incomplete."""

    outcome: str
    reason: str
    plan: Plan
    effective: EffectiveSet
    """What the engine uses from now on, or from its next start on."""
    steps: Tuple[Step, ...] = ()
    downtime_ms: Optional[int] = None
    """How long restarts kept the engine away, those of a rollback included."""
    interrupted: bool = False
    stopped: Tuple[str, ...] = ()
    """Containers that ran before a restart, and no longer do."""


class Refusal(Exception):
    """The planner will not do it: one sentence with the reason and the mend. ``privileges``: the reason is that
    something could not be read or written by this user."""

    def __init__(self, sentence: str, *, privileges: bool = False) -> None:
        super().__init__(sentence)
        self.privileges = privileges
