"""Overriding: what the operator says of one file, held against its columns and lines (PLN-8)."""

from __future__ import annotations

import polars as pl

from stocktake.model.column_name import column_names
from stocktake.model.errors import InvalidInput
from stocktake.model.mapping import Mapping
from stocktake.model.options import ImportOptions, Overrides
from stocktake.model.record_type import RecordType


def order_column(options: ImportOptions, header: tuple[str, ...]) -> int | None:
    """The place of the column by which ``latest:COLUMN`` tells repeated rows apart (IDN-3). Raises ``InvalidInput``."""
    if not options.duplicates.startswith("latest:"):
        return None
    wanted = options.duplicates.removeprefix("latest:")
    if not wanted.strip():
        raise InvalidInput(
            "unknown-duplicates-choice",
            "--duplicates latest: names no column by which rows are earlier or later.",
            hint=f"Write --duplicates latest:COLUMN; the file has: {', '.join(column_names(header))}.",
        )
    names = column_names(header)
    if wanted not in names:
        raise InvalidInput(
            "unknown-column",
            f'--duplicates latest:{wanted}: the file has no column "{wanted}".',
            hint=f"It has: {', '.join(column_names(header))}.",
        )
    return names.index(wanted)


def reworded(mapping: Mapping, overrides: Overrides, record_type: RecordType) -> Mapping:
    """The mapping with the operator's words; of fields that the type has, else ``unknown-field``."""
    for name, _ in overrides.values:
        if name not in record_type:
            raise InvalidInput(
                "unknown-field",
                f'The overrides give words for "{name}"; {record_type.title} has no such field.',
                hint=f"It has: {', '.join(each.name for each in record_type.fields)}.",
            )
    return mapping.reworded(dict(overrides.values)) if overrides.values else mapping


def check_columns(overrides: Overrides, header: tuple[str, ...]) -> None:
    """Edits are of columns that the file has. Raises ``InvalidInput`` ``unknown-column``."""
    names = set(column_names(header)) if overrides.edits else set()
    unknown = next((each.column for each in overrides.edits if each.column not in names), None)
    if unknown is not None:
        raise InvalidInput(
            "unknown-column",
            f'The overrides edit the column "{unknown}", which the file does not have.',
            hint=f"It has: {', '.join(column_names(header))}.",
        )


def check_lines(overrides: Overrides, lines: pl.Series) -> None:
    """Overrides are of one file: a line that starts no row of it means another one, ``unknown-line``."""
    named = {*overrides.skip_lines, *(each.line for each in overrides.edits)}
    unknown = sorted(named - set(lines.filter(lines.is_in(list(named))).to_list()))
    if unknown:
        raise InvalidInput(
            "unknown-line",
            f"The overrides name line {unknown[0]:,}, at which no row of the file starts.",
            hint="Check that they were made for this file; `--rows FILE.csv` lists its rows with their lines.",
            details={"lines": unknown},
        )
