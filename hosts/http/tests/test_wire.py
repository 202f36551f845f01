"""The wire: what comes in, what goes out, and what is kept in."""

from __future__ import annotations

import re
import signal
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from serving import EVERYTHING, SINCE, Server, Simulated, serving, simulating

SEARCH = {"query": {"lucene": "*", "since": "-3h", "fields": [], "limit": 2}}
CALLS: dict[str, Any] = {
    "describe": {},
    "check-connection": {},
    "fetch-incidents": {"request": {"start": SINCE, "filter": EVERYTHING}},
    "search-logs": SEARCH,
    "get-logs-by-event-id": {"event_id": "00000000-0000-4000-8000-000000000000"},
    "find-fields": {"request": {}},
    "hunt-indicators": {"request": {"indicators": [{"value": "203.0.113.9"}], "fields": {"ip": ["source.ip"]}}},
}


@pytest.fixture(scope="module")
def accounts(simulated: dict[str, str]) -> Simulated:
    return Simulated(*(simulated[name] for name in ("LOGZIO_URL", "LOGZIO_SECURITY_TOKEN", "LOGZIO_OPERATIONS_TOKEN")))


@pytest.fixture(scope="module")
def server(accounts: Simulated, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A service whose environment has the simulated accounts."""
    with serving(tmp_path_factory.mktemp("serve") / "log", environment=accounts.environment()) as found:
        yield found


@pytest.fixture(scope="module")
def open_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A service that has no account of its own, and lets requests name any URL."""
    with serving(tmp_path_factory.mktemp("serve") / "log", "--allow-url", "any") as found:
        yield found


def test_the_document_names_every_operation_and_no_other(server: Server) -> None:
    document = server.ask("GET", "/openapi.json").ok()
    assert document["openapi"] == "3.1.0"
    assert set(document["paths"]) == {f"/v1/{name}" for name in CALLS} | {"/openapi.json", "/healthz"}


def test_health_tells_the_version_and_asks_nobody(tmp_path: Path) -> None:
    with serving(tmp_path / "log", environment={"LOGZIO_URL": "http://127.0.0.1:9"}) as server:
        health = server.ask("GET", "/healthz").ok()
    assert health["status"] == "ok" and re.fullmatch(r"\d+\.\d+\.\d+", health["version"])


def test_the_connection_may_come_in_headers(open_server: Server, accounts: Simulated) -> None:
    assert open_server.fetch(headers=accounts.headers()).ok()["incidents"]


def test_the_connection_may_come_in_the_body(open_server: Server, accounts: Simulated) -> None:
    connection = {
        "endpoint": {"case": "url", "value": accounts.url},
        "security_token": accounts.security_token,
    }
    assert open_server.fetch(connection=connection).ok()["incidents"]


def test_the_body_comes_before_the_headers_part_by_part(open_server: Server, accounts: Simulated) -> None:
    headers = accounts.headers() | {"Logzio-Security-Token": "of-another-account"}
    open_server.fetch(headers=headers).problem("unauthorized")
    assert open_server.fetch(headers=headers, connection={"security_token": accounts.security_token}).ok()


def test_an_empty_body_is_a_call_without_arguments(server: Server) -> None:
    checks = server.call("check-connection").ok()
    assert checks and all(check["outcome"]["case"] == "passed" for check in checks), checks


@pytest.mark.parametrize(
    ("operation", "body", "place"),
    [
        ("fetch-incidents", b"{", "line 1 column"),
        ("fetch-incidents", b"\xff\xfe", "line 1 column"),
        ("fetch-incidents", b"7", "body"),
        ("fetch-incidents", b"[]", "body"),
        ("fetch-incidents", b"{}", "body.request"),
        ("fetch-incidents", b'{"request": {"start": {"case": "at"}, "filter": {}}}', "body.request.start.value"),
        ("search-logs", b'{"query": {"lucene": "*", "fields": [], "limit": 1.5}}', "body.query.limit"),
        ("search-logs", b'{"query": {"lucene": "*", "fields": [7]}}', "body.query.fields[0]"),
        ("search-logs", b'{"query": {"lucene": "*", "fields": [], "order": "up"}}', "body.query.order"),
        ("search-logs", b'{"qery": {}}', "body"),
        ("search-logs", b'{"connection": {"token": "hidden-canary"}}', "body.connection"),
        ("search-logs", b"[" * 100_000, "line 1 column"),
    ],
)
def test_a_call_that_cannot_be_read_is_refused_with_its_place(
    server: Server, operation: str, body: bytes, place: str
) -> None:
    answer = server.ask("POST", f"/v1/{operation}", body, {"Content-Type": "application/json"})
    assert answer.status == 400
    assert place in answer.problem("invalid-call")["detail"]
    assert b"hidden-canary" not in answer.body


def test_a_header_that_cannot_be_read_is_refused_by_its_name(server: Server) -> None:
    answer = server.fetch(headers={"Logzio-Time-Budget-Ms": "hidden-canary"})
    assert "Logzio-Time-Budget-Ms" in answer.problem("invalid-call")["detail"]
    assert b"hidden-canary" not in answer.body
    both = {"Logzio-Region": "eu", "Logzio-Url": "https://logz.example"}
    assert "Logzio-Region and Logzio-Url" in server.fetch(headers=both).problem("invalid-call")["detail"]


@pytest.mark.parametrize("name", ["Logzio-Region", "Logzio-Url", "Logzio-Security-Token", "Logzio-Time-Budget-Ms"])
def test_an_empty_header_is_refused_and_nothing_stands_in_for_it(server: Server, name: str) -> None:
    for empty in ("", " "):
        assert name.lower() in server.fetch(headers={name: empty}).problem("invalid-call")["detail"].lower()


@pytest.mark.parametrize(
    ("operation", "arguments", "name", "status"),
    [
        ("search-logs", {"query": {"lucene": "a AND (", "fields": []}}, "query-rejected", 422),
        ("search-logs", {"query": {"lucene": "*", "fields": [], "limit": 0}}, "invalid-argument", 400),
        ("fetch-incidents", {"request": {"start": {"case": "after", "value": "?"}, "filter": EVERYTHING}}, "invalid-argument", 400),
        ("check-connection", {"connection": {"endpoint": {"case": "region", "value": "x1"}}}, "invalid-connection", 400),
    ],
)  # fmt: skip
def test_an_error_of_the_contract_is_a_problem_with_its_case(
    server: Server, operation: str, arguments: Any, name: str, status: int
) -> None:
    answer = server.call(operation, arguments)
    assert answer.status == status
    problem = answer.problem(name)
    assert problem["case"] == name
    assert "value" in problem


@pytest.mark.parametrize(
    ("fault", "name", "status", "retry_after"),
    [
        ("events:429x99;retry-after=100", "rate-limited", 429, "100"),
        ("events:500x99", "server", 502, None),
        ("events:invalid-jsonx99", "malformed-response", 502, None),
        ("events:hangx99", "timed-out", 504, None),
    ],
)
def test_trouble_of_logzio_is_told_apart(
    open_server: Server, fault: str, name: str, status: int, retry_after: str | None
) -> None:
    with simulating("--days", "1", "--fault", fault) as troubled:
        answer = open_server.fetch(headers=troubled.headers() | {"Logzio-Time-Budget-Ms": "2000"})
    assert answer.status == status, answer.body
    answer.problem(name)
    if retry_after:
        assert 0 < int(answer.headers["retry-after"]) <= int(retry_after)


def test_a_wrong_token_and_a_wrong_account_are_told_apart(open_server: Server, accounts: Simulated) -> None:
    wrong = accounts.headers() | {"Logzio-Security-Token": "hidden-canary"}
    answer = open_server.fetch(headers=wrong)
    assert answer.status == 401
    answer.problem("unauthorized")
    assert b"hidden-canary" not in answer.body
    other = accounts.headers() | {"Logzio-Security-Token": accounts.operations_token}
    answer = open_server.fetch(headers=other)
    assert answer.status == 403
    answer.problem("wrong-account")


def test_a_place_where_nobody_listens_is_unreachable(open_server: Server) -> None:
    headers = {"Logzio-Url": "http://127.0.0.1:9", "Logzio-Security-Token": "t", "Logzio-Time-Budget-Ms": "1000"}
    answer = open_server.fetch(headers=headers)
    assert answer.status == 502
    answer.problem("unreachable")


@pytest.mark.parametrize("path", ["/", "/v1", "/v1/", "/v1/fetch", "/v1/describe/", "/v2/describe", "/V1/describe"])
def test_another_path_is_not_found(server: Server, path: str) -> None:
    answer = server.ask("POST", path, b"{}", {"Content-Type": "application/json"})
    assert answer.status == 404
    answer.problem("not-found")


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("GET", "/v1/describe", "POST, OPTIONS"),
        ("DELETE", "/v1/describe", "POST, OPTIONS"),
        ("HEAD", "/v1/describe", "POST, OPTIONS"),
        ("TRACE", "/v1/describe", "POST, OPTIONS"),
        ("POST", "/healthz", "GET, HEAD, OPTIONS"),
        ("PUT", "/openapi.json", "GET, HEAD, OPTIONS"),
        ("BREW", "/openapi.json", "GET, HEAD, OPTIONS"),
    ],
)
def test_another_method_is_refused_with_those_that_are_there(
    server: Server, method: str, path: str, allow: str
) -> None:
    answer = server.ask(method, path)
    assert answer.status == 405
    assert answer.headers["allow"] == allow
    if method != "HEAD":
        answer.problem("method-not-allowed")


