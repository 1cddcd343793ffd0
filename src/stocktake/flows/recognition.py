"""Recognising: the record types and sources that a header may be of, with the saved mappings that know it (MAP-2, MAP-4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from stocktake.mapping import map_columns
from stocktake.mapping.requirement import missing_fields
from stocktake.model.mapping import SavedMapping
from stocktake.model.record_type import RecordType
from stocktake.model.source import Source
from stocktake.reporting.candidate import Candidate, Recognition, ranked


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownMapping:
    """A saved mapping and what it is for."""

    mapping: SavedMapping
    record_type: str
    source: str


def recognise(
    header: Sequence[str],
    record_types: Mapping[str, RecordType],
    sources: Mapping[str, Source],
    saved: Iterable[KnownMapping] = (),
    *,
    record_type: str | None = None,
    source: str | None = None,
) -> Recognition:
    """What the file may be; ``record_type`` and ``source`` are what somebody said already.

    A saved mapping stands for itself only where it names columns and the file has most of them.
    """
    found = [
        _candidate(header, record_types[kind], each)
        for each in sources.values()
        for kind in each.record_types
        if kind in record_types and not each.closed and _is_asked(kind, each.name, record_type, source)
    ]
    by_mapping = [
        _candidate(header, record_types[each.record_type], sources[each.source], each.mapping)
        for each in saved
        if each.mapping.columns
        and each.record_type in record_types
        and each.source in sources
        and _is_asked(each.record_type, each.source, record_type, source)
    ]
    return ranked([*(each for each in by_mapping if each.named * 2 > each.columns), *found])


def _is_asked(kind: str, name: str, record_type: str | None, source: str | None) -> bool:
    return record_type in (None, kind) and source in (None, name)


def _candidate(
    header: Sequence[str], record_type: RecordType, source: Source, saved: SavedMapping | None = None
) -> Candidate:
    found = map_columns(header, record_type, source, saved=saved)
    return Candidate(
        record_type=record_type.name,
        source=source.name,
        mapping=found.mapping,
        columns=sum(1 for each in header if each.strip()),
        ignored=found.ignored,
        missing=missing_fields(found.mapping, record_type, source),
        saved=saved.name if saved else None,
        drifts=bool(found.drift),
    )
