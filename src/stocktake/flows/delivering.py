"""Delivering: whoever wants to hear of finished runs hears of them, after their commit, from the outbox (APP-7, APP-10)."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from stocktake.ports.outbox import Waiting
from stocktake.ports.store import Store, Unit

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


def announce(unit: Unit, run_id: int, content: dict[str, Any], *, at: datetime) -> None:
    """Leave word of a run in the transaction that applies it: for the application's hooks, and for each webhook."""
    unit.announce_outcome(run_id, FINISHED, content, at=at)
    unit.announce_to_webhooks(run_id, content, at=at)


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
        at = clock()
        due_at = at if only_due else None
        found = claimed(store, workspace_id, FINISHED, after=max(done, default=0), due_at=due_at, at=at)
        if found is None:
            break
        run_id = found.run_id
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


def claimed(
    store: Store,
    workspace_id: int,
    topic: str,
    *,
    after: int,
    due_at: datetime | None,
    at: datetime,
    waits: bool = True,
) -> Waiting | None:
    """The next message of a topic; it is put off before it is tried, for the case that we die in it.

    ``attempts`` counts the one that is about to be made. ``due_at``: only one that may be tried again by then. Raises
    ``Busy`` where another writes; at once, unless it ``waits``.
    """
    with store.writing(workspace_id, waits=waits) as unit:
        found = unit.waiting_outcome(topic, due_at=due_at, after=after)
        if found is None:
            return None
        attempts = found.attempts + 1
        unit.change_outcome(found.run_id, topic, attempts=attempts, next_at=at + pause(attempts))
    return found._replace(attempts=attempts)


def _told(tell: Callable[[int], None], run_id: int) -> str | None:
    """None, or what went wrong."""
    try:
        tell(run_id)
    except Exception as error:
        _log.warning("run %s is applied; a hook failed and is tried again later", run_id, exc_info=True)
        return f"{type(error).__name__}: {error}"[:2000]
    return None
