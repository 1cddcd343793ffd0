"""Which encoding a text file is in, and its text as UTF-8 (REA-2). Never silently wrong."""

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

from stocktake.model.errors import InvalidInput, Unreadable
from stocktake.model.problem import Warning
from stocktake.readers.file import BLOCK_BYTES, read_blocks, read_head

#: The longer marks first: UTF-32's little-endian mark starts with UTF-16's.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_UTF8 = ("utf-8", "utf-8-sig")
#: ASCII becomes blank, so that what is left are the runs of bytes above it.
_ASCII_BLANK = bytes([0x20] * 0x80) + bytes(range(0x80, 0x100))
#: A byte that leads a UTF-8 sequence, and one that follows.
_SHAPED = re.compile(rb"[\xc0-\xfd][\x80-\xbf]")
_NOT_IN_CP1252 = (b"\x81", b"\x8d", b"\x8f", b"\x90", b"\x9d")
#: So many bytes must stand alone for each that looks like UTF-8 before a file counts as Windows-1252.
_ALONE_PER_SHAPED = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoding:
    """An encoding by its Python name; ``guessed`` when the file does not prove it."""

    name: str
    guessed: bool = False

    def warnings(self) -> tuple[Warning, ...]:
        """``encoding-guessed`` where it was (REA-2)."""
        if not self.guessed:
            return ()
        message = (
            "The file is not UTF-8; it was read as Windows-1252. "
            "If names with accents look wrong, state the encoding."
        )
        return (Warning(code="encoding-guessed", message=message),)


def mark_encoding(head: bytes) -> str | None:
    """The encoding that a byte order mark states."""
    return next((name for mark, name in _MARKS if head.startswith(mark)), None)


def find_encoding(path: Path, option: str | None) -> Encoding:
    """The encoding by option, byte order mark, strict UTF-8 over the whole file, then Windows-1252.

    The whole file is looked at because one that is ASCII until deep inside says nothing at its start. Raises
    ``InvalidInput`` (``unknown-encoding``) and, with the place, ``Unreadable`` (``encoding-error``, ``not-text``).
    """
    if option is not None:
        return Encoding(name=_known(option))
    head = read_head(path, 4096)
    marked = mark_encoding(head)
    if marked is not None:
        return Encoding(name=marked)
    refuse_wide_text(path, head)
    try:
        for _ in utf8_blocks(path, Encoding(name="utf-8")):
            pass
    except Unreadable as refusal:
        if refusal.code != "encoding-error" or not _reads_as_cp1252(path):
            raise
        return Encoding(name="cp1252", guessed=True)
    return Encoding(name="utf-8")


def utf8_blocks(
    path: Path, encoding: Encoding, size: int = BLOCK_BYTES
) -> Generator[tuple[bytes, bytes], None, None]:
    """Pairs (bytes as in the file, their text as UTF-8 without byte order mark), strictly decoded.

    A character cut by a block's end comes with the next block. Raises ``Unreadable``: ``encoding-error`` with
    offset and line for bytes that do not decode, ``not-text`` for NUL bytes.
    """
    decoder = codecs.getincrementaldecoder(encoding.name)("strict")
    offset, first = 0, True
    for block in read_blocks(path, size):
        pending = decoder.getstate()[0]
        if encoding.name in _UTF8 and not first and not pending and block.isascii():
            text = block
        elif encoding.name == "utf-8":
            _decode(path, encoding, decoder, block, offset - len(pending))
            text = (pending + block).removesuffix(decoder.getstate()[0])
        else:
            text = _decode(path, encoding, decoder, block, offset - len(pending))
        if first and text:
            text, first = text.removeprefix(codecs.BOM_UTF8), False
        if b"\0" in text:
            before = text[: text.index(b"\0")].decode("utf-8", "ignore").encode(encoding.name)
            raise _not_text(path, encoding, offset - len(pending) + len(before))
        yield block, text
        offset += len(block)
    _decode(path, encoding, decoder, b"", offset - len(decoder.getstate()[0]), final=True)


