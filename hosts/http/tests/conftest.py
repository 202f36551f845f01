"""A simulated Logz.io, and the command ``logzio-soar serve`` in front of it."""

import os
import re
import subprocess
import threading
from dataclasses import dataclass
from pathlib import Path

import pytest

TARGET = Path(os.environ.get("LOGZIO_SOAR_TARGET", Path(__file__).parents[3] / "target"))
COMMAND = os.environ.get("LOGZIO_SOAR_COMMAND", str(TARGET / "debug" / "logzio-soar"))
BEARER = "a-token-of-the-service-itself"


def started(*arguments, environment, until, log=subprocess.DEVNULL):
    """A command that runs, and what it wrote until it had written so many matches."""
    pattern, count = until
    keep = {name: value for name, value in os.environ.items() if not name.startswith("LOGZIO_")}
    process = subprocess.Popen(
        [COMMAND, *arguments], env=keep | environment, stdout=subprocess.PIPE, stderr=log, text=True
    )
    found = []
    for line in process.stdout:
        found += re.findall(pattern, line)
        if len(found) >= count:
            # Nobody reads on: a full pipe must not stop it.
            threading.Thread(target=process.stdout.read, daemon=True).start()
            return process, found
    raise RuntimeError(f"{COMMAND} {arguments[0]} ended with {process.wait()}")


@dataclass
class Service:
    """Where the service is, what reaches it, and what it wrote."""

    url: str
    process: subprocess.Popen
    log: Path
    simulated: dict


@pytest.fixture(scope="session")
def simulated():
    pattern = (r"export (LOGZIO_\w+)=(\S+)", 3)
    process, found = started("simulate", "--port", "0", "--days", "2", environment={}, until=pattern)
    yield dict(found)
    process.kill()
    process.wait()


def served(simulated, log, *flags, environment):
    flags = ("serve", "--listen", "127.0.0.1:0", "--config", os.devnull, *flags)
    if "LOGZIO_SOAR_SERVE_TOKEN" not in environment:
        flags += ("--no-token",)
    with log.open("w") as file:
        process, found = started(*flags, environment=environment, until=(r"http://(\S+)", 1), log=file)
    yield Service(f"http://{found[0]}", process, log, simulated)
    process.terminate()
    assert process.wait(timeout=40) == 0


@pytest.fixture(scope="session")
def open_service(simulated, tmp_path_factory):
    """On a loopback address, without a token of its own, with the accounts in its environment."""
    log = tmp_path_factory.mktemp("open") / "log"
    yield from served(simulated, log, environment=simulated)


@pytest.fixture(scope="session")
def closed_service(simulated, tmp_path_factory):
    """With a token, with the accounts in its environment, and a proxy that nobody answers at instead of a network."""
    log = tmp_path_factory.mktemp("closed") / "log"
    environment = simulated | {"LOGZIO_SOAR_SERVE_TOKEN": BEARER, "HTTPS_PROXY": "http://127.0.0.1:9"}
    yield from served(simulated, log, environment=environment)
