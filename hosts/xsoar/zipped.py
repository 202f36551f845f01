"""Looks into a zip that is to be uploaded: python zipped.py ZIP IMAGE."""

from __future__ import annotations

import ast
import base64
import json
import sys
import zipfile
from typing import Any

import yaml

FOLDERS = {"Classifiers": 2, "IncidentFields": 13, "IncidentTypes": 1, "Integrations": 1, "Layouts": 1, "Playbooks": 2}
FOLDERS |= {"ReleaseNotes": 1, "TestPlaybooks": 1}


def main(path: str, image: str) -> None:
    with zipfile.ZipFile(path) as archive:
        names = [name for name in archive.namelist() if not name.endswith("/")]
        found = {folder: sum(1 for name in names if name.startswith(f"{folder}/")) for folder in FOLDERS}
        if found != FOLDERS:
            raise SystemExit(f"{path} holds {found}, and {FOLDERS} is expected")
        if strange := [name for name in names if "test.py" in name or "__pycache__" in name or name.endswith(".wasm")]:
            raise SystemExit(f"{path} holds {strange}, which no server needs")
        metadata = json.loads(archive.read("metadata.json"))
        (name,) = [name for name in names if name.startswith("Integrations/")]
        integration: dict[str, Any] = yaml.safe_load(archive.read(name))
    script = integration["script"]
    tree = ast.parse(script["script"])
    functions = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    if not {"fetch_incidents", "hunt_indicators", "main"} <= functions or script["dockerimage"] != image:
        raise SystemExit(f"{name} is not the integration, in {image}")
    (client,) = [node.value for node in tree.body if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == "RUNNER_CLIENT"]
    modules = ast.literal_eval(client) if client else {}
    if "class RemoteLogzioSoar" not in modules.get("remote", ""):
        raise SystemExit(f"{name} cannot call a runner: the modules of the package are not in it")
    for module, source in modules.items():
        compile(source, module, "exec")
    kind, _, picture = integration["image"].partition(",")
    if kind != "data:image/png;base64" or not base64.b64decode(picture).startswith(b"\x89PNG"):
        raise SystemExit(f"{name} has no picture")
    if not integration["detaileddescription"].strip():
        raise SystemExit(f"{name} has no help")
    print(f"{path}: {metadata['id']} {metadata['currentVersion']}, {len(names)} files, the integration {integration['commonfields']['id']}")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
