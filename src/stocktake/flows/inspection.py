"""Inspection: read a file to its end, sketch its columns, and say what it could be imported as. Nothing is written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

import polars as pl

from stocktake.cleaning.draft import keys
from stocktake.cleaning.key_facts import key_facts
from stocktake.flows.advising import Before, advised, known_words
from stocktake.flows.gathering import advance
from stocktake.flows.recognition import KnownMapping, recognise
from stocktake.mapping.requirement import missing_fields
from stocktake.model.key import KeyFacts
from stocktake.model.mapping import Mapping as ColumnsAndRules
from stocktake.model.mapping import SavedMapping
from stocktake.model.record_type import RecordType
from stocktake.model.source import Source
from stocktake.ports.progress import Progress
from stocktake.ports.reader import FIRST_CELLS, FIRST_LINES, Reading
from stocktake.reporting.candidate import Candidate, Recognition
from stocktake.reporting.inspection import Inspection
from stocktake.reporting.sketch import sketches
from stocktake.reporting.warning import mended_file


@dataclass(frozen=True, slots=True, kw_only=True)
class Declarations:
    """What a file may be: the record types, sources and saved mappings there are."""

    record_types: Mapping[str, RecordType]
    sources: Mapping[str, Source]
    saved: tuple[KnownMapping, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """As what a file is to be looked at, as far as somebody said."""

    record_type: str | None = None
    source: str | None = None
    mapping: SavedMapping | None = None
    columns: tuple[tuple[str, str], ...] = ()


def inspect(
    reading: Reading,
    name: str,
    declared: Declarations,
    progress: Progress,
    *,
    target: Target | None = None,
    before: Callable[[Source, RecordType], Before] | None = None,
) -> Inspection:
    """What a file is like (INT-11). ``before`` says what stood in the columns of a source's last import.

    Raises ``Unreadable`` as its reader does, ``InvalidInput`` as its mapping does.
    """
    asked = target or Target()
    progress.phase("reading")
    batches = []
    for batch in reading.batches():
        batches.append(batch)
        advance(progress, reading, batch.height)
    layout = reading.layout
    rows = _whole(batches, len(layout.header))
    seen = Inspection(
        name=name,
        layout=layout,
        rows=rows.height,
        faulty=rows.height - rows["_fault"].null_count(),
        complete=reading.complete,
        columns=sketches(rows, layout.header),
        first_rows=_first_rows(rows),
        found=(*reading.warnings, *([mended_file(None)] if layout.mended else [])),
    )
    return _looked_at(seen, rows, declared, asked, before)


def inspect_again(
    seen: Inspection,
    declared: Declarations,
    *,
    target: Target | None = None,
    before: Callable[[Source, RecordType], Before] | None = None,
) -> Inspection:
    """The same of a file that was read before, in the light of another target; its key is not known without its rows.

    Raises ``InvalidInput`` as its mapping does.
    """
    return _looked_at(seen.file_alone, None, declared, target or Target(), before)


def _first_rows(rows: pl.DataFrame) -> tuple[tuple[int, tuple[str, ...]], ...]:
    shown = rows.head(FIRST_LINES)
    cells = [name for name in shown.columns if name.startswith("c")][:FIRST_CELLS]
    told = shown.select(pl.col(cells).str.head(_SHOWN)).rows() if cells else [()] * shown.height
    return tuple(zip(shown["_line"].to_list(), told, strict=True))


def _whole(batches: Iterable[pl.DataFrame], columns: int) -> pl.DataFrame:
    schema = {"_row": pl.UInt32, "_line": pl.UInt32, "_fault": pl.String}
    schema |= dict.fromkeys((f"c{place}" for place in range(columns)), pl.String)
    return pl.concat([pl.DataFrame(schema=schema), *(each.select(schema.keys()) for each in batches)])


def _looked_at(
    seen: Inspection,
    rows: pl.DataFrame | None,
    declared: Declarations,
    asked: Target,
    before: Callable[[Source, RecordType], Before] | None,
) -> Inspection:
    """The inspection with its mapping, its key and its suggestions, where it is clear enough as what to look at the file."""
    seen, best = _recognised(seen, declared, asked)
    if best is None:
        return seen
    record_type, source = declared.record_types[best.record_type], declared.sources[best.source]
    saved = asked.mapping or next(
        (
            each.mapping
            for each in declared.saved
            if best.saved is not None and each.mapping.name == best.saved
        ),
        None,
    )
    told = advised(
        seen.layout.header,
        record_type,
        source,
        dict(enumerate(seen.columns)),
        columns=asked.columns,
        saved=saved,
        known=known_words(declared.record_types.values()),
        before=before(source, record_type) if before is not None else None,
    )
    return replace(
        seen,
        target=replace(
            best,
            mapping=told.found.mapping,
            columns=sum(1 for each in seen.layout.header if each.strip()),
            ignored=told.found.ignored,
            missing=missing_fields(told.found.mapping, record_type, source),
        ),
        mapping=told.found.mapping,
        key=_key(rows, record_type, source, told.found.mapping) if rows is not None else None,
        advice=told.advice,
        extra=record_type.unmapped,
        warnings=(
            *seen.found,
            *(each for each in told.found.warnings if each.code not in _SHOWN_ELSEWHERE),
        ),
    )


def _recognised(
    seen: Inspection, declared: Declarations, asked: Target
) -> tuple[Inspection, Candidate | None]:
    """The inspection with what the file may be, and as what it is to be looked at."""
    found = recognise(
        seen.layout.header,
        declared.record_types,
        declared.sources,
        declared.saved,
        record_type=asked.record_type,
        source=asked.source,
    )
    return replace(seen, recognition=found, warnings=seen.found), _best(found, asked)


#: So much of a cell is shown.
_SHOWN = 200
#: What an inspection shows in its table.
_SHOWN_ELSEWHERE = ("column-suggested",)


def _best(recognised: Recognition, asked: Target) -> Candidate | None:
    if recognised.best is not None or asked.record_type is None or asked.source is None:
        return recognised.best
    return Candidate(record_type=asked.record_type, source=asked.source, mapping=ColumnsAndRules(columns=()))


def _key(
    rows: pl.DataFrame, record_type: RecordType, source: Source, mapping: ColumnsAndRules
) -> KeyFacts | None:
    found = keys(rows, record_type, source, mapping)
    keyed = rows.select("_line").with_columns(
        found["_key"], found["_key_raw"], _keyless=found["_key"].is_null()
    )
    return key_facts(keyed, record_type, source, mapping)
