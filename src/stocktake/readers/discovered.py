"""What an importer discovered, read like any other source: rows of text, whose digest is that of the discovery (MED-B14)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from stocktake.ports.reader import Reading
from stocktake.readers.frame import FrameReading


class DiscoveredReading(FrameReading):
    """One pass over the rows of a discovery."""

    format = "discovery"

    def __init__(self, rows: pl.DataFrame, name: str, digest: str) -> None:
        super().__init__(rows, name)
        self._told = digest

    @property
    def sha256(self) -> str:
        """Of all that decides the rows, so that an unchanged collection is told without making them."""
        return self._told


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscoveredOrigin:
    """A discovery. ``told``: 64 hexadecimal digits over all that decides its rows; ``rows`` makes them if needed."""

    name: str
    told: str
    rows: Callable[[], pl.DataFrame]

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
        return DiscoveredReading(self.rows(), self.name, self.told)
