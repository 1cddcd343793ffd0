"""Where the records of a JSON document are: in an array, in several, or under their keys (REA-1)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from stocktake.model.errors import InvalidInput, Unreadable
from stocktake.readers.jsonstream import LARGE, JsonStream
from stocktake.readers.jsontable import Rows, Table

#: An object within an object that is larger than this is looked into piece by piece.
_WITHIN = 512 * 1024
#: An object of more objects than this holds records by their keys, and is no wrapper of a few parts.
_PARTS = 50
#: The name of the document's own members, where they are the records; and of all arrays together.
KEYED, ALL = ".", "*"


class Level:
    """An object of the document, and what its members are: arrays, records under keys, objects to look into."""

    def __init__(self, chunk_rows: int, cell_bytes: int) -> None:
        self._sizes = chunk_rows, cell_bytes
        self.arrays: dict[str, Table] = {}
        self.keyed = Table(keyed=True, chunk_rows=chunk_rows, cell_bytes=cell_bytes)
        self.large: dict[str, Level] = {}
        self._parts: dict[str, dict[str, Any]] = {}

    def array(self, key: str) -> Table:
        """A table for the array at ``key``."""
        name, count = key, 2
        while name in self.arrays:
            name, count = f"{key} ({count})", count + 1
        chunk_rows, cell_bytes = self._sizes
        return self.arrays.setdefault(name, Table(chunk_rows=chunk_rows, cell_bytes=cell_bytes))

    def inner(self, key: str) -> Level:
        """A level for an object that is too large to be one record."""
        return self.large.setdefault(key, Level(*self._sizes))

    def keep(self, key: str, value: Any, size: int, *, twice: bool = False) -> None:
        """A member that is no array."""
        self.keyed.add(value, size, key=key, fault="duplicate-key" if twice else None)
        if self._is_large:
            self._parts.clear()
        elif type(value) is dict:
            self._parts[key] = value

    def add(self, key: str, value: Any) -> None:
        """A member of an object that is at hand."""
        if isinstance(value, list):
            table = self.array(key)
            for each in value:
                table.add(each, 0)
        else:
            self.keep(key, value, 0)

    @property
    def parts(self) -> dict[str, Level]:
        """The objects to look into, where there are few."""
        found: dict[str, Level] = {}
        for key, value in self._parts.items():
            found[key] = Level(*self._sizes)
            for name, each in value.items():
                found[key].add(name, each)
        return found | self.large

    @property
    def is_keyed(self) -> bool:
        """Whether the members are records: several objects, most of which share a key.

        An object so large that it was walked over is a part among few, and no record.
        """
        alike = self.keyed.common > 1 and 2 * self.keyed.common >= self.keyed.objects
        return alike and (self._is_large or not self.large)

    @property
    def _is_large(self) -> bool:
        return self.keyed.objects > _PARTS


def read_object(stream: JsonStream, level: Level) -> None:
    """Walk over an object, which begins here, and put what it holds into ``level``."""
    stream.take("{")
    if stream.peek() == "}":
        stream.take("}")
        return
    while True:
        if stream.peek() != '"':
            raise stream.broken("expecting property name enclosed in double quotes")
        key = stream.value()
        stream.take(":")
        follows = stream.peek()
        if follows == "[":
            read_array(stream, level.array(key))
        else:
            value = stream.value(_WITHIN if follows == "{" else 0)
            if value is LARGE:
                read_object(stream, level.inner(key))
            else:
                level.keep(key, value, stream.size, twice=stream.twice)
        if stream.closes("}"):
            return


def read_array(stream: JsonStream, table: Table) -> None:
    """Walk over an array, which begins here, and put its elements into ``table``."""
    stream.take("[")
    if stream.peek() == "]":
        stream.take("]")
        return
    while True:
        value = stream.value()
        table.add(value, stream.size, fault="duplicate-key" if stream.twice else None)
        if stream.closes("]"):
            return


def chosen(root: Level, wanted: str | None, path: Path) -> tuple[Rows, str | None, tuple[str, ...]]:
    """The rows to read, the name of where they are, and all names there are.

    Raises ``Unreadable`` (``several-arrays``, ``not-a-table``) and ``InvalidInput`` (``unknown-sheet``).
    """
    found = _tables(root)
    names = tuple(found)
    arrays = {name: table for name, table in found.items() if not table.keyed}
    if wanted == ALL and arrays:
        return Rows(arrays, union=True), ALL, names
    if wanted is not None:
        every = found | _arrays(root)
        fitting = [name for name in every if wanted in (name, name.rpartition(".")[2])]
        name = wanted if wanted in every else fitting[0] if len(fitting) == 1 else None
        if name is None:
            raise _missing(path, wanted, tuple(every))
        return _rows(every[name]), name, names
    if not names:
        raise no_table(path)
    if len(names) > 1:
        raise _several(path, names)
    if root.is_keyed and root.large:
        raise _too_long(path, next(iter(root.large)))
    return _rows(found[names[0]]), names[0], names


def no_table(path: Path) -> Unreadable:
    """The refusal of JSON in which there are no records."""
    return Unreadable(
        "not-a-table",
        f"{path} is JSON, but neither an array of objects nor an object that holds one.",
        hint='Export a list of records, such as [{"id": 1}, {"id": 2}].',
        details={"path": str(path)},
    )


def _rows(table: Table) -> Rows:
    if table.keyed and not table.objects:
        table.as_values()
    return Rows({"": table})


def _tables(level: Level, prefix: str = "") -> dict[str, Table]:
    """What could be meant by the records of ``level``: its arrays of objects; its members; what lies in its parts."""
    arrays = {prefix + key: table for key, table in level.arrays.items() if table.objects}
    if level.is_keyed:
        return arrays | {prefix.removesuffix(".") or KEYED: level.keyed}
    if arrays:
        return arrays
    parts = level.parts
    found = {
        name: table for key, part in parts.items() for name, table in _tables(part, f"{prefix}{key}.").items()
    }
    if found:
        return found
    empty = {prefix + key: table for key, table in level.arrays.items() if not table.rows}
    if empty:
        return empty
    members = level.keyed
    plain = not members.objects and members.rows and not level.arrays and (not prefix or members.rows > 1)
    if (
        (plain or members.objects == members.rows == 1)
        and not level.large
        and 2 * members.digits > members.rows
    ):
        return {prefix.removesuffix(".") or KEYED: members}
    return {}


def _arrays(level: Level, prefix: str = "") -> dict[str, Table]:
    """All arrays of objects, however deep."""
    found = {prefix + key: table for key, table in level.arrays.items() if table.objects or not table.rows}
    for key, part in level.parts.items():
        found |= _arrays(part, f"{prefix}{key}.")
    return found


def _missing(path: Path, wanted: str, names: tuple[str, ...]) -> InvalidInput:
    return InvalidInput(
        "unknown-sheet",
        f"{path} holds no array of objects named {wanted!r}.",
        hint=f"It holds: {', '.join(names) or 'none'}.",
        details={"path": str(path), "sheet": wanted, "arrays": list(names)},
    )


def _several(path: Path, names: tuple[str, ...]) -> Unreadable:
    return Unreadable(
        "several-arrays",
        f"{path} holds several arrays of objects: {', '.join(names)}.",
        hint="Name the one to read as the sheet, or * for all of them, with the array's name as a column.",
        details={"path": str(path), "arrays": list(names)},
    )


def _too_long(path: Path, key: str) -> Unreadable:
    return Unreadable(
        "value-too-long",
        f"The record {key!r} of {path} has more than {_WITHIN:,} characters; that is the limit.",
        hint="Export the records without what makes it so long, or as an array of objects.",
        details={"path": str(path), "key": key, "limit": _WITHIN},
    )
