"""Enriching: the enrichers of a collection look at its new assets; those of which all succeed are ready (MED-D9)."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl

from stocktake.flows.delivering import FINISHED
from stocktake.media.enrichment import Combined, combined
from stocktake.model.media import Collection, EnrichStats, Failure
from stocktake.model.record_type import RecordType
from stocktake.model.run import RunKind, RunStatus
from stocktake.ports.enricher import FIELDS, AssetToEnrich, Enricher
from stocktake.ports.progress import Progress
from stocktake.ports.store import Store, Unit
from stocktake.reporting.sentence import plural

_log = logging.getLogger("stocktake.flows")

#: So many assets are looked at, and written in one transaction.
BATCH = 200
#: So many errors are told one by one.
ERRORS = 1_000

#: The enrichers of one collection in their order, each with its name (``id@version``).
Team = Sequence[tuple[str, Enricher]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outcome:
    """What the enrichers say of one asset; ready where none of them failed."""

    asset_id: int
    content_version: int
    said: Combined
    failures: tuple[Failure, ...]


@dataclass(slots=True, kw_only=True)
class _Tally:
    """What has been done so far."""

    enriched: int = 0
    failed: int = 0
    changed_meanwhile: int = 0
    errors: list[str] | None = None

    def stats(self) -> EnrichStats:
        said = self.errors or []
        more = [f"… and {len(said) - ERRORS:,} more."] if len(said) > ERRORS else []
        return EnrichStats(
            assets_enriched=self.enriched,
            assets_failed=self.failed,
            assets_changed_meanwhile=self.changed_meanwhile,
            errors=(*said[:ERRORS], *more),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrichRequest:
    """What is to be enriched, for whom. ``paths_of``: the local files of an asset's row, and what lies beside them."""

    record_type: RecordType
    collection: Collection | None
    teams: Callable[[str], Team]
    paths_of: Callable[[Mapping[str, Any]], AssetToEnrich | Failure]
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
    tally, run_id = _Tally(errors=[]), None
    for batch in waiting.iter_slices(BATCH):
        _begin(store, workspace_id, kind, batch)
        outcomes = list(_looked_at(batch, request))
        with store.writing(workspace_id) as unit:
            written = _write(unit, kind, outcomes, tally, at=clock())
            run_id = _note(unit, request, run_id, tally, at=clock())
        _log.info("enriched %s of %s", f"{written:,}", plural(batch.height, "asset"))
        progress.advance(batch.height)
    return tally.stats(), run_id


def _begin(store: Store, workspace_id: int, kind: RecordType, batch: pl.DataFrame) -> None:
    with store.writing(workspace_id) as unit:
        unit.set_readiness(kind, batch.select("id", "content_version"), state="enriching")


def _looked_at(batch: pl.DataFrame, request: EnrichRequest) -> Iterator[_Outcome]:
    """One collection after the other, its assets beside one another; an enricher is asked by one thread at a time."""
    for (collection,), assets in batch.group_by("collection", maintain_order=True):
        team = request.teams(str(collection))
        rows = assets.to_dicts()
        if len(rows) < 2 or request.workers < 2:
            yield from (_outcome(row, team, request) for row in rows)
            continue
        shares = [rows[place :: request.workers] for place in range(request.workers)]
        teams = [team, *(request.teams(str(collection)) for _ in shares[1:])]
        with ThreadPoolExecutor(request.workers) as pool:
            for done in pool.map(
                lambda share, own: [_outcome(row, own, request) for row in share], shares, teams
            ):
                yield from done


def _outcome(row: Mapping[str, Any], team: Team, request: EnrichRequest) -> _Outcome:
    said, failures = [], []
    asset = request.paths_of(row) if team else None
    if isinstance(asset, Failure):
        failures.append(asset)
    elif asset is not None:
        for name, enricher in team:
            told = enricher.enrich(asset)
            if isinstance(told, Failure):
                failures.append(told)
            else:
                said.append((name, told))
    return _Outcome(
        asset_id=row["id"],
        content_version=row["content_version"],
        said=combined(said),
        failures=tuple(failures),
    )


def _write(unit: Unit, kind: RecordType, outcomes: Iterable[_Outcome], tally: _Tally, *, at: datetime) -> int:
    """Write what was found; how many assets are ready by it."""
    told = list(outcomes)
    ready = [each for each in told if not each.failures]
    failed = [each for each in told if each.failures]
    done = unit.set_readiness(kind, _frame(ready), enriched=True, state="ready", enriched_at=at)
    stuck = unit.set_readiness(kind, _frame(failed, hindered=True), state="enriching", enriched_at=at)
    tally.enriched += done
    tally.failed += stuck
    tally.changed_meanwhile += len(told) - done - stuck
    if tally.errors is not None:
        tally.errors += [failure.sentence for each in failed for failure in each.failures]
    return done


def _frame(outcomes: Sequence[_Outcome], *, hindered: bool = False) -> pl.DataFrame:
    """The columns to write, all as text; ``hindrances`` is what stands in the way of an asset, as JSON."""
    rows = [
        {
            "id": each.asset_id,
            "content_version": each.content_version,
            **{name: None if value is None else str(value) for name, value in each.said.columns().items()},
            "hindrances": _hindrances(each.failures) if hindered else None,
        }
        for each in outcomes
    ]
    schema = {
        "id": pl.Int64,
        "content_version": pl.Int64,
        **dict.fromkeys([*FIELDS, "hindrances"], pl.String),
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def _hindrances(failures: tuple[Failure, ...]) -> str:
    told = [{"where": each.where, "code": each.code, "sentence": each.sentence} for each in failures]
    return json.dumps(told, ensure_ascii=False)


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
    unit.announce_outcome(run_id, FINISHED, {"run_id": run_id, "counts": stats}, at=at)
    return run_id
