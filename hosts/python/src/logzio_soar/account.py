"""The operations on a customer's accounts, one method each, whatever carries them out. Knows neither a sandbox nor HTTP."""

from __future__ import annotations

import copy
import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from .contract import (
    After,
    At,
    Check,
    Connection,
    EventFilter,
    FetchRequest,
    FieldReport,
    FieldRequest,
    HuntReport,
    HuntRequest,
    IncidentPage,
    Indicator,
    IndicatorKind,
    Integration,
    LogPage,
    LogQuery,
    Order,
    Region,
    Severity,
    Url,
)
from .errors import InvalidArgument, InvalidConnection

DEFAULT_TIME_BUDGET = 30.0
"""How long a call may take, retries included, in seconds."""
LONGEST_TIME_BUDGET = 600.0
"""The longest time budget of the contract, in seconds."""
GRACE = 5.0
"""How long a call may take beyond its time budget before it is stopped, in seconds."""

Time = str | datetime
"""A time expression such as ``"-7d"`` or ``"yesterday"``, or a datetime with a time zone."""

T = TypeVar("T")
Self = TypeVar("Self", bound="Account")


class Account(ABC):
    """A customer's Logz.io accounts: what :class:`LogzioSoar` and :class:`RemoteLogzioSoar` have in common."""

    def __init__(
        self,
        region: str | None,
        url: str | None,
        security_token: str | None,
        operations_token: str | None,
        time_budget: float,
    ) -> None:
        if region is not None and url is not None:
            raise InvalidConnection("both a region and a URL are given: give one of them")
        for name, text in {
            "region": region,
            "url": url,
            "security_token": security_token,
            "operations_token": operations_token,
        }.items():
            if text is not None and not isinstance(text, str):
                # Without the value: it may be a token of another type.
                raise InvalidConnection(f"{name} is not a text: give a str, or leave it out")
        self._connection = Connection(
            endpoint=Url(url) if url is not None else Region(region) if region is not None else None,
            security_token=security_token,
            operations_token=operations_token,
            time_budget_ms=_milliseconds(time_budget),
        )

    def with_time_budget(self: Self, seconds: float) -> Self:
        """The same account, whose calls may take another time, in seconds, 1 to 600."""
        other = copy.copy(self)
        other._connection = dataclasses.replace(self._connection, time_budget_ms=_milliseconds(seconds))
        return other

    @property
    def _seconds(self) -> float:
        """How long a call may take, in seconds."""
        return min((self._connection.time_budget_ms or 0) / 1000, LONGEST_TIME_BUDGET)

    def describe(self) -> Integration:
        """The settings and commands of the integration. Sends nothing."""
        return self._call("manifest", "describe", Integration)

    def check_connection(self) -> list[Check]:
        """Checks the endpoint and what each token serves. What Logz.io refuses is a check that failed."""
        return self._call("diagnostics", "check-connection", list[Check], self._connection)

    def fetch_incidents(
        self,
        *,
        since: Time | None = None,
        cursor: str | None = None,
        rule_name: str | None = None,
        severities: Iterable[Severity | str] = (),
        tags: Iterable[str] = (),
        include_muted: bool = False,
        limit: int | None = None,
        look_back_minutes: int | None = None,
        attach_logs: int | None = None,
    ) -> IncidentPage:
        """The next incidents, oldest first: at ``since`` for the first time, then after the ``cursor`` of the page before.

        Store ``page.next`` once the incidents are safe, and each comes exactly once. With both given, ``since`` is for
        the first time only, when the cursor is ``None``.
        """
        start: At | After
        if cursor is not None:
            start = After(_text("cursor", cursor))
        elif since is not None:
            start = At(_time("since", since))
        else:
            raise InvalidArgument("there is no place to start: give since='1 hour ago' the first time, then cursor=page.next")
        request = FetchRequest(
            start=start,
            filter=EventFilter(
                None if rule_name is None else _text("rule_name", rule_name),
                [_severity(one) for one in _several("severities", severities)],
                _texts("tags", tags),
                bool(include_muted),
            ),
            limit=_count("limit", limit),
            look_back_minutes=_count("look_back_minutes", look_back_minutes),
            attach_logs=_count("attach_logs", attach_logs),
        )
        return self._call("incidents", "fetch-incidents", IncidentPage, self._connection, request)

    def search_logs(
        self,
        lucene: str,
        *,
        since: Time | None = None,
        until: Time | None = None,
        order: Order | str = Order.NEWEST_FIRST,
        fields: Sequence[str] = (),
        page_size: int | None = None,
        page: str | None = None,
    ) -> Iterator[LogPage]:
        """Pages of logs that match a query, over any range, until nothing is left.

        Each page is asked for when it is taken from the iterator; go on another time with the ``next`` of a page as
        ``page``. Without ``since``, the two days before ``until`` are searched.
        """
        query = LogQuery(
            lucene=_text("lucene", lucene),
            since=None if since is None else _time("since", since),
            until=None if until is None else _time("until", until),
            order=_order(order),
            fields=_texts("fields", fields),
            limit=_count("page_size", page_size),
        )
        page = None if page is None else _text("page", page)
        # So that wrong arguments fail here and not at the first page.
        return self._pages(query, page)

    def _pages(self, query: LogQuery, page: str | None) -> Iterator[LogPage]:
        while True:
            asked = LogQuery(query.lucene, query.since, query.until, query.order, query.fields, query.limit, page)
            found = self._call("logs", "search-logs", LogPage, self._connection, asked)
            yield found
            page = found.next
            if page is None:
                return

    def get_logs_by_event_id(self, event_id: str, *, limit: int | None = None, page: str | None = None) -> LogPage:
        """The logs that made a rule raise an event: at most ``limit``, 100 if left out."""
        event_id, limit = _text("event_id", event_id), _count("limit", limit)
        page = None if page is None else _text("page", page)
        return self._call("logs", "get-logs-by-event-id", LogPage, self._connection, event_id, limit, page)

    def find_fields(self, *, since: Time | None = None, until: Time | None = None) -> FieldReport:
        """Finds the log fields that hold indicators, by kind, and in which log types.

        A hunt does the same by itself. With many hunts, give each ``fields=report.fields`` and
        ``log_types=report.sampled``.
        """
        request = FieldRequest(
            since=None if since is None else _time("since", since),
            until=None if until is None else _time("until", until),
        )
        return self._call("hunting", "find-fields", FieldReport, self._connection, request)

    def hunt_indicators(
        self,
        indicators: Iterable[str | Indicator],
        *,
        fields: Mapping[IndicatorKind | str, Sequence[str]] | None = None,
        log_types: Iterable[str] | None = None,
        internal_networks: Iterable[str] = (),
        since: Time | None = None,
        until: Time | None = None,
        limit_per_indicator: int | None = None,
    ) -> HuntReport:
        """Looks for indicators in the logs, many at a time, and tells what was seen of each."""
        request = HuntRequest(
            indicators=[_indicator(one) for one in _several("indicators", indicators)],
            fields={_kind(kind): _texts("fields", names) for kind, names in (fields or {}).items()},
            log_types=None if log_types is None else _texts("log_types", log_types),
            internal_networks=_texts("internal_networks", internal_networks),
            since=None if since is None else _time("since", since),
            until=None if until is None else _time("until", until),
            limit_per_indicator=_count("limit_per_indicator", limit_per_indicator),
        )
        return self._call("hunting", "hunt-indicators", HuntReport, self._connection, request)

    @abstractmethod
    def _call(self, interface: str, function: str, hint: type[T], *arguments: Any) -> T:
        """Calls a function of the contract with values of it; ``hint`` is what it returns. Raises what it fails with."""


