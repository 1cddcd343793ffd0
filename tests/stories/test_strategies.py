"""What each strategy does to deals, in numbers that must hold (PLN-2, PLN-3, PLN-4, IDN-5), through the public API."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import stocktake as st
from tests.stories.desk import Desk, refusal_of

Deal = dict[str, str]


@pytest.fixture
def desk(ready_database_url: str, tmp_path: Path) -> Iterator[Desk]:
    """An empty book of deals, once on each store."""
    working = Desk(ready_database_url, tmp_path, record_type="deal")
    yield working
    working.book.close()


def deal(number: int, **more: str) -> Deal:
    return {
        "Deal ID": f"D{number:03}",
        "Deal Name": f"Deal {number}",
        "Amount": f"{number}00.50",
        "Close Date": f"2026-{number % 12 + 1:02}-{number % 28 + 1:02}",
        "Stage": "Prospecting",
        "Company Name": f"Account {number % 10}",
        **more,
    }


def deals(first: int, last: int, **more: str) -> list[Deal]:
    return [deal(number, **more) for number in range(first, last + 1)]


def load(desk: Desk, rows: list[Deal], source: str = "csv_import", **options: Any) -> st.OpenRun:
    desk.later()
    return desk.book.plan(rows, record_type="deal", source=source, **options).apply()


def stored(desk: Desk) -> dict[str, dict[str, Any]]:
    return {row["external_id"]: row for row in desk.rows("SELECT * FROM deal ORDER BY id")}


# ---------------------------------------------------------------- merge


def test_merge_updates_what_matches_creates_what_is_new_and_leaves_the_rest_alone(desk: Desk) -> None:
    """PLN-3: 100 deals, then 30 rows of which 25 match → 105 records, 25 matched, 5 new, 75 untouched."""
    load(desk, deals(1, 100), source="HUBSPOT")
    before = stored(desk)
    run = load(desk, [*deals(1, 10, Stage="Negotiation"), *deals(11, 25), *deals(101, 105)], source="HUBSPOT")

    after = stored(desk)
    assert len(after) == 105
    assert (run.stats["update"], run.stats["unchanged"], run.stats["create"]) == (10, 15, 5)
    assert {name: after[name] for name in before if name > "D010"} == {
        name: row for name, row in before.items() if name > "D010"
    }
    changed = [name for name, row in after.items() if row["changed_run"] == run.run_id]
    assert changed == [f"D{number:03}" for number in range(1, 11)]
    assert {after[name]["stage"] for name in changed} == {"Negotiation"}


def test_a_rolled_back_merge_leaves_the_100_deals_as_they_were(desk: Desk) -> None:
    load(desk, deals(1, 100), source="HUBSPOT")
    before = desk.state()
    run = load(desk, [*deals(1, 25, Stage="Negotiation"), *deals(101, 105)], source="HUBSPOT")

    assert run.rollback().stats["deleted"] == 5
    assert desk.state() == before


# ---------------------------------------------------------------- replace


def test_replace_keeps_the_ids_of_95_deals_and_deletes_the_5_that_are_gone(desk: Desk) -> None:
    """PLN-2: 100 deals, then a file of 95 → 95 remain, 5 gone, accounts preserved."""
    load(desk, deals(1, 100))
    before = stored(desk)
    desk.later()
    plan = desk.book.plan(
        [*deals(1, 20, Stage="Negotiation"), *deals(21, 95)], record_type="deal", source="csv_import"
    )
    assert plan.plan.strategy == "replace"
    assert (plan.counts["delete"], plan.counts["update"], plan.counts["unchanged"]) == (5, 20, 75)
    assert sorted(plan.decisions("delete")["external_id"]) == [f"D{number:03}" for number in range(96, 101)]
    run = plan.apply()

    after = stored(desk)
    assert list(after) == [f"D{number:03}" for number in range(1, 96)]
    assert {name: row["id"] for name, row in after.items()} == {name: before[name]["id"] for name in after}
    assert {name: row["account"] for name, row in after.items()} == {
        name: before[name]["account"] for name in after
    }
    # When references resolve (IDN-4): assert here that `account_id` of the 95 is what it was, and none is null.
    assert run.stats["delete"] == 5


def test_a_rolled_back_replace_gives_back_records_ids_links_and_accounts(desk: Desk) -> None:
    """ROL-2."""
    load(desk, deals(1, 100))
    before = desk.state()
    run = load(desk, [*deals(1, 20, Stage="Negotiation"), *deals(21, 95), *deals(101, 103)])
    assert desk.count() == 98

    undone = run.rollback().stats
    assert (undone["deleted"], undone["restored"], undone["undeleted"]) == (3, 20, 5)
    assert desk.state() == before


@pytest.mark.parametrize("options", [{}, {"allow_retire": 1000}, {"on_error": "reject-rows"}], ids=str)
def test_an_empty_file_never_replaces(desk: Desk, options: dict[str, Any]) -> None:
    """PLN-2, PRE-11."""
    load(desk, deals(1, 100))
    empty = desk.file([], header=list(deal(1)))
    plan = desk.book.plan(empty, record_type="deal", source="csv_import", **options)

    assert refusal_of(plan).code == "empty-snapshot"
    with pytest.raises(st.GuardRefused):
        plan.apply()
    assert desk.count() == 100


def test_replace_is_refused_for_a_source_that_tracks_presence_and_names_snapshot(desk: Desk) -> None:
    """PLN-17."""
    desk.declare("TRACKED", external_id=(), key_rules=())
    with pytest.raises(st.InvalidInput) as refusal:
        desk.book.plan(deals(1, 3), record_type="deal", source="TRACKED", strategy="replace")

    assert refusal.value.code == "presence-tracked"
    assert "snapshot" in refusal.value.hint


def test_replace_deletes_neither_what_another_source_has_nor_what_the_operator_keeps(desk: Desk) -> None:
    """PLN-2, PLN-8."""
    load(desk, deals(1, 100))
    load(desk, deals(96, 97), source="HUBSPOT")
    kept = stored(desk)["D098"]["id"]
    run = load(desk, deals(1, 95), keep=[kept])

    assert (run.stats["delete"], run.stats["missing"], run.stats["suppressed"]) == (2, 3, 1)
    assert sorted(set(stored(desk)) - {f"D{number:03}" for number in range(1, 96)}) == [
        "D096",
        "D097",
        "D098",
    ]


def test_replace_deletes_a_record_once_that_has_two_links_of_its_source(desk: Desk) -> None:
    """HIS-7: a deal that came with its id, and once without, is one deal; rolled back, it has both links again."""
    load(desk, deals(1, 30))
    load(desk, [*deals(1, 29), deal(30, **{"Deal ID": ""})])
    assert desk.count() == 30
    before = desk.state()
    desk.later()
    plan = desk.book.plan(deals(1, 29), record_type="deal", source="csv_import")
    assert (plan.counts["delete"], plan.history()["removed"]) == (1, 1)
    run = plan.apply()

    told = desk.rows("SELECT field FROM st_field_history WHERE run_id = :run", run=run.run_id)
    assert sorted(row["field"] for row in told) == ["amount", "close_date", "stage"]
    run.rollback()
    assert desk.state() == before


# ---------------------------------------------------------------- append


def test_append_creates_every_row_anew_and_the_files_own_id_stays_a_value(desk: Desk) -> None:
    """PLN-4, IDN-5: also rows that repeat each other, and rows whose record is there."""
    load(desk, deals(1, 10), source="HUBSPOT")
    before = stored(desk)
    run = load(desk, [*deals(1, 10, Stage="Won"), deal(1), deal(1)], source="HUBSPOT", strategy="append")

    assert (run.stats["create"], desk.count()) == (12, 22)
    after = stored(desk)
    assert len(after) == 22, "every record has an external id of its own"
    assert {name: after[name] for name in before} == before


def test_a_rolled_back_append_leaves_what_was_there(desk: Desk) -> None:
    load(desk, deals(1, 10), source="HUBSPOT")
    before = desk.state()
    run = load(desk, deals(1, 10), source="HUBSPOT", strategy="append")

    assert run.rollback().stats["deleted"] == 10
    assert desk.state() == before
