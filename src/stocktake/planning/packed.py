"""Frames at rest: what an import needs again later and must not hold open in the meantime (REA-7)."""

from __future__ import annotations

import io
from collections.abc import Iterator

import polars as pl

#: Rows of one compressed chunk (architecture.md).
CHUNK_ROWS = 10_000


class Packed:
    """Rows in compressed Parquet chunks, some seven times smaller than a frame in use.

    Walking over it gives the chunks, of ``rows`` rows at most, as frames, in the order they were added, as often as wanted.
    """

    __slots__ = ("_chunks", "_rows", "height")

    def __init__(self, rows: int = CHUNK_ROWS) -> None:
        self._rows = rows
        self._chunks: list[bytes] = []
        self.height = 0

    def add(self, frame: pl.DataFrame) -> None:
        """Put the rows of ``frame`` behind those that are there."""
        self._chunks += [pack(part) for part in frame.iter_slices(self._rows) if part.height]
        self.height += frame.height

    def __iter__(self) -> Iterator[pl.DataFrame]:
        return map(unpack, self._chunks)

    def whole(self, schema: pl.Schema | dict[str, pl.DataType]) -> pl.DataFrame:
        """All rows as one frame, and nothing else: slices of text would keep alive what they were cut from."""
        return pl.DataFrame(pl.concat([pl.DataFrame(schema=schema), *self], rechunk=False))

    def chunks(self) -> Iterator[bytes]:
        """The chunks as they lie, one for each frame that the walk gives."""
        return iter(self._chunks)


def pack(frame: pl.DataFrame) -> bytes:
    """A frame as Parquet."""
    buffer = io.BytesIO()
    frame.write_parquet(buffer, compression="zstd", compression_level=1, statistics=False)
    return buffer.getvalue()


def unpack(content: bytes) -> pl.DataFrame:
    """The frame that :func:`pack` made into ``content``."""
    return pl.read_parquet(io.BytesIO(content))
