"""The types of the contract ``logzio:soar@0.1.0``, field by field.

Times that come back are RFC 3339 in UTC with milliseconds. ``raw``, ``source`` and ``logs`` are JSON texts, byte for byte
as Logz.io sent them. A field that may be missing is ``None``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import ClassVar

from .errors import ContractError

VERSION = "0.1.0"
"""The version of the contract that this package speaks."""


class Case:
    """A case of a variant: a class for each, with one payload."""

    case: ClassVar[str]


@dataclass(frozen=True)
class Region(Case):
    """A region code, such as ``us`` or ``eu``."""

    case: ClassVar[str] = "region"
    value: str


@dataclass(frozen=True)
class Url(Case):
    """The base URL of an API behind an address of its own."""

    case: ClassVar[str] = "url"
    value: str


Endpoint = Region | Url


@dataclass(frozen=True)
class Connection:
    """How to reach a customer's accounts. Its ``repr`` shows no token."""

    endpoint: Endpoint | None = None
    security_token: str | None = field(default=None, repr=False)
    operations_token: str | None = field(default=None, repr=False)
    time_budget_ms: int | None = None


class Severity(str, Enum):
    """How serious a rule says its events are."""

    UNCLASSIFIED = "unclassified"
    INFO = "info"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    SEVERE = "severe"


class Order(str, Enum):
    """The order of logs by their ``@timestamp``."""

    NEWEST_FIRST = "newest-first"
    OLDEST_FIRST = "oldest-first"


class IndicatorKind(str, Enum):
    """What an indicator is."""

    IP = "ip"
    CIDR = "cidr"
    DOMAIN = "domain"
    URL = "url"
    EMAIL = "email"
    MD5 = "md5"
    SHA1 = "sha1"
    SHA256 = "sha256"
    SHA512 = "sha512"
    HOST = "host"
    USER = "user"
    PROCESS = "process"
    FILE_NAME = "file-name"
    REGISTRY_KEY = "registry-key"
    PORT = "port"


@dataclass(frozen=True)
class At(Case):
    """Start a first fetch at a time."""

    case: ClassVar[str] = "at"
    value: str


@dataclass(frozen=True)
class After(Case):
    """Go on where an earlier page ended: its ``next``."""

    case: ClassVar[str] = "after"
    value: str


Start = At | After


@dataclass(frozen=True)
class EventFilter:
    """Which security events to return. Every condition must hold."""

    rule_name: str | None = None
    severities: list[Severity] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    include_muted: bool = False


@dataclass(frozen=True)
class FetchRequest:
    """What to fetch."""

    start: Start
    filter: EventFilter = field(default_factory=EventFilter)
    limit: int | None = None
    look_back_minutes: int | None = None
    attach_logs: int | None = None


class NoticeCode(str, Enum):
    """What a notice is about, by what a program or a person may do about it."""

    GOES_ON = "goes-on"
    CUT_SHORT = "cut-short"
    MAY_BE_MISSING = "may-be-missing"
    OUT_OF_REACH = "out-of-reach"
    LOGS_NOT_ATTACHED = "logs-not-attached"
    LOG_CUT = "log-cut"
    NO_LOGS = "no-logs"
    LOOK_BACK_SHORTENED = "look-back-shortened"
    CLOCK_DIFFERS = "clock-differs"
    RANGE_SHORTENED = "range-shortened"
    INDICATORS_UNFINISHED = "indicators-unfinished"
    INTERNAL_INDICATOR = "internal-indicator"
    SIGHTING_INCOMPLETE = "sighting-incomplete"
    FIRST_SEEN_UNKNOWN = "first-seen-unknown"
    RESULT_CUT = "result-cut"
    FALSE_MATCHES = "false-matches"
    SIMPLIFIED_SEARCH = "simplified-search"
    LOG_TYPES_UNKNOWN = "log-types-unknown"
    MORE_NOTICES = "more-notices"


@dataclass(frozen=True)
class Notice:
    """What happened on the way. The result holds in spite of it. Decide by ``code``; ``text`` is for people."""

    code: NoticeCode
    text: str


@dataclass(frozen=True)
class TimeWindow:
    """The time from the earliest log to the latest."""

    start: str
    end: str


@dataclass(frozen=True)
class Incident:
    """A security event: a rule that was triggered."""

    id: str
    rule_id: int | None
    name: str
    description: str | None
    summary: str | None
    severity: Severity
    occurred: str
    window: TimeWindow | None
    group_by: list[tuple[str, str]]
    tags: list[str]
    mitre_tags: list[str]
    muted: bool
    raw: str = field(repr=False)
    logs: list[str] = field(repr=False)
    defects: list[str]


@dataclass(frozen=True)
class IncidentPage:
    """Incidents, oldest first. Store ``next`` once they are safe."""

    incidents: list[Incident]
    next: str = field(repr=False)
    more: bool
    notices: list[Notice]


