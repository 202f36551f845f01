"""The service as its callers meet it, through the command. What its parts do is tested in Rust."""

import concurrent.futures
import http.client
import json
import os
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from pathlib import Path

from conftest import BEARER, COMMAND, started

HERE = Path(__file__).parent
SEARCH = {"query": {"lucene": "type:falco", "fields": [], "limit": 5, "since": "-1d"}}


def call(service, operation, arguments, **headers):
    """The status and the answer of a call."""
    headers = {name.replace("_", "-"): value for name, value in headers.items()} | {"Content-Type": "application/json"}
    body = json.dumps(arguments).encode()
    request = urllib.request.Request(f"{service.url}/v1/{operation}", body, headers, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def test_the_accounts_of_the_environment_serve_every_operation(open_service):
    status, checks = call(open_service, "check-connection", {})
    assert status == 200 and [check["outcome"]["case"] for check in checks] == ["passed"] * len(checks)
    status, page = call(open_service, "search-logs", SEARCH)
    assert status == 200 and len(page["logs"]) == 5
    start = {"case": "at", "value": "-1d"}
    filter = {"severities": [], "tags": [], "include_muted": False}
    status, page = call(open_service, "fetch-incidents", {"request": {"start": start, "filter": filter, "limit": 3}})
    assert status == 200 and len(page["incidents"]) == 3 and page["more"]
    event = page["incidents"][0]["id"]
    status, logs = call(open_service, "get-logs-by-event-id", {"event_id": event})
    assert status == 200 and logs["logs"]
    indicators = {"indicators": [{"value": "203[.]0.113.9"}], "fields": {"ip": ["source.ip"]}}
    status, report = call(open_service, "hunt-indicators", {"request": indicators})
    assert status == 200 and report["sightings"][0]["value"] == "203.0.113.9"
    status, integration = call(open_service, "describe", {})
    assert status == 200 and integration["name"]


def test_the_first_request_of_the_readme_works_when_it_is_pasted(open_service):
    readme = (HERE.parent / "README.md").read_text()
    block = next(block for block in readme.split("```console\n")[1:] if block.startswith("$ curl "))
    lines = block.split("```")[0].splitlines()
    shown = next(line for line in lines if not line.startswith(("$ ", "    ")))
    command = "\n".join(lines[: lines.index(shown)]).removeprefix("$ ")
    assert command.count("http://127.0.0.1:8700/") == 1
    command = command.replace("http://127.0.0.1:8700", open_service.url)
    run = subprocess.run(["sh", "-c", command], capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, run.stderr
    page = json.loads(run.stdout)
    # The answer that the page shows, with what it shortens.
    assert list(page) == list(json.loads(shown.replace("[…]", "[]"))), run.stdout
    assert len(page["logs"]) == 10 and page["total"] > 10 and page["notices"] == []
    assert all("falco" in log["source"]["type"] for log in page["logs"])


def test_a_cursor_goes_out_and_in_and_nothing_is_kept(open_service):
    filter = {"severities": [], "tags": [], "include_muted": True}
    start, seen = {"case": "at", "value": "-3h"}, []
    while True:
        status, page = call(open_service, "fetch-incidents", {"request": {"start": start, "filter": filter, "limit": 7}})
        assert status == 200
        seen += [incident["id"] for incident in page["incidents"]]
        start = {"case": "after", "value": page["next"]}
        if not page["more"]:
            break
    assert len(seen) > 14 and len(set(seen)) == len(seen)


def test_a_token_of_the_environment_is_never_sent_to_a_url_of_a_request(simulated, tmp_path):
    """Any URL is allowed here, so it is the component that keeps the token back."""
    received = []

    def listen(server):
        while True:
            try:
                client, _ = server.accept()
            except OSError:
                return
            received.append(client.recv(65536))
            client.close()

    import socket

    server = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=listen, args=(server,), daemon=True).start()
    url = f"http://127.0.0.1:{server.getsockname()[1]}"
    flags = ("serve", "--listen", "127.0.0.1:0", "--allow-url", "any", "--no-token", "--config", os.devnull)
    process, found = started(*flags, environment=simulated, until=(r"http://(\S+)", 1))
    try:
        service = type("Service", (), {"url": f"http://{found[0]}"})
        status, problem = call(service, "search-logs", SEARCH, Logzio_Url=url)
        assert status == 400 and problem["case"] == "invalid-connection" and "is not sent to 127.0.0.1" in problem["detail"]
        own = "a-token-of-the-caller"
        call(service, "search-logs", SEARCH, Logzio_Url=url, Logzio_Operations_Token=own, Logzio_Time_Budget_Ms="1000")
        assert received and own in received[0].decode()
        for token in (simulated["LOGZIO_SECURITY_TOKEN"], simulated["LOGZIO_OPERATIONS_TOKEN"]):
            assert not any(token in request.decode() for request in received)
    finally:
        server.close()
        process.terminate()
        process.wait()


def test_other_addresses_than_loopback_need_a_token():
    run = subprocess.run([COMMAND, "serve", "--listen", "0.0.0.0:0"], capture_output=True, text=True, timeout=60)
    assert run.returncode == 2 and "LOGZIO_SOAR_SERVE_TOKEN" in run.stderr
    short = {"LOGZIO_SOAR_SERVE_TOKEN": "short", "PATH": os.environ["PATH"]}
    run = subprocess.run([COMMAND, "serve"], env=short, capture_output=True, text=True, timeout=60)
    assert run.returncode == 2 and "openssl rand" in run.stderr


def test_a_component_that_answers_no_http_is_refused():
    plugin = str(Path(COMMAND).parents[1] / "logzio-soar.wasm")
    run = subprocess.run([COMMAND, "serve", "--no-token", "--component", plugin], capture_output=True, text=True, timeout=120)
    assert run.returncode == 2 and "wasi:http/incoming-handler" in run.stderr


def test_ten_thousand_requests_64_at_a_time_bring_no_error(open_service):
    local = threading.local()
    body = json.dumps(SEARCH)

    def one(number):
        if not hasattr(local, "connection"):
            local.connection = http.client.HTTPConnection(open_service.url.removeprefix("http://"), timeout=120)
        operation, sent = ("search-logs", body) if number % 4 == 0 else ("describe", "{}")
        local.connection.request("POST", f"/v1/{operation}", sent, {"Content-Type": "application/json"})
        response = local.connection.getresponse()
        response.read()
        return response.status

    with concurrent.futures.ThreadPoolExecutor(64) as pool:
        statuses = list(pool.map(one, range(10_000)))
    assert len(statuses) == 10_000 and set(statuses) == {200}


def run_schemathesis(service, name, *flags, **environment):
    command = [
        str(Path(sys.executable).with_name("schemathesis")), "--config-file", str(HERE / "schemathesis.toml"),
        "run", f"{service.url}/openapi.json", "-H", f"Authorization: Bearer {BEARER}",
        "-H", "Logzio-Time-Budget-Ms: 3000", "--checks", "all", "--request-timeout", "60",
        "--phases", "examples,coverage,fuzzing", "--seed", "1", "-n", "40", "--continue-on-failure", "--no-color", *flags,
    ]
    environment = os.environ | {"SCHEMATHESIS_HOOKS": "hooks", "PYTHONPATH": str(HERE)} | environment
    run = subprocess.run(command, env=environment, cwd=service.log.parent, capture_output=True, text=True, timeout=600)
    assert run.returncode == 0, f"{name}:\n{run.stdout[-6000:]}{run.stderr[-2000:]}"
    return run.stdout


def test_schemathesis_finds_nothing_in_calls_of_any_connection(closed_service):
    run_schemathesis(closed_service, "any connection")


def test_schemathesis_finds_nothing_in_calls_that_reach_the_accounts(closed_service):
    # What was wrong with a call may have been its connection, which is left out here.
    flags = ("--exclude-checks", "negative_data_rejection")
    run_schemathesis(closed_service, "the accounts", *flags, WITHOUT_CONNECTION="1")
    log = closed_service.log.read_text()
    answered = [line for line in log.splitlines() if "POST /v1/" in line and " 200 " in line]
    assert len(answered) > 20, "no call went through"


def test_no_line_of_the_log_holds_a_token(open_service, closed_service):
    for service in (open_service, closed_service):
        log = service.log.read_text()
        assert "POST /v1/" in log
        for token in (BEARER, service.simulated["LOGZIO_SECURITY_TOKEN"], service.simulated["LOGZIO_OPERATIONS_TOKEN"]):
            assert token not in log
