"""Lays out the pack as a content repository: python lay_out.py FOLDER [--in-place] [--image NAME].

The pack has ids of its own, so that it can be installed beside the earlier Logz.io pack and tried. With --in-place it takes that
pack's ids instead: installed, it is a newer version of it, and instances, their parameters and their last run stay.
"""

from __future__ import annotations

import argparse
import re
import shutil
from pathlib import Path

import logo

HERE = Path(__file__).parent
PACK, IN_PLACE_PACK = "LogzioSoar", "Logzio"
IMAGE = "logzio-soar/xsoar-python3:0.1.0"
# Our ids, and the earlier pack's. The incident type and its fields have the same ones in both, as a server asks for.
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
_WHOLE = re.compile("|".join(rf"\b{re.escape(one)}(?!\w)" for one in sorted(IDS, key=len, reverse=True)))


def lay_out(repository: Path, in_place: bool, image: str) -> Path:
    """Writes Packs/… with all that the layout asks for: the pack's folder."""
    pack = repository / "Packs" / (IN_PLACE_PACK if in_place else PACK)
    shutil.rmtree(pack, ignore_errors=True)
    shutil.copytree(HERE / "Packs" / PACK, pack, ignore=shutil.ignore_patterns("__pycache__"))
    integration = pack / "Integrations" / PACK
    (integration / f"{PACK}_image.png").write_bytes(logo.png())
    manifest = integration / f"{PACK}.yml"
    manifest.write_text(manifest.read_text(encoding="utf-8").replace(IMAGE, image), encoding="utf-8")
    if in_place:
        for file in (one for one in pack.rglob("*") if one.suffix in (".yml", ".json", ".md")):
            file.write_text(renamed(file.read_text(encoding="utf-8")), encoding="utf-8")
    return pack


def renamed(text: str) -> str:
    """The text with the earlier pack's ids in the place of ours."""
    return _WHOLE.sub(lambda match: IDS[match[0]], text)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition(":")[0])
    parser.add_argument("folder", type=Path, help="where the content repository is laid out")
    parser.add_argument("--in-place", action="store_true", help="with the ids of the earlier pack")
    parser.add_argument("--image", default=IMAGE, help="the image that the integration runs in")
    asked = parser.parse_args()
    print(lay_out(asked.folder, asked.in_place, asked.image))
