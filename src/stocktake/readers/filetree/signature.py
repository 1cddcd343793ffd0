"""What a file's content is told by: a quick signature, which never proves that it is the same, and a full hash (MED-D5).

Reading is the slow part, so a few threads read at a time; hashing leaves the others running.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import Any

from stocktake.model.errors import Unreadable
from stocktake.model.media import Failure, HashPolicy
from stocktake.readers.filetree.trouble import file_failure

#: Bytes that are read at the start, the middle and the end.
SAMPLE = 64 * 1024
#: Files read at the same time.
READERS = 4
_PIECE = 1 << 20
#: As many files wait for a thread.
_AHEAD = 1000
_OPEN = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """A file as the walk saw it."""

    path: bytes
    size: int
    mtime_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What reading a file gave.

    ``is_stable`` false: it was not as the walk saw it, or changed while it was read, and nothing else is said.
    ``failure``: it could not be read.
    """

    quick: str | None = None
    strong: str | None = None
    is_stable: bool = True
    failure: Failure | None = None


def signatures(files: Iterable[Expected], policy: HashPolicy) -> Iterator[Content]:
    """One for each file, in their order.

    Raises ``Unreadable`` ``blake3-missing`` where the collection asks for a hash that is not installed.
    """
    new, ahead = hasher(policy), iter(files)
    with ThreadPoolExecutor(READERS, thread_name_prefix="hash") as pool:
        while some := list(islice(ahead, _AHEAD)):
            yield from pool.map(lambda file: _content(file, new), some)


def hasher(policy: HashPolicy) -> Callable[[], Any]:
    """What makes a hash object; sha256 where the collection asks for none. Raises as :func:`signatures`."""
    if policy is not HashPolicy.BLAKE3:
        return hashlib.sha256
    try:
        from blake3 import blake3
    except ImportError as error:
        raise Unreadable(
            "blake3-missing",
            "The collection asks for blake3, which is not installed.",
            hint="Install stocktake[media], or set the collection to --hash sha256.",
        ) from error
    return blake3


def _content(file: Expected, new: Callable[[], Any]) -> Content:
    try:
        fd = os.open(file.path, _OPEN)
    except OSError as error:
        return Content(failure=file_failure(os.fsdecode(file.path), error))
    try:
        if not _is_as_expected(fd, file):
            return Content(is_stable=False)
        quick, strong = quick_signature(fd, file.size), _strong(fd, new)
        return Content(quick=quick, strong=strong) if _is_as_expected(fd, file) else Content(is_stable=False)
    except OSError as error:
        return Content(failure=file_failure(os.fsdecode(file.path), error))
    finally:
        os.close(fd)


def _is_as_expected(fd: int, file: Expected) -> bool:
    found = os.fstat(fd)
    return stat.S_ISREG(found.st_mode) and (found.st_size, found.st_mtime_ns) == (file.size, file.mtime_ns)


def quick_signature(fd: int, size: int) -> str:
    """sha256 over head, middle, tail and size, 64 hexadecimal digits; of a small file, over all of it."""
    told = hashlib.sha256(size.to_bytes(8, "big"))
    places = (0,) if size <= 3 * SAMPLE else (0, (size - SAMPLE) // 2, size - SAMPLE)
    for place in places:
        told.update(os.pread(fd, 3 * SAMPLE if len(places) == 1 else SAMPLE, place))
    return told.hexdigest()


def _strong(fd: int, new: Callable[[], Any]) -> str:
    told, place = new(), 0
    while piece := os.pread(fd, _PIECE, place):
        told.update(piece)
        place += len(piece)
    return str(told.hexdigest())
