"""A database seen from outside: with the bare driver, as its owner, over every workspace."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from hashlib import sha256
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import make_url

#: What a failure may leave behind: the run's row, its trail, and numbers that were used up (APP-11).
TRAIL = frozenset({"st_import_run", "st_activity_log", "st_counter"})


def is_sqlite(url: str) -> bool:
    return make_url(url).get_backend_name() == "sqlite"


def address(url: str) -> str:
    """The URL as libpq reads it."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


@contextmanager
def owner(url: str) -> Iterator[Any]:
    """A connection of the bare driver that commits each statement by itself."""
    if is_sqlite(url):
        with closing(sqlite3.connect(str(make_url(url).database), isolation_level=None)) as connection:
            yield connection
    else:
        with closing(psycopg.connect(address(url), autocommit=True)) as connection:
            yield connection


def ask(url: str, statement: str, *values: Any) -> list[tuple[Any, ...]]:
    """The rows of one statement; ``?`` stands for a value on both stores."""
    with owner(url) as connection:
        text = statement if is_sqlite(url) else statement.replace("?", "%s")
        return list(connection.execute(text, values).fetchall())


def tables(url: str) -> list[str]:
    statement = (
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
        if is_sqlite(url)
        else "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace "
        "ORDER BY relname"
    )
    return [str(name) for (name,) in ask(url, statement)]


def fingerprint(url: str, *, without: frozenset[str] = TRAIL, timeless: bool = False) -> dict[str, str]:
    """A sha256 per table over all its rows in the order of its key; equal dictionaries are equal databases.

    ``timeless``: columns that hold moments (``at``, ``…_at``) are left out, so that the same done twice looks the same.
    """
    names = [name for name in tables(url) if name not in without]
    with owner(url) as connection:
        look = _hashes_of_sqlite if is_sqlite(url) else _hashes_of_postgres
        return look(connection, names, timeless)


def _hashes_of_sqlite(connection: sqlite3.Connection, names: Sequence[str], timeless: bool) -> dict[str, str]:
    found = {}
    connection.execute("BEGIN")
    for name in names:
        columns = connection.execute(f"PRAGMA table_info('{name}')").fetchall()
        key = [f'"{row[1]}"' for row in sorted(columns, key=_place) if row[5]]
        shown = ", ".join(f'"{row[1]}"' for row in columns if not (timeless and _is_moment(row[1])))
        rows = connection.execute(f'SELECT {shown} FROM "{name}" ORDER BY {", ".join(key) or "1"}')
        digest = sha256()
        for row in rows:
            digest.update(repr(row).encode("utf-8", "surrogatepass"))
        found[name] = digest.hexdigest()
    connection.execute("ROLLBACK")
    return found


def _hashes_of_postgres(
    connection: psycopg.Connection[Any], names: Sequence[str], timeless: bool
) -> dict[str, str]:
    """In one statement, so that all tables are seen as of one moment."""
    moments = connection.execute(
        "SELECT array_agg(DISTINCT column_name::text) FROM information_schema.columns "
        "WHERE table_schema = 'public' AND column_name ~ '(^|_)at$'"
    ).fetchone()
    row = (
        sql.SQL("(to_jsonb(t) - {}::text[])").format(sql.Literal(moments[0]))
        if timeless and moments
        else sql.SQL("t")
    )
    parts = [
        sql.SQL(
            "SELECT {}, encode(sha256(convert_to(coalesce("
            """string_agg({}::text, E'\\n' ORDER BY {}::text COLLATE "C"), ''), 'UTF8')), 'hex') FROM {} AS t"""
        ).format(sql.Literal(name), row, row, sql.Identifier(name))
        for name in names
    ]
    return dict(connection.execute(sql.SQL(" UNION ALL ").join(parts)).fetchall())


def _is_moment(name: str) -> bool:
    return name == "at" or name.endswith("_at")


def _place(column: Sequence[Any]) -> int:
    return int(column[5])
