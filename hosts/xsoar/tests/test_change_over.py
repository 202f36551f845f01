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
    """How the earlier pack fetches, as far as it matters here.

    One page, oldest first, from its mark to three minutes ago; the mark then lies 0.1 s behind the last event. A model of it,
    written from the description of its behaviour.
    """

    def __init__(self, simulated: Simulated, last_run: dict[str, Any], page: int = 50) -> None:
        self.simulated, self.last_run, self.page = simulated, dict(last_run), page

    def fetch(self) -> list[str]:
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
            # It replaces the last run as a whole.
            self.last_run = {"last_fetch": rows[-1]["eventDate"] + MARK}
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


def test_there_and_back_again(simulated: Simulated) -> None:
    earlier = EarlierPack(simulated, {"last_fetch": time.time() - 86_400})
    came = earlier.fetch()
    for _ in range(2):
        server = Server(simulated.old_params(look_back="0"), last_run=earlier.last_run, defaults=False)
        came += [one["dbotMirrorId"] for one in fetched(server, 1)]
        earlier.last_run = server.last_run
        came += earlier.fetch()
        # The earlier pack dropped what is not its own, so its mark is what counts.
        assert set(earlier.last_run) == {"last_fetch"}
    assert len(came) > 200 and len(set(came)) == len(came)


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
