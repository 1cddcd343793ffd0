"""Bringing a database to the newest schema: script by script, or at once where there is nothing yet (PLN-25)."""

from __future__ import annotations

from datetime import datetime
from functools import cache

from sqlalchemy import Connection, insert
from sqlalchemy.engine import make_url
from sqlalchemy.sql import column, table

from stocktake.stores import directory_table, schema, sqlite
from stocktake.stores.definition import APPLICATION_ROLE
from stocktake.stores.migrations import HEAD, VERSION_TABLE


def upgrade(connection: Connection) -> None:
    """Bring the database to the newest schema; an empty SQLite file gets at once what the scripts come to."""
    if connection.dialect.name != "sqlite" or _tables(connection):
        by_scripts(connection)
        return
    for statement in _definitions():
        connection.exec_driver_sql(statement)
    connection.execute(insert(table(VERSION_TABLE, column("version_num"))).values(version_num=HEAD))


def by_scripts(connection: Connection, revision: str = "head") -> None:
    """Run the scripts that this database has not seen yet, up to ``revision``."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "stocktake.stores:migrations")
    config.attributes["connection"] = connection
    command.upgrade(config, revision)
    if connection.dialect.name == "postgresql":
        quoted = connection.dialect.identifier_preparer.quote
        connection.exec_driver_sql(f"GRANT SELECT ON {quoted(VERSION_TABLE)} TO {quoted(APPLICATION_ROLE)}")


def _tables(connection: Connection) -> int:
    return int(connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar_one())


@cache
def _definitions() -> tuple[str, ...]:
    """What the scripts leave on SQLite, statement by statement: tried in memory once, since Alembic takes its time."""
    tried = sqlite.engine(make_url("sqlite://"))
    try:
        with tried.begin() as connection:
            by_scripts(connection)
            made = connection.exec_driver_sql(
                "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY rowid"
            )
            return tuple(row[0] for row in made)
    finally:
        tried.dispose()


def first_workspace(connection: Connection, name: str, *, at: datetime) -> None:
    """The workspace that is there from the start, and its account (SEC-10)."""
    connection.execute(insert(directory_table.account).values(account_id=1, name=name, created_at=at))
    connection.execute(
        insert(schema.workspace).values(
            workspace_id=1, name=name, account_id=1, allows_rollback=True, created_at=at
        )
    )
