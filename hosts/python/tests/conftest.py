"""A simulated Logz.io, served by the command ``logzio-soar simulate``."""

from __future__ import annotations

import os
import re
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from logzio_soar import LogzioSoar

TARGET = Path(os.environ.get("LOGZIO_SOAR_TARGET", Path(__file__).parents[3] / "target"))
COMMAND = os.environ.get("LOGZIO_SOAR_COMMAND", str(TARGET / "debug" / "logzio-soar"))


@dataclass
class Simulated:
    """Where it is, and its tokens."""

    url: str
    security_token: str
    operations_token: str

    def account(self, **more: object) -> LogzioSoar:
        options: dict[str, object] = {
            "url": self.url,
            "security_token": self.security_token,
            "operations_token": self.operations_token,
            "environment": {},
        }
        return LogzioSoar(**(options | more))  # type: ignore[arg-type]


def serve(*flags: str) -> Iterator[Simulated]:
    """Serves one until the generator is closed."""
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
    # It tells of each request: somebody has to read that.
    threading.Thread(target=server.stdout.read, daemon=True).start()
    try:
        yield Simulated(found["LOGZIO_URL"], found["LOGZIO_SECURITY_TOKEN"], found["LOGZIO_OPERATIONS_TOKEN"])
    finally:
        server.kill()
        server.wait()


@pytest.fixture(scope="session")
def simulated() -> Iterator[Simulated]:
    yield from serve("--days", "3")
