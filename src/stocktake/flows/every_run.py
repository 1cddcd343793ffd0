"""The runs of all workspaces together, for whoever keeps the installation (ROL-12)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from heapq import merge
from itertools import islice

from stocktake.flows.mending import with_mended
from stocktake.model.run import Run
from stocktake.model.workspace import Workspace
from stocktake.ports.store import Store

#: Before every run: of one that has not begun nothing is known.
_NEVER = datetime.min.replace(tzinfo=UTC)


def runs_of_all(
    store: Store, workspaces: Iterable[Workspace], *, limit: int, offset: int
) -> tuple[list[tuple[Workspace, Run]], int]:
    """A page of their runs with the workspace of each, newest first, and how many there are.

    Each workspace is read by itself, as every unit reads: none sees another's rows (SEC-2).
    """
    newest: list[list[tuple[Workspace, Run]]] = []
    total = 0
    for workspace in workspaces:
        with store.reading(workspace.workspace_id) as unit:
            found = with_mended(unit, unit.runs(limit=offset + limit))
            total += unit.run_count()
        newest.append([(workspace, run) for run in found])
    return list(islice(_by_start(newest), offset, offset + limit)), total


def _by_start(newest: list[list[tuple[Workspace, Run]]]) -> Iterator[tuple[Workspace, Run]]:
    parts = (sorted(each, key=_started, reverse=True) for each in newest)
    return merge(*parts, key=_started, reverse=True)


def _started(told: tuple[Workspace, Run]) -> tuple[datetime, int]:
    run = told[1]
    return run.started_at or _NEVER, run.run_id
