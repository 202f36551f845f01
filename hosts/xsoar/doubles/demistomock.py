"""A double of XSOAR's server, as far as a script can notice it. Each part follows a rule of the real one:

- A script gets parameters and arguments as JSON carries them: texts, and lists where a playbook passes some; no numbers.
- The container's loop runs many commands in one process: the script is carried out anew each time, modules stay.
- A fetch that raises, or exits, leaves neither incidents nor a last run. The integration context is written at once.
- "Reset last run" empties the last run, and nothing else.
- The values of the last run and of the integration context are texts: others are not promised to survive. The one exception is
  the number ``last_fetch``, as the earlier pack stores it.
- What a script passes to ``demisto.debug`` is shown in debug mode.
- An entry without ``IgnoreAutoExtract`` is searched for indicators, all of it.
"""

from __future__ import annotations

import importlib
import json
import re
import runpy
import tempfile
import uuid
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

SCRIPT = Path(__file__).parents[1] / "Packs/LogzioSoar/Integrations/LogzioSoar/LogzioSoar.py"
EARLIER_NUMBERS = {"last_fetch"}
INCIDENT_KEYS = {"name", "occurred", "severity", "details", "dbotMirrorId", "rawJSON", "type", "labels", "CustomFields"}
FILE = 3
_call: "_Call | None" = None


class FetchFailed(Exception):
    """What the server shows beside an instance whose fetch failed."""


class _Call:
    """One run of the script."""

    def __init__(self, server: "Server", command: str, args: dict[str, Any]) -> None:
        self.server, self.command, self.args = server, command, args
        self.entries: list[Any] = []
        self.last_run: dict[str, Any] | None = None
        self.incidents: list[dict[str, Any]] | None = None


class Server:
    """An XSOAR server with one instance of the integration, and the context of one incident."""

    def __init__(
        self,
        params: dict[str, Any],
        last_run: dict[str, Any] | None = None,
        defaults: bool = True,
        script: Path = SCRIPT,
    ) -> None:
        """``defaults``: the instance was made in the panel, which fills in what the description says."""
        self.script = script
        self.manifest = yaml.safe_load(script.with_suffix(".yml").read_text(encoding="utf-8"))
        known = {one["name"]: one for one in self.manifest["configuration"]}
        if unknown := set(params) - set(known):
            raise KeyError(f"the panel has no parameter {unknown}")
        filled = {name: one["defaultvalue"] for name, one in known.items() if defaults and "defaultvalue" in one}
        self.params = through_json(filled | params)
        self.last_run = through_json(last_run or {})
        self.integration_context: dict[str, Any] = {}
        self.incidents: list[dict[str, Any]] = []
        self.logged: list[str] = []
        self.debug_mode = False
        self.shown: list[str] = []
        self.searched: list[dict[str, Any]] = []
        self.ran: list[str] = []
        self.context = Context()
        self.files: dict[str, str] = {}

    def fetch(self) -> list[dict[str, Any]]:
        """A fetch as the server runs it every minute: the incidents it made. Raises what the server would show."""
        call = self._run("fetch-incidents", {})
        for incident in call.incidents or []:
            checked(incident)
        self.incidents += call.incidents or []
        if call.last_run is not None:
            self.last_run = call.last_run
        return call.incidents or []

    def commands(self) -> set[str]:
        """The commands that the instance has."""
        return {one["name"] for one in self.manifest["script"]["commands"]}

    def reset_last_run(self) -> None:
        """The button "Reset last run" of the instance."""
        self.last_run = {}

    def run(self, command: str, **args: Any) -> list[Any]:
        """A command from the war room or a playbook: its entries, with what they leave in the context."""
        commands = {one["name"]: one for one in self.manifest["script"]["commands"]}
        described = {one["name"]: one for one in commands[command].get("arguments", [])}
        if unknown := set(args) - set(described):
            raise KeyError(f"{command} has no argument {unknown}")
        filled = {name: one["defaultValue"] for name, one in described.items() if "defaultValue" in one}
        # An argument that a playbook leaves empty is not sent.
        filled |= {name: value for name, value in args.items() if value not in (None, "")}
        if numbers := {name for name, value in filled.items() if not isinstance(value, (str, list))}:
            raise TypeError(f"{numbers} of {command} cannot be other than texts or lists")
        if missing := {name for name, one in described.items() if one.get("required")} - set(filled):
            raise KeyError(f"{command} needs {missing}")
        call = self._run(command, filled)
        for entry in call.entries:
            if isinstance(entry, dict):
                self.context.add(entry.get("EntryContext") or {})
                if not entry.get("IgnoreAutoExtract") and entry.get("Type") != FILE:
                    self.searched.append(entry)
        return call.entries

    def test(self) -> str:
        """What the Test button shows; ok if it works."""
        return str(self._run("test-module", {}).entries[-1])

    def _run(self, command: str, args: dict[str, Any]) -> _Call:
        global _call
        self.ran.append(command)
        _call = call = _Call(self, command, through_json(args))
        is_fetch = command == "fetch-incidents"
        try:
            CommonServerPython = importlib.import_module("CommonServerPython")  # noqa: N806
            CommonServerPython.start_script()
            runpy.run_path(str(self.script), run_name="__main__")
        except SystemExit:
            if is_fetch:
                raise FetchFailed("the script exited") from None
        except Exception as error:
            if is_fetch:
                raise FetchFailed(str(error)) from None
            raise
        finally:
            _call = None
        return call


