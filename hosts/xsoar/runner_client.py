"""What a script needs of the Python package to call a runner: the module ``remote``, and what it imports, as text.

The modules need the standard library only, which is checked here, so that the script runs in XSOAR's plain image for Python.
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "python/src/logzio_soar"
PLACE = "RUNNER_CLIENT: dict = {}\n"
"""The line of the script that the modules take the place of."""


def modules(package: Path = PACKAGE) -> dict[str, str]:
    """The sources by the names of the modules, each after those that it imports."""
    found: dict[str, str] = {}

    def add(name: str) -> None:
        source = (package / f"{name}.py").read_text(encoding="utf-8")
        for needed in _imported(name, ast.parse(source)):
            if needed not in found:
                add(needed)
        found[name] = source

    add("remote")
    return found


def put_into(script: str, package: Path = PACKAGE) -> str:
    """The script with the modules in it."""
    if script.count(PLACE) != 1:
        raise ValueError(f"the script has no line {PLACE!r}")
    lines = [f"    {name!r}: r'''{source}''',\n" for name, source in modules(package).items()]
    written = f"{{\n{''.join(lines)}}}"
    if ast.literal_eval(written) != modules(package):
        raise ValueError("a module holds what a raw text cannot: three single quotes, or a backslash at its end")
    return script.replace(PLACE, PLACE.replace("{}", written))


def _imported(name: str, tree: ast.Module) -> list[str]:
    """The modules of the package that a module imports; all others have to be Python's own."""
    own: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level:
            own += [node.module] if node.module else [one.name for one in node.names]
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [one.name for one in node.names]
            if strange := [one for one in names if one.partition(".")[0] not in sys.stdlib_module_names]:
                raise ValueError(f"{name}.py imports {strange}, which XSOAR's image for Python may not have")
    return own
