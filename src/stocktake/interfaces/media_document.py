"""Media sources, collections, assets and ingests for programs (MED-B5, MED-B22)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from stocktake.interfaces.wording import moment_iso
from stocktake.model.media import Collection, EnrichStats, IngestStats, MediaScope, MediaSource

if TYPE_CHECKING:
    from stocktake.book.ingesting import Ingested, SourceIngested
    from stocktake.model.errors import Refusal
    from stocktake.model.run import Run

#: Fields of an asset that are JSON.
_NESTED = ("parts", "sidecars", "tracks", "tags", "enricher_snapshot", "hindrances")
_NUMBERS = ("season", "episode", "year", "size", "mtime_ns", "duration_ms", "bitrate")
_FLAGS = ("approved_for_broadcast", "operator_verified")
#: What tells paths of the server: for those who may change collections, and nobody else.
_PATHS = frozenset({"path", "paths", "path_mappings", "hindrances"})
#: Columns that say where a row came from, and no more than runs do.
_HIDDEN = ("workspace_id", "row_hash", "mapping_hash", "row_number", "row_run", "extra", "asset_key")


def media_source_document(source: MediaSource, *, tells_paths: bool = True) -> dict[str, Any]:
    """One media source; of its token only which variable holds it. ``tells_paths``: where it lies on the server, too."""
    hidden = {} if tells_paths else dict.fromkeys(_PATHS & asdict(source).keys())
    return {**asdict(source), "kind": source.kind.value, **hidden}


def collection_document(collection: Collection, *, tells_paths: bool = True) -> dict[str, Any]:
    """One collection. ``tells_paths``: with its folders on the server, and what stands in the way there; else null."""
    told = _collection(collection)
    return told if tells_paths else {**told, **dict.fromkeys(_PATHS & told.keys())}


def _collection(collection: Collection) -> dict[str, Any]:
    return {
        "collection_id": str(collection.collection_id),
        "collection_name": collection.name,
        "media_source": collection.media_source,
        "external_id": collection.external_id,
        "source": collection.source_code,
        "paths": list(collection.paths),
        "sync_enabled": collection.is_sync_enabled,
        "ingestible": collection.is_ingestible,
        "hindrances": list(collection.hindrances),
        "hash": collection.hash_policy.value,
        "case_insensitive": collection.is_case_insensitive,
        "path_mappings": [asdict(each) for each in collection.path_mappings],
        "enrichers": [
            {"enricher_id": each.enricher_id, "priority": each.priority, "config": dict(each.config)}
            for each in collection.enrichers
        ],
        "excludes": list(collection.excludes),
        "last_ingest_time": collection.last_ingest_time,
    }


def asset_document(row: Mapping[str, Any]) -> dict[str, Any]:
    """One asset: fields, readiness, runs."""
    return {name: _plain(name, value) for name, value in row.items() if name not in _HIDDEN}


def _plain(name: str, value: Any) -> Any:
    if isinstance(value, datetime):
        return moment_iso(value)
    if value is None:
        return None
    if name in _NESTED:
        return json.loads(value)
    if name in _FLAGS:
        return bool(value)  # SQLite keeps 0 and 1
    return int(value) if name in _NUMBERS else value


def scope_document(scope: MediaScope) -> dict[str, Any]:
    """``scope``, and what narrows it (MED-B5)."""
    told = {"title": scope.title, "season": scope.season, "episode": scope.episode}
    return {"scope": scope.level, **{name: value for name, value in told.items() if value is not None}}


def ingest_document(ingested: Ingested) -> dict[str, Any]:
    """What an ingest found and did (MED-B5)."""
    return {
        "status": "success",
        **scope_document(ingested.scope),
        "collection_id": str(ingested.collection.collection_id),
        "collection_name": ingested.collection.name,
        "run_id": ingested.run.run_id if ingested.run else None,
        "dry_run": ingested.is_dry,
        "stats": _stats(ingested.stats),
        "asset_ids": {"created": list(ingested.created), "updated": list(ingested.updated)},
        "last_ingest_time": ingested.collection.last_ingest_time,
    }


def enrich_document(stats: EnrichStats, run: Run | None) -> dict[str, Any]:
    """What enriching came to."""
    return {
        "status": "success",
        "run_id": run.run_id if run else None,
        "stats": {**asdict(stats), "errors": list(stats.errors)},
    }


def failed_ingest_document(
    error: Refusal, scope: MediaScope | None, collection: Collection | None, *, dry_run: bool
) -> dict[str, Any]:
    """An ingest that was refused, with all that was known by then (MED-B5, MED-B8)."""
    return {
        "status": "error",
        **(scope_document(scope) if scope else {"scope": None}),
        "collection_id": str(collection.collection_id) if collection else None,
        "collection_name": collection.name if collection else None,
        "run_id": None,
        "dry_run": dry_run,
        "stats": _stats(IngestStats()),
        "asset_ids": {"created": [], "updated": []},
        "last_ingest_time": collection.last_ingest_time if collection else None,
        "error": error_words(error),
    }


def error_words(error: Refusal) -> dict[str, Any]:
    """A refusal's code, message, and what to do."""
    return {"code": error.code, "message": error.message, "hint": error.hint, "details": error.details}


def _stats(stats: IngestStats) -> dict[str, Any]:
    return {**asdict(stats), "errors": list(stats.errors)}


def failed_source_document(source: str, error: Refusal) -> dict[str, Any]:
    """A media source of which nothing was ingested (MED-B22)."""
    totals = {name: 0 for name in asdict(IngestStats()) if name != "errors"}
    return {
        "status": "error",
        "source": source,
        "collections_processed": 0,
        "collections_skipped": [],
        "totals": totals,
        "collection_results": [],
        "errors": [error_words(error)],
        "error": error_words(error),
    }


def source_ingest_document(done: SourceIngested) -> dict[str, Any]:
    """What became of each collection of a media source (MED-B22)."""
    totals = IngestStats()
    numbers = {
        name: sum(getattr(each.stats, name) for each in done.results)
        for name in asdict(totals)
        if name != "errors"
    }
    status = "ok" if not done.failed else "partial" if done.results else "error"
    return {
        "status": status,
        "source": done.source.name,
        "collections_processed": len(done.results),
        "collections_skipped": [
            {"collection_id": str(each.collection_id), "collection_name": each.name, "reason": why}
            for each, why in done.skipped
        ],
        "totals": numbers,
        "collection_results": [ingest_document(each) for each in done.results],
        "errors": [
            {"collection_id": str(each.collection_id), "collection_name": each.name, **error_words(error)}
            for each, error in done.failed
        ],
    }
