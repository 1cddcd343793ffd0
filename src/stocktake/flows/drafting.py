"""Drafts: imports from the upload to the moment that their turn comes, and what becomes of their files (UPL).

A draft's number names it for good. Runs are numbered in the order in which they write, which presence, rollback and history
all go by; so a draft takes the next number when it is confirmed, unless none was given since its upload.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import polars as pl

from stocktake.flows.staleness import used
from stocktake.model.draft import OPEN, Draft, Upload, Wanted, about_run
from stocktake.model.errors import Busy, Cancelled, InvalidInput, NotFound, Refusal, StalePlan
from stocktake.model.plan import Plan
from stocktake.model.run import Run, RunKind, RunStatus
from stocktake.ports.store import Store, Unit
from stocktake.ports.uploads import Uploads
from stocktake.reporting import sentence

#: What an upload's label keeps of a long name.
LABEL = 200


def label_of(told: str | None) -> str:
    """What an upload is called: the last part of the name that it came with, without what cannot be shown (UPL-1).

    >>> label_of("C:\\\\temp\\\\..\\\\deals.csv"), label_of("../../etc/passwd"), label_of("  "), label_of(None)
    ('deals.csv', 'passwd', 'upload', 'upload')
    """
    last = (told or "").replace("\\", "/").rsplit("/", 1)[-1]
    shown = "".join(each for each in last if each.isprintable()).strip()
    return shown[-LABEL:].strip(". ") or "upload"


def announce_upload(store: Store, workspace_id: int, kept: Upload) -> int:
    """Write down that a file was handed over, as a run in state ``uploaded``; its number."""
    with store.writing(workspace_id) as unit:
        draft_id = unit.reserve("run", 1)
        unit.announce_run(
            draft_id,
            draft_id=draft_id,
            kind=RunKind.IMPORT.value,
            status=RunStatus.UPLOADED.value,
            is_full_snapshot=False,
            filename=kept.label,
            file_sha256=kept.sha256,
            started_at=kept.created_at,
            initiated_by=kept.created_by,
        )
        unit.keep_upload(draft_id, kept)
        told = sentence.uploaded(kept.label, kept.bytes, by=kept.created_by)
        entry = pl.DataFrame({"act": ["upload"], "sentence": [told]})
        unit.log(draft_id, entry, at=kept.created_at, actor=kept.created_by)
    return draft_id


def draft_of(unit: Unit, number: int) -> Draft:
    """A draft by its number, or by its run's. Raises ``NotFound`` ``unknown-run``, ``InvalidInput`` ``not-an-upload``."""
    found = unit.draft(number)
    if found is not None:
        return found
    if unit.runs(limit=1, run_id=number):
        raise InvalidInput(
            "not-an-upload",
            f"Run {number} did not begin with an upload: it was started and ends where it was called.",
            hint=f"While it runs, Ctrl-C stops it there; applied, it is undone with `stocktake rollback {number}`.",
        )
    raise NotFound("unknown-run", f"There is no run {number}.", hint="List the runs with `stocktake runs`.")


def check_open(draft: Draft) -> None:
    """Refuse a draft that can be changed no more. Raises what :func:`closed` says."""
    if draft.status not in OPEN:
        raise closed(draft)


def check_live(draft: Draft) -> None:
    """Refuse to write what is a dry run (INT-9). Raises ``InvalidInput`` ``dry-run-only``."""
    if draft.is_dry_run:
        raise InvalidInput(
            "dry-run-only",
            f"Import {draft.draft_id} is a dry run: it shows what it would do, and is not applied. Nothing was written.",
            hint="Make it a live import, and preview it again.",
        )


