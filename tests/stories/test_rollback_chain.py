"""Later runs that stand in the way are undone before, newest first, in one transaction (ROL-5)."""

from __future__ import annotations

import pytest

from stocktake.book import OpenRun
from stocktake.model.errors import InvalidInput, RollbackBlocked
from tests.stories.desk import Desk, device, fleet


def edit(desk: Desk, serial: str, **values: object) -> OpenRun:
    desk.later()
    return desk.book.edit_record("device", desk.record(serial)["id"], values, by="eve")


def statuses(desk: Desk) -> dict[int, str]:
    return {row["run_id"]: row["status"] for row in desk.rows("SELECT run_id, status FROM st_import_run")}


def test_a_chain_leads_back_to_what_was_before_the_first_of_its_runs(desk: Desk):
    """ROL-2, ROL-5"""
    desk.load("NINJAONE", fleet(3, model="A", location="here"))
    before = desk.state()
    run = desk.load("NINJAONE", [*fleet(3, model="B", location="here"), device("NEW", "TNEW", model="B")])
    later = [
        desk.load("TELUS", [device("NEW", "TNEW", model="T")]),
        desk.load("MANUAL", [device("S001", "T001", location="there")]),
        edit(desk, "S001", model="X"),
    ]
    beside = desk.load("MANUAL", [device("OTHER", "TOTHER")])

    seen = run.preview_rollback(chain=True)
    done = run.rollback(chain=True, by="ben", reason="wrong file")

    assert seen.refusal is None
    assert [each.run.run_id for each in seen.chain] == [each.run_id for each in reversed(later)]
    beside.rollback()
    assert desk.state() == before
    undone = {
        row["undoes_run"]: row for row in desk.rows("SELECT * FROM st_import_run WHERE kind = 'rollback'")
    }
    assert set(undone) == {run.run_id, beside.run_id, *(each.run_id for each in later)}
    assert {row["initiated_by"] for row in undone.values()} == {"ben", "ana"}
    assert done.run.undoes_run == run.run_id
    assert done.stats == seen.undo.counts
    for preview in seen.chain:
        assert desk.book.run(undone[preview.run.run_id]["run_id"]).stats == preview.undo.counts
    for each in later:
        (entry,) = desk.rows(
            "SELECT * FROM st_activity_log WHERE run_id = :run", run=undone[each.run_id]["run_id"]
        )
        assert entry["sentence"].startswith(f"ben rolled back run {each.run_id} ")


def test_a_chain_gives_back_what_a_later_run_deleted_and_then_takes_it_away(desk: Desk):
    """ROL-4: the preview counts what will be there by then."""
    hired = [device(f"E{place}", model="A") for place in range(10)]
    run = desk.load("EXCEL", hired, strategy="replace")
    desk.load("EXCEL", [{**each, "Model": "B"} for each in hired[:9]], strategy="replace")

    seen = run.preview_rollback(chain=True)
    done = run.rollback(chain=True)

    assert (done.stats, done.stats["deleted"]) == (seen.undo.counts, 10)
    assert desk.count() == 0
    assert desk.book.wiring_health().faults == {}


def test_a_link_that_several_runs_wrote_brings_all_of_them(desk: Desk):
    """ROL-5: also those that wrote it between, of which only their successors' images tell."""
    desk.load("NINJAONE", fleet(4, model="A", assigned_to="ana"))
    before = desk.state()
    run = desk.load("NINJAONE", fleet(4, model="B", assigned_to="ana"))
    words = ("ACME\\ana", "CORP\\ana")
    later = [desk.load("NINJAONE", fleet(4, model="B", assigned_to=word)) for word in words]

    seen = run.preview_rollback(chain=True)
    run.rollback(chain=True)

    assert [each.run.run_id for each in seen.chain] == [each.run_id for each in reversed(later)]
    assert desk.state() == before


def test_a_chain_that_needs_no_other_run_is_a_rollback(desk: Desk):
    """ROL-5"""
    run = desk.load("NINJAONE", fleet(2))
    desk.load("NINJAONE", fleet(2))

    assert run.preview_rollback(chain=True).chain == ()
    assert run.rollback(chain=True).stats["deleted"] == 2


def test_a_later_run_that_cannot_be_undone_is_named_and_nothing_is_written(desk: Desk):
    """ROL-5, ROL-6: here one whose before-images are gone."""
    run = desk.load("NINJAONE", fleet(2, model="A"))
    middle = desk.load("NINJAONE", fleet(2, model="B"))
    desk.write("DELETE FROM st_run_image WHERE run_id = " + str(middle.run_id))
    state, before = desk.state(), statuses(desk)

    with pytest.raises(RollbackBlocked) as refused:
        run.rollback(chain=True)

    assert (refused.value.code, refused.value.details["broken_by"]) == ("chain-broken", "no-image")
    assert f"Run {middle.run_id} " in refused.value.message
    assert (desk.state(), statuses(desk)) == (state, before)


def test_a_run_that_was_undone_and_kept_something_breaks_the_chain(desk: Desk):
    """ROL-6: it cannot be undone a second time."""
    run = desk.load("NINJAONE", fleet(2, model="A"))
    middle = desk.load("MANUAL", [device("S001", "T001", model="B", location="here")])
    last = edit(desk, "S001", model="X", location="there")
    middle.rollback(partial=True)
    last.rollback()
    desk.write(f"UPDATE device SET changed_run = {middle.run_id} WHERE serial_number = 'S001'")

    with pytest.raises(RollbackBlocked) as refused:
        run.rollback(chain=True)

    assert (refused.value.code, refused.value.details["broken_by"]) == ("chain-broken", "already-rolled-back")
    assert f"Run {middle.run_id} was rolled back already" in refused.value.message


def test_a_chain_leaves_nothing_half_done(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    """ROL-6: what goes wrong in its last run takes back the others too; each says that it failed."""
    run = desk.load("NINJAONE", fleet(2, model="A"))
    later = desk.load("NINJAONE", fleet(2, model="B"))
    before, runs = desk.state(), desk.last_run()["run_id"]
    monkeypatch.setattr("stocktake.flows.rollback.delete_created", _once(), raising=True)

    with pytest.raises(OSError, match="full"):
        run.rollback(chain=True)

    assert desk.state() == before
    found = statuses(desk)
    assert (found[run.run_id], found[later.run_id]) == ("applied", "applied")
    assert [status for run_id, status in found.items() if run_id > runs] == ["failed", "failed"]


def _once() -> object:
    """What works once, and finds the disk full the second time."""
    from stocktake.flows.unlinking import delete_created

    seen: list[object] = []

    def deleting(*handed: object) -> None:
        seen.append(handed)
        if len(seen) > 1:
            raise OSError("the disk is full")
        delete_created(*handed)  # type: ignore[arg-type]

    return deleting


def test_a_chain_stands_alone(desk: Desk):
    """ROL-5: the other ways out leave something, a chain leaves nothing."""
    run = desk.load("NINJAONE", fleet(1))

    with pytest.raises(InvalidInput) as refused:
        run.rollback(chain=True, partial=True)

    assert refused.value.code == "bad-option"
