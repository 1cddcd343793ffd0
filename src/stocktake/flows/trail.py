"""The trail of a run that fails: its row says so, with the reason, in a transaction of its own (APP-6, APP-11)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

import polars as pl

from stocktake.model.errors import Cancelled, Refusal
from stocktake.model.run import RunStatus
from stocktake.ports.store import Store, Unit
from stocktake.reporting import sentence

_log = logging.getLogger("stocktake.flows")


@contextmanager
def closing(store: Store, workspace_id: int, run_id: int, *, clock: Callable[[], datetime]) -> Iterator[None]:
    """Close the run ``failed`` (``interrupted``, ``cancelled``) when its block raises; the error goes on."""
    try:
        yield
    except BaseException as error:
        reason = error.message if isinstance(error, Refusal) else _first_line(error)
        status = _status_after(error)
        if isinstance(error, Refusal) and error.__cause__ is None:  # else the store has said so already
            _log.error("transaction rolled back: %s: %s", error.code, reason)
        _log.info("run %s %s: %s", run_id, status, reason)
        try:
            store.abandon()
            with store.writing(workspace_id) as unit:
                _close(unit, run_id, status, reason[:2000], at=clock())
        except Exception:
            _log.exception("run %s could not be closed; the next run will mark it interrupted", run_id)
        raise


def _status_after(error: BaseException) -> RunStatus:
    if isinstance(error, Cancelled):
        return RunStatus.CANCELLED
    return RunStatus.FAILED if isinstance(error, Exception) else RunStatus.INTERRUPTED


def _close(unit: Unit, run_id: int, status: RunStatus, reason: str, *, at: datetime) -> None:
    if not unit.close_run(run_id, status=status.value, at=at, reason=reason):
        return
    (run,) = unit.runs(limit=1, run_id=run_id)
    entry = {
        "act": ["cancel" if status is RunStatus.CANCELLED else "fail"],
        "sentence": [sentence.failed(run)],
    }
    unit.log(
        run_id,
        pl.DataFrame(entry),
        at=at,
        actor=run.initiated_by,
        source=run.source,
        record_type=run.record_type,
    )


def _first_line(error: BaseException) -> str:
    """What failed, without the statement and the data it was about."""
    told = str(error).strip().splitlines()
    return f"{type(error).__name__}: {told[0]}" if told else type(error).__name__
