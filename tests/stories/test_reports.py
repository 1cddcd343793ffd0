"""What people ask after imports: sync runs, what a run did, what is missing, how fresh it all is (PRE-22, FRE, HIS)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

import stocktake as st
from tests.stories.desk import DAY, START, Desk, device, fleet

# ---------------------------------------------------------------- source sync runs


def test_sync_runs_are_told_by_source_type_and_kind(desk: Desk) -> None:
    """PRE-22: full or partial, with counts, by whom; a rollback is neither."""
    desk.load("NINJAONE", fleet(10))
    desk.load("TELUS", fleet(10))
    desk.load("NINJAONE", fleet(3), strategy="merge")
    last = desk.load("NINJAONE", fleet(9))
    desk.later()
    last.rollback()

    mine, total = desk.book.runs(source="NINJAONE", record_type="device")
    assert ([each.run_id for each in mine], total) == ([5, 4, 3, 1], 4)
    assert [each.run_id for each in desk.book.runs(source="NINJAONE", full=True)[0]] == [4, 1]
    assert [each.run_id for each in desk.book.runs(source="NINJAONE", full=False)[0]] == [3]
    assert desk.book.runs(record_type="deal") == ([], 0)
    assert (mine[1].initiated_by, mine[1].stats["missing"], mine[1].is_full_snapshot) == ("ana", 1, True)
    with pytest.raises(st.NotFound):
        desk.book.runs(source="NOBODY")


def test_a_run_lists_what_it_retired_missed_brought_back_and_updated(desk: Desk) -> None:
    """PRE-22, LIN-2: also the records that its file lacked, and long after it."""
    desk.load("NINJAONE", fleet(10))
    desk.load("TELUS", fleet(2))
    gone = desk.load("NINJAONE", fleet(10)[1:9])
    back = desk.load("NINJAONE", [*fleet(10)[:9], {**fleet(10)[9], "Location": "Victoria"}])

    told = gone.rows("retire").to_dicts()
    assert told == [
        {
            "line": None,
            "external_id": "S010",
            "name": "T010",
            "record_id": desk.record("S010")["id"],
            "action": "retire",
            "reason": "no source has it any more",
        }
    ]
    (missing,) = gone.rows("missing").to_dicts()
    assert (missing["name"], missing["reason"]) == ("T001", "still present in another source: TELUS")
    assert back.rows("reactivate")["external_id"].to_list() == ["S010"]
    assert back.rows("reappeared")["external_id"].to_list() == ["S001", "S010"]
    assert back.rows("reappeared").height == back.stats["reappeared"]
    assert gone.rows("reappeared").is_empty()
    assert gone.rows().height == 8 + 2
    assert gone.rows()["action"].value_counts().sort("count").rows()[-1] == ("unchanged", 8)


def test_what_a_run_lists_is_what_its_plan_showed(desk: Desk) -> None:
    """PRE-22, PLN-6."""
    desk.load("NINJAONE", fleet(10))
    desk.load("TELUS", fleet(2))
    desk.later()
    plan = desk.plan("NINJAONE", [*fleet(10, location="Victoria")[1:9], *fleet(12)[10:]])
    seen = plan.decisions().drop("record_id")

    assert plan.apply().rows().drop("record_id").rows() == seen.rows()


def test_a_run_tells_all_that_it_added_to_the_history(desk: Desk) -> None:
    """HIS-5: the whole list, of which the outcome shows the first."""
    desk.load("NINJAONE", fleet(30, location="Vancouver"))
    run = desk.load("NINJAONE", fleet(30, location="Victoria")[1:])

    told = run.history()
    assert told.filter(kind="file_import_diff").height == 29
    assert told.row(0, named=True) == {
        "record_id": 1,
        "name": "T001",
        "field": "location",
        "from": "Vancouver",
        "to": "removed_from_export",
        "kind": "file_import_removed",
    }
    desk.later()
    assert run.rollback().history().height == told.height


# ---------------------------------------------------------------- missing by source


def test_what_is_missing_says_who_still_has_it(desk: Desk) -> None:
    """PRE-22."""
    desk.load("NINJAONE", fleet(10))
    desk.load("TELUS", fleet(2))
    desk.load("ROGERS", fleet(1))
    desk.load("NINJAONE", fleet(10)[2:9])

    found, total = desk.book.missing(source="NINJAONE")

    told = {each.external_id: (each.state, [one.source for one in each.elsewhere]) for each in found}
    assert total == 3
    assert told == {
        "S001": ("kept", ["ROGERS", "TELUS"]),
        "S002": ("kept", ["TELUS"]),
        "S010": ("retired", []),
    }
    assert all(each.only_keeper is None for each in found)
    assert found[0].missing_since == START + 4 * DAY


def test_a_record_that_only_an_overdue_source_keeps_is_pointed_out(desk: Desk) -> None:
    """PRE-22: kept alive only by ROGERS, last read 400 days ago."""
    desk.load("ROGERS", [{"Serial Number": "S001"}])
    desk.load("NINJAONE", fleet(3))
    desk.later(timedelta(days=399))
    desk.plan("NINJAONE", fleet(3)[1:], allow_retire=2).apply()

    (found,) = desk.book.missing()[0]
    keeper = found.only_keeper

    assert keeper is not None
    assert (keeper.source, keeper.last_read_at, keeper.is_overdue) == ("ROGERS", START + DAY, True)
    desk.load("ROGERS", [{"Serial Number": "S001"}])
    assert desk.book.missing()[0][0].only_keeper is None


def test_a_keeper_that_says_not_how_often_it_is_read_is_overdue_after_a_long_time(desk: Desk) -> None:
    """PRE-22: nobody should have to declare anything to learn that a record lives by habit."""
    desk.declare("QUIET")
    desk.load("QUIET", fleet(1))
    desk.load("NINJAONE", fleet(3))
    desk.load("NINJAONE", fleet(3)[1:], allow_retire=2)
    assert desk.book.missing()[0][0].only_keeper is None

    desk.later(timedelta(days=90))

    keeper = desk.book.missing()[0][0].only_keeper
    assert keeper is not None
    assert keeper.source == "QUIET"


def test_a_source_whose_presence_keeps_nothing_is_no_keeper(desk: Desk) -> None:
    """PRE-22, PRE-31, PRE-2."""
    desk.load("EXCEL", fleet(3))
    desk.load("NINJAONE", fleet(3))
    desk.load("NINJAONE", fleet(3)[1:], allow_retire=3)

    (found,) = desk.book.missing()[0]
    assert (found.state, found.elsewhere) == ("retired", ())


def test_missing_is_narrowed_by_days_that_are_both_included(desk: Desk) -> None:
    """PRE-22."""
    desk.load("NINJAONE", fleet(20))
    desk.load("NINJAONE", fleet(20)[1:])
    desk.load("NINJAONE", fleet(20)[2:])
    first, second = (START + days * DAY for days in (2, 3))

    def serials(**range_: Any) -> list[str]:
        return [each.external_id for each in desk.book.missing(**range_)[0]]

    assert serials(since=first.date(), until=first.date()) == ["S001"]
    assert serials(since=str(second.date())) == ["S002"]
    assert serials(until=first) == []
    assert serials(since=date(2026, 11, 1)) == ["S002", "S001"]
    assert [each.external_id for each in desk.book.missing(page=2, page_size=1)[0]] == ["S001"]
    for wrong in ("3", "soon"):
        with pytest.raises(st.InvalidInput) as refused:
            desk.book.missing(since=wrong)
        assert refused.value.code == "bad-option"


# ---------------------------------------------------------------- freshness


def test_freshness_holds_imports_against_what_is_expected(desk: Desk) -> None:
    """FRE-1, FRE-2, FRE-3: fresh, stale, no expectation, never."""
    desk.declare("NEVER", expected_every="7d")
    desk.declare("FREELY")
    desk.load("TELUS", fleet(2))
    desk.load("FREELY", fleet(2))
    run = desk.load("NINJAONE", fleet(3))
    desk.later(timedelta(days=7))

    told = {each["source"]: each for each in desk.book.freshness()}
    assert {name: each["state"] for name, each in told.items()} == {
        "FREELY": "unknown",
        "NEVER": "never",
        "NINJAONE": "fresh",
        "TELUS": "fresh",
    }
    assert told["NINJAONE"] == {
        "source": "NINJAONE",
        "last_sync_at": START + 3 * DAY,
        "age": 7 * 86_400,
        "state": "fresh",
        "expected_every": "7d",
        "last_imports": {
            "device": {
                "imported_at": START + 3 * DAY,
                "record_count": 3,
                "filename": "file-3.csv",
                "run_id": run.run_id,
            }
        },
    }
    assert (told["NEVER"]["last_sync_at"], told["NEVER"]["age"], told["NEVER"]["last_imports"]) == (
        None,
        None,
        {},
    )
    desk.later(timedelta(seconds=1))
    assert {each["source"]: each["state"] for each in desk.book.freshness()}["NINJAONE"] == "stale"
    run.rollback()
    assert "NINJAONE" not in {each["source"] for each in desk.book.freshness()}


def test_freshness_counts_the_records_that_an_import_has_seen(desk: Desk) -> None:
    """FRE-1: created, updated, unchanged and reactivated ones; neither rejected rows nor duplicates."""
    desk.load("NINJAONE", fleet(10))
    desk.load("NINJAONE", fleet(10)[1:])
    rows = [*fleet(9), {**fleet(10)[9], "Model": "B"}, fleet(11)[10], fleet(9)[8]]
    run = desk.load("NINJAONE", [*rows, device("S012", status="nonsense")], on_error="reject-rows")

    done = {
        name: run.stats[name]
        for name in ("create", "update", "unchanged", "reactivate", "duplicate", "reject")
    }
    assert done == {"create": 1, "update": 1, "unchanged": 8, "reactivate": 1, "duplicate": 1, "reject": 1}
    assert newest(desk, "NINJAONE")["device"]["record_count"] == 11


def test_a_rollback_gives_back_the_freshness_of_before(desk: Desk) -> None:
    """FRE-1, FRE-3: of its own type; the other types of the source stay as they are."""
    account, deal = {"Record ID": "A", "Company name": "Acme"}, {"Record ID": "D", "Deal Name": "Roof"}
    for kind, row in (("account", account), ("deal", deal)):
        desk.later()
        desk.book.plan([row], record_type=kind, source="HUBSPOT", name=f"{kind}.csv").apply()
    before = newest(desk, "HUBSPOT")
    assert {kind: each["record_count"] for kind, each in before.items()} == {"account": 1, "deal": 1}
    desk.later()
    more = [deal, {**deal, "Record ID": "E"}]
    run = desk.book.plan(more, record_type="deal", source="HUBSPOT", name="more.csv").apply()
    assert newest(desk, "HUBSPOT") == {
        **before,
        "deal": {"imported_at": desk.now, "record_count": 2, "filename": "more.csv", "run_id": run.run_id},
    }
    run.rollback()

    assert newest(desk, "HUBSPOT") == before
    (told,) = desk.book.freshness()
    assert told["last_sync_at"] == before["deal"]["imported_at"]


def test_an_import_that_came_to_nothing_is_nobodys_newest(desk: Desk) -> None:
    """FRE-1, APP-11: a blocked import counts neither in freshness nor in what the next file is held against."""
    desk.load("NINJAONE", fleet(30))
    before = newest(desk, "NINJAONE")
    expected = desk.plan("NINJAONE", fleet(10)).plan.guards
    with pytest.raises(st.GuardRefused):
        desk.load("NINJAONE", fleet(10))

    assert desk.last_run()["status"] == "blocked"
    assert newest(desk, "NINJAONE") == before
    desk.later()
    found = desk.plan("NINJAONE", fleet(10)).plan.guards
    assert [(each.code, each.numbers) for each in found] == [(each.code, each.numbers) for each in expected]


def newest(desk: Desk, source: str) -> dict[str, Any]:
    """What ``freshness`` says of the source's last imports."""
    (told,) = (each for each in desk.book.freshness() if each["source"] == source)
    return dict(told["last_imports"])


