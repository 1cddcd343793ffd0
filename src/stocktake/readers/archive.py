"""Files packed by gzip, bzip2, xz, Zstandard or zip: unpacked into a private file, within limits, then read (REA-1, REA-6).

Text is looked at more than once (encoding, header, rows), and a workbook or Parquet is read here and there; so a file is
unpacked once, block by block, and not held in memory.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import re
import shlex
import stat
import struct
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from stocktake.model.errors import InvalidInput, Unreadable
from stocktake.readers.file import FILE_LIMIT, read_tail

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

RATIO_LIMIT = 100
#: Below this size no ratio is dangerous.
_RATIO_FROM = 1024 * 1024
_BLOCK = 1024 * 1024
#: What xz may ask for; its highest setting needs 65 MiB.
_XZ_MEMORY = 256 * 1024 * 1024
#: The list of members of a zip archive, and where its size stands at the archive's end.
_LIST_LIMIT = 16 * 1024 * 1024
_END, _END_SIZE = b"PK\x05\x06", 22
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2)
_SIGNS = (
    (b"\x1f\x8b", "gzip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\0", "xz"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"PK\x03\x04", "zip"),
    (_END, "zip"),
)
#: What a zip file of an office document holds. An archive of tables does not.
#: The last two: Apple Numbers.
_OFFICE = ("[content_types].xml", "mimetype", "meta-inf/manifest.xml", "index/document.iwa", "index.zip")
_TAR = slice(257, 262)
#: What operating systems leave in archives.
_LITTER = re.compile(r"(^|/)(__MACOSX/.*|\._[^/]*|\.DS_Store|Thumbs\.db|desktop\.ini)$", re.IGNORECASE)
_SUFFIX = re.compile(r"\.[a-z0-9]{1,10}", re.IGNORECASE)
_DAMAGES = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    zstd.ZstdError,
    EOFError,
    OSError,
    ValueError,
    NotImplementedError,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unpacked:
    """What was in an archive: ``path`` of the private file; its name in a zip archive, and all names in that."""

    path: Path
    member: str | None
    members: tuple[str, ...] = ()


def packing(head: bytes, path: Path) -> str | None:
    """How a file is packed, by its first bytes: ``gzip``, ``bzip2``, ``xz``, ``zstd`` or ``zip``.

    An office document is not packed.
    """
    found = next((name for sign, name in _SIGNS if head.startswith(sign)), None)
    if found == "bzip2" and head[3:4] not in b"123456789":
        return None
    return None if found == "zip" and _is_office(head, path) else found


def unpack(path: Path, kind: str, limit: int = FILE_LIMIT, wanted: str | None = None) -> Unpacked:
    """Unpack ``path`` into a private file of ``limit`` bytes at most. Whoever asked for it removes it.

    wanted: which member of a zip archive, by name or by number from 1. Raises ``Unreadable``: ``archive-damaged``,
    ``file-too-large``, ``several-members``, ``archive-unsafe``, ``file-encrypted``, ``file-empty``, ``no-space``; and
    ``InvalidInput``: ``unknown-member``.
    """
    if kind == "zip":
        with _reading(path), path.open("rb") as file:
            _check_list(path)
            with zipfile.ZipFile(file) as archive:
                members = _members(path, archive.infolist())
                member = _chosen(path, members, wanted)
                with archive.open(member) as content:
                    copied = _copied(path, _blocks(content), _suffix(member.filename), limit)
                    names = tuple(each.filename for each in members)
                    return Unpacked(path=copied, member=member.filename, members=names)
    openers: dict[str, Callable[[IO[bytes]], Iterator[bytes]]] = {
        "gzip": lambda file: _blocks(gzip.GzipFile(fileobj=file)),
        "bzip2": lambda file: _blocks(bz2.BZ2File(file)),
        "xz": _xz_blocks,
        "zstd": lambda file: _blocks(zstd.ZstdFile(file)),
    }
    with _reading(path), path.open("rb") as file:
        return Unpacked(path=_copied(path, openers[kind](file), _suffix(path.stem), limit), member=None)


def refuse_nested(head: bytes, inner: Path, path: Path) -> None:
    """Raise ``nested-archive`` where what was unpacked is an archive again."""
    found = packing(head, inner) or ("tar" if head[_TAR] == b"ustar" else None)
    if found is not None:
        raise Unreadable(
            "nested-archive",
            f"{path} holds another archive ({found}); archives within archives are not unpacked.",
            hint="Unpack it, and import the file inside.",
            details={"path": str(path), "found": found},
        )


def _copied(path: Path, blocks: Iterator[bytes], suffix: str, limit: int) -> Path:
    most = min(limit, max(_RATIO_FROM, RATIO_LIMIT * path.stat().st_size))
    handle, name = tempfile.mkstemp(prefix="stocktake-", suffix=suffix)
    copied, size = Path(name), 0
    try:
        with os.fdopen(handle, "wb") as target:
            for block in blocks:
                size += len(block)
                if size > most:
                    raise _too_large(path, limit)
                _write(path, target, block)
    except BaseException:
        copied.unlink(missing_ok=True)
        raise
    return copied


def _write(path: Path, target: IO[bytes], block: bytes) -> None:
    try:
        target.write(block)
        target.flush()
    except OSError as error:
        raise Unreadable(
            "no-space",
            f"{path} could not be unpacked: {error.strerror or error}.",
            hint="Make room in the folder for temporary files, or unpack the file yourself.",
            details={"path": str(path), "reason": error.strerror or str(error)},
        ) from error


def _blocks(file: IO[bytes] | gzip.GzipFile | zstd.ZstdFile) -> Iterator[bytes]:
    while block := file.read(_BLOCK):
        yield block


def _xz_blocks(file: IO[bytes]) -> Iterator[bytes]:
    """Stream after stream, each within the limit of memory; zeroes may stand between them."""
    rest = file.read(_BLOCK)
    while rest:
        decoder = lzma.LZMADecompressor(memlimit=_XZ_MEMORY)
        while not decoder.eof:
            yield decoder.decompress(rest, _BLOCK)
            rest = file.read(_BLOCK) if decoder.needs_input else b""
            if decoder.needs_input and not rest:
                raise EOFError("it ends too early")
        rest = (decoder.unused_data or rest).lstrip(b"\0")
        while not rest and (block := file.read(_BLOCK)):
            rest = block.lstrip(b"\0")


def _members(path: Path, listed: list[zipfile.ZipInfo]) -> list[zipfile.ZipInfo]:
    """The files in a zip archive that somebody put there."""
    for member in listed:
        _check_member(path, member)
    named = [member for member in listed if member.filename]  # the library fails at those without a name
    found = [member for member in named if not member.is_dir() and not _LITTER.search(member.filename)]
    if not found:
        raise Unreadable(
            "file-empty",
            f"{path} is a zip archive without any file in it.",
            hint="Pack the file again.",
            details={"path": str(path)},
        )
    return found


def _chosen(path: Path, members: list[zipfile.ZipInfo], wanted: str | None) -> zipfile.ZipInfo:
    """The only member, or the one that is ``wanted``, where it can be unpacked."""
    if wanted is None and len(members) > 1:
        raise _several(path, members)
    member = members[0] if wanted is None else _named(path, members, wanted)
    if member.flag_bits & 1:
        raise Unreadable(
            "file-encrypted",
            f"{path} is protected with a password, so it cannot be read.",
            hint="Unpack it with the password, and import the file inside.",
            details={"path": str(path)},
        )
    if member.compress_type not in _METHODS:
        raise _damaged(path, f"its member is packed by a method that is not known ({member.compress_type})")
    return member


def _named(path: Path, members: list[zipfile.ZipInfo], wanted: str) -> zipfile.ZipInfo:
    """As a sheet is named: by name, whatever its capitals, else by number from 1. The folders before it may be left out."""
    folded = wanted.strip().casefold()
    found = [each for each in members if each.filename == wanted]
    found += [each for each in members if each.filename.casefold() == folded]
    last = [each for each in members if PurePosixPath(each.filename).name.casefold() == folded]
    number = int(wanted) if wanted.isdecimal() and len(wanted) < 6 else 0
    if found:
        return found[0]
    if len(last) == 1:
        return last[0]
    if not last and 1 <= number <= len(members):
        return members[number - 1]
    what = f"{len(last)} members" if last else "no member"
    raise InvalidInput(
        "unknown-member",
        f"{path} has {what} {wanted!r}.",
        hint=f"Its members: {_listed(last or members, 20)}. Give a whole name, or a number from 1.",
        details={"path": str(path), "member": wanted, "members": [each.filename for each in members[:100]]},
    )


def _several(path: Path, members: list[zipfile.ZipInfo]) -> Unreadable:
    return Unreadable(
        "several-members",
        f"{path} holds {len(members):,} files, and only one can be read at a time: {_listed(members, 10)}.",
        hint=f"Name the one that is meant, such as --member {shlex.quote(members[0].filename)}, or give its number, from 1.",
        details={"path": str(path), "members": [each.filename for each in members[:100]]},
    )


def _listed(members: list[zipfile.ZipInfo], most: int) -> str:
    names = ", ".join(member.filename for member in members[:most])
    return names + (f" and {len(members) - most:,} more" if len(members) > most else "")


def _check_member(path: Path, member: zipfile.ZipInfo) -> None:
    """Refuse what could lead out of a folder, though nothing is unpacked under its own name (SEC-5)."""
    name = member.orig_filename.replace("\\", "/")
    parts = PurePosixPath(name).parts
    if name.startswith("/") or ".." in parts or "\0" in name or (parts and parts[0][1:2] == ":"):
        raise _unsafe(path, f"the name of a member leads out of it ({member.orig_filename!r})")
    if stat.S_ISLNK(member.external_attr >> 16):
        raise _unsafe(path, f"its member {member.filename!r} is a link")


def _check_list(path: Path) -> None:
    tail = read_tail(path, 64 * 1024 + _END_SIZE)
    at = tail.rfind(_END)
    if 0 <= at <= len(tail) - _END_SIZE and struct.unpack_from("<L", tail, at + 12)[0] > _LIST_LIMIT:
        raise Unreadable(
            "file-too-large",
            f"{path} lists too many members; the limit is {_LIST_LIMIT:,} bytes for the list.",
            hint="Pack the one file that is meant.",
            details={"path": str(path), "limit": _LIST_LIMIT},
        )


def _is_office(head: bytes, path: Path) -> bool:
    """Whether a zip file is a workbook or another document; a broken one is told by its beginning."""
    try:
        _check_list(path)
        with zipfile.ZipFile(path) as archive:
            return any(
                name.lower() in _OFFICE or name.lower().startswith("xl/") for name in archive.namelist()
            )
    except Unreadable:
        return False
    except _DAMAGES:
        return b"[Content_Types].xml" in head or b"xl/" in head or head[30:38] == b"mimetype"


def _suffix(name: str) -> str:
    found = PurePosixPath(name.replace("\\", "/")).suffix
    return found.lower() if _SUFFIX.fullmatch(found) else ""


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    """Whatever a broken archive makes its unpacker raise, as ``archive-damaged``."""
    try:
        yield
    except _DAMAGES as error:
        raise _damaged(path, (str(error) or type(error).__name__).rstrip(".")) from error


def _damaged(path: Path, why: str) -> Unreadable:
    return Unreadable(
        "archive-damaged",
        f"{path} cannot be unpacked: {why}. It may have been cut off on its way.",
        hint="Download or pack the file again.",
        details={"path": str(path), "reason": why},
    )


def _unsafe(path: Path, why: str) -> Unreadable:
    return Unreadable(
        "archive-unsafe",
        f"{path} is not unpacked: {why}.",
        hint="Pack the file again, by its plain name.",
        details={"path": str(path), "reason": why},
    )


def _too_large(path: Path, limit: int) -> Unreadable:
    return Unreadable(
        "file-too-large",
        f"{path} is not unpacked: unpacked it has more than {RATIO_LIMIT} times its size, or more than "
        f"{limit:,} bytes; these are the limits.",
        hint="If it is what it should be, unpack it yourself, and import the file inside.",
        details={"path": str(path), "ratio": RATIO_LIMIT, "limit": limit},
    )
