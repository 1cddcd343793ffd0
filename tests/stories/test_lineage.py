"""Lineage both ways: from a record to the rows it comes from, and from a raw row to its record (LIN)."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime

import pytest
import xlsxwriter

import stocktake as st
from stocktake.model.lineage import Lineage
from stocktake.planning.packed import unpack
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


def test_a_row_of_a_workbook_knows_its_row_there_and_one_of_json_its_place_in_the_array(desk: Desk) -> None:
    """LIN-2: the header's row is counted, and an array's first element is 1."""
    with xlsxwriter.Workbook(desk.folder / "devices.xlsx") as book:
        sheet = book.add_worksheet()
        for place, row in enumerate([("Serial Number",), ("X1",), ("X2",)]):
            sheet.write_row(place, 0, row)
    (desk.folder / "devices.json").write_text('[{"Serial Number": "J1"},\n\n {"Serial Number": "J2"}]')
    for name in ("devices.xlsx", "devices.json"):
        desk.book.plan(desk.folder / name, record_type="device", source="EXCEL", strategy="merge").apply()

    lines = {serial: lineage(desk, serial).row_number for serial in ("X1", "X2", "J1", "J2")}
    assert lines == {"X1": 2, "X2": 3, "J1": 1, "J2": 2}
    assert [row.line for row in lineage(desk, "J2").traces[0].rows] == [2]


def test_the_hash_of_a_mapping_is_that_of_its_canonical_json_with_the_run(stock: Desk) -> None:
    """LIN-3, LIN-7: outside flows with the run's number; the version hashes the mapping alone."""
    rows = [{"Serial Number": "S1", "Make": "Lenovo", "Model": "T14"}]
    plan = stock.plan("EXCEL", rows, strategy="merge")
    run = plan.apply()

    kind = stock.book.record_type("device")
    headers = {"make": "Make", "model": "Model", "serial_number": "Serial Number"}
    # What cleans a field is part of how its column is read; a field that nothing is said of has its header alone.
    mapping = {
        field: {"column": column, "clean": list(kind[field].clean)} if kind[field].clean else column
        for field, column in headers.items()
    }
    assert plan.plan.mapping.version == sha256_of(mapping)
    assert run.run.mapping_hash == sha256_of({"flow_id": str(run.run_id), "mappings": mapping})


def sha256_of(told: object) -> str:
    text = json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def test_what_no_mapping_read_has_no_hash_of_one(desk: Desk) -> None:
    """LIN-3: an edit and a rollback; the record keeps that of its import."""
    deal = {"Record ID": "1", "Deal Name": "a", "Deal Stage": "Lead"}
    desk.book.plan([deal], record_type="deal", source="HUBSPOT", strategy="merge").apply()
    edit = desk.book.edit_record("deal", 1, {"stage": "Won"})
    undone = edit.rollback()

    assert (edit.run.mapping_hash, undone.run.mapping_hash) == (None, None)
    assert desk.book.lineage("deal", 1).mapping_hash == desk.book.run(1).run.mapping_hash is not None


def test_raw_rows_hold_the_cells_and_what_became_of_them_and_no_cleaned_row(stock: Desk) -> None:
    """LIN-5, LIN-11: what is cleaned stands in the record alone; the chunk's row holds its counts."""
    run = stock.load(
        "NINJAONE", [*fleet(3), device("S900", status="nonsense")], strategy="merge", on_error="reject-rows"
    )

    (kept,) = stock.rows("SELECT * FROM st_raw_chunk WHERE run_id = :run", run=run.run_id)
    assert (kept["rows"], kept["processed"], kept["linked"]) == (4, 4, 3)
    assert unpack(kept["cells"]).columns == ["_row", "_line", "_fault", "c0", "c1", "c2"]
    assert unpack(kept["outcome"]).columns == [
        *("decision", "reason", "record_id", "external_id"),
        *("field_count", "has_critical_fields"),
    ]


def test_critical_fields_are_there_when_they_are_more_than_blanks(desk: Desk) -> None:
    """LIN-9, BLK-1: of assets name, type and environment; elsewhere what is required."""
    rows = [
        {"Server ID": "1", "Server Name": "a", "Server Type": "vm", "Environment": "test"},
        {"Server ID": "2", "Server Name": "b", "Server Type": "vm", "Environment": " \u00a0"},
        {"Server ID": "3", "Server Name": "c", "Server Type": "", "Environment": "test"},
    ]
    run = desk.book.plan(rows, record_type="server", source="discovery_flow").apply()

    with desk.book.listing() as unit:
        (chunk,) = unit.raw_chunks(run.run_id)
    assert chunk["has_critical_fields"].to_list() == [True, False, False]


def test_every_write_to_a_record_says_when(stock: Desk) -> None:
    """BAC-5, PLN-12: an import, a retirement, a return, an edit, their rollbacks; what is unchanged is not written."""
    made = stock.record("S002")["updated_at"]

    def written(serial: str) -> bool:
        found = stock.record(serial)["updated_at"]
        return (datetime.fromisoformat(found) if isinstance(found, str) else found) == stock.now

    before = stock.load("INTUNE", [device("S001", "T001", location="Calgary"), *fleet(28)[1:]])
    assert written("S029")
    stock.load("INTUNE", [device("S001", "T001", location="Victoria"), *fleet(29, location="Vancouver")[1:]])
    assert written("S029")
    assert written("S001")
    stock.later()
    edit = stock.book.edit_record("device", stock.record("S003")["id"], {"model": "B"})
    assert written("S003")
    stock.later()
    edit.rollback()
    assert written("S003")
    assert before.stats["retire"] == 1
    assert stock.record("S002")["updated_at"] == made
