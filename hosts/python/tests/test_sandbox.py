"""Components that do not behave: the process lives on and says what happened."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from importlib.resources import files
from pathlib import Path

import pytest
from conftest import TARGET, Simulated

from logzio_soar import ComponentError, ComponentUnusable, DeadlineExceeded, LogzioSoar, sandbox

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


def test_an_old_wasmtime_is_told_how_to_be_upgraded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr("wasmtime.component.Linker.add_wasi_http")
    with pytest.raises(sandbox.WasmtimeTooOld) as raised:
        LogzioSoar(region="us", security_token="t")
    assert "pip install" in str(raised.value)
