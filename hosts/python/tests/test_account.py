"""What a program gets from an account: the same as anybody, in Python's types."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from conftest import Simulated, serve

import logzio_soar
from logzio_soar import (
    ComponentUnusable,
    Failed,
    Indicator,
    IndicatorKind,
    InvalidArgument,
    InvalidConnection,
    LogzioSoar,
    Order,
    Passed,
    QueryRejected,
    RateLimited,
    Severity,
    TimedOut,
    Unauthorized,
    Unreachable,
    WrongAccount,
)


def test_incidents_come_once_and_in_order(simulated: Simulated) -> None:
    account = simulated.account()
    cursor, ids, times, texts = None, [], [], []
    while True:
        page = account.fetch_incidents(since="-1d", cursor=cursor)
        ids += [incident.id for incident in page.incidents]
        times += [incident.occurred for incident in page.incidents]
        texts += [incident.occurred_text for incident in page.incidents]
        cursor = page.next
        if not page.more:
            break
    assert len(ids) > 200 and len(set(ids)) == len(ids)
    assert times == sorted(times)
    assert texts == [time.strftime("%Y-%m-%dT%H:%M:%S.") + f"{time.microsecond // 1000:03}Z" for time in times]
    assert account.fetch_incidents(cursor=cursor).incidents == []


def test_filters_reach_the_component(simulated: Simulated) -> None:
    page = simulated.account().fetch_incidents(since="-2d", severities=["HIGH", Severity.SEVERE], limit=20)
    assert page.incidents and {one.severity for one in page.incidents} <= {Severity.HIGH, Severity.SEVERE}
    page = simulated.account().fetch_incidents(since="-2d", rule_name="PowerShell", attach_logs=2, limit=3)
    assert page.incidents and all("PowerShell" in one.name for one in page.incidents)
    for incident in page.incidents:
        assert incident.raw["alertEventId"] == incident.id and json.loads(incident.raw_text) == incident.raw
        assert 1 <= len(incident.logs) <= 2


def test_a_search_pages_through_any_range(simulated: Simulated) -> None:
    account = simulated.account()
    # An end that stays where it is.
    until = datetime.now(timezone.utc) - timedelta(minutes=1)
    since = until - timedelta(days=2, hours=12)
    whole = [page for page in account.search_logs("type:falco", since=since, until=until, page_size=10_000)]
    paged = list(account.search_logs("type:falco", since=since, until=until, page_size=50))
    assert len(paged) > 3 and all(len(page.logs) == 50 for page in paged[:-1])
    ids = [log.id for page in paged for log in page.logs]
    assert ids == [log.id for page in whole for log in page.logs] and len(set(ids)) == len(ids)
    assert paged[-1].total == len(ids)
    again = next(account.search_logs("type:falco", since=since, until=until, page_size=50, page=paged[0].next))
    assert again.logs == paged[1].logs
    oldest = next(account.search_logs("type:falco", since=since, until=until, page_size=1, order=Order.OLDEST_FIRST))
    assert oldest.logs[0].id == ids[-1]


def test_logs_behind_an_event_and_a_hunt(simulated: Simulated) -> None:
    account = simulated.account()
    page = account.fetch_incidents(since="-1d", limit=20, attach_logs=1)
    incident = next(one for one in page.incidents if one.logs)
    logs = account.get_logs_by_event_id(incident.id, limit=2).logs
    assert 1 <= len(logs) <= 2 and logs[0].source and logs[0].source == incident.logs[0]
    report = account.hunt_indicators(
        ["203[.]0.113.9", Indicator("grace", IndicatorKind.USER), "0.0.0.0/0"],
        since="-2d",
        limit_per_indicator=1,
        fields={"user": ["user", "winlog.user"]},
    )
    assert [(one.value, one.kind) for one in report.sightings] == [
        ("203.0.113.9", IndicatorKind.IP),
        ("grace", IndicatorKind.USER),
    ]
    assert report.sightings[1].hits > 1 and len(report.sightings[1].logs) == 1
    assert [one.value for one in report.rejected] == ["0.0.0.0/0"]


def test_fields_that_were_found_go_into_a_hunt(simulated: Simulated) -> None:
    account = simulated.account()
    learned = account.find_fields(since="-2d")
    assert learned.sampled and any(one.fields for one in learned.kinds)
    report = account.hunt_indicators(
        [Indicator("grace", IndicatorKind.USER)], since="-2d", fields=learned.fields, log_types=learned.sampled
    )
    assert report.sightings[0].hits > 1 and report.sightings[0].host_of == []
    assert [one.kind for one in report.searched] == [IndicatorKind.USER]


def test_a_connection_is_checked(simulated: Simulated) -> None:
    assert all(isinstance(check.outcome, Passed) for check in simulated.account().check_connection())
    checks = simulated.account(operations_token="no-such-token").check_connection()
    failed = [check.outcome.value for check in checks if isinstance(check.outcome, Failed)]
    assert failed and all(isinstance(error, Unauthorized) for error in failed)


def test_every_command_of_the_panel_is_a_method(simulated: Simulated) -> None:
    integration = simulated.account().describe()
    for command in integration.commands:
        assert callable(getattr(LogzioSoar, command.name.replace("-", "_")))


def test_failures_are_exceptions_of_their_own(simulated: Simulated) -> None:
    account = simulated.account()
    for failing, kind, text in [
        (lambda: account.fetch_incidents(), InvalidArgument, "since="),
        (lambda: account.fetch_incidents(since="banana"), InvalidArgument, "banana"),
        (lambda: account.fetch_incidents(since=datetime.now()), InvalidArgument, "time zone"),
        (lambda: account.fetch_incidents(since="-1d", severities=["worst"]), InvalidArgument, "medium"),
        (lambda: account.fetch_incidents(since="-1d", limit=-1), InvalidArgument, "not negative"),
        (lambda: account.fetch_incidents(cursor="banana"), InvalidArgument, "cursor"),
        (lambda: list(account.search_logs("*x")), QueryRejected, "wildcard"),
        (lambda: account.search_logs("x", order="sideways"), InvalidArgument, "newest-first"),
        (lambda: account.hunt_indicators([]), InvalidArgument, "at least one"),
        (lambda: account.hunt_indicators(["x"], fields={"colour": []}), InvalidArgument, "file-name"),
        (lambda: account.hunt_indicators("203.0.113.9"), InvalidArgument, "give a list"),
        (lambda: account.hunt_indicators([5]), InvalidArgument, "give a str"),  # type: ignore[list-item]
        (lambda: account.hunt_indicators([Indicator("x", "colour")]), InvalidArgument, "file-name"),  # type: ignore[arg-type]
        (lambda: account.fetch_incidents(since="-1d", tags="web"), InvalidArgument, "give a list"),
        (lambda: account.fetch_incidents(since="-1d", severities="high"), InvalidArgument, "give a list"),
        (lambda: account.fetch_incidents(since="-1d", severities=[4]), InvalidArgument, "medium"),  # type: ignore[list-item]
        (lambda: account.fetch_incidents(cursor=5), InvalidArgument, "cursor"),  # type: ignore[arg-type]
        (lambda: account.search_logs(None), InvalidArgument, "lucene"),  # type: ignore[arg-type]
        (lambda: account.search_logs("x", fields="message"), InvalidArgument, "give a list"),
        (lambda: account.get_logs_by_event_id(5), InvalidArgument, "event_id"),  # type: ignore[arg-type]
        (lambda: LogzioSoar(region=5), InvalidConnection, "region"),  # type: ignore[arg-type]
        (lambda: LogzioSoar(security_token=b"t"), InvalidConnection, "give a str"),  # type: ignore[arg-type]
        (lambda: LogzioSoar(time_budget="5"), InvalidConnection, "1 to 600"),  # type: ignore[arg-type]
        (lambda: LogzioSoar(memory_limit=-1), ComponentUnusable, "number of bytes"),
        (lambda: LogzioSoar(component=5), ComponentUnusable, "give a path"),  # type: ignore[arg-type]
        (lambda: LogzioSoar(region="eu", url="https://x"), InvalidConnection, "one of them"),
        (lambda: LogzioSoar(environment={}).fetch_incidents(since="-1d"), InvalidConnection, "token"),
        (lambda: simulated.account(security_token="nobody").fetch_incidents(since="-1d"), Unauthorized, ""),
        (
            lambda: simulated.account(security_token=simulated.operations_token).fetch_incidents(since="-1d"),
            WrongAccount,
            "",
        ),
        (lambda: simulated.account(url="http://127.0.0.1:9", time_budget=1).check_connection(), None, ""),
        (
            lambda: simulated.account(url="http://127.0.0.1:9", time_budget=1).fetch_incidents(since="-1d"),
            Unreachable,
            "127.0.0.1",
        ),
    ]:
        if kind is None:
            failing()
            continue
        with pytest.raises(kind) as raised:
            failing()
        assert text in str(raised.value)


def test_a_fault_is_told_with_what_to_do() -> None:
    for plan, kind in [("events:429x*;retry-after=70", RateLimited), ("events:delayx*;for=9s", TimedOut)]:
        for simulated in serve("--days", "1", "--fault", plan):
            with pytest.raises(kind) as raised:
                simulated.account(time_budget=2).fetch_incidents(since="-1h")
            if isinstance(raised.value, RateLimited):
                assert raised.value.retry_after_ms == 70_000 and "70 s" in str(raised.value)


def test_no_token_is_in_any_text(simulated: Simulated) -> None:
    account = simulated.account()
    texts = [repr(account), str(account), repr(account._connection), repr(vars(account))]
    foreign = "canary-" + simulated.security_token
    for broken in [foreign, foreign + "\n", foreign + " x"]:
        try:
            simulated.account(security_token=broken).fetch_incidents(since="-1d")
        except logzio_soar.LogzioSoarError as error:
            texts += [str(error), repr(error), repr(error.__cause__), repr(error.__context__)]
    assert len(texts) > 8
    for text in texts:
        assert "canary" not in text and simulated.security_token not in text and simulated.operations_token not in text


def test_the_environment_fills_the_connection_up(simulated: Simulated, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGZIO_URL", simulated.url)
    monkeypatch.setenv("LOGZIO_SECURITY_TOKEN", simulated.security_token)
    assert LogzioSoar().fetch_incidents(since="-1d", limit=1).incidents
    with pytest.raises(InvalidConnection):
        LogzioSoar(environment={}).fetch_incidents(since="-1d")


def test_the_example_delivers_each_incident_once(tmp_path: Path) -> None:
    simulating = serve("--days", "1", "--events-per-hour", "60")
    simulated = next(simulating)
    environment = {"LOGZIO_URL": simulated.url, "LOGZIO_SECURITY_TOKEN": simulated.security_token}
    example = Path(__file__).parents[1] / "example.py"

    def run(**more: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(example)]
        return subprocess.run(command, cwd=tmp_path, env=environment | more, capture_output=True, text=True, check=False)

    first, second = run(), run()
    lines = (first.stdout + second.stdout).splitlines()
    assert first.returncode == 0 and len(lines) > 5 and len(set(lines)) == len(lines), first.stderr
    (tmp_path / "soc.cursor").unlink()
    failed = run(LOGZIO_SECURITY_TOKEN="nobody")
    assert failed.returncode == 1 and failed.stderr.startswith("logzio-soar: ") and failed.stderr.count("\n") == 1
    simulating.close()


def test_the_program_of_the_readme_runs_as_printed(simulated: Simulated) -> None:
    readme = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    program = readme.split("```python\n")[1].split("```")[0]
    # The tokens and the place are the environment's; nothing else is changed.
    printed = 'LogzioSoar(region="eu", security_token="…", operations_token="…")'
    assert printed in program
    environment = {
        "LOGZIO_URL": simulated.url,
        "LOGZIO_SECURITY_TOKEN": simulated.security_token,
        "LOGZIO_OPERATIONS_TOKEN": simulated.operations_token,
    }
    command = [sys.executable, "-c", program.replace(printed, "LogzioSoar()")]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 0 and result.stderr == "", result.stderr
    assert len(result.stdout.splitlines()) > 20 and "203.0.113.9" in result.stdout


def test_threads_share_an_account(simulated: Simulated) -> None:
    account = simulated.account()
    barrier = threading.Barrier(8)

    def work(number: int) -> int:
        barrier.wait()
        if number % 2:
            return sum(len(page.logs) for page in account.search_logs("*", since="-6h", page_size=500))
        return len(account.fetch_incidents(since="-12h", limit=50).incidents)

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(work, range(8)))
    assert set(results[0::2]) == {50} and len(set(results[1::2])) <= 2 and min(results) > 0
