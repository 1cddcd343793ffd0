"""One film in several files: ``cd1`` and ``cd2`` of one name in one folder are one item, in order."""

from __future__ import annotations

from collections.abc import Iterable

from stocktake.media.name import MediaName
from stocktake.media.release import part_of
from stocktake.media.title import lowered


def stacked(files: Iterable[tuple[str, MediaName]]) -> list[tuple[str, ...]]:
    """The paths as items, each with its files in the order of their parts; items in the order of their first file.

    Files are one item where their paths differ in the number of the part alone and the parts count from 1 without gap or
    repetition. All others stand for themselves: half a film is better seen than hidden.
    """
    groups: dict[tuple[str, ...], dict[int, list[str]]] = {}
    for path, name in files:
        group = groups.setdefault(_without_part(path, name), {})
        group.setdefault(name.part or 0, []).append(path)
    items: list[tuple[str, ...]] = []
    for parts in groups.values():
        numbers = sorted(parts)
        if numbers == list(range(1, len(numbers) + 1)) and all(len(each) == 1 for each in parts.values()):
            items.append(tuple(parts[number][0] for number in numbers))
        else:
            items += [(path,) for paths in parts.values() for path in paths]
    return items


def _without_part(path: str, name: MediaName) -> tuple[str, ...]:
    """What files of one item have alike; of a file that is no part, its path."""
    folder, _, file = path.rpartition("/")
    stem = lowered(file.removesuffix(f".{file.rpartition('.')[2]}") if name.extension else file)
    found = part_of(stem) if name.part is not None else None
    if found is None:
        return (path,)
    start, end, _ = found
    return folder, stem[:start], stem[end:], name.extension or ""
