"""Components that do not behave: the process lives on and says what happened."""

from __future__ import annotations

import gzip
import http.server
import os
import signal
import subprocess
import sys
import threading
import time
from importlib.resources import files
from pathlib import Path

import pytest
from conftest import TARGET, Simulated, serve

from logzio_soar import ComponentError, ComponentUnusable, DeadlineExceeded, LogzioSoar

WASM = files("logzio_soar").joinpath("logzio-soar.wasm").read_bytes()
MUTANTS = TARGET / "logzio-soar-mutants.wasm"


@pytest.mark.parametrize(
    ("component", "text"),
    [
        (b"", "no WebAssembly component"),
        (b"banana", "no WebAssembly component"),
        (WASM[: len(WASM) // 2], "no WebAssembly component"),
        (b"\0asm\1\0\0\0", "no WebAssembly component"),
        (b"\0asm\r\0\1\0", "does not export"),
        (WASM.replace(b"@0.1.0", b"@0.9.0"), "0.9.0"),
        ("/no/such/file.wasm", "cannot be read"),
        (Path("/"), "cannot be read"),
    ],
    ids=["empty", "text", "truncated", "module", "another component", "another version", "no file", "folder"],
)
def test_what_is_no_such_component_is_refused(component: bytes | str | Path, text: str) -> None:
    with pytest.raises(ComponentUnusable) as raised:
        LogzioSoar(region="us", security_token="t", component=component)
    assert text in str(raised.value)


def mutant(simulated: Simulated, name: str, **more: object) -> LogzioSoar:
    assert MUTANTS.exists(), "make mutants builds it"
    return simulated.account(component=MUTANTS, environment={"LOGZIO_SOAR_MUTATION": name}, **more)


def test_a_trap_is_an_exception_and_the_next_call_works(simulated: Simulated) -> None:
    with pytest.raises(ComponentError) as raised:
        mutant(simulated, "traps").fetch_incidents(since="-1d")
    assert simulated.security_token not in str(raised.value)
    assert simulated.account().fetch_incidents(since="-1d", limit=1).incidents


def test_an_endless_loop_is_stopped_and_nobody_else_is(simulated: Simulated, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("logzio_soar.client.GRACE", 1.0)
    looping = mutant(simulated, "loops-for-ever", time_budget=1)
    working = mutant(simulated, "", time_budget=30)
    done: list[int] = []

    def work() -> None:
        done.extend(len(working.fetch_incidents(since="-1d", limit=5).incidents) for _ in range(5))

    thread = threading.Thread(target=work)
    began = time.monotonic()
    thread.start()
    with pytest.raises(DeadlineExceeded):
        looping.fetch_incidents(since="-1d")
    assert time.monotonic() - began < 20
    thread.join()
    assert done == [5] * 5


def test_memory_is_capped(simulated: Simulated) -> None:
    with pytest.raises(ComponentError):
        mutant(simulated, "takes-memory-for-ever").fetch_incidents(since="-1d")
    with pytest.raises(ComponentError):
        simulated.account(memory_limit=1 << 20).fetch_incidents(since="-1d")


def test_the_component_sees_nothing_of_the_process(simulated: Simulated) -> None:
    program = (
        "import os, sys; from logzio_soar import LogzioSoar\n"
        "account = LogzioSoar(url=sys.argv[1], security_token=sys.argv[2], component=sys.argv[3] or None)\n"
        "account.fetch_incidents(since='-1d'); os.write(1, b'done')"
    )
    arguments = [sys.executable, "-c", program, simulated.url, simulated.security_token, ""]
    result = subprocess.run(arguments, capture_output=True, text=True, env={"SECRET": "canary"}, check=False)
    assert (result.stdout, result.stderr) == ("done", "")


OLD = os.environ.get("LOGZIO_SOAR_OLD_WASMTIME", "")


@pytest.mark.skipif(not OLD, reason="hosts/python/check installs the old ones")
def test_an_old_wasmtime_is_told_how_to_be_upgraded() -> None:
    program = "from logzio_soar import LogzioSoar; LogzioSoar(region='us', security_token='t')"
    for old in OLD.split(os.pathsep):
        command = [sys.executable, "-c", program]
        result = subprocess.run(command, env={"PYTHONPATH": old}, capture_output=True, text=True, check=False)
        last = result.stderr.splitlines()[-1]
        assert result.returncode == 1 and "WasmtimeTooOld" in last and "pip install" in last, result.stderr


class Endless(http.server.BaseHTTPRequestHandler):
    """Answers with a gigabyte, plain or compressed."""

    sent = 0
    packed = b""

    def do_POST(self) -> None:  # noqa: N802
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        chunk = b" " * (1 << 20)
        if self.packed:
            self.send_header("Content-Encoding", "gzip")
            chunk = self.packed
        self.end_headers()
        for _ in range(1 if self.packed else 1024):
            try:
                self.wfile.write(chunk)
            except OSError:
                return
            type(self).sent += len(chunk)

    def log_message(self, *_: object) -> None:
        pass


@pytest.mark.parametrize("compressed", [False, True], ids=["plain", "compressed"])
def test_an_answer_of_a_gigabyte_costs_no_memory(simulated: Simulated, compressed: bool) -> None:
    resource = pytest.importorskip("resource", reason="Windows does not tell the peak so")
    assert resource
    # Packed before anybody asks: it takes seconds.
    Endless.sent, Endless.packed = 0, gzip.compress(bytes(1 << 30), 1) if compressed else b""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Endless)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    program = (
        "import resource, sys; from logzio_soar import LogzioSoar, LogzioSoarError\n"
        "peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> (20 if sys.platform == 'darwin' else 10)\n"
        "account = lambda url: LogzioSoar(url=url, security_token=sys.argv[3])\n"
        "account(sys.argv[2]).fetch_incidents(since='-1d', limit=1); before = peak()\n"
        "try: account(sys.argv[1]).fetch_incidents(since='-1d')\n"
        "except LogzioSoarError as error: print(type(error).__name__, error)\n"
        "print(len(account(sys.argv[2]).fetch_incidents(since='-1d', limit=1).incidents), peak() - before)"
    )
    url = f"http://127.0.0.1:{server.server_address[1]}"
    command = [sys.executable, "-c", program, url, simulated.url, simulated.security_token]
    result = subprocess.run(command, env={}, capture_output=True, text=True, check=False, timeout=120)
    server.shutdown()
    assert result.returncode == 0, result.stderr
    told, after = result.stdout.splitlines()
    count, megabytes = after.split()
    assert told.startswith(("MalformedResponse ", "ServerError ")) and count == "1"
    assert int(megabytes) < 300, f"{megabytes} MiB"
    assert compressed or Endless.sent < 512 << 20


@pytest.mark.skipif(sys.platform == "win32", reason="a console's Ctrl-C cannot be sent to one process there")
def test_ctrl_c_ends_a_call_at_once() -> None:
    for simulated in serve("--days", "1", "--fault", "events:delayx*;for=25s"):
        program = (
            "import sys; from logzio_soar import LogzioSoar\n"
            "account = LogzioSoar(url=sys.argv[1], security_token=sys.argv[2]); print('calling', flush=True)\n"
            "account.fetch_incidents(since='-1d')"
        )
        command = [sys.executable, "-c", program, simulated.url, simulated.security_token]
        process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            # A shell starts what runs in its background with the signal ignored.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        assert process.stdout and process.stdout.readline() == "calling\n"
        time.sleep(0.5)
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        _, failed = process.communicate(timeout=20)
        assert time.monotonic() - began < 5
        assert process.returncode != 0 and "KeyboardInterrupt" in failed and simulated.security_token not in failed
