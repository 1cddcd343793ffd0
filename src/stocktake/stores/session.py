"""One open transaction and the set-based statements that everything in the stores is made of.

``fetch`` reads a statement as a frame, ``load`` inserts a frame, ``update`` changes the rows a frame names.
Every statement passes ``_statement``, which refuses to go on once the transaction is gone: after FULL, IOERR or INTERRUPT
SQLite may have rolled back already, and the next statement would commit on its own (reliability.md).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, Protocol

import polars as pl
from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Executable,
    Insert,
    MetaData,
    Select,
    Table,
    Update,
    func,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from stocktake.model.errors import Unreadable
from stocktake.ports.frame import Frames
from stocktake.stores import schema
from stocktake.stores.remembered import Remembered

#: So many rows of a frame become Python values, or text for a driver, at a time.
SLICE = 10_000


class TransactionLost(RuntimeError):
    """The database ended the transaction by itself; nothing of it was kept."""


class Dialect(Protocol):
    """What the two stores do differently: loading, bulk reading, lists of ids, locking."""

    name: str
    #: The driver's own errors, which bulk loading raises past SQLAlchemy.
    errors: tuple[type[Exception], ...]

    def alive(self, connection: Connection) -> bool:
        """Whether the transaction we began is still the one the database knows."""
        ...

    def read(
        self,
        connection: Connection,
        statement: Select[Any],
        schema: Mapping[str, Any],
        take: Callable[[pl.DataFrame], None],
    ) -> None:
        """Hand the rows of ``statement`` over in frames with the columns and types of ``schema``, some at a time."""
        ...

    def load(
        self,
        connection: Connection,
        table: Table,
        columns: Sequence[str],
        parts: Iterable[pl.DataFrame],
        constants: Mapping[str, Any],
    ) -> int:
        """Insert the rows of ``parts``, which have ``columns``, each with ``constants``, by one statement; how many."""
        ...

    def stage(self, connection: Connection, table: Table, frame: pl.DataFrame) -> None:
        """Create the temporary ``table`` and fill it."""
        ...

    def among(self, column: Column[Any], ids: pl.Series) -> ColumnElement[bool]:
        """``column`` is one of ``ids`` (numbers or text), passed as one value whatever their number."""
        ...

    def lock_target(self, connection: Connection, table: Table, workspace_id: int, record_type: str) -> None:
        """Wait for and hold the target's row until the transaction ends."""
        ...

    def held_targets(
        self, connection: Connection, table: Table, workspace_id: int, record_types: Sequence[str]
    ) -> frozenset[str]:
        """Those of the types whose row another transaction holds."""
        ...

    def lock_schema(self, connection: Connection) -> None:
        """Wait until nobody else defines tables, and keep others from it until the transaction ends."""
        ...

    def analyze(self, connection: Connection, tables: Sequence[Table]) -> None:
        """Gather statistics of ``tables``, where the store needs them."""
        ...

    #: Whether a job is held by a lock of its row, as long as a transaction lasts; else one process alone has them all.
    holds_jobs: bool

    def enter_workspace(self, connection: Connection, workspace_id: int) -> None:
        """Settle a transaction that has just begun for one workspace."""
        ...

    def open_directory(self, connection: Connection) -> None:
        """Let a settled transaction see people and what they may do (SEC-2)."""
        ...

    def turn_to(self, connection: Connection, workspace_id: int) -> None:
        """Let a settled transaction see another workspace from here on."""
        ...

    def enter_queue(self, connection: Connection) -> None:
        """Settle a transaction that has just begun for the jobs of all workspaces; it may last as long as a job."""
        ...


