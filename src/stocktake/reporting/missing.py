"""What sources no longer have, and what keeps it alive (PRE-22)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from stocktake.model.source import Source
from stocktake.reporting.freshness import expectation

#: A source that does not say how often it is read and was not for so long keeps a record alive by habit only.
_LONG = timedelta(days=90)


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeper:
    """A source that still has a record, when it was read last, and whether it is due to be read again."""

    source: str
    last_read_at: datetime | None
    is_overdue: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledged:
    """That somebody knows that a source misses a record, and why (PRE-29); ``is_over``: its day has come.

    ``run_id``: the run that said so, whose rollback takes it back.
    """

    run_id: int
    by: str
    at: datetime
    reason: str
    until: datetime | None
    is_over: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingCount:
    """How much of a record type a source misses: what nobody has acknowledged, what somebody has, and since when any."""

    source: str
    record_type: str
    missing: int
    acknowledged: int
    since: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """A record that a source's last full snapshot no longer had.

    state: ``kept``, ``retired``, ``held for review`` or, where nobody has decided in time, ``kept, hold expired`` (PRE-32).
    elsewhere: the sources that still have it and whose presence counts. is_flapping: it was back more than twice within the
    source's last ten snapshots (PRE-8). acknowledged: by whom and why, if anybody.
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
    is_flapping: bool = False
    acknowledged: Acknowledged | None = None

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
    expected = expectation(source.expected_every) if source.expected_every else _LONG
    overdue = read_at is not None and at - read_at > expected
    return Keeper(source=source.name, last_read_at=read_at, is_overdue=overdue)


def missing_of(
    link: Mapping[str, Any], elsewhere: Iterable[Keeper], *, hold_days: int, flaps_from: int, at: datetime
) -> Missing:
    """A row of the list of missing links with who else has the record.

    hold_days: so long its source holds retirements. flaps_from: the first of the source's last ten snapshots.
    """
    return Missing(
        record_type=link["record_type"],
        record_id=link["record_id"],
        name=link["name"],
        source=link["source"],
        external_id=link["external_id"],
        missing_since=link["missing_since"],
        missed_snapshots=link["missed_snapshots"],
        state=_state(link, hold_days, at),
        retired_at=link["retired_at"],
        retired_by=link["retired_by"],
        elsewhere=tuple(elsewhere),
        is_flapping=is_flapping(link, flaps_from),
        acknowledged=acknowledged(link, at),
    )


def _state(link: Mapping[str, Any], hold_days: int, at: datetime) -> str:
    if link["retired_at"] is not None:
        return "retired"
    if link["held_run"] is None:
        return "kept"
    return "kept, hold expired" if hold_expired(link, hold_days, at) else "held for review"


def hold_expired(link: Mapping[str, Any], hold_days: int, at: datetime) -> bool:
    """Whether a retirement was held, and nobody has decided in time (PRE-16, PRE-32); ``link`` has ``held_run, held_at``."""
    held_at = link["held_at"]
    return link["held_run"] is not None and held_at is not None and at - held_at >= timedelta(days=hold_days)


def is_flapping(link: Mapping[str, Any], flaps_from: int) -> bool:
    """Whether a source has lost the record and had it again too often since run ``flaps_from`` (PRE-8)."""
    third = link["back_run_3"]
    return third is not None and third >= flaps_from


def acknowledged(link: Mapping[str, Any], at: datetime) -> Acknowledged | None:
    """Who has acknowledged that a link is missing, if anybody; until its day has come (PRE-22, PRE-29)."""
    if link["acknowledged_run"] is None:
        return None
    until = link["acknowledged_until"]
    return Acknowledged(
        run_id=link["acknowledged_run"],
        by=link["acknowledged_by"],
        at=link["acknowledged_at"],
        reason=link["acknowledged_reason"],
        until=until,
        is_over=until is not None and until <= at,
    )
