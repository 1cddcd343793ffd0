"""Where rows come from: a file, or what Python hands in."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from stocktake.model.options import ReadOptions
from stocktake.ports.reader import Reading
from stocktake.readers.file import BLOCK_BYTES, HEAD_BYTES, check_file, read_blocks, read_head
from stocktake.readers.registry import open_reading


@dataclass(frozen=True, slots=True)
class FileOrigin:
    """A file, and how to read it."""

    path: Path
    options: ReadOptions

    @property
    def size(self) -> int | None:
        """Its bytes. Raises ``NotFound`` and ``Unreadable``."""
        return check_file(self.path)

    def head_digest(self) -> str | None:
        """sha256 of as much of it as readers are shown."""
        return hashlib.sha256(read_head(self.path, HEAD_BYTES)).hexdigest()

    def digest(self) -> str | None:
        """sha256 of its bytes, block by block."""
        digest = hashlib.sha256()
        for block in read_blocks(self.path, BLOCK_BYTES):
            digest.update(block)
        return digest.hexdigest()

    def open(self) -> Reading:
        """Find its format and layout."""
        return open_reading(self.path, self.options)


@dataclass(frozen=True, slots=True)
class ValueOrigin:
    """Rows handed in by Python: nothing to hash before they are read."""

    reading: Callable[[], Reading]

    @property
    def size(self) -> int | None:
        """None."""
        return None

    def head_digest(self) -> str | None:
        """None."""
        return None

    def digest(self) -> str | None:
        """None."""
        return None

    def open(self) -> Reading:
        """Their reading."""
        return self.reading()
