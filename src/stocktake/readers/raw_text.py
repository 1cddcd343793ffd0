"""A text file's lines as they read in each of several encodings, for people who say in which it was saved (REA-2)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from stocktake.readers.archive import packing, unpack
from stocktake.readers.encoding import decodes
from stocktake.readers.file import FILE_LIMIT, HEAD_BYTES, check_file, read_head

#: So many lines are shown, and so much of each.
LINES, SHOWN = 5, 160
#: So much stands before the first character that is not plain ASCII.
_BEFORE = 60
#: So much around a place deep inside is looked at; files up to so many bytes are held against an encoding wholly.
_AROUND, _WHOLE = 8 * 1024, 16 * 1024**2
#: What no encoding has where it is the right one: control characters beyond ASCII.
_CONTROLS = frozenset(map(chr, range(0x7F, 0xA0))) | {"\0"}


@dataclass(frozen=True, slots=True, kw_only=True)
class RawReading:
    """Lines, number and text, as they read in ``encoding``; in ``others`` they read alike.

    ``replaces``: bytes that do not decode are replaced by U+FFFD, for want of an encoding that has them.
    """

    encoding: str
    lines: tuple[tuple[int, str], ...]
    others: tuple[str, ...] = ()
    replaces: bool = False


def raw_readings(
    path: Path,
    encodings: Sequence[str],
    *,
    member: str | None = None,
    offset: int | None = 0,
    line: int = 1,
    limit: int = FILE_LIMIT,
) -> tuple[RawReading, ...]:
    """The first line of a file and those that are not plain ASCII, in each encoding in which it can be read.

    Looked for at its start and around ``offset``, which stands in ``line``; without an offset it is those around ``line``.
    Of an archive ``member`` is looked into. Where it is no UTF-8, the last is that with replacements. Raises what unpacking
    does.
    """
    with _unpacked(path, member, limit) as plain:
        head, lines = read_head(plain, HEAD_BYTES), _lines(plain, offset or 0, line)
        told = _telling(lines) if offset is not None else _near(lines, line)
        found: dict[tuple[tuple[int, str], ...], list[str]] = {}
        for name in encodings:
            read = _read_wide(head, name) if name.startswith("utf-16") else _read(told, name)
            if read is not None and (check_file(plain, limit) > _WHOLE or decodes(plain, name)):
                found.setdefault(read, []).append(name)
    readings = [
        RawReading(encoding=names[0], lines=read, others=tuple(names[1:])) for read, names in found.items()
    ]
    if not any(each.encoding == "utf-8" for each in readings):
        replaced = tuple((number, _cut(raw.decode("utf-8", "replace").strip("\r"))) for number, raw in told)
        readings.append(RawReading(encoding="utf-8", lines=replaced, replaces=True))
    return tuple(readings)


@contextmanager
def _unpacked(path: Path, member: str | None, limit: int) -> Iterator[Path]:
    kind = packing(read_head(path, HEAD_BYTES), path)
    if kind is None:
        yield path
        return
    inner = unpack(path, kind, limit, member).path
    try:
        yield inner
    finally:
        inner.unlink(missing_ok=True)


def _lines(path: Path, offset: int, line: int) -> list[tuple[int, bytes]]:
    """The lines at the start, and those around a place behind it."""
    head = read_head(path, HEAD_BYTES)
    end = b"\n" if b"\n" in head else b"\r"
    lines = list(enumerate(head.split(end), 1))
    if offset < len(head):
        return lines
    with path.open("rb") as file:
        file.seek(max(0, offset - _AROUND))
        around = file.read(2 * _AROUND)
    before = line - around[: min(offset, _AROUND)].count(end)
    return [*lines[:-1], *list(enumerate(around.split(end), before))[1:-1]]


def _telling(lines: list[tuple[int, bytes]]) -> list[tuple[int, bytes]]:
    """The first line that is filled, and of those that are not plain ASCII the first and the last."""
    first = next((each for each in lines if each[1].strip()), None)
    odd = [each for each in lines if not each[1].isascii()]
    shown = dict([*([first] if first else []), *odd[: LINES - 2], *odd[-1:]])
    return sorted(shown.items())


def _near(lines: list[tuple[int, bytes]], line: int) -> list[tuple[int, bytes]]:
    """The lines around one, those at the start where it is one of them."""
    first = max(0, line - LINES)
    return [each for each in lines if first < each[0] <= first + 2 * LINES and each[1].strip()]


def _read(lines: Sequence[tuple[int, bytes]], name: str) -> tuple[tuple[int, str], ...] | None:
    """The lines in an encoding; None where they cannot be that."""
    try:
        told = [(number, raw.decode(name).strip("\r")) for number, raw in lines]
    except UnicodeError:
        return None
    if any(_CONTROLS.intersection(text) for _, text in told):
        return None
    return tuple((number, _cut(text)) for number, text in told)


def _read_wide(head: bytes, name: str) -> tuple[tuple[int, str], ...] | None:
    """The first lines in an encoding of two bytes for a character; None where they cannot be that."""
    if b"\0" not in head:
        return None
    try:
        text = head[: len(head) // 2 * 2].decode(name)
    except UnicodeError:
        return None
    return tuple((number, _cut(line)) for number, line in enumerate(text.splitlines()[:LINES], 1))


def _cut(text: str) -> str:
    """The part of a line in which its first character stands that is not plain ASCII."""
    at = next((place for place, each in enumerate(text) if not each.isascii()), 0)
    start = max(0, at - _BEFORE)
    return ("… " if start else "") + text[start : start + SHOWN] + (" …" if len(text) > start + SHOWN else "")
