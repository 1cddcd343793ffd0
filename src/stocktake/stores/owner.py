"""Whose the tables are: on PostgreSQL their owner alone makes and changes them (SEC-11)."""

from __future__ import annotations

from sqlalchemy import Connection, column, func, select, table
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from stocktake.model.errors import InvalidInput, NotAllowed
from stocktake.stores.migrations import VERSION_TABLE

#: The setting that names the owner's URL.
OWNER_VARIABLE = "STOCKTAKE_DB_OWNER"
HINT = (
    f"Set {OWNER_VARIABLE} to the URL of the database's owner, or have the owner do it once; "
    "the login itself needs to be a member of stocktake_app and no more."
)


def owner_url(told: str | None, url: URL) -> URL | None:
    """The owner's URL as the driver takes it; None where none was told.

    Raises ``InvalidInput`` ``bad-setting`` for one that is no URL of PostgreSQL, or of another database than ``url``.
    """
    if told is None:
        return None
    try:
        found = make_url(told)
    except ArgumentError:
        found = None
    if found is None or found.get_backend_name() != "postgresql" or found.database != url.database:
        raise InvalidInput(
            "bad-setting",
            f"{OWNER_VARIABLE} is no URL of the PostgreSQL database that is to be worked in ({url.database}).",
            hint="Write postgresql://owner@host/database, with the same database as in the other URL, or leave it out.",
        )
    return found.set(drivername="postgresql+psycopg")


def check_owner(connection: Connection) -> None:
    """Refuse to make tables as somebody who does not own those that are there. Raises ``NotAllowed`` ``owner-needed``."""
    if connection.dialect.name != "postgresql":
        return
    relation = table(
        "pg_class", column("relname"), column("relowner"), column("relnamespace"), schema="pg_catalog"
    )
    owns = func.pg_has_role(relation.c.relowner, "USAGE").label("owns")
    here = relation.c.relnamespace == func.to_regnamespace(func.current_schema())
    asked = select(func.current_user().label("login"), owns).where(relation.c.relname == VERSION_TABLE, here)
    found = connection.execute(asked).first()
    if found is not None and not found.owns:
        raise NotAllowed(
            "owner-needed",
            f"Tables are made and changed by the database's owner, and {found.login} is not. Nothing was written.",
            hint=HINT,
        )
