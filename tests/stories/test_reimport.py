"""Another file in the place of a run that was rolled back, read as that run was (ROL-7)."""

from __future__ import annotations

from pathlib import Path

import pytest

from stocktake.book import OpenRun
from stocktake.model.errors import InvalidInput
from tests.stories.desk import Desk, device, fleet

COLUMNS = [("Kind of thing", "model")]


@pytest.fixture
def wrong(desk: Desk) -> OpenRun:
    """A partial import with a column of its own, half of whose rows are left out; undone."""
    desk.load("NINJAONE", fleet(6, model="A"))
    rows = [*_rows("B"), device("BAD", status="NONSENSE")]
    desk.later()
    run = desk.plan(
        "NINJAONE",
        rows,
        strategy="merge",
        columns=COLUMNS,
        on_error="reject-rows",
        reject_limit="50%",
        keep=[1],
        overrides={"skip_lines": [2], "values": {"status": {"with a client": "ASSIGNED"}}},
    ).apply()
    run.rollback()
    return desk.book.run(run.run_id)


def _rows(model: str) -> list[dict[str, str]]:
    return [{**each, "Kind of thing": model} for each in fleet(3)]


def test_a_new_file_is_read_as_the_run_was_and_stands_in_its_place(desk: Desk, wrong: OpenRun):
    """ROL-7: type, source, strategy, mapping and options; not what was said of the old file's lines and records."""
    plan = wrong.reimport_plan(desk.file([*_rows("C"), device("BAD", status="NONSENSE")]))
    run = plan.apply()

    options = plan.plan.options
    assert (plan.plan.record_type.name, plan.plan.source.name, plan.plan.strategy) == (
        "device",
        "NINJAONE",
        "merge",
    )
    assert (options.columns, options.on_error, options.reject_limit) == (tuple(COLUMNS), "reject-rows", "50%")
    assert (options.overrides.skip_lines, options.keep) == ((), ())
    assert dict(options.overrides.values) == {"status": (("with a client", "ASSIGNED"),)}
    assert [desk.record(f"S00{place}")["model"] for place in (1, 2, 3)] == ["C", "C", "C"]
    assert run.run.replaces_run == wrong.run_id
    assert desk.book.run(wrong.run_id).run.replaced_by == (run.run_id,)
    assert [each.replaced_by for each in desk.book.runs()[0] if each.run_id == wrong.run_id] == [
        (run.run_id,)
    ]


def test_what_is_given_takes_the_place_of_what_the_run_was_asked(desk: Desk, wrong: OpenRun):
    """ROL-7"""
    plan = wrong.reimport_plan(
        desk.file([*fleet(5, model="C")]), strategy="snapshot", columns=(), on_error="fail", allow_retire=1
    )

    options = plan.plan.options
    assert (plan.plan.strategy, options.columns, options.on_error, options.allow_retire) == (
        "snapshot",
        (),
        "fail",
        1,
    )
    assert plan.counts["retire"] == 1


def test_only_what_was_rolled_back_is_replaced(desk: Desk):
    """ROL-7: with what to do instead."""
    run = desk.load("NINJAONE", fleet(3))

    with pytest.raises(InvalidInput) as refused:
        run.reimport_plan(desk.file(fleet(3)))

    assert refused.value.code == "not-rolled-back"
    assert f"stocktake rollback {run.run_id}" in refused.value.hint
    assert "--strategy merge" in refused.value.hint


def test_a_run_of_another_kind_is_replaced_by_no_file(desk: Desk):
    """ROL-7"""
    done = desk.load("NINJAONE", fleet(3)).rollback()

    with pytest.raises(InvalidInput) as refused:
        done.reimport_plan(desk.file(fleet(3)))

    assert refused.value.code == "not-an-import"


def test_an_import_that_was_undone_itself_stands_in_no_place(desk: Desk, wrong: OpenRun):
    """ROL-7: it can be replaced in turn, and so can the first again."""
    second = wrong.reimport_plan(desk.file(_rows("C"))).apply()
    second.rollback()
    assert desk.book.run(wrong.run_id).run.replaced_by == ()

    third = second.reimport_plan(desk.file(_rows("D"))).apply()

    assert desk.book.run(second.run_id).run.replaced_by == (third.run_id,)
    assert third.run.replaces_run == second.run_id


def test_what_deletes_by_the_sources_default_is_nobodys_word_again(desk: Desk):
    """ROL-7, PLN-18"""
    desk.declare("LIST", tracks_presence=False, default_strategy="replace")
    asked = desk.load("LIST", fleet(3), strategy="replace")
    asked.rollback()
    usual = desk.load("LIST", fleet(3))
    usual.rollback()

    plans = [each.reimport_plan(desk.file(fleet(2))).plan for each in (asked, usual)]

    assert [each.strategy for each in plans] == ["replace", "replace"]
    assert [each.options.strategy for each in plans] == ["replace", None]


def test_a_saved_plan_keeps_whose_place_it_takes(desk: Desk, wrong: OpenRun, tmp_path: Path):
    """ROL-7, PLN-24"""
    wrong.reimport_plan(desk.file(_rows("C"))).save(tmp_path / "plan.json")

    run = desk.book.load_plan(tmp_path / "plan.json").apply()

    assert run.run.replaces_run == wrong.run_id


def test_the_same_content_in_the_place_of_a_run_is_told_as_ever(desk: Desk, wrong: OpenRun):
    """PLN-16: whose place a file takes is no rule of what its rows mean."""
    rows = _rows("C")
    wrong.reimport_plan(desk.file(rows)).apply()

    again = wrong.reimport_plan(desk.file(rows))

    assert again.counts["unchanged"] == 3
