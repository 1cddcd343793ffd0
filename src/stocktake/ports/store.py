"""What flows ask of a store: units of work, and statements over whole frames (APP-2).

A ``Unit`` is one open transaction in one workspace; whoever opened it commits.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from stocktake.model.draft import Job
from stocktake.model.record_type import RecordType
from stocktake.ports.activity import ActivityLog
from stocktake.ports.courses import Courses
from stocktake.ports.directory import Directory
from stocktake.ports.drafts import Drafts
from stocktake.ports.hand_edits import HandEdits
from stocktake.ports.links import Links
from stocktake.ports.listings import Listings
from stocktake.ports.media_collections import MediaCollections
from stocktake.ports.outbox import Outbox
from stocktake.ports.records import Records
from stocktake.ports.references import References
from stocktake.ports.runs import Runs
from stocktake.ports.trail import Trail
from stocktake.ports.undoing import Undoing
from stocktake.ports.upkeep import Upkeep
from stocktake.ports.webhooks import Webhooks
from stocktake.ports.wiring import Wiring
from stocktake.ports.work_list import WorkLists


class Unit(
    Records,
    Links,
    References,
    HandEdits,
    Runs,
    Trail,
    ActivityLog,
    Outbox,
    Webhooks,
    Courses,
    Listings,
    WorkLists,
    Wiring,
    Undoing,
    Upkeep,
    MediaCollections,
    Drafts,
    Protocol,
):
    """One open transaction. Reading first, then writing; all of it set-based."""


class Store(Protocol):
    """A database that gives units of work."""

    def reading(self, workspace_id: int) -> AbstractContextManager[Unit]:
        """A unit that cannot write."""
        ...

    def writing(self, workspace_id: int, *, waits: bool = True) -> AbstractContextManager[Unit]:
        """A unit that commits at the end of its block; one that does not wait raises ``Busy`` at once."""
        ...

    def directory(self, *, writes: bool = False, waits: bool = True) -> AbstractContextManager[Directory]:
        """A unit of the installation; one that ``writes`` commits at the end of its block."""
        ...

    def abandon(self) -> None:
        """End the transactions that this thread has begun and not ended, where an interrupt came in between."""
        ...

    def check_owner(self) -> None:
        """Refuse where tables cannot be changed. Raises ``NotAllowed`` ``owner-needed`` (SEC-11)."""
        ...

    def refer_to_flows(self, record_type: RecordType) -> bool | None:
        """Let the database hold a type's records to their discovery flows; whether all do, None where it cannot."""
        ...

    def held_targets(self, workspace_id: int, record_types: Sequence[str]) -> frozenset[str]:
        """Those of the types whose lock somebody holds at this moment; nobody is waited for."""
        ...

    def claiming(
        self, passing: Container[tuple[int, str]], *, only_runs: bool = False
    ) -> AbstractContextManager[Job | None]:
        """The oldest job that nobody works on, the caller's as long as the block lasts (REL-9)."""
        ...

    def workspaces(self) -> dict[int, str]:
        """Id → name of every workspace."""
        ...

    def hooked_workspaces(self) -> dict[int, str]:
        """Id → name of every workspace that has active webhooks."""
        ...

    def gather_statistics(self, record_type: RecordType) -> None:
        """After a bulk load was committed: let the database know how its tables have grown."""
        ...
