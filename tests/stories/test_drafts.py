"""Imports that begin with an upload: the whole life step by step, and how it may end (interfaces.md HTTP, UPL, INT-3)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from stocktake.book import OpenPlan, open_book, plan_sheets
from stocktake.book.answering import Answer
from stocktake.book.working import Worker
from stocktake.model.errors import (
    Busy,
    Cancelled,
    InvalidInput,
    NotFound,
    Refusal,
    RollbackBlocked,
    StalePlan,
)
from stocktake.model.run import RunStatus
from tests.reliability.stock import FIRST, frame, inventory, uploaded, worker
from tests.stories.desk import device, fleet


def handed_over(desk, rows, label="devices.csv", **choices):
    """A draft of these rows for ALPHA, chosen for."""
    path = desk.file(rows)
    draft = desk.book.receive([path.read_bytes()], label).draft
    return desk.book.choose(draft.draft_id, record_type="device", source="ALPHA", **choices)


def arrived(desk, rows) -> int:
    """The number of a draft of these rows, of which nothing is said yet."""
    number: int = desk.book.receive([desk.file(rows).read_bytes()], "again.csv").draft.draft_id
    return number


def kept(desk) -> list[str]:
    """The files that lie there; what was found in one stands for itself only where the file is gone."""
    place = desk.book.uploads.directory
    names = sorted(each.name for each in place.iterdir()) if place.is_dir() else []
    return [each for each in names if not each.endswith(".look") or each.split(".")[0] not in names]


@pytest.fixture
def ours(desk, tmp_path, monkeypatch):
    """A desk with a source, whose uploads lie in a folder of its own."""
    monkeypatch.setenv("STOCKTAKE_UPLOADS", str(tmp_path / "uploads"))
    desk.declare("ALPHA")
    desk.declare("BETA")
    return desk


ROWS = [{"Serial Number": f"S{number}", "Hostname": f"host-{number}"} for number in range(4)]


# ---------------------------------------------------------------- the whole life


def test_real_opportunities_go_from_the_upload_to_the_rollback(
    shared, ready_database_url, tmp_path, monkeypatch
):
    """INT-3, UPL-1, UPL-2: a real pipeline of 8,800 deals, uploaded in blocks; a worker does the rest."""
    monkeypatch.setenv("STOCKTAKE_UPLOADS", str(tmp_path / "uploads"))
    path = shared / "data/2_crm/maven_crm/sales_pipeline.csv"
    with open_book(ready_database_url, by="ana") as book, path.open("rb") as file:
        receipt = book.receive(iter(lambda: file.read(65_536), b""), path.name)
        number = receipt.draft.draft_id
        assert receipt.draft.status is RunStatus.UPLOADED
        assert receipt.draft.upload.bytes == path.stat().st_size
        assert receipt.inspection.rows == 8_800
        book.choose(
            number,
            record_type="deal",
            source="SALESFORCE",
            columns=[
                ("opportunity_id", "external_id"),
                ("account", "name"),
                ("deal_stage", "stage"),
                ("close_value", "amount"),
            ],
        )
        with worker(book):
            book.ask_for_preview(number, is_full_snapshot=False, on_error="reject-rows", reject_limit="100%")
            previewed = book.await_job(number, 60)
            assert previewed is not None
            assert previewed.outcome is None, previewed.outcome
            draft = book.draft(number)
            assert draft.status is RunStatus.PLANNED
            created = book.draft_plan(number).counts["create"]
            assert created > 6_000
            book.ask_for_confirm(number, draft.plan_id or "")
            applied = book.await_job(number, 60)
            assert applied is not None
            assert applied.outcome is None, applied.outcome
            assert applied.document is not None
            assert applied.document["created"] == created
            assert book.draft(number).upload.deleted_because == "imported"
            book.ask_for_rollback(number)
            undone = book.await_job(number, 60)
            assert undone is not None
            assert undone.outcome is None
        assert book.run(number).run.status is RunStatus.ROLLED_BACK


def test_the_steps_of_a_draft_without_a_worker(ours):
    """INT-3: uploaded, planned, applied; ``choose`` and the preview are those of ``Book.plan``."""
    draft = handed_over(ours, ROWS)
    opened = ours.book.preview_draft(draft.draft_id, is_full_snapshot=True)

    assert opened.counts["create"] == 4
    shown = ours.book.draft(draft.draft_id)
    assert (shown.status, shown.plan_id, shown.run.strategy) == (
        RunStatus.PLANNED,
        opened.plan_id,
        "snapshot",
    )
    assert ours.book.draft_plan(draft.draft_id).counts == opened.counts
    dry = ours.book.confirm(draft.draft_id, opened.plan_id, dry_run=True)
    assert isinstance(dry, OpenPlan)
    assert ours.book.draft(draft.draft_id).status is RunStatus.PLANNED

    run = ours.book.confirm(draft.draft_id, opened.plan_id)

    assert (run.run_id, run.run.status, run.run.draft_id) == (
        draft.draft_id,
        RunStatus.APPLIED,
        draft.draft_id,
    )
    assert run.run.filename == "devices.csv"
    assert ours.count() == 4
    assert kept(ours) == []


def test_any_page_of_a_plans_rows_is_the_one_that_the_whole_plan_has(ours, monkeypatch):
    """PLN-24, INT-1: in order, by decision, with what is wrong with rejected rows, over groups of the file beside it."""
    monkeypatch.setattr(plan_sheets, "GROUP_ROWS", 2)
    ours.load("ALPHA", fleet(2))
    told = [*fleet(4), device("BAD", status="NONSENSE"), device("S001", status="NONSENSE"), device("S9")]
    draft = handed_over(ours, told).draft_id
    terms = {"on_error": "reject-rows", "reject_limit": "100%", "strategy": "merge"}
    opened = ours.book.preview_draft(draft, **terms)
    every = opened.decisions()

    for action in (None, *every["action"].unique(), "conflict"):
        there = every if action is None else every.filter(every["action"] == action)
        for offset in range(there.height + 1):
            found, total = ours.book.draft_rows(draft, action, limit=2, offset=offset)
            assert total == there.height
            assert found.drop("problems").equals(there.slice(offset, 2))
    rejected, _ = ours.book.draft_rows(draft, "reject")
    assert rejected["problems"].null_count() == 0 < rejected.height

    ours.book.override_draft(draft, retire_skip_ids=[1])
    with pytest.raises(StalePlan) as outdated:
        ours.book.draft_rows(draft)
    assert outdated.value.code == "plan-outdated"
    again = ours.book.preview_draft(draft, **terms)
    assert ours.book.draft_rows(draft)[1] == len(told)
    ours.book.confirm(draft, again.plan_id)
    assert kept(ours) == []


def test_overrides_outdate_the_plan_and_count_in_the_next(ours):
    """INT-3, PLN-8, PLN-9: a record is not to be retired; the plan from before cannot be confirmed."""
    ours.load("ALPHA", ROWS, strategy="snapshot")
    alive = ours.record("S3")["id"]
    draft = handed_over(ours, ROWS[:3])
    before = ours.book.preview_draft(draft.draft_id, is_full_snapshot=True, allow_retire=4)
    assert before.counts["retire"] == 1

    ours.book.override_draft(draft.draft_id, retire_skip_ids=[alive])

    assert ours.book.draft(draft.draft_id).status is RunStatus.UPLOADED
    with pytest.raises(StalePlan) as refused:
        ours.book.confirm(draft.draft_id, before.plan_id)
    assert refused.value.code == "plan-outdated"
    after = ours.book.preview_draft(draft.draft_id, is_full_snapshot=True, allow_retire=4)
    assert (after.counts["retire"], after.counts["suppressed"]) == (0, 1)
    ours.book.confirm(draft.draft_id, after.plan_id)
    assert ours.status("S3") != "RETIRED"


def test_a_dry_run_is_never_applied_until_it_is_made_a_live_import(ours):
    """INT-9: through every step it stays a dry run; it shows what it would do, and writes nothing."""
    received = ours.book.receive([ours.file(ROWS).read_bytes()], "devices.csv", dry_run=True)
    number = received.draft.draft_id
    ours.book.choose(number, record_type="device", source="ALPHA", mapping=None)
    ours.book.override_draft(number, overrides={"skip_lines": [2]})
    plan = ours.book.preview_draft(number, is_full_snapshot=True)

    assert ours.book.draft(number).is_dry_run
    assert ours.book.confirm(number, plan.plan_id, dry_run=True).counts["create"] == 3
    for confirm in (ours.book.confirm, ours.book.ask_for_confirm):
        with pytest.raises(InvalidInput) as refused:
            confirm(number, plan.plan_id)
        assert refused.value.code == "dry-run-only"
    assert ours.book.draft(number).status is RunStatus.PLANNED

    live = ours.book.go_live(number)
    assert (live.is_dry_run, live.status, live.plan_id) == (False, RunStatus.UPLOADED, None)
    plan = ours.book.preview_draft(number, is_full_snapshot=True)
    assert ours.book.confirm(number, plan.plan_id).run.status is RunStatus.APPLIED


def test_a_plan_that_another_import_has_overtaken_is_refused_and_can_be_made_anew(ours):
    """PLN-9: nothing is written, the draft and its file stay, and the next preview holds."""
    draft = handed_over(ours, ROWS)
    opened = ours.book.preview_draft(draft.draft_id, is_full_snapshot=True)
    ours.load("ALPHA", ROWS[:2], strategy="merge")

    with pytest.raises(StalePlan) as refused:
        ours.book.confirm(draft.draft_id, opened.plan_id)

    assert refused.value.code == "stale-plan"
    again = ours.book.preview_draft(draft.draft_id, is_full_snapshot=True)
    assert again.counts["create"] == 2
    assert ours.book.confirm(draft.draft_id, again.plan_id).run.status is RunStatus.APPLIED


def test_runs_are_numbered_in_the_order_in_which_they_write(ours):
    """ROL-5, PRE-2: a draft that others have overtaken takes the next number; its own still finds it."""
    first = handed_over(ours, ROWS[:2])
    second = handed_over(ours, ROWS[2:])
    for each in (second, first):
        plan = ours.book.preview_draft(each.draft_id, strategy="merge")
        ours.book.confirm(each.draft_id, plan.plan_id)

    runs = {each.draft_id: each.run_id for each in ours.book.runs()[0]}
    assert runs[second.draft_id] == second.draft_id
    assert runs[first.draft_id] == second.draft_id + 1
    assert ours.book.run(first.draft_id).run_id == second.draft_id + 1
    assert ours.book.draft(runs[first.draft_id]).draft_id == first.draft_id
    ours.book.rollback(first.draft_id)
    assert sorted(ours.records()) == ["S2", "S3"]


def test_a_snapshot_confirmed_after_a_later_upload_sweeps_by_its_turn(ours):
    """PRE-2: what the overtaking import saw is missing from the overtaken one, though that was uploaded first."""
    overtaken = handed_over(ours, ROWS[:2])
    ours.load("ALPHA", ROWS, strategy="merge")
    plan = ours.book.preview_draft(overtaken.draft_id, is_full_snapshot=True, allow_retire=4)
    ours.book.confirm(overtaken.draft_id, plan.plan_id)

    assert [ours.status(f"S{number}") for number in (2, 3)] == ["RETIRED", "RETIRED"]
    ours.book.rollback(overtaken.draft_id)
    assert "RETIRED" not in [ours.status(f"S{number}") for number in range(4)]


def test_a_plan_is_confirmed_once(ours):
    """PLN-9."""
    draft = handed_over(ours, ROWS)
    plan = ours.book.preview_draft(draft.draft_id, strategy="merge")
    run = ours.book.confirm(draft.draft_id, plan.plan_id)

    with pytest.raises(StalePlan) as refused:
        ours.book.confirm(draft.draft_id, plan.plan_id)

    assert refused.value.code == "plan-used"
    assert refused.value.details["run_id"] == run.run_id
    with pytest.raises(StalePlan, match="applied at most once"):
        ours.book.choose(draft.draft_id, source="ALPHA")


def test_what_a_guard_blocked_can_be_previewed_anew(ours):
    """PRE-35, APP-11: the draft is ``blocked``, with its file, and nothing was written."""
    ours.load("ALPHA", ROWS, strategy="snapshot")
    draft = handed_over(ours, ROWS[:1])
    plan = ours.book.preview_draft(draft.draft_id, is_full_snapshot=True)
    with pytest.raises(Refusal, match="retire"):
        ours.book.confirm(draft.draft_id, plan.plan_id)
    assert ours.book.draft(draft.draft_id).status is RunStatus.BLOCKED

    plan = ours.book.preview_draft(draft.draft_id, is_full_snapshot=True, allow_retire=3)
    ours.book.confirm(draft.draft_id, plan.plan_id)
    assert ours.status("S3") == "RETIRED"


@pytest.mark.parametrize(
    ("choices", "code"),
    [
        ({"record_type": "nothing"}, "unknown-record-type"),
        ({"source": "NOBODY"}, "unknown-source"),
        ({"mapping": "/etc/passwd"}, "unknown-mapping"),
        ({"strategy": "merge"}, "bad-option"),
        ({"content": "/etc/passwd"}, "bad-option"),
    ],
)
def test_only_what_is_declared_can_be_chosen(ours, choices, code):
    """MAP-4, SEC: over a network nobody names a file of this machine."""
    draft = handed_over(ours, ROWS)
    with pytest.raises((NotFound, InvalidInput)) as refused:
        ours.book.choose(draft.draft_id, **choices)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("terms", "code"),
    [
        ({"is_full_snapshot": True, "strategy": "merge"}, "bad-option"),
        ({"on_error": "shrug"}, "bad-option"),
        ({"strategy": "guess"}, None),
    ],
)
def test_terms_that_make_no_sense_are_refused(ours, terms, code):
    """INT-3."""
    draft = handed_over(ours, ROWS)
    with pytest.raises(Refusal) as refused:
        ours.book.preview_draft(draft.draft_id, **terms)
    assert code is None or refused.value.code == code


# ---------------------------------------------------------------- cancelled


@pytest.mark.parametrize("state", ["uploaded", "planned", "blocked"])
def test_an_import_is_cancelled_before_it_is_applied(ours, state):
    """UPL-2: status ``cancelled``, the file gone, nothing written; asked again it stays so."""
    ours.load("ALPHA", ROWS, strategy="snapshot")
    draft = handed_over(ours, ROWS[:1])
    plan: Any = None
    if state != "uploaded":
        plan = ours.book.preview_draft(draft.draft_id, is_full_snapshot=True)
    if state == "blocked":
        with pytest.raises(Refusal):
            ours.book.confirm(draft.draft_id, plan.plan_id)
    assert ours.book.draft(draft.draft_id).status == state
    records = ours.records()

    run = ours.book.cancel(draft.draft_id).run

    assert run.status is RunStatus.CANCELLED
    assert kept(ours) == []
    assert ours.records() == records
    assert ours.book.draft(draft.draft_id).upload.deleted_because == "cancelled"
    assert ours.book.cancel(draft.draft_id).run.status is RunStatus.CANCELLED
    for refused in (
        lambda: ours.book.preview_draft(draft.draft_id),
        lambda: ours.book.confirm(draft.draft_id, plan.plan_id if plan else ""),
        lambda: ours.book.choose(draft.draft_id),
    ):
        with pytest.raises(Cancelled, match="cancelled"):
            refused()


class WhileIn:
    """Progress that does something in a phase, once."""

    def __init__(self, name, act):
        self.name, self.act = name, act

    def phase(self, name, total=None):
        if name == self.name and self.act is not None:
            act, self.act = self.act, None
            act()

    def expect(self, total):
        pass

    def advance(self, rows):
        pass


@pytest.mark.parametrize("phase", ["reading", "planning"])
def test_a_preview_that_runs_is_cancelled(ours, phase):
    """UPL-2: whoever previews is told, and leaves nothing."""
    draft = handed_over(ours, ROWS)
    stopping = WhileIn(phase, lambda: ours.book.cancel(draft.draft_id))
    with pytest.raises(Cancelled, match="cancelled"):
        ours.book.preview_draft(draft.draft_id, progress=stopping)
    assert ours.book.draft(draft.draft_id).status is RunStatus.CANCELLED
    assert kept(ours) == []


@pytest.mark.parametrize("phase", ["applying", "recording"])
def test_an_apply_that_runs_is_cancelled_until_its_commit(ours, phase):
    """UPL-2, APP-4: asked in whatever phase, the transaction rolls back, the run is ``cancelled``, the file gone."""
    draft = handed_over(ours, ROWS)
    plan = ours.book.preview_draft(draft.draft_id, strategy="merge")
    seen = []
    stopping = WhileIn(phase, lambda: seen.append(ours.book.cancel(draft.draft_id).run.status))
    with pytest.raises(Cancelled, match="before its commit"):
        ours.book.confirm(draft.draft_id, plan.plan_id, progress=stopping)
    assert seen == [RunStatus.APPLYING]
    run = ours.book.run(draft.draft_id).run
    assert run.status is RunStatus.CANCELLED
    assert run.finished_at is not None
    assert "device" not in ours.book.declared().stored_record_types or ours.count() == 0
    assert kept(ours) == []
    assert ours.load("ALPHA", ROWS, strategy="merge").run.status is RunStatus.APPLIED


def test_an_apply_that_runs_is_asked_to_stop_by_another(ours):
    """UPL-2: ``cancel`` finds it ``applying``, and leaves the word that whoever applies it heeds."""
    draft = handed_over(ours, ROWS)
    with ours.book.store.writing(1) as unit:
        unit.turn_draft(draft.draft_id, [RunStatus.UPLOADED], status="applying")
    assert ours.book.cancel(draft.draft_id).run.status is RunStatus.APPLYING
    assert ours.book.uploads.is_asked_to_stop(draft.upload.name)
    with pytest.raises(Busy, match="being applied"):
        ours.book.choose(draft.draft_id, source="ALPHA")


def test_a_job_that_waits_goes_with_its_import(ours):
    """UPL-2: no worker ever begins it."""
    draft = handed_over(ours, ROWS)
    ours.book.ask_for_preview(draft.draft_id)
    with pytest.raises(Busy) as refused:
        ours.book.ask_for_preview(draft.draft_id)
    assert refused.value.code == "job-waiting"
    ours.book.cancel(draft.draft_id)
    assert ours.book.job_progress(draft.draft_id) is None


def test_what_is_applied_is_rolled_back_and_not_cancelled(ours):
    """UPL-2."""
    draft = handed_over(ours, ROWS)
    plan = ours.book.preview_draft(draft.draft_id, strategy="merge")
    ours.book.confirm(draft.draft_id, plan.plan_id)
    with pytest.raises(InvalidInput) as refused:
        ours.book.cancel(draft.draft_id)
    assert refused.value.code == "too-late-to-cancel"
    assert "stocktake rollback" in refused.value.hint
    run = ours.load("ALPHA", ROWS, strategy="merge")
    with pytest.raises(InvalidInput) as refused:
        ours.book.cancel(run.run_id)
    assert refused.value.code == "not-an-upload"
    with pytest.raises(NotFound):
        ours.book.cancel(999)


# ---------------------------------------------------------------- files


def test_an_upload_is_a_file_of_a_random_name_in_a_private_directory(ours):
    """UPL-1: its own name is only a label, whatever path stands in it."""
    draft = handed_over(ours, ROWS, label="..\\..\\etc/../Déals \x00Q3.csv")
    place = ours.book.uploads.directory
    (name,) = kept(ours)
    assert draft.upload.label == "Déals Q3.csv"
    assert name == draft.upload.name
    assert len(name) == 32
    assert place.stat().st_mode & 0o777 == 0o700
    assert (place / name).stat().st_mode & 0o777 == 0o600


def test_a_file_that_cannot_be_read_is_refused_and_not_kept(ours):
    """UPL-4, REL-11."""
    with pytest.raises(Refusal):
        ours.book.receive([b"\x7fELF\x02\x01\x01" + bytes(200)], "program")
    assert kept(ours) == []
    assert ours.book.runs()[1] == 0


def test_a_file_over_the_limit_is_refused_while_it_arrives(ours, monkeypatch):
    """UPL: the rest is not read, nothing is kept, and the table of runs does not hear of it."""
    monkeypatch.setenv("STOCKTAKE_MAX_UPLOAD_BYTES", "1000")
    taken = []

    def blocks():
        for number in range(1_000):
            taken.append(number)
            yield b"x" * 100

    with pytest.raises(InvalidInput) as refused:
        ours.book.receive(blocks(), "large.csv")
    assert refused.value.code == "upload-too-large"
    assert len(taken) == 11
    assert kept(ours) == []


def test_old_uploads_are_cleared_and_a_run_without_its_file_asks_for_it(ours):
    """UPL-3: after 24 hours and not before; ``upload-gone`` says what to do."""
    draft = handed_over(ours, ROWS)
    plan = ours.book.preview_draft(draft.draft_id, strategy="merge")
    clearing = made_worker(ours)
    ours.later(timedelta(hours=23, minutes=59))
    clearing.clear()
    assert len(kept(ours)) > 2
    ours.later(timedelta(minutes=2))
    clearing.clear()
    assert kept(ours) == []

    for refused in (
        lambda: ours.book.confirm(draft.draft_id, plan.plan_id),
        lambda: ours.book.preview_draft(draft.draft_id),
    ):
        with pytest.raises((NotFound, StalePlan)) as told:
            refused()
        assert told.value.code in ("upload-gone", "plan-outdated")
    with pytest.raises(NotFound, match="not kept any more"):
        ours.book.preview_draft(draft.draft_id)
    assert ours.book.draft(draft.draft_id).upload.deleted_because == "older than 24 hours"


def test_a_file_in_use_is_not_cleared_however_old(ours):
    """UPL-3, REL-10: while it is being applied the clearing passes it by, and takes it afterwards."""
    draft = handed_over(ours, ROWS)
    plan = ours.book.preview_draft(draft.draft_id, strategy="merge")
    ours.later(timedelta(days=3))
    seen = []
    clearing = made_worker(ours)

    def clear() -> None:
        clearing.clear()
        seen.append(kept(ours))

    look = WhileIn("reading", clear)
    again = ours.book.preview_draft(draft.draft_id, strategy="merge", progress=look)
    assert draft.upload.name in seen[0]
    assert again.counts == plan.counts


def made_worker(desk) -> Worker:
    return worker(desk.book)


def test_the_file_of_a_failed_run_goes_with_its_rollback(ours):
    """UPL-2: deleted after a rollback of its run as well."""
    draft = handed_over(ours, ROWS)
    with ours.book.store.writing(1) as unit:
        unit.turn_draft(
            draft.draft_id, [RunStatus.UPLOADED], status="failed", record_type="device", applied_at=None
        )
    assert len(kept(ours)) == 1
    ours.load("BETA", ROWS)
    ours.book.rollback(draft.draft_id)
    assert kept(ours) == []


# ---------------------------------------------------------------- answers that are given once


def test_a_request_of_a_key_is_answered_once(ours):
    """REL-4: the same answer for a day, another request of that key is refused, and so is one that is being answered."""
    made = []

    def act() -> Answer:
        made.append(1)
        with pytest.raises(Busy) as refused:
            ours.book.answer_once("k", "same", act)
        assert refused.value.code == "request-in-flight"
        return Answer(status=201, body='{"run_id": 1}')

    first = ours.book.answer_once("k", "same", act)
    again = ours.book.answer_once("k", "same", act)
    assert (again.status, again.body, again.repeated) == (first.status, first.body, True)
    assert made == [1]
    with pytest.raises(InvalidInput) as refused:
        ours.book.answer_once("k", "another", act)
    assert refused.value.code == "idempotency-key-reused"
    ours.later(timedelta(hours=25))
    assert not ours.book.answer_once("k", "another", lambda: Answer(status=200, body="")).repeated


def test_a_request_that_failed_can_be_sent_again(ours):
    """REL-4: a refusal and a fault are no answers; one that was lost with its process is free after five minutes."""

    def refuse() -> Answer:
        raise NotFound("unknown-run", "There is no run 5.")

    with pytest.raises(NotFound):
        ours.book.answer_once("k", "same", refuse)
    assert ours.book.answer_once("k", "same", lambda: Answer(status=503, body="")).status == 503
    assert not ours.book.answer_once("k", "same", lambda: Answer(status=200, body="")).repeated
    with ours.book.store.writing(1) as unit:
        at = ours.now
        unit.begin_answer("lost", "same", at=at, forgotten=at, lost=at)
    with pytest.raises(Busy):
        ours.book.answer_once("lost", "same", lambda: Answer(status=200, body=""))
    ours.later(timedelta(minutes=6))
    assert not ours.book.answer_once("lost", "same", lambda: Answer(status=200, body="")).repeated


def test_a_refusal_of_a_job_is_told_as_it_was_raised(ready_database_url, tmp_path, monkeypatch):
    """INT-10: class, code, words and details, for whoever asked."""
    monkeypatch.setenv("STOCKTAKE_UPLOADS", str(tmp_path / "uploads"))
    with inventory(ready_database_url) as book:
        draft = uploaded(book, {"C1": FIRST["C1"]}, "ALPHA")
        plan = book.preview_draft(draft.draft_id)
        assert plan.refusal is not None
        with worker(book):
            book.ask_for_confirm(draft.draft_id, plan.plan_id)
            ended = book.await_job(draft.draft_id, 30)
        assert ended is not None
        assert ended.outcome is not None
        told = ended.outcome.refusal
        assert (type(told), told.code, told.message) == (
            type(plan.refusal),
            plan.refusal.code,
            plan.refusal.message,
        )
        assert frame(FIRST).height == 10


# ---------------------------------------------------------------- leafed through


def test_a_plan_that_is_shown_is_leafed_through_without_being_opened(ours):
    """PLN-6, ERR-2, PRE-26: numbers, problems by kind, changes by record, conflicts, and what stays retired."""
    desk, book = ours, ours.book
    desk.load("ALPHA", ROWS)
    desk.load("ALPHA", ROWS[:3])
    gone = desk.records()["S3"]["id"]
    rows = [{**ROWS[0], "Hostname": "other"}, {**ROWS[1], "Warranty End Date": "soon"}, *ROWS[2:]]
    draft = handed_over(desk, rows)
    book.override_draft(draft.draft_id, reactivate_skip_ids=[gone])
    with pytest.raises(StalePlan, match="no plan"):
        book.draft_head(draft.draft_id)
    opened = book.preview_draft(draft.draft_id, is_full_snapshot=True)

    number = draft.draft_id
    head = book.draft_head(number)
    assert (head.plan_id, head.counts) == (opened.plan_id, opened.counts)
    assert head.refusal is not None
    assert head.refusal.code == opened.refusal.code == "rows-rejected"

    (kind,) = book.draft_troubles(number).groups
    assert (kind["what"], kind["rows"], kind["lines"]) == ("Warranty End Date is not a date", 1, [3])
    page, total = book.draft_problems(number, kind["group"])
    assert (total, page["line"].to_list(), page["value"].to_list()) == (1, [3], ["soon"])
    assert book.draft_problems(number, "another")[1] == 0

    updated = opened.decisions("update")["record_id"].to_list()
    changes = book.draft_changes(number, updated)
    assert ("other" in changes["after"].to_list()) is True
    assert book.draft_changes(number, []).is_empty()

    back, count = book.draft_returns(number)
    assert (count, back["record_id"].to_list(), back["why"].to_list()) == (1, [gone], ["ruled-out"])

    book.cancel(number)
    assert kept(desk) == []


def test_decisions_are_gathered_beside_a_plan_that_cannot_be_confirmed_until_it_has_them(ours):
    """PLN-8, PLN-9: page after page, with one preview at the end; what is taken back leaves the plan as it was."""
    desk, book = ours, ours.book
    desk.load("ALPHA", ROWS)
    ids = [desk.records()[f"S{each}"]["id"] for each in range(4)]
    number = handed_over(desk, ROWS[:3]).draft_id
    first = book.preview_draft(number, is_full_snapshot=True, allow_retire=1)

    draft = book.override_draft(number, overrides={"skip_lines": [2]}, gather=True)
    assert (draft.status, draft.plan_id, draft.is_gathering) == (RunStatus.PLANNED, first.plan_id, True)
    draft = book.override_draft(number, retire_skip_ids=[ids[3]], overrides={"skip_lines": [2]}, gather=True)
    assert book.draft_head(number).counts == first.counts
    assert (draft.choices.get("keep"), draft.decided["keep"]) == (None, [ids[3]])
    for confirm in (book.confirm, book.ask_for_confirm):
        with pytest.raises(StalePlan) as refused:
            confirm(number, first.plan_id)
        assert refused.value.code == "decisions-gathered"
    with pytest.raises(StalePlan):
        book.confirm(number, first.plan_id, dry_run=True)

    back = book.override_draft(number, gather=True)
    assert not back.is_gathering
    assert book.confirm(number, first.plan_id, dry_run=True).plan_id == first.plan_id

    book.override_draft(number, retire_skip_ids=[ids[3]], overrides={"skip_lines": [2]}, gather=True)
    second = book.preview_draft(number, is_full_snapshot=True)
    assert (second.counts["suppressed"], second.counts["skip"], second.counts["retire"]) == (1, 1, 0)
    assert not book.draft(number).is_gathering
    book.confirm(number, second.plan_id)
    assert desk.status("S3") != "RETIRED"


def test_what_new_records_will_say_is_shown_and_then_written(ours):
    """PLN-6, APP-1: by the line of the file, all that is written of them and nothing else."""
    desk, book = ours, ours.book
    desk.load("ALPHA", ROWS[:2])
    rows = [ROWS[3], {**ROWS[0], "Hostname": "other"}, ROWS[2]]
    draft = handed_over(desk, rows)
    book.preview_draft(draft.draft_id, is_full_snapshot=False)
    fields = {each.name for each in book.record_type("device").fields}

    shown = book.draft_values(draft.draft_id, [2, 3, 4]).sort("line")
    assert shown["line"].to_list() == [2, 4], "line 3 is no new record"
    assert book.draft_values(draft.draft_id, [3]).is_empty()
    assert book.draft_values(draft.draft_id, []).is_empty()

    book.confirm(draft.draft_id, book.draft(draft.draft_id).plan_id)
    for told in shown.to_dicts():
        written = desk.records()["S3" if told.pop("line") == 2 else "S2"]
        says = {name: value for name, value in told.items() if value is not None}
        assert says == {name: written[name] for name in fields if written[name] is not None}


def test_a_draft_takes_the_place_of_a_run_that_was_undone(ours):
    """ROL-7: with its type, source, strategy, columns and options, which stand among what is chosen."""
    ours.load("ALPHA", fleet(6))
    rows = [{**each, "Kind of thing": "B"} for each in fleet(3)]
    ours.later()
    wrong = ours.plan(
        "ALPHA",
        rows,
        strategy="merge",
        columns=[("Kind of thing", "model")],
        on_error="reject-rows",
        keep=[1],
    ).apply()
    wrong.rollback()
    number = arrived(ours, [{**each, "Kind of thing": "C"} for each in fleet(3)])

    chosen = ours.book.choose(number, replaces_run=wrong.run_id)
    assert chosen.choices["record_type"] == "device"
    assert chosen.choices["columns"] == [["Kind of thing", "model"]]
    plan = ours.book.preview_draft(number)
    options = plan.plan.options
    assert (plan.plan.strategy, options.on_error, options.keep) == ("merge", "reject-rows", ())
    run = ours.book.confirm(number, plan.plan_id)
    assert run.run.replaces_run == wrong.run_id
    assert ours.record("S001")["model"] == "C"


def test_what_takes_the_place_of_a_run_is_of_its_type_and_source(ours):
    """ROL-7: and the run is one that was rolled back."""
    done = ours.load("ALPHA", fleet(2))
    number = arrived(ours, fleet(2))
    with pytest.raises(InvalidInput) as refused:
        ours.book.choose(number, replaces_run=done.run_id)
    assert refused.value.code == "not-rolled-back"
    done.rollback()
    with pytest.raises(InvalidInput) as refused:
        ours.book.choose(number, replaces_run=done.run_id, source="BETA")
    assert (refused.value.code, ours.book.draft(number).choices) == ("bad-option", {})


def test_a_rollback_on_its_way_is_not_cancelled(ours):
    """ROL-2, UPL-2: it is told so plainly, by whatever number the run is called, and the rollback is done."""
    draft = handed_over(ours, fleet(2))
    run = ours.book.confirm(draft.draft_id, ours.book.preview_draft(draft.draft_id).plan_id)
    plain = ours.load("BETA", fleet(3))
    for run_id in (run.run_id, plain.run_id):
        ours.book.ask_for_rollback(run_id)
        with pytest.raises(Busy) as refused:
            ours.book.cancel(run_id)
        assert refused.value.code == "rolling-back"
        assert "cannot be cancelled" in refused.value.message
    with worker(ours.book):
        ours.book.await_job(plain.run_id, 30)
        ours.book.await_job(draft.draft_id, 30)
    assert ours.book.run(plain.run_id).run.status is RunStatus.ROLLED_BACK
    with pytest.raises(RollbackBlocked) as twice:
        ours.book.rollback(plain.run_id)
    assert twice.value.code == "already-rolled-back"
    assert f"`stocktake reimport {plain.run_id} FILE`" in twice.value.hint


def test_rows_that_a_plan_leaves_out_are_told_as_the_run_tells_them_afterwards(ours, tmp_path):
    """ERR-2, ERR-3: in their own columns, before anything is written, and the same file once it is."""
    rows = [*fleet(3), device("BAD", status="NONSENSE"), device("S001"), device("S001", status="NONSENSE")]
    number = handed_over(ours, rows).draft_id
    plan = ours.book.preview_draft(number, on_error="reject-rows", reject_limit="100%", strategy="merge")
    before = plan.rejected()
    assert before.height == plan.counts["reject"] > 0
    plan.save_rejected(tmp_path / "before.csv")
    run = ours.book.confirm(number, plan.plan_id)
    run.save_rejected(tmp_path / "after.csv")
    assert run.rejected().equals(before)
    assert (tmp_path / "before.csv").read_bytes() == (tmp_path / "after.csv").read_bytes()
