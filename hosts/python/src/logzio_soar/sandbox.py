"""The component in its sandbox: an instance of its own for each call. Knows no operation."""

from __future__ import annotations

import atexit
import contextlib
import queue
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from . import runtime  # before wasmtime itself: it says what to do about an old one
from wasmtime import Engine, Store, WasiConfig, WasmtimeError
from wasmtime.component import Instance
from wasmtime.component import Record as Record, Variant as Variant

from .contract import VERSION
from .errors import ComponentError, ComponentUnusable, DeadlineExceeded
MEMORY_LIMIT = 256 << 20
"""How much memory a call may take, in bytes."""
LARGEST_COMPONENT = 64 << 20
MOST_OUTPUT = 1 << 20
"""How much of a call's standard error is read, in bytes."""
MOST_LINES = 5_000
"""How many lines of it."""
_LONGEST_LINE = 16 << 10
_TABLE = 100_000

ComponentSource = str | Path | bytes


class Sandbox:
    """A component, ready to be called from any thread. All sandboxes of a process with the same one share it."""

    def __init__(self, component: ComponentSource | None, memory_limit: int) -> None:
        if isinstance(memory_limit, bool) or not isinstance(memory_limit, int) or not 0 < memory_limit < 2**63:
            raise ComponentUnusable(f"memory_limit is {memory_limit!r}: give a number of bytes, such as {MEMORY_LIMIT}")
        self._runtime = runtime.shared()
        self._component = self._runtime.component(_read(component))
        self._memory_limit = memory_limit

    def call(
        self,
        interface: str,
        function: str,
        arguments: list[Any],
        environment: Mapping[str, str],
        seconds: float,
        on_line: Callable[[bytes], None] | None = None,
    ) -> Any:
        """Calls a function in a fresh instance, for at most so many seconds.

        The thread that calls waits; the call itself runs in a thread of its own, which lets a component that waits for a
        host function for ever be left behind. ``on_line`` takes the lines of the component's standard error, while the
        call runs, in the thread that calls. It must not raise.
        """
        outcome: list[Any] = []
        output = None if on_line is None else _Output()

        def run() -> None:
            try:
                outcome.append((self._run(interface, function, arguments, environment, seconds, output), None))
            except BaseException as error:  # handed to the caller's thread
                outcome.append((None, error))
            finally:
                if output is not None:
                    output.end()

        thread = threading.Thread(target=run, name="logzio-soar", daemon=True)
        with self._runtime.ticker.running():
            thread.start()
            # The epoch stops what computes; this stops waiting for what does not.
            if on_line is None or output is None:
                thread.join(seconds + 1.0)
            else:
                for line in output.lines(seconds + 1.0):
                    on_line(line)
        if not outcome:
            raise DeadlineExceeded(_late(function, seconds))
        value, failure = outcome[0]
        if failure is not None:
            raise failure
        return value

    def _run(
        self,
        interface: str,
        function: str,
        arguments: list[Any],
        environment: Mapping[str, str],
        seconds: float,
        output: _Output | None,
    ) -> Any:
        store = Store(self._runtime.engine)
        wasi = WasiConfig()
        wasi.env = list(environment.items())
        if output is None:
            store.set_wasi(wasi)
            return self._run_in(store, interface, function, arguments, seconds)
        ticks = max(1, int(seconds / runtime.TICK))
        if not _CALLBACKS.begin(wasi, output, self._runtime.engine, ticks):
            raise ComponentError("the process is ending: nothing of the call took effect")
        try:
            store.set_wasi(wasi)
            return self._run_in(store, interface, function, arguments, seconds)
        finally:
            _CALLBACKS.end(store, self._runtime.engine, ticks)

    def _run_in(self, store: Store, interface: str, function: str, arguments: list[Any], seconds: float) -> Any:
        store.set_wasi_http()
        store.set_limits(memory_size=self._memory_limit, instances=100, tables=10, table_elements=_TABLE, memories=1)
        store.set_epoch_deadline(max(1, int(seconds / runtime.TICK)))
        began = time.monotonic()
        try:
            instance: Instance = self._runtime.linker.instantiate(store, self._component)
            exported = instance.get_export_index(store, f"logzio:soar/{interface}@{VERSION}")
            index = instance.get_export_index(store, function, exported)
            callee = index and instance.get_func(store, index)
            if not callee:
                raise ComponentUnusable(f"the component has no function {interface}.{function}: take another version")
            return callee(store, *arguments)
        except WasmtimeError as error:
            if time.monotonic() - began >= seconds - 2 * runtime.TICK:
                raise DeadlineExceeded(_late(function, seconds)) from None
            raise ComponentError(
                f"the component failed in {interface}.{function}: {runtime.first_line(error)}. Nothing of the call took "
                "effect; call again, and report it if it stays"
            ) from None


