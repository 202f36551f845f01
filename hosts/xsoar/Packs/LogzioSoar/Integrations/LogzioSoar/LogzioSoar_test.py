"""The integration on a double of XSOAR's server, against a simulated Logz.io: no answer in here is written by hand."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from conftest import Simulated
from demistomock import SCRIPT, FetchFailed, Server

import logzio_soar
from logzio_soar import TimeWindow

ERROR = 4
SEVERITIES = {"INFO": 0.5, "LOW": 1, "MEDIUM": 2, "HIGH": 3, "SEVERE": 4}


def drained(server: Server, most: int = 100) -> list[str]:
    """The ids of all incidents, fetched until nothing new comes."""
    ids: list[str] = []
    for _ in range(most):
        found = server.fetch()
        ids += [one["dbotMirrorId"] for one in found]
        if not found:
            return ids
    raise AssertionError("the fetch does not end")


def events(incidents: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [json.loads(one["rawJSON"]) for one in incidents]


def told(entries: list[Any]) -> str:
    """The one error that is shown."""
    (entry,) = entries
    assert entry["Type"] == ERROR
    return str(entry["Contents"])


def test_incidents_come_once_and_in_order(simulated: Simulated) -> None:
    server = Server(simulated.params(fetch_time="1 day"))
    ids = drained(server)
    assert len(ids) > 200 and len(set(ids)) == len(ids)
    times = [one["occurred"] for one in server.incidents]
    assert times == sorted(times)


def test_the_cursor_decides_unless_the_earlier_pack_moved_its_mark(simulated: Simulated) -> None:
    server = Server(simulated.params(fetch_time="1 day", fetch_count="200"))
    first = drained(server)
    assert drained(server) == [] and json.loads(server.last_run["logzio_soar"])["cursor"]
    mark = server.last_run["last_fetch"]
    server.last_run["last_fetch"] = mark - 40_000
    again = drained(server)
    assert 0 < len(again) < len(first) and server.last_run["last_fetch"] == mark and drained(server) == []
    # Without its own part, it goes on from the mark.
    del server.last_run["logzio_soar"]
    server.last_run["last_fetch"] = mark - 40_000
    assert drained(server) == again


def test_an_incident_has_its_time_in_utc_its_severity_and_its_id(simulated: Simulated) -> None:
    server = Server(simulated.params(fetch_time="1 day", fetch_count="200"))
    found = server.fetch()
    assert len({one["severity"] for one in found}) >= 4
    for incident, event in zip(found, events(found)):
        exact = datetime.fromtimestamp(event["eventDate"], timezone.utc)
        told_time = datetime.fromisoformat(incident["occurred"].replace("Z", "+00:00"))
        assert abs((told_time - exact).total_seconds()) < 0.002
        assert incident["severity"] == SEVERITIES[event["severity"]]
        assert incident["dbotMirrorId"] == event["alertEventId"]
        assert incident["name"] == event["name"]
        assert incident["details"] == event.get("description", incident["details"])


def test_the_raw_event_has_what_the_earlier_mapper_reads_and_what_rules_group_by(simulated: Simulated) -> None:
    server = Server(simulated.params(fetch_time="1 day", fetch_count="200"))
    found = events(server.fetch())
    for event in found:
        assert event["datasource"] == "Logz.Io"
        for field, value in (event.get("groupBy") or {}).items():
            assert field in event and (field in ("name", "tags", "description") or event[field] == value)
    assert sum(1 for event in found if event.get("groupBy")) > 50
    # Logz.io leaves some out of some events.
    for key in ("alertId", "alertEventId", "alertSummary", "tags", "description", "name", "eventDate"):
        assert sum(1 for event in found if key in event) > 150, key


def test_what_a_rule_groups_by_hides_nothing_of_the_event() -> None:
    script = load_script()
    grouped = {"name": "x", "alertEventId": "y", "eventDate": "1", "severity": "error", "datasource": "d", "host": "z"}
    raw = {"alertEventId": "e1", "name": "rule", "eventDate": 5.0, "severity": "HIGH", "groupBy": grouped}
    event = json.loads(script["to_incident"](incident_of(raw, group_by=grouped))["rawJSON"])
    assert (event["name"], event["alertEventId"], event["eventDate"], event["severity"]) == ("rule", "e1", 5.0, "HIGH")
    assert (event["datasource"], event["host"], event["groupBy"]) == ("Logz.Io", "z", grouped)


def test_an_event_that_is_no_object_becomes_an_incident_all_the_same() -> None:
    made = load_script()["to_incident"](incident_of(["strange"], defects=["the event is no object"]))
    assert json.loads(made["rawJSON"])["event"] == ["strange"]


def test_what_python_has_no_number_for_stays_json() -> None:
    window = TimeWindow("2026-11-22T07:55:00.000Z", "2026-11-22T08:00:00.000Z")
    incident = incident_of({}, raw_text='{"n": 1e400, "half": "\\ud800"}', window=window)
    event = json.loads(load_script()["to_incident"](incident)["rawJSON"], parse_constant=pytest.fail)
    assert (event["n"], event["half"]) == ("1e400", "\ud800")
    own = event["logzio_soar"]
    assert (own["window_start"], own["window_end"]) == ("2026-11-22T07:55:00.000Z", "2026-11-22T08:00:00.000Z")


def test_a_log_with_half_a_character_comes_as_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    log = {"message": "\ud800 é"}
    monkeypatch.setattr("demistomock.command", lambda: "logzio-search-logs")
    _, file = load_script()["results"]({}, [log], "", [], True)
    assert json.loads(Path(file["FileID"]).read_text(encoding="utf-8")) == log


def test_filters_reach_logz_io(simulated: Simulated) -> None:
    params = simulated.params(fetch_time="2 days", severities=["HIGH", "SEVERE"], search="PowerShell", fetch_count="20")
    found = Server(params).fetch()
    assert found and all("PowerShell" in one["name"] and one["severity"] >= 3 for one in found)
    tagged = events(Server(simulated.params(fetch_time="2 days", tags="Linux, windows", fetch_count="40")).fetch())
    assert tagged and all({"linux", "windows"} & {tag.lower() for tag in event["tags"]} for event in tagged)
    some = Server(simulated.params(fetch_time="2 days", fetch_count="200")).fetch()
    all_of_them = Server(simulated.params(fetch_time="2 days", fetch_count="200", include_muted=True)).fetch()
    assert not any(event["isMuted"] for event in events(some))
    assert any(event["isMuted"] for event in events(all_of_them))


def test_logs_can_be_attached_at_the_fetch(simulated: Simulated) -> None:
    found = events(Server(simulated.params(fetch_time="1 day", fetch_count="10", attach_logs="2")).fetch())
    attached = [event["logzio_soar"]["logs"] for event in found]
    assert any(attached) and max(map(len, attached)) == 2 and all(isinstance(log, dict) for logs in attached for log in logs)


@pytest.mark.parametrize(("count", "first"), [("", 50), ("7", 7), ("50", 50), ("120", 120), ("200", 200), ("1000", 200)])
def test_a_fetch_returns_what_the_count_says_and_at_most_200(simulated: Simulated, count: str, first: int) -> None:
    assert len(Server(simulated.params(fetch_time="2 days", fetch_count=count)).fetch()) == first


@pytest.mark.parametrize(
    ("name", "value", "texts"),
    [
        ("fetch_count", "abc", ["Max. number of incidents fetched per run", "abc"]),
        ("fetch_count", "0", ["Max. number of incidents fetched per run", "1 to 200"]),
        ("fetch_count", "-3", ["Max. number of incidents fetched per run", "1 to 200"]),
        ("fetch_time", "banana", ["banana", "7 days ago"]),
        ("look_back", "99999", ["1440"]),
        ("attach_logs", "many", ["Logs per incident", "many"]),
        ("attach_logs", "-1", ["'Logs per incident' is -1"]),
        ("severities", ["WORST"], ["WORST", "severe"]),
        ("time_budget", "-5", ["'Longest time of a call (seconds)'", "1 to 240"]),
        ("time_budget", "soon", ["Longest time of a call (seconds)", "soon"]),
        ("region", "xx-not-a-region", ["region"]),
        ("url", "http://logz.example", ["https"]),
        ("runner_url", "nonsense", ["https://runner.example:8700"]),
    ],
)
def test_a_parameter_that_cannot_be_used_is_one_clear_error(simulated: Simulated, name: str, value: Any, texts: list[str]) -> None:
    params = simulated.params() | {name: value}
    if name == "region":
        del params["url"]
    server = Server(params)
    with pytest.raises(FetchFailed) as raised:
        server.fetch()
    for text in texts:
        assert text in str(raised.value)
    assert server.last_run == {} and server.incidents == []
    # The Test button finds it before the fetch does.
    (entry,) = server._run("test-module", {}).entries
    assert (entry["Type"] == ERROR) if isinstance(entry, dict) else ("✗" in entry)


def test_neither_token_is_one_clear_error(simulated: Simulated) -> None:
    server = Server({"isFetch": True, "url": simulated.url})
    with pytest.raises(FetchFailed, match="token"):
        server.fetch()
    for command, args in [("logzio-search-logs", {}), ("logzio-get-logs-by-event-id", {"id": "x"})]:
        assert "token" in told(server.run(command, **args))


@pytest.mark.parametrize("plain", [False, True])
def test_one_token_is_enough_for_what_it_serves(simulated: Simulated, plain: bool) -> None:
    whole = simulated.old_params() if plain else simulated.params()
    names = ("security_api_token", "operational_api_token") if plain else ("security_credentials", "operations_credentials")
    security = Server({**whole, names[1]: None})
    operations = Server({**whole, names[0]: None, "isFetch": False})
    assert security.test() == "ok" and operations.test() == "ok"
    assert security.fetch()
    assert "operations" in told(security.run("logzio-search-logs")).lower()
    assert operations.run("logzio-search-logs", size="1")[0]["EntryContext"]
    fetching = Server({**whole, names[0]: None})
    (entry,) = fetching._run("test-module", {}).entries
    assert "token" in entry["Contents"]


def test_the_test_button_names_each_check(simulated: Simulated) -> None:
    swapped = Server(simulated.params(operations_credentials={"password": "no-such-token"}))
    shown = swapped.test()
    assert shown.count("✓") >= 2 and shown.count("✗") >= 1
    assert "operations token" in shown and "security token" in shown and "no-such-token" not in shown


def test_credentials_come_before_the_tokens_of_the_earlier_pack(simulated: Simulated) -> None:
    assert Server(simulated.params(security_api_token="of-yesterday")).fetch()


def test_every_failure_keeps_the_last_run_and_the_next_fetch_goes_on_there(simulate: Callable[..., Simulated]) -> None:
    # The first request is answered; then Logz.io fails longer than a fetch tries; then it works again.
    broken = simulate("--days", "1", "--seed", "3", "--fault", "events@2:500x12")
    server = Server(broken.params(fetch_time="1 day", fetch_count="50", time_budget="2", look_back="0"))
    before, failures, ids = {}, 0, []
    for _ in range(60):
        try:
            found = server.fetch()
        except FetchFailed as error:
            failures += 1
            assert "500" in str(error) and server.last_run == before
            continue
        ids += [one["dbotMirrorId"] for one in found]
        before = server.last_run
        if not found:
            break
    assert failures >= 1 and len(ids) > 150 and len(set(ids)) == len(ids)
    healthy = Server(broken.params(fetch_time="1 day", fetch_count="200"))
    assert set(drained(healthy)) - set(ids) <= {one["dbotMirrorId"] for one in healthy.incidents[:2]}


def test_pages_before_a_failure_are_kept(simulate: Callable[..., Simulated]) -> None:
    broken = simulate("--days", "1", "--fault", "events@3:500x40")
    server = Server(broken.params(fetch_time="1 day", fetch_count="200", time_budget="2"))
    first = server.fetch()
    assert 50 <= len(first) < 200 and any("next fetch" in line for line in server.logged)
    with pytest.raises(FetchFailed):
        server.fetch()
    assert len(server.incidents) == len(first)


@pytest.mark.parametrize(
    ("plan", "texts"),
    [
        ("events:429x*;retry-after=3600", ["rate-limited", "3600 s"]),
        ("events:delayx*;for=9s", ["timed-out"]),
        ("events:hangx*", ["timed-out"]),
        ("events:503x*", ["server", "503"]),
        ("events:htmlx*", ["malformed-response"]),
        ("events:resetx*", ["unreachable"]),
    ],
)
def test_trouble_is_told_by_what_to_do(simulate: Callable[..., Simulated], plan: str, texts: list[str]) -> None:
    server = Server(simulate("--days", "1", "--fault", plan).params(time_budget="2"))
    with pytest.raises(FetchFailed) as raised:
        server.fetch()
    for text in texts:
        assert text in str(raised.value)
    assert server.last_run == {} and server.incidents == []


def test_logz_io_down_is_one_clear_error(simulated: Simulated) -> None:
    server = Server(simulated.params(url="http://127.0.0.1:9", time_budget="1"))
    with pytest.raises(FetchFailed, match=r"unreachable.*127\.0\.0\.1"):
        server.fetch()
    assert "unreachable" in told(server.run("logzio-search-logs"))


def test_a_search_has_the_context_paths_of_the_earlier_pack(simulated: Simulated) -> None:
    server = Server(simulated.old_params())
    (entry, *_) = server.run("logzio-search-logs", query="type:falco", size="20", from_time="-2d", to_time="now", timeout="15")
    logs = server.context.get("Logzio.Result")
    assert len(logs) == 20 and entry["Contents"] == logs
    for log in logs:
        assert log["timestamp"] == log["@timestamp"] and "falco" in log["type"] and log["_id"]
    assert server.context.get("Logzio.Result.type") and server.context.get("Logzio.Result.timestamp")
    assert server.context.get("Logzio.Search.Count") == 20


@pytest.mark.parametrize(
    ("since", "until"),
    [
        ("-6h", ""),
        ("6 hours ago", "now"),
        ("6 hours", "1 minute ago"),
        ("yesterday", "today"),
        ("{epoch}", "{end}"),
        ("{epoch}000", "{end}000"),
        ("{iso}", ""),
        ("{offset}", ""),
        ("{spelled}", ""),
    ],
)
def test_times_are_read_as_before_and_in_utc(simulated: Simulated, since: str, until: str) -> None:
    now = datetime.now(timezone.utc)
    start = now.timestamp() - 6 * 3600
    moment = datetime.fromtimestamp(start, timezone.utc)
    forms = {
        "epoch": f"{start:.0f}",
        "end": f"{now.timestamp():.0f}",
        "iso": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "offset": datetime.fromtimestamp(start, timezone.utc).astimezone().isoformat(timespec="seconds"),
        "spelled": moment.strftime("%d %B %Y %H:%M:%S"),
    }
    server = Server(simulated.params())
    args = {"from_time": since.format(**forms), "to_time": until.format(**forms)}
    entries = server.run("logzio-search-logs", query="*", size="1", order="oldest-first", **args)
    assert entries[0]["Type"] != ERROR, entries[0]["Contents"]
    first = datetime.fromisoformat(re.sub(r"Z|\+0000$", "+00:00", server.context.get("Logzio.Result")[0]["timestamp"]))
    expected = start if since != "yesterday" else (now.timestamp() // 86_400 - 1) * 86_400
    assert 0 <= first.timestamp() - expected + 1 < 600


def test_both_ends_of_a_search_hold(simulated: Simulated) -> None:
    now = datetime.now(timezone.utc).timestamp()
    newest = []
    for until in ("", f"{now - 43_200:.0f}"):
        server = Server(simulated.params())
        server.run("logzio-search-logs", query="*", size="1", from_time=f"{now - 86_400:.0f}", to_time=until)
        text = re.sub(r"Z|\+0000$", "+00:00", server.context.get("Logzio.Result")[0]["timestamp"])
        newest.append(datetime.fromisoformat(text).timestamp())
    assert now - 50_000 < newest[1] <= now - 43_199 < now - 3600 < newest[0]


def test_a_time_that_cannot_be_read_is_named(simulated: Simulated) -> None:
    server = Server(simulated.params())
    for args in ({"from_time": "banana"}, {"to_time": "the day of the kiwi"}):
        assert next(iter(args.values())) in told(server.run("logzio-search-logs", **args))


def test_a_page_goes_on_where_the_last_one_ended(simulated: Simulated) -> None:
    server = Server(simulated.params())
    until = f"{datetime.now(timezone.utc).timestamp():.0f}"
    server.run("logzio-search-logs", query="type:falco", size="30", to_time=until)
    token, seen = server.context.get("Logzio.Search.NextPage"), len(server.context.get("Logzio.Result"))
    assert token and seen == 30
    server.run("logzio-search-logs", query="type:falco", size="30", to_time=until, page=token)
    assert len({log["_id"] for log in server.context.get("Logzio.Result")}) == 60
    # The same search again adds nothing.
    server.run("logzio-search-logs", query="type:falco", size="30", to_time=until)
    assert len(server.context.get("Logzio.Result")) == 60


def test_many_logs_come_as_a_file_too(simulated: Simulated) -> None:
    server = Server(simulated.params())
    entry, file = server.run("logzio-search-logs", query="*", size="300", from_time="-1d")
    assert entry["HumanReadable"].count("\n| ") - 1 == 50 and "the first 50 are shown" in entry["HumanReadable"]
    lines = [json.loads(line) for line in Path(file["FileID"]).read_text(encoding="utf-8").splitlines()]
    assert file["File"].endswith(".ndjson") and lines == server.context.get("Logzio.Result") and len(lines) == 300
    assert len(server.run("logzio-search-logs", query="*", size="50", from_time="-1d")) == 1


def test_no_logs_are_said_and_leave_no_result(simulated: Simulated) -> None:
    server = Server(simulated.params())
    (entry,) = server.run("logzio-search-logs", query="no_such_field:nothing")
    assert "No logs were found" in entry["HumanReadable"]
    assert server.context.get("Logzio.Result") is None and server.context.get("Logzio.Search.Count") == 0


def test_fields_and_order_hold(simulated: Simulated) -> None:
    server = Server(simulated.params())
    server.run("logzio-search-logs", query="type:falco", size="20", fields="message,type", order="oldest-first", from_time="-2d")
    logs = server.context.get("Logzio.Result")
    assert logs and all(set(log) <= {"message", "type", "_id", "timestamp", "@timestamp"} for log in logs)
    server.context.data.clear()
    times = [row.split("|")[1].strip() for row in readable_rows(server, order="oldest-first")]
    assert times == sorted(times) and len(set(times)) > 10


def readable_rows(server: Server, order: str) -> list[str]:
    (entry,) = server.run("logzio-search-logs", query="type:falco", size="30", order=order, from_time="-2d")
    return [line for line in entry["HumanReadable"].splitlines() if line.startswith("| 20")]


@pytest.mark.parametrize(
    ("command", "args", "texts"),
    [
        ("logzio-search-logs", {"query": "*shell"}, ["query-rejected", "wildcard"]),
        ("logzio-search-logs", {"query": "user:(a AND"}, ["query-rejected"]),
        ("logzio-search-logs", {"size": "abc"}, ["size", "abc"]),
        ("logzio-search-logs", {"size": "0"}, ["a size of 0", "1 to 10000"]),
        ("logzio-search-logs", {"from_time": "now", "to_time": "-1d"}, ["from_time and to_time"]),
        ("logzio-search-logs", {"size": "10001"}, ["10000"]),
        ("logzio-search-logs", {"timeout": "soon"}, ["timeout", "soon"]),
        ("logzio-search-logs", {"page": "banana"}, ["page"]),
        ("logzio-get-logs-by-event-id", {"id": "x", "size": "-1"}, ["-1", "not negative"]),
        ("logzio-hunt-indicators", {}, ["at least one"]),
        ("logzio-hunt-indicators", {"indicators": "0.0.0.0/0"}, ["/8"]),
        ("logzio-hunt-indicators", {"ip": "203.0.113.9", "internal_host_regex": "("}, ["internal_host_regex"]),
        ("logzio-hunt-indicators", {"ip": "203.0.113.9", "internal_domains": "(\\w+"}, ["internal_domains"]),
        ("logzio-hunt-indicators", {"ip": "203.0.113.9", "size": "1001"}, ["a size of 1001"]),
        ("logzio-hunt-indicators", {"ip": "203.0.113.9", "internal_networks": "banana"}, ["banana"]),
        ("logzio-reset-fetch", {"start": "banana"}, ["banana"]),
    ],
)
def test_an_argument_that_cannot_be_used_is_one_clear_error(
    simulated: Simulated, command: str, args: dict[str, str], texts: list[str]
) -> None:
    server = Server(simulated.params())
    shown = told(server.run(command, **args))
    for text in texts + [command]:
        assert text in shown
    assert server.context.data == {} and server.integration_context == {}


def test_the_logs_of_an_event_are_as_many_as_the_size_says(simulated: Simulated) -> None:
    server = Server(simulated.old_params(fetch_time="1 day", fetch_count="200"))
    counts = []
    for incident in server.fetch()[:25]:
        server.context.data.clear()
        server.run("logzio-get-logs-by-event-id", id=incident["dbotMirrorId"], size="3", timeout="3")
        counts.append(len(server.context.get("Logzio.Result") or []))
        assert server.context.get("Logzio.Search.EventID") == incident["dbotMirrorId"]
    assert max(counts) == 3
    server.context.data.clear()
    (entry,) = server.run("logzio-get-logs-by-event-id", id="00000000-0000-4000-8000-000000000000")
    assert "No logs were found" in entry["HumanReadable"] and server.context.get("Logzio.Result") is None


def test_a_hunt_tells_what_was_seen_of_each(simulated: Simulated) -> None:
    server = Server(simulated.params())
    entries = server.run(
        "logzio-hunt-indicators", indicators="203[.]0.113.9,0.0.0.0/0", user=["grace"], domain="nobody.invalid", size="2"
    )
    by_value = {one["Indicator"]: one for one in server.context.get("Logzio.Hunt")}
    assert {value: one["Kind"] for value, one in by_value.items()} == {
        "203.0.113.9": "ip",
        "grace": "user",
        "nobody.invalid": "domain",
    }
    assert by_value["grace"]["Hits"] > 10 and by_value["nobody.invalid"]["Hits"] == 0
    assert server.context.get("Logzio.HuntReport.Rejected")[0]["Indicator"] == "0.0.0.0/0"
    assert server.context.get("Logzio.HuntReport.Queries") and server.context.get("Logzio.HuntReport.Unfinished") == []
    for name in ("DetectedUsers", "DetectedExternalIPs", "DetectedInternalHosts"):
        values = server.context.get(f"Logzio.{name}")
        assert values and len(values) == len(set(values)), name
    assert "grace" in server.context.get("Logzio.DetectedUsers")
    assert len(server.context.get("Logzio.Result")) == 4 and entries[1]["File"].endswith(".ndjson")
    # What this hunt found is not mixed with what the next one finds.
    server.run("logzio-hunt-indicators", domain="nobody.invalid")
    assert server.context.get("Logzio.DetectedUsers") == [] and len(server.context.get("Logzio.Hunt")) == 3


def test_both_ends_of_a_hunt_hold(simulated: Simulated) -> None:
    server = Server(simulated.params())
    now = datetime.now(timezone.utc).timestamp()
    bounds = {"from_time": f"{now - 86400:.0f}", "to_time": f"{now - 43200:.0f}"}
    server.run("logzio-hunt-indicators", user="grace", size="1000", **bounds)
    some = dict(server.context.get("Logzio.Hunt")[0])
    server.run("logzio-hunt-indicators", user="grace", size="1000", from_time=bounds["from_time"])
    more = dict(server.context.get("Logzio.Hunt")[0])
    assert 0 < some["Hits"] < more["Hits"]
    for time in (some["FirstSeen"], some["LastSeen"]):
        assert now - 86401 <= datetime.fromisoformat(time.replace("Z", "+00:00")).timestamp() <= now - 43199


def test_fields_of_a_hunt_are_where_it_looks(simulated: Simulated) -> None:
    server = Server(simulated.params())
    hits = {}
    for fields in ("", "user", "no_such_field", "*"):
        server.run("logzio-hunt-indicators", user="grace", user_fields=fields, from_time="-2d", to_time="-1h", size="0")
        hits[fields] = server.context.get("Logzio.Hunt")[0]["Hits"]
    assert 0 == hits["no_such_field"] < hits["user"] <= hits[""] <= hits["*"]


def test_fields_that_were_found_are_those_of_a_hunt(simulated: Simulated) -> None:
    server = Server(simulated.params())
    server.run("logzio-find-fields", from_time="-2d")
    fields = {one["Kind"]: one["Fields"] for one in server.context.get("Logzio.Fields")}
    sampled = server.context.get("Logzio.FieldReport.Sampled")
    found = server.context.get("Logzio.FoundField")
    assert fields["user"] and sampled and found
    assert all(set(one["LogTypes"]) <= set(sampled) and 1 <= one["Share"] <= 100 for one in found)
    server.run("logzio-hunt-indicators", user="grace", user_fields=fields["user"], log_types=sampled, from_time="-2d")
    searched = {one["Kind"]: one for one in server.context.get("Logzio.HuntReport.Searched")}
    assert set(searched["user"]["Fields"]) == set(fields["user"])
    assert server.context.get("Logzio.Hunt")[0]["Hits"] > 0


def test_hosts_are_told_apart_by_domain_and_by_name(simulated: Simulated) -> None:
    server = Server(simulated.params())
    split = lambda **more: (  # noqa: E731
        server.run("logzio-hunt-indicators", user="grace", from_time="-2d", size="0", **more),
        server.context.get("Logzio.DetectedInternalHosts"),
        server.context.get("Logzio.DetectedExternalHosts"),
    )[1:]
    everything, none = split()
    assert everything and none == []
    inside, outside = split(internal_domains="other.example|fernwood.example")
    assert set(inside) | set(outside) == set(everything) and inside and outside
    assert all(host.endswith(".fernwood.example") for host in inside) and not any("fernwood" in host for host in outside)
    assert split(internal_domains="wood.example")[0] == []
    inside, _ = split(internal_host_regex="FW-LT-[0-9]+")
    assert inside and all(host.startswith("FW-LT-") for host in inside)


def test_a_reset_starts_the_next_fetch_anew_and_once(simulated: Simulated) -> None:
    server = Server(simulated.params(fetch_time="1 hour"))
    drained(server)
    server.run("logzio-reset-fetch", start="1 day")
    again = drained(server)
    assert len(again) > 200 and len(set(again)) == len(again)
    assert drained(server) == []
    server.run("logzio-reset-fetch")
    assert 0 < len(drained(server)) < 40


def test_a_reset_survives_a_fetch_that_fails(simulated: Simulated) -> None:
    server = Server(simulated.params(fetch_time="1 hour"))
    drained(server)
    server.run("logzio-reset-fetch", start="1 day")
    url, server.params["url"] = server.params["url"], "http://127.0.0.1:9"
    with pytest.raises(FetchFailed):
        server.fetch()
    server.params["url"] = url
    assert len(drained(server)) > 200


def test_a_reset_is_served_once_and_the_button_does_not_bring_it_back(simulated: Simulated) -> None:
    server = Server(simulated.params(fetch_time="1 hour", fetch_count="200"))
    server.run("logzio-reset-fetch", start="1 day")
    assert len(drained(server)) > 200
    server.reset_last_run()
    assert 0 < len(drained(server)) < 40
    # Neither before the first fetch, nor right after it.
    server.run("logzio-reset-fetch", start="1 day")
    assert len(server.fetch()) == 200
    server.reset_last_run()
    assert 0 < len(drained(server)) < 40
    assert "reset" not in server.integration_context


def test_a_reset_is_to_a_time_and_not_to_a_distance_from_when_it_is_served(simulated: Simulated) -> None:
    server = Server(simulated.params())
    now = datetime.now(timezone.utc)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    for start, seconds in [
        ("1 day", now.timestamp() - 86_400),
        ("-90m", now.timestamp() - 5_400),
        ("now-2h", now.timestamp() - 7_200),
        ("15m", now.timestamp() - 900),
        ("a week ago", now.timestamp() - 7 * 86_400),
        ("today", midnight.timestamp()),
        ("yesterday", midnight.timestamp() - 86_400),
        ("1 fortnight", now.timestamp() - 14 * 86_400),
    ]:
        (entry,) = server.run("logzio-reset-fetch", start=start)
        stored = json.loads(server.integration_context["reset"])["start"]
        assert stored in entry["HumanReadable"], start
        assert datetime.fromisoformat(stored.replace("Z", "+00:00")).timestamp() == pytest.approx(seconds, abs=30), start
    server.run("logzio-reset-fetch", start="1581418327.791")
    assert json.loads(server.integration_context["reset"])["start"] == "1581418327.791"


def test_a_reset_without_a_start_is_to_the_first_fetch_time(simulated: Simulated) -> None:
    server = Server(simulated.params(fetch_time="3 hours"))
    server.run("logzio-reset-fetch")
    stored = datetime.fromisoformat(json.loads(server.integration_context["reset"])["start"])
    assert time.time() - stored.timestamp() == pytest.approx(3 * 3600, abs=30)


def test_what_is_stored_is_text_but_for_the_number_of_the_earlier_pack(simulated: Simulated) -> None:
    server = Server(simulated.params(fetch_time="1 day"))
    server.run("logzio-reset-fetch", start="1 day")
    server.fetch()
    assert {name: type(value) for name, value in server.last_run.items()} == {"logzio_soar": str, "last_fetch": float}
    assert all(isinstance(value, str) for value in server.integration_context.values())


@pytest.mark.parametrize(
    ("name", "value", "most"), [("fetch_count", "201", "200"), ("fetch_count", "1000", "200"), ("time_budget", "241", "240")]
)
def test_the_test_button_fails_for_what_a_fetch_caps(simulated: Simulated, name: str, value: str, most: str) -> None:
    server = Server(simulated.params(**{name: value}))
    (entry,) = server._run("test-module", {}).entries
    assert entry["Type"] == ERROR and f"is {value}: give 1 to {most}" in entry["Contents"]
    assert Server(simulated.params(**{name: most})).test() == "ok"
    assert server.fetch()


class Clock:
    """A clock that only calls move."""

    now = 0.0

    def monotonic(self) -> float:
        return self.now


class Waiting:
    """An account whose calls are quick at first, and from a time on take as long as they may, and then some."""

    def __init__(self, clock: Clock, quick_until: float, budgets: list[float], seconds: float = 0) -> None:
        self.clock, self.quick_until, self.budgets, self.seconds = clock, quick_until, budgets, seconds

    def with_time_budget(self, seconds: float) -> Waiting:
        return Waiting(self.clock, self.quick_until, self.budgets, seconds)

    def fetch_incidents(self, **asked: Any) -> Any:
        self.budgets.append(self.seconds)
        # The budget, and the grace of the runner and of the way to it.
        self.clock.now += 1 if self.clock.now < self.quick_until else self.seconds + 10
        return SimpleNamespace(incidents=[], notices=[], next="cursor", more=True)


@pytest.mark.parametrize("quick_until", [0, 200, 238])
@pytest.mark.parametrize("budget", ["", "1", "60", "240", "600"])
def test_the_calls_of_a_fetch_end_before_xsoar_stops_it(monkeypatch: pytest.MonkeyPatch, budget: str, quick_until: float) -> None:
    script, clock, budgets = load_script(), Clock(), []  # type: ignore[var-annotated]
    fetch = script["fetch_incidents"]
    monkeypatch.setitem(fetch.__globals__, "time", clock)
    monkeypatch.setitem(fetch.__globals__, "soar", logzio_soar)
    params = {"time_budget": budget, "fetch_count": "200"}
    fetch(Waiting(clock, quick_until, budgets), params, {}, {}, script["seconds_of"](params, None))
    assert budgets and max(budgets) <= 240 and clock.now < 290


def test_no_call_of_a_command_may_take_as_long_as_xsoar_waits() -> None:
    seconds_of = load_script()["seconds_of"]
    assert seconds_of({"time_budget": "600"}, None) == 240 and seconds_of({}, "600") == 240 and seconds_of({}, None) == 60


def test_a_timeout_of_the_earlier_pack_bounds_no_call(simulate: Callable[..., Simulated]) -> None:
    # No answer takes longer than the earlier pack waited, all of them together do.
    slow = simulate("--days", "3", "--fault", "search:delayx*;for=1500ms")
    server = Server(slow.params())
    began = time.monotonic()
    entries = server.run("logzio-search-logs", query="type:falco", from_time="-5d", size="10000", timeout="2")
    assert entries[0]["Type"] != ERROR, entries[0]["Contents"]
    assert time.monotonic() - began > 2 and "time budget" not in entries[0]["HumanReadable"]
    seconds_of = load_script()["seconds_of"]
    assert [seconds_of({"time_budget": "30"}, timeout) for timeout in ("0", "2", "15", "16", "90")] == [30, 30, 30, 16, 90]
    assert seconds_of({"time_budget": "5"}, "15") == 15


@pytest.mark.parametrize("since", ["{utc} UTC", "-1d@d", "1 fortnight", "0", "last monday", "10pm"])
def test_times_that_the_earlier_pack_took_are_taken(simulated: Simulated, since: str) -> None:
    now = datetime.now(timezone.utc)
    written = since.format(utc=(now - timedelta(hours=6)).strftime("%Y-%m-%d %H:%M:%S"))
    # The time of day is one of today, and may lie ahead.
    until = "11pm" if since == "10pm" else "now"
    (entry, *_) = Server(simulated.params()).run("logzio-search-logs", query="type:falco", size="5", from_time=written, to_time=until)
    if since == "10pm" and now.hour < 22:
        assert "lies in the future" in entry["Contents"]
    else:
        assert entry["Type"] != ERROR, entry["Contents"]


def test_a_time_that_xsoar_s_reader_has_to_read_is_in_utc(simulated: Simulated) -> None:
    script = load_script()
    assert script["read_date"]("2020-03-29 14:46:17 UTC") == "2020-03-29T14:46:17.000+00:00"
    assert script["read_date"]("2020-03-29 14:46:17") == "2020-03-29T14:46:17.000+00:00"
    assert script["read_date"]("29 March 2020 14:46 +0300") == "2020-03-29T11:46:00.000+00:00"
    assert script["read_date"]("0") == "1970-01-01T00:00:00.000+00:00"
    assert script["read_date"]("banana") is None
    fetched = Server(simulated.params(fetch_time="{:%d %B %Y %H:%M:%S} UTC".format(datetime.now(timezone.utc) - timedelta(hours=2)))).fetch()
    assert 0 < len(fetched) <= 50


CONTRACT_NAMES = r"time.budget|LOGZIO_|look_back|attach_logs|limit_per|page_size|security[-_]token|operations[-_]token|\bsince\b|\b600\b|fetch_count"


def test_errors_have_the_words_of_the_panel_and_of_the_commands(simulate: Callable[..., Simulated]) -> None:
    slow = simulate("--days", "1", "--fault", "events:hangx*", "--fault", "search:hangx*")
    messages = []
    for params in (
        slow.params(time_budget="1"),
        {"isFetch": True, "url": slow.url},
        slow.params(time_budget="-1"),
        slow.params(time_budget="1", look_back="-1"),
        slow.params(time_budget="1", attach_logs="101"),
        slow.params(time_budget="1", fetch_count="0"),
    ):
        server = Server(params)
        with pytest.raises(FetchFailed) as raised:
            server.fetch()
        messages += [str(raised.value), json.dumps(server._run("test-module", {}).entries)]
    server = Server(slow.params(time_budget="1"))
    for args in ({}, {"size": "0"}, {"size": "-1"}, {"from_time": "now", "to_time": "-1d"}, {"timeout": "-4"}):
        messages.append(told(server.run("logzio-search-logs", **args)))
    bare = Server({"isFetch": False, "url": slow.url})
    messages += [told(bare.run("logzio-search-logs")), json.dumps(bare._run("test-module", {}).entries)]
    assert len(messages) == 19 and any("'Longest time of a call (seconds)'" in one for one in messages)
    assert any("'API token of the Security account'" in one for one in messages)
    for message in messages:
        assert not re.search(CONTRACT_NAMES, message), message


def test_debug_mode_shows_each_request_once_and_no_token(simulated: Simulated) -> None:
    server = Server(simulated.params(fetch_time="1 day"))
    server.fetch()
    assert server.shown == []
    server.debug_mode = True
    server.fetch()
    (shown,) = server.shown
    assert re.fullmatch(r"Logz\.io: POST /v2/security/rules/events/search: 200, \d+ ms, \d+ bytes sent, \d+ received", shown)
    server.run("logzio-search-logs", query="type:falco", size="1")
    assert len(server.shown) >= 2 and all("token" not in one and simulated.operations_token not in one for one in server.shown)
    # The process lives on, and the next command is not in debug mode.
    server.debug_mode, server.shown = False, []
    server.fetch()
    assert server.shown == []


def test_a_runner_s_requests_are_shown_too_without_headers(simulated: Simulated, runner: str) -> None:
    server = Server(simulated.params(fetch_time="1 day", runner_url=runner, runner_credentials={"password": "bearer-canary"}))
    server.debug_mode = True
    server.fetch()
    (shown,) = server.shown
    assert re.fullmatch(r"Logz\.io: POST /v1/fetch-incidents: 200, \d+ ms, \d+ bytes sent, \d+ received", shown)


def test_entries_with_logs_are_not_searched_for_indicators(simulated: Simulated) -> None:
    server = Server(simulated.params(fetch_time="1 day"))
    event = server.fetch()[0]["dbotMirrorId"]
    server.run("logzio-search-logs", query="*", size="100")
    server.run("logzio-get-logs-by-event-id", id=event)
    server.run("logzio-hunt-indicators", user="grace", from_time="-1d")
    assert server.searched == []


@pytest.mark.parametrize(
    ("argument", "given", "values"),
    [
        ("url", "http://a.example/x,y,z", ["http://a.example/x,y,z"]),
        ("url", "http://a.example/x,y,https://b.example/?q=1,2", ["http://a.example/x,y", "https://b.example/?q=1,2"]),
        ("url", "hxxp[:]//a[.]example/1,b.html,hxxps://c.example", ["hxxp[:]//a[.]example/1,b.html", "hxxps://c.example"]),
        ("url", '["http://a.example/1,b.html", "http://c.example"]', ["http://a.example/1,b.html", "http://c.example"]),
        ("url", ["http://a.example/1,2"], ["http://a.example/1,2"]),
        ("indicators", "http://maps.example/@40.7,-74.0,12z", ["http://maps.example/@40.7,-74.0,12z"]),
        (
            "indicators",
            "http://a.example/x,y,203.0.113.9, evil[.]example,me@b.example,http://c.example/1,2,198.51.100.0/24",
            ["http://a.example/x,y", "203.0.113.9", "evil[.]example", "me@b.example", "http://c.example/1,2", "198.51.100.0/24"],
        ),
        ("indicators", "http://a.example/,d41d8cd98f00b204e9800998ecf8427e", ["http://a.example/", "d41d8cd98f00b204e9800998ecf8427e"]),
        ("indicators", "203.0.113.9,,evil.example, ", ["203.0.113.9", "evil.example"]),
        ("user", "grace,heidi", ["grace", "heidi"]),
    ],
)
def test_a_comma_in_a_url_is_a_part_of_it(argument: str, given: Any, values: list[str]) -> None:
    script = load_script()
    pattern = script["URL"] if argument == "url" else script["INDICATOR"]
    assert script["separated"]({argument: given}, argument, pattern) == values


def test_a_url_with_a_comma_is_hunted_for_whole(simulated: Simulated) -> None:
    server = Server(simulated.params())
    server.run("logzio-hunt-indicators", url="http://a.example/x,y", indicators="http://b.example/1,2", from_time="-1h", size="0")
    assert {one["Indicator"] for one in server.context.get("Logzio.Hunt")} == {"http://a.example/x,y", "http://b.example/1,2"}


def test_a_hunt_puts_so_many_logs_into_the_context_and_all_into_the_file(
    simulated: Simulated, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    addresses = ",".join(f"203.0.113.{number}" for number in range(1, 16))
    hunted = {"user": "grace", "ip": addresses, "from_time": "-2d", "to_time": "-1h", "size": "50"}
    whole = Server(simulated.params())
    whole.run("logzio-hunt-indicators", **hunted)
    everything = whole.context.get("Logzio.Result")
    # The same script with a bound that the simulated logs reach.
    text = SCRIPT.read_text(encoding="utf-8")
    assert text.count("MOST_HUNT_LOGS = 1_000") == 1
    script = tmp_path / SCRIPT.name
    script.write_text(text.replace("MOST_HUNT_LOGS = 1_000", "MOST_HUNT_LOGS = 20"), encoding="utf-8")
    script.with_suffix(".yml").write_text(SCRIPT.with_suffix(".yml").read_text(encoding="utf-8"), encoding="utf-8")
    server = Server(simulated.params(), script=script)
    entry, file = server.run("logzio-hunt-indicators", **hunted)
    kept = server.context.get("Logzio.Result")
    assert len(kept) == 20 and len(entry["Contents"]) == 20 and len(everything) > 60
    lines = Path(file["FileID"]).read_text(encoding="utf-8").splitlines()
    assert {json.loads(line)["_id"] for line in lines} == {one["_id"] for one in everything}
    warning = f"20 of {len(everything)} logs are in the context"
    assert warning in entry["HumanReadable"] and warning in str(server.context.get("Logzio.HuntReport.Warnings"))
    # Some of each indicator are among them.
    seen = [one["Indicator"] for one in server.context.get("Logzio.Hunt") if one["Hits"]]
    assert all(any(name in json.dumps(log) for log in kept) for name in seen)


@pytest.mark.parametrize(
    ("args", "inside", "outside"),
    [
        ({"internal_domains": "(fernwood.example|test.com)"}, ["pc1.fernwood.example", "fernwood.example", "A.TEST.com"], ["pc1", "x.other.example"]),
        ({"internal_domains": "fernwood.example|test.com"}, ["pc1.fernwood.example"], ["fernwoodxexample", "pc1.fernwood.example.evil"]),
        ({"internal_domains": "fernwood.example, .test.com"}, ["a.test.com"], ["btest.com"]),
        ({"internal_domains": r"(fern\w+|test)\.example"}, ["pc.fernwood.example", "a.test.example"], ["pc.fernwood.examples", "x.other.example"]),
        ({"internal_host_regex": r"\w+-\d+"}, ["pc-12", "pc-12.corp.example"], ["pc.corp.example", "-12"]),
        ({"internal_host_regex": r"\w{6}\d{1}"}, ["testpc1", "testpc12"], ["tpc1"]),
        ({"internal_host_regex": r"pc-\d+$"}, ["pc-1"], ["pc-1.corp.example"]),
        ({"internal_domains": "(corp.example)", "internal_host_regex": "pc-"}, ["pc-1", "a.corp.example"], ["a.example"]),
    ],
)
def test_internal_hosts_are_those_that_the_earlier_playbook_took(args: dict[str, str], inside: list[str], outside: list[str]) -> None:
    is_internal = load_script()["internal_hosts"](args)
    assert [host for host in inside + outside if is_internal(host)] == inside


@pytest.mark.parametrize("name", ["proxy", "insecure"])
def test_a_proxy_and_any_certificate_need_a_runner(simulated: Simulated, name: str) -> None:
    server = Server(simulated.params(**{name: True}))
    with pytest.raises(FetchFailed, match="Runner URL"):
        server.fetch()
    assert "logzio-soar serve" in told(server.run("logzio-search-logs"))


def test_through_a_runner_it_is_the_same(simulated: Simulated, runner: str) -> None:
    here = Server(simulated.params(fetch_time="1 day", fetch_count="200"))
    there = Server(simulated.params(fetch_time="1 day", fetch_count="200", runner_url=runner, proxy=True, insecure=True))
    assert there.test() == "ok"
    first, second = here.fetch(), there.fetch()
    assert len(first) == 200 and [one["dbotMirrorId"] for one in second][5:] == [one["dbotMirrorId"] for one in first][5:]
    for server in (here, there):
        server.run("logzio-get-logs-by-event-id", id=first[0]["dbotMirrorId"])
        server.run("logzio-hunt-indicators", user="grace", to_time="-1h", from_time="-1d")
    assert here.context.get("Logzio.Hunt") == there.context.get("Logzio.Hunt")
    assert "query-rejected" in told(there.run("logzio-search-logs", query="*x"))


def test_no_token_is_in_any_text(simulated: Simulated) -> None:
    canary = "canary-" + simulated.security_token
    texts = []
    for params in (
        simulated.params(security_credentials={"password": canary}),
        simulated.params(security_credentials={"password": canary + " x"}),
        simulated.params(security_credentials={"password": canary}, runner_url="http://127.0.0.1:9"),
        simulated.params(security_credentials={"password": canary}, proxy=True),
        simulated.params(security_credentials={"password": "canary"}, region="canary", url=""),
    ):
        server = Server(params)
        with pytest.raises(FetchFailed) as raised:
            server.fetch()
        texts += [str(raised.value), *server.logged, json.dumps(server.run("logzio-get-logs-by-event-id", id="x"))]
        texts += [json.dumps(server._run("test-module", {}).entries)]
    assert len(texts) >= 15 and all(text for text in texts)
    for text in texts:
        assert "canary" not in text and simulated.security_token not in text and simulated.operations_token not in text


def test_the_environment_of_the_container_is_not_looked_at(simulated: Simulated, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGZIO_SECURITY_TOKEN", simulated.security_token)
    with pytest.raises(FetchFailed, match="token"):
        Server({"url": simulated.url}).fetch()


def load_script() -> dict[str, Any]:
    """The script's functions, without running a command."""
    import runpy

    from demistomock import SCRIPT

    return runpy.run_path(str(SCRIPT), run_name="logzio_soar_script")


def incident_of(raw: Any, **more: Any) -> Any:
    from logzio_soar import Incident, Severity

    fields: dict[str, Any] = {
        "id": "e1",
        "rule_id": None,
        "name": "rule",
        "description": None,
        "summary": None,
        "severity": Severity.UNCLASSIFIED,
        "occurred_text": "2026-11-22T08:00:00.000Z",
        "window": None,
        "group_by": {},
        "tags": [],
        "mitre_tags": [],
        "muted": False,
        "raw_text": json.dumps(raw),
        "logs_text": [],
        "defects": [],
    }
    return Incident(**(fields | more))
