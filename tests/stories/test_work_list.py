"""What waits for a person: counted, paged, and off the list when it is settled (PRE-16, PRE-20, PRE-22, PRE-32, ERR-3)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from stocktake.model.errors import InvalidInput, NotFound
from stocktake.model.source import MissingPolicy
from tests.stories.desk import Desk, device, fleet

DAYS = timedelta(days=31)
BAD = device("S9", "T9", warranty_end="soon")


@pytest.fixture
def holding(desk: Desk) -> Desk:
    """Three held retirements of NINJAONE, whose hold expires; later two of ALPHA."""
    desk.load("NINJAONE", fleet(10))
    desk.load("NINJAONE", fleet(10)[3:], on_guard="hold")
    desk.later(DAYS)
    desk.declare("ALPHA")
    other = [device(f"A{each}", f"B{each}") for each in range(4)]
    desk.load("ALPHA", other)
    desk.load("ALPHA", other[3:], on_guard="hold")
    return desk


def left_out(desk: Desk) -> dict[int, int]:
    """Run → how many rows of it wait."""
    return {each.run.run_id: each.waiting for each in desk.book.work_list().left_out}


def test_held_retirements_are_counted_by_the_run_that_held_them(holding: Desk):
    """PRE-16, PRE-32: open ones first; an expired hold keeps its records, and says so."""
    first, second = holding.book.work_list().held

    assert (first.source, first.held, first.state) == ("ALPHA", 3, "open")
    assert first.why.startswith("3 of the 4 records that ALPHA has would be retired")
    assert first.since == holding.now
    assert (second.source, second.held, second.state) == ("NINJAONE", 3, "expired")
    assert holding.book.work_list().open == 3
    assert [each.source for each in holding.book.work_list(source="NINJAONE").held] == ["NINJAONE"]
    assert holding.book.work_list(record_type="deal").held == ()
    with pytest.raises(NotFound, match="NOWHERE"):
        holding.book.work_list(source="NOWHERE")


def test_pages_of_what_is_held_are_those_of_the_whole_list(holding: Desk):
    """PRE-16: longest waiting first, expired ones behind."""
    whole = holding.book.held()
    pages = [holding.book.held_page(page=number, page_size=4) for number in (1, 2, 3)]

    assert [total for _, total in pages] == [6, 6, 6]
    listed = [each for found, _ in pages for each in found]
    assert [each.record_id for each in listed] == whole["record_id"].to_list()
    assert [each.external_id for each in listed] == whole["external_id"].to_list()
    assert [each.name for each in listed] == whole["name"].to_list()
    assert [each.missing_since for each in listed] == whole["missing_since"].to_list()
    assert [each.queue.state for each in listed] == whole["state"].to_list()
    assert [each.queue.expires for each in listed] == whole["expires"].to_list()
    of_one, count = holding.book.held_page(source="NINJAONE", record_type="device")
    assert (count, {each.source for each in of_one}) == (3, {"NINJAONE"})


def test_what_is_missing_is_counted_by_source_beside_what_is_acknowledged(desk: Desk):
    """PRE-22, PRE-2"""
    assert desk.book.missing_counts() == []
    desk.declare("QUIET", missing_policy=MissingPolicy.IGNORE)
    desk.load("NINJAONE", fleet(10))
    desk.load("NINJAONE", fleet(10)[2:])
    since = desk.now
    desk.load("QUIET", [device("Q1", "U1"), *fleet(9)])
    desk.load("QUIET", fleet(9))
    ids = [desk.record(each)["id"] for each in ("S001", "S002")]

    desk.book.acknowledge("device", ids[0], source="NINJAONE", reason="sold", until="2026-12-31")

    (count,) = desk.book.missing_counts()
    assert (count.source, count.record_type, count.missing, count.acknowledged, count.since) == (
        "NINJAONE",
        "device",
        1,
        1,
        since,
    )
    assert desk.book.missing()[1] == 1
    desk.later(timedelta(days=90))
    assert [(each.missing, each.acknowledged) for each in desk.book.missing_counts()] == [(2, 0)]


def test_several_are_acknowledged_by_one_run_or_none_of_them_is(desk: Desk):
    """PRE-29: each is told of in the audit, and one rollback takes all of it back."""
    desk.load("NINJAONE", fleet(10))
    desk.load("NINJAONE", fleet(10)[2:])
    one, two, there = (desk.record(each)["id"] for each in ("S001", "S002", "S003"))

    with pytest.raises(NotFound, match=f"does not miss device {there}"):
        desk.book.acknowledge("device", [one, there], source="NINJAONE", reason="sold")
    with pytest.raises(InvalidInput, match="No record was named"):
        desk.book.acknowledge("device", [], source="NINJAONE", reason="sold")
    assert desk.book.missing()[1] == 2
    run = desk.book.acknowledge("device", [two, one], source="NINJAONE", reason="{sold}")

    assert run.stats["acknowledged"] == 2
    assert [each["sentence"] for each in desk.audit(run, "acknowledge")] == [
        "ana acknowledged that NINJAONE misses T001: {sold}.",
        "ana acknowledged that NINJAONE misses T002: {sold}.",
    ]
    known = [each.acknowledged for each in desk.book.missing(acknowledged=True)[0]]
    assert [each.run_id if each else None for each in known] == [run.run_id, run.run_id]
    run.rollback()
    assert desk.book.missing()[1] == 2


def test_rows_that_an_import_left_out_wait_until_they_are_mended(desk: Desk):
    """ERR-3, PRE-20"""
    first = desk.load("EXCEL", [device("S1", "T1"), BAD], strategy="merge")
    crossed = desk.load("EXCEL", [device("S2", "T2")], strategy="merge")
    crossed = desk.load("EXCEL", [device("S1", "T2")], strategy="merge")

    assert left_out(desk) == {crossed.run_id: 1, first.run_id: 1}
    found = desk.book.work_list()
    assert [each.run.run_id for each in found.undecided] == [crossed.run_id]
    assert [each.run.run_id for each in found.faulty] == [first.run_id]
    assert desk.book.work_list(source="NINJAONE").left_out == ()

    desk.later()
    mended = desk.book.plan(desk.file([device("S9", "T9")]), mends=first.run_id).apply()
    assert left_out(desk) == {crossed.run_id: 1}
    mended.rollback()
    assert left_out(desk) == {crossed.run_id: 1, first.run_id: 1}
    crossed.rollback()
    assert left_out(desk) == {first.run_id: 1}


def test_a_later_full_snapshot_says_anew_what_a_source_has(desk: Desk):
    """ERR-3, PRE-6: what an earlier file of it left out does not wait any more, that of another source does."""
    excel = desk.load("EXCEL", [BAD], strategy="merge", on_error="reject-rows")
    first = desk.load("NINJAONE", [*fleet(5), BAD], on_error="reject-rows")
    assert left_out(desk) == {first.run_id: 1, excel.run_id: 1}

    second = desk.load("NINJAONE", [*fleet(5), BAD, device("S8", "T8")], on_error="reject-rows")
    assert left_out(desk) == {second.run_id: 1, excel.run_id: 1}
    desk.load("NINJAONE", fleet(5))
    assert left_out(desk) == {excel.run_id: 1}


def test_the_same_file_again_waits_once(desk: Desk):
    """PLN-16: its rows are those of the first time."""
    rows = [device("S1", "T1"), BAD]
    desk.load("EXCEL", rows, strategy="merge")

    again = desk.load("EXCEL", rows, strategy="merge")

    assert left_out(desk) == {again.run_id: 1}
