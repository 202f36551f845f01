"""One incident is the same through every host, to the last digit.

A Logz.io of the test's own answers with one event, whose JSON has what readers of JSON like to lose: numbers that no float
holds, the text of numbers, the order of keys, a key that is there twice, line breaks between values.
"""

from __future__ import annotations

import http.server
import json
import os
import re
import subprocess
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from logzio_soar import LogzioSoar, to_json

HERE = Path(__file__).parent
TARGET = Path(os.environ.get("LOGZIO_SOAR_TARGET", HERE.parents[1] / "target"))
COMMAND = os.environ.get("LOGZIO_SOAR_COMMAND", str(TARGET / "debug" / "logzio-soar"))
TOKEN = "5d41402a-bc4b-4a76-b971-9d911017c592"
EVENT_ID = "c459b5fd-6e15-4e3b-bd24-9a5a5b5b5d8d"
EXACT = (
    '"zulu": 1.0, "alpha": 1e400, "large": 9223372036854775809, "minus": -0.0,\r\n  "twice": 1, "twice": 2,'
    ' "half": "\\ud800", "é\\u00e9": "\\n\\"}", "nested": {"b": [1.10, {"a": null}], "a": {}}'
)


def event(second: int) -> str:
    """A security event of a second, as Logz.io sends it."""
    return (
        f'{{"alertEventId": "{EVENT_ID}", "alertId": 1201, "name": "Shell in a \\"container\\"", "description": null,\n'
        f' "eventDate": {second}.5, "severity": "HIGH", "tags": ["falco"], "mitreTags": ["T1059"], "hits": 3,'
        f' "groupBy": {{"user": "root", "host": "web-1"}}, "alertWindowStartDate": {second - 300}, "alertWindowEndDate": {second},\n'
        f' {EXACT}}}'
    )


LOG = '{"@timestamp": "2026-11-22T08:00:00.000Z", "message": "m",\n "count": 1.10, "large": 18446744073709551617}'


class Logzio(http.server.BaseHTTPRequestHandler):
    """Two endpoints of Logz.io, with one event and its log."""

    second = int(time.time()) - 3600

    def do_POST(self) -> None:  # noqa: N802
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.headers.get("X-API-TOKEN") != TOKEN:
            return self.send(403, '{"message": "no such token"}')
        if self.path == "/v2/security/rules/events/search":
            bounds = body["filter"]["timeRange"]
            found = [event(self.second)] if bounds["fromDate"] <= self.second <= bounds["toDate"] else []
            return self.send(200, f'{{"total": {len(found)}, "results": [{",".join(found)}]}}')
        if self.path == "/v2/security/rules/events/logs/search" and body["filter"]["alertEventId"] == EVENT_ID:
            return self.send(200, f'{{"total": 1, "results": [{LOG}]}}')
        return self.send(404, "{}")

    def send(self, status: int, body: str) -> None:
        sent = body.encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(sent)))
        self.end_headers()
        self.wfile.write(sent)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Logzio)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def environment(url: str) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "LOGZIO_URL": url, "LOGZIO_SECURITY_TOKEN": TOKEN}


def run(command: list[str], url: str, given: str = "") -> str:
    result = subprocess.run(command, env=environment(url), input=given, capture_output=True, text=True, check=False, timeout=120)
    assert result.returncode == 0, result.stderr
    return result.stdout


REQUEST = {"start": {"case": "at", "value": "-2h"}, "attach_logs": 1}


def of_page(page: str) -> str:
    """The text of the one incident of a page, whatever stands around it."""
    match = re.search(r'"incidents":\s*\[(.*)\],\s*"next":', page)
    assert match, page
    return match[1]


def by_ndjson(url: str) -> str:
    (line,) = run([COMMAND, "fetch", "--since", "-2h", "--attach-logs", "1", "--output", "ndjson"], url).splitlines()
    return line


def by_json(url: str) -> str:
    text = run([COMMAND, "fetch", "--since", "-2h", "--attach-logs", "1", "--output", "json"], url).strip()
    return text.removeprefix("[").removesuffix("]").strip()


def by_adapter(url: str) -> str:
    call = {"id": 1, "function": "incidents.fetch-incidents", "environment": environment(url), "arguments": {"request": REQUEST}}
    _, answer = run([COMMAND, "adapter"], url, json.dumps(call) + "\n").splitlines()
    return of_page(answer)


@contextmanager
def serving(url: str) -> Iterator[str]:
    command = [COMMAND, "serve", "--no-token", "--listen", "127.0.0.1:0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment(url)) as server:
        try:
            assert server.stdout is not None
            found = next((match for line in server.stdout if (match := re.search(r"http://127\.0\.0\.1:\d+", line))), None)
            assert found, f"{command} does not serve"
            threading.Thread(target=server.stdout.read, daemon=True).start()
            yield found[0]
        finally:
            server.terminate()


def by_http(url: str) -> str:
    with serving(url) as service:
        headers = {"Content-Type": "application/json"}
        body = json.dumps({"request": REQUEST}).encode()
        asked = urllib.request.Request(f"{service}/v1/fetch-incidents", body, headers, method="POST")
        with urllib.request.urlopen(asked, timeout=60) as answer:
            return of_page(answer.read().decode())


def by_python(url: str) -> str:
    account = LogzioSoar(url=url, security_token=TOKEN, environment={})
    (incident,) = account.fetch_incidents(since="-2h", attach_logs=1).incidents
    return to_json(incident)


def by_node(url: str) -> str:
    program = (
        "import { LogzioSoar, toJson } from 'logzio-soar';"
        "const { incidents } = await new LogzioSoar().fetchIncidents({ since: '-2h', attachLogs: 1 });"
        "for (const incident of incidents) console.log(toJson(incident));"
    )
    command = ["node", "--input-type=module", "-e", program]
    folder = os.environ.get("LOGZIO_SOAR_NODE", TARGET / "hosts" / "node")
    result = subprocess.run(command, env=environment(url), cwd=folder, capture_output=True, text=True, check=False, timeout=120)
    assert result.returncode == 0, result.stderr
    (line,) = result.stdout.splitlines()
    return line


def lossless(text: str) -> Any:
    """A JSON text with all that it says: keys in order and as often as they are there, numbers as they are written."""
    number: Callable[[str], tuple[str, str]] = lambda digits: ("number", digits)
    return json.loads(text, object_pairs_hook=lambda pairs: ("object", pairs), parse_int=number, parse_float=number)


@pytest.mark.parametrize("host", [by_ndjson, by_json, by_adapter, by_http, by_python, by_node])
def test_one_incident_is_the_same_through_every_host(url: str, host: Callable[[str], str]) -> None:
    second = Logzio.second
    when = lambda at, ms: time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at)) + f".{ms:03}Z"  # noqa: E731
    expected = (
        f'{{"id":"{EVENT_ID}","rule_id":1201,"name":"Shell in a \\"container\\"","description":null,"summary":null,'
        f'"severity":"high","occurred":"{when(second, 500)}",'
        f'"window":{{"start":"{when(second - 300, 0)}","end":"{when(second, 0)}"}},'
        '"group_by":{"user":"root","host":"web-1"},"tags":["falco"],"mitre_tags":["T1059"],"muted":false,'
        f'"raw":{event(second)},"logs":[{LOG}],"defects":["twice occurs more than once; its first value is used"]}}'
    )
    text = host(url)
    assert "\n" not in text and "\r" not in text
    assert lossless(text) == lossless(expected)
    for value in (event(second), LOG):
        # What Logz.io sent is there byte for byte, but for line breaks.
        assert value.replace("\n", " ").replace("\r", " ") in text
