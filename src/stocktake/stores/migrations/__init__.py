"""Migrations, run by Alembic from inside the package. ``HEAD`` spares a database that is up to date the import of it."""

from __future__ import annotations

#: The newest revision; a test holds it against the scripts.
HEAD = "0004"

#: The table in which Alembic keeps the revision.
VERSION_TABLE = "st_schema_version"
