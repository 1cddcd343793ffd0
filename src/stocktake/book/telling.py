"""Progress of a job, told to whoever asks for it: in this process at once, in others by the table (APP-4)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from time import perf_counter

from stocktake.model.draft import Job, Wanted
from stocktake.model.errors import Cancelled
from stocktake.stores.board import Told
from stocktake.stores.store import Store

#: The table hears of a job at most so often, in seconds.
EVERY = 0.5

#: What stays of work that was stopped and that is not done in one transaction.
_LEFT = {
    Wanted.ENRICH: "What was enriched by then stays.",
    Wanted.DELIVER: "What was delivered by then stays so, and the rest waits.",
    Wanted.BACKFILL: "Parts that were whole by then stay, each as a run; of the one that was stopped nothing was written.",
}


class Telling:
    """The progress of one job, which ends where somebody wants it to stop.

    ``clock`` gives the present moment in UTC, ``seconds`` measures.
    """

    def __init__(
        self,
        store: Store,
        job: Job,
        clock: Callable[[], datetime],
        seconds: Callable[[], float] = perf_counter,
    ) -> None:
        self._store = store
        self._job = job
        self._clock = clock
        self._seconds = seconds
        self._written = seconds() - EVERY
        self._key = (job.workspace_id, job.about)
        store.board.begin(self._key)

    def phase(self, name: str, total: int | None = None) -> None:
        """A phase begins."""
        self._hear(self._store.board.begin(self._key, name, total), at_once=True)

    def expect(self, total: int) -> None:
        """So many rows are expected in this phase."""
        self._hear(self._store.board.expect(self._key, total))

    def advance(self, rows: int) -> None:
        """So many more rows of the phase are done."""
        self._hear(self._store.board.advance(self._key, rows))

    def end(self) -> None:
        """The job has ended."""
        self._store.board.end(self._key)

    def _hear(self, told: Told, *, at_once: bool = False) -> None:
        """Tell it on, and hear whether somebody wants the work to stop. Raises ``Cancelled`` ``work-stopped``."""
        self._write(told, at_once=at_once)
        if self._store.board.is_asked_to_stop(self._key):
            wanted = self._job.wanted
            raise Cancelled(
                "work-stopped",
                f"The {wanted.noun} was stopped. {_LEFT.get(wanted, 'Nothing was written.')}",
                hint=f"Ask for the {wanted.noun} again to have it done after all.",
            )

    def _write(self, told: Told, *, at_once: bool) -> None:
        """Into the table, where other processes may ask and somebody else is not the only writer."""
        if self._store.has_one_server:
            return
        now = self._seconds()
        if not at_once and now - self._written < EVERY:
            return
        self._written = now
        with self._store.writing(self._job.workspace_id) as unit:
            stopping = unit.change_progress(
                self._job.about, phase=told.phase, total=told.total, done=told.done, at=self._clock()
            )
        if stopping:
            self._store.board.ask_to_stop(self._key)
