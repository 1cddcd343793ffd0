"""Hints in the words of HTTP."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import stocktake
from stocktake.interfaces.http.wording import OF_THE_SERVER, in_http, worded

SOURCES = Path(stocktake.__file__).parent
_COMMAND = re.compile(r"`stocktake [^`]+`")


def told_commands() -> list[str]:
    """Every command that a text of the layers below the interfaces names; what is filled in later is "1"."""
    found = set()
    for path in SOURCES.rglob("*.py"):
        if "interfaces" in path.relative_to(SOURCES).parts:
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.JoinedStr):
                parts = [each.value if isinstance(each, ast.Constant) else "1" for each in node.values]
                found.update(_COMMAND.findall("".join(map(str, parts))))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.update(_COMMAND.findall(node.value))
    return sorted(each for each in found if "--" not in each[:13])


def test_every_command_that_a_refusal_names_has_a_request_or_is_of_the_server():
    """A new hint with a command that no request stands for fails here."""
    assert len(told_commands()) > 30
    left = [each for each in told_commands() if "`stocktake " in in_http(each)]
    assert [each for each in left if not each[11:].startswith(OF_THE_SERVER)] == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("List the runs with `stocktake runs`.", "List the runs with `GET …/runs`."),
        ("`stocktake rollback 7 --chain` does so.", "`POST …/runs/7/rollback` with `chain` does so."),
        ("`stocktake record edit device 4`", "`PATCH …/records/device/4`"),
        ("`stocktake reimport 7 FILE`", '`PUT …/imports/ID/mapping {"replaces_run": 7}`'),
        ("Raise it with --allow-retire 4.", "Raise it with `allow_retire` 4."),
        ("Say `--type device --source TELUS`.", "Say `record_type device source TELUS`."),
        ("Look at `stocktake collection update 3 --enable-sync`.", None),
        ("Nothing was written -- really.", None),
    ],
)
def test_a_command_is_told_as_the_request_that_does_the_same(text: str, expected: str | None):
    assert in_http(text) == (expected or text)


def test_messages_and_hints_are_told_so_however_deep_they_stand_and_nothing_else_is():
    seen = {"guards": [{"message": "--allow-retire 4", "code": "x"}], "values": {"note": "`stocktake runs`"}}
    assert worded(seen) == {
        "guards": [{"message": "`allow_retire` 4", "code": "x"}],
        "values": {"note": "`stocktake runs`"},
    }
