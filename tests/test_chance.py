"""What lives on chance heeds ``make soak``, wherever it stands."""

from __future__ import annotations

import ast
from pathlib import Path

import hypothesis

from tests.chance import times

TESTS = Path(__file__).parent


def test_every_number_of_examples_is_multiplied_by_a_soak():
    """Who settles how many examples there are says so by ``times``; who does not has the profile's, which does."""
    fixed = [
        f"{path.relative_to(TESTS)}:{word.value.lineno}"
        for path in TESTS.rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call)
        for word in call.keywords
        if word.arg == "max_examples"
        and not (isinstance(word.value, ast.Call) and ast.unparse(word.value.func) == "times")
    ]

    assert fixed == []
    assert hypothesis.settings().max_examples == times(60)
