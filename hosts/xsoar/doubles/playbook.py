"""A double of XSOAR's playbook engine, for what the pack's playbooks use of it. What it does not know is an error.

Rules of the real one that it follows: a task without a brand runs on each active instance that has its command, of whatever pack;
an argument without a value is not sent; a task that fails takes its error path, or stops the playbook.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml
from demistomock import Server, listed

ERROR = 4


class PlaybookStopped(Exception):
    """A task failed that has no path for it: the playbook waits for a person."""


class Playbook:
    """A playbook, and what is around it: a server, an incident, and the modules that are active."""

    def __init__(
        self,
        file: Path,
        server: Server,
        incident: dict[str, Any] | None = None,
        brands: list[str] | None = None,
        others: list[Server] | None = None,
    ) -> None:
        """``others``: instances of other packs on the same server."""
        self.others = others or []
        self.document = yaml.safe_load(file.read_text(encoding="utf-8"))
        self.server, self.incident = server, incident or {}
        self.modules = [{"brand": brand, "state": "active"} for brand in brands if brand] if brands is not None else []
        self.said: list[str] = []
        self.went: list[str] = []
        self.inputs: dict[str, Any] = {}

    def run(self, **inputs: Any) -> list[str]:
        """Runs it to its end: the names of the tasks, in order."""
        known = {one["key"]: one for one in self.document["inputs"]}
        if unknown := set(inputs) - set(known):
            raise KeyError(f"the playbook has no input {unknown}")
        self.inputs = {key: self.value(one["value"]) for key, one in known.items()} | inputs
        if missing := [key for key, one in known.items() if one["required"] and not self.inputs[key]]:
            raise PlaybookStopped(f"{missing} must be given")
        waiting = [self.document["starttaskid"]]
        while waiting:
            task = self.document["tasks"][waiting.pop(0)]
            self.went.append(task["task"]["name"])
            if len(self.went) > 100:
                raise PlaybookStopped("it runs in circles")
            branch = self.step(task)
            waiting += task.get("nexttasks", {}).get(branch, [])
        return self.went

    def step(self, task: dict[str, Any]) -> str:
        if task["type"] in ("start", "title"):
            return "#none#"
        if task["type"] == "condition":
            for one in task["conditions"]:
                if all(any(self.holds(term) for term in alternatives) for alternatives in one["condition"]):
                    return str(one["label"])
            return "#default#"
        if task["type"] != "regular":
            raise NotImplementedError(task["type"])
        args = {name: self.value(value) for name, value in task.get("scriptarguments", {}).items()}
        entries = self.command(task["task"], args)
        failed = [one for one in entries if isinstance(one, dict) and one.get("Type") == ERROR]
        if not failed:
            return "#none#"
        if task.get("continueonerror") and task.get("continueonerrortype") == "errorPath":
            return "#error#"
        raise PlaybookStopped(failed[0]["Contents"])

    def command(self, task: dict[str, Any], args: dict[str, Any]) -> list[Any]:
        if script := task.get("script"):
            name = script.removeprefix("|||")
            having = [one for one in (self.server, *self.others) if name in one.commands()]
            return [entry for one in having for entry in one.run(name, **args)]
        name = task["scriptName"]
        if name == "Print":
            self.said.append(args["value"])
        elif name == "PrintErrorEntry":
            raise PlaybookStopped(args["message"])
        elif name == "DeleteContext":
            self.server.context.data.clear()
        elif name == "FetchFromInstance":
            self.server.fetch()
        else:
            raise NotImplementedError(name)
        return []

    def holds(self, term: dict[str, Any]) -> bool:
        found = self.operand(term["left"])
        if term["operator"] == "isNotEmpty":
            return found not in (None, "", [], {})
        if term["operator"] == "isExists":
            return found is not None
        if term["operator"] == "isEqualString":
            return self.operand(term["right"]) in listed(found)
        raise NotImplementedError(term["operator"])

    def operand(self, side: dict[str, Any]) -> Any:
        simple = side["value"].get("simple")
        if simple is not None:
            return self.lookup(simple) if side.get("iscontext") else simple
        return self.value(side["value"])

    def value(self, written: dict[str, Any]) -> Any:
        """What is written as text with ``${…}`` in it, or as a path with filters."""
        if not written:
            return None
        if "simple" in written:
            text = str(written["simple"])
            if whole := re.fullmatch(r"\$\{([\w.]+)\}", text):
                return self.lookup(whole[1])
            return re.sub(r"\$\{([\w.]+)\}", lambda match: str(self.lookup(match[1]) or ""), text)
        complex_ = written["complex"]
        if set(complex_) - {"root", "accessor", "filters"}:
            raise NotImplementedError(str(set(complex_)))
        found = self.lookup(complex_["root"])
        for alternatives in complex_.get("filters", []):
            found = [one for one in listed(found or []) if any(self.passes(complex_["root"], one, term) for term in alternatives)]
        if "accessor" not in complex_:
            return found
        name = complex_["accessor"]
        if isinstance(found, list):
            return [one[name] for one in found if name in one] or None
        return (found or {}).get(name)

    def passes(self, root: str, element: dict[str, Any], term: dict[str, Any]) -> bool:
        if term["operator"] != "isEqualString":
            raise NotImplementedError(term["operator"])
        name = term["left"]["value"]["simple"].removeprefix(f"{root}.")
        return bool(element.get(name) == term["right"]["value"]["simple"])

    def lookup(self, path: str) -> Any:
        root, _, rest = path.partition(".")
        if root == "inputs":
            return self.inputs.get(rest)
        if root == "incident":
            return self.incident.get(rest) if rest else self.incident
        if root == "modules":
            return [one[rest] for one in self.modules] if rest else self.modules
        return self.server.context.get(path)
