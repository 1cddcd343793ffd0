"""Records put aside as they come: their columns are all known only at the end (REA-1, REA-7)."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator
from typing import Any

import polars as pl

from stocktake.model.problem import Warning
from stocktake.planning.packed import CHUNK_ROWS, pack, unpack
from stocktake.readers.file import CELL_LIMIT
from stocktake.readers.header import label_warnings
from stocktake.readers.jsontext import Columns, Place, clean_label

#: Records are packed at the latest when they took up so many characters.
_CHUNK_SIZE = 8 * 1024 * 1024
#: Where a value lies that is no record, in a table of keys and their values.
VALUE: Place = ("",)
_NO_RECORD = "not-an-object"
#: Of rows, beside their cells.
_KEY, _LINE, _FAULT = "_key", "_line", "_fault"


class Table:
    """The records of one array, of one object's members (``keyed``), or of the lines of a file.

    Objects are records; anything else is a row with the fault ``not-an-object``. ``common``: in how many of the objects the
    most frequent key stands.
    """

    def __init__(
        self, *, keyed: bool = False, chunk_rows: int = CHUNK_ROWS, cell_bytes: int = CELL_LIMIT
    ) -> None:
        self.keyed, self._chunk_rows, self._cell_bytes = keyed, chunk_rows, cell_bytes
        self.rows = self.objects = 0
        self._columns: dict[Place, int] = {}
        self._filled: set[Place] = set()
        self._frequent: Counter[str] = Counter()
        self._parts: deque[bytes] = deque()
        self._hand: list[Any] = []
        self._lines: list[int] = []
        self._keys: list[str] = []
        self._faults: dict[int, str] = {}
        self._size = 0
        self.digits = 0

    def add(self, value: Any, size: int, *, line: int = 0, key: str = "", fault: str | None = None) -> None:
        """Put a value behind those that are there; it took up ``size`` characters. ``line`` is its position where 0."""
        place = len(self._hand)
        self.rows += 1
        if type(value) is dict:
            self.objects += 1
        else:
            fault = fault or _NO_RECORD
            value = {VALUE[0]: value} if self.keyed else {}
        if fault is not None:
            self._faults[place] = fault
        if self.keyed:
            self._keys.append(key)
            self.digits += any(map(str.isdigit, key))
        self._hand.append(value)
        self._lines.append(line or self.rows)
        self._size += size
        if place + 1 >= self._chunk_rows or self._size >= _CHUNK_SIZE:
            self._shelve()

    @property
    def common(self) -> int:
        """How many objects hold the key that most of them hold."""
        self._shelve()
        return max((count for key, count in self._frequent.items() if key not in VALUE), default=0)

    def labels(self) -> dict[Place, str]:
        """Place → label of the columns that are any: an object is none, unless some rows have a plain value there."""
        self._shelve()
        parents = {place[:depth] for place in self._columns for depth in range(1, len(place))}
        return {
            place: clean_label(".".join(place))
            for place in self._columns
            if place in self._filled or place not in parents
        }

    def cells(self, places: list[Place]) -> Iterator[pl.DataFrame]:
        """``_key``, ``_line``, ``_fault`` and the cells at ``places`` as ``c0`` …; each part is forgotten once given."""
        self._shelve()
        while self._parts:
            part = unpack(self._parts.popleft())
            found = set(part.columns)
            names = [f"p{self._columns[place]}" if place in self._columns else "" for place in places]
            yield part.select(
                _KEY,
                _LINE,
                _FAULT,
                *(
                    (pl.col(name) if name in found else pl.lit("")).alias(f"c{at}")
                    for at, name in enumerate(names)
                ),
            )

    def as_values(self) -> None:
        """Take the values for the rows, not for what is wrong with them: keys and plain values are a table, too."""
        self._shelve()
        clear = pl.when(pl.col(_FAULT) != _NO_RECORD).then(_FAULT).alias(_FAULT)
        self._parts = deque(pack(unpack(part).with_columns(clear)) for part in self._parts)

    def _shelve(self) -> None:
        if not self._hand:
            return
        for shape, count in Counter(map(tuple, self._hand)).items():
            self._frequent.update(dict.fromkeys(shape, count))
        columns = Columns(self._hand, self._cell_bytes)
        for place in columns.cells:
            self._columns.setdefault(place, len(self._columns))
        self._filled |= columns.filled
        faults = columns.faults | self._faults
        told = pl.Series(_FAULT, [faults.get(row) for row in range(len(self._hand))], dtype=pl.String)
        keys = [clean_label(key) for key in self._keys] or [""] * len(self._hand)
        cells = (cells.alias(f"p{self._columns[place]}") for place, cells in columns.cells.items())
        self._parts.append(
            pack(
                pl.DataFrame([pl.Series(_KEY, keys), pl.Series(_LINE, self._lines, pl.UInt32), told, *cells])
            )
        )
        self._hand, self._lines, self._keys, self._faults, self._size = [], [], [], {}, 0


class Rows:
    """The rows of some tables under one header.

    Where they stand one behind the other (``union``) the first column is the name of each. In a keyed table it is the key.
    """

    def __init__(self, tables: dict[str, Table], *, union: bool = False) -> None:
        keyed = not union and all(table.keyed for table in tables.values())
        self._tables, self._union, self._keyed = tables, union, keyed
        labels: dict[Place, str] = {}
        for table in tables.values():
            labels |= table.labels()
        if keyed and any(table.objects for table in tables.values()):
            labels.pop(VALUE, None)
        self._places = list(labels)
        found = list(labels.values())
        if keyed and labels.get(VALUE) == "":
            found[self._places.index(VALUE)] = _free("value", found)
        first = "array" if union else "key" if keyed else None
        self.header = (*([_free(first, found)] if first else []), *found)
        self.count = sum(table.rows for table in tables.values())

    def warnings(self) -> tuple[Warning, ...]:
        """Of the labels."""
        return label_warnings(self.header, 1)

    def batches(self) -> Iterator[pl.DataFrame]:
        """Frames as :mod:`stocktake.ports.reader` says."""
        start = 0
        for name, table in self._tables.items():
            for part in table.cells(self._places):
                yield self._batch(part, name, start)
                start += part.height

    def _batch(self, part: pl.DataFrame, name: str, start: int) -> pl.DataFrame:
        row = pl.int_range(start, start + pl.len(), dtype=pl.UInt32).alias("_row")
        cells = [f"c{at}" for at in range(len(self._places))]
        line = (row + 1).cast(pl.UInt32).alias(_LINE) if self._union else pl.col(_LINE)
        if self._union or self._keyed:
            first = pl.lit(clean_label(name)) if self._union else pl.col(_KEY)
            shifted = [pl.col(cell).alias(f"c{at}") for at, cell in enumerate(cells, 1)]
            return part.select(row, line, _FAULT, first.alias("c0"), *shifted)
        return part.select(row, line, _FAULT, *cells)


def _free(label: str, labels: list[str]) -> str:
    """The label, or it with a number where it is taken."""
    return next(
        name
        for name in (label, *(f"{label}_{count}" for count in range(2, len(labels) + 3)))
        if name not in labels
    )
