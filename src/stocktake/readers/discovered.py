"""What an importer discovered, read like any other source: rows of text, whose digest is that of the discovery (MED-B14)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from stocktake.ports.reader import Reading
from stocktake.readers.frame import FrameReading

#: Rows at a time: those of assets are wide, and hold their path several times over.
_BATCH_ROWS = 20_000


class DiscoveredReading(FrameReading):
    """One pass over the rows of a discovery."""

    format = "discovery"

    def __init__(self, rows: pl.DataFrame, name: str, digest: str) -> None:
        super().__init__(rows, name, batch_rows=_BATCH_ROWS)
        self._told = digest

    @property
    def sha256(self) -> str:
        """Of all that decides the rows, so that an unchanged collection is told without making them."""
        return self._told


@dataclass(slots=True, kw_only=True)
class DiscoveredOrigin:
    """A discovery. ``told``: 64 hexadecimal digits over all that decides its rows; ``rows`` makes them if needed.

    It is opened once, and lets go of ``rows`` then: a plan is made while nobody holds the discovery any more.
    """

    name: str
    told: str
    rows: Callable[[], pl.DataFrame] | None

    @property
    def size(self) -> int | None:
        """The same for all: its digest alone tells whether a discovery has changed."""
        return 0

    def head_digest(self) -> str | None:
        """The digest itself."""
        return hashlib.sha256(self.told.encode()).hexdigest()

    def digest(self) -> str | None:
        """The digest."""
        return self.told

    def open(self) -> Reading:
        """Make the rows."""
        if self.rows is None:
            raise RuntimeError("the rows of a discovery are read once")
        rows, self.rows = self.rows, None
        return DiscoveredReading(rows(), self.name, self.told)
