"""The requests of calls as records of a logger: those to a runner, and those in the lines that a component writes to its
standard error when it is asked to (`wit/world.wit`). Knows no operation, and trusts no line."""

from __future__ import annotations

import base64
import dataclasses
import json
import logging
import re
import traceback
import unicodedata
from collections.abc import Iterable, Mapping
from urllib.parse import quote

LOGGER = logging.getLogger("logzio_soar.requests")
"""Enabled for DEBUG, it has a record for each request that a call sent."""
VARIABLE = ("LOGZIO_SOAR_TRACE", "1")
"""The variable of the component's environment that asks for the lines."""
LONGEST_TEXT = 2_000
"""How much of a line is logged, in characters."""
_MOST = 2**63
"""More than any number of a line that is to be believed."""
_SHORTEST_ENCODED = 8
"""A shorter token is looked for only as it is: what encodes so little turns up by chance."""


@dataclasses.dataclass(frozen=True)
class SentRequest:
    """A request that a call sent. The names are those of the fields in a record."""

    method: str
    path: str
    """The path of the API, without the base of the URL."""
    attempt: int
    """1 for the first time, 2 for the first repetition."""
    status: int | None
    """The HTTP status; ``None`` if no answer came."""
    failure: str | None
    """Why no answer came, such as ``timed-out``."""
    ms: int
    """How long it took, in milliseconds."""
    bytes_sent: int
    bytes_received: int

    def __str__(self) -> str:
        outcome = self.failure or "no answer" if self.status is None else self.status
        again = f", attempt {self.attempt}" if self.attempt > 1 else ""
        sizes = f"{self.bytes_sent} bytes sent, {self.bytes_received} received"
        return f"{self.method} {self.path}: {outcome}, {self.ms} ms, {sizes}{again}"


class RequestLog:
    """Logs the lines of one call, without the tokens that the component knows."""

    def __init__(self, tokens: Iterable[str | None]) -> None:
        forms = {form for token in tokens if token for form in _forms(token)}
        # The longest first: a form may be a part of another.
        found = sorted(forms, key=len, reverse=True)
        self._tokens = re.compile("|".join(map(re.escape, found))) if found else None

    def log(self, line: bytes) -> None:
        """Logs a line. What a handler or a filter raises is printed, as ``logging`` does, and breaks no call."""
        try:
            self._log(line.decode(errors="replace"))
        except Exception:
            if logging.raiseExceptions:
                traceback.print_exc()

    def _log(self, line: str) -> None:
        request = self._request(line)
        if request is not None:
            log_request(request)
        elif text := self._safe(line):
            LOGGER.debug("the component wrote: %s", text)

    def _request(self, line: str) -> SentRequest | None:
        """The request that a line reports; none if it reports something else."""
        try:
            fields = json.loads(line)
            if not isinstance(fields, dict) or fields.get("trace") != "request":
                return None
            status, failure = fields.get("status"), fields.get("failure")
            return SentRequest(
                method=self._safe(_text(fields.get("method"))),
                path=self._safe(_text(fields.get("path"))),
                attempt=_count(fields.get("try")),
                status=None if status is None else _count(status),
                failure=None if failure is None else self._safe(_text(failure)),
                ms=_count(fields.get("ms")),
                bytes_sent=_count(fields.get("bytes_sent")),
                bytes_received=_count(fields.get("bytes_received")),
            )
        # Also of too many digits or brackets.
        except (ValueError, RecursionError):
            return None

    def _safe(self, text: str) -> str:
        """A text on one line of printable characters, without tokens, cut."""
        if self._tokens is not None:
            text = self._tokens.sub(lambda token: "*" * len(token[0]), text)
        cut = text.strip()[:LONGEST_TEXT]
        shown = "".join(" " if one in "\t\r\n" else "\N{REPLACEMENT CHARACTER}" if _is_hidden(one) else one for one in cut)
        return shown if len(text.strip()) <= LONGEST_TEXT else f"{shown}…"


def log_request(request: SentRequest) -> None:
    """Logs a request that was sent. What a handler or a filter raises is printed, as ``logging`` does, and breaks no call."""
    try:
        LOGGER.debug("%s", request, extra=dataclasses.asdict(request))
    except Exception:
        if logging.raiseExceptions:
            traceback.print_exc()


def is_wanted() -> bool:
    """Whether requests are logged."""
    return LOGGER.isEnabledFor(logging.DEBUG)


def tokens_of(environment: Mapping[str, str]) -> list[str]:
    """The tokens that an environment holds."""
    return [value for name, value in environment.items() if name.endswith("TOKEN")]


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("no text")
    return value


def _count(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < _MOST:
        raise ValueError("no count")
    return value


def _is_hidden(character: str) -> bool:
    """Whether it is a control or format character, half of a pair, or ends a line."""
    return unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp")


def _forms(token: str) -> list[str]:
    """A token as it is, and as it may be encoded."""
    plain = token.strip()
    if len(plain) < _SHORTEST_ENCODED:
        return [plain] if plain else []
    # A lone surrogate is no text of a token, and must not end a call.
    octets = plain.encode(errors="replace")
    forms = [plain, quote(plain, safe=""), octets.hex(), octets.hex().upper()]
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        forms.append(encode(octets).decode().rstrip("="))
    return forms
