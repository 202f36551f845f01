"""From the earlier pack to this one, and back, on the same instance: no incident is lost, none comes twice."""

from __future__ import annotations

import json
import time
import urllib.request
from typing import Any

import pytest
from conftest import Simulated
from demistomock import FetchFailed, Server

MARK = 0.1


class EarlierPack:
    """How the earlier pack fetches, as far as it matters here. A model of it, which follows these rules of the real one:

    - One page, oldest first, from its mark to three minutes ago; the mark then lies 0.1 s behind the last event of the page.
    - It changes the last run that it was given: whatever else is in there stays.
    - Without a mark it starts at the first fetch time, and stores the later one of that and an hour ago.
    """

    def __init__(self, simulated: Simulated, last_run: dict[str, Any], page: int = 50) -> None:
        self.simulated, self.last_run, self.page = simulated, dict(last_run), page
        self.skipped: list[tuple[float, float]] = []
        """What it never asks for: the times between the last event of a page and its mark."""

    def fetch(self) -> list[str]:
        if not self.last_run.get("last_fetch"):
            self.last_run["last_fetch"] = max(time.time() - 3600, time.time() - 3600)
        body = {
            "pagination": {"pageNumber": 1, "pageSize": self.page},
            "sort": [{"field": "DATE", "descending": False}],
            "filter": {"timeRange": {"fromDate": self.last_run["last_fetch"], "toDate": time.time() - 180}},
        }
        request = urllib.request.Request(
            f"{self.simulated.url}/v2/security/rules/events/search",
            json.dumps(body).encode(),
            {"X-API-TOKEN": self.simulated.security_token, "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request) as answer:
            # The simulator reads whole seconds, as the API's description says, so this drops what the mark excludes.
            rows = [row for row in json.load(answer)["results"] if row["eventDate"] >= self.last_run["last_fetch"]]
        if rows:
            last = rows[-1]["eventDate"]
            self.last_run["last_fetch"] = last + MARK
            self.skipped.append((last, last + MARK))
        return [row["alertEventId"] for row in rows]


def fetched(server: Server, most: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for _ in range(most):
        page = server.fetch()
        found += page
        if not page:
            break
    return found


def all_events(simulated: Simulated, start: float) -> dict[str, float]:
    """Every event from then on, and its time, by a fetch from the start that is proved elsewhere."""
    server = Server(simulated.params(fetch_time=f"{start:.0f}", fetch_count="200"))
    return {one["dbotMirrorId"]: json.loads(one["rawJSON"])["eventDate"] for one in fetched(server, 50)}


def test_the_last_run_of_the_earlier_pack_is_gone_on_from(simulated: Simulated) -> None:
    start = time.time() - 86_400
    due = all_events(simulated, start)
    earlier = EarlierPack(simulated, {"last_fetch": float(round(start))})
    before = [one for _ in range(3) for one in earlier.fetch()]
    mark = earlier.last_run["last_fetch"]
    # The instance keeps its parameters, and the server its last run.
    server = Server(simulated.old_params(), last_run=earlier.last_run, defaults=False)
    after = [one["dbotMirrorId"] for one in fetched(server, 50)]
    assert len(before) > 50 and len(after) > 50
    assert len(set(before + after)) == len(before + after), "an incident came twice"
    # What the earlier pack skipped within its 0.1 s is behind its mark, and not this pack's to repeat.
    assert {one for one, at in due.items() if at >= mark} <= set(after), "an incident was lost"
    assert all(due.get(one, mark) >= mark - 0.001 for one in after)
    assert server.last_run["last_fetch"] == pytest.approx(max(due[one] for one in after if one in due) + MARK, abs=5)


def test_going_back_goes_on_where_this_pack_ended(simulated: Simulated) -> None:
    start = time.time() - 86_400
    due = all_events(simulated, start)
    server = Server(simulated.old_params(look_back="0"), last_run={"last_fetch": float(round(start))}, defaults=False)
    here = [one["dbotMirrorId"] for one in fetched(server, 3)]
    earlier = EarlierPack(simulated, server.last_run, page=1000)
    there = earlier.fetch()
    assert len(here) == 150 and len(there) > 50 and not set(here) & set(there)
    mark = server.last_run["last_fetch"]
    assert {one for one, at in due.items() if at >= mark} <= set(there)
    assert mark == pytest.approx(max(due[one] for one in here if one in due) + MARK, abs=0.002)


def is_in(at: float, intervals: list[tuple[float, float]]) -> bool:
    return any(start <= at < end for start, end in intervals)


@pytest.mark.parametrize("look_back", ["", "0", "60"])
def test_a_drill_there_and_back_and_there_again_loses_and_repeats_nothing(simulated: Simulated, look_back: str) -> None:
    start = float(round(time.time() - 2 * 86_400))
    due = all_events(simulated, start)
    earlier = EarlierPack(simulated, {"last_fetch": start})
    came = earlier.fetch()
    marks: list[tuple[float, float]] = []
    for most in (1, 2):
        # The same instance, with the parameters and the last run that it has.
        server = Server(simulated.old_params(look_back=look_back), last_run=earlier.last_run, defaults=False)
        came += [one["dbotMirrorId"] for one in fetched(server, most)]
        # Whoever goes back in the middle has the earlier pack's 0.1 s from there, too.
        mark = server.last_run["last_fetch"]
        marks.append((mark - MARK - 0.002, mark))
        earlier.last_run = server.last_run
        came += earlier.fetch() + earlier.fetch()
        assert "logzio_soar" in earlier.last_run, "the earlier pack keeps what is not its own"
    server = Server(simulated.old_params(look_back=look_back), last_run=earlier.last_run, defaults=False)
    came += [one["dbotMirrorId"] for one in fetched(server, 50)]
    assert len(came) > 420, "the drill has too few incidents"
    assert len(set(came)) == len(came), "an incident came twice"
    lost = {one: at for one, at in due.items() if one not in set(came) and not is_in(at, earlier.skipped + marks)}
    assert lost == {}, "an incident was lost"
    assert sum(is_in(at, earlier.skipped + marks) for at in due.values()) < 30, "too much is excused"


def test_what_the_earlier_pack_fetched_in_between_does_not_come_again(simulated: Simulated) -> None:
    start = float(round(time.time() - 2 * 86_400))
    server = Server(simulated.old_params(), last_run={"last_fetch": start}, defaults=False)
    here = [one["dbotMirrorId"] for one in fetched(server, 1)]
    earlier = EarlierPack(simulated, server.last_run)
    there = [one for _ in range(4) for one in earlier.fetch()]
    again = Server(simulated.old_params(), last_run=earlier.last_run, defaults=False)
    after = [one["dbotMirrorId"] for one in fetched(again, 50)]
    assert len(there) == 200 and not set(there) & set(after) and not set(here) & set(after)


def test_a_change_over_that_fails_at_first_loses_nothing(simulated: Simulated) -> None:
    last_run = {"last_fetch": time.time() - 86_400}
    server = Server(simulated.old_params(time_budget="2"), last_run=last_run, defaults=False)
    url, server.params["url"] = server.params["url"], "http://127.0.0.1:9"
    for _ in range(3):
        with pytest.raises(FetchFailed):
            server.fetch()
        assert server.last_run == last_run
    server.params["url"] = url
    ids = [one["dbotMirrorId"] for one in fetched(server, 50)]
    assert set(all_events(simulated, last_run["last_fetch"] + 1)) <= set(ids)


def test_an_instance_without_the_new_parameters_works(simulated: Simulated) -> None:
    server = Server(simulated.old_params(fetch_time="1 day"), defaults=False)
    assert server.test() == "ok" and len(server.fetch()) == 50
    server.run("logzio-hunt-indicators", user="grace", from_time="-1d")
    assert server.context.get("Logzio.Hunt")


@pytest.mark.parametrize("mark", ["banana", -5, {"a": 1}])
def test_a_mark_that_cannot_be_read_is_told_and_not_passed_over(simulated: Simulated, mark: Any) -> None:
    server = Server(simulated.old_params(), last_run={"last_fetch": mark}, defaults=False)
    with pytest.raises(FetchFailed, match="last_fetch"):
        server.fetch()
    assert server.last_run == {"last_fetch": mark}