# ---------------------------------------------------------------- waterfalls


@pytest.fixture
def deals(ready_database_url: str, tmp_path: Any) -> Any:
    working = Desk(ready_database_url, tmp_path, record_type="deal")
    yield working
    working.book.close()


def sell(desk: Desk, *told: tuple[str, str, str]) -> st.OpenRun:
    desk.later(timedelta(days=5))
    rows = [
        {"Deal ID": code, "Deal Name": code, "Stage": stage, "Amount": amount} for code, stage, amount in told
    ]
    return desk.book.plan(
        rows, record_type="deal", source="csv_import", strategy="replace", allow_retire=9
    ).apply()


def test_a_waterfall_adds_amounts_exactly(deals: Desk) -> None:
    """HIS-6: three tenths are three tenths."""
    sell(deals, ("A", "Lead", "0.1"), ("B", "Lead", "0.2"), ("C", "Won", "1e0".replace("e0", "")))
    sell(deals, ("A", "Won", "0.1"), ("B", "Won", "0.2"))

    found = deals.book.waterfall("deal", from_=1, to=2, amount="amount")
    lead, won = found.steps.to_dicts()

    assert [lead[name] for name in ("begin", "entered", "moved_in", "moved_out", "left", "end")] == [
        2,
        0,
        0,
        2,
        0,
        0,
    ]
    assert [won[name] for name in ("begin", "entered", "moved_in", "moved_out", "left", "end")] == [
        1,
        0,
        2,
        0,
        1,
        2,
    ]
    assert str(won["moved_in_amount"]) == str(won["end_amount"]) == "0.3"
    assert found.moves.rows() == [(0, "Lead", "Won", 2, found.moves["amount"][0])]
    assert found.totals.select("begin", "left", "end").rows() == [(3, 1, 2)]


