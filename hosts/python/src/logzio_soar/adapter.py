"""The package as an adapter of the conformance suite: ``python -m logzio_soar.adapter``.

One JSON object a line on standard input is a call, one on standard output its answer, in the JSON form of the contract.
The component is that of the package, or the file in ``LOGZIO_SOAR_COMPONENT``.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from typing import Any

from . import __version__, values
from .client import invoke
from .contract import (
    Check,
    Connection,
    FetchRequest,
    FieldReport,
    FieldRequest,
    HuntReport,
    HuntRequest,
    IncidentPage,
    Integration,
    LogPage,
    LogQuery,
)
from .errors import ComponentError, ContractError
from .sandbox import GRACE, MEMORY_LIMIT, Sandbox

_Function = tuple[Any, dict[str, Any]]

FUNCTIONS: dict[str, _Function] = {
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
"""What each function returns, and what it takes."""


class Adapter:
    """Answers calls, one at a time."""

    def __init__(self, component: str | None) -> None:
        self._component = component
        self._sandboxes: dict[int, Sandbox] = {}

    def answer(self, line: str) -> dict[str, Any]:
        """The answer to a line."""
        try:
            message = json.loads(line)
            if not isinstance(message, dict):
                raise ValueError("an object is expected")
        except ValueError as error:
            return {"id": None, "invalid": f"the line is no call: {error}"}
        answer: dict[str, Any] = {"id": message.get("id")}
        try:
            answer |= self._call(message)
        except ComponentError as error:
            answer["trap"] = str(error)
        except ValueError as error:
            answer["invalid"] = str(error)
        return answer

    def _call(self, message: dict[str, Any]) -> dict[str, Any]:
        name = message.get("function")
        function = FUNCTIONS.get(name) if isinstance(name, str) else None
        if function is None:
            return {"missing": f"{name} is no function of the contract"}
        hint, parameters = function
        given = message.get("arguments", {})
        if not isinstance(given, dict):
            raise ValueError("arguments: an object is expected")
        if unknown := set(given) - set(parameters):
            raise ValueError(f"arguments.{min(unknown)} is no argument; there are {', '.join(parameters)}")
        arguments = []
        for parameter, kind in parameters.items():
            try:
                arguments.append(values.from_json(kind, given.get(parameter)))
            except ValueError as error:
                text = str(error)
                joint = "" if text.startswith((".", "[")) else ": "
                raise ValueError(f"arguments.{parameter}{joint}{text}") from None
        limits = message.get("limits") or {}
        sandbox = self._ready(limits.get("memory_bytes") or MEMORY_LIMIT)
        interface, _, called = str(name).partition(".")
        connection = next((one for one in arguments if isinstance(one, Connection)), Connection())
        budget = min((connection.time_budget_ms or 30_000) / 1000, 600.0)
        try:
            result = invoke(
                sandbox, interface, called, hint, arguments, message.get("environment") or {}, budget + GRACE
            )
        except ContractError as error:
            return {"err": values.to_json(error)}
        return {"ok": values.to_json(result)}

    def _ready(self, memory: int) -> Sandbox:
        if memory not in self._sandboxes:
            self._sandboxes[memory] = Sandbox(self._component, memory)
        return self._sandboxes[memory]


def main() -> None:
    """Answers until standard input ends."""
    adapter = Adapter(os.environ.get("LOGZIO_SOAR_COMPONENT"))
    enforces = ["memory", "deadline", "environment", "files"]
    say: Callable[[Any], None] = lambda value: print(json.dumps(value), flush=True)
    say({"adapter": f"logzio_soar for Python {__version__}", "enforces": enforces})
    for line in sys.stdin:
        if line.strip():
            say(adapter.answer(line))


if __name__ == "__main__":
    main()
