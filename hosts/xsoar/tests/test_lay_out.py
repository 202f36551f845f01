"""The pack in the place of the earlier one has that one's ids, all of them, and still hangs together."""

from __future__ import annotations

import json
import re
import runpy
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import HERE, Simulated
from demistomock import SCRIPT, Server
from playbook import Playbook

sys.path.insert(0, str(HERE))
import runner_client  # noqa: E402
from lay_out import IDS, IMAGE, lay_out  # noqa: E402

TEXTS = (".yml", ".json", ".md")


@pytest.fixture
def in_place(tmp_path: Path) -> Path:
    return lay_out(tmp_path, in_place=True, image="registry.example/it:1")


def ids(pack: Path) -> set[str]:
    found = {yaml.safe_load(one.read_text(encoding="utf-8"))["id"] for one in pack.glob("*laybooks/*.yml")}
    folders = ("Classifiers", "Layouts", "IncidentTypes", "IncidentFields")
    found |= {json.loads(one.read_text(encoding="utf-8"))["id"] for folder in folders for one in (pack / folder).iterdir()}
    (manifest,) = pack.glob("Integrations/*/*.yml")
    return found | {yaml.safe_load(manifest.read_text(encoding="utf-8"))["commonfields"]["id"]}


def test_in_place_every_id_is_the_earlier_pack_s(in_place: Path) -> None:
    assert in_place.name == "Logzio"
    earlier = {"Logz.io", "Logz.io-mapper", "Logz.io Alert", "Logz.Io Handle Alert", "Logz.io Indicator Hunting", "Logzio - Test"}
    assert {one for one in ids(in_place) if not one.startswith("incident_")} == earlier
    for file in (one for one in in_place.rglob("*") if one.suffix in TEXTS):
        for ours in IDS:
            assert not re.search(rf"\b{re.escape(ours)}(?!\w)", file.read_text(encoding="utf-8")), (file.name, ours)
    kind = json.loads(next(in_place.glob("IncidentTypes/*")).read_text(encoding="utf-8"))
    assert (kind["playbookId"], kind["layout"]) == ("Logz.Io Handle Alert", "Logz.io Alert")
    manifest = yaml.safe_load(next(in_place.glob("Integrations/*/*.yml")).read_text(encoding="utf-8"))
    assert (manifest["defaultclassifier"], manifest["defaultmapperin"]) == ("Logz.io", "Logz.io-mapper")
    assert manifest["script"]["dockerimage"] == "registry.example/it:1"
    names = {one["name"] for one in manifest["script"]["commands"]}
    assert {"logzio-search-logs", "logzio-get-logs-by-event-id"} <= names
    assert '"logzio-search-logs": search_logs' in next(in_place.glob("Integrations/*/LogzioSoar.py")).read_text(encoding="utf-8")
    # The last version of the earlier pack that is known.
    version = json.loads((in_place / "pack_metadata.json").read_text(encoding="utf-8"))["currentVersion"]
    assert tuple(map(int, version.split("."))) > (1, 1, 27)


@pytest.fixture
def own(tmp_path: Path) -> Path:
    return lay_out(tmp_path / "own", in_place=False, image=IMAGE)


def named(pack: Path) -> set[str]:
    """All that two packs must not share: names of items and of fields on the command line, and commands."""
    folders = ("Classifiers", "Layouts", "IncidentTypes", "IncidentFields")
    items = [json.loads(one.read_text(encoding="utf-8")) for folder in folders for one in (pack / folder).iterdir()]
    manifest = yaml.safe_load(next(pack.glob("Integrations/*/*.yml")).read_text(encoding="utf-8"))
    found = {one[key] for one in items for key in ("name", "cliName") if key in one} | {manifest["display"]}
    found |= {yaml.safe_load(one.read_text(encoding="utf-8"))["name"] for one in pack.glob("*laybooks/*.yml")}
    return found | {one["name"] for one in manifest["script"]["commands"]}


