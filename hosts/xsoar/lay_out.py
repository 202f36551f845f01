"""Lays out the pack as a content repository: python lay_out.py FOLDER [--in-place] [--image NAME].

The pack has ids, commands, an incident type and fields of its own, so that it can be tried beside the earlier Logz.io pack: where
two packs define one of these, a server lets the last one decide, and runs a command on the instances of both. With --in-place it
has those of the earlier pack: installed, it is a newer version of it, and instances, their parameters and their last run stay.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
from pathlib import Path

import logo
import runner_client

HERE = Path(__file__).parent
PACK, IN_PLACE_PACK = "LogzioSoar", "Logzio"
# XSOAR's own image for Python, which every server has, as the manifest names it.
IMAGE = "demisto/python3:3.12.12.6947692"
# Our ids, and the earlier pack's.
IDS = {
    "LogzioSoar": "Logz.io",
    "Logz.io SOAR - Classifier": "Logz.io",
    "Logz.io SOAR - Incoming Mapper": "Logz.io-mapper",
    "Logz.io SOAR Alert": "Logz.io Alert",
    "Logz.io SOAR - Handle Alert": "Logz.Io Handle Alert",
    "Logz.io SOAR - Hunt Indicators": "Logz.io Indicator Hunting",
    "Logz.io SOAR - Test": "Logzio - Test",
    "Logz.io Cloud SIEM (logzio-soar)": "Logz.io",
}
INCIDENT_TYPE, OWN_INCIDENT_TYPE = "Logz.io Alert", "Logz.io SOAR Alert"
COMMAND = re.compile(r"\blogzio-(?=(search-logs|get-logs-by-event-id|find-fields|hunt-indicators|reset-fetch)\b)")
TEXTS = (".yml", ".json", ".md", ".py", "")


def lay_out(repository: Path, in_place: bool, image: str) -> Path:
    """Writes Packs/… with all that the layout asks for: the pack's folder."""
    pack = repository / "Packs" / (IN_PLACE_PACK if in_place else PACK)
    shutil.rmtree(pack, ignore_errors=True)
    shutil.copytree(HERE / "Packs" / PACK, pack, ignore=shutil.ignore_patterns("__pycache__"))
    integration = pack / "Integrations" / PACK
    (integration / f"{PACK}_image.png").write_bytes(logo.png())
    manifest = integration / f"{PACK}.yml"
    manifest.write_text(manifest.read_text(encoding="utf-8").replace(IMAGE, image), encoding="utf-8")
    names = IDS if in_place else own_names(pack)
    for file in (one for one in pack.rglob("*") if one.is_file() and one.suffix in TEXTS):
        # The script has no ids in it, and names the class LogzioSoar of the package.
        if not (in_place and file.suffix == ".py"):
            text = renamed(file.read_text(encoding="utf-8"), names)
            file.write_text(text if in_place else COMMAND.sub("logzio-soar-", text), encoding="utf-8")
    script = integration / f"{PACK}.py"
    script.write_text(runner_client.put_into(script.read_text(encoding="utf-8")), encoding="utf-8")
    return pack


def own_names(pack: Path) -> dict[str, str]:
    """The incident type and the fields of the pack, which are the earlier pack's, and what they are called beside it."""
    names = {INCIDENT_TYPE: OWN_INCIDENT_TYPE}
    for file in (pack / "IncidentFields").iterdir():
        field = json.loads(file.read_text(encoding="utf-8"))
        own = field["cliName"].replace("logzio", "logziosoar")
        names |= {field["cliName"]: own, f"incident_{field['cliName']}": f"incident_{own}"}
        names[field["name"]] = f"Logz.io SOAR {field['name'].split(' ', 1)[1]}"
    return names


def renamed(text: str, names: dict[str, str]) -> str:
    """The text with other names."""
    whole = "|".join(rf"\b{re.escape(one)}(?!\w)" for one in sorted(names, key=len, reverse=True))
    return re.sub(whole, lambda match: names[match[0]], text)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition(":")[0])
    parser.add_argument("folder", type=Path, help="where the content repository is laid out")
    parser.add_argument("--in-place", action="store_true", help="with the ids of the earlier pack")
    parser.add_argument("--image", default=IMAGE, help="the image that the integration runs in")
    asked = parser.parse_args()
    print(lay_out(asked.folder, asked.in_place, asked.image))
