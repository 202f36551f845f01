"""The engine of this process, and the components that were compiled for it: each once, for all who use it. Knows no call."""

from __future__ import annotations

import contextlib
import hashlib
import os
import platform
import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Iterator
from importlib import metadata

from wasmtime import Config, Engine, WasmtimeError

from .compiled_cache import CompiledCache, user_folder
from .contract import VERSION
from .errors import ComponentUnusable, WasmtimeTooOld

# The first import of it, so that an old one is reported before anything else fails.
try:
    from wasmtime.component import Component, Linker
except ImportError:  # before version 38
    raise WasmtimeTooOld("this wasmtime runs no components: pip install --upgrade 'wasmtime>=46'") from None

INTERFACES = ("types", "manifest", "diagnostics", "incidents", "logs", "hunting")
"""The interfaces of the contract."""
TICK = 0.05
"""How often the time of calls is counted, in seconds."""
_MOST_KEPT = 8
"""How many components are kept compiled when nobody uses them."""


class Runtime:
    """An engine, what its components link to, and the components."""

    def __init__(self) -> None:
        config = Config()
        config.epoch_interruption = True
        self.engine = Engine(config)
        self.linker = Linker(self.engine)
        if not hasattr(self.linker, "add_wasi_http"):
            raise WasmtimeTooOld("this wasmtime offers no HTTP to components: pip install --upgrade 'wasmtime>=46'")
        self.linker.add_wasip2()
        self.linker.add_wasi_http()
        self.ticker = Ticker(self.engine)
        self._compiling = threading.Lock()
        self._components: OrderedDict[bytes, Component] = OrderedDict()

    def component(self, wasm: bytes) -> Component:
        """A component, which is compiled if neither this process nor an earlier one of this user did so."""
        digest = hashlib.sha256(wasm).digest()
        # Whoever needs the same one at this moment waits for it, in place of compiling it, too.
        with self._compiling:
            found = self._components.get(digest) or self._load(wasm, digest)
            self._components[digest] = found
            self._components.move_to_end(digest)
            while len(self._components) > _MOST_KEPT:
                self._components.popitem(last=False)
        return found

    def _load(self, wasm: bytes, digest: bytes) -> Component:
        cache, name = None, ""
        if folder := user_folder(os.environ):
            with contextlib.suppress(OSError):
                cache, name = CompiledCache(folder), _name(digest)
        if cache and (native := cache.load(name)):
            # wasmtime itself refuses what another version of it compiled.
            with contextlib.suppress(WasmtimeError):
                return self._checked(Component.deserialize(self.engine, native))
        try:
            component = Component(self.engine, wasm)
        except WasmtimeError as error:
            raise ComponentUnusable(
                f"the file is no WebAssembly component, or is damaged: {first_line(error)}; build or download it again"
            ) from None
        self._checked(component)
        if cache:
            cache.store(name, bytes(component.serialize()))
        return component

    def _checked(self, component: Component) -> Component:
        exports = set(component.type.exports(self.engine))
        wanted = {f"logzio:soar/{name}@{VERSION}" for name in INTERFACES}
        if missing := sorted(wanted - exports):
            others = sorted(name for name in exports if name.startswith("logzio:soar/"))
            found = f" but {others[0]}" if others else ""
            raise ComponentUnusable(
                f"the component does not export {missing[0]}{found}: this package speaks logzio:soar@{VERSION}, "
                "take the component of that version"
            )
        return component


class Ticker:
    """Counts time for an engine while calls run, so that those beyond their deadline stop."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._changed = threading.Condition()
        self._calls = 0
        self._alive = False

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Counts for as long as the context lasts."""
        with self._changed:
            self._calls += 1
            if not self._alive:
                self._alive = True
                threading.Thread(target=self._tick, name="logzio-soar-ticker", daemon=True).start()
        try:
            yield
        finally:
            with self._changed:
                self._calls -= 1

    def _tick(self) -> None:
        idle = 0
        while True:
            time.sleep(TICK)
            self._engine.increment_epoch()
            with self._changed:
                idle = 0 if self._calls else idle + 1
                # A call that was left behind still has to be stopped.
                if idle > 200:
                    self._alive = False
                    return


_making = threading.Lock()
_of_this_process: list[Runtime] = []


def shared() -> Runtime:
    """The runtime of this process."""
    with _making:
        if not _of_this_process:
            _of_this_process.append(Runtime())
        return _of_this_process[0]


def first_line(error: Exception) -> str:
    """What an error of wasmtime says, without the frames around it."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    # The cause stands last, after the frames.
    causes = [line for line in lines if not line[:1].isdigit() or ":" in line]
    return (causes[-1] if causes else "no reason given")[:300]


def _name(digest: bytes) -> str:
    """A name for what comes out of compiling a component here."""
    try:
        version = metadata.version("wasmtime")
    except metadata.PackageNotFoundError:
        version = "unknown"
    settings = f"{version} {sys.platform} {platform.machine()} epochs"
    return hashlib.sha256(digest + settings.encode()).hexdigest()


def _start_anew() -> None:
    """In a forked process: threads of the parent, and locks that they hold, are not there."""
    global _making
    _making = threading.Lock()
    _of_this_process.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_start_anew)