class Session:
    """An open transaction in one workspace. Nothing in here commits; whoever opened it does."""

    def __init__(
        self,
        connection: Connection,
        dialect: Dialect,
        workspace_id: int,
        memory: Remembered | None = None,
    ) -> None:
        """``memory``: what lists were like when they were last read; none for who writes, since that is not committed."""
        self._connection = connection
        self._memory = memory
        self._dialect = dialect
        self._stages = itertools.count(1)
        self._poisoned = False
        self._known_feeds: dict[str, dict[str, int]] = {}
        self.workspace_id = workspace_id

    @contextmanager
    def _statement(self) -> Iterator[Connection]:
        if not self.sound:
            raise TransactionLost("The transaction has ended; nothing of it was kept.")
        try:
            yield self._connection
        except BaseException:
            self._poisoned = True
            raise

    @property
    def sound(self) -> bool:
        """Whether the transaction can still be committed."""
        return not self._poisoned and not self._connection.closed and self._dialect.alive(self._connection)

    def check_sound(self) -> None:
        """Refuse to commit what the database has ended already. Raises ``Unreadable`` ``transaction-lost``."""
        if self.sound:
            return
        if not self._connection.closed:
            self._connection.rollback()
        raise Unreadable("transaction-lost", "The database ended the transaction. Nothing was written.")

    def read(
        self, statement: Select[Any], schema: Mapping[str, Any], take: Callable[[pl.DataFrame], None]
    ) -> None:
        """Hand the rows of ``statement`` over, a frame at a time."""
        with self._statement() as connection:
            self._dialect.read(connection, statement, schema, take)

    def fetch(self, statement: Select[Any], schema: Mapping[str, Any]) -> pl.DataFrame:
        """The rows of ``statement`` as one frame."""
        parts = [pl.DataFrame(schema=dict(schema))]
        self.read(statement, schema, parts.append)
        return pl.concat(parts, rechunk=True)

    def rows(self, statement: Executable) -> Sequence[Any]:
        """The few rows of ``statement`` as Python rows."""
        with self._statement() as connection:
            return connection.execute(statement).all()

    def run(self, statement: Executable) -> int:
        """Execute a statement that changes rows; how many it changed."""
        with self._statement() as connection:
            return int(connection.execute(statement).rowcount)

    def run_often(self, statement: Executable, given: Sequence[Mapping[str, Any]]) -> None:
        """Execute a statement with each of the few ``given``: for fewer than are worth a temporary table."""
        with self._statement() as connection:
            connection.execute(statement, given)

    def load(self, table: Table, frames: Frames, **constants: Any) -> int:
        """Insert the rows of ``frames`` into ``table``, each in this workspace and with ``constants``; how many.

        Parts are asked for one by one while the statement runs; where none has rows, there is no statement. Columns that are
        NULL from the start are left out, since even those cost; rows from a part on that fills one go by a second statement.
        """
        parts = iter((frames,) if isinstance(frames, pl.DataFrame) else frames)
        first = next((part for part in parts if not part.is_empty()), None)
        if first is None:
            return 0
        fixed = {"workspace_id": self.workspace_id, **constants}
        filled = [each.name for each in first if each.null_count() < first.height] or first.columns
        empty = [name for name in first.columns if name not in filled]
        fuller: list[pl.DataFrame] = []
        given = itertools.chain((first,), parts)
        with self._statement() as connection:
            loaded = self._dialect.load(connection, table, filled, _until(given, empty, fuller), fixed)
        if fuller:
            with self._statement() as connection:
                loaded += self._dialect.load(
                    connection, table, first.columns, itertools.chain(fuller, parts), fixed
                )
        return loaded

    def update(
        self,
        table: Table,
        frame: pl.DataFrame,
        keys: Sequence[str],
        *,
        constants: Mapping[str, Any] | None = None,
        raises: Mapping[str, int] | None = None,
        following: Callable[[Mapping[str, Any]], Mapping[str, Any]] | None = None,
    ) -> int:
        """Set the other columns of ``frame`` in the rows of ``table`` whose ``keys`` it names; how many rows met.

        ``constants`` are set in every row; ``raises`` names counters that grow by so much; ``following`` gives what else is
        set where those columns are.
        """
        if frame.is_empty():
            return 0
        stage = self._staged(table, frame)
        values: dict[str, Any] = {name: stage.c[name] for name in frame.columns if name not in keys}
        values.update(constants or {})
        values.update({name: table.c[name] + step for name, step in (raises or {}).items()})
        values.update(following(values) if following else {})
        statement: Update = update(table).where(*self._meets(table, stage, keys)).values(values)
        # A failure ends the transaction: SQLite need not copy every page before, to undo the statement alone.
        changed = self.run(statement.prefix_with("OR ROLLBACK", dialect="sqlite"))
        self._dropped(stage)
        return changed

    def among(self, column: Column[Any], ids: pl.Series) -> ColumnElement[bool]:
        """``column`` is one of ``ids``."""
        return self._dialect.among(column, ids)

    def few(
        self, workspace: ColumnElement[Any], chosen: ColumnElement[bool]
    ) -> tuple[ColumnElement[bool], ...]:
        """This workspace's rows that are ``chosen``: a few of very many.

        Told so, SQLite looks them up by the index of what is chosen; else it takes ten rows for what a workspace has, and
        walks over all of them. PostgreSQL counts by itself.
        """
        mine = workspace == self.workspace_id
        return (
            (func.likely(mine), func.unlikely(chosen)) if self._dialect.name == "sqlite" else (mine, chosen)
        )

    def insert(self, statement: Insert) -> None:
        """Insert the few rows a statement holds."""
        self.run(statement)

    def insert_new(self, table: Table, **values: Any) -> bool:
        """Insert a row of this workspace unless its key is there already, whoever was first; whether it was inserted."""
        dialect = sqlite if self._dialect.name == "sqlite" else postgresql
        row = {"workspace_id": self.workspace_id, **values}
        statement = dialect.insert(table).values(row).on_conflict_do_nothing()
        return self.run(statement.execution_options(preserve_rowcount=True)) > 0

    def reserve(self, name: str, count: int) -> int:
        """The first of ``count`` numbers that are ours alone from now on."""
        table = schema.counter
        mine = (table.c.workspace_id == self.workspace_id, table.c.name == name)
        self.insert_new(table, name=name, next_value=1)
        taken = self.rows(
            update(table)
            .where(*mine)
            .values(next_value=table.c.next_value + count)
            .returning(table.c.next_value)
        )
        return int(taken[0][0]) - count

    def _staged(self, table: Table, frame: pl.DataFrame) -> Table:
        stage = _stage(next(self._stages), table, tuple(frame.columns))
        with self._statement() as connection:
            self._dialect.stage(connection, stage, frame)
        return stage

    def _dropped(self, stage: Table) -> None:
        with self._statement() as connection:
            stage.drop(connection)

    def _meets(self, table: Table, stage: Table, keys: Sequence[str]) -> list[ColumnElement[bool]]:
        return [
            table.c.workspace_id == self.workspace_id,
            *(table.c[each] == stage.c[each] for each in keys),
        ]


@lru_cache(maxsize=1_000)
def _stage(number: int, table: Table, columns: tuple[str, ...]) -> Table:
    """A temporary table of some ``columns`` of ``table``; the same each time, so that its statements are compiled once."""
    return Table(
        f"stage_{number}_{table.name}",
        MetaData(),
        *(Column(each, table.c[each].type) for each in columns),
        prefixes=["TEMPORARY"],
        postgresql_on_commit="DROP",
    )


def _until(
    parts: Iterable[pl.DataFrame], empty: Sequence[str], fuller: list[pl.DataFrame]
) -> Iterator[pl.DataFrame]:
    """The parts up to the first that has values in columns that were ``empty``; that one is put into ``fuller``."""
    for part in parts:
        if any(part[name].null_count() < part.height for name in empty):
            fuller.append(part)
            return
        yield part
