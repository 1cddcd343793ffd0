"""Only what was read to its end says that something is gone (PRE-6, PRE-33, PRE-35)."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from stocktake.model.errors import GuardRefused, Unreadable
from tests.stories.desk import Desk, fleet


def cut(path: Path, by: int) -> Path:
    """The file without its last bytes, as a broken download leaves it."""
    content = path.read_bytes()
    path.write_bytes(content[:-by])
    return path


def as_csv(desk: Desk) -> Path:
    return desk.file([{**each, "Location": "east, at the end of the corridor"} for each in fleet(30)])


def as_json(desk: Desk) -> Path:
    path = desk.folder / "devices.json"
    path.write_text(json.dumps([dict(each) for each in fleet(30)]), encoding="utf-8")
    return path


def as_workbook(desk: Desk) -> Path:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Serial Number", "Asset Tag"])
    for each in fleet(30):
        sheet.append(list(each.values()))
    path = desk.folder / "devices.xlsx"
    book.save(path)
    return path


@pytest.mark.parametrize("options", [{}, {"allow_retire": 1000}, {"on_guard": "hold"}])
@pytest.mark.parametrize("by", [3, 45], ids=["within quotes", "in a row"])
def test_a_file_of_text_that_was_cut_off_sweeps_nothing(desk: Desk, by: int, options: dict[str, Any]):
    """PRE-6, PRE-33: whatever is allowed, even where broken rows are let pass."""
    desk.book.plan(as_csv(desk), record_type="device", source="NINJAONE").apply()
    # Three bytes less, and the last quote is not closed; some more, and the last row is too short.
    path = cut(as_csv(desk), by)

    plan = desk.book.plan(path, record_type="device", source="NINJAONE", on_error="reject-rows", **options)

    with pytest.raises(GuardRefused) as refused:
        plan.apply()
    assert refused.value.code == "incomplete-snapshot"
    assert "ends in the middle of a row" in refused.value.message
    assert "--strategy merge" in refused.value.hint
    assert desk.is_present("NINJAONE", "S030")


def test_a_file_that_was_cut_off_may_be_merged(desk: Desk):
    """PRE-9: presence is evidence even from a partial reading."""
    run = desk.book.plan(
        cut(as_csv(desk), 10), record_type="device", source="NINJAONE", strategy="merge"
    ).apply()

    assert (run.stats["create"], run.stats["reject"]) == (29, 1)


@pytest.mark.parametrize(
    ("made", "code"), [(as_json, "not-json"), (as_workbook, "file-damaged")], ids=["json", "workbook"]
)
def test_a_document_that_was_cut_off_is_not_read_at_all(desk: Desk, made: Callable[[Desk], Path], code: str):
    """PRE-6, REA-8, ERR-4"""
    desk.book.plan(made(desk), record_type="device", source="NINJAONE").apply()
    before = desk.state()

    with pytest.raises(Unreadable) as refused:
        desk.book.plan(cut(made(desk), 200), record_type="device", source="NINJAONE")

    assert refused.value.code == code
    assert desk.state() == before
