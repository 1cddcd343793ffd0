"""What Python may hand in as a source, and the reading of each kind (REA-1, interfaces.md)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from os import PathLike, fspath
from pathlib import Path
from typing import Any, Protocol, TypeAlias, cast

import polars as pl

from stocktake.model.errors import InvalidInput
from stocktake.model.options import ReadOptions
from stocktake.ports.reader import Origin, Reading
from stocktake.readers.frame import FrameReading
from stocktake.readers.items import ItemReading
from stocktake.readers.mended import without_marks
from stocktake.readers.origin import FileOrigin, ValueOrigin
from stocktake.readers.pandas_frame import PandasReading, is_pandas_frame
from stocktake.readers.registry import open_reading


class ArrowStream(Protocol):
    """Whatever hands out its rows by Arrow's PyCapsule interface: tables of pyarrow, relations of DuckDB, and others."""

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        """A capsule with an ``ArrowArrayStream``."""
        ...


#: A file, a frame, or rows one by one.
Content: TypeAlias = (
    str | PathLike[str] | pl.DataFrame | pl.LazyFrame | ArrowStream | Iterable[Mapping[str, Any]]
)

_ACCEPTED = (
    "Accepted are the path of a file, a Polars DataFrame or LazyFrame, a pandas DataFrame, whatever offers "
    "__arrow_c_stream__ (pyarrow, DuckDB), and an iterable of mappings, one per row."
)


def open_content(content: Content, options: ReadOptions, name: str | None) -> Reading:
    """Stand before the first row of a file, a frame or an iterable; ``name`` is what messages call the latter two.

    Raises ``InvalidInput`` ``source-not-readable`` for anything else, ``column-not-text`` for values without text, and what
    readers of files raise. An iterable is read to its end here; what it raises itself goes through.
    """
    if isinstance(content, str | PathLike):
        return open_reading(Path(fspath(content)), options)
    return without_marks(_value_reading(content, name or content_name(content)), written=False)


def _value_reading(content: object, called: str) -> Reading:
    if isinstance(content, pl.DataFrame | pl.LazyFrame):
        return FrameReading(content, called)
    if isinstance(content, Mapping | bytes | bytearray | memoryview | pl.Series):
        raise _refusal(content)
    if is_pandas_frame(content):
        return PandasReading(content, called)
    if hasattr(content, "__arrow_c_stream__"):
        return FrameReading(_arrow_frame(content, called), called)
    try:
        items = iter(cast("Iterable[Mapping[str, Any]]", content))
    except TypeError:
        raise _refusal(content) from None
    return ItemReading(items, called)


def origin_of(content: Content, options: ReadOptions, name: str | None) -> Origin:
    """Where the rows of ``content`` come from; a file can be hashed before it is read (PLN-16)."""
    if isinstance(content, str | PathLike):
        return FileOrigin(Path(fspath(content)), options)
    return ValueOrigin(partial(open_content, content, options, name))


def content_name(content: Content) -> str:
    """What a plan calls its content where nobody says: the file's name, else ``frame`` or ``items``."""
    if isinstance(content, str | PathLike):
        return Path(fspath(content)).name
    framed = isinstance(content, pl.DataFrame | pl.LazyFrame) or hasattr(content, "__arrow_c_stream__")
    return "frame" if framed or is_pandas_frame(content) else "items"


def _arrow_frame(content: object, name: str) -> pl.DataFrame:
    try:
        return pl.DataFrame(cast(ArrowStream, content))
    except pl.exceptions.PolarsError as error:
        raise InvalidInput(
            "source-not-readable",
            f"{name}, of type {_kind(content)}, cannot be read as a table: {error}.",
            hint="Hand in a table whose columns have names that differ.",
            details={"type": _kind(content)},
        ) from error


def _refusal(content: object) -> InvalidInput:
    hint = "Put it into a list: [row]." if isinstance(content, Mapping) else _ACCEPTED
    return InvalidInput(
        "source-not-readable",
        f"What was handed in, of type {_kind(content)}, is neither a file, nor a frame, nor rows one by one.",
        hint=hint,
        details={"type": _kind(content)},
    )


def _kind(content: object) -> str:
    found = type(content)
    return found.__name__ if found.__module__ == "builtins" else f"{found.__module__}.{found.__name__}"
