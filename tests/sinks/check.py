"""Delivers incidents to a server on this machine, and holds what arrives to published schemas: check.py TARGET RECEIVED ADF DOCS."""

import base64
import copy
import http.server
import json
import os
import pathlib
import re
import secrets
import subprocess
import sys
import tempfile
import threading

import jsonschema
import ocsf_json_schema
import standardwebhooks

TARGET, RECEIVED, ADF, DOCS = map(pathlib.Path, sys.argv[1:])
KEY = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
# Each body, and how many incidents a request holds.
BODIES = {"cloudevent": 1, "cloudevents": 3, "incident": 1, "ocsf": 1, "slack": 1, "teams": 1, "jira": 1, "pagerduty": 1}
NAMES = ['", "x": "', "\\", "a\r\nb\0", "<!channel> & <https://evil.example|x>", "[x](https://evil.example)", "日本 🚨 é", "x" * 5000, ""]


def simulated_incidents(folder):
    """The incidents of a simulated Logz.io, as the command prints them."""
    command = TARGET / "debug" / "logzio-soar"
    clean = {name: value for name, value in os.environ.items() if not name.startswith("LOGZIO_")}
    simulator = subprocess.Popen([command, "simulate", "--port", "0", "--days", "2"], env=clean, stdout=subprocess.PIPE, text=True)
    try:
        found = {}
        while len(found) < 3:
            found |= dict(re.findall(r"export (LOGZIO_\w+)=(\S+)", simulator.stdout.readline()))
        threading.Thread(target=simulator.stdout.read, daemon=True).start()
        fetch = [command, "fetch", "--since", "-1d", "--all", "--attach-logs", "3", "--output", "ndjson", "--config", os.devnull]
        fetched = subprocess.run(fetch, env=clean | found, stdout=subprocess.PIPE, check=True, cwd=folder)
    finally:
        simulator.kill()
        simulator.wait()
    lines = fetched.stdout.decode().splitlines()
    assert len(lines) > 50, f"only {len(lines)} incidents"
    return lines[:60]


def awkward_incidents(usual):
    """Incidents that no simulator has, made from a usual one."""
    for number, name in enumerate(NAMES):
        incident = json.loads(usual)
        incident |= {"id": f"awkward-{number}", "name": name, "group_by": {"user.name": name, "source.ip": "2001:db8::1"}}
        incident |= {"tags": [name], "mitre_tags": ["TA0006", "T1110.001", "t1059", name]}
        yield json.dumps(incident)
    for number, severity in enumerate(("unclassified", "info", "low", "medium", "high", "severe")):
        least = dict.fromkeys(json.loads(usual))
        least |= {"id": f"least-{number}", "name": "n", "severity": severity, "occurred": "2026-11-22T08:00:00.000Z"}
        least |= {"group_by": {}, "tags": [], "mitre_tags": [], "muted": True, "raw": {}, "logs": [], "defects": ["no window"]}
        yield json.dumps(least)
    yield json.dumps(json.loads(usual) | {"id": "number", "raw": 4711, "logs": [4712]}).replace("4711", '{"a": 1e999}').replace("4712", "-1e999")


class Receiver(http.server.BaseHTTPRequestHandler):
    requests = {}

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        Receiver.requests.setdefault(self.path.strip("/"), []).append((headers, body))
        self.send_response(202)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def deliver(lines, folder):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings = ['[sinks.file]\ntype = "ndjson"\npath = "ocsf.ndjson"\nformat = "ocsf"']
    for name, batch in BODIES.items():
        body = name if name != "cloudevents" else "cloudevent"
        values = {"jira": '{ project = "SEC", issue-type = "Task" }', "pagerduty": f'{{ routing-key = "{"R" * 32}" }}'}.get(name)
        settings.append(
            f'[sinks.{name}]\ntype = "webhook"\nurl = "http://127.0.0.1:{server.server_port}/{name}"\nbody = "{body}"\n'
            f'batch = {batch}\nsigning-key = {{ file = "key" }}' + (f"\nvalues = {values}" if values else "")
        )
    (folder / "sinks.toml").write_text("\n".join(settings))
    (folder / "key").write_text(KEY)
    program = TARGET / "debug" / "examples" / "deliver"
    subprocess.run([program, folder / "sinks.toml", "acme"], input="\n".join(lines).encode(), check=True)
    server.shutdown()


