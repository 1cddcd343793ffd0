"""Rows that Python hands in one by one: a list, a generator, whatever gives mappings (REA-1, REA-7)."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, islice
from typing import Any

import polars as pl

from stocktake.model.errors import InvalidInput
from stocktake.planning.packed import CHUNK_ROWS, pack, unpack
from stocktake.readers.cell_table import FAULT, CellTable
from stocktake.readers.python_value import NoText, column_text


class ItemReading(CellTable):
    """One pass over an iterable of mappings. The labels are all keys, in the order in which they first appear.

    All labels are known only at the end; so the items are read when the reading is made, so many at a time, and put aside
    as packed text. Each part of it is forgotten as soon as it was given.
    """

    format = "items"

    def __init__(self, items: Iterable[Any], name: str, *, batch_rows: int = CHUNK_ROWS) -> None:
        spool = _Spool(name)
        walk, start = iter(items), 0
        while batch := list(islice(walk, batch_rows)):
            spool.add(batch, start)
            start += len(batch)
        super().__init__(tuple(spool.keys), name)
        self._parts = spool.parts

    def tables(self) -> Iterator[pl.DataFrame]:
        """The cells as text; "" where an item lacks the key."""
        columns = [f"c{position}" for position in range(len(self._header))]
        while self._parts:
            part = unpack(self._parts.popleft())
            missing = [pl.lit("").alias(name) for name in columns if name not in part.columns]
            yield part.with_columns(missing)


class _Spool:
    """Items put aside: their keys so far, in order, and their cells as packed frames of ``c0`` … and ``_fault``."""

    def __init__(self, name: str) -> None:
        self._name = name
        self.keys: dict[str, int] = {}
        self.parts: deque[bytes] = deque()

    def add(self, items: list[Any], start: int) -> None:
        """Put ``items`` behind the ``start`` that are there."""
        for place, item in enumerate(items, start + 1):
            if not isinstance(item, Mapping):
                raise self._refuse_item(item, place)
        for key in dict.fromkeys(chain.from_iterable(items)):
            if key not in self.keys:
                self._add_key(key, items, start)
        faults: dict[int, str] = {}
        columns = [
            self._cells(key, items, start, faults).alias(f"c{position}")
            for key, position in self.keys.items()
        ]
        told = pl.Series(FAULT, [faults.get(place) for place in range(len(items))], dtype=pl.String)
        self.parts.append(pack(pl.DataFrame([*columns, told])))

    def _add_key(self, key: Any, items: list[Any], start: int) -> None:
        if not isinstance(key, str):
            place = start + 1 + next(place for place, item in enumerate(items) if key in item)
            raise InvalidInput(
                "source-not-readable",
                f"Item {place:,} of {self._name} has the key {key!r}. Keys name columns: they must be text.",
                hint="Turn the keys into text before handing the items in.",
                details={"item": place, "key": repr(key)},
            )
        self.keys[key] = len(self.keys)

    def _cells(self, key: str, items: list[Any], start: int, faults: dict[int, str]) -> pl.Series:
        try:
            return column_text([item.get(key) for item in items], faults)
        except NoText as error:
            kind, place = error.args[0], start + 1 + error.args[1]
            raise InvalidInput(
                "column-not-text",
                f"Item {place:,} of {self._name} holds {kind} under {key!r}, which has no text.",
                hint="Turn it into text before handing the items in.",
                details={"item": place, "column": key, "type": kind},
            ) from None

    def _refuse_item(self, item: Any, place: int) -> InvalidInput:
        kind = type(item).__name__
        return InvalidInput(
            "source-not-readable",
            f"Item {place:,} of {self._name} is of type {kind}, not a mapping such as a dict.",
            hint="Each item is one row: a mapping from the column's name to its value.",
            details={"item": place, "type": kind},
        )
