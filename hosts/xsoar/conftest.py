"""What the tests of the pack share: the double of XSOAR, and a simulated Logz.io."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
TARGET = Path(os.environ.get("LOGZIO_SOAR_TARGET", HERE.parents[1] / "target"))
COMMAND = os.environ.get("LOGZIO_SOAR_COMMAND", str(TARGET / "debug" / "logzio-soar"))
sys.path.insert(0, str(HERE / "doubles"))
# A process that is in another zone than UTC shows every time that is taken for local.
time.tzset()


@dataclass
class Simulated:
    """Where it is, and its tokens."""

    url: str
    security_token: str
    operations_token: str

    def params(self, **more: Any) -> dict[str, Any]:
        """The parameters of an instance."""
        credentials = {
            "security_credentials": {"identifier": "", "password": self.security_token},
            "operations_credentials": {"identifier": "", "password": self.operations_token},
        }
        return {"isFetch": True, "url": self.url} | credentials | more

    def old_params(self, **more: Any) -> dict[str, Any]:
        """The parameters of an instance that was made with the earlier pack, and the URL that a test needs."""
        old = {
            "isFetch": True,
            "security_api_token": self.security_token,
            "operational_api_token": self.operations_token,
            "region": "us",
            "search": "",
            "severities": [],
            "fetch_time": "1 hour",
            "fetch_count": "50",
            "insecure": False,
            "proxy": False,
            "incidentType": "Logz.io Alert",
        }
        return old | {"url": self.url} | more


@contextmanager
def served(*flags: str) -> Iterator[Simulated]:
    """A simulated Logz.io on a free port."""
    server = subprocess.Popen(
        [COMMAND, "simulate", "--port", "0", *flags], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert server.stdout is not None
    found: dict[str, str] = {}
    for line in server.stdout:
        if match := re.search(r"export (\w+)=(\S+)", line):
            found[match[1]] = match[2]
        if len(found) == 3:
            break
    assert len(found) == 3, f"{COMMAND} does not serve"
    # It writes a line for each request, and has to wait once nobody reads them.
    threading.Thread(target=server.stdout.read, daemon=True).start()
    try:
        yield Simulated(found["LOGZIO_URL"], found["LOGZIO_SECURITY_TOKEN"], found["LOGZIO_OPERATIONS_TOKEN"])
    finally:
        server.kill()
        server.wait()


@pytest.fixture(scope="session")
def simulated() -> Iterator[Simulated]:
    with served("--days", "3") as one:
        yield one


@pytest.fixture
def simulate() -> Iterator[Callable[..., Simulated]]:
    """A simulated Logz.io of a test's own, such as one with faults."""
    with ExitStack() as stack:
        yield lambda *flags: stack.enter_context(served(*flags))


@pytest.fixture(scope="session")
def runner(simulated: Simulated) -> Iterator[str]:
    """A runner that may send to the simulated Logz.io."""
    command = [COMMAND, "serve", "--no-token", "--listen", "127.0.0.1:0", "--allow-url", simulated.url]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env={"PATH": os.environ["PATH"]}
    ) as server:
        assert server.stdout is not None
        found = next((match for line in server.stdout if (match := re.search(r"http://127\.0\.0\.1:\d+", line))), None)
        assert found, f"{' '.join(command)} does not serve"
        threading.Thread(target=server.stdout.read, daemon=True).start()
        try:
            yield found[0]
        finally:
            server.terminate()
