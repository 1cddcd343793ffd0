"""What the operating system refused, as a failure with a stable code and a sentence (MED-D10)."""

from __future__ import annotations

import errno
import os

from stocktake.media.raw_path import shown
from stocktake.model.media import Failure

#: Errors that waiting does not heal.
LASTING = frozenset({errno.EACCES, errno.EPERM, errno.ENOENT, errno.ELOOP, errno.ENOTDIR, errno.ENAMETOOLONG})

_FOLDER = {
    errno.ENOENT: ("folder-vanished", "The folder was there when its parent was listed, and is gone."),
    errno.ELOOP: ("folder-changed", "The folder was exchanged for a link while it was looked at."),
    errno.ENOTDIR: ("folder-changed", "The folder was exchanged for something else while it was looked at."),
}
_FILE = {errno.ENOENT: ("file-vanished", "The file was there when its folder was listed, and is gone.")}
_LINK = {
    errno.ENOENT: ("link-broken", "The link leads to nothing."),
    errno.ELOOP: ("link-loop", "The link leads back to itself."),
}


def folder_failure(path: str, error: OSError) -> Failure:
    """A folder that could not be listed."""
    return _failure(path, error, _FOLDER, ("folder-unreadable", "The folder cannot be read"))


def file_failure(path: str, error: OSError) -> Failure:
    """A file that could not be looked at."""
    return _failure(path, error, _FILE, ("file-unreadable", "The file cannot be read"))


def link_failure(path: str, error: OSError) -> Failure:
    """A link that could not be followed."""
    return _failure(path, error, _LINK, ("link-unreadable", "The link cannot be followed"))


def _failure(
    path: str, error: OSError, known: dict[int, tuple[str, str]], otherwise: tuple[str, str]
) -> Failure:
    code, sentence = known.get(error.errno or 0, otherwise)
    if (code, sentence) == otherwise:
        sentence = f"{sentence}: {error.strerror or 'no reason given'}."
    return Failure(where=shown(os.fsencode(path)), code=code, sentence=sentence)
