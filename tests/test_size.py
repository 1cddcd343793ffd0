"""Modules and functions stay small; the few that are not are named here, and none of them grows."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

SOURCE = Path(__file__).parents[1] / "src" / "stocktake"

MODULE_LINES, FUNCTION_LINES = 400, 40

#: Functions that are longer, and how long they may be. One leaves this list when it has been parted; none comes to it.
LONG = {
    "book/importing.py plan": 49,
    "flows/matching.py matched_rows": 56,
    "flows/preview.py _frames": 50,
    "flows/preview.py _planned": 46,
    "flows/sweeping.py swept": 50,
    "flows/undoing.py preview_undoing": 45,
    "interfaces/cli/record.py _show": 47,
    "stores/migrations/versions/r0001_first.py _tables": 320,
}


def modules() -> Iterator[tuple[str, str]]:
    """Path within the package → text of each module."""
    for path in sorted(SOURCE.rglob("*.py")):
        yield path.relative_to(SOURCE).as_posix(), path.read_text(encoding="utf-8")


def lengths() -> dict[str, int]:
    """How many lines each function has, beside its signature and its docstring: those say what it takes and promises."""
    found: dict[str, int] = {}
    for path, text in modules():
        for each in ast.walk(ast.parse(text)):
            if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef):
                body = each.body[1:] if ast.get_docstring(each) is not None else each.body
                lines = (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0
                name = f"{path} {each.name}"
                found[name] = max(lines, found.get(name, 0))
    return found


def test_no_module_is_too_long():
    long = {path: lines for path, text in modules() if (lines := len(text.splitlines())) > MODULE_LINES}

    assert long == {}, "part it along a seam that means something"


def test_no_function_grows_too_long():
    long = {name: lines for name, lines in lengths().items() if lines > LONG.get(name, FUNCTION_LINES)}

    assert long == {}, "part it; what belongs together is a value, what is done with it a function"


def test_a_function_that_has_been_parted_leaves_the_list():
    found = lengths()

    assert [name for name in LONG if found.get(name, 0) <= FUNCTION_LINES] == []
