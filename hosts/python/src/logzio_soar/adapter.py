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

from . import __version__, json_form
from .account import GRACE
from .client import invoke
from .contract import FUNCTIONS, Connection
from .errors import ComponentError, ContractError
from .sandbox import MEMORY_LIMIT, Sandbox


class Adapter:
    """Answers calls, one at a time."""

    def __init__(self, component: str | None) -> None:
        self._component = component
        self._sandboxes: dict[int, Sandbox] = {}

    def answer(self, line: str) -> str:
        """The answer to a line."""
        try:
            message = json_form.members(line, "call")
        except ValueError as error:
            return _object({"id": "null", "invalid": json.dumps(str(error))})
        answer = {"id": message.get("id", "null")}
        try:
            answer |= self._call(message)
        except ComponentError as error:
            answer["trap"] = json.dumps(str(error))
        except ValueError as error:
            answer["invalid"] = json.dumps(str(error))
        return _object(answer)

    def _call(self, message: dict[str, str]) -> dict[str, str]:
        name = json_form.read(str, message.get("function", "null"), "function")
        if name not in FUNCTIONS:
            return {"missing": json.dumps(f"{name} is no function of the contract")}
        hint, parameters = FUNCTIONS[name]
        arguments = json_form.read_fields(parameters, message.get("arguments", "{}"), "arguments")
        environment = json_form.read(dict[str, str], message.get("environment", "{}"), "environment")
        limits = json_form.members(message.get("limits", "{}"), "limits")
        sandbox = self._ready(json_form.read(int | None, limits.get("memory_bytes", "null"), "limits.memory_bytes"))
        connection = arguments.get("connection") or Connection()
        budget = min((connection.time_budget_ms or 30_000) / 1000, 600.0)
        interface, _, function = name.partition(".")
        given = [arguments[parameter] for parameter in parameters]
        try:
            result = invoke(sandbox, interface, function, hint, given, environment, budget + GRACE)
        except ContractError as error:
            return {"err": json_form.to_json(error)}
        return {"ok": json_form.to_json(result)}

    def _ready(self, limit: int | None) -> Sandbox:
        memory = limit or MEMORY_LIMIT
        if memory not in self._sandboxes:
            self._sandboxes[memory] = Sandbox(self._component, memory)
        return self._sandboxes[memory]


def _object(members: dict[str, str]) -> str:
    """The text of an object whose members are texts of JSON values."""
    return f"{{{','.join(f'{json.dumps(name)}:{text}' for name, text in members.items())}}}"


def main() -> None:
    """Answers until standard input ends."""
    adapter = Adapter(os.environ.get("LOGZIO_SOAR_COMPONENT"))
    enforces = ["memory", "deadline", "environment", "files"]
    # The form is UTF-8, whatever the locale says.
    say: Callable[[str], Any] = lambda text: (sys.stdout.buffer.write(f"{text}\n".encode()), sys.stdout.buffer.flush())
    say(json.dumps({"adapter": f"logzio_soar for Python {__version__}", "enforces": enforces}))
    for line in sys.stdin.buffer:
        if line.strip():
            say(adapter.answer(line.decode(errors="replace")))


if __name__ == "__main__":
    main()
