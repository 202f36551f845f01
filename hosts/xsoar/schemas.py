"""Holds every item of a pack to the schema that demisto-sdk ships for its kind: python schemas.py PACK, with its Python."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import demisto_sdk
import yaml
from pykwalify.core import Core
from pykwalify.errors import PyKwalifyException

SCHEMAS = Path(demisto_sdk.__file__).parent / "commands/common/schemas"
KINDS = {
    "Integrations/*/*.yml": "integration",
    "Playbooks/*.yml": "playbook",
    "TestPlaybooks/*.yml": "playbook",
    "IncidentFields/*.json": "incidentfield",
    "IncidentTypes/*.json": "incidenttype",
    "Layouts/*.json": "layoutscontainer",
    "Classifiers/classifier-mapper*.json": "mapper",
    "Classifiers/classifier-[!m]*.json": "classifier",
}


def wrong(file: Path, schema: str) -> str | None:
    """What does not fit, if anything."""
    text = file.read_text(encoding="utf-8")
    document: Any = json.loads(text) if file.suffix == ".json" else yaml.safe_load(text)
    try:
        Core(source_data=document, schema_files=[str(SCHEMAS / f"{schema}.yml")]).validate(raise_exception=True)
    except PyKwalifyException as error:
        return str(error)
    return None


def main(pack: Path) -> int:
    count, failed = 0, 0
    for pattern, schema in KINDS.items():
        files = sorted(pack.glob(pattern))
        if not files:
            print(f"{pattern}: the pack has none", file=sys.stderr)
            failed += 1
        for file in files:
            count += 1
            if error := wrong(file, schema):
                failed += 1
                print(f"{file.relative_to(pack)} does not fit {schema}.yml: {error}", file=sys.stderr)
    print(f"schemas: {count - failed} items fit, {failed} do not")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
