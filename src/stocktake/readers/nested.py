"""Mappings among the values that Python hands in: as in files, a column for each of their keys (REA-1)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any

from stocktake.readers.jsontext import DEPTH, Place


def parted(values: list[Any], place: Place) -> Iterator[tuple[Place, list[Any]]]:
    """The columns of some values, each with its place: one for each key of the mappings, then the values that are none.

    A mapping with a key that is no text stays a value.

    >>> list(parted([{"name": "Bo"}, "x", None], ("owner",)))
    [(('owner', 'name'), ['Bo', None, None]), (('owner',), [None, 'x', None])]
    """
    kinds = {kind for kind in set(map(type, values)) if issubclass(kind, Mapping)}
    if kinds and len(place) < DEPTH:
        within = [value if type(value) in kinds and _has_labels(value) else None for value in values]
        objects = [each for each in within if each is not None]
        for key in dict.fromkeys(chain.from_iterable(objects)):
            yield from parted([None if each is None else each.get(key) for each in within], (*place, key))
        values = [value if each is None else None for value, each in zip(values, within, strict=True)]
    yield place, values


def _has_labels(value: Mapping[Any, Any]) -> bool:
    return all(isinstance(key, str) for key in value)


def column_places(found: Iterable[Place], filled: set[Place]) -> list[Place]:
    """Those of the places ``found`` that are columns, in order of first appearance, however many rows were read at a time.

    A mapping is no column, unless some rows have a plain value there; then what the mapping holds comes first.
    """
    places = list(found)
    parents = {place[:depth] for place in places for depth in range(1, len(place))}
    seen: dict[Place, int] = {}
    for place in places:
        for depth in range(1, len(place) + 1):
            seen.setdefault(place[:depth], len(seen))
    columns = [place for place in places if place in filled or place not in parents]
    return sorted(
        columns,
        key=lambda place: (*(seen[place[:depth]] for depth in range(1, len(place) + 1)), len(seen)),
    )


def label(place: Place) -> str:
    """The name of a column: ``owner.name``."""
    return ".".join(place)
