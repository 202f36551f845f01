"""A Logz.io that does not behave, and callers that do not: the service lives on, and says what happened."""

from __future__ import annotations

import gzip
import http.server
import os
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from conftest import COMMAND, TARGET
from serving import Server, Simulated, bare, serving, simulating

GIB = 1 << 30
MIB = 1 << 20
SEARCH = {"query": {"lucene": "*", "since": "-1h", "fields": [], "limit": 1}}
CALLS = 4
# What that many calls may have in use, in MiB: the component's memory, 256 for each, and the process itself.
MOST_MEMORY = CALLS * 256 + 128


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


class Flood(http.server.BaseHTTPRequestHandler):
    """Answers every request with a gibibyte of JSON, or with what inflates to a quarter of that."""

    protocol_version = "HTTP/1.1"
    form = "length"
    sent = 0

    def do_POST(self) -> None:  # noqa: N802
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        chunk = b" " * MIB
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        if self.form == "gzip":
            # In one piece, as whoever inflates it may stop after the first.
            bomb = gzip.compress(b" " * (GIB // 4), 1)
            self.send_header("Content-Encoding", "gzip")
            self.send_header("Content-Length", str(len(bomb)))
            self.end_headers()
            self.wfile.write(bomb)
            return
        if self.form == "length":
            self.send_header("Content-Length", str(GIB))
        else:
            self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        try:
            for _ in range(GIB // MIB):
                part = chunk if self.form == "length" else b"%x\r\n%b\r\n" % (len(chunk), chunk)
                self.wfile.write(part)
                type(self).sent += len(chunk)
        except OSError:
            self.close_connection = True

    do_GET = do_POST

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def flooding(form: str) -> Iterator[str]:
    handler = type("Handler", (Flood,), {"form": form, "sent": 0})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("form", ["length", "chunked", "gzip"])
def test_a_gibibyte_from_logzio_is_not_taken_in(tmp_path: Path, accounts: Simulated, form: str) -> None:
    with flooding(form) as url, serving(tmp_path / "log", "--allow-url", "any") as server:
        headers = {"Logzio-Url": url, "Logzio-Operations-Token": "t", "Logzio-Time-Budget-Ms": "50000"}
        answers = []
        threads = [threading.Thread(target=lambda: answers.append(server.call("search-logs", SEARCH, headers))) for _ in range(CALLS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(answers) == CALLS
        for answer in answers:
            assert answer.status == 502, answer.body
            assert "larger than" in answer.problem("malformed-response")["detail"]
        assert server.memory() < MOST_MEMORY
        assert server.fetch(headers=accounts.headers()).ok()["incidents"]


def test_a_redirect_is_not_followed(open_server: Server) -> None:
    with socket.create_server(("127.0.0.1", 0)) as elsewhere:
        elsewhere.settimeout(0.1)
        to = f"http://127.0.0.1:{elsewhere.getsockname()[1]}/"
        with simulating("--days", "1", "--fault", f"events:redirectx9;to={to}") as redirecting:
            answer = open_server.fetch(headers=redirecting.headers())
        assert 400 <= answer.status <= 502
        with pytest.raises(TimeoutError):
            elsewhere.accept()


def speak(server: Server, *parts: bytes, pause: float = 0) -> bytes:
    """Sends bytes, and reads until the service has answered, or closed."""
    host, port = server.address.split(":")
    with socket.create_connection((host, int(port)), timeout=30) as peer:
        for part in parts:
            peer.sendall(part)
            time.sleep(pause)
        answer = b""
        while b"\r\n\r\n" not in answer:
            got = peer.recv(65536)
            if not got:
                break
            answer += got
        return answer


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"\x16\x03\x01\x02\x00\x01\x00", b"400"),
        (b"hello\r\n\r\n", b"400"),
        (b"GET /healthz HTTP/1.1\r\n\r\n", b"400"),
        (b"GET /healthz HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n", b"200"),
        (b"POST /v1/describe HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n", b"400"),
        (b"GET /" + b"a" * 500_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", b"4"),
        (b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n" + b"A: " + b"a" * 500_000 + b"\r\n\r\n", b"431"),
    ],
    ids=["TLS", "no HTTP", "no host", "HTTP/1.0", "no number", "long path", "long header"],
)
def test_what_is_no_request_is_refused(server: Server, sent: bytes, status: bytes) -> None:
    try:
        answer = speak(server, sent)
    except (ConnectionResetError, BrokenPipeError):
        answer = b""
    if answer:
        assert answer.split(b" ")[1].startswith(status), answer
    assert server.ask("GET", "/healthz").status == 200


def test_a_caller_that_leaves_ends_its_call(tmp_path: Path) -> None:
    with (
        simulating("--days", "1", "--fault", "events:hangx99") as hanging,
        serving(tmp_path / "log", "--at-once", "1", environment=hanging.environment()) as server,
    ):
        host, port = server.address.split(":")
        body = b'{"request":{"start":{"case":"at","value":"-1h"},"filter":{"severities":[],"tags":[],"include_muted":true}}}'
        head = f"POST /v1/fetch-incidents HTTP/1.1\r\nHost: {server.address}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        peer = socket.create_connection((host, int(port)))
        peer.sendall(head.encode() + body)
        time.sleep(0.5)
        peer.close()
        # There is place for one call; the one that nobody waits for has 30 seconds, and a queue is left after 10.
        assert server.call("describe").status == 200


def test_a_body_that_breaks_off_takes_nobodys_place(tmp_path: Path) -> None:
    with serving(tmp_path / "log", "--at-once", "1") as server:
        host, port = server.address.split(":")
        head = f"POST /v1/describe HTTP/1.1\r\nHost: {server.address}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n"
        peers = [socket.create_connection((host, int(port))) for _ in range(8)]
        for peer in peers:
            peer.sendall(head.encode() + b"{")
        assert server.call("describe").status == 200
        for peer in peers:
            peer.close()


def test_a_component_that_is_damaged_is_refused_at_the_start(tmp_path: Path) -> None:
    whole = (TARGET / "logzio-soar-http.wasm").read_bytes()
    for name, content in (
        ("truncated", whole[: len(whole) // 2]),
        ("text", b"banana"),
        ("empty", b""),
        ("module", b"\0asm\1\0\0\0"),
    ):
        file = tmp_path / f"{name}.wasm"
        file.write_bytes(content)
        command = [COMMAND, "serve", "--listen", "127.0.0.1:0", "--config", os.devnull, "--no-token"]
        command += ["--component", str(file)]
        done = subprocess.run(command, env=bare(), capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode != 0, name
        assert "panicked" not in done.stderr
        assert len(done.stderr.splitlines()) <= 3, done.stderr
