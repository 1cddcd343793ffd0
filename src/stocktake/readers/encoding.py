"""Which encoding a text file is in, and its text as UTF-8 (REA-2). Never silently wrong."""

from __future__ import annotations

import codecs
import re
from collections.abc import Generator
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path

from stocktake.model.errors import InvalidInput, Unreadable
from stocktake.model.problem import Warning
from stocktake.readers.codepage import guess_codepage
from stocktake.readers.file import BLOCK_BYTES, HEAD_BYTES, read_blocks, read_head
from stocktake.readers.tally import LINES_NAMED

#: The longer marks first: UTF-32's little-endian mark starts with UTF-16's.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_UTF8 = ("utf-8", "utf-8-sig")
#: Text is decoded piece by piece: what is made of a piece is forgotten before it leaves the processor's cache.
_PIECE_BYTES = 128 * 1024
#: So many NUL bytes in a file's start, and at least so many, make it no text.
_NUL_SHARE, _FEW_NULS = 0.01, 8
_REPLACEMENT = "\ufffd"
#: A noncharacter of Unicode, which text never holds: it tells what was replaced from what was written so.
_MARK, _MARKING = "\ufddf", "stocktake-marking"
codecs.register_error(_MARKING, lambda error: (_MARK, getattr(error, "end", 0)))
#: Code pages by the names people know them by.
_TITLES = {
    "cp1252": "Windows-1252",
    "cp1250": "Windows-1250",
    "cp1251": "Windows-1251",
    "cp1253": "Windows-1253",
    "cp1254": "Windows-1254",
    "mac_roman": "Mac Roman",
    "big5": "Big5",
    "shift_jis": "Shift JIS",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoding:
    """An encoding by its Python name; ``guessed`` when the file does not prove it.

    ``word`` shows how it reads, ``others`` what the same word would be in other encodings that fit too. ``replaces``: bytes
    that do not decode become U+FFFD, as was asked for.
    """

    name: str
    guessed: bool = False
    word: str = ""
    others: tuple[tuple[str, str], ...] = ()
    replaces: bool = False

    def warnings(self) -> tuple[Warning, ...]:
        """``encoding-guessed`` where it was (REA-2)."""
        if not self.guessed:
            return ()
        shown = f', as in "{self.word}"' if self.word else ""
        fitting = "".join(f' In {_title(name)} that would be "{word}".' for name, word in self.others)
        message = (
            f"The file does not prove its encoding; it was read as {_title(self.name)}{shown}.{fitting} "
            "If names look wrong, state the encoding."
        )
        return (Warning(code="encoding-guessed", message=message),)


@dataclass(slots=True)
class Replacements:
    """What a walk over a file replaced, because it did not decode."""

    count: int = 0
    lines: list[int] = field(default_factory=list)
    _before: int = 0

    def note(self, text: str) -> None:
        """A block's text, with a mark where bytes did not decode."""
        count = text.count(_MARK)
        if count:
            self.count += count
            places = (found.start() for found in re.finditer(_MARK, text))
            lines = {self._before + 1 + text.count("\n", 0, place) for place in islice(places, LINES_NAMED)}
            self.lines = sorted({*self.lines, *lines})[:LINES_NAMED]
        self._before += text.count("\n")

    def warnings(self, encoding: Encoding) -> tuple[Warning, ...]:
        """``undecodable-replaced``, where there were any."""
        if not self.count:
            return ()
        message = (
            f"Bytes that are not {encoding.name} text were replaced by the character U+FFFD {self.count:,} times, "
            "as you asked for."
        )
        rows = tuple(self.lines)
        return (Warning(code="undecodable-replaced", message=message, count=self.count, rows=rows),)


def mark_encoding(head: bytes) -> str | None:
    """The encoding that a byte order mark states."""
    return next((name for mark, name in _MARKS if head.startswith(mark)), None)


def find_encoding(path: Path, option: str | None, *, replace_undecodable: bool = False) -> Encoding:
    """The encoding by option, byte order mark, strict UTF-8 over the whole file, then the code page that fits.

    The whole file is looked at because one that is ASCII until deep inside says nothing at its start. With
    ``replace_undecodable`` what fits nowhere is UTF-8 in which the rest is replaced. Raises ``InvalidInput``
    (``unknown-encoding``) and, with the place, ``Unreadable`` (``encoding-error``, ``not-text``).
    """
    if option is not None:
        return Encoding(name=_known(option), replaces=replace_undecodable)
    head = read_head(path, HEAD_BYTES)
    marked = mark_encoding(head)
    if marked is not None:
        return Encoding(name=marked, replaces=replace_undecodable)
    wide = _wide_text(path, head)
    if wide is not None:
        return wide
    _refuse_binary(path, head)
    try:
        _walk(path, "utf-8")
    except Unreadable as refusal:
        if replace_undecodable:
            return Encoding(name="utf-8", replaces=True)
        found = guess_codepage(path) if refusal.code == "encoding-error" else None
        if found is None or not decodes(path, found.name):
            raise
        return Encoding(name=found.name, guessed=True, word=found.word, others=found.others)
    return Encoding(name="utf-8")


def utf8_blocks(
    path: Path,
    encoding: Encoding,
    size: int = BLOCK_BYTES,
    *,
    nul: bool = False,
    whole_lines: bool = False,
    replaced: Replacements | None = None,
) -> Generator[tuple[bytes, bytes], None, None]:
    """Pairs (bytes as in the file, their text as UTF-8 without byte order mark), strictly decoded.

    A character cut by a block's end comes with the next block; ``whole_lines`` as :func:`read_blocks` has it. Raises
    ``Unreadable``: ``encoding-error`` with offset and line for bytes that do not decode, unless the encoding replaces them
    (then counted in ``replaced``); ``not-text`` for NUL bytes, unless ``nul`` lets them through.
    """
    if encoding.replaces:
        yield from _replaced_blocks(path, encoding, size, replaced or Replacements(), nul=nul)
        return
    decoder = codecs.getincrementaldecoder(encoding.name)("strict")
    offset, first = 0, True
    for block in read_blocks(path, size, whole_lines=whole_lines):
        pending = decoder.getstate()[0]
        if encoding.name in _UTF8 and not first and not pending and block.isascii():
            text = block
        elif encoding.name == "utf-8":
            text, cut = _whole_characters(path, encoding, pending + block, offset - len(pending))
            decoder.setstate((cut, 0))
        else:
            text = _decode(path, encoding, decoder, block, offset - len(pending))
        if first and text:
            text, first = text.removeprefix(codecs.BOM_UTF8), False
        if not nul and b"\0" in text:
            before = text[: text.index(b"\0")].decode("utf-8", "ignore").encode(encoding.name)
            raise _not_text(path, encoding, offset - len(pending) + len(before))
        yield block, text
        offset += len(block)
    _decode(path, encoding, decoder, b"", offset - len(decoder.getstate()[0]), final=True)


def _replaced_blocks(
    path: Path, encoding: Encoding, size: int, replaced: Replacements, *, nul: bool
) -> Generator[tuple[bytes, bytes], None, None]:
    decoder = codecs.getincrementaldecoder(encoding.name)(_MARKING)
    first = True
    for block in chain(read_blocks(path, size), [b""]):
        try:
            text = decoder.decode(block, not block)
        except UnicodeError as error:
            raise _encoding_error(path, encoding, 0, str(error)) from None
        if first and text:
            text, first = text.removeprefix("\ufeff"), False
        replaced.note(text)
        if not nul and "\0" in text:
            raise _not_text(path, encoding, 0)
        yield block, text.replace(_MARK, _REPLACEMENT).encode("utf-8", "replace")


def _walk(path: Path, name: str) -> None:
    for _ in utf8_blocks(path, Encoding(name=name), _PIECE_BYTES, nul=True):
        pass


def decodes(path: Path, name: str) -> bool:
    """Whether a whole file is text in that encoding."""
    try:
        _walk(path, name)
    except Unreadable:
        return False
    return True


def _wide_text(path: Path, head: bytes) -> Encoding | None:
    """UTF-16 without its mark: every other byte is NUL. Read where nothing speaks against it, refused where something does.

    Raises ``Unreadable`` ``encoding-error``.
    """
    even, odd = head[0::2].count(0), head[1::2].count(0)
    half = len(head) // 2
    if half < 4 or max(even, odd) < half * 0.4 or min(even, odd) > half * 0.1:
        return None
    name = "utf-16-le" if odd > even else "utf-16-be"
    if min(even, odd) == 0 and decodes(path, name) and "\n" in head.decode(name, "ignore"):
        return Encoding(name=name, guessed=True)
    raise Unreadable(
        "encoding-error",
        f"{path} looks like UTF-16 text without a byte order mark, but not all of it is.",
        hint=f"State the encoding {name}, or save the file as UTF-8.",
        details={"path": str(path), "offset": 0, "line": 1, "suggested": name},
    )


def _refuse_binary(path: Path, head: bytes) -> None:
    """Raise ``not-text`` for what is full of NUL bytes; a few may be damage in a text."""
    if head.count(0) > max(len(head) * _NUL_SHARE, _FEW_NULS):
        raise _not_text(path, Encoding(name="latin-1"), head.index(b"\0"))


def _title(name: str) -> str:
    return _TITLES.get(name, name.replace("iso8859_", "ISO 8859-"))


def _whole_characters(path: Path, encoding: Encoding, data: bytes, offset: int) -> tuple[bytes, bytes]:
    """UTF-8 that begins at ``offset``, decoded for nothing but whether it does, and the start of a character at its end."""
    view, end, used = memoryview(data), 0, -1
    while used:
        try:
            _, used = codecs.utf_8_decode(view[end : end + _PIECE_BYTES], "strict", False)
        except UnicodeDecodeError as error:
            raise _undecodable(path, encoding, offset + end, error) from None
        end += used
    return (data, b"") if end == len(data) else (data[:end], data[end:])


def _decode(
    path: Path,
    encoding: Encoding,
    decoder: codecs.IncrementalDecoder,
    block: bytes,
    offset: int,
    *,
    final: bool = False,
) -> bytes:
    """The block's text as UTF-8."""
    try:
        return decoder.decode(block, final).encode("utf-8")
    except UnicodeDecodeError as error:
        raise _undecodable(path, encoding, offset, error) from None
    except UnicodeError as error:
        raise _encoding_error(path, encoding, offset, str(error)) from None


def _undecodable(path: Path, encoding: Encoding, offset: int, error: UnicodeDecodeError) -> Unreadable:
    """The refusal of what begins at ``offset`` and did not decode."""
    wrong = error.object[error.start : error.start + 4].hex(" ")
    # Python counts behind the byte order mark that it has taken off.
    marked = encoding.name == "utf-8-sig" and offset == 0
    start = error.start + len(codecs.BOM_UTF8) * marked
    return _encoding_error(path, encoding, offset + start, wrong)


def _encoding_error(path: Path, encoding: Encoding, offset: int, wrong: str) -> Unreadable:
    line, column = _place_at(path, encoding, offset)
    return Unreadable(
        "encoding-error",
        f"{path} is not {encoding.name} text: "
        f"the bytes at offset {offset:,}, line {line:,}, column {column:,} ({wrong}) do not decode.",
        hint="State the encoding the file was saved in, or export it again as UTF-8.",
        details={
            "path": str(path),
            "encoding": encoding.name,
            "offset": offset,
            "line": line,
            "column": column,
        },
    )


def _not_text(path: Path, encoding: Encoding, offset: int) -> Unreadable:
    line, column = _place_at(path, encoding, offset)
    return Unreadable(
        "not-text",
        f"{path} is not a text file: there is a NUL character at offset {offset:,}, "
        f"line {line:,}, column {column:,}.",
        hint="Name a text file such as CSV; if it is one, export it again, as UTF-8.",
        details={"path": str(path), "offset": offset, "line": line, "column": column},
    )


def _place_at(path: Path, encoding: Encoding, offset: int) -> tuple[int, int]:
    """Line and column of a byte, counted only when somebody has to be told. Where no LF ends lines, CR does.

    The column is that of the character, from 1.
    """
    decoder = codecs.getincrementaldecoder(encoding.name)("ignore")
    ends, before = {"\n": 0, "\r": 0}, {"\n": 0, "\r": 0}
    for block in read_blocks(path):
        try:
            text = decoder.decode(block[:offset])
        except UnicodeError:  # UTF-16 that does not begin with its mark is not decoded at all
            break
        text = text if any(before.values()) else text.removeprefix("\ufeff")
        for end in ends:
            last = text.rfind(end)
            ends[end] += text.count(end)
            before[end] = len(text) - last - 1 if last >= 0 else before[end] + len(text)
        offset -= len(block)
        if offset <= 0:
            break
    end = "\n" if ends["\n"] else "\r"
    return 1 + ends[end], 1 + before[end]


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
