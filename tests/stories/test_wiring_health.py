"""Wiring health: every wire broken by hand is counted, and nothing else is (HEA-2, HEA-3, HEA-6, HEA-7)."""

from __future__ import annotations

from typing import Any

import pytest

import stocktake as st
from stocktake.model.wiring import METRICS, WiringHealth
from tests.stories.desk import Desk, device, fleet


@pytest.fixture
def stock(desk: Desk) -> Desk:
    """Two sources: INTUNE's two snapshots of 40, NINJAONE's of the first ten."""
    desk.declare("INTUNE")
    desk.load("INTUNE", fleet(40))
    desk.load("NINJAONE", fleet(10), strategy="merge")
    desk.load("INTUNE", fleet(39))
    return desk


def health(desk: Desk, *, detail: bool = False) -> WiringHealth:
    return desk.book.wiring_health(detail=detail)


def broken(desk: Desk) -> dict[str, int]:
    """The metrics that are not 0, whatever they denote."""
    return {name: count for name, count in health(desk).counts.items() if count}


def number(desk: Desk, serial: str) -> int:
    return int(desk.record(serial)["id"])


def test_a_workspace_that_only_the_engine_wrote_is_healthy(stock: Desk) -> None:
    """HEA-2: every metric is told, every one is 0."""
    found = health(stock)

    assert (found.status, found.is_healthy, found.faults, found.samples) == ("healthy", True, {}, None)
    assert found.counts == {each.name: 0 for each in METRICS}


def test_rejected_duplicate_unchanged_and_repeated_rows_are_in_order(stock: Desk) -> None:
    """HEA-2: rows that lead to no record, or to one of another row, are no orphans."""
    stock.load(
        "INTUNE",
        [*fleet(39), device("S001", "T001"), device("S040", "T040", status="nonsense")],
        on_error="reject-rows",
    )
    stock.load("NINJAONE", fleet(10), strategy="merge")

    assert broken(stock) == {}


def test_a_record_whose_raw_row_is_gone(stock: Desk) -> None:
    """HEA-2: its line is not in the file, its run kept no rows, or its run is not there."""
    for place, serial in (("row_number = 999", "S001"), ("row_run = 77", "S002")):
        stock.write(f"UPDATE device SET {place} WHERE serial_number = '{serial}'")

    assert broken(stock) == {"assets_with_orphan_raw_import_ref": 2}
    samples = health(stock, detail=True).samples or {}
    assert [(each.kind, each.number, each.name) for each in samples["assets_with_orphan_raw_import_ref"]] == [
        ("device", number(stock, "S001"), "T001"),
        ("device", number(stock, "S002"), "T002"),
    ]


def test_the_line_of_a_heading_is_no_raw_row(stock: Desk) -> None:
    """HEA-2, LIN-2: lines count from the file's first, so that the header's own line is no row's."""
    stock.write("UPDATE device SET row_number = 1 WHERE serial_number = 'S003'")

    assert broken(stock) == {"assets_with_orphan_raw_import_ref": 1}


def test_raw_rows_whose_record_is_gone(stock: Desk) -> None:
    """HEA-2: a record taken away behind the engine's back leaves its raw rows, and its links, without it."""
    stock.write("DELETE FROM device WHERE serial_number = 'S020'")

    assert broken(stock) == {"raw_records_with_orphan_asset_ref": 2, "links_to_missing_records": 1}
    samples = health(stock, detail=True).samples or {}
    assert [each.number for each in samples["raw_records_with_orphan_asset_ref"]] == ["1:21", "3:21"]
    assert [each.name for each in samples["links_to_missing_records"]] == ["INTUNE S020"]


def test_links_to_records_that_are_gone(stock: Desk) -> None:
    """HEA-2."""
    stock.write("UPDATE st_source_link SET record_id = 5000 WHERE external_id = 's001'")

    assert broken(stock) == {"links_to_missing_records": 2}


def test_unprocessed_rows_are_a_fault_of_applied_runs_only(stock: Desk) -> None:
    """HEA-2: those of a run still under review are told and are no fault."""
    stock.write("UPDATE st_raw_chunk SET processed = processed - 3 WHERE run_id = 1")
    assert broken(stock) == {"unprocessed_raw_records": 3}

    stock.write("UPDATE st_import_run SET status = 'planned' WHERE run_id = 1")
    found = health(stock)
    assert {name: count for name, count in found.counts.items() if count} == {"raw_records_under_review": 3}
    assert found.is_healthy


def test_a_present_link_that_the_latest_snapshot_did_not_see(stock: Desk) -> None:
    """HEA-2: S040 was not in INTUNE's last snapshot; a hand that says it is present is found out."""
    stock.write("UPDATE st_source_link SET is_present = :yes WHERE external_id = 's040'", yes=truth(stock))

    assert broken(stock) == {"present_links_unseen_by_latest_snapshot": 1}
    samples = health(stock, detail=True).samples or {}
    assert [each.name for each in samples["present_links_unseen_by_latest_snapshot"]] == ["INTUNE S040"]