class Context:
    """An incident's context: what the entries of commands leave, merged as DT expressions say."""

    def __init__(self) -> None:
        self.data: dict[str, Any] = {}

    def get(self, path: str) -> Any:
        """What is at a path; of each element, where a list is in the way."""
        found: Any = self.data
        for name in path.split("."):
            if isinstance(found, list):
                found = [one[name] for one in found if isinstance(one, dict) and name in one] or None
            elif isinstance(found, dict):
                found = found.get(name)
            if found is None:
                return None
        return found

    def add(self, entry_context: dict[str, Any]) -> None:
        for key, value in through_json(entry_context).items():
            path, condition = re.fullmatch(r"([\w.]+)(?:\((.*)\))?", key, re.DOTALL).groups()  # type: ignore[union-attr]
            *parents, name = path.split(".")
            place = self.data
            for parent in parents:
                place = place.setdefault(parent, {})
            if condition == "true":
                place[name] = {**place.get(name, {}), **value}
            elif name not in place:
                place[name] = value
            else:
                place[name] = _merged(listed(place[name]), listed(value), condition)


def _merged(old: list[Any], new: list[Any], condition: str | None) -> list[Any]:
    """With a condition such as ``val.a && val.a == obj.a``, elements of the same keys are one."""
    keys = re.findall(r"val\.(\w+) == obj\.\1", condition or "")
    for value in new:
        same = [one for one in old if keys and all(one.get(key) and one.get(key) == value.get(key) for key in keys)]
        if same:
            same[0].update(value)
        elif keys or value not in old:
            old.append(value)
    return old


def listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list) else [value]


def through_json(value: Any) -> Any:
    """What is left of a value between the script's process and the server."""
    return json.loads(json.dumps(value, allow_nan=False))


def texts_only(values: dict[str, Any]) -> dict[str, Any]:
    """What a server promises to keep."""
    if other := {name for name, value in values.items() if not isinstance(value, str) and name not in EARLIER_NUMBERS}:
        raise AssertionError(f"{other} are not texts, which is all that a server promises to keep")
    return through_json(values)


def checked(incident: dict[str, Any]) -> None:
    """What the server would refuse, or drop without a word."""
    if unknown := set(incident) - INCIDENT_KEYS:
        raise AssertionError(f"the server knows no {unknown} of an incident")
    if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", incident["occurred"]):
        raise AssertionError(f"occurred is {incident['occurred']}")
    datetime.fromisoformat(incident["occurred"].replace("Z", "+00:00"))
    if incident["severity"] not in (0, 0.5, 1, 2, 3, 4) or not isinstance(json.loads(incident["rawJSON"]), dict):
        raise AssertionError(f"severity is {incident['severity']}, rawJSON {incident['rawJSON'][:40]}")


def current() -> _Call:
    if _call is None:
        raise RuntimeError("no script runs")
    return _call


def command() -> str:
    return current().command


def params() -> dict[str, Any]:
    return through_json(current().server.params)


def args() -> dict[str, Any]:
    return through_json(current().args)


def getLastRun() -> dict[str, Any]:  # noqa: N802
    return through_json(current().server.last_run)


def setLastRun(last_run: dict[str, Any]) -> None:  # noqa: N802
    if command() == "fetch-incidents":
        current().last_run = texts_only(last_run)


def getIntegrationContext() -> dict[str, Any]:  # noqa: N802
    return through_json(current().server.integration_context)


def setIntegrationContext(context: dict[str, Any]) -> None:  # noqa: N802
    current().server.integration_context = texts_only(context)


def incidents(found: list[dict[str, Any]]) -> None:
    current().incidents = through_json(found)


def results(entries: Any) -> None:
    current().entries += [through_json(one) for one in (entries if isinstance(entries, list) else [entries])]


def info(*texts: object) -> None:
    current().server.logged.append(" ".join(map(str, texts)))


error = info


def debug(*texts: object) -> None:
    server = current().server
    if server.debug_mode:
        server.shown.append(" ".join(map(str, texts)))


def is_debug() -> bool:
    """An attribute of the real one."""
    return _call is not None and _call.server.debug_mode


def is_running() -> bool:
    return _call is not None


def investigation() -> dict[str, Any]:
    return {"id": tempfile.mkdtemp()}


def uniqueFile() -> str:  # noqa: N802
    return str(uuid.uuid4())
