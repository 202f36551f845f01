"""Clients, and a machine, that take from the service what it needs: through the command, with its own limits."""

from __future__ import annotations

import contextlib
import os
import resource
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import BEARER, COMMAND
from load import load
from serving import Server, Simulated, bare, serving, simulating

MIB = 1 << 20
# Of a debug build, beside the compiled component.
MOST_MEMORY = 400


@pytest.fixture(scope="module")
def accounts() -> Iterator[Simulated]:
    with simulating("--days", "1") as one:
        yield one


def connect(server: Server, sent: bytes = b"") -> socket.socket:
    host, port = server.address.split(":")
    peer = socket.create_connection((host, int(port)), timeout=30)
    peer.sendall(sent)
    return peer


def test_a_token_is_required_unless_told_otherwise(tmp_path: Path) -> None:
    command = [COMMAND, "serve", "--listen", "127.0.0.1:0", "--config", os.devnull]
    without = subprocess.run(command, env=bare(), capture_output=True, text=True, timeout=60, check=False)
    assert without.returncode == 2
    assert "LOGZIO_SOAR_SERVE_TOKEN" in without.stderr and "--no-token" in without.stderr
    both = bare({"LOGZIO_SOAR_SERVE_TOKEN": BEARER})
    refused = subprocess.run([*command, "--no-token"], env=both, capture_output=True, text=True, timeout=60, check=False)
    assert refused.returncode == 2 and BEARER not in refused.stderr
    everywhere = ["--listen", "0.0.0.0:0", "--no-token"]
    refused = subprocess.run(
        [*command[:2], *everywhere], env=bare(), capture_output=True, text=True, timeout=60, check=False
    )
    assert refused.returncode == 2 and "others can reach" in refused.stderr
    with serving(tmp_path / "log", environment={"LOGZIO_SOAR_SERVE_TOKEN": BEARER}) as server:
        assert server.call("describe").status == 401
        assert server.call("describe", headers={"Authorization": f"Bearer {BEARER}"}).ok()["name"]
    with serving(tmp_path / "log") as server:
        assert server.call("describe").ok()["name"]


def test_bodies_that_nothing_needs_take_no_memory(tmp_path: Path) -> None:
    with serving(tmp_path / "log") as server:
        server.call("describe").ok()
        before = server.memory()
        head = f"POST /healthz HTTP/1.1\r\nHost: {server.address}\r\nContent-Length: {4 * MIB}\r\n\r\n".encode()
        peers = [connect(server, head) for _ in range(300)]
        for peer in peers:
            peer.settimeout(5)
            # The service may have answered and closed before all of it is sent.
            with contextlib.suppress(OSError):
                peer.sendall(b" " * (4 * MIB - 1))
        time.sleep(0.5)
        assert server.memory() < before + 64
        assert server.ask("GET", "/healthz", timeout=5).status == 200
        for peer in peers:
            peer.close()


def test_responses_that_nobody_takes_share_their_memory(tmp_path: Path) -> None:
    with serving(tmp_path / "log", "--at-once", "8") as server:
        many = f"GET /openapi.json HTTP/1.1\r\nHost: {server.address}\r\n\r\n".encode() * 500
        peers = [connect(server, many) for _ in range(300)]
        for _ in range(4):
            started = time.monotonic()
            assert server.ask("GET", "/healthz", timeout=5).status == 200
            assert time.monotonic() - started < 2
            time.sleep(0.5)
        assert server.memory() < MOST_MEMORY
        for peer in peers:
            peer.close()


def test_idle_connections_beyond_the_limit_of_open_files_stop_no_call(tmp_path: Path, accounts: Simulated) -> None:
    with serving(tmp_path / "log", "--at-once", "8", environment=accounts.environment(), open_files=256) as server:
        peers = [connect(server) for _ in range(300)]
        assert server.fetch().ok()["incidents"]
        assert len(os.listdir(f"/proc/{server.process.pid}/fd")) < 256
        for peer in peers:
            peer.close()


@pytest.mark.parametrize("files", [128, 250])
def test_a_limit_of_open_files_that_is_too_low_is_refused(files: int) -> None:
    """Too low for anything else, and too low for a connection of each call."""
    command = [COMMAND, "serve", "--listen", "127.0.0.1:0", "--config", os.devnull, "--no-token"]
    limit = lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))  # noqa: E731
    done = subprocess.run(
        command, env=bare(), capture_output=True, text=True, timeout=60, check=False, preexec_fn=limit
    )
    assert done.returncode != 0 and "ulimit -n" in done.stderr, done.stderr


def test_calls_beside_idle_and_slow_clients_leave_the_health_and_the_memory_alone(
    tmp_path: Path, accounts: Simulated
) -> None:
    with serving(tmp_path / "log", "--quiet", "--at-once", "16", environment=accounts.environment()) as server:
        figures = load(server, seconds=10, calls=16, idle=600, slow=50)
    print(figures)
    assert not figures.failed
    assert figures.calls > 0
    # A debug build, on a machine that has more to do.
    assert figures.slowest_health < 2
    assert figures.most_memory < figures.warm_memory * 1.2 + 16


def test_a_log_that_nobody_reads_stops_nothing(tmp_path: Path) -> None:
    read, write = os.pipe()
    try:
        with serving(tmp_path / "log", errors=write) as server:
            path = "/healthz?" + "a" * 50

            def ask() -> None:
                for _ in range(400):
                    assert server.ask("GET", path, timeout=10).status == 200

            threads = [threading.Thread(target=ask) for _ in range(8)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert server.ask("GET", "/healthz", timeout=5).status == 200
            started = time.monotonic()
            server.process.terminate()
            assert server.process.wait(20) == 0
            assert time.monotonic() - started < 10
    finally:
        os.close(read)
        os.close(write)
