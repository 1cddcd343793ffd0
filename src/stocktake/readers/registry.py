"""Which reader reads a file: the first that recognises its content (REA-1)."""

from __future__ import annotations

from pathlib import Path

from stocktake.model.options import ReadOptions
from stocktake.ports.reader import Reader, Reading
from stocktake.readers.archive import packing, refuse_nested
from stocktake.readers.delimited import DelimitedReader
from stocktake.readers.file import HEAD_BYTES, read_head
from stocktake.readers.foreign import refuse_foreign
from stocktake.readers.jsondoc import JsonReader
from stocktake.readers.mended import without_marks
from stocktake.readers.ndjson import NdjsonReader
from stocktake.readers.parquet import ParquetReader
from stocktake.readers.unpacked import UnpackedReading
from stocktake.readers.workbook import WorkbookReader

#: In the order they are asked. The last one takes any text.
READERS: tuple[Reader, ...] = (
    WorkbookReader(),
    ParquetReader(),
    NdjsonReader(),
    JsonReader(),
    DelimitedReader(),
)


def open_reading(path: Path, options: ReadOptions) -> Reading:
    """Stand before the first row of ``path``, whatever its name ends in; of what is packed in it, where it is packed.

    Raises what :class:`~stocktake.ports.reader.Reader` does, what unpacking does, and ``Unreadable`` ``unknown-format``
    for a file of a kind that no reader reads.
    """
    head = read_head(path, HEAD_BYTES)
    kind = packing(head, path)
    if kind is None:
        return without_marks(_open(path, head, options), written=True)

    def open_inner(inner: Path) -> Reading:
        head = read_head(inner, HEAD_BYTES)
        refuse_nested(head, inner, path)
        return _open(inner, head, options)

    limit, member = options.limits.file_bytes, options.member
    return without_marks(UnpackedReading(path, kind, open_inner, limit, member=member), written=True)


def _open(path: Path, head: bytes, options: ReadOptions) -> Reading:
    reader = next(reader for reader in READERS if reader.recognises(head, path))
    if reader is READERS[-1]:
        refuse_foreign(head, path)
    return reader.open(path, options)
