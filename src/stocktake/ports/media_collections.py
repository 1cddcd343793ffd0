"""What flows ask of a store about media sources, collections and their assets (MED)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

import polars as pl

from stocktake.model.record_type import RecordType

#: What a collection has had so far, present or missing, as text.
ASSETS: dict[str, Any] = {
    "_record_id": pl.Int64,
    "is_present": pl.Boolean,
    "canonical_key_hash": pl.String,
    "canonical_key": pl.String,
    "source_uri": pl.String,
    "guid": pl.String,
    "asset_key": pl.String,
}

#: What an enricher is told of an asset.
TO_ENRICH: dict[str, Any] = {
    "id": pl.Int64,
    "content_version": pl.Int64,
    "source_uri": pl.String,
    "canonical_uri": pl.String,
    "parts": pl.String,
    "sidecars": pl.String,
    "kind": pl.String,
    "title": pl.String,
    "series_title": pl.String,
    "season": pl.String,
    "episode": pl.String,
    "year": pl.String,
}


class MediaCollections(Protocol):
    """Statements about collections and the readiness of assets."""

    def media_sources(self) -> dict[str, str]:
        """Name → descriptor."""
        ...

    def keep_media_source(self, name: str, descriptor: str, *, at: datetime) -> None:
        """Declare a media source, or change its declaration."""
        ...

    def collections(self) -> list[dict[str, Any]]:
        """``descriptor, last_ingest_time, key_rule`` of every collection, by media source and external id."""
        ...

    def keep_collection(self, collection_id: str, descriptor: str, *, at: datetime, **names: str) -> None:
        """Keep a collection, or keep it anew; ``names``: ``media_source, external_id, source``."""
        ...

    def note_ingest(self, collection_id: str, run_id: int, *, at: datetime, key_rule: str | None) -> None:
        """Say that a collection was ingested (MED-B19); ``key_rule``: by which all its keys are made now, if that is so."""
        ...

    def scan_of(self, collection_id: str) -> bytes | None:
        """What its importer wants to be told; None where it left nothing."""
        ...

    def keep_scan(self, collection_id: str, content: bytes | None) -> None:
        """Keep what its importer wants to be told next time, in the place of what it was told so far."""
        ...

    def assets_of(self, record_type: RecordType, source: str) -> pl.DataFrame:
        """``ASSETS`` of a source of presence."""
        ...

    def readiness_of(self, record_type: RecordType, ids: pl.Series) -> pl.DataFrame:
        """``id, name, state, approved_for_broadcast, content_version, enriched_version`` of some assets."""
        ...

    def assets_to_enrich(self, record_type: RecordType, collection: str | None) -> pl.DataFrame:
        """``TO_ENRICH`` of the assets that are new or being enriched, by id, and their ``collection``."""
        ...

    def set_readiness(
        self, record_type: RecordType, frame: pl.DataFrame, *, enriched: bool = False, **constants: Any
    ) -> int:
        """Set the columns of ``frame`` in the assets ``id`` that still have its ``content_version``; how many met."""
        ...

    def asset_page(
        self, record_type: RecordType, where: Mapping[str, str], *, limit: int, offset: int
    ) -> tuple[list[dict[str, Any]], int]:
        """Assets by id with their readiness, and how many there are; ``where``: columns and what they hold."""
        ...

    def hindered_assets(
        self, record_type: RecordType, *, limit: int, offset: int
    ) -> tuple[list[dict[str, Any]], int]:
        """The assets that an enricher could not make sense of, as ``asset_page`` has them."""
        ...

    def asset_states(self, record_type: RecordType) -> list[dict[str, Any]]:
        """``collection, state, approved, hindered, assets`` of every collection."""
        ...
