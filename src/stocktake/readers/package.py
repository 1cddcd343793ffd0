"""The zip file that a workbook is: its directory checked before anything is unpacked, its parts by name (REA-6, SEC-5)."""

from __future__ import annotations

import stat
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from posixpath import dirname, join, normpath
from typing import IO

from stocktake.model.errors import Unreadable
from stocktake.readers.xmlpart import BrokenXml, Events, parse_xml

MEMBER_LIMIT = 2_000
UNPACKED_LIMIT = 1024**3
RATIO_LIMIT = 200
#: Below this size no ratio is dangerous; small parts of blanks compress well.
_RATIO_FROM = 1024 * 1024

_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError, BrokenXml)


class Package:
    """The parts of one workbook. Names are compared without regard to case, as programs write them differently."""

    def __init__(self, path: Path, file: IO[bytes]) -> None:
        self._path = path
        with reading(path):
            self._zip = zipfile.ZipFile(file)
        self._names = _checked(path, self._zip.infolist())

    def parse(self, name: str, events: Events) -> None:
        """Walk the XML part ``name``. Raises ``Unreadable`` (``file-damaged``) where it is missing or broken."""
        with self.open(name) as part, reading(self._path):
            parse_xml(part, events)

    def open(self, name: str) -> IO[bytes]:
        """The bytes of the part ``name``. Raises ``Unreadable`` (``file-damaged``)."""
        member = self._names.get(_plain(name))
        if member is None:
            raise damaged(self._path, f"its part {name} is missing")
        with reading(self._path):
            return self._zip.open(member)

    def has(self, name: str) -> bool:
        """Whether there is such a part."""
        return _plain(name) in self._names

    def relations(self, name: str) -> dict[str, tuple[str, str]]:
        """Id → (last word of the type, part) of what the part ``name`` refers to; "" is the package itself."""
        folder, _, last = name.rpartition("/")
        found: dict[str, tuple[str, str]] = {}
        listing = join(folder, "_rels", f"{last}.rels")
        if not self.has(listing):
            return found

        def start(tag: str, attributes: dict[str, str]) -> None:
            if tag == "Relationship" and attributes.get("TargetMode") != "External":
                kind = attributes.get("Type", "").rpartition("/")[2]
                target = attributes.get("Target", "").replace("\\", "/")
                found[attributes.get("Id", "")] = kind, normpath(join("/", dirname(name), target))[1:]

        self.parse(listing, Events(start=start))
        return found


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Whatever a broken archive or part makes its parser raise, as ``file-damaged``."""
    try:
        yield
    except _BROKEN as error:
        raise damaged(path, str(error) or type(error).__name__) from error


def damaged(path: Path, why: str) -> Unreadable:
    """The refusal of a workbook that is not as workbooks are."""
    return Unreadable(
        "file-damaged",
        f"{path} is damaged, or no workbook: {why}.",
        hint="Open it in a spreadsheet program, save it anew as .xlsx, or export the sheet as CSV.",
        details={"path": str(path), "reason": why},
    )


def too_large(path: Path, what: str, limit: str) -> Unreadable:
    """The refusal of a workbook that would take too much memory or time; names the limit (REA-6)."""
    return Unreadable(
        "file-too-large",
        f"{path} is too large to be read: {what}; the limit is {limit}.",
        hint="Save only the sheet that is needed, without formatted blank rows, or export it as CSV.",
        details={"path": str(path), "reason": what, "limit": limit},
    )


def encrypted(path: Path) -> Unreadable:
    """The refusal of a workbook with a password."""
    return Unreadable(
        "file-encrypted",
        f"{path} is protected with a password, so it cannot be read.",
        hint="Open it in a spreadsheet program, take the password off, and save it again.",
        details={"path": str(path)},
    )


def _checked(path: Path, members: list[zipfile.ZipInfo]) -> dict[str, zipfile.ZipInfo]:
    """The members by plain name, after their directory passed: nothing was unpacked for this."""
    if len(members) > MEMBER_LIMIT:
        raise too_large(path, f"it is made of {len(members):,} parts", f"{MEMBER_LIMIT:,} parts")
    unpacked = sum(member.file_size for member in members)
    if unpacked > UNPACKED_LIMIT:
        raise too_large(path, f"unpacked it has {unpacked:,} bytes", f"{UNPACKED_LIMIT:,} bytes (1 GiB)")
    for member in members:
        if member.flag_bits & 1:
            raise encrypted(path)
        name = member.orig_filename.replace("\\", "/")
        if name.startswith("/") or ".." in name.split("/") or "\0" in name or ":" in name.split("/")[0]:
            raise damaged(path, "a part has a name that leads out of the archive")
        if stat.S_ISLNK(member.external_attr >> 16):
            raise damaged(path, "a part is a link")
        if member.file_size > max(_RATIO_FROM, RATIO_LIMIT * member.compress_size):
            what = f"a part is packed more than {RATIO_LIMIT} times smaller than it is"
            raise too_large(path, what, f"{RATIO_LIMIT} times")
    names = {_plain(member.filename): member for member in members}
    if len(names) != len(members):
        twice = Counter(_plain(member.filename) for member in members).most_common(1)[0][0]
        raise damaged(path, f"its part {twice} stands in it twice")
    return names


def _plain(name: str) -> str:
    return name.replace("\\", "/").casefold()