def test_links_newer_than_the_latest_snapshot_are_not_unseen(stock: Desk) -> None:
    """HEA-7."""
    stock.load("INTUNE", [device("S050"), device("S040", "T040")], strategy="merge")

    assert broken(stock) == {}


def test_records_that_neither_a_link_nor_a_run_explains(stock: Desk) -> None:
    """HEA-2: both must be missing."""
    stock.write("UPDATE device SET created_run = 77 WHERE serial_number = 'S030'")
    assert broken(stock) == {}

    stock.write("DELETE FROM st_source_link WHERE external_id = 's030'")
    assert broken(stock) == {"records_without_link_or_run": 1}


def test_a_run_that_a_dead_process_left_applying(stock: Desk) -> None:
    """HEA-2, REL-9: nobody holds its target."""
    stock.write("UPDATE st_import_run SET status = 'applying' WHERE run_id = 2")

    assert broken(stock) == {"runs_left_applying": 1}
    samples = health(stock, detail=True).samples or {}
    assert [(each.kind, each.number) for each in samples["runs_left_applying"]] == [("run", 2)]


def test_a_run_that_is_being_applied_is_in_order(stock: Desk) -> None:
    """HEA-2, REL-9: who holds the target is alive; nobody waits to find out."""
    stock.write("UPDATE st_import_run SET status = 'applying' WHERE run_id = 2")
    with stock.book.store.writing(1) as unit:
        unit.lock_target("device")
        found = health(stock).counts["runs_left_applying"]

    assert found == 0


def test_rolled_back_runs_leave_no_orphans(stock: Desk) -> None:
    """HEA-7: neither their own raw rows, nor those of a later run that named the same records."""
    stock.book.run(3).rollback()
    stock.book.run(2).rollback()
    assert broken(stock) == {}

    first = stock.load("NINJAONE", [device("N1"), device("N2")], strategy="merge")
    stock.load("NINJAONE", [device("N1"), device("N2"), device("N3")], strategy="merge")
    first.rollback()
    assert broken(stock) == {}


def test_records_that_a_later_run_deleted_are_no_orphans(stock: Desk) -> None:
    """HEA-7, PRE-30."""
    hired = [device(f"E{place}") for place in range(10)]
    stock.load("EXCEL", hired, strategy="replace")
    run = stock.load("EXCEL", hired[:8], strategy="replace")
    assert run.stats["delete"] == 2

    assert broken(stock) == {}
    run.rollback()
    assert broken(stock) == {}


def test_at_most_five_samples_of_each_metric(stock: Desk) -> None:
    """HEA-3: id, name, created; none without detail."""
    stock.write("UPDATE device SET row_run = 77")

    found = health(stock, detail=True)
    assert found.counts["assets_with_orphan_raw_import_ref"] == 40
    (samples,) = (found.samples or {}).values()
    assert len(samples) == 5
    assert all(each.created_at is not None and each.name for each in samples)


def test_no_metric_shows_more_than_five_whatever_it_samples(stock: Desk) -> None:
    """HEA-3: records, raw rows and links alike, each with id, name and when it was made."""
    stock.load("INTUNE", fleet(25), allow_retire=20)
    stock.write("UPDATE st_source_link SET is_present = :yes", yes=truth(stock))
    stock.write("UPDATE device SET row_run = 77 WHERE id BETWEEN 1 AND 10")
    stock.write("UPDATE device SET created_run = 77 WHERE id BETWEEN 11 AND 18")
    stock.write("DELETE FROM st_source_link WHERE record_id BETWEEN 11 AND 18")
    stock.write("DELETE FROM device WHERE id BETWEEN 19 AND 25")

    found = health(stock, detail=True)
    assert found.faults.keys() == {
        *("assets_with_orphan_raw_import_ref", "raw_records_with_orphan_asset_ref"),
        *(
            "links_to_missing_records",
            "present_links_unseen_by_latest_snapshot",
            "records_without_link_or_run",
        ),
    }
    assert all(count > 5 for count in found.faults.values())
    for each in (found.samples or {}).values():
        assert len(each) == len({sample.number for sample in each}) == 5
        assert all(sample.name and sample.created_at for sample in each)


def test_another_workspace_counts_only_its_own(stock: Desk) -> None:
    """HEA-1: what is broken next door is not told here."""
    stock.write("INSERT INTO st_workspace VALUES (2, 'next', 1, true, :at)", at=moment(stock))
    stock.write("DELETE FROM device WHERE serial_number = 'S020'")
    with st.open(str(stock.book.store.url.render_as_string(hide_password=False)), workspace="next") as book:
        assert book.wiring_health().is_healthy
    with (
        st.open(str(stock.book.store.url.render_as_string(hide_password=False)), workspace="none") as book,
        pytest.raises(st.NotFound, match="no workspace"),
    ):
        book.wiring_health()


def truth(desk: Desk) -> Any:
    return True if desk.is_postgres else 1


def moment(desk: Desk) -> Any:
    return desk.now if desk.is_postgres else desk.now.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
