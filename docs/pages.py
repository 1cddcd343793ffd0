"""What the generated pages of the documentation are made from; run by cog (`make generate`, checked by `make docs`)."""

from __future__ import annotations

import ast
import os
import re
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
    "run history",
    "run errors",
    "records",
    "record show",
    "missing",
    "held",
    "held retire",
    "held keep",
    "acknowledge",
    "history",
    "waterfall",
    "time-in-stage",
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

#: Public classes of the Python API with the module they stand in, and what of them is for the other faces only.
API = {
    "Book": "book/book.py",
    "OpenPlan": "book/handle.py",
    "OpenRun": "book/handle.py",
    "RollbackPreview": "flows/rollback.py",
    "Waterfall": "reporting/waterfall.py",
    "Missing": "reporting/missing.py",
}
#: What a class has from its parts.
PARTS = {"Book": {"Reports": "book/reports.py", "Reviewing": "book/reviewing.py"}}
FOR_FACES = {
    "Book.decisions",
    "Book.first_decisions",
    "Book.history",
    "Book.listing",
    "Book.history_of_run",
    "Book.reasons",
    "Book.rows_of_run",
    "Book.workspace_id",
}


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


def python_api() -> str:
    """Every public class of the Python API: its methods and properties with signature and promise."""
    parts = [_member("stocktake.open", _definition("book/book.py", "open_book"))]
    for name, place in API.items():
        found = _definition(place, name)
        assert isinstance(found, ast.ClassDef)
        parts.append(f"## {name}\n\n{_said(found)}\n")
        members = _members(found)
        for part, where in PARTS.get(name, {}).items():
            members = {**_members(_definition(where, part)), **members}
        for member, each in members.items():
            full = f"{name}.{member}"
            parts += [] if full in FOR_FACES else [_member(full, each)]
    return "\n".join(parts)


def _members(found: ast.FunctionDef | ast.ClassDef) -> dict[str, ast.FunctionDef]:
    """The public methods and properties of a class."""
    return {
        each.name: each
        for each in found.body
        if isinstance(each, ast.FunctionDef) and not each.name.startswith("_")
    }


def _definition(place: str, name: str) -> ast.FunctionDef | ast.ClassDef:
    tree = ast.parse((SOURCE / place).read_text(encoding="utf-8"))
    return next(
        each for each in tree.body if isinstance(each, ast.FunctionDef | ast.ClassDef) and each.name == name
    )


def _member(name: str, found: ast.FunctionDef | ast.ClassDef) -> str:
    assert isinstance(found, ast.FunctionDef)
    is_property = any(isinstance(each, ast.Name) and each.id == "property" for each in found.decorator_list)
    gives = f" -> {ast.unparse(found.returns)}" if found.returns else ""
    arguments = "" if is_property else f"({', '.join(_arguments(found.args))})"
    line = f"{name}{arguments}{gives}"
    if len(line) > 100:
        inner = "".join(f"    {each},\n" for each in _arguments(found.args))
        line = f"{name}(\n{inner}){gives}"
    return f"### {name}\n\n```text\n{line}\n```\n\n{_said(found)}\n"


def _arguments(given: ast.arguments) -> list[str]:
    places = [each for each in given.args if each.arg != "self"]
    blanks: list[ast.expr | None] = [None] * (len(places) - len(given.defaults))
    shown = [_argument(*each) for each in zip(places, [*blanks, *given.defaults], strict=True)]
    named = [_argument(*each) for each in zip(given.kwonlyargs, given.kw_defaults, strict=True)]
    return [*shown, *(["*"] if named else []), *named]


def _argument(given: ast.arg, default: ast.expr | None) -> str:
    kind = f": {ast.unparse(given.annotation)}" if given.annotation else ""
    return f"{given.arg}{kind}" + (f" = {ast.unparse(default)}" if default else "")


def _said(found: ast.FunctionDef | ast.ClassDef) -> str:
    told = re.sub(r":(?:meth|class):`(.*?)`", r"`\1`", ast.get_docstring(found) or "")
    return told.replace("``", "`")
