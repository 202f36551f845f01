"""Calls made up from the OpenAPI document, where it is narrowed to what also has the right meaning: they have to succeed."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from serving import serving

TIMES = {"enum": ["-1h", "2 hours ago", "yesterday", "now-90m"]}
NARROWED: dict[str, Any] = {
    "types.time-expression": TIMES,
    "incidents.start": {
        "type": "object",
        "properties": {"case": {"const": "at"}, "value": TIMES},
        "required": ["case", "value"],
        "additionalProperties": False,
    },
    "incidents.event-filter": {
        "type": "object",
        "properties": {
            "rule_name": {"enum": [None, "Okta", "logins"]},
            "severities": {"type": "array", "items": {"enum": ["info", "low", "medium", "high", "severe"]}},
            "tags": {"type": "array", "items": {"enum": ["attack.t1110", "none"]}, "maxItems": 2},
            "include_muted": {"type": "boolean"},
        },
        "required": ["severities", "tags", "include_muted"],
        "additionalProperties": False,
    },
    "hunting.indicator": {
        "type": "object",
        "properties": {
            "value": {"enum": ["203[.]0.113.9", "hxxps://evil[.]example/a", "198.51.100.0/24", "a@b.example"]},
            "kind": {"type": "null"},
        },
        "required": ["value"],
        "additionalProperties": False,
    },
}
# Numbers are listed: to JSON Schema 1.0 is an integer, and to the contract's form it is none.
NARROWED_FIELDS: dict[str, Any] = {
    "lucene": {"enum": ["*", "type:falco", "NOT type:falco", 'message:"failed login" OR user:ada', "bytes:[1 TO 9]"]},
    "fields": {"type": "array", "items": {"enum": ["message", "type", "source.ip"]}, "maxItems": 3},
    "page": {"type": "null"},
    "limit": {"enum": [None, 1, 2, 50]},
    "look_back_minutes": {"enum": [None, 0, 15, 1440]},
    "until": {"type": "null"},
    "attach_logs": {"enum": [None, 0, 5]},
    "limit_per_indicator": {"enum": [None, 1, 10]},
    "internal_networks": {"type": "array", "items": {"enum": ["10.0.0.0/8", "192.168.0.0/16"]}},
    "indicators": {"type": "array", "items": {"$ref": "#/components/schemas/hunting.indicator"}, "minItems": 1},
}


def test_a_call_that_keeps_to_its_ranges_succeeds(simulated: dict[str, str], tmp_path: Path) -> None:
    with serving(tmp_path / "log", environment=simulated) as server:
        document = server.ask("GET", "/openapi.json").ok()
        event = server.fetch().ok()["incidents"][0]["id"]
        schemas = document["components"]["schemas"]
        assert NARROWED.keys() <= schemas.keys()
        schemas.update(NARROWED)
        for name, schema in schemas.items():
            properties = schema.get("properties", {})
            if name.endswith((".arguments", "-request", ".log-query")):
                properties.pop("connection", None)
                properties.update({key: NARROWED_FIELDS[key] for key in properties.keys() & NARROWED_FIELDS.keys()})
                if name == "hunting.hunt-request":
                    properties["fields"] = {"enum": [{}, {"ip": ["source.ip"]}]}
                    properties["log_types"] = {"enum": [None, ["falco"]]}
                    # An empty list may be left out, but a hunt needs something to look for.
                    schema["required"] = ["indicators"]
                if name == "hunting.hunt-indicators.arguments":
                    schema["required"] = ["request"]
                if "event_id" in properties:
                    properties["event_id"] = {"const": event}
        for path in document["paths"].values():
            for method in path.values():
                method.pop("parameters", None)
        file = tmp_path / "narrowed.json"
        file.write_text(json.dumps(document))
        command = [str(Path(sys.executable).with_name("schemathesis")), "run", str(file), "--url", f"http://{server.address}"]
        command += ["--checks", "all", "--mode", "positive", "--phases", "fuzzing", "--max-examples", "60", "--no-color"]
        command += ["--generation-deterministic", "--workers", "4"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=240, cwd=tmp_path, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        statuses = re.findall(r" POST /v1/(\S+) (\d{3}) ", server.written())
    assert {status for _, status in statuses} == {"200"}
    assert len({operation for operation, _ in statuses}) == 7
    assert len(statuses) > 100
