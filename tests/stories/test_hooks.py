"""Whoever wants to hear of finished runs hears of each, after its commit and at least once (APP-7, APP-10)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from stocktake.book import OpenRun, open_book
from stocktake.model.errors import Refusal
from tests.stories.desk import Desk, device, fleet

MINUTE = timedelta(minutes=1)


class Listener:
    """A hook that writes down what it heard, and fails as long as it is told to."""

    def __init__(self) -> None:
        self.heard: list[int] = []
        self.broken = False
        self.then: Callable[[OpenRun], Any] = lambda run: None

    def __call__(self, run: OpenRun) -> None:
        self.heard.append(run.run_id)
        self.then(run)
        if self.broken:
            raise ArithmeticError("the model cannot be computed")


@pytest.fixture
def listener(desk: Desk) -> Listener:
    """A hook at the desk's book."""
    desk.book.on_finished = Listener()
    return desk.book.on_finished


def message(desk: Desk, run_id: int) -> dict[str, Any]:
    return desk.rows("SELECT * FROM st_outbox WHERE run_id = :run", run=run_id)[0]


# ---------------------------------------------------------------- when


def test_a_hook_hears_of_every_kind_of_run(desk: Desk, listener: Listener):
    """APP-7, APP-10"""
    kinds: list[str] = []
    listener.then = lambda run: kinds.append(run.run.kind.value)
    desk.declare("OLD")
    desk.load("OLD", [device("O1", "TO1")])
    desk.load("NINJAONE", fleet(10))
    desk.load("NINJAONE", fleet(10)[3:], on_guard="hold")
    desk.book.retire_held([2], record_type="device", source="NINJAONE")
    desk.book.acknowledge("device", 3, source="NINJAONE", reason="lent")
    desk.book.edit_record("device", 5, {"model": "B"})
    desk.book.rollback(6)
    desk.book.close_source("OLD")
    desk.write("DELETE FROM st_source_link WHERE external_id = 's009'")
    desk.book.backfill("presence-links")
    desk.later()
    desk.book.prune_raw_rows("1m")

    assert kinds == [
        *("import", "import", "import", "review", "acknowledge", "edit", "rollback", "close-source"),
        *("backfill", "prune"),
    ]
    assert desk.book.deliver().waiting == 0


def test_a_hook_runs_after_the_commit_and_while_no_transaction_is_open(desk: Desk, listener: Listener):
    """APP-7: another connection sees the run applied, and may write."""
    url = desk.book.store.url.render_as_string(hide_password=False)
    seen: list[Any] = []

    def look(run: OpenRun) -> None:
        with open_book(url, by="bob", clock=lambda: desk.now) as other:
            seen.append(
                (other.run(run.run_id).run.status, other.edit_record("device", 1, {"model": "B"}).run_id)
            )

    listener.then = lambda run: look(run) if run.run_id == 1 else None
    desk.load("NINJAONE", fleet(2))

    assert seen == [("applied", 2)]
    assert listener.heard == [1, 2], "the run that another book made is told of, too"


@pytest.mark.parametrize("broken", ["guard", "transaction"])
def test_a_run_that_came_to_nothing_calls_no_hook(desk: Desk, listener: Listener, broken: str):
    """APP-7"""
    desk.load("NINJAONE", fleet(10))
    plan = desk.plan("NINJAONE", [] if broken == "guard" else fleet(10, model="B"))
    desk.write("UPDATE device SET version = version + 1")

    with pytest.raises(Refusal):
        plan.apply()

    assert listener.heard == [1]
    assert desk.book.deliver().delivered == ()
    assert desk.last_run()["status"] == ("blocked" if broken == "guard" else "failed")


def test_without_a_hook_runs_wait_until_somebody_listens(desk: Desk):
    """APP-7: what was imported by the command line, for instance; oldest first."""
    desk.load("NINJAONE", fleet(2))
    desk.load("TELUS", fleet(2))
    assert desk.book.deliver().delivered == ()

    desk.book.on_finished = listener = Listener()
    told = desk.book.deliver()

    assert (told.delivered, told.failed, told.waiting) == ((1, 2), (), 0)
    assert listener.heard == [1, 2]
    assert desk.book.deliver().delivered == ()


# ---------------------------------------------------------------- a hook that fails


def test_a_hook_that_fails_leaves_the_run_applied_and_is_tried_again(desk: Desk, listener: Listener, caplog):
    """APP-7: by the next act that comes late enough."""
    listener.broken = True

    run = desk.load("NINJAONE", fleet(2))

    assert run.run.status == "applied"
    assert desk.count() == 2
    assert "run 1 is applied; a hook failed and is tried again later" in caplog.text
    waiting = message(desk, 1)
    assert (waiting["attempts"], waiting["sent_at"]) == (1, None)
    assert waiting["error"] == "ArithmeticError: the model cannot be computed"

    listener.broken = False
    desk.book.edit_record("device", 1, {"model": "B"})
    assert listener.heard == [1, 2], "too soon"
    desk.later(MINUTE)
    desk.book.edit_record("device", 1, {"model": "C"})

    assert listener.heard == [1, 2, 1, 3]
    delivered = message(desk, 1)
    assert (delivered["attempts"], delivered["error"], delivered["sent_at"] is None) == (2, None, False)


