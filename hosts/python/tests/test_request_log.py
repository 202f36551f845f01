"""Requests as records of a logger: one for each that was sent, none if nobody asks, and never a token."""

from __future__ import annotations

import base64
import json
import logging
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from conftest import Simulated, serve
from test_sandbox import mutant
from wasmtime import wat2wasm

from logzio_soar import ComponentError, DeadlineExceeded, LogzioSoar, request_log, sandbox
from logzio_soar.request_log import LOGGER, RequestLog
from logzio_soar.sandbox import Sandbox

FIELDS = ("method", "path", "attempt", "status", "failure", "ms", "bytes_sent", "bytes_received")
LINE = {
    "trace": "request",
    "method": "POST",
    "path": "/v1/search",
    "try": 1,
    "status": 200,
    "failure": None,
    "ms": 12,
    "bytes_sent": 340,
    "bytes_received": 5600,
}


class Kept(logging.Handler):
    """Keeps records, and in which threads they were made."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)

    def requests(self) -> list[logging.LogRecord]:
        return [record for record in self.records if hasattr(record, "bytes_sent")]

    def text(self) -> str:
        """All that can be written of the records."""
        return repr([(record.getMessage(), record.__dict__) for record in self.records])


@pytest.fixture
def kept() -> Iterator[Kept]:
    handler = Kept()
    LOGGER.addHandler(handler)
    LOGGER.setLevel(logging.DEBUG)
    yield handler
    LOGGER.setLevel(logging.NOTSET)
    LOGGER.removeHandler(handler)


def logged(kept: Kept, line: bytes, *tokens: str) -> logging.LogRecord:
    """The one record of a line."""
    kept.records.clear()
    RequestLog(tokens).log(line)
    (record,) = kept.records
    return record


def test_each_request_is_a_record_in_the_thread_that_calls(simulated: Simulated, kept: Kept) -> None:
    account = simulated.account()
    page = next(account.search_logs("type:falco", since="-1d", page_size=10))
    assert page.logs
    records = kept.requests()
    assert records and len(records) == len(kept.records)
    for record in records:
        assert (record.levelno, record.name) == (logging.DEBUG, "logzio_soar.requests")
        assert record.thread == threading.get_ident()
        assert {name for name in FIELDS if hasattr(record, name)} == set(FIELDS)
        found = record.__dict__
        assert (found["method"], found["attempt"], found["status"], found["failure"]) == ("POST", 1, 200, None)
        assert found["path"].startswith("/v") and found["bytes_sent"] > 0 and found["bytes_received"] > 0
        assert record.getMessage().startswith(f"POST {found['path']}: 200, {found['ms']} ms, {found['bytes_sent']} bytes sent")
    assert simulated.security_token not in kept.text() and simulated.operations_token not in kept.text()


def test_repetitions_and_failures_are_records(kept: Kept) -> None:
    for simulated in serve("--days", "1", "--fault", "search:503", "--fault", "search:reset"):
        next(simulated.account().search_logs("*", since="-1h"))
    found = [(record.__dict__["attempt"], record.__dict__["status"]) for record in kept.requests()]
    assert found[0] == (1, 503) and found[-1][1] == 200 and [attempt for attempt, _ in found] == [1, 2, 3], found
    failed = kept.requests()[1]
    assert failed.__dict__["status"] is None and failed.__dict__["failure"]
    assert f": {failed.__dict__['failure']}, " in failed.getMessage() and failed.getMessage().endswith(", attempt 2")


def test_a_record_is_made_while_the_call_runs(kept: Kept) -> None:
    for simulated in serve("--days", "1", "--fault", "search:503", "--fault", "search:delay;for=3s"):
        next(simulated.account().search_logs("*", since="-1h"))
    first, *_, last = kept.requests()
    assert last.created - first.created > 2.5


def test_nothing_is_asked_for_or_read_unless_the_logger_is_enabled(
    simulated: Simulated, kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[object] = []
    call = Sandbox.call

    def spy(self: Sandbox, *given: object) -> object:
        seen.append(given)
        return call(self, *given)  # type: ignore[arg-type]

    monkeypatch.setattr(Sandbox, "call", spy)
    LOGGER.setLevel(logging.INFO)
    simulated.account().fetch_incidents(since="-1h", limit=1)
    LOGGER.setLevel(logging.DEBUG)
    simulated.account().fetch_incidents(since="-1h", limit=1)
    (*_, quiet, _, no_listener), (*_, traced, _, listener) = seen  # type: ignore[misc]
    assert (quiet, no_listener) == ({}, None)
    assert traced == {"LOGZIO_SOAR_TRACE": "1"} and listener is not None
    assert len(kept.requests()) == len(kept.records) > 0


def test_a_logger_of_an_environment_of_the_user_changes_nothing_there(simulated: Simulated, kept: Kept) -> None:
    environment = {"LOGZIO_SOAR_TRACE": "0"}
    simulated.account(environment=environment).fetch_incidents(since="-1h", limit=1)
    assert kept.requests() and environment == {"LOGZIO_SOAR_TRACE": "0"}


def test_calls_side_by_side_keep_their_records_apart(simulated: Simulated, kept: Kept) -> None:
    account = simulated.account()
    failed: list[BaseException] = []

    def work() -> None:
        try:
            for _ in range(3):
                account.fetch_incidents(since="-1h", limit=1)
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    counts = Counter(record.thread for record in kept.requests())
    assert not failed and len(counts) == 8 and len(set(counts.values())) == 1, counts


def test_a_component_that_prints_a_token_is_logged_without_it(simulated: Simulated, kept: Kept) -> None:
    mutant(simulated, "token-in-output").fetch_incidents(since="-1h", limit=1)
    others = [record.getMessage() for record in kept.records if record not in kept.requests()]
    assert f"the component wrote: asking with {'*' * len(simulated.security_token)}" in others
    assert simulated.security_token not in kept.text() and simulated.operations_token not in kept.text()


def test_a_token_of_the_environment_is_masked_too(simulated: Simulated, kept: Kept) -> None:
    environment = {
        "LOGZIO_SECURITY_TOKEN": simulated.security_token,
        "LOGZIO_URL": simulated.url,
        "LOGZIO_SOAR_MUTATION": "",
    }
    account = LogzioSoar(environment=environment)
    account.fetch_incidents(since="-1h", limit=1)
    assert kept.requests() and simulated.security_token not in kept.text()
    tokens = request_log.tokens_of(environment)
    kept.records.clear()
    RequestLog(tokens).log(f"it is {simulated.security_token}".encode())
    assert kept.records[0].getMessage() == f"the component wrote: it is {'*' * len(simulated.security_token)}"


@pytest.mark.parametrize("field", ["method", "path", "failure"])
def test_no_form_of_a_token_is_in_a_field(kept: Kept, field: str) -> None:
    token = "1a2b/3c4d+5e6f"
    packed = base64.b64encode(token.encode()).decode()
    for form in (token, quote(token, safe=""), token.encode().hex(), packed, packed.rstrip("="), packed.translate({43: 45, 47: 95})):
        line = json.dumps(LINE | {field: f"/x/{form}/y", "status": None}).encode()
        record = logged(kept, line, "another", token, token[:9])
        assert "*" * 9 in record.__dict__[field] and form.rstrip("=") not in kept.text()
        assert form.rstrip("=") not in logged(kept, f"it is {form}".encode(), token).getMessage()
    # As JSON may write it.
    escaped = json.dumps(LINE).replace("/v1/search", "".join(f"\\u{ord(one):04x}" for one in f"/{token}"))
    assert logged(kept, escaped.encode(), token).__dict__["path"] == f"/{'*' * len(token)}"


@pytest.mark.parametrize(
    "changed",
    [
        {"trace": "sleep"},
        {"method": 5},
        {"path": None},
        {"try": True},
        {"status": "200"},
        {"ms": -1},
        {"bytes_sent": 1.5},
        {"bytes_received": 2**63},
        {"failure": []},
    ],
    ids=str,
)
def test_a_line_of_another_form_is_logged_as_it_is(kept: Kept, changed: dict[str, object]) -> None:
    line = json.dumps(LINE | changed)
    record = logged(kept, line.encode())
    assert record.getMessage() == f"the component wrote: {line}" and not hasattr(record, "bytes_sent")
    assert hasattr(logged(kept, json.dumps(LINE).encode()), "bytes_sent")


def test_what_is_logged_is_printable_and_short(kept: Kept) -> None:
    hostile = "\x1b[2J\u202e%s {}\x00\u2028" + "x" * 5_000
    for record in (
        logged(kept, hostile.encode()),
        logged(kept, json.dumps(LINE | {"path": hostile, "status": None, "failure": hostile}).encode()),
    ):
        text = record.getMessage()
        assert text.isprintable() and len(text) < 3 * request_log.LONGEST_TEXT and "%s {}" in text and "…" in text
    assert logged(kept, b"\xff\xfe words").getMessage() == "the component wrote: \ufffd\ufffd words"
    for nested in (b"[" * 100_000, b"9" * 10_000):
        assert len(logged(kept, nested).getMessage()) < 3_000


def test_a_flood_of_output_is_cut(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    def lines(*written: bytes) -> list[bytes]:
        output = sandbox._Output()
        for one in written:
            output.write(one)
        output.finish()
        return list(output.lines(time.monotonic() + 5.0))

    assert lines(b"a\nb", b"c\n\n", b"d") == [b"a", b"bc", b"d"]
    cut = b"more than is read of one call; the rest is left out"
    assert lines(b"x\n" * 4_999) == [b"x"] * 4_999
    assert lines(*[b"x\n"] * 6_000) == lines(b"x\n" * 6_000) == [b"x"] * 5_000 + [cut]
    found = lines(*[b"y" * 65_536] * 100)
    assert found[0] == cut and len(found[1]) == 16 << 10 and len(found) == 2


FLOOD = Path(__file__).with_name("flood.wat")


def test_a_component_that_writes_for_ever_is_stopped_and_logged_in_part(
    simulated: Simulated, kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("logzio_soar.client.GRACE", 1.0)
    account = LogzioSoar(region="us", component=bytes(wat2wasm(FLOOD.read_text())), environment={}, time_budget=1)
    with pytest.raises(DeadlineExceeded):
        account.describe()
    assert len(kept.records) == 5_001
    assert kept.records[0].getMessage() == "the component wrote: all work and no play"
    assert simulated.account().fetch_incidents(since="-1h", limit=1).incidents


@pytest.mark.skipif(not Path("/dev/fd").is_dir(), reason="counts open files by name")
def test_calls_leave_no_file_open(simulated: Simulated, kept: Kept) -> None:
    account = simulated.account()
    account.fetch_incidents(since="-1h", limit=1)

    def wait_for(most: int) -> int:
        end = time.monotonic() + 5
        while (count := len(list(Path("/dev/fd").iterdir()))) > most and time.monotonic() < end:
            time.sleep(0.05)
        return count

    before = wait_for(0)
    for _ in range(20):
        account.fetch_incidents(since="-1h", limit=1)
    assert wait_for(before) <= before


def test_requests_are_records_where_files_have_no_names(
    simulated: Simulated, kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sandbox, "_DESCRIPTORS", "/none")
    assert simulated.account().fetch_incidents(since="-1h", limit=1).incidents
    assert kept.requests() and len(kept.requests()) == len(kept.records)


def test_a_call_that_finds_no_pipe_fails_at_once(simulated: Simulated, kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> tuple[int, int]:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr("os.pipe", refuse)
    began = time.monotonic()
    with pytest.raises(ComponentError, match="Too many open files.*limits"):
        simulated.account().fetch_incidents(since="-1h", limit=1)
    assert time.monotonic() - began < 5


def test_a_trap_is_an_exception_while_requests_are_logged(simulated: Simulated, kept: Kept) -> None:
    with pytest.raises(ComponentError):
        mutant(simulated, "traps").fetch_incidents(since="-1d")
    assert simulated.security_token not in kept.text()
    assert simulated.account().fetch_incidents(since="-1h", limit=1).incidents


def test_a_handler_that_raises_breaks_no_call(simulated: Simulated, kept: Kept, capsys: pytest.CaptureFixture[str]) -> None:
    def refuse(_: logging.LogRecord) -> bool:
        raise ValueError("of the filter")

    LOGGER.addFilter(refuse)
    try:
        assert simulated.account().fetch_incidents(since="-1h", limit=1).incidents
    finally:
        LOGGER.removeFilter(refuse)
    failed = capsys.readouterr().err
    assert "of the filter" in failed and simulated.security_token not in failed


WAITING = """
import logging, sys
from logzio_soar import LogzioSoar
logging.basicConfig(level=logging.DEBUG)
account = LogzioSoar(url=sys.argv[1], security_token=sys.argv[2])
print("calling", flush=True)
account.fetch_incidents(since="-1d")
"""
FLOODED = """
import logging, pathlib, sys
from logzio_soar import LogzioSoar
from wasmtime import wat2wasm
logging.getLogger("logzio_soar.requests").setLevel(logging.DEBUG)
logging.lastResort = None
account = LogzioSoar(url=sys.argv[1], security_token=sys.argv[2], component=bytes(wat2wasm(pathlib.Path(sys.argv[3]).read_text())))
print("calling", flush=True)
account.describe()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="a console's Ctrl-C cannot be sent to one process there")
@pytest.mark.parametrize("program", [WAITING, FLOODED], ids=["while it waits", "while it writes"])
def test_ctrl_c_ends_a_call_whose_requests_are_logged(program: str) -> None:
    for simulated in serve("--days", "1", "--fault", "events:delayx*;for=25s"):
        process = subprocess.Popen(
            [sys.executable, "-c", program, simulated.url, simulated.security_token, str(FLOOD)],
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
        # Python ends by the signal itself, and not by an abort of the component's threads.
        assert process.returncode == -signal.SIGINT and failed.endswith("KeyboardInterrupt\n"), failed
        assert simulated.security_token not in failed
