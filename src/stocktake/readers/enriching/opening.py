"""Opens what should be a file, in the child; what is none, or is not there, is told in words."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from stocktake.media.unfit import Unfit


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """The bytes of ``path``. Raises ``Unfit``: ``file-gone``, ``file-unreadable``, ``not-a-file``.

    A pipe or a device is not opened, and cannot be waited for.
    """
    with reading():
        _refuse_other_kinds(path.stat().st_mode)
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb", buffering=0) as file:
            _refuse_other_kinds(os.fstat(descriptor).st_mode)
            yield file


@contextmanager
def reading() -> Iterator[None]:
    """What the operating system says against a file, as ``Unfit``."""
    try:
        yield
    except (FileNotFoundError, NotADirectoryError):
        raise Unfit("file-gone", "is not there any more; ingest the collection again") from None
    except PermissionError:
        raise Unfit(
            "file-unreadable", "may not be read by the user that Stocktake runs as; permit it"
        ) from None
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise Unfit("file-unreadable", f"cannot be read ({why}); see to its disk or its share") from None


def refuse_empty(file: BinaryIO) -> None:
    """Raises ``Unfit`` ``not-media`` for a file without a byte."""
    if os.fstat(file.fileno()).st_size == 0:
        raise Unfit("not-media", "is empty; copy it anew, or take it out of the collection")


def _refuse_other_kinds(mode: int) -> None:
    if stat.S_ISREG(mode):
        return
    what = "a folder" if stat.S_ISDIR(mode) else "a pipe" if stat.S_ISFIFO(mode) else "a device or a socket"
    raise Unfit("not-a-file", f"is {what} and no file; take it out of the collection")
