"""Missing by source: what the last snapshots no longer had, with what keeps each record alive (PRE-22)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from stocktake.model.record_type import RecordType
from stocktake.model.source import Guards, MissingPolicy, Source
from stocktake.planning.flapping import SNAPSHOTS
from stocktake.ports.store import Unit
from stocktake.reporting.missing import Keeper, Missing, MissingCount, keepers_of, missing_of
from stocktake.reporting.sighting import Sighting, sightings_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which missing links are asked for. ``acknowledged``: those too that somebody has acknowledged (PRE-22)."""

    record_types: Sequence[RecordType]
    source: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    acknowledged: bool = False


def missing_records(
    unit: Unit, wanted: Wanted, sources: Mapping[str, Source], *, at: datetime, limit: int, offset: int
) -> tuple[list[Missing], int]:
    """A page of missing links with their records, newest first, and how many there are. The types must have tables.

    What a source misses whose policy is to ignore it is told only when that source is asked for (PRE-2).
    """
    found, total = unit.missing_among(
        wanted.record_types,
        source=wanted.source,
        since=wanted.since,
        until=wanted.until,
        ignored=ignoring(sources),
        unacknowledged_at=None if wanted.acknowledged else at,
        limit=limit,
        offset=offset,
    )
    by_type: dict[str, list[int]] = {}
    for each in found:
        by_type.setdefault(each["record_type"], []).append(each["record_id"])
    keepers = [each for each in sources.values() if each.keeps_records]
    kept = {name: keeping(unit, name, ids, keepers, at=at) for name, ids in by_type.items()}
    windows = flaps_from(unit, {(each["source"], each["record_type"]) for each in found})
    return [
        missing_of(
            each,
            kept[each["record_type"]].get(each["record_id"], []),
            hold_days=_hold_days(sources.get(each["source"])),
            flaps_from=windows[each["source"], each["record_type"]],
            at=at,
        )
        for each in found
    ], total


def missing_counts(
    unit: Unit, record_types: Iterable[RecordType], sources: Mapping[str, Source], *, at: datetime
) -> list[MissingCount]:
    """How much each source misses, by name, but for those that ignore it (PRE-2, PRE-22)."""
    ignored = ignoring(sources)
    found = unit.missing_counts([each.name for each in record_types], at=at)
    return [MissingCount(**each) for each in found if each["source"] not in ignored]


def ignoring(sources: Mapping[str, Source]) -> list[str]:
    """The sources that say nothing by what they lack (PRE-2)."""
    return [name for name, each in sources.items() if each.missing_policy is MissingPolicy.IGNORE]


def sightings(
    unit: Unit, record_type: str, record_id: int, sources: Mapping[str, Source], *, at: datetime
) -> list[Sighting]:
    """What every source of one record says of its being there (PRE-22, PRE-28)."""
    links = unit.links_of_record(record_type, record_id)
    windows = flaps_from(unit, {(each["source"], record_type) for each in links})
    return sightings_of(links, sources, {source: first for (source, _), first in windows.items()}, at)


def flaps_from(unit: Unit, feeds: Iterable[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """Source and type → the first of the source's last ten snapshots, from which on returns count (PRE-8)."""
    return {each: unit.snapshot_back(*each, SNAPSHOTS) for each in feeds}


def _hold_days(source: Source | None) -> int:
    return (source.guards if source is not None else Guards()).hold_days


def keeping(
    unit: Unit, record_type: str, ids: Sequence[int], keepers: Sequence[Source], *, at: datetime
) -> dict[int, list[Keeper]]:
    """Which sources keep which of the records ``ids`` alive."""
    wanted = pl.Series(sorted(set(ids)), dtype=pl.Int64)
    return keepers_of(unit.links_of(record_type, wanted), unit.freshness(), keepers, record_type, at=at)
