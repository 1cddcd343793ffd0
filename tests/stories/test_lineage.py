"""Lineage both ways: from a record to the rows it comes from, and from a raw row to its record (LIN)."""

from __future__ import annotations

import pytest

import stocktake as st
from stocktake.model.lineage import Lineage
from tests.stories.desk import Desk, device, fleet


@pytest.fixture
def stock(desk: Desk) -> Desk:
    """INTUNE's three snapshots of 30: S001 moves in the second, S030 is gone in the third."""
    desk.declare("INTUNE")
    desk.load("INTUNE", fleet(30, location="Vancouver"))
    moved = [device("S001", "T001", location="Calgary"), *fleet(30, location="Vancouver")[1:]]
    desk.load("INTUNE", moved)
    desk.load("INTUNE", moved[:29])
    return desk


def lineage(desk: Desk, serial: str) -> Lineage:
    return desk.book.lineage("device", desk.record(serial)["id"])


def test_a_record_is_traced_to_the_run_file_line_and_cells_that_made_it(stock: Desk) -> None:
    """LIN-1, LIN-2: created by run 1, changed by run 2, each with the row as it was read."""
    found = lineage(stock, "S001")

    assert (found.created_run, found.changed_run, found.row_run, found.row_number) == (1, 2, 2, 2)
    acts = [(each.run.run_id, each.acts) for each in found.traces]
    assert acts == [(1, ("created",)), (2, ("update",)), (3, ("seen",))]
    created, changed, _ = found.traces
    cells = [dict(row.cells)["Location"] for each in found.traces for row in each.rows]
    assert cells == ["Vancouver", "Calgary", "Calgary"]
    (row,) = changed.rows
    assert (row.line, row.decision, row.reason, row.record_id) == (2, "update", "changed", 1)
    assert created.run.filename == "file-1.csv"
    assert found.mapping_hash == changed.run.mapping_hash != created.run.mapping_hash


def test_a_row_knows_when_it_was_cleaned_and_processed(stock: Desk) -> None:
    """LIN-2, LIN-8, LIN-9."""
    (row,) = lineage(stock, "S002").traces[0].rows

    run = stock.book.run(1).run
    assert (row.status, row.field_count, row.has_critical_fields) == ("cleansed", 3, True)
    assert (row.is_processed, row.processed_at, row.cleansed_at) == (True, run.applied_at, run.started_at)


def test_a_run_whose_file_lacked_the_record_has_no_row_of_it(stock: Desk) -> None:
    """LIN-1: what retired it is told all the same."""
    found = lineage(stock, "S030")

    assert [(each.run.run_id, each.acts, len(each.rows)) for each in found.traces] == [
        (1, ("created",), 1),
        (2, ("seen",), 1),
        (3, ("retire",), 0),
    ]


def test_the_snapshot_that_saw_it_last_is_traced(stock: Desk) -> None:
    """LIN-1, PRE-28: a full snapshot sees all that is present, which no link says."""
    (created, seen) = lineage(stock, "S002").traces

    assert (created.acts, seen.run.run_id, seen.acts) == (("created",), 3, ("seen",))
    assert [(row.line, row.decision) for row in seen.rows] == [(3, "unchanged")]


def test_rows_of_every_source_that_sees_the_record_are_traced(stock: Desk) -> None:
    """LIN-2: also those that changed nothing, and duplicates."""
    stock.load("NINJAONE", [device("S002", "T002"), device("S002", "T002")], strategy="merge")
    found = lineage(stock, "S002").traces[-1]

    assert (found.run.source, found.acts) == ("NINJAONE", ("seen",))
    assert [(row.line, row.decision) for row in found.rows] == [(2, "unchanged"), (3, "duplicate")]


def test_rows_that_were_read_again_are_those_of_the_first_reading(stock: Desk) -> None:
    """PLN-16, LIN-2."""
    stock.load("NINJAONE", fleet(3), strategy="merge")
    again = stock.load("NINJAONE", fleet(3), strategy="merge")
    assert again.run.content_run == 4

    with stock.book.listing() as unit:
        (row,) = unit.raw_rows_of(again.run_id, stock.record("S003")["id"])
    assert (row["line"], row["decision"]) == (4, "unchanged")


def test_a_record_that_is_not_there_has_no_lineage(stock: Desk) -> None:
    with pytest.raises(st.NotFound) as refused:
        stock.book.lineage("device", 999)
    assert refused.value.code == "unknown-record"


def test_the_raw_row_of_a_record_is_found_however_far_down_its_line(desk: Desk) -> None:
    """LIN-2: cells of many lines move every row after them down."""
    rows = [device(f"S{number:03}", notes="a\nb\nc\nd") for number in range(1, 31)]
    desk.load("EXCEL", rows)
    record = desk.record("S030")

    (row,) = lineage(desk, "S030").traces[0].rows
    assert row.line == record["row_number"] == 2 + 29 * 4
    assert desk.book.wiring_health().is_healthy
