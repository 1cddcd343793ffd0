"""Clearing: files of imports that came to nothing, and what was noted of jobs and requests for a day (UPL-3)."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from stocktake.flows.drafting import interrupt_dead
from stocktake.model.draft import about_run
from stocktake.model.errors import Busy
from stocktake.ports.store import Store
from stocktake.ports.uploads import Uploads

_log = logging.getLogger("stocktake.flows")

#: Uploads are kept so long, unless their run is being applied.
KEPT = timedelta(hours=24)
#: A run was announced so long ago at least before it is taken for dead: it locks its target right after.
_BEGUN = timedelta(minutes=1)


def clear_uploads(store: Store, uploads: Uploads, *, at: datetime) -> int:
    """Delete the files of every workspace that are older than a day or that nobody needs, except those in use; how many.

    Whoever uses a file holds a lock on it, which dies with its process. What lies there and is noted nowhere, as a process
    leaves it that died in between, goes after a day as well.
    """
    removed, known = 0, set()
    for workspace_id in store.workspaces():
        with store.reading(workspace_id) as unit:
            due = unit.uploads_to_delete(at - KEPT)
        for draft_id, name, done in due:
            if not uploads.remove_idle(name):
                continue
            removed += 1
            because = "its run was done with it" if done else "older than 24 hours"
            with store.writing(workspace_id) as unit:
                unit.change_upload(draft_id, plan_id=None, deleted_at=at, deleted_because=because)
        with store.writing(workspace_id) as unit:
            unit.forget_answers(at - KEPT)
            unit.forget_progress(at - KEPT)
            known |= set(unit.kept_uploads().values())
    return removed + uploads.remove_strays(known, at - KEPT)


def recover_runs(store: Store, *, at: datetime) -> int:
    """Mark runs interrupted that are left ``applying`` though nobody holds their target and no job is theirs; how many.

    Runs of jobs are seen to by whoever claims the job (REL-9).
    """
    recovered = 0
    for workspace_id in store.workspaces():
        with store.reading(workspace_id) as unit:
            found = unit.runs_applying()
            left = [each for each in found if unit.job(about_run(each.draft_id or each.run_id)) is None]
        old = [each for each in left if each.started_at is not None and each.started_at < at - _BEGUN]
        held = (
            store.held_targets(workspace_id, sorted({each.record_type or "" for each in old})) if old else ()
        )
        for run in old:
            if run.record_type in held:
                continue
            try:
                recovered += interrupt_dead(store, workspace_id, run, at=at)
            except Busy:
                _log.info("run %s is being applied after all", run.run_id)
    return recovered
