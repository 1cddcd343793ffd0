"""A store: one database, opened, migrated, and asked for units of work."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Container, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Select, column, inspect, select, table
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, NoSuchModuleError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from stocktake.model.draft import Job
from stocktake.model.errors import Busy, InvalidInput, NotFound, Refusal
from stocktake.model.record_type import RecordType
from stocktake.model.workspace import INSTALLATION
from stocktake.stores import definition, schema, sqlite
from stocktake.stores.board import Board
from stocktake.stores.connections import OpenConnections
from stocktake.stores.directory import Directory
from stocktake.stores.failure import cause, refusal
from stocktake.stores.migrating import first_workspace, upgrade
from stocktake.stores.migrations import HEAD, VERSION_TABLE
from stocktake.stores.owner import check_owner, owner_url
from stocktake.stores.queue import Queue
from stocktake.stores.remembered import Remembered
from stocktake.stores.session import Dialect
from stocktake.stores.typed_table import typed_table
from stocktake.stores.unit import Unit

_log = logging.getLogger("stocktake.stores")

#: The workspace that is there from the start (SEC-10).
DEFAULT_WORKSPACE = "default"

_VERSION: Select[Any] = select(column("version_num")).select_from(table(VERSION_TABLE))


class Store:
    """One database. ``open_store`` makes it; ``close`` gives its connections back."""

    def __init__(self, url: URL, engine: Engine, dialect: Dialect, *, owner: Engine | None = None) -> None:
        self.url = url
        self._engine = engine
        self._owner = owner or engine
        self._dialect = dialect
        self._open = OpenConnections()
        self.board = Board()
        self._versioned = False
        self._memory = Remembered()

    @property
    def name(self) -> str:
        """``sqlite`` or ``postgresql``."""
        return self._dialect.name

    @property
    def exists(self) -> bool:
        """Whether there is a database to read: on SQLite a file, or memory."""
        database = self.url.database
        return self.name != "sqlite" or self._in_memory or (database is not None and Path(database).exists())

    @property
    def file(self) -> Path | None:
        """The file of an embedded database; None in memory, and on a server."""
        embedded = self.name == "sqlite" and not self._in_memory
        return Path(self.url.database or "").absolute() if embedded else None

    @property
    def address(self) -> str:
        """Names the database, whoever is connected to it."""
        return str(self.file or f"{self.name}://{self.url.host}:{self.url.port}/{self.url.database}")

    @property
    def has_one_server(self) -> bool:
        """Whether one process alone may work on its jobs: nothing in the database says which are being worked on."""
        return not self._dialect.holds_jobs

    @property
    def _in_memory(self) -> bool:
        return self.name == "sqlite" and self.url.database in (None, "", ":memory:")

    def close(self) -> None:
        """Give all connections back."""
        self.abandon()
        self._engine.dispose()
        self._owner.dispose()

    def abandon(self) -> None:
        """End what this thread has begun and not ended: an interrupt may strike between a block's end and its rollback.

        Without, the transaction would hold its locks until Python collects it (REL-3, APP-4).
        """
        self._open.abandon()

    def migrate(self, *, at: datetime) -> None:
        """Bring the database to the newest schema, in a transaction of its own (PLN-25); quick when it is there.

        It runs as the owner. Raises ``NotAllowed`` ``owner-needed`` where nobody has said who that is (SEC-11).
        """
        with self._transaction(writes=True) as connection:
            if self._revision(connection) == HEAD:
                return
        with self._transaction(writes=True, as_owner=True) as connection:
            self._dialect.lock_schema(connection)
            if self._revision(connection, as_owner=True) != HEAD:
                upgrade(connection)
            self._enter_directory(connection)
            if connection.execute(select(schema.workspace.c.workspace_id)).first() is None:
                first_workspace(connection, DEFAULT_WORKSPACE, at=at)

    @property
    def is_set_up(self) -> bool:
        """Whether the database has Stocktake's tables, of whatever version."""
        if not self.exists:
            return False
        if self._versioned:
            return True
        with self._transaction(writes=False) as connection:
            return self._revision(connection) is not None

    def check_schema(self) -> None:
        """Refuse a database that was never set up, or that another version set up; a missing file stays missing."""
        found = None
        if self.exists:
            with self._transaction(writes=False) as connection:
                found = self._revision(connection)
        self._refuse_unless_newest(found)

    def _refuse_unless_newest(self, found: str | None) -> None:
        if found is None:
            raise NotFound(
                "no-database",
                f"{self.url.render_as_string(hide_password=True)} holds no Stocktake database yet.",
                hint="Import something first, or check --db.",
            )
        if found != HEAD:
            raise InvalidInput(
                "schema-version",
                f"The database is at schema {found}; this version of Stocktake needs {HEAD}.",
                hint="Any writing command brings an older database up to date; for a newer one, upgrade Stocktake.",
            )

    def _revision(self, connection: Connection, *, as_owner: bool = False) -> str | None:
        """The schema's version; None where the database was never set up. A table that was there once stays there.

        It is read in the application's role, since a login may have rights in no other way (SEC-11).
        """
        self._versioned = self._versioned or inspect(connection).has_table(VERSION_TABLE)
        if not self._versioned:
            return None
        if not as_owner:
            self._dialect.enter_workspace(connection, INSTALLATION)
        found: str | None = connection.scalar(_VERSION)
        return found

    @contextmanager
    def reading(self, workspace_id: int, *, checked: bool = False) -> Iterator[Unit]:
        """A unit that can only read: one consistent view, no write possible (PLN-5).

        ``checked``: what :meth:`check_schema` refuses is refused, without a transaction of its own.
        """
        if checked and not self.exists:
            self._refuse_unless_newest(None)
        with self._unit(workspace_id, writes=False, checked=checked) as unit:
            yield unit

    @contextmanager
    def writing(self, workspace_id: int, *, waits: bool = True) -> Iterator[Unit]:
        """A unit that commits when its block ends, and leaves nothing behind when the block raises.

        ``waits=False``: ``Busy`` at once where another writer holds an embedded database.
        """
        with self._unit(workspace_id, writes=True, waits=waits) as unit:
            yield unit

    @contextmanager
    def directory(self, *, writes: bool = False, waits: bool = True) -> Iterator[Directory]:
        """A unit of the installation: accounts, workspaces, people; no workspace's records (SEC-2).

        It commits when its block ends, and leaves nothing behind when the block raises. ``waits=False``: ``Busy`` at once
        where another writer holds an embedded database.
        """
        with self._transaction(writes=writes, waits=waits) as connection:
            self._enter_directory(connection)
            unit = Directory(connection, self._dialect, INSTALLATION)
            yield unit
            unit.check_sound()

    def _enter_directory(self, connection: Connection) -> None:
        self._dialect.enter_workspace(connection, INSTALLATION)
        self._dialect.open_directory(connection)

    @contextmanager
    def _unit(
        self, workspace_id: int, *, writes: bool, waits: bool = True, checked: bool = False
    ) -> Iterator[Unit]:
        with self._transaction(
            writes=writes, workspace_id=workspace_id, waits=waits, checked=checked
        ) as connection:
            unit = Unit(connection, self._dialect, workspace_id, None if writes else self._memory)
            yield unit
            unit.check_sound()

    def define(
        self,
        record_type: RecordType,
        descriptor: str,
        *,
        at: datetime,
        workspace_id: int = 1,
        beside: Callable[[Unit], None] | None = None,
    ) -> tuple[str, ...]:
        """Create or extend the typed table and keep the descriptor (TYP-5, TYP-7); the columns that were added.

        Runs as the owner in a transaction of its own, in which ``beside`` writes into a workspace afterwards. Destructive
        changes are the caller's to refuse. Raises ``NotAllowed`` ``owner-needed`` (SEC-11).
        """
        with self._transaction(writes=True, as_owner=True) as connection:
            self._dialect.lock_schema(connection)
            added = definition.define_type(connection, record_type, descriptor, at)
            if beside is not None:
                self._dialect.enter_workspace(connection, workspace_id)
                beside(Unit(connection, self._dialect, workspace_id))
            return added

    def check_owner(self) -> None:
        """Refuse where tables cannot be changed. Raises ``NotAllowed`` ``owner-needed`` (SEC-11)."""
        with self._transaction(writes=False, as_owner=True):
            pass

    def refer_to_flows(self, record_type: RecordType) -> bool | None:
        """Hold a type's records to their discovery flows by a foreign key, data first (BAC-4).

        The key is added NOT VALID, which new rows must keep already, then validated; False where earlier rows break it,
        None on SQLite, where wiring health counts them instead. Runs as the owner, in transactions of its own.
        """
        if self.name != "postgresql":
            return None
        typed = typed_table(record_type)
        with self._transaction(writes=True, as_owner=True) as connection:
            self._dialect.lock_schema(connection)
            definition.add_flow_key(connection, typed)
        try:
            with self._transaction(writes=True, as_owner=True) as connection:
                definition.validate_flow_key(connection, typed)
        except IntegrityError:
            return False
        return True

    def held_targets(self, workspace_id: int, record_types: Sequence[str]) -> frozenset[str]:
        """Those of the types whose lock somebody holds at this moment; nobody is waited for (REL-9)."""
        try:
            with self._transaction(writes=True, workspace_id=workspace_id, waits=False) as connection:
                return self._dialect.held_targets(connection, schema.target, workspace_id, record_types)
        except Busy:
            return frozenset(record_types)

    @contextmanager
    def claiming(
        self, passing: Container[tuple[int, str]], *, only_runs: bool = False
    ) -> Iterator[Job | None]:
        """The oldest job that nobody works on, this caller's as long as the block lasts; None where there is none.

        It leaves the queue when the block ends well, and waits again where it raises. On PostgreSQL its row is locked
        meanwhile, by a transaction that a dead process cannot keep; on SQLite ``passing`` names what this process works on,
        and there is no other (REL-9). ``only_runs``: work on drafts and runs alone.
        """
        if self._dialect.holds_jobs:
            with self._queue(writes=True) as queue:
                job = queue.next_job(passing, only_runs=only_runs)
                yield job
                if job is not None:
                    queue.remove(job)
            return
        with self._queue(writes=False) as queue:
            job = queue.next_job(passing, only_runs=only_runs)
        yield job
        if job is not None:
            with self._queue(writes=True) as queue:
                queue.remove(job)

    def workspaces(self) -> dict[int, str]:
        """Id → name of every workspace."""
        with self._queue(writes=False) as queue:
            return queue.workspaces()

    def hooked_workspaces(self) -> dict[int, str]:
        """Id → name of every workspace that has active webhooks."""
        with self._queue(writes=False) as queue:
            return queue.hooked_workspaces()

    @contextmanager
    def _queue(self, *, writes: bool) -> Iterator[Queue]:
        """A look at the queue; ``abandon``, by which a failing job ends what it began, leaves it alone."""
        with self._transaction(writes=writes, passing=True) as connection:
            self._dialect.enter_queue(connection)
            yield Queue(connection, self._dialect, 0)

    def gather_statistics(self, record_type: RecordType) -> None:
        """Tell the planner what a bulk load brought, after it was committed: without, its joins can turn quadratic."""
        tables = (typed_table(record_type), schema.source_link)
        with self._transaction(writes=True, as_owner=True) as connection:
            self._dialect.analyze(connection, tables)

    @contextmanager
    def _transaction(
        self,
        *,
        writes: bool,
        workspace_id: int | None = None,
        waits: bool = True,
        checked: bool = False,
        passing: bool = False,
        as_owner: bool = False,
    ) -> Iterator[Connection]:
        engine = self._owner if as_owner else self._engine
        try:
            with engine.connect() as plain:
                connection = plain.execution_options(stocktake_writes=writes, stocktake_waits=waits)
                noted = contextlib.nullcontext() if passing else self._open.noted(connection)
                with noted, connection.begin():
                    if as_owner:
                        check_owner(connection)
                    if checked:
                        self._refuse_unless_newest(self._revision(connection))
                    if workspace_id is not None:
                        self._dialect.enter_workspace(connection, workspace_id)
                    yield connection
        except BaseException as error:
            refused = None
            if isinstance(error, (DBAPIError, PoolTimeout, *self._dialect.errors)):
                refused = refusal(error, self.url)
            if writes and waits and not isinstance(error, GeneratorExit):
                # A refusal is an answer to whoever asked; where it ends a run, its flow says so at ERROR (APP-9).
                level = logging.INFO if isinstance(error, Refusal) else logging.ERROR
                _log.log(level, "transaction rolled back: %s", cause(refused or error))
            if refused is None:
                raise
            raise refused from error


