"""The command on loopback ports, as a context: `logzio-soar serve`, and a simulated Logz.io with a fault."""

from __future__ import annotations

import http.client
import json
import os
import re
import resource
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from conftest import COMMAND

SINCE = {"case": "at", "value": "-3h"}
EVERYTHING = {"severities": [], "tags": [], "include_muted": True}


class Simulated(NamedTuple):
    """Where a simulated Logz.io is, and its tokens."""

    url: str
    security_token: str
    operations_token: str

    def environment(self) -> dict[str, str]:
        return {
            "LOGZIO_URL": self.url,
            "LOGZIO_SECURITY_TOKEN": self.security_token,
            "LOGZIO_OPERATIONS_TOKEN": self.operations_token,
        }

    def headers(self) -> dict[str, str]:
        return {
            "Logzio-Url": self.url,
            "Logzio-Security-Token": self.security_token,
            "Logzio-Operations-Token": self.operations_token,
        }


class Answer(NamedTuple):
    """What a request was answered with."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    def problem(self, name: str) -> dict[str, Any]:
        """The problem document, which has to be of this name and whole."""
        document: dict[str, Any] = self.json
        assert document["type"] == f"urn:logzio-soar:problem:{name}", document
        assert self.headers["content-type"] == "application/problem+json"
        assert document["status"] == self.status
        assert document["title"] and document["detail"]
        return document

    def ok(self) -> Any:
        assert self.status == 200, self.body[:500]
        assert self.headers["content-type"] == "application/json"
        return self.json


class Server:
    """A `logzio-soar serve`, and what it wrote."""

    def __init__(self, process: subprocess.Popen[str], address: str, log: Path) -> None:
        self.process = process
        self.address = address
        self.log = log

    def ask(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None, timeout: float = 60
    ) -> Answer:
        connection = http.client.HTTPConnection(self.address, timeout=timeout)
        try:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            names = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, names, response.read())
        finally:
            connection.close()

    def call(self, operation: str, arguments: Any = None, headers: dict[str, str] | None = None) -> Answer:
        body = b"" if arguments is None else json.dumps(arguments).encode()
        return self.ask("POST", f"/v1/{operation}", body, {"Content-Type": "application/json"} | (headers or {}))

    def fetch(self, start: Any = SINCE, headers: dict[str, str] | None = None, **more: Any) -> Answer:
        return self.call("fetch-incidents", {"request": {"start": start, "filter": EVERYTHING}} | more, headers)

    def memory(self) -> int:
        """The most memory that the process had in use, in MiB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        found = re.search(r"VmHWM:\s+(\d+) kB", status)
        assert found
        return int(found[1]) >> 10

    def written(self) -> str:
        return self.log.read_text()

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)


def bare(environment: dict[str, str] | None = None) -> dict[str, str]:
    """An environment in which nothing of the user's is left."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LOGZIO_")}
    return kept | (environment or {})


@contextmanager
def serving(
    log: Path,
    *flags: str,
    environment: dict[str, str] | None = None,
    errors: int | None = None,
    open_files: int | None = None,
) -> Iterator[Server]:
    """The service, without a token unless there is one in the environment. Its log goes to a file, or to `errors`."""
    command = [COMMAND, "serve", "--listen", "127.0.0.1:0", "--config", os.devnull, *flags]
    if "LOGZIO_SOAR_SERVE_TOKEN" not in (environment or {}):
        command.append("--no-token")

    def limit() -> None:
        if open_files:
            resource.setrlimit(resource.RLIMIT_NOFILE, (open_files, open_files))

    with log.open("w") as file:
        process = subprocess.Popen(
            command,
            env=bare(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=file if errors is None else errors,
            text=True,
            preexec_fn=limit,
        )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert "http://" in line, log.read_text()
        yield Server(process, line.split("http://")[1].strip(), log)
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


@contextmanager
def simulating(*flags: str) -> Iterator[Simulated]:
    server = subprocess.Popen(
        [COMMAND, "simulate", "--port", "0", *flags],
        env=bare(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert server.stdout is not None
    found: dict[str, str] = {}
    for line in server.stdout:
        if match := re.search(r"export (\w+)=(\S+)", line):
            found[match[1]] = match[2]
        if len(found) == 3:
            break
    assert len(found) == 3, f"{COMMAND} simulate did not start"
    try:
        yield Simulated(found["LOGZIO_URL"], found["LOGZIO_SECURITY_TOKEN"], found["LOGZIO_OPERATIONS_TOKEN"])
    finally:
        server.kill()
        server.wait()
