"""The component in its sandbox: an instance of its own for each call. Knows no operation."""

from __future__ import annotations

import contextlib
import os
import queue
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from . import runtime  # before wasmtime itself: it says what to do about an old one
from wasmtime import Store, WasiConfig, WasmtimeError
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
_DESCRIPTORS = "/dev/fd"
"""Where a process finds its open files by name."""

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
                    output.finish()

        thread = threading.Thread(target=run, name="logzio-soar", daemon=True)
        with self._runtime.ticker.running():
            thread.start()
            # The epoch stops what computes; this stops waiting for what does not.
            end = time.monotonic() + seconds + 1.0
            if on_line is not None and output is not None:
                for line in output.lines(end):
                    on_line(line)
            thread.join(max(0.0, end - time.monotonic()))
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
        try:
            if output is not None:
                output.take_from(wasi)
            store.set_wasi(wasi)
            return self._run_in(store, interface, function, arguments, seconds)
        finally:
            if output is not None:
                output.close(store)

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


class _Output:
    """What a component writes to its standard error, up to a limit, on its way to the thread that called.

    It comes through a pipe that a thread of Python reads. wasmtime's own way is a function that it calls in threads of its
    own. Up to Python 3.13, such a call aborts the process when Python is about to end.
    """

    _callbacks = threading.Lock()
    """Before version 50, wasmtime's list of such functions is not safe to change from two threads."""

    def __init__(self) -> None:
        self._lines: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._line = b""
        self._bytes = MOST_OUTPUT
        self._count = MOST_LINES
        self._has_pipe = False

    def take_from(self, wasi: WasiConfig) -> None:
        """Makes this the standard error of a component."""
        if not os.path.isdir(_DESCRIPTORS):  # Windows, where the process is not aborted
            with self._callbacks:
                wasi.stderr_custom = self.write
            return
        try:
            reading, writing = os.pipe()
        except OSError as error:
            raise _unlogged(error.strerror) from None
        try:
            # The component has a descriptor of its own: the pipe ends when that is closed.
            wasi.stderr_file = f"{_DESCRIPTORS}/{writing}"
            threading.Thread(target=self._read, args=(reading,), name="logzio-soar-output", daemon=True).start()
        except (WasmtimeError, RuntimeError) as error:  # the second if there is no further thread
            os.close(reading)
            raise _unlogged(runtime.first_line(error)) from None
        finally:
            os.close(writing)
        self._has_pipe = True

    def close(self, store: Store) -> None:
        """Closes the store of a component that writes here, and with it the pipe."""
        with self._callbacks:
            store.close()

    def finish(self) -> None:
        """Says that the call is over. What is still in the pipe comes all the same."""
        if not self._has_pipe:
            self._end()

    def _read(self, reading: int) -> None:
        # To the end, whatever is taken of it: a component that nobody reads would wait for ever.
        with open(reading, "rb", buffering=0) as pipe:
            while written := pipe.read(1 << 16):
                self.write(written)
        self._end()

    def write(self, written: bytes) -> None:
        """Takes what the component writes."""
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

    def _end(self) -> None:
        self._put(self._line)
        self._lines.put(None)

    def lines(self, end: float) -> Iterator[bytes]:
        """The lines as they are written, until the last or until a time of the monotonic clock."""
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


def _unlogged(why: str | None) -> ComponentError:
    return ComponentError(
        f"the requests of the call cannot be logged: {why}. Nothing was sent; raise the process's limits of files and "
        "threads, or set the logger logzio_soar.requests to INFO"
    )


def _late(function: str, seconds: float) -> str:
    return f"{function} did not come back within {seconds:g} s and was stopped: call again, or raise the time budget"
