"""What every store promises of pages of what a run leaves: its rows and its history, of which a page opens few (INT-1)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest

from stocktake.planning.packed import pack
from stocktake.ports.frame import ABSENT, ABSENT_RECORDS, REAPPEARED_ROWS, RawChunk
from stocktake.stores.store import Store, open_store

AT = datetime(2026, 3, 1, 9, tzinfo=UTC)
#: The rows of three chunks, each with what became of it.
DECISIONS: list[list[str | None]] = [
    ["create", "create", "update", "reject"],
    ["update", "unchanged", "create", None],
    ["create", "reject", "reject", "update"],
]
ROWS = [each for chunk in DECISIONS for each in chunk]
FIRST, AGAIN = 1, 2


@pytest.fixture
def store(ready_database_url) -> Iterator[Store]:
    opened = open_store(ready_database_url)
    opened.migrate(at=AT)
    with opened.writing(1) as unit:
        announce(unit, FIRST)
        announce(unit, AGAIN, content_run=FIRST)
        unit.keep_raw_chunks(FIRST, map(chunk, range(3)))
    yield opened
    opened.close()


def announce(unit: Any, run_id: int, **values: Any) -> None:
    fixed = {"kind": "import", "status": "applied", "source": "ALPHA", "record_type": "thing"}
    unit.announce_run(run_id, **fixed, is_full_snapshot=True, started_at=AT, initiated_by="tester", **values)


def chunk(number: int) -> RawChunk:
    first = number * 4
    rows = range(first, first + 4)
    read = pl.DataFrame({"_row": rows, "_line": [row + 2 for row in rows], "_fault": None, "c0": "x"})
    outcome = pl.DataFrame({"decision": DECISIONS[number], "reason": None, "record_id": list(rows)})
    return RawChunk(first_row=first, cells=pack(read), outcome=outcome)


def page(
    store: Store, *decisions: str, run_id: int = FIRST, limit: int = 100, offset: int = 0, **asked: Any
) -> tuple[list[int], int]:
    with store.reading(1) as unit:
        rows, total = unit.raw_row_page(run_id, decisions, limit=limit, offset=offset, **asked)
    return ([] if rows is None else rows["row"].to_list()), total


@pytest.mark.parametrize(
    "wanted", [(), ("create",), ("update", "reject"), ("unchanged",), ("conflict",)], ids=str
)
@pytest.mark.parametrize("limit", [1, 3, 50])
def test_any_page_of_rows_is_the_one_that_reading_all_would_find(store, wanted, limit):
    """LIN-2, INT-1: by their place, over the borders of chunks, one decision or several; behind the last there is none."""
    there = [row for row, decision in enumerate(ROWS) if not wanted or decision in wanted]
    for offset in range(len(there) + 2):
        found = page(store, *wanted, limit=limit, offset=offset)
        assert found == (there[offset : offset + limit], len(there))


def test_rows_of_a_page_are_whole(store):
    """LIN-2: as ``raw_chunks`` gives them."""
    with store.reading(1) as unit:
        every = pl.concat(unit.raw_chunks(FIRST))
        rows, total = unit.raw_row_page(FIRST, (), limit=5, offset=2)
    assert total == every.height == 12
    assert rows.equals(every.slice(2, 5))


def test_rows_read_again_are_those_of_the_run_that_kept_them(store):
    """PLN-16: all unchanged, so that no other decision has any."""
    assert page(store, run_id=AGAIN, limit=2, offset=5) == ([5, 6], 12)
    assert page(store, "unchanged", run_id=AGAIN, limit=2, offset=5) == ([5, 6], 12)
    assert page(store, "create", run_id=AGAIN) == ([], 0)
    with store.reading(1) as unit:
        rows, _ = unit.raw_row_page(AGAIN, (), limit=3, offset=0)
    assert rows["decision"].to_list() == ["unchanged"] * 3


def test_rows_that_reappeared_are_found_whatever_became_of_them(store):
    """INT-2: by the places that the run noted."""
    with store.writing(1) as unit:
        noted = pl.DataFrame({"row": [2, 3, 8, 11]}, schema={"row": pl.UInt32})
        unit.keep_image(FIRST, REAPPEARED_ROWS, noted)
    assert page(store, "reappeared", reappeared=True) == ([2, 3, 8, 11], 4)
    assert page(store, "reappeared", reappeared=True, limit=2, offset=1) == ([3, 8], 4)


def test_a_run_without_rows_has_no_page(store):
    assert page(store, run_id=9) == ([], 0)


def test_records_that_the_file_lacked_are_counted_without_being_opened(store):
    """PRE-22."""
    lacked = pl.DataFrame({name: [None] * 3 for name in ABSENT}, schema=pl.Schema(ABSENT))
    with store.writing(1) as unit:
        assert unit.absent_count(FIRST) == 0
        unit.keep_image(FIRST, ABSENT_RECORDS, lacked)
        assert (unit.absent_count(FIRST), unit.absent_count(AGAIN)) == (3, 0)


def test_any_page_of_a_runs_history_is_the_one_that_reading_all_would_find(store):
    """HIS-5, INT-1: by record, field and kind; other runs, types and workspaces are not counted."""
    names = ("record_id", "field", "from_value", "to_value", "kind")
    written = [
        (number, field, None, f"{number}", "set") for number in (7, 3, 5) for field in ("state", "city")
    ]
    frame = pl.DataFrame(written, schema=names, orient="row")
    with store.directory(writes=True) as directory:
        other = directory.add_workspace("second", account_id=1, allows_rollback=True, at=AT)
    for workspace_id, run_id, kind in (
        (1, FIRST, "thing"),
        (1, 3, "thing"),
        (1, FIRST, "box"),
        (other, FIRST, "thing"),
    ):
        with store.writing(workspace_id) as unit:
            unit.keep_history(run_id, kind, frame, at=AT)

    there = sorted((number, field) for number, field, *_ in written)
    with store.reading(1) as unit:
        every = unit.history_of_run(FIRST, "thing").sort("record_id", "field", "kind")
        for offset in range(8):
            found, total = unit.history_page_of_run(FIRST, "thing", limit=3, offset=offset)
            assert total == 6
            assert found.select("record_id", "field").rows() == there[offset : offset + 3]
            assert found.select(every.columns).equals(every.slice(offset, 3))
        assert unit.history_page_of_run(9, "thing", limit=3, offset=0)[1] == 0
