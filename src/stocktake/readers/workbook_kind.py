"""Which kind of workbook a file is, by its content (REA-1)."""

from __future__ import annotations

import io
import re
from pathlib import Path

from stocktake.readers.file import read_blocks

ZIP = b"PK\x03\x04"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
SPREADSHEET = b"application/vnd.oasis.opendocument.spreadsheet"

_XML = re.compile(rb"workbook\d*\.xml", re.IGNORECASE)
_BINARY = re.compile(rb"workbook\d*\.bin", re.IGNORECASE)
#: How much of a zip file's end is looked at: its directory stands there.
_TAIL = 1024 * 1024
#: The first record of a workbook of Excel 2 to 4, or of a later one outside of its container.
_RECORDS = re.compile(rb"\x09[\x00\x02\x04\x08][\x04-\x10]\x00", re.DOTALL)
#: The streams of a workbook in the old container, as their names stand in its directory; some programs write capitals.
_STREAMS = tuple(
    name.encode("utf-16-le") + b"\0\0"
    for name in ("Workbook", "WORKBOOK", "Book", "BOOK", "workbook", "book")
)


def workbook_kind(head: bytes, path: Path) -> str | None:
    """``xlsx``, ``xlsb``, ``ods`` or ``xls``; None where it is no workbook. head: its first bytes."""
    if head.startswith(ZIP):
        return _zipped(head, path)
    if head.startswith(OLE) and ole_stream(path, _STREAMS):
        return "xls"
    return "xls" if _RECORDS.match(head) else None


def ole_stream(path: Path, names: tuple[bytes, ...]) -> bool:
    """Whether the container names one of these streams; its directory may stand anywhere in it."""
    longest = max(map(len, names))
    before = b""
    for block in read_blocks(path):
        seen = before + block
        if any(name in seen for name in names):
            return True
        before = block[-longest:]
    return False


def zip_directory(path: Path) -> bytes:
    """The end of the file, where a zip archive keeps its directory."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, io.SEEK_END)
            file.seek(max(0, size - _TAIL))
            return file.read(_TAIL)
    except OSError:
        return b""


def _zipped(head: bytes, path: Path) -> str | None:
    names = head + zip_directory(path)
    if _XML.search(names):
        return "xlsx"
    if _BINARY.search(names):
        return "xlsb"
    return "ods" if SPREADSHEET in head[:256] else None
