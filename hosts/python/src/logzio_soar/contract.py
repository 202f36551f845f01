"""The types of the contract ``logzio:soar@0.1.0``, field by field.

A JSON value of the contract, such as :attr:`Incident.raw`, is given twice: as a Python value, and as the text that Logz.io
sent (``raw_text``). So is a point in time: as a :class:`~datetime.datetime` in UTC, and as the RFC 3339 text with milliseconds
(``occurred_text``). The texts are the fields of the dataclass, the values are made from them when they are asked for.

A field that may be missing is ``None``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from functools import cached_property
from typing import Any, ClassVar, NewType

from . import json_text
from .errors import ContractError

VERSION = "0.1.0"
"""The version of the contract that this package speaks."""

JsonText = NewType("JsonText", str)
"""The text of a JSON value."""
TimeText = NewType("TimeText", str)
"""A point in time, as RFC 3339 in UTC with milliseconds."""

CONTRACT_NAME = "contract"
"""The key in a field's metadata with its name in the contract, where that is another."""


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


class Case:
    """A case of a variant: a class for each, with one payload."""

    case: ClassVar[str]
    """Its name in the contract."""
    value: Any
    """What it holds."""

    def __init__(self, value: Any) -> None:
        raise NotImplementedError("a case is one of the classes below")


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
    QUERY_HINT = "query-hint"
    MORE_NOTICES = "more-notices"


@dataclass(frozen=True)
class Notice:
    """What happened on the way. The result holds in spite of it. Decide by ``code``; ``text`` is for people."""

    code: NoticeCode
    text: str


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


@dataclass(frozen=True)
class TimeWindow:
    """The time from the earliest log to the latest."""

    start_text: TimeText = field(metadata={CONTRACT_NAME: "start"})
    end_text: TimeText = field(metadata={CONTRACT_NAME: "end"})

    @property
    def start(self) -> datetime:
        """When the earliest log was written."""
        return _time(self.start_text)

    @property
    def end(self) -> datetime:
        """When the latest log was written."""
        return _time(self.end_text)


@dataclass(frozen=True)
class Incident:
    """A security event: a rule that was triggered."""

    id: str
    rule_id: int | None
    name: str
    description: str | None
    summary: str | None
    severity: Severity
    occurred_text: TimeText = field(metadata={CONTRACT_NAME: "occurred"})
    window: TimeWindow | None
    group_by: dict[str, str]
    tags: list[str]
    mitre_tags: list[str]
    muted: bool
    raw_text: JsonText = field(repr=False, metadata={CONTRACT_NAME: "raw"})
    logs_text: list[JsonText] = field(repr=False, metadata={CONTRACT_NAME: "logs"})
    defects: list[str]

    @property
    def occurred(self) -> datetime:
        """When the rule was triggered."""
        return _time(self.occurred_text)

    @cached_property
    def raw(self) -> Any:
        """The whole event."""
        return json_text.value(self.raw_text)

    @cached_property
    def logs(self) -> list[Any]:
        """The logs asked for with ``attach_logs``."""
        return [json_text.value(text) for text in self.logs_text]


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
    """A log document."""

    id: str | None
    timestamp_text: TimeText | None = field(metadata={CONTRACT_NAME: "timestamp"})
    source_text: JsonText = field(repr=False, metadata={CONTRACT_NAME: "source"})

    @property
    def timestamp(self) -> datetime | None:
        """The log's ``@timestamp``, if it has one that can be read."""
        return None if self.timestamp_text is None else _time(self.timestamp_text)

    @cached_property
    def source(self) -> Any:
        """The whole document, or the fields that were asked for."""
        return json_text.value(self.source_text)


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
    fields: dict[IndicatorKind, list[str]] = field(default_factory=dict)
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
    first_seen_text: TimeText | None = field(metadata={CONTRACT_NAME: "first_seen"})
    last_seen_text: TimeText | None = field(metadata={CONTRACT_NAME: "last_seen"})
    users: list[str]
    hosts: list[str]
    internal_ips: list[str]
    external_ips: list[str]
    logs: list[Log] = field(repr=False)
    host_of: list[str]

    @property
    def first_seen(self) -> datetime | None:
        """The time of the earliest log that holds it, if that is known."""
        return None if self.first_seen_text is None else _time(self.first_seen_text)

    @property
    def last_seen(self) -> datetime | None:
        """The time of the latest log that holds it; none without hits."""
        return None if self.last_seen_text is None else _time(self.last_seen_text)


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
    fields: dict[IndicatorKind, list[str]] = field(repr=False)
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


FUNCTIONS: dict[str, tuple[Any, dict[str, Any]]] = {
    "manifest.describe": (Integration, {}),
    "diagnostics.check-connection": (list[Check], {"connection": Connection}),
    "incidents.fetch-incidents": (IncidentPage, {"connection": Connection, "request": FetchRequest}),
    "logs.search-logs": (LogPage, {"connection": Connection, "query": LogQuery}),
    "logs.get-logs-by-event-id": (
        LogPage,
        {"connection": Connection, "event_id": str, "limit": int | None, "page": str | None},
    ),
    "hunting.find-fields": (FieldReport, {"connection": Connection, "request": FieldRequest}),
    "hunting.hunt-indicators": (HuntReport, {"connection": Connection, "request": HuntRequest}),
}
"""The functions of the contract: what each returns, and its parameters."""
