"""Uploads in one private directory: random names, mode 0600, and a lock on each file as long as it is used (UPL-1, UPL-3).

What is used is told by a lock of the operating system, which a process that dies cannot keep (REL-9). Processes that share a
database share its directory.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import re
import secrets
import shutil
import stat
from collections.abc import Container, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from stocktake.model.errors import Busy, InvalidInput, NotFound, Unreadable
from stocktake.ports.uploads import Received

#: So many bytes stay free on the disk: the database needs them more.
SPARE_BYTES = 64 * 1024**2
#: Free space is looked at anew after so many bytes.
_LOOK_EVERY = 16 * 1024**2
#: The lock of the one server of an embedded database.
_SERVER = ".server"
#: What ends the name of a file that holds what was found in an upload.
_LOOK = "look"
_NAME = re.compile(r"[0-9a-f]{32}")


class UploadDirectory:
    """The uploads of one database.

    directory: made with mode 0700 where there is none. limit: so many bytes a file may have at most.
    """

    def __init__(self, directory: Path, *, limit: int) -> None:
        self.directory = directory
        self.limit = limit

    @contextmanager
    def incoming(self, at: datetime) -> Iterator[IncomingFile]:
        """A new file, locked as long as it arrives; unless ``received`` was asked for, nothing of it is left."""
        self._ready()
        name = secrets.token_hex(16)
        path = self.directory / name
        with _written(path) as file:
            arriving = IncomingFile(self.directory, name, file, self.limit)
            try:
                yield arriving
            finally:
                if arriving.whole:
                    os.utime(path, (at.timestamp(), at.timestamp()))
                else:
                    path.unlink(missing_ok=True)

    def receive(self, chunks: Iterable[bytes], at: datetime) -> Received:
        """Take in a file whole, never more than a block of it in memory."""
        with self.incoming(at) as arriving:
            for block in chunks:
                arriving.write(block)
            return arriving.received()

    @contextmanager
    def using(self, name: str) -> Iterator[Path]:
        """The path of a file that nobody deletes for its age meanwhile. Raises ``NotFound`` ``upload-gone``."""
        path = self._path(name)
        with _opened(path) as file:
            fcntl.flock(file, fcntl.LOCK_SH)
            if not _is_at(file, path):
                raise gone()
            yield path

    def plan_path(self, name: str, plan_id: str) -> Path:
        """Where the plan of a file is kept."""
        return self.directory / f"{self._path(name).name}.{plan_id}.json"

    def look_path(self, name: str, digest: str) -> Path:
        """Where it is kept what was found in a file, read in one way."""
        return self.directory / f"{self._path(name).name}.{digest}.{_LOOK}"

    def remove(self, name: str) -> None:
        """Delete a file and what lies beside it, at once: whoever has it open reads on."""
        for each in self._beside(name):
            each.unlink(missing_ok=True)

    def remove_plans(self, name: str) -> None:
        """Delete the plans of a file: they are outdated."""
        for each in self._beside(name):
            if each.name != name and not each.name.endswith(f".{_LOOK}"):
                each.unlink(missing_ok=True)

    def remove_idle(self, name: str) -> bool:
        """The same, unless somebody is using it; whether it is gone."""
        path = self._path(name)
        try:
            with path.open("rb") as file:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    return False
                self.remove(name)
        except FileNotFoundError:
            self.remove(name)
        return True

    def ask_to_stop(self, name: str) -> None:
        """Ask whoever works on a file to stop, in whatever process."""
        with suppress(OSError):
            os.close(os.open(self._stop(name), os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, 0o600))

    def is_asked_to_stop(self, name: str) -> bool:
        """Whether somebody has, or has deleted the file."""
        return self._stop(name).exists() or not self._path(name).exists()

    def heed_stop(self, name: str) -> None:
        """The wish was heard, or came too late."""
        self._stop(name).unlink(missing_ok=True)

    def remove_strays(self, known: Container[str], before: datetime) -> int:
        """Delete what is not ``known`` and was not written since ``before``; how many files.

        They are what a process left that died between writing a file and noting it, or between noting that it is to be
        deleted and doing so.
        """
        if not self.directory.is_dir():
            return 0
        written: dict[str, float] = {}
        for each in self.directory.iterdir():
            found = _NAME.match(each.name.removeprefix("."))
            if found and found[0] not in known:
                written[found[0]] = max(written.get(found[0], 0.0), _written_at(each))
        old = [name for name, at in sorted(written.items()) if at < before.timestamp()]
        return sum(self.remove_idle(name) for name in old)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Be the only worker of this place as long as the block lasts. Raises ``Busy`` ``another-server``."""
        self._ready()
        handle = os.open(self.directory / _SERVER, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            raise Busy(
                "another-server",
                f"Another server works on this database already: it holds {self.directory}.",
                hint="An embedded database has one server. Stop the other, or use PostgreSQL for several.",
            ) from None
        try:
            yield
        finally:
            os.close(handle)

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise gone()
        return self.directory / name

    def _stop(self, name: str) -> Path:
        return self.directory / f"{self._path(name).name}.stop"

    def _beside(self, name: str) -> list[Path]:
        """The file and what is named after it."""
        return sorted(self.directory.glob(f"*{self._path(name).name}*"))

    def _ready(self) -> None:
        """Make the directory; refuse one that others could look into. Raises ``InvalidInput`` ``uploads-not-private``."""
        try:
            self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            found = self.directory.lstat()
        except OSError as error:
            raise _unwritable(self.directory, error) from error
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o077:
            raise InvalidInput(
                "uploads-not-private",
                f"{self.directory} is no directory of this user alone, and uploads lie in nothing less.",
                hint=f"Set its mode with `chmod 700 {self.directory}`, or name another with STOCKTAKE_UPLOADS.",
            )


class IncomingFile:
    """A file that is arriving: written and hashed block by block, within the limit and the disk's free space."""

    def __init__(self, directory: Path, name: str, file: BinaryIO, limit: int) -> None:
        self._directory = directory
        self._name = name
        self._file = file
        self._limit = limit
        self._digest = hashlib.sha256()
        self._bytes = 0
        self._look_at = 0
        self.whole = False

    def write(self, block: bytes) -> None:
        """The next block. Raises ``InvalidInput`` ``upload-too-large``, ``Unreadable`` ``uploads-full``."""
        self._bytes += len(block)
        if self._bytes > self._limit:
            raise InvalidInput(
                "upload-too-large",
                f"The file has more than {self._limit:,} bytes, and that is the most that can be uploaded.",
                hint="Send it in parts or compressed, or raise STOCKTAKE_MAX_UPLOAD_BYTES.",
                details={"limit": self._limit},
            )
        if self._bytes > self._look_at:
            if shutil.disk_usage(self._directory).free < SPARE_BYTES + len(block):
                raise _full(self._directory)
            self._look_at = self._bytes + _LOOK_EVERY
        self._digest.update(block)
        try:
            self._file.write(block)
        except OSError as error:
            raise _unwritable(self._directory, error) from error

    def received(self) -> Received:
        """What has arrived, once it is whole: it stays."""
        try:
            self._file.flush()
        except OSError as error:
            raise _unwritable(self._directory, error) from error
        self.whole = True
        return Received(name=self._name, bytes=self._bytes, sha256=self._digest.hexdigest())


def gone(label: str = "The uploaded file", number: int | None = None) -> NotFound:
    """The refusal of a draft whose file is not there any more (UPL-3)."""
    about = f" of import {number}" if number is not None else ""
    return NotFound(
        "upload-gone",
        f"{label}{about} is not kept any more: uploads are deleted after 24 hours, and once they are imported.",
        hint="Upload the file again.",
    )


@contextmanager
def _written(path: Path) -> Iterator[BinaryIO]:
    flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        handle = os.open(path, flags, 0o600)
    except OSError as error:
        raise _unwritable(path.parent, error) from error
    with os.fdopen(handle, "wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield file


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    try:
        file = path.open("rb")
    except FileNotFoundError:
        raise gone() from None
    with file:
        yield file


def _is_at(file: BinaryIO, path: Path) -> bool:
    """Whether the open file is still the one of that name: it may have been deleted while its lock was waited for."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


def _written_at(path: Path) -> float:
    """When a file was written; 0 for one that has gone meanwhile."""
    try:
        return path.lstat().st_mtime
    except FileNotFoundError:
        return 0.0


def _full(directory: Path) -> Unreadable:
    return Unreadable(
        "uploads-full",
        f"There is no room left in {directory} for this file.",
        hint="Free some space, cancel imports that nobody needs, or name another directory with STOCKTAKE_UPLOADS.",
    )


def _unwritable(directory: Path, error: OSError) -> Unreadable:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return _full(directory)
    return Unreadable(
        "uploads-unwritable",
        f"{directory} cannot be written: {error.strerror or error}.",
        hint="Check the directory, or name another with STOCKTAKE_UPLOADS.",
    )


__all__ = ["SPARE_BYTES", "IncomingFile", "UploadDirectory", "gone"]
