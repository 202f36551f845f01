#!/usr/bin/env python3
"""Load on `logzio-soar serve`: calls side by side, beside clients that are idle and clients that are slow.

The health has to be answered within a second all the while, and the memory has to stay where it was after the first seconds.
`make hosts-http` runs a short form of it; by itself, with the figures:

    hosts/http/tests/load.py [SECONDS] [CALLS] [IDLE] [SLOW]     # 60 64 2000 200
"""

from __future__ import annotations

import json
import multiprocessing
import os
import re
import resource
import socket
import sys
import threading
import time
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from serving import EVERYTHING, SINCE, Server, serving, simulating

SEARCH = {"query": {"lucene": "*", "fields": [], "limit": 100, "since": "-1d"}}
FETCH = {"request": {"start": SINCE, "filter": EVERYTHING}}
# A slow client sends a byte, or reads one, in this time.
DRIP = 1.0
# The memory is compared with what it was after this part of the time.
WARM = 0.3


class Figures(NamedTuple):
    """What came out."""

    seconds: float
    calls: int
    refused: int
    failed: list[str]
    slowest_health: float
    median_health: float
    health_checks: int
    warm_memory: int
    most_memory: int
    descriptors: int

    def __str__(self) -> str:
        return "\n".join(
            [
                f"calls               {self.calls} in {self.seconds:.0f} s, {self.refused} told to come again, {len(self.failed)} failed",
                f"health              {self.health_checks} checks, median {self.median_health * 1000:.0f} ms, slowest {self.slowest_health * 1000:.0f} ms",
                f"memory              {self.warm_memory} MiB when warm, {self.most_memory} MiB at most after",
                f"open files          {self.descriptors} at most",
            ]
        )


def resident(server: Server) -> int:
    """What the process has in memory, in MiB."""
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{server.process.pid}/status").read_text())
    assert found
    return int(found[1]) >> 10


def check(address: str, end: float, out: Connection) -> None:
    """Asks for the health, in a process of its own: what is measured is the service, not this program."""
    server = Server(None, address, Path())  # type: ignore[arg-type]
    took: list[float] = []
    failed: list[str] = []
    while time.monotonic() < end:
        started = time.monotonic()
        try:
            status: int | str = server.ask("GET", "/healthz", timeout=30).status
        except OSError as error:
            status = repr(error)
        took.append(time.monotonic() - started)
        if status != 200:
            failed.append(f"health: {status}")
        time.sleep(0.1)
    out.send((took, failed))


def load(server: Server, seconds: float, calls: int, idle: int, slow: int) -> Figures:
    """Loads a service for some time."""
    host, port = server.address.split(":")
    end = time.monotonic() + seconds
    lock = threading.Lock()
    answered, refused, failed = [0], [0], []
    memory: list[tuple[float, int]] = []
    descriptors = [0]

    def call(number: int) -> None:
        operation, arguments = (("search-logs", SEARCH), ("fetch-incidents", FETCH), ("describe", {}))[number % 3]
        while time.monotonic() < end:
            try:
                answer = server.call(operation, arguments)
            except OSError as error:
                with lock:
                    failed.append(repr(error))
                continue
            with lock:
                if answer.status == 200:
                    answered[0] += 1
                elif answer.status == 503:
                    refused[0] += 1
                else:
                    failed.append(f"{answer.status} {answer.body[:200]!r}")

    def watch() -> None:
        while time.monotonic() < end:
            memory.append((time.monotonic(), resident(server)))
            descriptors[0] = max(descriptors[0], len(os.listdir(f"/proc/{server.process.pid}/fd")))
            time.sleep(0.5)

    def connect() -> socket.socket | None:
        try:
            return socket.create_connection((host, int(port)), timeout=10)
        except OSError:
            return None

    def stay() -> None:
        """Idle clients, who come again when they are sent away."""
        peers: list[socket.socket | None] = [None] * idle
        while time.monotonic() < end:
            for place, peer in enumerate(peers):
                if peer is not None:
                    peer.setblocking(False)
                    try:
                        if peer.recv(1) == b"":
                            peer.close()
                            peers[place] = None
                    except BlockingIOError:
                        pass
                    except OSError:
                        peer.close()
                        peers[place] = None
                if peers[place] is None:
                    peers[place] = connect()
            time.sleep(1)
        for peer in peers:
            if peer is not None:
                peer.close()

    def drip() -> None:
        """Slow clients: half send a request byte by byte, half read a document byte by byte."""
        body = json.dumps(SEARCH).encode()
        head = f"POST /v1/search-logs HTTP/1.1\r\nHost: {server.address}\r\nContent-Type: application/json\r\n"
        request = f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
        document = f"GET /openapi.json HTTP/1.1\r\nHost: {server.address}\r\n\r\n".encode() * 100
        peers: list[tuple[socket.socket, int] | None] = [None] * slow
        while time.monotonic() < end:
            for place, one in enumerate(peers):
                try:
                    if one is None:
                        peer = connect()
                        if peer is None:
                            continue
                        if place % 2:
                            peer.sendall(document)
                        peers[place] = (peer, 0)
                        continue
                    peer, sent = one
                    if place % 2:
                        peer.settimeout(0.01)
                        if peer.recv(1) == b"":
                            raise ConnectionError
                    else:
                        peer.sendall(request[sent : sent + 1] or b" ")
                        peers[place] = (peer, sent + 1)
                except TimeoutError:
                    pass
                except OSError:
                    if one is not None:
                        one[0].close()
                    peers[place] = None
            time.sleep(DRIP)
        for one in peers:
            if one is not None:
                one[0].close()

    started = time.monotonic()
    results, out = multiprocessing.Pipe(duplex=False)
    checking = multiprocessing.get_context("fork").Process(target=check, args=(server.address, end, out))
    checking.start()
    threads = [threading.Thread(target=call, args=(number,)) for number in range(calls)]
    threads += [threading.Thread(target=target) for target in (watch, stay, drip)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    health, unhealthy = results.recv()
    checking.join()
    failed += unhealthy
    warm = started + seconds * WARM
    health.sort()
    return Figures(
        seconds=time.monotonic() - started,
        calls=answered[0],
        refused=refused[0],
        failed=failed,
        slowest_health=health[-1],
        median_health=health[len(health) // 2],
        health_checks=len(health),
        warm_memory=max((mib for at, mib in memory if at <= warm), default=0),
        most_memory=max((mib for at, mib in memory if at > warm), default=0),
        descriptors=descriptors[0],
    )


def main() -> None:
    given = [int(argument) for argument in sys.argv[1:]]
    seconds, calls, idle, slow = given + [60, 64, 2_000, 200][len(given) :]
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 8_192), most))
    with (
        TemporaryDirectory() as folder,
        simulating("--days", "2") as accounts,
        serving(Path(folder) / "log", "--quiet", environment=accounts.environment()) as server,
    ):
        figures = load(server, seconds, calls, idle, slow)
        print(figures)
        for reason in figures.failed[:5]:
            print(reason)
        sys.exit(bool(figures.failed) or figures.slowest_health > 1)


if __name__ == "__main__":
    main()
