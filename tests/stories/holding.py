"""All that a database holds, read from it and written to it as it stands: SQLite's pages, PostgreSQL's rows."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import Connection, text

from stocktake.book import Book

#: Table → its columns, and its rows as the server writes them.
Tables = dict[str, tuple[str, list[str]]]
Held = bytes | Tables

#: Where a SQLite file tells how it is written and how often it has been; the first page says nothing else there.
_PASSING = ((18, b"\1\1"), (24, bytes(4)), (40, bytes(4)), (92, bytes(8)))

_TABLES = text("""
SELECT relname, string_agg(concat_ws(' ', attname, format_type(atttypid, atttypmod)), ', ' ORDER BY attnum)
FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND attnum > 0 AND NOT attisdropped GROUP BY 1
""")


def held(book: Book) -> Held:
    """All that the book's database holds, without what tells how often it was written to."""
    if book.store.file is not None:
        return _pages(book.store.file)
    with book.store._transaction(writes=False, as_owner=True) as connection:
        return _tables(connection)


def fill(book: Book, left: Held, record_type: str) -> bool:
    """Make the book's database hold that, in a transaction that its connections see like any other's.

    On PostgreSQL the book itself makes the record type's table. False where other tables are missing: nothing is filled.
    """
    if isinstance(left, bytes):
        assert book.store.file is not None
        with (
            closing(sqlite3.connect(":memory:")) as kept,
            closing(sqlite3.connect(book.store.file)) as database,
        ):
            kept.deserialize(left)
            kept.backup(database)
        return True
    declared = book.declared()
    kind = declared.record_types.get(record_type)
    if kind is not None and declared.needs_definition(kind):
        book._define(kind)
    with book.store._transaction(writes=True, as_owner=True) as connection:
        return _replaced(connection, left)


def _pages(place: Path) -> bytes:
    with closing(sqlite3.connect(place)) as connection:
        found = bytearray(connection.serialize())
    for start, blank in _PASSING:
        found[start : start + len(blank)] = blank
    return bytes(found)


def _tables(connection: Connection) -> Tables:
    found: Tables = {name: (columns, []) for name, columns in connection.execute(_TABLES)}
    each = (f'SELECT \'{name}\', "{name}"::text FROM "{name}"' for name in sorted(found))
    for name, row in connection.exec_driver_sql(" UNION ALL ".join(each)):
        found[name][1].append(row)
    return {name: (columns, sorted(rows)) for name, (columns, rows) in sorted(found.items())}


def _replaced(connection: Connection, left: Tables) -> bool:
    there = _tables(connection)
    if {name: columns for name, (columns, _) in there.items()} != {
        name: columns for name, (columns, _) in left.items()
    }:
        return False
    connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
    for name, (_, rows) in left.items():
        if rows != there[name][1]:
            connection.exec_driver_sql(f'DELETE FROM "{name}"')
            rows_of = f'SELECT (CAST(each AS "{name}")).* FROM unnest(CAST(:rows AS text[])) AS each'
            connection.execute(text(f'INSERT INTO "{name}" {rows_of}'), {"rows": rows})
    return True