def test_a_day_is_included_and_weeks_begin_on_monday(deals: Desk) -> None:
    """HIS-6, HIS-9. The desk's clock starts on Monday, 2 November."""
    sell(deals, ("A", "Lead", "1"))
    sell(deals, ("A", "Won", "1"))

    def at(**points: Any) -> list[tuple[str, int]]:
        found = deals.book.waterfall("deal", **points)
        return [row for row in found.steps.select("stage", "end").rows() if row[1]]

    assert at(to="2026-11-07") == [("Lead", 1)]
    assert at(to="2026-11-06") == []
    assert at(to=START + 5 * DAY) == [("Lead", 1)]
    assert at(from_=date(2026, 11, 12), to=date(2026, 11, 12)) == [("Won", 1)]
    weekly = deals.book.waterfall("deal", by="week")
    assert [each.label for each in weekly.periods] == ["week of 2026-11-02", "week of 2026-11-09"]
    monthly = deals.book.waterfall("deal", from_="2026-10-15", to="2026-12-24", by="month")
    assert [each.label for each in monthly.periods] == ["2026-10", "2026-11", "2026-12"]
    assert monthly.totals["end"].to_list() == [0, 1, 1]


def test_a_run_that_was_undone_does_not_count(deals: Desk) -> None:
    """HIS-2, HIS-6: nor can it be the beginning or the end of a waterfall."""
    sell(deals, ("A", "Lead", "1"), ("B", "Lead", "1"))
    wrong = sell(deals, ("A", "Won", "1"))
    deals.later()
    wrong.rollback()

    assert [each.label for each in deals.book.waterfall("deal", by="run").periods] == ["run 1"]
    found = deals.book.waterfall("deal", from_=1)
    assert found.steps.select("stage", "begin", "left", "end").rows() == [("Lead", 2, 0, 2)]
    for number, code in ((2, "not-applied"), (3, "not-applied"), (9, "unknown-run")):
        with pytest.raises(st.Refusal) as refused:
            deals.book.waterfall("deal", to=number)
        assert refused.value.code == code


