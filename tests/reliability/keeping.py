"""A database and its uploads as they are at one moment, to be put back as often as a test likes."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy import make_url

from tests.reliability.database import address, is_sqlite


class Kept:
    """What a database and a directory of uploads hold now. Nobody may be connected, then and while it is put back."""

    def __init__(self, url: str, uploads: Path, place: Path) -> None:
        self._url, self._uploads, self._place = url, uploads, place
        place.mkdir()
        shutil.copytree(uploads, place / "uploads")
        self._name = str(make_url(url).database)
        self._copy = f"{self._name}_kept"
        if is_sqlite(url):
            with closing(sqlite3.connect(self._name)) as connection:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            shutil.copyfile(self._name, place / "stock.db")
        else:
            self._make(self._copy, self._name)

    def put_back(self) -> None:
        """Everything as it was."""
        shutil.rmtree(self._uploads)
        shutil.copytree(self._place / "uploads", self._uploads)
        if is_sqlite(self._url):
            for end in ("-wal", "-shm"):
                Path(self._name + end).unlink(missing_ok=True)
            shutil.copyfile(self._place / "stock.db", self._name)
        else:
            self._make(self._name, self._copy)

    def drop(self) -> None:
        """Keep it no longer."""
        if not is_sqlite(self._url):
            self._administer("DROP DATABASE IF EXISTS {} WITH (FORCE)", self._copy)

    def _make(self, name: str, template: str) -> None:
        self._administer("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)
        self._administer("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy", name, template)

    def _administer(self, statement: str, *names: str) -> None:
        there = str(
            make_url(address(self._url)).set(database="postgres").render_as_string(hide_password=False)
        )
        with closing(psycopg.connect(there, autocommit=True)) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))
