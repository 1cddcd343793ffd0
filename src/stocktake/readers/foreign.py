"""Files of formats that are not read, told by their first bytes, in plain words (REA-6)."""

from __future__ import annotations

import re
from pathlib import Path

from stocktake.model.errors import Unreadable
from stocktake.readers.file import read_blocks
from stocktake.readers.package import encrypted

_EXCEL = "Open it in a spreadsheet program and save it as .xlsx, or the sheet as CSV."
_UNPACK = "Unpack it, and import the file inside."

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_SIGNS: tuple[tuple[bytes, str, str], ...] = (
    (_OLE, "an old Excel workbook (.xls) or another Office document", _EXCEL),
    (b"%PDF-", "a PDF document", "Ask for the table behind it, as CSV."),
    (b"\x89PNG", "a PNG picture", "Name the table instead."),
    (b"\xff\xd8\xff", "a JPEG picture", "Name the table instead."),
    (b"SQLite format 3\0", "a SQLite database", "Export the table in it as CSV."),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", _UNPACK),
    (
        b"\x28\xb5\x2f\xfd",
        "a Zstandard archive",
        "Unpack it with `zstd -d`, or pack it with gzip; import that.",
    ),
    (b"\x04\x22\x4d\x18", "an LZ4 archive", "Unpack it with `lz4 -d`, or pack it with gzip; import that."),
    (b"Rar!\x1a\x07", "a RAR archive", _UNPACK),
)
#: The stream that holds an encrypted workbook, as its name stands in the old container's directory.
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_HTML = (b"<html", b"<!doctype html", b"<table", b"<head", b"<meta")
#: A tag with attributes or with a tag behind it, a comment, an instruction; a label such as <TICKER> is none of them.
_XML = re.compile(rb"<(?:\?|!--|!doctype|[a-z_][\w:.-]*(?:\s+[\w:.-]+\s*=|\s*/?>\s*<))")


def refuse_foreign(head: bytes, path: Path) -> None:
    """Raise ``unknown-format`` for what is surely not a table of text, ``file-encrypted`` where a password is why."""
    if head.startswith(_OLE) and _is_encrypted(path):
        raise encrypted(path)
    found = _find(head)
    if found is None:
        return
    what, hint = found
    raise Unreadable(
        "unknown-format",
        f"{path} cannot be read: by its first bytes it is {what}, not a table of text.",
        hint=hint,
        details={"path": str(path), "found": what},
    )


def _find(head: bytes) -> tuple[str, str] | None:
    if head.startswith(b"PK\x03\x04"):
        return _zip(head)
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if text.startswith(_HTML):
        return (
            "an HTML page, as some programs save under the name .xls or .csv",
            "Save it from a spreadsheet program as CSV; if it is a sign-in page, sign in and download again.",
        )
    if head[257:262] == b"ustar":
        return "a tar archive", _UNPACK
    if _XML.match(text):
        return "an XML document", "Export the table as CSV or JSON."
    return next(((what, hint) for sign, what, hint in _SIGNS if head.startswith(sign)), None)


def _zip(head: bytes) -> tuple[str, str]:
    if b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet" in head:
        return "an OpenDocument spreadsheet", _EXCEL
    if b"[Content_Types].xml" in head or b"xl/" in head or b"_rels/.rels" in head:
        return "a binary Excel workbook (.xlsb) or another Office document", _EXCEL
    return "a zip file of some program", _UNPACK


def _is_encrypted(path: Path) -> bool:
    """Whether the container holds an encrypted package; its directory may stand anywhere in it."""
    before = b""
    for block in read_blocks(path):
        if _ENCRYPTED in before + block:
            return True
        before = block[-len(_ENCRYPTED) :]
    return False