def _milliseconds(seconds: float) -> int:
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or not 0 <= seconds * 1000 < 2**32:
        raise InvalidConnection("time_budget is not usable: give a number of seconds from 1 to 600")
    return round(seconds * 1000)


def _text(name: str, text: str) -> str:
    if not isinstance(text, str):
        raise InvalidArgument(f"{name} is a {type(text).__name__}: give a str")
    return text


def _several(name: str, given: Iterable[T]) -> list[T]:
    """What is in a collection. A text is one too, of its letters, which nobody means."""
    if isinstance(given, (str, bytes, Mapping)) or not isinstance(given, Iterable):
        raise InvalidArgument(f"{name} is a {type(given).__name__}: give a list")
    return list(given)


def _texts(name: str, given: Iterable[str]) -> list[str]:
    return [_text(f"{name}[{place}]", one) for place, one in enumerate(_several(name, given))]


def _indicator(given: str | Indicator) -> Indicator:
    if isinstance(given, Indicator):
        return Indicator(_text("an indicator's value", given.value), None if given.kind is None else _kind(given.kind))
    return Indicator(_text("an indicator", given))


def _count(name: str, number: int | None) -> int | None:
    if number is None:
        return None
    if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number < 2**32:
        raise InvalidArgument(f"{name} is {number!r}: give a whole number that is not negative, or leave it out")
    return number


def _time(name: str, time: Time) -> str:
    if isinstance(time, str):
        return time
    if not isinstance(time, datetime):
        raise InvalidArgument(f"{name} is no time: give a text such as '-7d', or a datetime with a time zone")
    if time.tzinfo is None:
        raise InvalidArgument(f"{name} has no time zone: add one, as in datetime.now(timezone.utc)")
    return time.isoformat(timespec="milliseconds")


def _severity(severity: Severity | str) -> Severity:
    try:
        return Severity(severity.lower())
    except (ValueError, AttributeError):
        known = ", ".join(one.value for one in Severity)
        raise InvalidArgument(f"{severity!r} is no severity: give one of {known}") from None


def _order(order: Order | str) -> Order:
    try:
        return Order(order)
    except ValueError:
        raise InvalidArgument(f"{order!r} is no order: give 'newest-first' or 'oldest-first'") from None


def _kind(kind: IndicatorKind | str) -> IndicatorKind:
    try:
        return IndicatorKind(kind)
    except ValueError:
        known = ", ".join(one.value for one in IndicatorKind)
        raise InvalidArgument(f"{kind!r} is no kind of indicator: give one of {known}") from None
