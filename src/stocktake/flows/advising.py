"""Advising: what names and cells of a file's columns say about its mapping, beside what is declared (MAP-1, MAP-4)."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import polars as pl

from stocktake.cleaning.row_fault import without_troubled
from stocktake.mapping import MappingResult, map_columns
from stocktake.mapping.content import doubted
from stocktake.mapping.header import plain_name
from stocktake.mapping.likeness import vocabulary
from stocktake.mapping.pasting import accepted_warnings, suggestion_warnings
from stocktake.mapping.suggestion import LIKELY, acceptable, suggest
from stocktake.model.column_name import column_names
from stocktake.model.mapping import SavedMapping
from stocktake.model.record_type import RecordType
from stocktake.model.sketch import ColumnSketch
from stocktake.model.source import Source
from stocktake.model.suggestion import Advice
from stocktake.ports.store import Unit
from stocktake.reporting.sketch import sketches

#: So many rows, and so many of their columns, are looked at before a file is mapped.
SAMPLE_ROWS, SAMPLE_COLUMNS = 2_000, 1_000

#: The header of a column at the source's last import → the values that stood under it.
Before = Callable[[str], frozenset[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Advised:
    """A mapping, with what to know about it and what to think of beside it."""

    found: MappingResult
    advice: Advice


def known_words(record_types: Iterable[RecordType]) -> frozenset[str]:
    """The words that are spelt right in headers: those by which any declared field goes."""
    return vocabulary(
        form
        for kind in record_types
        for each in kind.fields
        for form in (each.name, each.label, *each.aliases, *kind.key_aliases)
    )


def sketched(
    batches: Iterator[pl.DataFrame], header: Sequence[str]
) -> tuple[dict[int, ColumnSketch], Generator[pl.DataFrame, None, None]]:
    """Place → what the first rows of a file hold there, and all its batches as before; none of them is held on to."""
    first = next(batches, None)
    if first is None:
        return {}, _resumed([], batches)
    found = sketches(without_troubled(first.head(SAMPLE_ROWS)), header[:SAMPLE_COLUMNS])
    return dict(enumerate(found)), _resumed([first], batches)


def _resumed(
    taken: list[pl.DataFrame], batches: Iterator[pl.DataFrame]
) -> Generator[pl.DataFrame, None, None]:
    while taken:
        yield taken.pop()
    yield from batches


def advised(
    header: Sequence[str],
    record_type: RecordType,
    source: Source,
    found: Mapping[int, ColumnSketch],
    *,
    columns: Sequence[tuple[str, str]] = (),
    saved: SavedMapping | None = None,
    known: frozenset[str],
    accept: float | None = None,
    before: Before | None = None,
) -> Advised:
    """The mapping of a header, in the light of what its columns hold.

    ``accept``: suggestions of at least so much confidence feed their fields, since the operator wants them to.
    """
    overlap = _overlap(header, found, before) if before is not None else None
    mapped = map_columns(header, record_type, source, columns, saved, overlap=overlap)
    proposed = suggest(mapped.mapping, record_type, source, found, known)
    taken = acceptable(proposed, accept) if accept is not None else []
    told = tuple(accepted_warnings(taken, accept or 0.0))
    if taken:
        mapped = map_columns(header, record_type, source, columns, saved, accepted=taken, overlap=overlap)
        proposed = suggest(mapped.mapping, record_type, source, found, known)
    mapping, doubts = doubted(mapped.mapping, record_type, found)
    hints = tuple(suggestion_warnings(proposed, record_type, LIKELY))
    return Advised(
        found=replace(mapped, mapping=mapping, warnings=(*doubts, *mapped.warnings, *told, *hints)),
        advice=Advice(suggestions=proposed, drift=mapped.drift),
    )


def _overlap(
    header: Sequence[str], found: Mapping[int, ColumnSketch], before: Before
) -> Callable[[str, str], float | None]:
    """How much of a new column stood under a header that is gone, as far as both are known."""
    places = {name: place for place, name in enumerate(column_names(header))}

    def share(gone: str, new: str) -> float | None:
        then = before(gone)
        now = {each.strip() for each in found[places[new]].values} if places.get(new) in found else set()
        return len(now & then) / len(now) if now and then else None

    return share


def values_before(unit: Unit, source: Source, record_type: RecordType) -> Before:
    """What stood in the columns of the source's last import; asked for when a column is gone, and once."""
    kept: dict[str, frozenset[str]] = {}
    loaded = False

    def values(header: str) -> frozenset[str]:
        nonlocal loaded
        if not loaded:
            kept.update(_last_values(unit, source, record_type))
            loaded = True
        return kept.get(plain_name(header), frozenset())

    return values


def _last_values(unit: Unit, source: Source, record_type: RecordType) -> dict[str, frozenset[str]]:
    """Name of a column in its plain form → the values of the first chunk of the last import's rows."""
    last = unit.latest_import(source.name, record_type.name)
    if last is None or last.file is None:
        return {}
    chunk = next(unit.raw_chunks(last.run_id), None)
    if chunk is None:
        return {}
    cells = {
        name: chunk[f"c{place}"].str.strip_chars()
        for place, name in enumerate(column_names(last.file.header))
        if f"c{place}" in chunk.columns
    }
    return {
        plain_name(name): frozenset(each.filter(each != "").unique().to_list())
        for name, each in cells.items()
    }
