"""What flows ask of a store about single records, for people to read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

import polars as pl

from stocktake.model.record_type import RecordType


class Listings(Protocol):
    """Statements about one record, and short lists."""

    def record_frames(
        self,
        record_type: RecordType,
        *,
        where: Mapping[str, str],
        missing_source: str | None = None,
        retired: bool = False,
    ) -> Iterator[pl.DataFrame]:
        """The records asked for, by id, some thousands a frame: ``id``, the fields and ``EXPORTED`` as canonical text."""
        ...

    def record(self, record_type: RecordType, record_id: int) -> dict[str, Any] | None:
        """One record with every column, or None."""
        ...

    def history_of(self, record_type: str, record_id: int) -> list[dict[str, Any]]:
        """The stored field history of one record, oldest first."""
        ...

    def writings_of(self, record_type: str, record_id: int) -> pl.DataFrame:
        """``field, run_id, kind, source, by, at`` of what has been written into one record and stands, oldest first."""
        ...

    def acts_on(self, record_type: str, record_id: int) -> list[tuple[int, str]]:
        """Which runs changed one record, and how they called it."""
        ...

    def sightings_of(self, record_type: str, record_id: int) -> list[tuple[int, int]]:
        """For every link of one record, the runs that saw it first and last."""
        ...

    def raw_rows_of(self, run_id: int, record_id: int) -> list[dict[str, Any]]:
        """The raw rows that a run read and that led to one record."""
        ...

    def links_of_record(self, record_type: str, record_id: int) -> list[dict[str, Any]]:
        """The links of one record as the view of presence shows them, and ``held_at``."""
        ...

    def missing_among(
        self,
        record_types: Sequence[RecordType],
        *,
        source: str | None,
        since: datetime | None,
        until: datetime | None,
        ignored: Sequence[str],
        unacknowledged_at: datetime | None,
        limit: int,
        offset: int,
    ) -> tuple[list[dict[str, Any]], int]:
        """Links that the sources' last snapshots did not see, newest first, with their records; how many there are."""
        ...

    def freshness(self) -> list[dict[str, Any]]:
        """The newest import and snapshot per source and type."""
        ...
