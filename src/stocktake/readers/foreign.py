"""Files of formats that are not read, told by their first bytes, in plain words (REA-6)."""

from __future__ import annotations

import re
from pathlib import Path

from stocktake.model.errors import Unreadable
from stocktake.readers.package import encrypted
from stocktake.readers.workbook_kind import OLE, ZIP, ole_stream, zip_directory

_EXCEL = "Open it in a spreadsheet program and save it as .xlsx, or the sheet as CSV."
_TABLE = "Copy its table into a spreadsheet, and save that as .xlsx or CSV."
_UNPACK = "Unpack it, and import the file inside."

_SIGNS: tuple[tuple[bytes, str, str], ...] = (
    (b"%PDF-", "a PDF document", "Ask for the table behind it, as CSV."),
    (b"\x89PNG", "a PNG picture", "Name the table instead."),
    (b"\xff\xd8\xff", "a JPEG picture", "Name the table instead."),
    (b"SQLite format 3\0", "a SQLite database", "Export the table in it as CSV."),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", _UNPACK),
    (b"\x04\x22\x4d\x18", "an LZ4 archive", "Unpack it with `lz4 -d`, or pack it with gzip; import that."),
    (b"Rar!\x1a\x07", "a RAR archive", _UNPACK),
)
#: The streams of the old container that tell what it holds, as their names stand in its directory.
_STREAMS = (
    ("WordDocument", "a Word document", _TABLE),
    ("PowerPoint Document", "a PowerPoint presentation", _TABLE),
    ("__properties_version1.0", "a message of Outlook", "Save the file attached to it, and import that."),
)
#: Parts of a zip file that tell what it holds.
_PARTS = (
    (b"word/document", "a Word document", _TABLE),
    (b"ppt/presentation", "a PowerPoint presentation", _TABLE),
    (
        b"Index/Document.iwa",
        "a document of Apple Numbers, Pages or Keynote",
        "Export it as Excel (.xlsx) or CSV there.",
    ),
    (
        b"Index.zip",
        "a document of Apple Numbers, Pages or Keynote",
        "Export it as Excel (.xlsx) or CSV there.",
    ),
    (b"application/vnd.oasis.opendocument", "an OpenDocument file that is no spreadsheet", _TABLE),
    (b"[Content_Types].xml", "an Office document that is no workbook", _EXCEL),
)
_OF_EXCEL = (b"urn:schemas-microsoft-com:office:spreadsheet", b'progid="excel.sheet"')
_FLAT = b"urn:oasis:names:tc:opendocument"
_HTML = (b"<html", b"<!doctype html", b"<table", b"<head", b"<meta")
#: A tag with attributes or with a tag behind it, a comment, an instruction; a label such as <TICKER> is none of them.
_XML = re.compile(rb"<(?:\?|!--|!doctype|[a-z_][\w:.-]*(?:\s+[\w:.-]+\s*=|\s*/?>\s*<))")


def refuse_foreign(head: bytes, path: Path) -> None:
    """Raise ``unknown-format`` for what is surely not a table of text, ``file-encrypted`` where a password is why."""
    if head.startswith(OLE) and ole_stream(path, (_named("EncryptedPackage"),)):
        raise encrypted(path)
    found = _find(head, path)
    if found is None:
        return
    what, hint = found
    raise Unreadable(
        "unknown-format",
        f"{path} cannot be read: by its first bytes it is {what}, not a table of text.",
        hint=hint,
        details={"path": str(path), "found": what},
    )


def _find(head: bytes, path: Path) -> tuple[str, str] | None:
    if head.startswith(ZIP):
        names = head + zip_directory(path)
        return next(
            ((what, hint) for sign, what, hint in _PARTS if sign in names), ("a zip archive", _UNPACK)
        )
    if head.startswith(OLE):
        told = ((what, hint) for name, what, hint in _STREAMS if ole_stream(path, (_named(name),)))
        return next(told, ("an Office document that is no workbook", _EXCEL))
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if text.startswith(_HTML):
        return (
            "an HTML page, as some programs save under the name .xls or .csv",
            "Save it from a spreadsheet program as CSV; if it is a sign-in page, sign in and download again.",
        )
    if head[257:262] == b"ustar":
        return "a tar archive", _UNPACK
    if _XML.match(text) or text.startswith((b"<workbook", b"<office:document")):
        return _xml(text)
    return next(((what, hint) for sign, what, hint in _SIGNS if head.startswith(sign)), None)


def _xml(text: bytes) -> tuple[str, str]:
    if any(sign in text for sign in _OF_EXCEL):
        return "an XML spreadsheet of Excel 2003, as some programs save under the name .xls", _EXCEL
    if _FLAT in text:
        return "a flat OpenDocument file (.fods)", _EXCEL
    if b"<html" in text[:2048]:
        return "an HTML page, as some programs save under the name .xls or .csv", _EXCEL
    return "an XML document", "Export the table as CSV or JSON."


def _named(stream: str) -> bytes:
    return stream.encode("utf-16-le")