@dataclass(frozen=True)
class LogQuery:
    """Which logs to return."""

    lucene: str
    since: str | None = None
    until: str | None = None
    order: Order | None = None
    fields: list[str] = field(default_factory=list)
    limit: int | None = None
    page: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Log:
    """A log document; ``source`` is its JSON text."""

    id: str | None
    timestamp: str | None
    source: str = field(repr=False)


@dataclass(frozen=True)
class LogPage:
    """Logs in the order asked for; ``next`` is there if there is more."""

    logs: list[Log]
    total: int | None
    next: str | None = field(repr=False)
    notices: list[Notice]


@dataclass(frozen=True)
class Indicator:
    """Something that a compromise leaves behind."""

    value: str
    kind: IndicatorKind | None = None


@dataclass(frozen=True)
class HuntRequest:
    """What to hunt for, and where."""

    indicators: list[Indicator]
    fields: list[tuple[IndicatorKind, list[str]]] = field(default_factory=list)
    log_types: list[str] | None = None
    internal_networks: list[str] = field(default_factory=list)
    since: str | None = None
    until: str | None = None
    limit_per_indicator: int | None = None


@dataclass(frozen=True)
class Sighting:
    """What was seen of one indicator."""

    value: str
    kind: IndicatorKind
    hits: int
    complete: bool
    first_seen: str | None
    last_seen: str | None
    users: list[str]
    hosts: list[str]
    internal_ips: list[str]
    external_ips: list[str]
    logs: list[Log] = field(repr=False)
    host_of: list[str]


@dataclass(frozen=True)
class Searched:
    """Where indicators of a kind were looked for; no ``fields`` means any."""

    kind: IndicatorKind
    fields: list[str]
    log_types: list[str]


@dataclass(frozen=True)
class RejectedIndicator:
    """An indicator that was not looked for, and why."""

    value: str
    why: str


@dataclass(frozen=True)
class HuntReport:
    """What was seen of each indicator; ``unfinished`` goes into another call."""

    sightings: list[Sighting]
    rejected: list[RejectedIndicator]
    unfinished: list[Indicator]
    queries: list[str] = field(repr=False)
    searched: list[Searched] = field(repr=False)
    unknown_log_types: list[str]
    notices: list[Notice]


@dataclass(frozen=True)
class FoundField:
    """A log field that holds indicators of a kind; ``share`` is in how many of a hundred logs."""

    name: str
    log_types: list[str]
    share: int


@dataclass(frozen=True)
class KindFields:
    """The fields that hold indicators of a kind, those in most log types first."""

    kind: IndicatorKind
    fields: list[FoundField]
    empty_log_types: list[str]


@dataclass(frozen=True)
class FieldRequest:
    """The range to learn fields from."""

    since: str | None = None
    until: str | None = None


@dataclass(frozen=True)
class FieldReport:
    """What was found of each kind; ``fields`` and ``sampled`` go into many hunts, as ``fields`` and ``log_types``."""

    kinds: list[KindFields]
    fields: list[tuple[IndicatorKind, list[str]]] = field(repr=False)
    sampled: list[str]
    unknown_log_types: list[str]
    notices: list[Notice]


@dataclass(frozen=True)
class Passed(Case):
    """It works; what was found."""

    case: ClassVar[str] = "passed"
    value: str


@dataclass(frozen=True)
class Failed(Case):
    """It does not work, and why."""

    case: ClassVar[str] = "failed"
    value: ContractError


@dataclass(frozen=True)
class Skipped(Case):
    """It was not checked, and why."""

    case: ClassVar[str] = "skipped"
    value: str


Outcome = Passed | Failed | Skipped


@dataclass(frozen=True)
class Check:
    """One thing that was checked."""

    name: str
    outcome: Outcome
    elapsed_ms: int


class ParameterKind(str, Enum):
    """What a value is, and so how to ask for it."""

    TEXT = "text"
    SECRET = "secret"
    NUMBER = "number"
    BOOLEAN = "boolean"
    CHOICE = "choice"
    MULTIPLE_CHOICE = "multiple-choice"
    TEXT_LIST = "text-list"
    TIME = "time"


@dataclass(frozen=True)
class Parameter:
    """A value that a person sets."""

    name: str
    label: str
    help: str
    kind: ParameterKind
    required: bool
    default: str | None
    options: list[str]


@dataclass(frozen=True)
class Command:
    """Something that a person or a playbook can ask for."""

    name: str
    interface: str
    help: str
    arguments: list[Parameter]


@dataclass(frozen=True)
class Integration:
    """The integration, for a platform's panels."""

    name: str
    version: str
    description: str
    parameters: list[Parameter]
    commands: list[Command]
