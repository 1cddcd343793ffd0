"""What the generated pages of the documentation are made from; run by cog (`make generate`, checked by `make docs`)."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

SOURCE = Path(__file__).parents[1] / "src" / "stocktake"

#: The refusals of ``stocktake.model.errors`` and the exit codes of the command line.
EXITS = {
    "InvalidInput": 1,
    "NotFound": 2,
    "Unreadable": 3,
    "GuardRefused": 4,
    "StalePlan": 5,
    "Busy": 5,
    "RollbackBlocked": 6,
    "NotAllowed": 7,
}

COMMANDS = (
    "demo",
    "inspect",
    "plan",
    "import",
    "rollback",
    "runs",
    "run show",
    "run rows",
    "run errors",
    "records",
    "record show",
    "missing",
    "history",
    "freshness",
    "types",
    "type show",
    "type add",
    "sources",
    "source show",
    "source add",
    "source set",
    "mappings",
    "mapping show",
    "mapping add",
    "mapping remove",
)


def error_codes() -> str:
    """Every code that a refusal may carry, with the kind of refusal and its exit code."""
    found: dict[str, set[str]] = {}
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            name = node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else None
            if name not in EXITS or not node.args or not isinstance(node.args[0], ast.Constant):
                continue
            found.setdefault(str(node.args[0].value), set()).add(name)
    lines = ["| code | kind | exit code |", "|---|---|---|"]
    for code, kinds in sorted(found.items()):
        exits = ", ".join(str(EXITS[kind]) for kind in sorted(kinds))
        lines.append(f"| `{code}` | {', '.join(sorted(kinds))} | {exits} |")
    return "\n".join(lines)


def command_line() -> str:
    """The help of every command."""
    environment = {**os.environ, "COLUMNS": "100", "NO_COLOR": "1", "TERM": "dumb"}
    parts = []
    for command in COMMANDS:
        shown = subprocess.run(
            [sys.executable, "-m", "stocktake", *command.split(), "--help"],
            capture_output=True,
            text=True,
            check=True,
            env=environment,
        ).stdout
        text = "\n".join(line.rstrip() for line in shown.strip().splitlines())
        parts.append(f"## stocktake {command}\n\n```text\n{text}\n```\n")
    return "\n".join(parts)
