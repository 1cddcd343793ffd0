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
from stocktake.readers.jsontext import Place
from stocktake.readers.nested import column_places, label, parted
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
        self._columns = column_places(spool.places, spool.filled)
        super().__init__(tuple(map(label, self._columns)), name)
        self._positions, self._parts = spool.places, spool.parts

    def tables(self) -> Iterator[pl.DataFrame]:
        """The cells as text; "" where an item lacks the key."""
        names = [f"c{self._positions[place]}" for place in self._columns]
        while self._parts:
            part = unpack(self._parts.popleft())
            cells = (pl.col(name) if name in part.columns else pl.lit("") for name in names)
            yield part.select(FAULT, *(each.alias(f"c{place}") for place, each in enumerate(cells)))


class _Spool:
    """Items put aside: the places of their values so far, and their cells as packed frames of ``c0`` … and ``_fault``.

    ``places`` are as :func:`nested.parted` gives them, in order; ``filled``: those at which some item says something.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._keys: dict[str, None] = {}
        self.places: dict[Place, int] = {}
        self.filled: set[Place] = set()
        self.parts: deque[bytes] = deque()

    def add(self, items: list[Any], start: int) -> None:
        """Put ``items`` behind the ``start`` that are there."""
        for place, item in enumerate(items, start + 1):
            if not isinstance(item, Mapping):
                raise self._refuse_item(item, place)
        for key in dict.fromkeys(chain.from_iterable(items)):
            if key not in self._keys:
                self._add_key(key, items, start)
        faults: dict[int, str] = {}
        columns = [
            self._cells(place, values, start, faults)
            for key in self._keys
            for place, values in parted([item.get(key) for item in items], (key,))
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
        self._keys[key] = None

    def _cells(self, place: Place, values: list[Any], start: int, faults: dict[int, str]) -> pl.Series:
        try:
            cells = column_text(values, faults)
        except NoText as error:
            kind, item = error.args[0], start + 1 + error.args[1]
            raise InvalidInput(
                "column-not-text",
                f"Item {item:,} of {self._name} holds {kind} under {label(place)!r}, which has no text.",
                hint="Turn it into text before handing the items in.",
                details={"item": item, "column": label(place), "type": kind},
            ) from None
        position = self.places.setdefault(place, len(self.places))
        if place not in self.filled and (cells != "").any():
            self.filled.add(place)
        return cells.alias(f"c{position}")

    def _refuse_item(self, item: Any, place: int) -> InvalidInput:
        kind = type(item).__name__
        return InvalidInput(
            "source-not-readable",
            f"Item {place:,} of {self._name} is of type {kind}, not a mapping such as a dict.",
            hint="Each item is one row: a mapping from the column's name to its value.",
            details={"item": place, "type": kind},
        )
