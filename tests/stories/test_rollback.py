"""A run is undone whole, or not at all (ROL)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

import stocktake as st
from stocktake.book import OpenRun
from stocktake.model.errors import GuardRefused, InvalidInput, NotFound, RollbackBlocked, StalePlan
from tests.stories.desk import DAY, Desk, device, fleet

MINUTE = timedelta(minutes=1)


# ---------------------------------------------------------------- each kind of change


def create(desk: Desk) -> OpenRun:
    return desk.load("NINJAONE", [*fleet(10), device("NEW", "TNEW")])


def update(desk: Desk) -> OpenRun:
    return desk.load("NINJAONE", fleet(10, model="B", location="there"))


def clear(desk: Desk) -> OpenRun:
    return desk.load("NINJAONE", fleet(10, model="<null>"))


def retire(desk: Desk) -> OpenRun:
    return desk.load("NINJAONE", fleet(10)[2:], allow_retire=2)


def hold(desk: Desk) -> OpenRun:
    return desk.load("NINJAONE", fleet(10)[5:], on_guard="hold")


def merge(desk: Desk) -> OpenRun:
    return desk.load("NINJAONE", [*fleet(3, model="B"), device("NEW", "TNEW")], strategy="merge")


def see(desk: Desk) -> OpenRun:
    return desk.load("NINJAONE", fleet(10))


def see_some(desk: Desk) -> OpenRun:
    return desk.load("NINJAONE", fleet(10)[:4], strategy="merge")


def reactivate(desk: Desk) -> OpenRun:
    return desk.load("NINJAONE", [*fleet(10), device("GONE", "TGONE", model="B", assigned_to="eve")])


def adopt(desk: Desk) -> OpenRun:
    return desk.load("TELUS", fleet(10))


def adopt_and_overrule(desk: Desk) -> OpenRun:
    return desk.load("TELUS", fleet(10, model="C", assigned_to="eve"))


def reject(desk: Desk) -> OpenRun:
    return desk.load(
        "NINJAONE",
        [*fleet(10), device("GONE", "TGONE", status="NONSENSE"), device("BAD", "TBAD", status="NONSENSE")],
        on_error="reject-rows",
    )


def remap(desk: Desk) -> OpenRun:
    return desk.load("NINJAONE", fleet(10, condition=""))


def without_key(desk: Desk) -> OpenRun:
    return desk.load("NINJAONE", [*fleet(10), device("", "", model="Z"), device("", "T001X")])


ACTS: tuple[Callable[[Desk], OpenRun], ...] = (
    create,
    update,
    clear,
    retire,
    hold,
    merge,
    see,
    see_some,
    reactivate,
    adopt,
    adopt_and_overrule,
    reject,
    remap,
    without_key,
)


def settled(desk: Desk) -> None:
    """Given: ten devices of NINJAONE, and one that it has dropped since."""
    desk.load("NINJAONE", [*fleet(10, model="A"), device("GONE", "TGONE", model="A")])
    desk.load("NINJAONE", fleet(10, model="A"))


@pytest.mark.parametrize("act", ACTS)
def test_a_rollback_restores_records_links_and_freshness(desk: Desk, act: Callable[[Desk], OpenRun]):
    """ROL-2, ROL-13"""
    settled(desk)
    before = desk.state()
    run = act(desk)

    desk.later()
    run.rollback()

    assert desk.state() == before


def test_the_first_import_is_undone_to_nothing(desk: Desk):
    """ROL-2"""
    run = desk.load("NINJAONE", fleet(10))

    done = run.rollback(by="ben", reason="wrong file")

    assert {name: len(rows) for name, rows in desk.state().items()} == {
        "device": 0,
        "st_source_link": 0,
        "st_source_freshness": 0,
    }
    assert done.stats["deleted"] == 10


@pytest.mark.each_store
@pytest.mark.parametrize(
    "chain",
    [
        (create, update, retire, merge, adopt),
        (adopt_and_overrule, retire, reactivate, update, see_some),
        (hold, reactivate, adopt, clear, retire),
        (without_key, adopt, merge, remap, hold),
        (see, see_some, reject, adopt_and_overrule, create),
    ],
    ids=lambda chain: "-".join(each.__name__ for each in chain),
)
def test_a_chain_of_runs_is_undone_newest_first(desk: Desk, chain: tuple[Callable[[Desk], OpenRun], ...]):
    """ROL-2, ROL-5: after each step the state is what it was before that run."""
    settled(desk)
    states, runs = [], []
    for act in chain:
        states.append(desk.state())
        runs.append(act(desk))

    for run, before in zip(reversed(runs), reversed(states), strict=True):
        desk.later()
        run.rollback()
        assert desk.state() == before, f"after undoing run {run.run_id}"


def test_a_rollback_is_a_run_and_says_who_what_and_how_much(desk: Desk):
    """ROL-6"""
    settled(desk)
    run = reactivate(desk)

    done = run.rollback(by="ben", reason="wrong file")

    undone = desk.book.run(run.run_id).run
    assert (undone.status, undone.rolled_back_by, undone.rolled_back_at) == ("rolled_back", "ben", desk.now)
    assert (done.run.kind, done.run.status, done.run.undoes_run) == ("rollback", "applied", run.run_id)
    assert done.run.reason == "wrong file"
    (entry,) = desk.audit(done, "rollback")
    assert entry["sentence"] == (
        f"ben rolled back run {run.run_id} ({run.run.filename} from NINJAONE): 0 records deleted, "
        "0 restored, 0 brought back, 1 retired again."
    )


def test_a_rollback_adds_to_history_and_erases_nothing(desk: Desk):
    """ROL-2, HIS-2"""
    settled(desk)
    run = desk.load("NINJAONE", fleet(10, location="there"))
    count = "SELECT count(*) AS n FROM st_field_history WHERE kind = :kind"
    before = desk.rows(count, kind="file_import_diff")[0]["n"]

    run.rollback()

    assert desk.rows(count, kind="file_import_diff")[0]["n"] == before
    assert desk.rows(count, kind="rollback")[0]["n"] == 10


# ---------------------------------------------------------------- what stands in the way


def blocked(run: OpenRun) -> RollbackBlocked:
    """The refusal of a rollback."""
    with pytest.raises(RollbackBlocked) as refused:
        run.rollback()
    return refused.value


def test_records_that_a_later_run_changed_block_the_rollback_and_are_listed(desk: Desk):
    """ROL-5, ROL-13: nothing written."""
    settled(desk)
    run = update(desk)
    later = desk.load("MANUAL", [device("S003", "T003", model="Z")])
    before = desk.state()

    refused = blocked(run)

    assert refused.code == "rollback-blocked"
    assert [(each["name"], each["by_run"]) for each in refused.details["blocked_by"]] == [
        ("T003", later.run_id)
    ]
    assert str(later.run_id) in refused.hint
    assert desk.state() == before


def test_a_created_record_that_another_source_has_linked_since_is_kept(desk: Desk):
    """ROL-13"""
    run = desk.load("NINJAONE", fleet(3))
    later = desk.load("NINJAONE_SERVERS", fleet(1))

    refused = blocked(run)

    assert [(each["by_run"], each["source"]) for each in refused.details["blocked_by"]] == [
        (later.run_id, "NINJAONE_SERVERS")
    ]


def test_a_created_record_that_a_later_run_changed_is_kept(desk: Desk):
    """ROL-13"""
    run = desk.load("NINJAONE", fleet(3))
    later = desk.load("NINJAONE", [*fleet(2), device("S003", "T003", model="Z")])

    assert blocked(run).details["later_runs"] == [later.run_id]


def test_once_the_later_run_is_undone_the_earlier_one_can_be(desk: Desk):
    """ROL-5: newest first."""
    settled(desk)
    before = desk.state()
    run = update(desk)
    later = desk.load("MANUAL", [device("S003", "T003", model="Z")])
    blocked(run)

    later.rollback()
    run.rollback()

    assert desk.state() == before


def test_a_later_run_that_only_saw_the_records_does_not_hinder(desk: Desk):
    """ROL-13"""
    run = desk.load("NINJAONE", fleet(10))
    desk.load("NINJAONE", fleet(10))
    desk.load("NINJAONE", fleet(4), strategy="merge")

    assert run.preview_rollback().refusal is None
    assert run.rollback().stats["deleted"] == 10


def test_an_adoption_by_which_a_later_run_retired_is_not_undone(desk: Desk):
    """ROL-5, ROL-13: the record would stay retired by a link that is not there."""
    desk.load("MANUAL", fleet(10))
    adopting = desk.load("NINJAONE", fleet(10))
    retiring = desk.load("NINJAONE", fleet(10)[1:])

    assert blocked(adopting).details["later_runs"] == [retiring.run_id]


def test_a_run_is_undone_only_once(desk: Desk):
    """ROL-6"""
    run = desk.load("NINJAONE", fleet(3))
    run.rollback()

    assert blocked(run).code == "already-rolled-back"


def test_a_rollback_cannot_be_rolled_back(desk: Desk):
    """ROL-13"""
    done = desk.load("NINJAONE", fleet(3)).rollback()

    assert blocked(done).code == "not-undoable"


def test_a_blocked_import_left_nothing_to_undo(desk: Desk):
    """ROL-3"""
    desk.load("NINJAONE", fleet(10))
    with pytest.raises(GuardRefused):
        desk.load("NINJAONE", fleet(1))

    assert blocked(desk.book.run(desk.last_run()["run_id"])).code == "nothing-to-undo"


def test_an_unknown_run_is_said_to_be_unknown(desk: Desk):
    """ROL-3"""
    desk.load("NINJAONE", fleet(3))

    with pytest.raises(NotFound) as refused:
        desk.book.rollback(99)

    assert refused.value.code == "unknown-run"


def test_a_run_can_be_undone_for_thirty_days(desk: Desk):
    """ROL-3: up to the last minute."""
    run = desk.load("NINJAONE", fleet(3))
    desk.later(30 * DAY - MINUTE)

    assert run.rollback().stats["deleted"] == 3


def test_a_run_cannot_be_undone_after_thirty_days(desk: Desk):
    """ROL-3: from the thirtieth day on."""
    run = desk.load("NINJAONE", fleet(3))
    desk.later(30 * DAY)

    assert blocked(run).code == "too-old"


@pytest.mark.parametrize(
    ("days", "passed", "code"),
    [(2, 2 * DAY - MINUTE, None), (2, 2 * DAY, "too-old"), (0, 0 * DAY, "too-old")],
)
def test_the_days_of_a_rollback_can_be_set(desk: Desk, days: int, passed: timedelta, code: str | None):
    """ROL-3: when the book is opened."""
    run = desk.load("NINJAONE", fleet(3))
    desk.later(passed)

    url = desk.book.store.url.render_as_string(hide_password=False)
    with st.open(url, clock=lambda: desk.now, rollback_days=days) as book:
        if code is None:
            assert book.rollback(run.run_id).stats["deleted"] == 3
        else:
            with pytest.raises(RollbackBlocked) as refused:
                book.rollback(run.run_id)
            assert refused.value.code == code
            assert f"for {days} day" in refused.value.message


def test_the_days_of_a_rollback_stand_in_the_environment(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    """ROL-3: what is handed in comes first; what is no number is refused."""
    url = desk.book.store.url.render_as_string(hide_password=False)
    monkeypatch.setenv("STOCKTAKE_ROLLBACK_DAYS", "90")
    with st.open(url) as book, st.open(url, rollback_days=7) as other:
        assert (book.rollback_window, other.rollback_window) == (90 * DAY, 7 * DAY)

    monkeypatch.setenv("STOCKTAKE_ROLLBACK_DAYS", "a month")
    with pytest.raises(InvalidInput) as refused:
        st.open(url)
    assert refused.value.code == "bad-setting"


def test_a_failed_run_left_nothing_and_is_marked(desk: Desk):
    """ROL-3"""
    desk.load("NINJAONE", fleet(3, model="A"))
    plan = desk.plan("NINJAONE", fleet(3, model="B"))
    desk.load("MANUAL", [device("S001", "T001", model="C")])
    with pytest.raises(StalePlan):
        plan.apply()
    failed, before = desk.book.run(desk.last_run()["run_id"]), desk.state()
    assert failed.run.status == "failed"

    done = failed.rollback(by="ben")

    marked = desk.book.run(failed.run_id).run
    assert (marked.status, marked.rolled_back_by, set(done.stats.values())) == ("rolled_back", "ben", {0})
    assert desk.state() == before


@pytest.mark.parametrize("image", ["lineage", "links", "deleted records"])
def test_a_run_whose_before_images_are_gone_is_refused_and_nothing_is_half_done(desk: Desk, image: str):
    """ROL-6"""
    desk.load("EXCEL", fleet(10, model="A"), strategy="replace")
    run = desk.load("EXCEL", fleet(9, model="B"), strategy="replace")
    desk.write("DELETE FROM st_run_image WHERE run_id = :run AND name = :name", run=run.run_id, name=image)
    before = desk.state()

    assert blocked(run).code == "no-image"
    assert desk.state() == before
    with pytest.raises(RollbackBlocked):
        run.rollback(partial=True)


# ---------------------------------------------------------------- afterwards


def test_the_preview_of_a_rollback_says_what_it_then_does(desk: Desk):
    """ROL-4, PLN-7"""
    settled(desk)
    run = reactivate(desk)

    expected = run.preview_rollback().undo.counts

    assert run.rollback().stats == expected


@pytest.mark.parametrize("act", [create, update, retire, reactivate, adopt_and_overrule])
def test_the_same_file_can_be_imported_again_after_a_rollback(desk: Desk, act: Callable[[Desk], OpenRun]):
    """ROL-7: with the same outcome, and no talk of the same content (PLN-11)."""
    settled(desk)
    run = act(desk)
    run.rollback()

    again = act(desk)

    wanted = ("create", "update", "unchanged", "reactivate", "retire", "missing", "held")
    assert {name: again.stats[name] for name in wanted} == {name: run.stats[name] for name in wanted}


def test_a_rolled_back_run_does_not_count_as_the_same_content(desk: Desk):
    """PLN-11"""
    desk.load("NINJAONE", fleet(3)).rollback()

    plan = desk.plan("NINJAONE", fleet(3))

    assert "same-content" not in {each.code for each in plan.plan.warnings}


def test_a_record_without_a_status_keeps_its_values_when_its_retirement_is_undone(desk: Desk):
    """ROL-2: as many records were retired as values were written, one each, and no value is taken for another's."""
    desk.book.add_record_type(
        'name = "entry"\nexternal_id = "code"\nidentity = ["code"]\n'
        '[[field]]\nname = "code"\n[[field]]\nname = "count"\ntype = "integer"\n'
    )
    desk.record_type = "entry"
    desk.declare("LIST", external_id=("code",), key_rules=())
    desk.load("LIST", [{"code": "A", "count": "1"}, {"code": "B", "count": "2"}], strategy="snapshot")
    before = desk.state()
    run = desk.load("LIST", [{"code": "A", "count": "3"}], strategy="snapshot", allow_retire=1)

    run.rollback()

    assert desk.state() == before
