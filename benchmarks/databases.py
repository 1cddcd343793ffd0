"""The stores under test: making, copying and dropping databases, and the database's own loader as the limit."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Protocol
from urllib.parse import quote

import psycopg
from psycopg import sql

from benchmarks.child import Measurement, measured
from benchmarks.declaration import SQLITE_SETTINGS
from benchmarks.server import running

_COLUMNS = """
    workspace_id {whole} NOT NULL, id {whole} NOT NULL, serial TEXT NOT NULL, name TEXT, manufacturer TEXT, model TEXT,
    city TEXT, department TEXT, quantity {whole}, price {exact}, purchased_on {day}, email TEXT, asset_tag TEXT,
    comment TEXT, PRIMARY KEY (workspace_id, id), UNIQUE (workspace_id, serial)
"""


class NoLimit(RuntimeError):
    """The database's own loader is not there; the message says what to install."""


class Database(Protocol):
    """One store."""

    name: str

    def new(self, name: str) -> str:
        """The URL of a new, empty database."""
        ...

    def copy(self, name: str, original: str) -> str:
        """The URL of a new database with the same content as the database named ``original``."""
        ...

    def drop(self, name: str) -> None:
        """Remove a database."""
        ...

    def settle(self) -> None:
        """Let the database write down what it still holds, so that a step pays for itself alone."""
        ...

    def analyse(self, name: str) -> None:
        """Give the database its statistics, as PostgreSQL's autovacuum would have by and by."""
        ...

    def limit(self, name: str, keyed: Path) -> Measurement:
        """Load ``keyed`` into an equal, keyed table of a new database with the database's own loader."""
        ...


class SQLite:
    """Files in a folder, and ``sqlite3 .import``."""

    name = "sqlite"

    def __init__(self, folder: Path, *, clustered: bool = False) -> None:
        self._folder, self._clustered = folder, clustered

    def new(self, name: str) -> str:
        """A file that is not there yet."""
        self.drop(name)
        return f"sqlite:///{self._path(name)}"

    def copy(self, name: str, original: str) -> str:
        """A copy of the file; its write-ahead log is empty once the last process has closed it."""
        url = self.new(name)
        shutil.copyfile(self._path(original), self._path(name))
        return url

    def drop(self, name: str) -> None:
        """Remove the file and what lies beside it."""
        for end in ("", "-wal", "-shm"):
            Path(f"{self._path(name)}{end}").unlink(missing_ok=True)

    def settle(self) -> None:
        """Nothing: closing a database did it."""

    def analyse(self, name: str) -> None:
        """Nothing: SQLite plans well without."""

    def limit(self, name: str, keyed: Path) -> Measurement:
        """``sqlite3 .import --csv`` in one transaction, with the settings of our store."""
        program = shutil.which("sqlite3")
        if program is None:
            raise NoLimit("there is no sqlite3 on the PATH (Debian: apt-get install sqlite3)")
        self.drop(name)
        path = str(self._path(name))
        table = _COLUMNS.format(whole="INTEGER", exact="TEXT", day="TEXT")
        kind = "STRICT, WITHOUT ROWID" if self._clustered else "STRICT"
        measured([program, "-bail", path, f"{SQLITE_SETTINGS} CREATE TABLE machine ({table}) {kind};"])
        given = f"{SQLITE_SETTINGS}\n.import --csv --skip 1 {keyed} machine\n"
        found, _ = measured([program, "-bail", path], given=given.encode())
        _, count = measured([program, path, "SELECT count(*) FROM machine"])
        self.drop(name)
        return _with_rows(found, int(count))

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.db"


class Postgres:
    """Databases of a real server with fsync on, and ``psql \\copy``."""

    name = "postgres"

    def __init__(self, url: str) -> None:
        self._server = url.replace("postgresql+psycopg:", "postgresql:", 1)
        self._prefix = f"stocktake_bench_{os.getpid()}_"

    def new(self, name: str) -> str:
        """Created anew."""
        self.drop(name)
        self._run("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'", name)
        return self._url(name)

    def copy(self, name: str, original: str) -> str:
        """By the server, file by file."""
        self.drop(name)
        self._run("CREATE DATABASE {} TEMPLATE {}", name, original)
        return self._url(name)

    def drop(self, name: str) -> None:
        """Whoever is still connected."""
        self._run("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)

    def settle(self) -> None:
        """A checkpoint."""
        self._run("CHECKPOINT")

    def analyse(self, name: str) -> None:
        """ANALYZE of every table."""
        with closing(psycopg.connect(self._url(name), autocommit=True)) as connection:
            connection.execute("ANALYZE")

    def limit(self, name: str, keyed: Path) -> Measurement:
        """``psql \\copy`` as the table's owner, without row-level security."""
        program = shutil.which("psql")
        if program is None:
            raise NoLimit("there is no psql on the PATH (Debian: apt-get install postgresql-client)")
        url = self.new(name)
        table = _COLUMNS.format(whole="BIGINT", exact="NUMERIC", day="DATE")
        with closing(psycopg.connect(url, autocommit=True)) as connection:
            connection.execute(sql.SQL("CREATE TABLE machine ({})").format(sql.SQL(table)))
        self.settle()
        command = f"\\copy machine FROM '{keyed}' WITH (FORMAT csv, HEADER)"
        found, said = measured([program, "--no-psqlrc", "-v", "ON_ERROR_STOP=1", url, "-c", command])
        self.drop(name)
        return _with_rows(found, int(said.split()[-1]))

    def _url(self, name: str) -> str:
        """The server's URL with another database in it."""
        head, mark, rest = self._server.partition("?")
        scheme, _, place = head.partition("://")
        host = place.split("/")[0]
        return f"{scheme}://{host}/{quote(self._prefix + name)}{mark}{rest}"

    def _run(self, statement: str, *names: str) -> None:
        with closing(psycopg.connect(self._server, autocommit=True)) as connection:
            words = [sql.Identifier(self._prefix + name) for name in names]
            connection.execute(sql.SQL(statement).format(*words))


@contextmanager
def database(name: str, folder: Path) -> Iterator[Database]:
    """The store of that name; a server that had to be started is stopped at the end."""
    if name == "sqlite":
        yield SQLite(folder)
        return
    with running() as url:
        yield Postgres(url)


def versions() -> dict[str, str]:
    """What the limits were measured with."""
    found = {}
    for program in ("sqlite3", "psql"):
        path = shutil.which(program)
        said = (
            subprocess.run([path, "--version"], capture_output=True, text=True, check=True) if path else None
        )
        found[program] = said.stdout.strip() if said else "absent"
    return found


def _with_rows(found: Measurement, rows: int) -> Measurement:
    return replace(found, counts={"rows": rows})
