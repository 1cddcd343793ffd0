"""A packed file, read as what is in it (REA-1). Its digest is that of the file as given."""

from __future__ import annotations

import hashlib
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import polars as pl

from stocktake.model.errors import InvalidInput, Refusal, Unreadable
from stocktake.ports.reader import Layout, Reading
from stocktake.readers.archive import Unpacked, unpack
from stocktake.readers.file import FILE_LIMIT, check_file, read_blocks
from stocktake.readers.inner import InnerReading


class UnpackedReading(InnerReading):
    """One pass over what is in ``path``. The private file goes with the last batch, or with this reading.

    ``open_inner`` opens the unpacked file; ``member`` says which it is, where there are several. Refusals name the file that
    was given.
    """

    def __init__(
        self,
        path: Path,
        kind: str,
        open_inner: Callable[[Path], Reading],
        limit: int = FILE_LIMIT,
        *,
        member: str | None = None,
    ) -> None:
        check_file(path, limit)
        digest = hashlib.sha256()
        for block in read_blocks(path):
            digest.update(block)
        self._sha256, self._kind, self._path = digest.hexdigest(), kind, path
        self._unpacked = unpack(path, kind, limit, member)
        self._remove = weakref.finalize(self, self._unpacked.path.unlink, missing_ok=True)
        try:
            with _named(path, self._unpacked):
                self._reading = open_inner(self._unpacked.path)
        except BaseException:
            self._remove()
            raise

    @property
    def layout(self) -> Layout:
        """That of the file inside, how it is packed, and what else there is."""
        found = self._unpacked
        return replace(
            self._reading.layout, compression=self._kind, member=found.member, members=found.members
        )

    @property
    def sha256(self) -> str:
        """Of the bytes of the file as given, packed."""
        return self._sha256

    def batches(self) -> Iterator[pl.DataFrame]:
        """The rows of the file inside."""
        try:
            with _named(self._path, self._unpacked):
                yield from self._reading.batches()
        finally:
            self._remove()


@contextmanager
def _named(path: Path, unpacked: Unpacked) -> Iterator[None]:
    try:
        yield
    except (Unreadable, InvalidInput) as refusal:
        _rename(refusal, path, unpacked)


def _rename(refusal: Refusal, path: Path, unpacked: Unpacked) -> NoReturn:
    """The same refusal with the name that people know in the place of the private one."""
    inner = str(unpacked.path)
    shown = f"{path} ({unpacked.member})" if unpacked.member else str(path)
    details = {key: str(path) if value == inner else value for key, value in refusal.details.items()}
    raise type(refusal)(
        refusal.code, refusal.message.replace(inner, shown), hint=refusal.hint, details=details
    ) from None
