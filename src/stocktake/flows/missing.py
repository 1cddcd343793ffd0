"""Missing by source: what the last snapshots no longer had, with what keeps each record alive (PRE-22)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import polars as pl

from stocktake.model.record_type import RecordType
from stocktake.model.source import Source
from stocktake.ports.store import Unit
from stocktake.reporting.missing import Keeper, Missing, keepers_of, missing_of


def missing_records(
    unit: Unit,
    record_types: Sequence[RecordType],
    keepers: Sequence[Source],
    *,
    source: str | None,
    since: datetime | None,
    until: datetime | None,
    at: datetime,
    limit: int,
    offset: int,
) -> tuple[list[Missing], int]:
    """A page of missing links with their records, newest first, and how many there are. The types must have tables."""
    found, total = unit.missing_among(
        record_types, source=source, since=since, until=until, limit=limit, offset=offset
    )
    by_type: dict[str, list[int]] = {}
    for each in found:
        by_type.setdefault(each["record_type"], []).append(each["record_id"])
    kept = {name: keeping(unit, name, ids, keepers, at=at) for name, ids in by_type.items()}
    return [missing_of(each, kept[each["record_type"]].get(each["record_id"], [])) for each in found], total


def keeping(
    unit: Unit, record_type: str, ids: Sequence[int], keepers: Sequence[Source], *, at: datetime
) -> dict[int, list[Keeper]]:
    """Which sources keep which of the records ``ids`` alive."""
    wanted = pl.Series(sorted(set(ids)), dtype=pl.Int64)
    return keepers_of(unit.links_of(record_type, wanted), unit.freshness(), keepers, record_type, at=at)
