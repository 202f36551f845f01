"""What a server, and people, find in the pack fits together, and with what the earlier pack's users rely on."""

from __future__ import annotations

import ast
import json
import os
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml
from conftest import HERE, Simulated
from demistomock import SCRIPT, Server

from logzio_soar import IndicatorKind, LogzioSoar

PACK = HERE / "Packs/LogzioSoar"
MANIFEST = yaml.safe_load(SCRIPT.with_suffix(".yml").read_text(encoding="utf-8"))
COMMANDS = {one["name"]: one for one in MANIFEST["script"]["commands"]}
FIELDS = [json.loads(one.read_text(encoding="utf-8")) for one in sorted(PACK.glob("IncidentFields/*.json"))]

# What playbooks, automations and instances of the earlier pack refer to.
PARAMETERS = {"isFetch", "incidentType", "security_api_token", "operational_api_token", "region", "search", "severities"}
PARAMETERS |= {"fetch_time", "fetch_count", "insecure", "proxy"}
ARGUMENTS = {
    "logzio-search-logs": {"query", "size", "from_time", "to_time", "timeout"},
    "logzio-get-logs-by-event-id": {"id", "size", "timeout"},
}
OUTPUTS = {"Logzio.Result", "Logzio.Result.type", "Logzio.Result.timestamp"}
MAPPED = {"alertId": "logzioalertid", "alertEventId": "logzioalerteventid", "alertSummary": "logzioalertsummary"}
MAPPED |= {"tags": "logziotags"}
INPUTS = {"MD5", "SHA1", "SHA256", "IPAddress", "URLDomain", "LogzioMD5Field", "LogzioSHA1Field", "LogzioSHA256Field"}
INPUTS |= {"LogzioIPField", "LogzioURLDomainField", "earliest_time", "latest_time", "event_limit", "IPFieldsToReturn"}
INPUTS |= {"UserFieldsToReturn", "HostFieldsToReturn", "InternalIPRange", "InternalDomainName", "InternalHostRegex"}


def load(pattern: str) -> dict[str, Any]:
    (file,) = PACK.glob(pattern)
    return dict(json.loads(file.read_text(encoding="utf-8")))


def test_what_the_earlier_pack_s_users_refer_to_is_there() -> None:
    parameters = {one["name"]: one for one in MANIFEST["configuration"]}
    assert PARAMETERS <= set(parameters)
    assert {"us", "eu", "wa", "nl", "ca", "au", "uk"} <= set(parameters["region"]["options"])
    for name, arguments in ARGUMENTS.items():
        assert arguments <= {one["name"] for one in COMMANDS[name]["arguments"]}
        assert OUTPUTS <= {one["contextPath"] for one in COMMANDS[name]["outputs"]}
    assert load("IncidentTypes/*.json")["id"] == "Logz.io Alert"
    fields = {one["cliName"]: one for one in FIELDS}
    mapping = load("Classifiers/classifier-mapper*.json")["mapping"]["Logz.io Alert"]["internalMapping"]
    for key, field in MAPPED.items():
        assert mapping[fields[field]["name"]]["simple"] == key
    assert mapping["details"]["simple"] == "description"
    hunt = yaml.safe_load((PACK / "Playbooks/playbook-Logz.io_SOAR_-_Hunt_Indicators.yml").read_text(encoding="utf-8"))
    assert INPUTS <= {one["key"] for one in hunt["inputs"]}


def test_the_ids_are_not_those_of_the_earlier_pack() -> None:
    ids = {MANIFEST["commonfields"]["id"], load("Layouts/*.json")["id"]}
    ids |= {load("Classifiers/classifier-L*.json")["id"], load("Classifiers/classifier-mapper*.json")["id"]}
    ids |= {yaml.safe_load(one.read_text(encoding="utf-8"))["id"] for one in PACK.glob("*laybooks/*.yml")}
    taken = {"Logz.io", "Logz.io-mapper", "Logz.io Alert", "Logz.Io Handle Alert", "Logz.io Indicator Hunting", "Logzio - Test"}
    assert len(ids) == 7 and not ids & taken


