"""The pack in the place of the earlier one has that one's ids, all of them, and still hangs together."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest
import yaml
from conftest import HERE, Simulated
from demistomock import Server
from playbook import Playbook

sys.path.insert(0, str(HERE))
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
    # The last version of the earlier pack that is known.
    version = json.loads((in_place / "pack_metadata.json").read_text(encoding="utf-8"))["currentVersion"]
    assert tuple(map(int, version.split("."))) > (1, 1, 27)


def test_beside_the_earlier_pack_only_what_has_to_be_shared_is(tmp_path: Path, in_place: Path) -> None:
    own = lay_out(tmp_path / "own", in_place=False, image=IMAGE)
    shared = ids(own) & ids(in_place)
    assert "Logz.io Alert" in shared and all(one.startswith("incident_") for one in shared - {"Logz.io Alert"})
    assert next(own.glob("Integrations/*/*_image.png")).stat().st_size < 10_000


def test_in_place_the_playbooks_find_the_brand(in_place: Path, simulated: Simulated) -> None:
    (hunt,) = (one for one in in_place.glob("Playbooks/*.yml") if "Hunt" in one.name)
    for brand, is_hunted in (("Logz.io", True), ("LogzioSoar", False)):
        went = Playbook(hunt, Server(simulated.params()), brands=[brand]).run(IPAddress="203.0.113.9")
        assert ("Hunt" in went) is is_hunted
