"""What a file's columns say in numbers, and a factor of a hundred that catches the eye (CLN-4)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.stories.desk import Desk, on_one_store

HEADER = ("Record ID", "Deal Name", "Deal Stage", "Amount", "Close Date")


@pytest.fixture
def sales(ready_database_url: str, tmp_path: Path) -> Iterator[Desk]:
    """An empty book of deals."""
    working = Desk(ready_database_url, tmp_path, "deal")
    yield working
    working.book.close()


def deals(
    count: int = 20, *, times: float = 1, mark: str = ".", cells: dict[str, str] | None = None
) -> list[dict[str, str]]:
    """Deals of 100.50, 200.50 …, or so many times that."""
    return [
        {
            "Record ID": f"D{n}",
            "Deal Name": f"Deal {n}",
            "Deal Stage": "Closed Won" if n % 4 else "Negotiation",
            "Amount": f"{(n * 100 + 0.5) * times:.2f}".replace(".", mark),
            "Close Date": f"2026-03-{n % 28 + 1:02}",
            **(cells or {}),
        }
        for n in range(1, count + 1)
    ]


def plan(sales: Desk, rows: list[dict[str, str]], **options: Any):
    return sales.plan("HUBSPOT", rows, **{"strategy": "merge", **options})


def load(sales: Desk, rows: list[dict[str, str]], **options: Any):
    sales.later()
    return plan(sales, rows, **options).apply()


def of(planned, field: str) -> dict[str, Any]:
    found: list[dict[str, Any]] = planned.statistics().filter(field=field).to_dicts()
    return found[0]


def warned(planned) -> list[str]:
    return [each.message for each in planned.plan.warnings if each.code == "scale-changed"]


def test_a_preview_says_what_its_columns_hold(sales: Desk):
    """CLN-4: filled, distinct, smallest, largest, sum, most frequent."""
    rows = [*deals(3), *deals(1, cells={"Record ID": "D9", "Amount": "", "Deal Stage": " "})]

    planned = plan(sales, rows)

    amount, stage, close = (of(planned, name) for name in ("amount", "stage", "close_date"))
    assert (amount["rows"], amount["filled"], amount["distinct"], amount["sum"]) == (4, 3, 3, "601.5")
    assert (amount["minimum"], amount["maximum"], amount["type"]) == ("100.5", "300.5", "decimal")
    assert (stage["filled"], stage["frequent"]) == (3, [{"value": "Closed Won", "count": 3}])
    assert (stage["shortest"], stage["longest"], stage["minimum"]) == (10, 10, None)
    assert (close["minimum"], close["maximum"], close["sum"]) == ("2026-03-02", "2026-03-04", None)


@on_one_store
def test_what_is_dear_is_counted_on_demand_in_large_files(sales: Desk):
    """CLN-4: where to where and sums are always there."""
    planned = plan(sales, deals(10_001))

    amount = next(each for each in planned.plan.statistics if each.field == "amount")
    assert (amount.sum, amount.distinct) == ("5001505100.5", None)
    assert of(planned, "amount")["distinct"] == 10_001
    assert of(planned.counted(), "amount") == of(planned, "amount")
    assert planned.counted().plan.statistics[0].is_counted


@on_one_store
def test_values_are_those_that_the_columns_decision_reads(sales: Desk):
    """CLN-4, CLN-1"""
    planned = plan(sales, deals(3, mark=","))

    assert of(planned, "amount")["sum"] == "601.5"


@on_one_store
def test_a_cell_written_anew_counts_as_it_was_written(sales: Desk):
    """CLN-4, PLN-8"""
    edit = {"edits": [{"line": 2, "column": "Amount", "value": "1000"}]}

    planned = plan(sales, deals(3), overrides=edit)

    assert of(planned, "amount")["maximum"] == "1000"
    assert of(planned, "amount")["distinct"] == 3


@on_one_store
def test_cells_that_do_not_fit_are_counted_beside_those_that_do(sales: Desk):
    """CLN-4"""
    planned = plan(
        sales, [*deals(3), *deals(1, cells={"Record ID": "D9", "Amount": "a lot"})], on_error="reject-rows"
    )

    assert (of(planned, "amount")["filled"], of(planned, "amount")["misfits"]) == (4, 1)


@pytest.mark.parametrize(
    ("times", "said"),
    [
        (100, "about 100 times as much"),
        (0.01, "about a 100th of it"),
        (10, "about 10 times"),
        (1000, "about 1,000 times"),
    ],
)
@on_one_store
def test_a_factor_of_a_hundred_catches_the_eye_and_blocks_nothing(sales: Desk, times: float, said: str):
    """CLN-4"""
    load(sales, deals())

    planned = plan(sales, deals(21, times=times))

    (message,) = warned(planned)
    assert said in message
    assert "(21 numbers); in the source's last import, run 1, to 21,010 (20)" in message
    assert message.startswith("Amount adds up to ")
    assert planned.refusal is None
    assert planned.apply().stats["updated"] == 20


def test_a_snapshot_is_compared_as_well(sales: Desk):
    """CLN-4"""
    sales.declare("ERP", external_id=("external_id",))
    sales.plan("ERP", deals(), strategy="snapshot").apply()
    sales.later()

    planned = sales.plan("ERP", deals(times=100), strategy="snapshot")

    assert len(warned(planned)) == 1


@pytest.mark.parametrize(
    "rows",
    [
        deals(times=2),
        deals(4, times=100),
        [*deals(), *deals(1, cells={"Record ID": "D99", "Amount": "189000"})],
        deals(100, times=100),
        deals(cells={"Amount": ""}),
    ],
    ids=["twice as much", "hardly any", "one that outweighs all", "another kind of file", "none"],
)
@on_one_store
def test_what_is_no_other_scale_is_not_worth_a_word(sales: Desk, rows: list[dict[str, str]]):
    """CLN-4"""
    load(sales, deals())

    assert warned(plan(sales, rows)) == []


def test_what_was_rolled_back_is_no_measure(sales: Desk):
    """CLN-4: the file after it is compared with the one before."""
    load(sales, deals())
    slip = load(sales, deals(times=100))
    assert len(warned(plan(sales, deals(21)))) == 1

    slip.rollback(by="ana")

    assert warned(plan(sales, deals(21))) == []
    assert len(warned(plan(sales, deals(times=100)))) == 1


def test_a_slip_that_comes_again_is_no_news(sales: Desk):
    """CLN-4, PLN-16: the same content once more, by its bytes and by its rows."""
    load(sales, deals())
    rows = deals(times=100)
    load(sales, rows)

    same, other = plan(sales, rows), plan(sales, rows[::-1])

    assert (same.plan.content_run, other.plan.content_run) == (2, 2)
    assert warned(same) == warned(other) == []
    same.apply()
    assert len(warned(plan(sales, deals(21)))) == 1


def test_a_file_that_comes_again_is_counted_from_the_rows_that_were_kept(sales: Desk):
    """CLN-4, PLN-16: and from its own cells once those were pruned."""
    first = plan(sales, deals())
    told = first.statistics()
    first.apply()
    sales.later()

    again = plan(sales, deals())

    assert again.plan.statistics == ()
    assert again.statistics().equals(told)
    assert again.counted().statistics().equals(told)
    sales.later(timedelta(days=100))
    sales.book.prune_raw_rows("90d", by="bob", reason="retention")
    assert plan(sales, deals()).statistics().equals(told)


def test_a_run_keeps_what_its_numbers_add_up_to(sales: Desk):
    """CLN-4"""
    run = load(sales, deals())

    baseline = sales.book.run(run.run_id).run.baseline
    assert baseline is not None
    (total,) = baseline.totals

    assert (total.field, total.numbers, total.sum, total.order) == ("amount", 20, "21010", 3)


def test_a_saved_plan_has_its_statistics_with_it(sales: Desk, tmp_path: Path):
    """CLN-4, PLN-24: also the values that are counted later."""
    planned = plan(sales, deals())
    path = planned.save(tmp_path / "plan.json")

    loaded = sales.book.load_plan(path)

    assert loaded.plan.statistics == planned.plan.statistics
    assert loaded.plan.baseline == planned.plan.baseline
    assert loaded.statistics().equals(planned.statistics())