def check_ocsf(findings):
    # Other versions are refused: the newest that is stable.
    schemas = ocsf_json_schema.OcsfJsonSchemaEmbedded(ocsf_json_schema.get_ocsf_schema(version="1.8.0"))
    validator = jsonschema.Draft202012Validator(schemas.get_class_schema(schemas.lookup_class_name_from_uid(2004)))
    for spoil in ({"severity_id": 7}, {"finding_info": {"title": "no uid"}}, {"more": 1}, {"time": "today"}):
        assert not validator.is_valid(findings[0] | spoil), f"not noticed: {spoil}"
    for finding in findings:
        validator.validate(finding)
        assert finding["metadata"]["version"] == "1.8.0"


def check_jira(issues):
    validator = jsonschema.Draft4Validator(json.loads(ADF.read_text()))
    spoilt = copy.deepcopy(issues[0]["fields"]["description"])
    spoilt["content"][0]["content"][0]["text"] = ""
    assert not validator.is_valid(spoilt), "not noticed: an empty text"
    for issue in issues:
        validator.validate(issue["fields"]["description"])
        assert set(issue) == {"fields"}
        assert set(issue["fields"]) == {"project", "issuetype", "summary", "labels", "description"}
        assert 0 < len(issue["fields"]["summary"]) <= 255 and "\n" not in issue["fields"]["summary"]
        assert not any(" " in label for label in issue["fields"]["labels"])


def check_signatures():
    """With the convention's own library, and with the verifier of the documentation."""
    [snippet] = re.findall(r"```python\n(.*?)```", DOCS.read_text(), re.DOTALL)
    documented = {}
    exec(snippet, documented)
    library = standardwebhooks.Webhook(KEY)
    ids = {}
    for name, requests in Receiver.requests.items():
        for headers, body in requests:
            library.verify(body.decode(), headers)
            assert documented["is_genuine"](KEY, headers, body)
            for other in (body + b" ", body[:-1]):
                assert not documented["is_genuine"](KEY, headers, other)
            assert not documented["is_genuine"](KEY, headers | {"webhook-timestamp": "1700000000"}, body)
            assert not documented["is_genuine"](KEY, headers | {"webhook-id": "inc_0"}, body)
        ids[name] = [headers["webhook-id"] for headers, _ in requests]
        assert len(set(ids[name])) == len(requests), f"{name}: an id comes twice"
    assert ids["incident"] == ids["slack"], "an id depends on the body"


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        lines = simulated_incidents(folder)
        lines += awkward_incidents(lines[0])
        deliver(lines, folder)
        findings = [json.loads(line) for line in (folder / "ocsf.ndjson").read_text().splitlines()]
    received = {name: [json.loads(body) for _, body in requests] for name, requests in Receiver.requests.items()}
    for name, batch in BODIES.items():
        assert len(received[name]) == -(-len(lines) // batch), f"{name}: {len(received[name])} requests"
    assert findings == received["ocsf"]
    check_ocsf(findings)
    check_jira(received["jira"])
    check_signatures()
    one, many = (Receiver.requests[name][0][0] for name in ("cloudevent", "cloudevents"))
    assert one["content-type"] == "application/cloudevents+json; charset=utf-8"
    assert many["content-type"] == "application/cloudevents-batch+json; charset=utf-8"
    RECEIVED.mkdir(exist_ok=True)
    for name, requests in Receiver.requests.items():
        # As they arrived: a number that Python cannot take stays as it is.
        arrived = [{"headers": headers, "body": body.decode()} for headers, body in requests]
        (RECEIVED / f"{name}.json").write_text(json.dumps({"key": KEY, "requests": arrived}))
    print(f"{len(lines)} incidents as {', '.join(BODIES)}: signatures, OCSF and Jira's documents are as published")


main()
