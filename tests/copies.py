"""PostgreSQL databases like a template, used again and again: emptying one takes a tenth of the time that copying one does.

A database goes on only as the template is: whatever a test has made, changed or granted in it beyond rows and whole tables
shows in its catalog, and then it is dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import make_url

#: Everything that a database holds beside rows, a line each; names and not numbers, so that copies can be compared.
_CATALOG = """
WITH mine AS (
    SELECT class.* FROM pg_class AS class JOIN pg_namespace AS place ON place.oid = class.relnamespace
    WHERE place.nspname NOT IN ('pg_catalog', 'information_schema') AND place.nspname !~ '^pg_(toast|temp)'
)
SELECT concat_ws(' ', oid::regclass, relkind, relowner::regrole, relacl, relrowsecurity, relforcerowsecurity, reloptions,
                 CASE relkind WHEN 'v' THEN pg_get_viewdef(oid) WHEN 'i' THEN pg_get_indexdef(oid) END) FROM mine
UNION ALL
SELECT concat_ws(' ', attrelid::regclass, attnum, attname, format_type(atttypid, atttypmod), attnotnull, attacl,
                 attisdropped, pg_get_expr(adbin, adrelid))
FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
WHERE attrelid IN (SELECT oid FROM mine) AND attnum > 0
UNION ALL
SELECT concat_ws(' ', conrelid::regclass, conname, convalidated, pg_get_constraintdef(oid))
FROM pg_constraint WHERE conrelid IN (SELECT oid FROM mine)
UNION ALL
SELECT concat_ws(' ', polrelid::regclass, polname, polcmd, polroles::regrole[], pg_get_expr(polqual, polrelid),
                 pg_get_expr(polwithcheck, polrelid)) FROM pg_policy
UNION ALL
SELECT concat_ws(' ', tgrelid::regclass, pg_get_triggerdef(oid)) FROM pg_trigger WHERE NOT tgisinternal
UNION ALL
SELECT concat_ws(' ', oid::regprocedure, prosrc) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
UNION ALL
SELECT concat_ws(' ', nspname, nspowner::regrole, nspacl) FROM pg_namespace WHERE nspname !~ '^pg_(toast|temp)'
UNION ALL
SELECT concat_ws(' ', extname) FROM pg_extension
UNION ALL
SELECT concat_ws(' ', setrole, setconfig) FROM pg_db_role_setting
WHERE setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
UNION ALL
SELECT concat_ws(' ', datacl, datconnlimit, datallowconn) FROM pg_database WHERE datname = current_database()
ORDER BY 1
"""

_TABLES = "SELECT relname, relkind FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v')"


class Copies:
    """Lends databases like the one at ``template``; ``create`` and ``drop`` make and remove one by its URL."""

    def __init__(self, template: str, create: Callable[[], str], drop: Callable[[str], None]) -> None:
        self._create, self._drop = create, drop
        self._idle: list[str] = []
        with _owner(template) as connection:
            self._kinds = _kinds(connection)
            self._catalog = connection.execute(_CATALOG).fetchall()
            self._rows = {
                name: connection.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier(name))).fetchall()
                for name, kind in self._kinds.items()
                if kind == "r"
            }

    @contextmanager
    def lent(self) -> Iterator[Callable[[], str]]:
        """Gives databases, by their URLs, that are taken back when the block ends."""
        out: list[str] = []

        def new() -> str:
            out.append(self._idle.pop() if self._idle else self._create())
            return out[-1]

        yield new
        for url in out:
            if self._emptied(url):
                self._idle.append(url)
            else:
                self._drop(url)

    def _emptied(self, url: str) -> bool:
        """Make the database as the template is; False where that cannot be done by rows and whole tables alone."""
        try:
            with _owner(url) as connection, connection.transaction():
                connection.execute(
                    "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
                connection.execute("SET LOCAL session_replication_role = replica")
                connection.execute(sql.SQL("; ").join(self._statements(_kinds(connection))))
                for name, rows in self._rows.items():
                    for row in rows:
                        connection.execute(_insertion(name, row), row)
                return connection.execute(_CATALOG).fetchall() == self._catalog
        except psycopg.Error:
            return False

    def _statements(self, kinds: dict[str, str]) -> Iterator[sql.Composable]:
        for name, kind in kinds.items():
            table = sql.Identifier(name)
            if name in self._kinds:
                if kind == "r":
                    yield sql.SQL("DELETE FROM {}").format(table)
                continue
            statement = "DROP TABLE IF EXISTS {} CASCADE" if kind == "r" else "DROP VIEW IF EXISTS {} CASCADE"
            yield sql.SQL(statement).format(table)


@contextmanager
def _owner(url: str) -> Iterator[psycopg.Connection[Any]]:
    address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with closing(psycopg.connect(address, autocommit=True)) as connection:
        yield connection


def _kinds(connection: psycopg.Connection[Any]) -> dict[str, str]:
    return {str(name): str(kind) for name, kind in connection.execute(_TABLES)}


def _insertion(name: str, row: tuple[Any, ...]) -> sql.Composed:
    values = sql.SQL(", ").join(sql.Placeholder() * len(row))
    return sql.SQL("INSERT INTO {} VALUES ({})").format(sql.Identifier(name), values)
