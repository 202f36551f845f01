"""The playbooks, task by task, with the integration and a simulated Logz.io behind them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from conftest import HERE, Simulated
from demistomock import Server
from playbook import Playbook, PlaybookStopped

PACK = HERE / "Packs/LogzioSoar"
HANDLE = PACK / "Playbooks/playbook-Logz.io_SOAR_-_Handle_Alert.yml"
HUNT = PACK / "Playbooks/playbook-Logz.io_SOAR_-_Hunt_Indicators.yml"
TEST = PACK / "TestPlaybooks/playbook-Logz.io_SOAR_-_Test.yml"
ACTIVE = ["LogzioSoar"]
# Enough of them that users, hosts and addresses of either kind are in their logs, whenever the data was made.
ADDRESSES = ",".join(f"203.0.113.{number}" for number in range(1, 16))


def hunting(server: Server, brands: list[str] | None = None) -> Playbook:
    return Playbook(HUNT, server, brands=ACTIVE if brands is None else brands)


def test_an_alert_gets_its_logs_up_to_a_limit(simulated: Simulated) -> None:
    server = Server(simulated.params(fetch_time="1 day", fetch_count="200", attach_logs="3"))
    fetched = server.fetch()
    with_logs = next(one for one in fetched if '"logs": [{' in one["rawJSON"])
    incident = {"logzioalerteventid": with_logs["dbotMirrorId"]}
    went = Playbook(HANDLE, server, incident).run(LogLimit="1")
    assert went[-1] == "Done" and "Say that the logs are missing" not in went
    assert len(server.context.get("Logzio.Result")) == 1


def test_an_alert_whose_logs_cannot_be_read_goes_on_and_says_so(simulated: Simulated) -> None:
    server = Server(simulated.params(url="http://127.0.0.1:9", time_budget="1"))
    playbook = Playbook(HANDLE, server, {"logzioalerteventid": "an-event"})
    assert playbook.run(Timeout="")[-2:] == ["Say that the logs are missing", "Done"]
    assert "an-event" in playbook.said[0]


def test_an_incident_without_an_event_is_left_alone(simulated: Simulated) -> None:
    with pytest.raises(PlaybookStopped, match="AlertEventID"):
        Playbook(HANDLE, Server(simulated.params())).run()


def test_a_hunt_returns_users_hosts_and_addresses_once(simulated: Simulated) -> None:
    server = Server(simulated.params())
    went = hunting(server).run(IPAddress=ADDRESSES, URLDomain=["hxxp://evil[.]example/a"], earliest_time="-3d")
    assert went[-2:] == ["Hunt", "Done"]
    assert {one["Indicator"] for one in server.context.get("Logzio.Hunt")} == {*ADDRESSES.split(","), "http://evil.example/a"}
    for name in ("DetectedUsers", "DetectedInternalIPs", "DetectedExternalIPs", "DetectedInternalHosts"):
        values = server.context.get(f"Logzio.{name}")
        assert values and len(set(values)) == len(values), name
    assert server.context.get("Logzio.DetectedExternalHosts") == []


def test_both_ends_of_the_range_reach_the_hunt(simulated: Simulated) -> None:
    hits = []
    for times in ({"earliest_time": "-3d"}, {"earliest_time": "-3d", "latest_time": "-2d"}, {"earliest_time": "-2d"}):
        server = Server(simulated.params())
        hunting(server).run(IPAddress=ADDRESSES, **times)
        hits.append(sum(server.context.get("Logzio.Hunt.Hits")))
    # The present moves on between the hunts, and a log may be indexed meanwhile.
    assert hits[1] > 0 < hits[2] and abs(hits[0] - hits[1] - hits[2]) <= 5


@pytest.mark.parametrize(
    ("inputs", "path", "expected"),
    [
        ({"LogzioIPField": "no_such_field"}, "Logzio.Hunt.Hits", [0] * 15),
        ({"InternalDomainName": "other.example"}, "Logzio.DetectedInternalHosts", []),
        ({"InternalHostRegex": "nothing-is-called-so"}, "Logzio.DetectedInternalHosts", []),
        ({"HostFieldsToReturn": "no_such_field"}, "Logzio.DetectedInternalHosts", []),
        ({"UserFieldsToReturn": "no_such_field"}, "Logzio.DetectedUsers", []),
        ({"event_limit": "0"}, "Logzio.Result", None),
        ({"InternalIPRange": "0.0.0.0/1,128.0.0.0/1"}, "Logzio.DetectedExternalIPs", []),
    ],
)
def test_every_input_has_an_effect(simulated: Simulated, inputs: dict[str, str], path: str, expected: Any) -> None:
    plain, changed = Server(simulated.params()), Server(simulated.params())
    hunting(plain).run(IPAddress=ADDRESSES, earliest_time="-3d")
    hunting(changed).run(IPAddress=ADDRESSES, earliest_time="-3d", **inputs)
    assert changed.context.get(path) == expected
    assert plain.context.get(path) not in (expected, [], None)


def test_fields_to_return_are_looked_in_too(simulated: Simulated) -> None:
    hits = []
    for fields in ("no_such_field", "srcaddr,client.ip"):
        server = Server(simulated.params())
        hunting(server).run(IPAddress=ADDRESSES, LogzioIPField="none_such", IPFieldsToReturn=fields, earliest_time="-3d")
        hits.append(sum(server.context.get("Logzio.Hunt.Hits")))
    assert hits[0] == 0 < hits[1]


def test_a_hunt_that_fails_goes_on_and_says_so(simulated: Simulated) -> None:
    playbook = hunting(Server(simulated.params(url="http://127.0.0.1:9", time_budget="1")))
    assert playbook.run(MD5="d41d8cd98f00b204e9800998ecf8427e", Timeout="")[-2:] == ["Say that the hunt failed", "Done"]
    assert "Nothing is known" in playbook.said[0]


def test_nothing_is_hunted_without_an_instance_or_an_indicator(simulated: Simulated) -> None:
    for playbook, inputs in [
        (hunting(Server(simulated.params()), []), {"MD5": "d41d8cd98f00b204e9800998ecf8427e"}),
        (hunting(Server(simulated.params()), ["Another"]), {"MD5": "d41d8cd98f00b204e9800998ecf8427e"}),
        (hunting(Server(simulated.params())), {}),
    ]:
        went = playbook.run(**inputs)
        assert "Hunt" not in went and went[-1] == "Done"
        assert playbook.server.context.data == {}


def test_the_test_playbook_passes_and_notices_what_is_missing(simulated: Simulated) -> None:
    assert Playbook(TEST, Server(simulated.params())).run()[-1] == "Passed"
    with pytest.raises(PlaybookStopped):
        Playbook(TEST, Server(simulated.params(operations_credentials={"password": "nobody"}))).run()


def files() -> list[Path]:
    return sorted(PACK.glob("*laybooks/*.yml"))


@pytest.mark.parametrize("file", files(), ids=lambda file: file.stem)
def test_a_playbook_hangs_together(file: Path, simulated: Simulated) -> None:
    """Every task can be reached, every command, argument and input exists, and every input and output is used."""
    server = Server(simulated.params())
    document = Playbook(file, server).document
    tasks, text = document["tasks"], file.read_text(encoding="utf-8")
    reached, waiting = set(), [document["starttaskid"]]
    while waiting:
        if (number := waiting.pop()) not in reached:
            reached.add(number)
            waiting += [one for ones in tasks[number].get("nexttasks", {}).values() for one in ones]
    assert reached == set(tasks)
    assert len({task["taskid"] for task in tasks.values()}) == len(tasks)
    commands = {one["name"]: one for one in server.manifest["script"]["commands"]}
    paths = set()
    for task in tasks.values():
        if not (script := task["task"].get("script")):
            continue
        command = commands[script.removeprefix("|||")]
        paths |= {one["contextPath"] for one in command.get("outputs", [])}
        assert set(task["scriptarguments"]) <= {one["name"] for one in command["arguments"]}
        assert task.get("continueonerrortype") == "errorPath" or "Test" in file.stem
    names = {one["key"] for one in document["inputs"]}
    assert all(f"inputs.{name}\n" in text or f"inputs.{name}}}" in text for name in names)
    assert {one["contextPath"] for one in document["outputs"]} <= paths
