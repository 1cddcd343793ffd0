"""What the filters of lists ask of records, as conditions (INT-1)."""

from __future__ import annotations

from sqlalchemy import ColumnElement, collate, func, or_

from stocktake.model.record_type import CONTAINS, RecordType
from stocktake.stores.column_type import to_text
from stocktake.stores.typed_table import typed_table

#: Both stores know the capitals of these letters, and of no others alike.
_SMALL = {ord(each): each.lower() for each in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}


def says(record_type: RecordType, name: str, value: str, dialect: str) -> ColumnElement[bool]:
    """Whether a record's field is ``value``; with ``CONTAINS`` behind its name, whether it holds it somewhere.

    ``CONTAINS`` alone asks that of what names a record: its external id, ``RecordType.naming``, its number.
    """
    table = typed_table(record_type)
    if not name.endswith(CONTAINS):
        return to_text(table.c[name], dialect) == value
    if name != CONTAINS:
        return _holds(to_text(table.c[name.removesuffix(CONTAINS)], dialect), value, dialect)
    named = ("external_id", *record_type.naming)
    found = [_holds(to_text(table.c[each], dialect), value, dialect) for each in named]
    if value.isascii() and value.isdecimal() and len(value) < 18:
        found.append(table.c.id == int(value))
    return or_(*found)


def _holds(text: ColumnElement[str | None], value: str, dialect: str) -> ColumnElement[bool]:
    """Whether ``text`` holds ``value`` somewhere; A is the same as a, which SQLite's ``LIKE`` says by itself."""
    if dialect == "sqlite":
        return text.contains(value, autoescape=True)
    return func.lower(collate(text, "C")).contains(value.translate(_SMALL), autoescape=True)