def test_items_refer_to_items_that_exist() -> None:
    kind, layout = load("IncidentTypes/*.json"), load("Layouts/*.json")
    playbooks = {yaml.safe_load(one.read_text(encoding="utf-8"))["id"] for one in PACK.glob("Playbooks/*.yml")}
    assert kind["playbookId"] in playbooks and kind["layout"] == layout["id"]
    assert MANIFEST["defaultclassifier"] == load("Classifiers/classifier-L*.json")["id"]
    mapper = load("Classifiers/classifier-mapper*.json")
    assert MANIFEST["defaultmapperin"] == mapper["id"]
    names = {one["name"] for one in FIELDS} | {"details"}
    assert set(mapper["mapping"]["Logz.io Alert"]["internalMapping"]) == names
    shown = {item["fieldId"] for tab in layout["detailsV2"]["tabs"] for one in tab.get("sections", []) for item in one.get("items", [])}
    assert {one["cliName"] for one in FIELDS} <= shown
    assert all(one["id"] == f"incident_{one['cliName']}" and one["cliName"].startswith("logzio") for one in FIELDS)
    assert not {one for one in shown if one.startswith("logzio")} - {one["cliName"] for one in FIELDS}


def test_the_mapper_reads_what_the_fetch_writes(simulated: Simulated) -> None:
    server = Server(simulated.params(fetch_time="1 day", fetch_count="200", attach_logs="1", include_muted=True))
    events = [json.loads(one["rawJSON"]) for one in server.fetch()]
    mapping = load("Classifiers/classifier-mapper*.json")["mapping"]["Logz.io Alert"]["internalMapping"]
    for field, rule in mapping.items():
        found = []
        for event in events:
            value: Any = event
            for key in rule["simple"].split("."):
                value = value[key] if isinstance(value, dict) and key in value else None
            found.append(value)
        if field != "Logz.io Defects":
            assert any(value is not False and value not in (None, "", []) for value in found), field
    assert all(isinstance(event["logzio_soar"]["defects"], list) for event in events)
    columns = {one["key"] for field in FIELDS for one in (field.get("columns") or [])}
    assert {key for event in events for row in event["logzio_soar"]["group_by"] for key in row} == columns


def test_the_script_does_what_the_manifest_says() -> None:
    tree = ast.parse(SCRIPT.read_text(encoding="utf-8"))
    texts = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    platform = {"incidentType", "incidentFetchInterval"}
    assert {one["name"] for one in MANIFEST["configuration"]} - platform <= texts
    assert set(COMMANDS) <= texts
    # Those by kind are made from the kind's name.
    kinds = {kind.value.replace("-", "_") for kind in IndicatorKind}
    by_kind = kinds | {f"{kind}_fields" for kind in kinds} | {"ip_fields_to_return"}
    for command in COMMANDS.values():
        assert {one["name"] for one in command["arguments"]} - by_kind <= texts
    hunt = {one["name"] for one in COMMANDS["logzio-hunt-indicators"]["arguments"]}
    assert by_kind <= hunt
    # It maps, and the package does the work. A script of XSOAR is one file.
    assert len(SCRIPT.read_text(encoding="utf-8").splitlines()) < 560


def test_the_manifest_has_what_the_component_describes() -> None:
    described = LogzioSoar(environment={}).describe()
    names = {"start": "fetch_time", "rule_name": "search", "limit": "fetch_count", "look_back_minutes": "look_back"}
    names |= {"security_token": "security_credentials", "operations_token": "operations_credentials"}
    names |= {"time_budget_ms": "time_budget"}
    parameters = {one["name"]: one for one in MANIFEST["configuration"]}
    for one in described.parameters:
        name = one.name.replace("-", "_")
        assert names.get(name, name) in parameters, one.name
    assert {one for p in described.parameters if p.name == "region" for one in p.options} <= set(parameters["region"]["options"])