class _Callbacks:
    """The calls whose component calls back into Python when it writes to its standard error."""

    def __init__(self) -> None:
        # Before version 50, wasmtime's own list of callbacks is not safe to change from two threads.
        self._changed = threading.Condition()
        self._calls: list[tuple[Engine, int]] = []
        self._is_ending = False

    def begin(self, wasi: WasiConfig, output: _Output, engine: Engine, ticks: int) -> bool:
        """Adds a call that runs for so many ticks of its engine; not if the process is ending."""
        with self._changed:
            if not self._is_ending:
                wasi.stderr_custom = output.write
                self._calls.append((engine, ticks))
            return not self._is_ending

    def end(self, store: Store, engine: Engine, ticks: int) -> None:
        """Closes the store of a call, which takes its callback away."""
        with self._changed:
            store.close()
            self._calls.remove((engine, ticks))
            self._changed.notify_all()

    def stop(self) -> None:
        """Stops what is left behind, before Python ends: up to version 3.13, a callback after that would abort the process."""
        with self._changed:
            self._is_ending = True
            for engine, ticks in self._calls:
                for _ in range(ticks):
                    engine.increment_epoch()
            # A component that waits for an answer stops when it has one, without another callback.
            self._changed.wait_for(lambda: not self._calls, timeout=0.5)


_CALLBACKS = _Callbacks()
atexit.register(_CALLBACKS.stop)


class _Output:
    """What a component writes to its standard error, up to a limit, on its way to the thread that called."""

    def __init__(self) -> None:
        self._lines: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._line = b""
        self._bytes = MOST_OUTPUT
        self._count = MOST_LINES

    def write(self, written: bytes) -> None:
        """Takes what the component writes, in the thread that runs it."""
        if self._bytes == 0 or self._count == 0:
            return
        taken = written[: self._bytes]
        self._bytes -= len(taken)
        *lines, rest = taken.split(b"\n")
        for line in lines:
            self._put(self._line + line)
            self._line = b""
        # The end of a long line is left out.
        self._line = (self._line + rest)[:_LONGEST_LINE]
        if self._bytes == 0 or self._count == 0:
            self._lines.put(b"more than is read of one call; the rest is left out")

    def _put(self, line: bytes) -> None:
        if self._count > 0 and line.strip():
            self._count -= 1
            self._lines.put(line[:_LONGEST_LINE])

    def end(self) -> None:
        """Says that nothing more comes."""
        self._put(self._line)
        self._lines.put(None)

    def lines(self, seconds: float) -> Iterator[bytes]:
        """The lines as they are written, until the end, or for so many seconds."""
        end = time.monotonic() + seconds
        with contextlib.suppress(queue.Empty):
            while (line := self._lines.get(timeout=max(0.0, end - time.monotonic()))) is not None:
                yield line


def _read(component: ComponentSource | None) -> bytes:
    if isinstance(component, bytes):
        return component
    try:
        if component is None:
            return files(__package__).joinpath("logzio-soar.wasm").read_bytes()
        if not isinstance(component, (str, Path)):
            raise ComponentUnusable(f"component is a {type(component).__name__}: give a path, or the bytes of a file")
        path = Path(component)
        if path.stat().st_size > LARGEST_COMPONENT:
            raise ComponentUnusable(f"{path} is larger than {LARGEST_COMPONENT >> 20} MiB: it is no such component")
        return path.read_bytes()
    except OSError as error:
        raise ComponentUnusable(
            f"the component {component or 'of this package'} cannot be read: {error.strerror or error}; "
            "name another file, or install the package again"
        ) from None


def _late(function: str, seconds: float) -> str:
    return f"{function} did not come back within {seconds:g} s and was stopped: call again, or raise the time budget"
