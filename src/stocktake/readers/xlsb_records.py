"""The binary records that .xlsb packs instead of XML (MS-XLSB): walked without believing a count they state."""

from __future__ import annotations

from collections.abc import Iterator
from struct import Struct
from typing import IO

from stocktake.readers.xmlpart import BrokenXml

ROW, STRING_ITEM = 0, 19
CELL_BLANK, CELL_SHORT, CELL_ERROR, CELL_TRUTH, CELL_REAL, CELL_TEXT, CELL_SHARED = 1, 2, 3, 4, 5, 6, 7
FORMULA_TEXT, FORMULA_REAL, FORMULA_TRUTH, FORMULA_ERROR = 8, 9, 10, 11
CELL_RICH = 62
NUMBER_FORMAT, STYLE, STYLES_BEGIN, STYLES_END = 44, 47, 617, 618
BOOK_PROPERTIES, SHEET = 153, 156
CELLS_END, MERGE = 146, 176

#: A cell of 32,767 characters takes a tenth of this.
_LONGEST = 4 * 1024 * 1024
_BLOCK = 256 * 1024
_LENGTH, _REAL, _SIGNED = Struct("<I"), Struct("<d"), Struct("<i")


def records(part: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    """Kind and content of each record. Raises ``BrokenXml`` where one is cut off, or is longer than any is."""
    data, at = b"", 0
    while True:
        found = _next(data, at)
        while found is None:
            block = part.read(_BLOCK)
            if not block:
                if at < len(data):
                    raise BrokenXml("its last record is cut off")
                return
            data, at = data[at:] + block, 0
            found = _next(data, at)
        kind, start, at = found
        yield kind, data[start:at]


def _next(data: bytes, at: int) -> tuple[int, int, int] | None:
    """Kind, start and end of the record at ``at``; None where it does not end within ``data``."""
    head, size = data[at : at + 6], len(data)
    if not head:
        return None
    kind, place = head[0], 1
    if kind & 0x80:
        if len(head) < 2:
            return None
        kind, place = (kind & 0x7F) | (head[1] & 0x7F) << 7, 2
    length, shift = 0, 0
    for byte in head[place : place + 4]:
        length |= (byte & 0x7F) << shift
        place, shift = place + 1, shift + 7
        if not byte & 0x80:
            break
    else:
        if shift < 28:
            return None
    if length > _LONGEST:
        raise BrokenXml(f"a record states that it has {length:,} bytes")
    start = at + place
    return (kind, start, start + length) if start + length <= size else None


def whole(content: bytes, at: int) -> int:
    """The unsigned number of four bytes at ``at``."""
    if len(content) < at + 4:
        raise BrokenXml("a record is too short")
    return int(_LENGTH.unpack_from(content, at)[0])


def real(content: bytes, at: int) -> float:
    """The number of eight bytes at ``at``."""
    if len(content) < at + 8:
        raise BrokenXml("a record is too short")
    return float(_REAL.unpack_from(content, at)[0])


def short(content: bytes, at: int) -> float:
    """The number packed into four bytes at ``at``: a whole one or the upper half of a real one, maybe by a hundred."""
    packed = whole(content, at)
    if packed & 2:
        number = float(_SIGNED.unpack_from(content, at)[0] >> 2)
    else:
        number = float(_REAL.unpack(_LENGTH.pack(0) + _LENGTH.pack(packed & 0xFFFFFFFC))[0])
    return number / 100 if packed & 1 else number


def text(content: bytes, at: int) -> str:
    """The text at ``at``: its length, then UTF-16; a lone half of a character becomes U+FFFD."""
    return text_and_end(content, at)[0]


def text_and_end(content: bytes, at: int) -> tuple[str, int]:
    """The text at ``at``, and where it ends."""
    length = whole(content, at)
    if length == 0xFFFFFFFF:
        return "", at + 4
    end = at + 4 + 2 * length
    if end > len(content):
        raise BrokenXml("a text is longer than the record it stands in")
    return content[at + 4 : end].decode("utf-16-le", "replace"), end