def test_beside_the_earlier_pack_nothing_is_shared(own: Path, in_place: Path) -> None:
    assert len(ids(own)) == 20 and not ids(own) & ids(in_place)
    assert len(named(own)) >= 30 and not named(own) & named(in_place)
    assert next(own.glob("Integrations/*/*_image.png")).stat().st_size < 10_000
    # Nothing in it refers to what it does not have.
    shared = "|".join(re.escape(one) for one in named(in_place) - {"Logz.io"})
    for file in (one for one in own.rglob("*") if one.is_file() and one.suffix in (*TEXTS, ".py", "") and "_test" not in one.stem):
        if found := re.search(rf"(?<![\w.-])({shared})(?![\w-])", file.read_text(encoding="utf-8")):
            raise AssertionError((file.name, found[0]))


def test_beside_the_earlier_pack_it_works(own: Path, simulated: Simulated) -> None:
    script = own / "Integrations/LogzioSoar/LogzioSoar.py"
    server = Server(simulated.params(fetch_time="1 day"), script=script)
    (incident, *_) = server.fetch()
    (handle,) = (one for one in own.glob("Playbooks/*.yml") if "Handle" in one.name)
    fields = json.loads(next(own.glob("Classifiers/*mapper*")).read_text(encoding="utf-8"))["mapping"]["Logz.io SOAR Alert"]
    assert fields["internalMapping"]["Logz.io SOAR Alert Event ID"]["simple"] == "alertEventId"
    went = Playbook(handle, server, {"logziosoaralerteventid": incident["dbotMirrorId"]}).run()
    assert went[-1] == "Done" and server.context.get("Logzio.Search.EventID") == incident["dbotMirrorId"]


def test_beside_the_earlier_pack_no_playbook_runs_on_the_instance_of_the_other(own: Path, in_place: Path, simulated: Simulated) -> None:
    script = "Integrations/LogzioSoar/LogzioSoar.py"
    trial, production = (Server(simulated.params(), script=one / script) for one in (own, in_place))
    for pack, server, other in ((own, trial, production), (in_place, production, trial)):
        (handle,) = (one for one in pack.glob("Playbooks/*.yml") if "Handle" in one.name)
        incident = {"logzioalerteventid": "an-event", "logziosoaralerteventid": "an-event"}
        Playbook(handle, server, incident, others=[other]).run()
        assert len(server.ran) == 1 and other.ran == []
        server.ran.clear()


def test_the_extraction_of_the_incident_type_is_the_earlier_pack_s(in_place: Path) -> None:
    kind = json.loads(next(in_place.glob("IncidentTypes/*")).read_text(encoding="utf-8"))
    assert "extractSettings" not in kind


def test_the_script_holds_the_runner_s_client_of_the_package(own: Path) -> None:
    script = (own / "Integrations/LogzioSoar/LogzioSoar.py").read_text(encoding="utf-8")
    held = load(own / "Integrations/LogzioSoar/LogzioSoar.py")["RUNNER_CLIENT"]
    assert held == runner_client.modules() and list(held)[-1] == "remote" and "sandbox" not in held
    assert script.count("class RemoteLogzioSoar") == 1


def test_a_module_that_needs_more_than_python_has_is_refused(tmp_path: Path) -> None:
    (tmp_path / "remote.py").write_text("from . import other\n", encoding="utf-8")
    (tmp_path / "other.py").write_text("import requests\n", encoding="utf-8")
    with pytest.raises(ValueError, match="other.py imports .*requests"):
        runner_client.modules(tmp_path)
    for text in ('a = "' + "'" * 3 + '"\n', "# \\"):
        (tmp_path / "other.py").write_text(text, encoding="utf-8")
        with pytest.raises((ValueError, SyntaxError)):
            runner_client.put_into(runner_client.PLACE, tmp_path)


def test_the_image_to_build_is_made_from_the_one_that_the_manifest_names() -> None:
    assert f"ARG BASE={IMAGE}\n" in (HERE / "Dockerfile").read_text(encoding="utf-8")
    assert IMAGE in SCRIPT.with_suffix(".yml").read_text(encoding="utf-8")


def load(script: Path) -> dict[str, Any]:
    return runpy.run_path(str(script), run_name="the_script")


def test_in_place_the_playbooks_find_the_brand(in_place: Path, simulated: Simulated) -> None:
    (hunt,) = (one for one in in_place.glob("Playbooks/*.yml") if "Hunt" in one.name)
    for brand, is_hunted in (("Logz.io", True), ("LogzioSoar", False)):
        went = Playbook(hunt, Server(simulated.params()), brands=[brand]).run(IPAddress="203.0.113.9")
        assert ("Hunt" in went) is is_hunted