def test_a_hook_is_tried_again_when_asked_for(desk: Desk, listener: Listener):
    """APP-7: however short a while ago it failed; one run that fails holds up no other."""
    listener.broken = True
    desk.load("NINJAONE", fleet(2))
    desk.load("TELUS", fleet(2))

    told = desk.book.deliver()
    assert (told.delivered, told.failed, told.waiting) == ((), (1, 2), 2)

    listener.broken = False
    assert desk.book.deliver().delivered == (1, 2)


def test_what_fails_is_put_off_for_longer_each_time(desk: Desk, listener: Listener):
    listener.broken = True
    desk.load("NINJAONE", fleet(2))
    desk.book.deliver()
    desk.book.deliver()

    listener.broken = False
    desk.later(3 * MINUTE)
    desk.book.edit_record("device", 1, {"model": "B"})
    assert listener.heard == [1, 1, 1, 2]
    desk.later(MINUTE)
    desk.book.edit_record("device", 1, {"model": "C"})
    assert listener.heard == [1, 1, 1, 2, 1, 3]


def test_a_hook_may_act_itself(desk: Desk, listener: Listener):
    """APP-10: what it does is a run as well, and is told of after this one."""
    listener.then = lambda run: (
        desk.book.edit_record("device", 1, {"model": "B"}) if run.run_id == 1 else None
    )

    desk.load("NINJAONE", fleet(2))

    assert listener.heard == [1, 2]


# ---------------------------------------------------------------- what


def changed(run: OpenRun) -> dict[str, list[int]]:
    found = run.changed()
    assert found.columns == ["record_type", "record_id", "act"]
    assert set(found["record_type"]) <= {"device"}
    assert found["record_id"].is_sorted()
    return {
        str(act): ids
        for act, ids in sorted(
            found.group_by("act").agg("record_id").iter_rows(), key=lambda each: str(each[0])
        )
    }


def test_a_hook_is_told_which_records_have_changed(desk: Desk):
    """APP-10"""
    first = desk.load("NINJAONE", fleet(10))
    second = desk.load(
        "NINJAONE", [*fleet(10, model="B")[1:3], *fleet(10)[3:], device("NEW")], allow_retire=1
    )
    known = desk.book.acknowledge("device", 1, source="NINJAONE", reason="lent")
    back = desk.load("NINJAONE", [*fleet(10), device("NEW")], strategy="snapshot")
    same = desk.load("NINJAONE", [*fleet(10), device("NEW")])
    edit = desk.book.edit_record("device", 5, {"model": "C"})

    assert changed(first) == {"create": list(range(1, 11))}
    assert changed(second) == {"create": [11], "retire": [1], "update": [2, 3]}
    assert changed(back) == {"reactivate": [1]}
    assert changed(same) == {}
    assert changed(edit) == {"update": [5]}
    assert changed(known) == {}


def test_a_rollback_changes_what_its_run_had_changed(desk: Desk):
    """APP-10, ROL-2"""
    desk.load("NINJAONE", fleet(10))
    run = desk.load("NINJAONE", [*fleet(10, model="B")[1:3], *fleet(10)[3:], device("NEW")], allow_retire=1)

    undone = run.rollback()

    assert changed(undone) == {"delete": [11], "reactivate": [1], "update": [2, 3]}


def test_a_replacement_deletes_and_its_rollback_creates(desk: Desk):
    """APP-10"""
    desk.declare("LIST", tracks_presence=False)
    desk.load("LIST", fleet(20), strategy="replace")
    run = desk.load("LIST", fleet(20)[1:], strategy="replace")

    assert changed(run) == {"delete": [1]}
    assert changed(run.rollback()) == {"create": [1]}


def test_records_of_other_types_that_a_run_writes_are_told_too(desk: Desk):
    """APP-10, IDN-4: a relinked deal and an account made of nothing but a name."""
    desk.record_type = "deal"
    deal = {"Record ID": "1", "Deal Name": "a", "Associated Company": "Acme", "Deal Stage": "Lead"}
    desk.book.plan([deal], record_type="deal", source="HUBSPOT", strategy="merge").apply()

    account = {"Record ID": "A1", "Company name": "Acme"}
    run = desk.book.plan([account], record_type="account", source="HUBSPOT", strategy="merge").apply()

    assert run.changed().rows() == [("account", 1, "create"), ("deal", 1, "update")]
    assert run.rollback().changed().rows() == [("account", 1, "delete"), ("deal", 1, "update")]
