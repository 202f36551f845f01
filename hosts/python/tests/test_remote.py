"""An account through a runner is the same account."""

from __future__ import annotations

import http.client
import http.server
import json
import logging
import os
import re
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from conftest import COMMAND, Simulated, serve

from logzio_soar import (
    ComponentError,
    ContractError,
    InvalidConnection,
    LogzioSoarError,
    QueryRejected,
    RateLimited,
    Severity,
    TimedOut,
    Unauthorized,
)
from logzio_soar import json_form
from logzio_soar.adapter import Adapter
from logzio_soar.contract import FUNCTIONS
from logzio_soar.remote import RemoteLogzioSoar, RunnerError

STATUS = {
    "invalid-connection": 400,
    "invalid-argument": 400,
    "query-rejected": 422,
    "unauthorized": 401,
    "wrong-region": 403,
    "wrong-account": 403,
    "rate-limited": 429,
    "timed-out": 504,
}


class Handler(http.server.BaseHTTPRequestHandler):
    """The HTTP form of the contract around the component itself, for where the command has no ``serve``."""

    adapter = Adapter(None)
    token: str | None = None
    seen: list[tuple[str, dict[str, Any], dict[str, str]]] = []

    def do_POST(self) -> None:  # noqa: N802
        body = self.rfile.read(int(self.headers["Content-Length"]))
        names = {name.split(".")[1]: name for name in FUNCTIONS}
        function = names.get(self.path.removeprefix("/v1/"))
        if self.token and self.headers.get("Authorization") != f"Bearer {self.token}":
            return self.problem(401, "not-authorized", {"detail": "give the bearer token"})
        if function is None or self.headers.get("Content-Type") != "application/json":
            return self.problem(404, "not-found", {"detail": f"{self.path} is no operation"})
        self.seen.append((function, json.loads(body), dict(self.headers)))
        call = json.dumps({"id": 1, "function": function, "arguments": json.loads(body)})
        # As texts, so that the result is passed on as it is.
        answer = json_form.members(self.adapter.answer(call), "answer")
        if "err" in answer:
            error = json.loads(answer["err"])
            return self.problem(STATUS[error["case"]], error["case"], {"detail": "told", **error})
        if "invalid" in answer:
            return self.problem(400, "invalid-call", {"detail": json.loads(answer["invalid"])})
        return self.send(200, "application/json", answer["ok"].encode())

    def problem(self, status: int, name: str, more: dict[str, Any]) -> None:
        document = {"type": f"urn:logzio-soar:problem:{name}", "title": name, "status": status} | more
        self.send(status, "application/problem+json", json.dumps(document).encode())

    def send(self, status: int, kind: str, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in ({"Content-Type": kind, "Content-Length": str(len(body))} | headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def listening(handler: type[Handler], context: ssl.SSLContext | None = None) -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"{'https' if context else 'http'}://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def real_runner(url: str) -> Iterator[str]:
    """The command ``serve``, which may send to the simulated Logz.io."""
    environment = {"PATH": os.environ["PATH"]}
    command = [COMMAND, "serve", "--no-token", "--listen", "127.0.0.1:0", "--allow-url", url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment) as runner:
        try:
            assert runner.stdout is not None
            found, said = None, []
            for line in runner.stdout:
                said.append(line)
                if found := re.search(r"http://127\.0\.0\.1:\d+", line):
                    break
            assert found, f"{command} does not serve: {''.join(said)}"
            threading.Thread(target=runner.stdout.read, daemon=True).start()
            yield found[0]
        finally:
            runner.terminate()


@pytest.fixture(params=["component", "serve"])
def runner(request: pytest.FixtureRequest, simulated: Simulated) -> Iterator[str]:
    if request.param == "component":
        with listening(Handler) as url:
            yield url
    else:
        with real_runner(simulated.url) as url:
            yield url


def through(runner: str, simulated: Simulated, **more: Any) -> RemoteLogzioSoar:
    options = {
        "url": simulated.url,
        "security_token": simulated.security_token,
        "operations_token": simulated.operations_token,
    }
    return RemoteLogzioSoar(runner, **(options | more))


def test_every_method_returns_the_same_through_a_runner(runner: str, simulated: Simulated) -> None:
    here, there = simulated.account(), through(runner, simulated)
    assert there.describe() == here.describe()
    assert [one.name for one in there.check_connection()] == [one.name for one in here.check_connection()]
    cursors: list[str | None] = [None, None]
    for _ in range(3):
        pages = [
            account.fetch_incidents(since="2026-01-01", cursor=cursor, severities=[Severity.HIGH], limit=20, attach_logs=1)
            for account, cursor in zip((here, there), cursors)
        ]
        assert pages[0].incidents == pages[1].incidents and len(pages[0].incidents) == 20
        cursors = [page.next for page in pages]
    since, until = "2026-01-01", pages[0].incidents[0].occurred
    assert next(there.search_logs("type:falco", since=since, until=until)).logs
    assert next(there.search_logs("type:falco", since=since, until=until)) == next(
        here.search_logs("type:falco", since=since, until=until)
    )
    event = pages[0].incidents[0].id
    assert there.get_logs_by_event_id(event, limit=3) == here.get_logs_by_event_id(event, limit=3)
    hunts = [
        account.hunt_indicators(["203[.]0.113.9", "0.0.0.0/0"], until=until, fields={"user": ["user"]})
        for account in (here, there)
    ]
    assert hunts[0].sightings == hunts[1].sightings and hunts[0].rejected == hunts[1].rejected != []


def test_failures_are_the_same_exceptions(runner: str, simulated: Simulated) -> None:
    with pytest.raises(QueryRejected, match="wildcard"):
        next(through(runner, simulated).search_logs("*x"))
    with pytest.raises(Unauthorized):
        through(runner, simulated, security_token="nobody").fetch_incidents(since="-1d")
    with pytest.raises(InvalidConnection, match="token"):
        through(runner, simulated, security_token=None).fetch_incidents(since="-1d")
    for limited in serve("--days", "1", "--fault", "events:429x*;retry-after=70"):
        with listening(Handler) as url, pytest.raises(RateLimited) as raised:
            through(url, limited, time_budget=2).fetch_incidents(since="-1h")
        assert raised.value.retry_after_ms == 70_000
    for slow in serve("--days", "1", "--fault", "events:delayx*;for=9s"):
        with listening(Handler) as url, pytest.raises(TimedOut):
            through(url, slow, time_budget=1).fetch_incidents(since="-1h")


def test_a_bearer_token_goes_to_the_runner_only(simulated: Simulated) -> None:
    handler = type("WithToken", (Handler,), {"token": "let-me-in", "seen": []})
    with listening(handler) as url:
        for wrong in (None, "let-me-out"):
            with pytest.raises(RunnerError, match="not-authorized") as raised:
                through(url, simulated, runner_token=wrong).describe()
            assert "let-me" not in str(raised.value)
        account = through(url, simulated, runner_token="let-me-in")
        assert account.describe().name
        assert "let-me-in" not in repr(account) + repr(vars(account)["_connection"])
        account.fetch_incidents(since="-1h")
    assert "let-me-in" not in json.dumps([body for _, body, _ in handler.seen])
    with pytest.raises(InvalidConnection):
        RemoteLogzioSoar("http://127.0.0.1:9", runner_token="two\nlines")


def test_what_is_left_out_is_left_to_the_runner(simulated: Simulated) -> None:
    handler = type("Recording", (Handler,), {"seen": []})
    with listening(handler) as url, pytest.raises(ContractError):
        RemoteLogzioSoar(url).fetch_incidents(since="-1h")
    (_, body, _), *_ = handler.seen
    assert body["connection"] == {
        "endpoint": None,
        "security_token": None,
        "operations_token": None,
        "time_budget_ms": 30_000,
    }


def test_tokens_do_not_travel_in_the_clear_or_to_another_address(simulated: Simulated) -> None:
    for url, text in [
        ("http://runner.example:8700", "https"),
        ("ftp://runner.example", "https://runner.example:8700"),
        ("runner.example", "https://runner.example:8700"),
        ("https://[broken", "https://runner.example:8700"),
        ("https://user:canary@runner.example", "runner's token"),
    ]:
        with pytest.raises(InvalidConnection, match=re.escape(text)) as raised:
            RemoteLogzioSoar(url)
        assert "canary" not in str(raised.value)
    RemoteLogzioSoar("http://runner.example:8700", verify=False)

    caught: list[str] = []

    class Elsewhere(Handler):
        def do_POST(self) -> None:  # noqa: N802
            caught.append(self.path)
            self.send(200, "application/json", b"{}")

        do_GET = do_POST  # noqa: N815

    with listening(Elsewhere) as elsewhere:
        for status in (301, 302, 303, 307, 308):

            class Redirecting(Handler):
                def do_POST(self) -> None:  # noqa: N802
                    self.send(status, "text/plain", b"", Location=f"{elsewhere}/v1/describe")

            with listening(Redirecting) as url, pytest.raises(RunnerError, match=str(status)):
                through(url, simulated, runner_token="let-me-in").describe()
    assert caught == []


def test_a_proxy_of_the_environment_is_not_asked(simulated: Simulated, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    with listening(Handler) as url:
        assert through(url, simulated).describe().name


@pytest.mark.parametrize(
    ("status", "kind", "body", "error", "text"),
    [
        (200, "text/html", b"<html>", RunnerError, "JSON form of the contract"),
        (200, "application/json", b"\xff\xfe", RunnerError, "JSON form of the contract"),
        (200, "application/json", b'{"incidents": 5}', RunnerError, "JSON form of the contract"),
        (200, "application/json", b"[]", RunnerError, "JSON form of the contract"),
        (502, "text/html", b"<html>", RunnerError, "502"),
        (500, "application/json", b'{"detail": "no"}', RunnerError, "no problem document"),
        (500, "application/json", b'[1]', RunnerError, "no problem document"),
        (400, "application/problem+json", b'{"type": "urn:logzio-soar:problem:x", "case": "new-one"}', RunnerError, "contract"),
        (429, "application/problem+json", b'{"type": "urn:logzio-soar:problem:x", "case": 5}', RunnerError, "contract"),
        (400, "application/problem+json", b'{"type": "urn:logzio-soar:problem:invalid-call", "detail": "here"}', RunnerError, "here"),
        (500, "application/problem+json", b'{"type": "urn:logzio-soar:problem:trap", "detail": "stopped"}', ComponentError, "stopped"),
    ],
)
def test_what_is_no_runner_is_told(
    simulated: Simulated, status: int, kind: str, body: bytes, error: type[LogzioSoarError], text: str
) -> None:
    class Strange(Handler):
        def do_POST(self) -> None:  # noqa: N802
            self.send(status, kind, body)

    with listening(Strange) as url, pytest.raises(error) as raised:
        through(url, simulated).fetch_incidents(since="-1h")
    assert text in str(raised.value) and simulated.security_token not in str(raised.value)


def test_a_runner_that_is_not_there_is_told(simulated: Simulated, tmp_path: Any) -> None:
    with pytest.raises(RunnerError, match="logzio-soar serve runs there"):
        through("http://127.0.0.1:9", simulated).describe()

    class Silent(Handler):
        def do_POST(self) -> None:  # noqa: N802
            self.connection.close()

    with listening(Silent) as url, pytest.raises(RunnerError, match="did not answer"):
        through(url, simulated).describe()


def test_a_certificate_has_to_be_trusted_unless_it_need_not(simulated: Simulated, tmp_path: Any) -> None:
    key = tmp_path / "key.pem"
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"]
    made += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(key) + ".crt"]
    subprocess.run(made, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(str(key) + ".crt", str(key))
    with listening(Handler, context) as url:
        with pytest.raises(RunnerError, match="certificate is not trusted"):
            through(url, simulated).describe()
        assert through(url, simulated, verify=False).describe().name
        trusted = (tmp_path / "key.pem.crt").read_text(encoding="utf-8")
        assert through(url, simulated, ca=trusted).describe().name
        # A panel may make spaces of the line breaks.
        assert through(url, simulated, ca=f"ours: {' '.join(trusted.split(chr(10)))}").describe().name
    secret = key.read_text(encoding="utf-8")
    for unusable in ("", "banana", secret, "-----BEGIN CERTIFICATE-----\nczNjcmV0\n-----END CERTIFICATE-----"):
        with pytest.raises(InvalidConnection, match="BEGIN CERTIFICATE") as raised:
            through("https://127.0.0.1:9", simulated, ca=unusable)
        assert "czNjcmV0" not in str(raised.value) and secret[40:60] not in str(raised.value)


def test_each_request_to_the_runner_is_a_record(simulated: Simulated, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "logzio_soar.requests")
    with listening(Handler) as url:
        through(url, simulated, runner_token="let-me-in").fetch_incidents(since="-1h", limit=1)
    with pytest.raises(RunnerError):
        through("http://127.0.0.1:9", simulated).describe()
    # The component behind the double of a runner runs in this process, too.
    records = [one for one in caplog.records if one.name == "logzio_soar.requests"]
    answered, refused = [one for one in records if vars(one)["path"].startswith("/v1/")]
    fields = vars(answered)
    assert (fields["method"], fields["path"], fields["status"], fields["attempt"]) == ("POST", "/v1/fetch-incidents", 200, 1)
    assert fields["bytes_sent"] > 50 and fields["bytes_received"] > 50 and fields["ms"] >= 0
    assert vars(refused)["status"] is None and vars(refused)["failure"]
    for token in (simulated.security_token, "let-me-in"):
        assert token not in caplog.text


def test_what_http_client_prints_of_a_process_holds_no_token(simulated: Simulated, monkeypatch: pytest.MonkeyPatch) -> None:
    printed: list[str] = []
    # So platforms show requests in their debug modes.
    monkeypatch.setattr(http.client.HTTPConnection, "debuglevel", 1)
    monkeypatch.setattr(http.client, "print", lambda *texts: printed.append(str(texts)), raising=False)
    with listening(Handler) as url:
        through(url, simulated, runner_token="let-me-in").describe()
    assert printed == []


def test_the_same_account_with_another_time_budget(simulated: Simulated) -> None:
    with listening(Handler) as url:
        account = through(url, simulated, time_budget=20)
        Handler.seen.clear()
        account.with_time_budget(5).fetch_incidents(since="-1h", limit=1)
        account.fetch_incidents(since="-1h", limit=1)
    assert [body["connection"]["time_budget_ms"] for _, body, _ in Handler.seen] == [5_000, 20_000]
    here = simulated.account(time_budget=20)
    assert here.with_time_budget(5).fetch_incidents(since="-1h", limit=1).next
    with pytest.raises(InvalidConnection):
        here.with_time_budget(-1)


if __name__ == "__main__":
    sys.exit(pytest.main([__file__]))
