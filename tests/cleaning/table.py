"""Small batches as a reader would give them, and their mappings."""

from __future__ import annotations

from collections.abc import Mapping as Values
from collections.abc import Sequence

import polars as pl

from stocktake.cleaning.call import SIGNATURES
from stocktake.cleaning.draft import Cleaned, clean
from stocktake.model.mapping import ColumnMapping, Mapping
from stocktake.model.record_type import Field, RecordType
from stocktake.model.source import Source

#: Every cleaner by name, with parameters as its signature writes them.
USABLE = {
    name: (each.written or name).replace("(@", '({"Harbour": "HQ"}).(@').split(".(@")[0]
    for name, each in SIGNATURES.items()
}

SOURCE = Source(name="NINJAONE", record_types=("device",))


def batch(*rows: Sequence[str], faults: Values[int, str] | None = None) -> pl.DataFrame:
    """Rows of cells as a reader's frame; the first row stands in line 2 of the file."""
    width = len(rows[0])
    return pl.DataFrame(
        {
            "_row": range(len(rows)),
            "_line": range(2, len(rows) + 2),
            "_fault": [(faults or {}).get(row) for row in range(len(rows))],
            **{f"c{place}": [row[place] for row in rows] for place in range(width)},
        },
        schema={
            "_row": pl.UInt32,
            "_line": pl.UInt32,
            "_fault": pl.String,
            **{f"c{place}": pl.String for place in range(width)},
        },
    )


def mapped(*names: str, unmapped: Sequence[tuple[int, str]] = ()) -> Mapping:
    """A mapping of the first columns to these fields, with headers such as ``Serial number``."""
    return Mapping(
        columns=tuple(
            ColumnMapping(position=place, column=name.replace("_", " ").capitalize(), field=name)
            for place, name in enumerate(names)
        ),
        unmapped=tuple(unmapped),
    )


def record_type(*fields: Field, **more: object) -> RecordType:
    """A type of these fields."""
    return RecordType(name="device", title="Device", plural="Devices", fields=fields, **more)  # type: ignore[arg-type]


def cleaned(field: Field, *cells: str, source: Source = SOURCE) -> Cleaned:
    """What becomes of one column that feeds ``field``."""
    return clean(batch(*([cell] for cell in cells)), record_type(field), source, mapped(field.name))


def drafted(field: Field, *cells: str, source: Source = SOURCE) -> list[str | None]:
    """The drafts of one column that feeds ``field``."""
    return cleaned(field, *cells, source=source).drafts[field.name].to_list()


def problem_of(field: Field, cell: str, source: Source = SOURCE) -> dict[str, object]:
    """The only problem of a cell."""
    (problem,) = cleaned(field, cell, source=source).problems.to_dicts()
    return problem
