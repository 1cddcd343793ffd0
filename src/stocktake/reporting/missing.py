"""What sources no longer have, and what keeps it alive (PRE-22)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl

from stocktake.model.source import Source
from stocktake.reporting.freshness import expectation


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeper:
    """A source that still has a record, when it was read last, and whether it is due to be read again."""

    source: str
    last_read_at: datetime | None
    is_overdue: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """A record that a source's last full snapshot no longer had.

    state: ``kept``, ``retired`` or ``held for review``. elsewhere: the sources that still have it and whose presence counts.
    """

    record_type: str
    record_id: int
    name: str
    source: str
    external_id: str
    missing_since: datetime
    missed_snapshots: int
    state: str
    retired_at: datetime | None
    retired_by: str | None
    elsewhere: tuple[Keeper, ...]

    @property
    def only_keeper(self) -> Keeper | None:
        """The one source that keeps the record alive, where it has not been read for longer than expected (PRE-22)."""
        return only_keeper(self.elsewhere) if self.retired_at is None else None


def only_keeper(elsewhere: Sequence[Keeper]) -> Keeper | None:
    """The one keeper, if it is overdue."""
    return elsewhere[0] if len(elsewhere) == 1 and elsewhere[0].is_overdue else None


def keepers_of(
    links: pl.DataFrame,
    freshness: Iterable[Mapping[str, Any]],
    keepers: Iterable[Source],
    record_type: str,
    *,
    at: datetime,
) -> dict[int, list[Keeper]]:
    """Record → the sources that have it now and whose presence keeps it (PRE-31), by name.

    links: ``_source, _record_id, _present, _keyless`` of some records; freshness: rows of the freshness table.
    """
    known = {each.name: each for each in keepers}
    read = {each["source"]: each["imported_at"] for each in freshness if each["record_type"] == record_type}
    keeping = (
        links.filter(pl.col("_present") & ~pl.col("_keyless") & pl.col("_source").is_in(list(known)))
        .select("_record_id", "_source")
        .unique()
        .sort("_record_id", "_source")
    )
    found: dict[int, list[Keeper]] = {}
    for record_id, name in keeping.iter_rows():
        found.setdefault(record_id, []).append(_keeper(known[name], read.get(name), at))
    return found


def _keeper(source: Source, read_at: datetime | None, at: datetime) -> Keeper:
    expected = expectation(source.expected_every) if source.expected_every else None
    overdue = expected is not None and read_at is not None and at - read_at > expected
    return Keeper(source=source.name, last_read_at=read_at, is_overdue=overdue)


def missing_of(link: Mapping[str, Any], elsewhere: Iterable[Keeper]) -> Missing:
    """A row of the list of missing links with who else has the record."""
    return Missing(
        record_type=link["record_type"],
        record_id=link["record_id"],
        name=link["name"],
        source=link["source"],
        external_id=link["external_id"],
        missing_since=link["missing_since"],
        missed_snapshots=link["missed_snapshots"],
        state=_state(link),
        retired_at=link["retired_at"],
        retired_by=link["retired_by"],
        elsewhere=tuple(elsewhere),
    )


def _state(link: Mapping[str, Any]) -> str:
    if link["held_run"] is not None:
        return "held for review"
    return "retired" if link["retired_at"] is not None else "kept"