def test_what_nobody_can_answer_is_refused(deals: Desk) -> None:
    """HIS-1, HIS-6."""
    with pytest.raises(st.NotFound) as nothing:
        deals.book.waterfall("deal")
    assert nothing.value.code == "no-records"
    sell(deals, ("A", "Lead", "1"))
    for options, code in (
        ({"field": "name"}, "untracked-field"),
        ({"field": "colour"}, "unknown-field"),
        ({"amount": "stage"}, "not-an-amount"),
        ({"by": "day"}, "bad-option"),
        ({"from_": "later"}, "bad-option"),
        ({"from_": "2026-12-01", "to": "2026-11-01"}, "bad-option"),
    ):
        with pytest.raises(st.InvalidInput) as refused:
            deals.book.waterfall("deal", **options)
        assert refused.value.code == code, options


def test_stages_that_a_source_retires_leave_and_come_back(desk: Desk) -> None:
    """HIS-6: what is missing but kept elsewhere has not left; what is retired has."""
    desk.load("NINJAONE", fleet(4, location="Vancouver"))
    desk.load("TELUS", fleet(1))
    desk.load("NINJAONE", fleet(4, location="Vancouver")[2:], allow_retire=9)
    desk.load("NINJAONE", fleet(4, location="Victoria"))

    found = desk.book.waterfall("device", field="location", by="run", from_=2)

    assert found.steps.filter(pl_stage("Vancouver")).select("begin", "left", "moved_out", "end").rows() == [
        (4, 1, 0, 3),
        (3, 0, 3, 0),
    ]
    assert found.steps.filter(pl_stage("Victoria")).select("entered", "moved_in", "end").rows() == [
        (0, 0, 0),
        (1, 3, 4),
    ]


def pl_stage(name: str) -> Any:
    import polars as pl

    return pl.col("stage") == name