def test_the_help_names_everything() -> None:
    readme = (SCRIPT.parent / "README.md").read_text(encoding="utf-8")
    for one in MANIFEST["configuration"]:
        assert f"| {one.get('display') or one['displaypassword']} |" in readme
    for command in COMMANDS.values():
        assert f"### {command['name']}\n" in readme
        section = readme.split(f"### {command['name']}\n")[1].split("\n### ")[0]
        for argument in command["arguments"]:
            assert f"| {argument['name']} |" in section
        for output in command.get("outputs", []):
            assert f"| {output['contextPath']} |" in section
    examples = (SCRIPT.parent / "command_examples").read_text(encoding="utf-8").splitlines()
    assert {one.split()[0].removeprefix("!") for one in examples} == set(COMMANDS)
    for playbook in PACK.glob("Playbooks/*.yml"):
        document = yaml.safe_load(playbook.read_text(encoding="utf-8"))
        text = playbook.with_name(playbook.stem + "_README.md").read_text(encoding="utf-8")
        for one in document["inputs"]:
            assert f"| {one['key']} |" in text
        for one in document["outputs"]:
            assert f"| {one['contextPath']} |" in text


def test_the_release_notes_are_of_the_current_version() -> None:
    version = json.loads((PACK / "pack_metadata.json").read_text(encoding="utf-8"))["currentVersion"]
    notes = (PACK / "ReleaseNotes" / f"{version.replace('.', '_')}.md").read_text(encoding="utf-8")
    for name in [MANIFEST["display"], *(one["name"] for one in FIELDS), *COMMANDS.keys() - ARGUMENTS.keys()]:
        assert name in notes


def test_every_command_leaves_what_the_manifest_says(simulated: Simulated) -> None:
    server = Server(simulated.params(fetch_time="1 day"))
    event = server.fetch()[0]["dbotMirrorId"]
    calls: dict[str, dict[str, str]] = {
        "logzio-search-logs": {"size": "20", "query": "type:falco"},
        "logzio-get-logs-by-event-id": {"id": event},
        "logzio-find-fields": {"from_time": "-2d"},
        "logzio-hunt-indicators": {"indicators": "203.0.113.9,0.0.0.0/0", "user": "grace"},
    }
    seldom = {"Logzio.HuntReport.Unfinished.Indicator", "Logzio.HuntReport.Unfinished.Kind", "Logzio.Search.NextPage"}
    for command, args in calls.items():
        server.context.data.clear()
        server.run(command, **args)
        for output in COMMANDS[command]["outputs"]:
            path = output["contextPath"]
            if path not in seldom:
                parent, _, name = path.rpartition(".")
                holder = server.context.get(parent)
                assert any(name in one for one in (holder if isinstance(holder, list) else [holder])), path


def test_the_picture_is_small(tmp_path: Path) -> None:
    drawn = runpy.run_path(str(HERE / "logo.py"))["png"]()
    assert drawn.startswith(b"\x89PNG") and len(drawn) < 10_000 and drawn[16:24] == bytes([0, 0, 0, 120, 0, 0, 0, 50])


def test_errors_name_the_parameters_as_the_panel_does() -> None:
    script = runpy.run_path(str(SCRIPT), run_name="the_script")
    labels = {one["name"]: one.get("display") or one["displaypassword"] for one in MANIFEST["configuration"]}
    names = {"security_token": "security_credentials", "operations_token": "operations_credentials"}
    assert script["LABELS"] == {name: labels[names.get(name, name)] for name in script["LABELS"]}


def test_a_command_after_the_first_of_a_process_does_not_compile(simulated: Simulated, tmp_path: Path) -> None:
    """As the container runs them: many in one process, in which nothing was compiled before."""
    tmp_path.chmod(0o700)
    program = (
        "import json, sys, time\n"
        "sys.path.insert(0, sys.argv[1])\n"
        "from demistomock import Server\n"
        "server = Server(json.loads(sys.argv[2]))\n"
        "for _ in range(4):\n"
        "    began = time.process_time(); server.fetch(); print(time.process_time() - began)\n"
    )
    command = [sys.executable, "-c", program, str(HERE / "doubles"), json.dumps(simulated.params(fetch_time="1 hour"))]
    environment = {"HOME": str(tmp_path), "PATH": os.environ["PATH"]}
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    first, *others = map(float, result.stdout.split())
    assert min(others) * 20 <= first, (first, others)
