"""The rows of a Parquet file as text, row group by row group (REA-3, REA-7)."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import polars as pl

from stocktake.model.options import Limits
from stocktake.model.problem import Warning
from stocktake.readers.cell_table import FAULT, numbered
from stocktake.readers.child import BATCH, END, LAYOUT, Message
from stocktake.readers.file import check_columns, refuse_empty
from stocktake.readers.frame import Leaf, cell_text, leaves
from stocktake.readers.header import label_warnings
from stocktake.readers.jsontext import clean_label
from stocktake.readers.parquet import damaged


def read_parquet(path: Path, batch_rows: int, limits: Limits) -> Iterator[Message]:
    """The messages about one file: its columns, its rows as Arrow streams, its end with digest and warnings.

    Raises ``Unreadable`` (``file-damaged``, ``file-empty``, ``too-many-columns``) and ``InvalidInput``
    (``column-not-text``).
    """
    with _reading(path):
        frame = pl.scan_parquet(path, glob=False, hive_partitioning=False, use_statistics=False)
        found = [
            leaf
            for label, dtype in frame.collect_schema().items()
            for leaf in leaves(pl.col(label), dtype, label)
        ]
        rows = frame.select(pl.len()).collect().item()
    if not found:
        raise refuse_empty(path)
    header = tuple(clean_label(label) for label, _, _ in found)
    check_columns(path, len(header), limits.columns)
    with _reading(path):
        hexed = _not_text(frame, found)
    cells = [
        _text(leaf, str(path), as_hex=place in hexed).fill_null("").alias(f"c{place}")
        for place, leaf in enumerate(found)
    ]
    yield LAYOUT, json.dumps({"header": header, "rows": rows}).encode()
    start = 0
    with _reading(path):
        for part in frame.select(cells).collect_batches(chunk_size=batch_rows, maintain_order=True):
            for batch in part.iter_slices(batch_rows):
                if batch.height:
                    yield BATCH, _stream(_rows(batch, start, limits.cell_bytes))
                    start += batch.height
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    warnings = (*label_warnings(header, 1), *_hex_warnings([header[place] for place in hexed]))
    yield (
        END,
        json.dumps(
            {"sha256": digest, "complete": True, "warnings": [asdict(each) for each in warnings]}
        ).encode(),
    )


def _not_text(frame: pl.LazyFrame, leaves: list[Leaf]) -> list[int]:
    """The places of columns of bytes in which some value is no text: old writers leave out that their bytes are."""
    return [
        place
        for place, (_, dtype, column) in enumerate(leaves)
        if isinstance(dtype, pl.Binary) and not _is_text(frame, column)
    ]


def _is_text(frame: pl.LazyFrame, column: pl.Expr) -> bool:
    """Whether all values are UTF-8, without NUL. Polars refuses to look at bytes that are not."""
    nul = column.cast(pl.String).str.contains("\0", literal=True).any()
    try:
        return not frame.select(nul.alias("nul")).collect(engine="streaming").item()
    except pl.exceptions.ComputeError:
        return False


def _text(leaf: Leaf, name: str, *, as_hex: bool) -> pl.Expr:
    label, dtype, column = leaf
    if as_hex:
        return column.bin.encode("hex")
    if isinstance(dtype, pl.Binary):
        return column.cast(pl.String)
    return cell_text(column, dtype, label, name)


def _rows(cells: pl.DataFrame, start: int, cell_bytes: int) -> pl.DataFrame:
    nul = {name: pl.col(name).str.contains("\0", literal=True) for name in cells.columns}
    found = cells.select(pl.any_horizontal(nul.values())).to_series()
    if not found.any():
        return numbered(cells, None, start, cell_bytes)
    faults = pl.select(pl.when(found).then(pl.lit("invalid-character"))).to_series().alias(FAULT)
    return numbered(
        cells.with_columns(pl.all().str.replace_all("\0", "\ufffd", literal=True)), faults, start, cell_bytes
    )


def _stream(frame: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    frame.write_ipc_stream(buffer)
    return buffer.getvalue()


def _hex_warnings(labels: list[str]) -> tuple[Warning, ...]:
    if not labels:
        return ()
    names = ", ".join(repr(label) for label in labels[:10])
    message = f"These columns hold bytes that are no text; they were read as hexadecimal digits: {names}."
    return (Warning(code="binary-as-hex", message=message, count=len(labels)),)


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    """Whatever a broken file makes Polars raise, as ``file-damaged``; its panics are no exceptions of Python's kind."""
    try:
        yield
    except (pl.exceptions.PolarsError, OSError, ValueError, OverflowError) as error:
        raise damaged(path, _first_line(error)) from None
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise damaged(path, f"its parser gave up on it ({_first_line(error)})") from None


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