def open_store(text_url: str, *, owner: str | None = None) -> Store:
    """The store behind a database URL: ``sqlite:///stock.db`` or ``postgresql+psycopg://…``.

    ``owner``: the URL under which tables of the same PostgreSQL database are made, where the first may not (SEC-11).
    Raises InvalidInput ``bad-database-url`` for one that Stocktake cannot use, ``bad-setting`` for such an ``owner``.
    """
    try:
        url = make_url(text_url)
        if url.get_backend_name() == "sqlite":
            return Store(url, sqlite.engine(url), sqlite.SQLite())
        if url.get_backend_name() == "postgresql":
            from stocktake.stores import postgres

            url = url.set(drivername="postgresql+psycopg")
            owning = owner_url(owner, url)
            return Store(
                url,
                postgres.engine(url),
                postgres.Postgres(),
                owner=postgres.engine(owning) if owning else None,
            )
    except (ArgumentError, NoSuchModuleError):
        pass
    except ModuleNotFoundError as error:
        raise InvalidInput(
            "missing-extra",
            "PostgreSQL needs its driver, which is not installed.",
            hint='Install it with: pip install "stocktake[postgres]"',
        ) from error
    raise InvalidInput(
        "bad-database-url",
        "The database URL is not one that Stocktake can use.",
        hint="Write sqlite:///stocktake.db or postgresql://user@host/database.",
    )
