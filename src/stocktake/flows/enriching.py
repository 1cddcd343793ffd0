"""Enriching: the enrichers of a collection look at its new assets; those of which all succeed are ready (MED-D9)."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import asdict, dataclass, field
from datetime import datetime
from queue import SimpleQueue
from typing import Any

import polars as pl

from stocktake.flows.delivering import announce
from stocktake.media.enrichment import Combined
from stocktake.model.media import Collection, EnrichStats, Failure
from stocktake.model.record_type import RecordType
from stocktake.model.run import RunKind, RunStatus
from stocktake.ports.enricher import FIELDS
from stocktake.ports.progress import Progress
from stocktake.ports.store import Store, Unit
from stocktake.reporting.sentence import plural

_log = logging.getLogger("stocktake.flows")

#: So many assets are looked at, and written in one transaction.
BATCH = 200
#: So many errors are told one by one.
ERRORS = 1_000
#: How far the looking has come is told so often, in seconds.
WATCHED_EVERY = 0.25

_KEYS = {"id": pl.Int64, "content_version": pl.Int64}

#: Looks at the files of an asset, by its row: what all enrichers of its collection say, or why one could not.
Look = Callable[[Mapping[str, Any]], Combined | Failure]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outcome:
    """What the enrichers say of one asset, or why one of them could not."""

    asset_id: int
    content_version: int
    said: Combined | Failure


@dataclass(slots=True, kw_only=True)
class _Tally:
    """What has been done so far."""

    enriched: int = 0
    failed: int = 0
    changed_meanwhile: int = 0
    errors: list[str] = field(default_factory=list)

    def stats(self) -> EnrichStats:
        """As it is told."""
        said = self.errors
        more = [f"… and {len(said) - ERRORS:,} more."] if len(said) > ERRORS else []
        return EnrichStats(
            assets_enriched=self.enriched,
            assets_failed=self.failed,
            assets_changed_meanwhile=self.changed_meanwhile,
            errors=(*said[:ERRORS], *more),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrichRequest:
    """What is to be enriched, for whom. ``looks``: who looks at the assets of a collection, made anew for each thread."""

    record_type: RecordType
    collection: Collection | None
    looks: Callable[[str], Look]
    by: str
    workers: int = 2


def enrich(
    store: Store,
    workspace_id: int,
    request: EnrichRequest,
    *,
    clock: Callable[[], datetime],
    progress: Progress,
) -> tuple[EnrichStats, int | None]:
    """Enrich what is new or has failed before; what came of it, and the run's id, None where there was nothing to do.

    Files are looked at outside of any transaction. Each batch is written in one, so that an interrupt loses one batch at
    most; an asset that has changed in the meantime stays as it is (MED-D8).
    """
    kind, collection = request.record_type, request.collection
    with store.reading(workspace_id) as unit:
        waiting = unit.assets_to_enrich(kind, str(collection.collection_id) if collection else None)
    progress.phase("enriching", waiting.height)
    tally, run_id = _Tally(), None
    looks = _Looks(request)
    for batch in waiting.iter_slices(BATCH):
        _begin(store, workspace_id, kind, batch)
        outcomes = list(looks.at(batch, progress.advance))
        with store.writing(workspace_id) as unit:
            written = _write(unit, kind, outcomes, tally, at=clock())
            run_id = _note(unit, request, run_id, tally, at=clock())
        _log.info("enriched %s of %s", f"{written:,}", plural(batch.height, "asset"))
    return tally.stats(), run_id


def _begin(store: Store, workspace_id: int, kind: RecordType, batch: pl.DataFrame) -> None:
    with store.writing(workspace_id) as unit:
        unit.set_readiness(kind, batch.select("id", "content_version"), state="enriching")


class _Looks:
    """Who looks at the assets of which collection: enrichers are opened once for each thread, and serve all batches."""

    def __init__(self, request: EnrichRequest) -> None:
        self._request = request
        self._open: dict[str, list[Look]] = {}

    def at(self, batch: pl.DataFrame, heard: Callable[[int], None]) -> Iterator[_Outcome]:
        """One collection after the other, its assets shared out among the threads.

        ``heard`` is told in this thread how many more were looked at, and may end the looking by what it raises.
        """
        for (collection,), assets in batch.group_by("collection", maintain_order=True):
            rows = assets.to_dicts()
            looks = self._of(str(collection), min(self._request.workers, len(rows)))
            course = _Course()
            with ThreadPoolExecutor(len(looks)) as pool:
                shares = [
                    pool.submit(course.share, rows[place :: len(looks)], look)
                    for place, look in enumerate(looks)
                ]
                course.watch(shares, heard)
                for each in shares:
                    yield from each.result()

    def _of(self, collection: str, count: int) -> list[Look]:
        known = self._open.setdefault(collection, [])
        known += [self._request.looks(collection) for _ in range(count - len(known))]
        return known[:count]


class _Course:
    """Threads that look at assets, one of which tells how far they are; once that one gives up, so do the others."""

    def __init__(self) -> None:
        self._looked: SimpleQueue[int] = SimpleQueue()
        self._is_over = False

    def share(self, rows: Sequence[Mapping[str, Any]], look: Look) -> list[_Outcome]:
        """Look at some of the assets."""
        outcomes = []
        for row in rows:
            if self._is_over:
                break
            said = look(row)
            outcomes.append(_Outcome(asset_id=row["id"], content_version=row["content_version"], said=said))
            self._looked.put(row["id"])
        return outcomes

    def watch(self, shares: Sequence[Future[list[_Outcome]]], heard: Callable[[int], None]) -> None:
        """Tell how many were looked at, now and then, until all were."""
        told, left = 0, set(shares)
        try:
            while left:
                _, left = wait(left, timeout=WATCHED_EVERY)
                if (seen := self._looked.qsize()) > told:
                    heard(seen - told)
                    told = seen
        except BaseException:
            self._is_over = True
            raise


def _write(unit: Unit, kind: RecordType, outcomes: Sequence[_Outcome], tally: _Tally, *, at: datetime) -> int:
    """Write what was found; how many assets are ready by it."""
    ready = [(each, each.said) for each in outcomes if isinstance(each.said, Combined)]
    failed = [(each, each.said) for each in outcomes if isinstance(each.said, Failure)]
    done = unit.set_readiness(kind, _found(ready), enriched=True, state="ready", enriched_at=at)
    stuck = unit.set_readiness(kind, _hindered(failed), state="enriching", enriched_at=at)
    tally.enriched += done
    tally.failed += stuck
    tally.changed_meanwhile += len(outcomes) - done - stuck
    tally.errors += [failure.sentence for _, failure in failed]
    return done


def _found(outcomes: Sequence[tuple[_Outcome, Combined]]) -> pl.DataFrame:
    """The derived fields to write, all as text; what stood in the way does no more."""
    rows = [
        {
            "id": each.asset_id,
            "content_version": each.content_version,
            **{name: None if value is None else str(value) for name, value in said.columns().items()},
        }
        for each, said in outcomes
    ]
    schema = {**_KEYS, **dict.fromkeys([*FIELDS, "hindrances"], pl.String)}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _hindered(outcomes: Sequence[tuple[_Outcome, Failure]]) -> pl.DataFrame:
    """What stands in the way of assets, as JSON."""
    rows = [
        {
            "id": each.asset_id,
            "content_version": each.content_version,
            "hindrances": json.dumps([asdict(failure)], ensure_ascii=False),
        }
        for each, failure in outcomes
    ]
    return pl.DataFrame(rows, schema={**_KEYS, "hindrances": pl.String}, orient="row")


def _note(unit: Unit, request: EnrichRequest, run_id: int | None, tally: _Tally, *, at: datetime) -> int:
    """The run of the act, true after every batch."""
    stats = {
        "enriched": tally.enriched,
        "failed": tally.failed,
        "changed_meanwhile": tally.changed_meanwhile,
    }
    if run_id is not None:
        unit.change_run(run_id, stats=stats, finished_at=at)
        return run_id
    source = request.collection.source_code if request.collection else None
    run_id = unit.reserve("run", 1)
    unit.announce_run(
        run_id,
        kind=RunKind.ENRICH.value,
        status=RunStatus.APPLIED.value,
        source=source,
        record_type=request.record_type.name,
        is_full_snapshot=False,
        started_at=at,
        applied_at=at,
        finished_at=at,
        initiated_by=request.by,
        stats=stats,
    )
    what = f'assets of "{request.collection.name}"' if request.collection else "assets"
    entry = {"act": ["enrich"], "sentence": [f"{request.by} had {what} enriched."]}
    unit.log(
        run_id,
        pl.DataFrame(entry),
        at=at,
        actor=request.by,
        source=source,
        record_type=request.record_type.name,
    )
    announce(unit, run_id, {"run_id": run_id, "counts": stats}, at=at)
    return run_id
