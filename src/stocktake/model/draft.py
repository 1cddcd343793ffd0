"""Drafts: imports on their way from the upload to the commit, and the work that is wanted of them (UPL, APP-4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from stocktake.model import errors
from stocktake.model.errors import Refusal
from stocktake.model.run import Run, RunStatus

#: States in which a draft can be chosen for, previewed, and cancelled: none of its rows was written.
OPEN = (
    RunStatus.UPLOADED,
    RunStatus.PLANNED,
    RunStatus.BLOCKED,
    RunStatus.FAILED,
    RunStatus.INTERRUPTED,
)

#: Among the choices: that it is a dry run. It is said at the upload and stays through every step; it is no argument of
#: ``Book.plan`` (INT-9).
DRY_RUN = "dry_run"

#: Among the choices: decisions about rows and records that were gathered beside a plan that does not have them yet (PLN-8).
GATHERED = "gathered"


_NOUNS = {"enrich": "enriching", "prune": "pruning", "deliver": "delivery"}


class Wanted(StrEnum):
    """What a job is to do."""

    PREVIEW = "preview"
    APPLY = "apply"
    ROLLBACK = "rollback"
    INGEST = "ingest"
    ENRICH = "enrich"
    BACKFILL = "backfill"
    PRUNE = "prune"
    DELIVER = "deliver"

    @property
    def noun(self) -> str:
        """How it is called in sentences.

        >>> Wanted.PRUNE.noun, Wanted.ROLLBACK.noun
        ('pruning', 'rollback')
        """
        return _NOUNS.get(self.value, self.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file that was handed over. ``name`` is random; ``label`` is what its owner calls it, and no path (UPL-1)."""

    name: str
    label: str
    bytes: int
    sha256: str
    created_at: datetime
    created_by: str = ""
    deleted_at: datetime | None = None
    deleted_because: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An import on its way. ``draft_id`` is its number from the upload on, and stays so.

    ``run``: its row; ``run.run_id`` is ``draft_id`` until it is confirmed, then the number of its turn: runs are numbered
    in the order in which they write. ``choices``: what was chosen so far, by the names of ``Book.plan``. ``plan_id``: of the
    plan that was shown and can be confirmed, None where there is none or it is outdated.
    """

    draft_id: int
    run: Run
    upload: Upload
    choices: Mapping[str, Any] = field(default_factory=dict)
    plan_id: str | None = None

    @property
    def status(self) -> RunStatus:
        """Where its life has come to."""
        return self.run.status

    @property
    def is_dry_run(self) -> bool:
        """Whether it is only to be shown what it would do: it is never applied as long as that is so (INT-9)."""
        return self.choices.get(DRY_RUN) is True

    @property
    def is_gathering(self) -> bool:
        """Whether decisions were gathered that the plan which is shown does not have: it cannot be confirmed (PLN-8)."""
        return GATHERED in self.choices

    @property
    def decided(self) -> Mapping[str, Any]:
        """The choices with what was gathered since, as the next preview takes them."""
        return {
            name: value
            for name, value in {**self.choices, **self.choices.get(GATHERED, {})}.items()
            if name != GATHERED
        }


#: What jobs of drafts and runs are about begins so.
RUN = "run "
#: What the pruning of raw rows is about.
RAW_ROWS = "raw rows"
#: What the delivery to webhooks is about.
WEBHOOKS = "webhooks"


def about_run(run_id: int) -> str:
    """What a job of a draft or run is about: the draft's number; of a rollback that of the run to undo.

    >>> about_run(3)
    'run 3'
    """
    return f"{RUN}{run_id}"


def is_about_run(about: str) -> bool:
    """Whether work is about a draft or run.

    >>> is_about_run("run 3"), is_about_run("raw rows")
    (True, False)
    """
    return about.startswith(RUN)


def about_collection(collection_id: object) -> str:
    """What an ingest of a collection and the enriching of its assets are about: of one collection one at a time."""
    return f"collection {collection_id}"


def about_backfill(name: str) -> str:
    """What a backfill is about.

    >>> about_backfill("presence-links")
    'backfill presence-links'
    """
    return f"backfill {name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Work that waits for a worker, or has one: at most one about the same thing.

    ``about``: a run, a collection, a backfill, raw rows or webhooks, as the functions beside this say it. ``arguments``: of
    the method of ``Book`` that does it. ``asked_by``: who asked, as ``principal_from`` reads it.
    """

    workspace_id: int
    about: str
    wanted: Wanted
    arguments: Mapping[str, Any]
    asked_by: Mapping[str, Any]
    wanted_at: datetime

    @property
    def run_id(self) -> int:
        """The run that it is about. Raises ``ValueError`` where it is about something else."""
        return int(self.about.removeprefix(RUN))


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a job ended where it did not do what was asked: the refusal, as it can be kept.

    ``kind`` is the refusal's class, ``Fault`` for a fault of ours; ``reference`` finds that in the log.
    """

    kind: str
    code: str
    message: str
    hint: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def refusal(self) -> Refusal:
        """As it can be raised again."""
        found = getattr(errors, self.kind, Refusal)
        kind: type[Refusal] = found if isinstance(found, type) and issubclass(found, Refusal) else Refusal
        return kind(self.code, self.message, hint=self.hint, details=self.details)


@dataclass(frozen=True, slots=True, kw_only=True)
class JobProgress:
    """How far the newest job about something has come, and how it ended.

    ``waiting``: nobody has begun it; ``total``: rows expected in the phase, None where unknown; ``stopping``: somebody has
    asked that it stop. When it has ended:
    ``finished_at``, ``run_id`` of the run that it made, ``document``: what the interface rendered of it, or ``outcome``: why
    it did not do what was asked.
    """

    wanted: Wanted
    waiting: bool = False
    stopping: bool = False
    phase: str | None = None
    total: int | None = None
    done: int = 0
    finished_at: datetime | None = None
    run_id: int | None = None
    document: Mapping[str, Any] | None = None
    outcome: Outcome | None = None

    @property
    def running(self) -> bool:
        """Whether it waits or is being done."""
        return self.finished_at is None

    @property
    def share(self) -> int | None:
        """How much of its phase is done, in percent; None where nobody knows how much there is."""
        return min(100, self.done * 100 // self.total) if self.total else None
