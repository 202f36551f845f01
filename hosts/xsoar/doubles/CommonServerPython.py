"""A double of XSOAR's common functions: those that the integration uses. Each follows a rule of the real one, which it names.

As the real one, it is carried out anew for each script, while the modules of the process stay: so is its logging in debug mode.
"""

from __future__ import annotations

import http.client
import json
import logging
import sys
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import dateparser
import demistomock as demisto

__all__ = [
    "CommandResults",
    "__line__",
    "argToBoolean",
    "argToList",
    "arg_to_datetime",
    "arg_to_number",
    "datetime",
    "fileResult",
    "get_integration_context",
    "is_debug_mode",
    "register_module_line",
    "return_error",
    "return_results",
    "set_integration_context",
    "tableToMarkdown",
]
# What the server runs itself: an error is raised to it, and not shown in the war room.
_SERVER_HANDLED = ("fetch-incidents", "fetch-credentials", "fetch-indicators", "long-running-execution")
_NOTE, _ERROR, _FILE = 1, 4, 3


class CommandResults:
    """What a command shows, and what it leaves in the context."""

    def __init__(
        self,
        outputs_prefix: str | None = None,
        outputs_key_field: str | None = None,
        outputs: Any = None,
        readable_output: str | None = None,
        raw_response: Any = None,
        ignore_auto_extract: bool = False,
    ) -> None:
        if outputs_key_field and not outputs_prefix:
            raise ValueError("outputs_prefix is missing")
        self.outputs_prefix, self.outputs_key_field, self.outputs = outputs_prefix, outputs_key_field, outputs
        self.readable_output, self.raw_response = readable_output, raw_response
        self.ignore_auto_extract = ignore_auto_extract

    def to_context(self) -> dict[str, Any]:
        context: dict[str, Any] = {}
        if self.outputs is not None:
            key = self.outputs_key_field
            if self.outputs_prefix and key:
                context[f"{self.outputs_prefix}(val.{key} && val.{key} == obj.{key})"] = self.outputs
            elif self.outputs_prefix:
                context[self.outputs_prefix] = self.outputs
            else:
                context.update(self.outputs)
        return {
            "Type": _NOTE,
            "ContentsFormat": "json",
            "Contents": self.raw_response if self.raw_response is not None else self.outputs,
            "HumanReadable": self.readable_output,
            "EntryContext": context,
            # The real one always sets it: an entry without it is searched for indicators.
            "IgnoreAutoExtract": bool(self.ignore_auto_extract),
        }


def return_results(results: Any) -> None:
    for one in results if isinstance(results, list) else [results]:
        demisto.results(one.to_context() if isinstance(one, CommandResults) else one)


def return_error(message: str, error: object = "", outputs: Any = None) -> None:
    demisto.error(message)
    if demisto.command() in _SERVER_HANDLED:
        raise Exception(message)
    demisto.results({"Type": _ERROR, "ContentsFormat": "text", "Contents": message, "EntryContext": outputs})
    sys.exit(0)


def argToList(arg: Any, separator: str = ",") -> list[Any]:  # noqa: N802
    """The real one cuts a text at each comma, also at those in a URL, unless it is a JSON array."""
    if not arg:
        return []
    if isinstance(arg, list):
        return arg
    if isinstance(arg, str):
        if arg[0] == "[" and arg[-1] == "]":
            try:
                found: list[Any] = json.loads(arg)
                return found
            except ValueError:
                pass
        return [one.strip() for one in arg.split(separator)]
    return [arg]


def arg_to_number(arg: Any, arg_name: str | None = None, required: bool = False) -> int | None:
    if arg is None or arg == "":
        if required:
            raise ValueError(f'Missing "{arg_name}"')
        return None
    try:
        return int(float(arg))
    except (TypeError, ValueError):
        raise ValueError(f'Invalid number: "{arg_name}"="{arg}"' if arg_name else f'"{arg}" is not a valid number') from None


def argToBoolean(value: Any) -> bool:  # noqa: N802
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in ("y", "yes", "t", "true", "on", "1"):
        return True
    if isinstance(value, str) and value.lower() in ("n", "no", "f", "false", "off", "0"):
        return False
    raise ValueError("Argument does not contain a valid boolean-like value")


def arg_to_datetime(
    arg: Any, arg_name: str | None = None, is_utc: bool = True, required: bool = False, settings: dict[str, Any] | None = None
) -> datetime | None:
    """The real one takes digits for an epoch time, and gives everything else to dateparser, with the settings."""
    if arg is None:
        if required:
            raise ValueError(f'Missing "{arg_name}"')
        return None
    if isinstance(arg, (int, float)) or (isinstance(arg, str) and arg.isdigit()):
        number = float(arg)
        return datetime.fromtimestamp(number / 1000 if number > 2_000_000_000 else number, timezone.utc)
    found = dateparser.parse(arg, settings=settings or {"TIMEZONE": "UTC"})
    if found is None:
        raise ValueError(f'Invalid date: "{arg_name}"="{arg}"' if arg_name else f'"{arg}" is not a valid date')
    return found


def fileResult(filename: str, data: str, file_type: int | None = None) -> dict[str, Any]:  # noqa: N802
    temporary = demisto.uniqueFile()
    place = Path(demisto.investigation()["id"]) / temporary
    place.write_text(data, encoding="utf-8")
    return {"Contents": "", "ContentsFormat": "text", "Type": file_type or _FILE, "File": filename, "FileID": str(place)}


def get_integration_context() -> dict[str, Any]:
    return demisto.getIntegrationContext()


def set_integration_context(context: dict[str, Any]) -> None:
    demisto.setIntegrationContext(context)


def tableToMarkdown(name: str, t: Any, headers: list[str] | None = None, removeNull: bool = False) -> str:  # noqa: N802, N803
    rows = t if isinstance(t, list) else [t]
    text = f"### {name}\n"
    if not rows:
        return text + "**No entries.**\n"
    headers = headers or sorted(rows[0])
    if removeNull:
        headers = [one for one in headers if any(row.get(one) not in (None, "", [], {}) for row in rows)]
    text += "|" + "|".join(headers) + "|\n" + "|" + " --- |" * len(headers) + "\n"
    for row in rows:
        text += "| " + " | ".join(_cell(row.get(one)) for one in headers) + " |\n"
    return text


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        value = ",<br>".join(str(one) for one in value)
    elif isinstance(value, dict):
        value = "<br>".join(f"**{key}**: {one}" for key, one in value.items())
    return str(value).replace("|", "\\|").replace("\r", "").replace("\n", "<br>")


def is_debug_mode() -> bool:
    return bool(demisto.is_debug())


def register_module_line(module_name: str, start_end: str, line: int, wrapper: int = 0) -> None:
    """demisto-sdk puts calls of it around a script, so that the real one can name lines in tracebacks."""


def __line__() -> int:
    return sys._getframe(1).f_lineno


class _DebugHandler(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        if demisto.is_running():
            demisto.debug(self.format(record))


def start_script() -> None:
    """What the real one does where it is imported: in debug mode, all that is logged goes to the server, and ``http.client`` prints
    what it sends, with its headers."""
    root = logging.getLogger()
    for handler in [one for one in root.handlers if isinstance(one, _DebugHandler)]:
        root.removeHandler(handler)
    http.client.HTTPConnection.debuglevel = int(is_debug_mode())
    if is_debug_mode():
        root.addHandler(_DebugHandler())
        root.setLevel(logging.DEBUG)
        http.client.print = lambda *texts: demisto.debug(*texts)  # type: ignore[attr-defined]
    else:
        root.setLevel(logging.WARNING)
        vars(http.client).pop("print", None)
