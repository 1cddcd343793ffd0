"""The work list: what waits for a person, why, and since when (PRE-16, PRE-20, ERR-3). Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from stocktake.model.run import Run


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldQueue:
    """The retirements that the guards of one run held: how many, since when the oldest is missing, and until when.

    ``state``: ``open``, or ``expired`` where nobody has decided in time and the records are kept (PRE-32).
    """

    source: str
    record_type: str
    held_run: int
    held: int
    since: datetime
    held_at: datetime | None
    expires: datetime | None
    state: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldRetirement:
    """One held retirement, with what its queue says of it."""

    record_type: str
    record_id: int
    name: str
    external_id: str
    source: str
    missing_since: datetime
    queue: HeldQueue


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """The rows that an import left out and that are still to be mended or settled: ``waiting`` of ``run.rejected``."""

    run: Run
    waiting: int

    @property
    def undecided(self) -> int:
        """How many rows the import found in conflict or ambiguous (PRE-20)."""
        return int(self.run.stats.get("conflict", 0)) + int(self.run.stats.get("ambiguous", 0))

    @property
    def faulty(self) -> int:
        """How many rows the import rejected for what they say (ERR-2)."""
        return int(self.run.stats.get("reject", 0))


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkList:
    """Held retirements, open queues first, longest waiting first; and runs that left rows out, newest first."""

    held: tuple[HeldQueue, ...] = ()
    left_out: tuple[LeftOut, ...] = ()

    @property
    def open(self) -> int:
        """How many held retirements wait for a decision."""
        return sum(each.held for each in self.held if each.state == "open")

    @property
    def undecided(self) -> tuple[LeftOut, ...]:
        """The runs that left rows out in conflict or ambiguous."""
        return tuple(each for each in self.left_out if each.undecided)

    @property
    def faulty(self) -> tuple[LeftOut, ...]:
        """The runs that rejected rows for what they say."""
        return tuple(each for each in self.left_out if each.faulty)


def left_out(runs: Sequence[Run]) -> tuple[LeftOut, ...]:
    """Those of ``runs`` whose rows still wait, in their order; each with ``mended`` told.

    Rows that came back mended and were left out again wait in the run that did so, and are counted there alone.
    """
    open_ = {each.run_id: max(0, each.rejected - (each.mended.rows if each.mended else 0)) for each in runs}
    again: defaultdict[int, int] = defaultdict(int)
    for each in runs:
        if each.mends_run is not None:
            again[each.mends_run] += open_[each.run_id]
    waiting = ((each, open_[each.run_id] - again[each.run_id]) for each in runs)
    return tuple(LeftOut(run=each, waiting=count) for each, count in waiting if count > 0)
