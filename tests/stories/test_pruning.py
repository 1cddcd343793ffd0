"""Pruning raw rows: what is old goes, what hangs on it stays sound (LIN-5)."""

from __future__ import annotations

from datetime import timedelta

import pytest

import stocktake as st
from tests.stories.desk import Desk, device, fleet


@pytest.fixture
def stock(desk: Desk) -> Desk:
    """INTUNE's snapshot 100 days ago, with a row that was rejected, and one of ten days ago that changes a device."""
    desk.declare("INTUNE")
    rows = [*fleet(30), device("S031", status="nonsense")]
    desk.load("INTUNE", rows, on_error="reject-rows")
    desk.later(timedelta(days=90))
    desk.load("INTUNE", [device("S001", "T001", location="Calgary"), *fleet(30)[1:]])
    desk.later(timedelta(days=10))
    return desk


def chunks(desk: Desk) -> list[int]:
    return [row["run_id"] for row in desk.rows("SELECT run_id FROM st_raw_chunk ORDER BY run_id")]


def test_a_preview_says_what_would_go_and_deletes_nothing(stock: Desk) -> None:
    """LIN-5."""
    seen = stock.book.preview_pruning("90d")

    assert (seen.counts["runs"], seen.counts["raw_rows"]) == (1, 31)
    assert seen.counts["bytes"] > 0
    assert seen.runs.select("run_id", "source", "rows").rows() == [(1, "INTUNE", 31)]
    assert chunks(stock) == [1, 2]


def test_old_raw_rows_go_and_health_stays_sound(stock: Desk) -> None:
    """LIN-5: most records still name a row of the pruned run; that is no orphan."""
    run = stock.book.prune_raw_rows("90d", by="bob", reason="retention")

    assert chunks(stock) == [2]
    assert (run.run.kind, run.run.status, run.run.initiated_by) == ("prune", "applied", "bob")
    assert (run.stats["runs"], run.stats["raw_rows"]) == (1, 31)
    assert stock.book.wiring_health().is_healthy
    with stock.book.listing() as unit:
        assert unit.problems_of(1).is_empty()
    (entry,) = stock.audit(run, "prune")
    assert entry["sentence"].startswith("bob pruned 31 raw rows of 1 run from before ")


def test_a_pruned_run_says_so(stock: Desk) -> None:
    """LIN-5."""
    stock.book.prune_raw_rows(timedelta(days=90))

    assert stock.book.run(1).run.raw_pruned_at == stock.now
    assert stock.book.run(2).run.raw_pruned_at is None
    (trace,) = (each for each in stock.book.lineage("device", 2).traces if each.run.run_id == 1)
    assert (trace.acts, trace.rows) == (("created",), ())


def test_a_pruned_run_can_still_be_rolled_back(stock: Desk) -> None:
    """LIN-5, ROL-6: before-images are no raw rows."""
    before = stock.state()
    stock.load("INTUNE", [device("S001", "T001", location="Victoria"), *fleet(29)[1:]])
    stock.later(timedelta(days=20))
    stock.book.prune_raw_rows("10d")
    assert chunks(stock) == []

    stock.book.run(3).rollback()

    assert stock.state() == before
    assert stock.book.wiring_health().is_healthy


def test_rows_that_a_younger_run_read_again_are_as_young_as_that_run(stock: Desk) -> None:
    """LIN-5, PLN-16."""
    rows = fleet(5)
    stock.load("NINJAONE", rows, strategy="merge")
    stock.later(timedelta(days=30))
    again = stock.load("NINJAONE", rows, strategy="merge")
    assert again.run.content_run == 3

    assert stock.book.prune_raw_rows("10d").stats["runs"] == 2
    assert chunks(stock) == [3]
    stock.later(timedelta(days=30))
    stock.book.prune_raw_rows("10d")
    assert chunks(stock) == []
    assert stock.book.run(again.run_id).run.raw_pruned_at == stock.now


def test_the_same_content_is_read_anew_once_its_raw_rows_are_gone(stock: Desk) -> None:
    """LIN-5, PLN-16: nothing is left that could tell its rows again."""
    rows = fleet(5)
    stock.load("NINJAONE", rows, strategy="merge")
    stock.later(timedelta(days=30))
    stock.book.prune_raw_rows("10d")

    plan = stock.plan("NINJAONE", rows, strategy="merge")
    assert plan.plan.content_run is None
    assert plan.counts["unchanged"] == plan.decisions("unchanged").height == 5
    plan.apply()
    assert stock.book.wiring_health().is_healthy


def test_a_plan_that_would_repeat_pruned_rows_is_stale(stock: Desk) -> None:
    """LIN-5, PLN-9."""
    rows = fleet(5)
    stock.load("NINJAONE", rows, strategy="merge")
    stock.later(timedelta(days=30))
    plan = stock.plan("NINJAONE", rows, strategy="merge")
    stock.book.prune_raw_rows("10d")

    with pytest.raises(st.StalePlan, match="pruned"):
        plan.apply()


def test_a_length_of_time_must_be_one(stock: Desk) -> None:
    with pytest.raises(st.InvalidInput, match="no length of time"):
        stock.book.prune_raw_rows("ninety days")


def test_a_prune_cannot_be_rolled_back(stock: Desk) -> None:
    """LIN-5: what is gone is gone."""
    run = stock.book.prune_raw_rows("90d")

    with pytest.raises(st.RollbackBlocked, match="is a prune"):
        run.rollback()
