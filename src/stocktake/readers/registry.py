"""Which reader reads a file: the first that recognises its content (REA-1)."""

from __future__ import annotations

from pathlib import Path

from stocktake.model.options import ReadOptions
from stocktake.ports.reader import Reader, Reading
from stocktake.readers.delimited import DelimitedReader
from stocktake.readers.file import HEAD_BYTES, read_head
from stocktake.readers.foreign import refuse_foreign
from stocktake.readers.jsondoc import JsonReader
from stocktake.readers.mended import without_marks
from stocktake.readers.workbook import WorkbookReader

#: In the order they are asked. The last one takes any text.
READERS: tuple[Reader, ...] = (
    WorkbookReader(),
    JsonReader(),
    DelimitedReader(),
)


def open_reading(path: Path, options: ReadOptions) -> Reading:
    """Stand before the first row of ``path``, whatever its name ends in.

    Raises what :class:`~stocktake.ports.reader.Reader` does, and ``Unreadable`` ``unknown-format`` for a file
    of a kind that no reader reads.
    """
    head = read_head(path, HEAD_BYTES)
    reader = next(reader for reader in READERS if reader.recognises(head, path))
    if reader is READERS[-1]:
        refuse_foreign(head, path)
    return without_marks(reader.open(path, options), written=True)