def closed(draft: Draft) -> Refusal:
    """Why nothing can be chosen, previewed or confirmed of a draft."""
    number, run_id = draft.draft_id, draft.run.run_id
    if draft.status is RunStatus.CANCELLED:
        return Cancelled(
            "run-cancelled",
            f"Import {number} was cancelled; nothing was written.",
            hint="Upload the file again.",
        )
    if draft.status is RunStatus.APPLYING:
        return Busy("busy", f"Import {number} is being applied right now.", hint="Wait for it, or cancel it.")
    return StalePlan(
        "plan-used",
        f"Import {number} is {draft.status.replace('_', ' ')}, as run {run_id}. A plan is applied at most once.",
        hint="Upload the file again to import it anew.",
        details={"run_id": run_id},
    )


def change_choices(store: Store, workspace_id: int, draft_id: int, choices: Mapping[str, Any]) -> None:
    """Keep what was chosen; a plan that was shown before is outdated by it. Raises what :func:`closed` says."""
    with store.writing(workspace_id) as unit:
        _turned(unit, draft_id, status=RunStatus.UPLOADED.value, plan_id=None, reason=None)
        unit.change_upload(draft_id, choices=dict(choices), plan_id=None)


def gather_choices(store: Store, workspace_id: int, draft: Draft, choices: Mapping[str, Any]) -> None:
    """Keep what was decided beside the plan that is shown, which stays. Raises what :func:`unconfirmed` says."""
    with store.writing(workspace_id) as unit:
        planned = (RunStatus.PLANNED,)
        if draft.plan_id is None or not unit.turn_draft(
            draft.draft_id, planned, showing=draft.plan_id, reason=None
        ):
            raise unconfirmed(draft_of(unit, draft.draft_id), draft.plan_id or "")
        unit.change_upload(draft.draft_id, choices=dict(choices))


def note_plan(store: Store, workspace_id: int, draft_id: int, plan: Plan, choices: Mapping[str, Any]) -> None:
    """Say that this plan is shown: it alone can be confirmed now. Raises what :func:`closed` says."""
    with store.writing(workspace_id) as unit:
        _turned(
            unit,
            draft_id,
            status=RunStatus.PLANNED.value,
            plan_id=None,
            reason=None,
            finished_at=None,
            source=plan.source.name,
            record_type=plan.record_type.name,
            strategy=plan.strategy,
            is_full_snapshot=plan.is_whole,
        )
        unit.change_upload(draft_id, choices=dict(choices), plan_id=plan.plan_id)


def _turned(unit: Unit, draft_id: int, **values: Any) -> None:
    if not unit.turn_draft(draft_id, OPEN, **values):
        raise closed(draft_of(unit, draft_id))


def number_of_turn(unit: Unit, draft_id: int) -> int:
    """The number of a draft that is confirmed: its own as long as it is the newest, else the next one.

    Nobody else gets a number before the transaction ends.
    """
    following = unit.reserve("run", 0)
    current = draft_of(unit, draft_id).run.run_id
    return current if following == current + 1 else unit.reserve("run", 1)


def take_up(unit: Unit, draft_id: int, run_id: int, plan_id: str, told: Mapping[str, Any]) -> None:
    """Make a draft the run that applies its plan: of two who confirm it at once one does, the other is refused.

    Raises ``StalePlan`` ``plan-used``, ``plan-outdated``, ``decisions-gathered``; ``Busy``; ``Cancelled``.
    """
    planned = (RunStatus.PLANNED,)
    if not unit.turn_draft(draft_id, planned, showing=plan_id, run_id=run_id, **told):
        raise unconfirmed(draft_of(unit, draft_id), plan_id)
    check_gathered(draft_of(unit, draft_id))
    unit.change_upload(draft_id, plan_id=None)


def check_gathered(draft: Draft) -> None:
    """Refuse a plan beside which decisions were gathered that it does not have (PLN-8). Raises ``StalePlan``."""
    if draft.is_gathering:
        raise StalePlan(
            "decisions-gathered",
            f"Rows or records of import {draft.draft_id} were decided on since its plan was made. Nothing was written.",
            hint="Preview it again, and confirm the plan that is shown then.",
        )


