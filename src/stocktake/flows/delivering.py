"""Delivering: whoever wants to hear of finished runs hears of them, after their commit, from the outbox (APP-7, APP-10)."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from stocktake.ports.store import Store

_log = logging.getLogger("stocktake.flows")

#: What a run leaves in the outbox in the transaction that applies it.
FINISHED = "run.finished"
#: What failed once is tried again after a minute, then after twice as long each time, and no more than six hours.
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=6)
#: So many runs are told of after an act at most: an old backlog must not hold it up.
AT_ONCE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What was told: the runs ``delivered``, those whose hook ``failed``, and how many are ``waiting`` now."""

    delivered: tuple[int, ...] = ()
    failed: tuple[int, ...] = ()
    waiting: int = 0


def pause(attempts: int) -> timedelta:
    """How long to wait after so many attempts.

    >>> [str(pause(attempts)) for attempts in (1, 2, 3, 20)]
    ['0:01:00', '0:02:00', '0:04:00', '6:00:00']
    """
    return min(FIRST_PAUSE * (1 << min(attempts - 1, 20)), LONGEST_PAUSE)


def deliver(
    store: Store,
    workspace_id: int,
    tell: Callable[[int], None],
    *,
    clock: Callable[[], datetime],
    only_due: bool,
    limit: int | None = None,
) -> Delivery:
    """Tell of each run that nobody has been told of, oldest first; no transaction is open while ``tell`` is at work.

    At least once: a process that dies while it tells leaves the run to be told of again. An exception of ``tell`` is logged
    and put off, and the next run is told of. ``only_due``: pass over what failed a short while ago.
    """
    done: dict[int, bool] = {}
    while limit is None or len(done) < limit:
        run_id = _claimed(store, workspace_id, after=max(done, default=0), only_due=only_due, at=clock())
        if run_id is None:
            break
        error = _told(tell, run_id)
        with store.writing(workspace_id) as unit:
            sent_at = clock() if error is None else None
            unit.change_outcome(run_id, FINISHED, sent_at=sent_at, error=error)
        done[run_id] = error is None
    with store.reading(workspace_id) as unit:
        waiting = unit.outcomes_waiting(FINISHED)
    return Delivery(
        delivered=tuple(run_id for run_id, well in done.items() if well),
        failed=tuple(run_id for run_id, well in done.items() if not well),
        waiting=waiting,
    )


def _claimed(store: Store, workspace_id: int, *, after: int, only_due: bool, at: datetime) -> int | None:
    """The next run to tell of; it is put off before it is tried, for the case that we die in it."""
    with store.writing(workspace_id) as unit:
        found = unit.waiting_outcome(FINISHED, due_at=at if only_due else None, after=after)
        if found is None:
            return None
        run_id, attempts = found[0], found[1] + 1
        unit.change_outcome(run_id, FINISHED, attempts=attempts, next_at=at + pause(attempts))
    return run_id


def _told(tell: Callable[[int], None], run_id: int) -> str | None:
    """None, or what went wrong."""
    try:
        tell(run_id)
    except Exception as error:
        _log.warning("run %s is applied; a hook failed and is tried again later", run_id, exc_info=True)
        return f"{type(error).__name__}: {error}"[:2000]
    return None
