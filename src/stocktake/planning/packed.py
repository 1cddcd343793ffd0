"""Frames at rest: what an import needs again later and must not hold open in the meantime (REA-7)."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator

import polars as pl

#: Rows of one compressed chunk (architecture.md).
CHUNK_ROWS = 10_000
#: No more bytes than these are held in the hand until they are put on their shelves.
_HAND_BYTES = 32 * 1024 * 1024


class Packed:
    """Rows in compressed Parquet chunks, some seven times smaller than a frame in use.

    Walking over it gives the chunks, of ``rows`` rows at most, as frames, in the order they were added, as often as wanted.
    """

    __slots__ = ("_chunks", "_rows", "heights")

    def __init__(self, rows: int = CHUNK_ROWS) -> None:
        self._rows = rows
        self._chunks: list[bytes] = []
        #: Rows of each chunk.
        self.heights: list[int] = []

    @classmethod
    def of(cls, chunks: list[bytes], heights: list[int]) -> Packed:
        """Chunks that lie packed already, each with its number of rows."""
        packed = cls()
        packed._chunks, packed.heights = chunks, heights
        return packed

    def add(self, frame: pl.DataFrame) -> None:
        """Put the rows of ``frame`` behind those that are there."""
        for part in frame.iter_slices(self._rows):
            if part.height:
                self._chunks.append(pack(part))
                self.heights.append(part.height)

    def __iter__(self) -> Iterator[pl.DataFrame]:
        return map(unpack, self._chunks)

    def whole(self, schema: pl.Schema | dict[str, pl.DataType]) -> pl.DataFrame:
        """All rows as one frame, and nothing else: slices of text would keep alive what they were cut from."""
        return pl.DataFrame(pl.concat([pl.DataFrame(schema=schema), *self], rechunk=False))

    def chunks(self) -> Iterator[bytes]:
        """The chunks as they lie, one for each frame that the walk gives."""
        return iter(self._chunks)


class Pile:
    """Rows that stay at hand while a file is read, batch by batch, and keep nothing else of the batches alive."""

    __slots__ = ("_hand", "_piled", "_rows")

    def __init__(self, rows: int = 100_000) -> None:
        self._rows = rows
        self._hand: list[pl.DataFrame] = []
        self._piled: list[pl.DataFrame] = []

    def add(self, frame: pl.DataFrame) -> None:
        """Put the rows of ``frame`` behind those that are there."""
        self._hand.append(detached(frame))
        if sum(each.height for each in self._hand) >= self._rows:
            self._settle()

    def _settle(self) -> None:
        self._piled.append(pl.concat(self._hand, rechunk=True))
        self._hand = []

    def whole(self, schema: pl.Schema) -> pl.DataFrame:
        """All rows as one frame, in one piece: columns put beside pieces would have them copied. The pile is gone then."""
        if self._hand:
            self._settle()
        parts, self._piled = [pl.DataFrame(schema=schema), *self._piled], []
        return pl.concat(parts, rechunk=True)


class Shelves:
    """Rows at rest in an order of their own, though they are added in the order of the file.

    places: UInt32 by ``_row``, the place of each row that will come. So many places share a shelf that one shelf at a time
    can be put in order: what is created in the order of its keys fills every index from left to right.
    """

    __slots__ = ("_hand", "_places", "_shelves", "_size")

    def __init__(self, places: pl.Series, size: int = 50_000) -> None:
        self._places, self._size = places, size
        self._hand: list[pl.DataFrame] = []
        self._shelves = [Packed(rows=size) for _ in range(0, places.len() - places.null_count(), size)]

    def add(self, frame: pl.DataFrame) -> None:
        """Put the rows of ``frame`` (``_row`` …) where they belong; a handful at a time, or the shelves fill with crumbs."""
        self._hand.append(frame)
        rows, size = (sum(each) for each in zip(*map(_extent, self._hand), strict=True))
        if rows >= 4 * self._size or size >= _HAND_BYTES:
            self._shelve()

    def _shelve(self) -> None:
        held, self._hand = pl.concat(self._hand), []
        place = self._places.gather(held["_row"])
        placed = held.with_columns(place.alias("_place"))
        if len(self._shelves) == 1:
            self._shelves[0].add(placed)
            return
        shelf = placed["_place"] // self._size
        for number in shelf.unique().sort():
            self._shelves[int(number)].add(placed.filter(shelf == number))

    def __iter__(self) -> Iterator[pl.DataFrame]:
        if self._hand:
            self._shelve()
        for shelf in self._shelves:
            parts = list(shelf)
            if parts:
                yield pl.concat(parts).sort("_place").drop("_place")


def _extent(frame: pl.DataFrame) -> tuple[int, int]:
    """Rows, and bytes."""
    return frame.height, int(frame.estimated_size())


def handfuls(frames: Iterable[pl.DataFrame], hand: int) -> Iterator[pl.DataFrame]:
    """The rows of ``frames`` in frames of some ``hand`` rows, however thin they come: each frame has its price, too."""
    held: list[pl.DataFrame] = []
    for each in frames:
        held.append(each)
        if sum(one.height for one in held) >= hand:
            yield pl.concat(held)
            held = []
    if any(each.height for each in held):
        yield pl.concat(held)


def detached(frame: pl.DataFrame) -> pl.DataFrame:
    """The same rows with texts and bytes of their own: those of a filtered frame keep alive all that it was cut from."""
    return frame.with_columns(
        *(pl.concat_str(name, pl.lit("")).alias(name) for name in _of_type(frame, pl.String)),
        *(pl.col(name).bin.slice(0) for name in _of_type(frame, pl.Binary)),
    )


def _of_type(frame: pl.DataFrame, wanted: type[pl.DataType]) -> list[str]:
    return [name for name, dtype in frame.schema.items() if dtype == wanted]


def pack(frame: pl.DataFrame) -> bytes:
    """A frame as Parquet."""
    buffer = io.BytesIO()
    frame.write_parquet(buffer, compression="zstd", compression_level=1, statistics=False)
    return buffer.getvalue()


def unpack(content: bytes, columns: list[str] | None = None) -> pl.DataFrame:
    """The frame that :func:`pack` made into ``content``, or only some of its columns."""
    return pl.read_parquet(io.BytesIO(content), columns=columns)


def unpack_all(contents: list[bytes], columns: list[str]) -> pl.DataFrame:
    """Some columns of frames that :func:`pack` made, all of one schema, one below the other: as one they cost a third."""
    return pl.read_parquet(contents, columns=columns)
