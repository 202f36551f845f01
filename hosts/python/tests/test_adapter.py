"""The adapter: one call a line, and nothing lost on the way through JSON."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from conftest import Simulated


def ask(lines: list[Any]) -> list[dict[str, Any]]:
    text = "".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines)
    arguments = [sys.executable, "-m", "logzio_soar.adapter"]
    result = subprocess.run(arguments, input=text, capture_output=True, text=True, check=True)
    assert result.stderr == ""
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_calls_are_answered_in_the_json_form(simulated: Simulated) -> None:
    connection = {
        "endpoint": {"case": "url", "value": simulated.url},
        "security_token": simulated.security_token,
        "time_budget_ms": 5000,
    }
    request = {"start": {"case": "at", "value": "-1d"}, "filter": {"severities": ["high"], "include_muted": True}}
    calls = [
        {"id": 1, "function": "manifest.describe"},
        {"id": 2, "function": "incidents.fetch-incidents", "arguments": {"connection": connection, "request": request}},
        {
            "id": 3,
            "function": "incidents.fetch-incidents",
            "arguments": {"request": request},
            "environment": {"LOGZIO_URL": simulated.url, "LOGZIO_SECURITY_TOKEN": simulated.security_token},
        },
        {"id": 4, "function": "diagnostics.check-connection", "arguments": {"connection": {}}},
        {"id": 5, "function": "logs.get-logs-by-event-id", "arguments": {"connection": connection, "event_id": " "}},
        {"id": 6, "function": "logs.delete-logs", "arguments": {}},
        {"id": 7, "function": "logs.get-logs-by-event-id", "arguments": {"connection": connection, "event_id": 5}},
        {"id": 8, "function": "incidents.fetch-incidents", "arguments": {"connection": {}, "request": {"start": {"case": "x"}}}},
        "banana",
    ]
    first, describe, given, environment, check, bad, missing, number, start, banana = ask(calls)
    assert first["adapter"].startswith("logzio_soar") and "one-host" not in first["enforces"]
    assert describe["ok"]["commands"][-1]["name"] == "hunt-indicators"
    assert given["ok"]["incidents"] and {one["severity"] for one in given["ok"]["incidents"]} == {"high"}
    assert environment["ok"]["incidents"][0] == given["ok"]["incidents"][0]
    assert check["err"]["case"] == "invalid-connection"
    assert bad["err"]["case"] == "invalid-argument"
    assert "missing" in missing
    assert number["invalid"].startswith("arguments.event_id")
    assert start["invalid"].startswith("arguments.request.start")
    assert banana["id"] is None and "invalid" in banana
