"""Inspection: read a file to its end, sketch its columns, and say what it could be imported as. Nothing is written."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from stocktake.flows.staging import advance
from stocktake.mapping import map_columns
from stocktake.model.record_type import RecordType
from stocktake.model.source import Source
from stocktake.ports.progress import Progress
from stocktake.ports.reader import Reading
from stocktake.reporting.inspection import Inspection, Suggestion, best, sketch
from stocktake.reporting.warning import mended_file


def inspect(
    reading: Reading,
    name: str,
    record_types: Mapping[str, RecordType],
    sources: Mapping[str, Source],
    progress: Progress,
) -> Inspection:
    """What a file is like (INT-11). Raises ``Unreadable`` as its reader does."""
    progress.phase("reading")
    batches = []
    for batch in reading.batches():
        batches.append(batch)
        advance(progress, reading, batch.height)
    layout = reading.layout
    schema = {"_fault": pl.String, **{f"c{place}": pl.String for place in range(len(layout.header))}}
    rows = pl.concat([pl.DataFrame(schema=schema), *(each.select(schema.keys()) for each in batches)])
    return Inspection(
        name=name,
        layout=layout,
        rows=rows.height,
        faulty=rows.height - rows["_fault"].null_count(),
        complete=reading.complete,
        columns=tuple(sketch(rows[f"c{place}"], label) for place, label in enumerate(layout.header)),
        suggestion=best(
            [
                _suggestion(layout.header, record_types[each], source)
                for source in sources.values()
                for each in source.record_types
                if each in record_types
            ]
        ),
        warnings=(*reading.warnings, *([mended_file(None)] if layout.mended else [])),
    )


def _suggestion(header: tuple[str, ...], record_type: RecordType, source: Source) -> Suggestion:
    found = map_columns(header, record_type, source)
    return Suggestion(
        record_type=record_type.name, source=source.name, mapping=found.mapping, ignored=len(found.ignored)
    )