def unconfirmed(draft: Draft, plan_id: str) -> Refusal:
    """Why a plan of a draft cannot be confirmed."""
    if draft.status not in OPEN:
        return used(draft.run.run_id) if draft.status is RunStatus.APPLYING else closed(draft)
    if draft.plan_id is None:
        return StalePlan(
            "plan-outdated",
            f"Import {draft.draft_id} has no plan to confirm: it was not previewed, or something was chosen since. "
            "Nothing was written.",
            hint="Preview it, and confirm the plan that is shown then.",
        )
    return StalePlan(
        "plan-outdated",
        f"The plan {plan_id} is not the one that import {draft.draft_id} shows now; that is {draft.plan_id}. "
        "Nothing was written.",
        hint="Look at the plan that is shown now, and confirm that one.",
        details={"plan_id": draft.plan_id, "confirmed": plan_id},
    )


def cancel_draft(store: Store, workspace_id: int, draft_id: int, *, by: str, at: datetime) -> Draft:
    """Give a draft up that is not being applied; how it stands afterwards (UPL-2).

    One that is being applied stays as it is: whoever applies it must be asked to stop. Raises ``InvalidInput``
    ``too-late-to-cancel``.
    """
    with store.writing(workspace_id) as unit:
        values: dict[str, Any] = {
            "status": RunStatus.CANCELLED.value,
            "finished_at": at,
            "reason": f"Cancelled by {by}.",
        }
        if unit.turn_draft(draft_id, OPEN, **values):
            unit.withdraw_job(about_run(draft_id))
            unit.change_upload(draft_id, plan_id=None, deleted_at=at, deleted_because="cancelled")
            cancelled = draft_of(unit, draft_id)
            entry = {"act": ["cancel"], "sentence": [sentence.cancelled(cancelled.run, by=by)]}
            unit.log(cancelled.run.run_id, pl.DataFrame(entry), at=at, actor=by)
            return cancelled
        draft = draft_of(unit, draft_id)
    if draft.status in (RunStatus.APPLIED, RunStatus.ROLLED_BACK):
        raise InvalidInput(
            "too-late-to-cancel",
            f"Import {draft_id} is {draft.status.replace('_', ' ')} already, as run {draft.run.run_id}.",
            hint=f"Undo it with `stocktake rollback {draft.run.run_id}`."
            if draft.status is RunStatus.APPLIED
            else "There is nothing left to do.",
            details={"run_id": draft.run.run_id},
        )
    return draft


def check_not_undone(unit: Unit, number: int) -> None:
    """Refuse to cancel a rollback: it was decided on, and goes to its end, whole or not at all (ROL-2).

    Raises ``Busy`` ``rolling-back`` where one waits or is being done.
    """
    found = unit.runs(limit=1, run_id=number)
    job = unit.job(about_run(found[0].draft_id or found[0].run_id)) if found else None
    if job is not None and job.wanted is Wanted.ROLLBACK:
        raise Busy(
            "rolling-back",
            f"The rollback of run {number} is on its way and cannot be cancelled: it is done whole, or not at all.",
            hint=f"Wait for it. Should it have stayed, import its file again: `stocktake reimport {number} FILE`.",
        )


def drop_upload(
    store: Store, workspace_id: int, uploads: Uploads, draft: Draft, because: str, *, at: datetime
) -> None:
    """Delete a draft's file, and say why and when: at once after apply, rollback and cancel (UPL-2)."""
    if draft.upload.deleted_at is None:
        with store.writing(workspace_id) as unit:
            unit.change_upload(draft.draft_id, plan_id=None, deleted_at=at, deleted_because=because)
    uploads.remove(draft.upload.name)


def interrupt_dead(store: Store, workspace_id: int, run: Run, *, at: datetime) -> bool:
    """Mark a run interrupted that nobody applies any more; whether it was still ``applying`` (REL-9).

    Its target's lock is taken first: whoever has it last has committed, or is dead. Raises ``Busy`` where it is held.
    """
    with store.writing(workspace_id) as unit:
        if run.record_type is not None:
            unit.lock_target(run.record_type)
        return unit.interrupt_run(run.run_id, at=at)