def test_head_is_get_without_a_body_and_options_names_the_methods(server: Server) -> None:
    head = server.ask("HEAD", "/healthz")
    assert (head.status, head.body) == (200, b"")
    assert head.headers["content-type"] == "application/json"
    options = server.ask("OPTIONS", "/v1/describe")
    assert (options.status, options.headers["allow"]) == (204, "POST, OPTIONS")


@pytest.mark.parametrize(
    "kind", [None, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=b", "application/jsonp"]
)
def test_what_a_web_page_can_send_is_refused(server: Server, kind: str | None) -> None:
    answer = server.ask("POST", "/v1/describe", b"{}", {"Content-Type": kind} if kind else {})
    assert answer.status == 415
    answer.problem("unsupported-media-type")


def test_no_answer_may_be_read_by_a_web_page(server: Server) -> None:
    headers = {"Content-Type": "application/json", "Origin": "https://page.example"}
    for answer in (
        server.ask("POST", "/v1/describe", b"{}", headers),
        server.ask("OPTIONS", "/v1/describe", None, headers | {"Access-Control-Request-Method": "POST"}),
    ):
        assert not [name for name in answer.headers if name.startswith("access-control-")]


def test_a_name_that_a_web_page_gave_this_machine_is_refused(server: Server) -> None:
    headers = {"Content-Type": "application/json"}
    answer = server.ask("POST", "/v1/describe", b"{}", headers | {"Host": "rebound.example:8700"})
    assert answer.status == 421
    answer.problem("misdirected")
    for name in ("localhost:1", "127.0.0.1", "[::1]:8700"):
        assert server.ask("POST", "/v1/describe", b"{}", headers | {"Host": name}).status == 200


def test_a_type_with_parameters_is_json_all_the_same(server: Server) -> None:
    answer = server.ask("POST", "/v1/describe", b" \n", {"Content-Type": "Application/JSON; charset=utf-8"})
    assert answer.ok()["name"]


def test_a_long_body_is_refused_and_one_below_the_limit_is_not(server: Server) -> None:
    most = 4 << 20
    answer = server.ask("POST", "/v1/describe", b" " * most, {"Content-Type": "application/json"})
    assert answer.status == 200
    answer = server.ask("POST", "/v1/describe", b" " * (most + 1), {"Content-Type": "application/json"})
    assert answer.status == 413
    answer.problem("too-large")


def test_answers_are_not_stored_on_the_way(server: Server) -> None:
    assert server.call("describe").headers["cache-control"] == "no-store"


def test_a_token_of_the_environment_never_goes_to_a_url_of_the_request(tmp_path: Path, accounts: Simulated) -> None:
    """The listener is what the request names: nothing of the environment may arrive there."""
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def listen() -> None:
            while True:
                try:
                    peer, _ = listener.accept()
                except OSError:
                    return
                with peer:
                    heard.append(peer.recv(65536))

        threading.Thread(target=listen, daemon=True).start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with serving(tmp_path / "log", "--allow-url", "any", environment=accounts.environment()) as server:
            for headers, connection in (
                ({"Logzio-Url": url}, {}),
                ({}, {"endpoint": {"case": "url", "value": url}}),
                ({"Logzio-Url": url}, {"endpoint": None}),
                ({"Logzio-Region": "eu"}, {"endpoint": {"case": "url", "value": url}}),
            ):
                answer = server.fetch(headers=headers, connection=connection)
                detail = answer.problem("invalid-connection")["detail"]
                assert "LOGZIO_SECURITY_TOKEN is not sent to 127.0.0.1" in detail
            own = {"Logzio-Url": url, "Logzio-Security-Token": "own-token", "Logzio-Time-Budget-Ms": "1000"}
            assert server.fetch(headers=own).status >= 500
            assert server.fetch(headers={"Logzio-Url": accounts.url}).ok()
    assert heard and all(b"own-token" in one for one in heard)
    assert not any(accounts.security_token.encode() in one for one in heard)


def test_a_url_that_is_not_listed_is_refused(server: Server, accounts: Simulated, tmp_path: Path) -> None:
    answer = server.fetch(headers={"Logzio-Url": "https://logz.example", "Logzio-Security-Token": "t"})
    assert answer.status == 400
    assert "--allow-url" in answer.json["detail"]
    assert server.fetch(headers=accounts.headers()).ok()
    with serving(tmp_path / "log", "--allow-url", f"{accounts.url}/base") as listed:
        assert listed.fetch(headers=accounts.headers()).ok()
        assert listed.fetch(headers=accounts.headers() | {"Logzio-Url": "http://127.0.0.1:9"}).status == 400


def test_an_access_line_tells_what_was_asked_and_no_secret(tmp_path: Path, accounts: Simulated) -> None:
    log = tmp_path / "log"
    with serving(log, environment=accounts.environment()) as server:
        server.fetch(headers={"Logzio-Security-Token": "hidden-canary"})
        server.ask("POST", "/v1/search-logs?token=hidden-canary", b'{"hidden-canary"', {"Content-Type": "application/json"})
        server.ask("GET", "/healthz\x1b[31m".replace("\x1b", "%1b"))
        lines = server.written().splitlines()
    assert len(lines) == 3, lines
    assert "POST /v1/fetch-incidents 401" in lines[0]
    assert "POST /v1/search-logs 400" in lines[1]
    text = "\n".join(lines)
    assert "hidden-canary" not in text
    assert accounts.security_token not in text


def test_requests_under_way_are_answered_before_it_ends(tmp_path: Path) -> None:
    with (
        simulating("--days", "1", "--fault", "events:delayx1;for=1500ms") as slow,
        serving(tmp_path / "log", environment=slow.environment()) as server,
    ):
        answers = []
        thread = threading.Thread(target=lambda: answers.append(server.fetch()))
        thread.start()
        time.sleep(0.5)
        server.process.send_signal(signal.SIGTERM)
        thread.join()
        assert server.process.wait(30) == 0
        assert answers[0].status == 200
        with pytest.raises(OSError):
            server.call("describe")


def test_beyond_its_limit_requests_wait_and_then_are_told_to_come_again(tmp_path: Path) -> None:
    with (
        simulating("--days", "1", "--fault", "events:hangx99") as hanging,
        serving(tmp_path / "log", "--at-once", "1", environment=hanging.environment()) as server,
    ):
        thread = threading.Thread(target=lambda: server.fetch(headers={"Logzio-Time-Budget-Ms": "14000"}))
        thread.start()
        time.sleep(0.5)
        # What needs no call is answered meanwhile.
        assert server.ask("GET", "/healthz").status == 200
        answer = server.call("describe")
        assert answer.status == 503
        assert int(answer.headers["retry-after"]) > 0
        answer.problem("busy")
        thread.join()
        assert server.call("describe").status == 200