def refuse_wide_text(path: Path, head: bytes) -> None:
    """Raise ``encoding-error`` for what looks like UTF-16 without its mark: every other byte NUL (REA-2)."""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    half = len(head) // 2
    if half < 4 or max(even, odd) < half * 0.4 or min(even, odd) > half * 0.1:
        return
    name = "utf-16-le" if odd > even else "utf-16-be"
    raise Unreadable(
        "encoding-error",
        f"{path} looks like UTF-16 text without a byte order mark: every other byte from offset 0 is NUL.",
        hint=f"State the encoding {name}, or save the file as UTF-8.",
        details={"path": str(path), "offset": 0, "line": 1, "suggested": name},
    )


def _decode(
    path: Path,
    encoding: Encoding,
    decoder: codecs.IncrementalDecoder,
    block: bytes,
    offset: int,
    *,
    final: bool = False,
) -> bytes:
    """The block's text as UTF-8; nothing for a block that is UTF-8 already, once it has been found sound."""
    try:
        text = decoder.decode(block, final)
        return b"" if encoding.name == "utf-8" else text.encode("utf-8")
    except UnicodeDecodeError as error:
        wrong = error.object[error.start : error.start + 4].hex(" ")
        raise _encoding_error(path, encoding, offset + error.start, wrong) from None
    except UnicodeError as error:
        raise _encoding_error(path, encoding, offset, str(error)) from None


def _encoding_error(path: Path, encoding: Encoding, offset: int, wrong: str) -> Unreadable:
    line = _line_at(path, encoding, offset)
    return Unreadable(
        "encoding-error",
        f"{path} is not {encoding.name} text: "
        f"the bytes at offset {offset:,}, line {line:,} ({wrong}) do not decode.",
        hint="State the encoding the file was saved in, or export it again as UTF-8.",
        details={"path": str(path), "encoding": encoding.name, "offset": offset, "line": line},
    )


def _not_text(path: Path, encoding: Encoding, offset: int) -> Unreadable:
    line = _line_at(path, encoding, offset)
    return Unreadable(
        "not-text",
        f"{path} is not a text file: there is a NUL character at offset {offset:,}, line {line:,}.",
        hint="Name a text file such as CSV; if it is one, export it again, as UTF-8.",
        details={"path": str(path), "offset": offset, "line": line},
    )


def _line_at(path: Path, encoding: Encoding, offset: int) -> int:
    """The line of a byte, counted only when somebody has to be told. Where no LF ends lines, CR does."""
    decoder = codecs.getincrementaldecoder(encoding.name)("ignore")
    feeds = returns = 0
    for block in read_blocks(path):
        text = decoder.decode(block[:offset])
        feeds += text.count("\n")
        returns += text.count("\r")
        offset -= len(block)
        if offset <= 0:
            break
    return 1 + (feeds or returns)


def _known(option: str) -> str:
    try:
        "".encode(option)
        return codecs.lookup(option).name
    except (LookupError, ValueError, UnicodeError):
        raise InvalidInput(
            "unknown-encoding",
            f"There is no text encoding named {option!r}.",
            hint="Use a name such as utf-8, utf-16, cp1252 or iso-8859-15.",
            details={"encoding": option},
        ) from None


def _reads_as_cp1252(path: Path) -> bool:
    """Whether bytes that are not UTF-8 look like Windows-1252 and not like damaged UTF-8.

    In Windows-1252 letters with accents mostly stand alone; in UTF-8 never. A file that mixes both, or that
    breaks off within a character, is nobody's: it is refused instead of guessed.
    """
    runs: Counter[bytes] = Counter()
    last = b""
    for block in read_blocks(path):
        if any(byte in block for byte in _NOT_IN_CP1252):
            return False
        runs.update(block.translate(_ASCII_BLANK).split())
        last = block[-1:]
    shaped = sum(count * len(_SHAPED.findall(run)) for run, count in runs.items())
    alone = sum(count for run, count in runs.items() if len(run) == 1)
    cut = 1 if last >= b"\xc2" else 0
    return alone - cut > shaped * _ALONE_PER_SHAPED if shaped or cut else bool(runs)
