"""Staging: a source read to its end, mapped, with a key and a hash per row; no cell typed yet."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from stocktake.cleaning.draft import content_keys, keys, row_hashes
from stocktake.cleaning.key import key_fields
from stocktake.mapping import check_required, map_columns
from stocktake.model.errors import InvalidInput, Unreadable
from stocktake.model.mapping import Mapping
from stocktake.model.options import ImportOptions
from stocktake.model.plan import FileFacts
from stocktake.model.problem import Warning
from stocktake.model.record_type import RecordType
from stocktake.model.source import Source
from stocktake.planning.duplicate import duplicates
from stocktake.ports.progress import Progress
from stocktake.ports.reader import Reading

_KEYED = {
    "_row": pl.UInt32,
    "_line": pl.UInt32,
    "_fault": pl.String,
    "_key": pl.String,
    "_key_raw": pl.String,
    "_hash": pl.Binary,
    "_name": pl.String,
    "_order": pl.String,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Staged:
    """A file at rest: its rows with key, hash and what repeats, and the cells as read.

    rows: ``_row, _line, _fault, _key, _key_raw, _keyless, _hash, _name, duplicate, collision, _of_line, _lines``.
    """

    file: FileFacts
    mapping: Mapping
    warnings: tuple[Warning, ...]
    key_column: str | None
    raw: tuple[pl.DataFrame, ...]
    rows: pl.DataFrame

    def fields(self, record_type: RecordType) -> tuple[str, ...]:
        """The fields of the type that the file feeds."""
        return tuple(name for name in self.mapping.fields if name in record_type)


def stage(
    reading: Reading,
    name: str,
    record_type: RecordType,
    source: Source,
    options: ImportOptions,
    progress: Progress,
) -> Staged:
    """Read everything and find out which row means what.

    Raises ``Unreadable`` and ``InvalidInput`` as reader and mapping do (ERR-4: before anything is planned).
    """
    layout = reading.layout
    mapped = map_columns(layout.header, record_type, source, options.columns, options.mapping)
    if layout.header:
        check_required(mapped.mapping, record_type, source)
    order = _order_column(options, layout.header)
    progress.phase("reading")
    raw, keyed = [], [pl.DataFrame(schema=_KEYED)]
    for batch in reading.batches():
        raw.append(batch)
        keyed.append(_keyed(batch, record_type, source, mapped.mapping, order))
        progress.advance(batch.height)
    rows = _with_repeats(_with_content_keys(pl.concat(keyed)), options)
    facts = FileFacts(
        name=name,
        sha256=reading.sha256,
        format=layout.format,
        encoding=layout.encoding,
        delimiter=layout.delimiter,
        sheet=layout.sheet,
        rows=rows.height,
        header=layout.header,
        complete=reading.complete,
    )
    key_field = next(iter(key_fields(record_type, source, mapped.mapping)), None)
    fed = mapped.mapping.of(key_field) if key_field else None
    return Staged(
        file=facts,
        mapping=mapped.mapping,
        warnings=(*reading.warnings, *mapped.warnings),
        key_column=fed.column if fed else None,
        raw=tuple(raw),
        rows=rows,
    )


def _order_column(options: ImportOptions, header: tuple[str, ...]) -> int | None:
    if not options.duplicates.startswith("latest:"):
        return None
    wanted = options.duplicates.removeprefix("latest:")
    if wanted not in header:
        raise InvalidInput(
            "unknown-column",
            f'--duplicates latest:{wanted}: the file has no column "{wanted}".',
            hint=f"It has: {', '.join(header)}.",
        )
    return header.index(wanted)


def _keyed(
    batch: pl.DataFrame, record_type: RecordType, source: Source, mapping: Mapping, order: int | None
) -> pl.DataFrame:
    found = keys(batch, record_type, source, mapping)
    shown = mapping.of(record_type.display_field) if record_type.display_field else None
    name = pl.col(f"c{shown.position}").str.strip_chars() if shown else pl.lit(None, dtype=pl.String)
    return pl.concat(
        [
            batch.select("_row", "_line", "_fault"),
            found.select("_key", "_key_raw"),
            batch.select(
                row_hashes(batch, record_type, mapping).alias("_hash"),
                _name=pl.when(name != "").then(name),
                _order=pl.col(f"c{order}") if order is not None else pl.lit(None, dtype=pl.String),
            ),
        ],
        how="horizontal",
    ).select(_KEYED.keys())


def _with_content_keys(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows without an external id are told apart by content and occurrence (PLN-26)."""
    keyless = rows.filter(pl.col("_key").is_null())
    marked = rows.with_columns(_keyless=pl.col("_key").is_null())
    if keyless.is_empty():
        return marked
    contents = keyless.select("_row", _content=content_keys(keyless["_hash"]))
    return (
        marked.join(contents, on="_row", how="left", maintain_order="left")
        .with_columns(_key=pl.coalesce("_key", "_content"))
        .drop("_content")
    )


def _with_repeats(rows: pl.DataFrame, options: ImportOptions) -> pl.DataFrame:
    repeats = duplicates(rows, choice=options.duplicates)
    return (
        rows.drop("_order")
        .join(repeats, on="_row", how="left", maintain_order="left")
        .with_columns(pl.col("duplicate", "collision").fill_null(value=False))
    )


def check_not_empty(staged: Staged, strategy: str) -> None:
    """A file without rows is a structural fault, unless a guard of the strategy speaks of it (PRE-11, REA-4)."""
    if staged.file.rows == 0 and strategy != "snapshot":
        raise Unreadable(
            "no-rows",
            f"{staged.file.name} has a header and no rows; there is nothing to import.",
            hint="Check the export: was it filtered, or cut off?",
        )
