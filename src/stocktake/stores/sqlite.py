"""What only SQLite does: connecting, loading, bulk reading (reliability.md "Learnt by trying")."""

from __future__ import annotations

import itertools
import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, cast

import polars as pl
from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Engine,
    Select,
    Table,
    bindparam,
    create_engine,
    event,
    func,
    select,
)
from sqlalchemy.engine import URL, ExceptionContext

from stocktake.stores.column_type import FLAG, NUMBER, TIME_FORMAT, WHOLE
from stocktake.stores.session import SLICE

#: Writers of other processes are waited for so long, in milliseconds.
BUSY_TIMEOUT = 30_000
#: A load inserts so many rows by one statement, which costs each of them half of what one of its own would.
GROUP = 50
#: So many rows are Python values at a time while a statement is read.
FETCH = 2_000
#: So many of those are handed over as one frame.
FRAMES = 10
#: SQLite takes at least 32,766 parameters; half of them is plenty.
VARIABLES = 16_000


def engine(url: URL) -> Engine:
    """An engine whose transactions we begin ourselves: BEGIN IMMEDIATE to write, a read-only one to plan."""
    made = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT / 1000}, hide_parameters=True)
    event.listen(made, "connect", _on_connect)
    event.listen(made, "begin", _on_begin)
    event.listen(made, "handle_error", _on_error)
    return made


def _on_connect(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None
    for pragma in (
        "PRAGMA journal_mode = WAL",
        "PRAGMA synchronous = FULL",
        "PRAGMA foreign_keys = ON",
        "PRAGMA temp_store = MEMORY",
        "PRAGMA cache_size = -16384",
    ):
        connection.execute(pragma)


def _on_begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("stocktake_writes", True)
    connection.exec_driver_sql("PRAGMA query_only = OFF" if writes else "PRAGMA query_only = ON")
    if connection.get_execution_options().get("stocktake_waits", True):
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
        return
    connection.exec_driver_sql("PRAGMA busy_timeout = 0")
    try:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    finally:
        connection.exec_driver_sql(f"PRAGMA busy_timeout = {BUSY_TIMEOUT}")


def _on_error(context: ExceptionContext) -> None:
    """An interrupt is no disconnect: SQLAlchemy would drop the connection with its cursor open, and the lock with it."""
    if not isinstance(context.original_exception, Exception):
        context.is_disconnect = False


class SQLite:
    """The dialect of the embedded store."""

    name = "sqlite"
    errors: tuple[type[Exception], ...] = (sqlite3.Error,)
    holds_jobs = False

    def alive(self, connection: Connection) -> bool:
        """SQLite ends a transaction by itself after some errors; the driver knows."""
        return bool(_driver(connection).in_transaction)

    def read(
        self,
        connection: Connection,
        statement: Select[Any],
        schema: Mapping[str, Any],
        take: Callable[[pl.DataFrame], None],
    ) -> None:
        """Rows straight from the driver, a few at a time: while they are in the processor's cache."""
        result = connection.execute(statement)
        cursor = cast("sqlite3.Cursor", result.cursor)
        frames = (_frame(rows, schema) for rows in iter(lambda: cursor.fetchmany(FETCH), []))
        for some in iter(lambda: list(itertools.islice(frames, FRAMES)), []):
            take(pl.concat(some, rechunk=True))
        result.close()

    def load(
        self,
        connection: Connection,
        table: Table,
        columns: Sequence[str],
        parts: Iterable[pl.DataFrame],
        constants: Mapping[str, Any],
    ) -> int:
        """``executemany`` of one prepared INSERT, fed by columns (APP-12): of many rows, then of one for those left over."""
        driver, fixed = _driver(connection), [_plain(each) for each in constants.values()]
        rows = max(1, min(GROUP, VARIABLES // len(columns)))
        left: list[Any] = []
        groups = _groups(parts, table, columns, rows * len(columns), left)
        loaded = 0
        for size, values in ((rows, groups), (1, _chunks(left, len(columns)))):
            statement = _insertion(connection, table, columns, list(constants), size)
            loaded += driver.executemany(statement, (each + fixed for each in values)).rowcount
        return loaded

    def stage(self, connection: Connection, table: Table, frame: pl.DataFrame) -> None:
        """A temporary table of this connection, filled."""
        table.create(connection)
        self.load(connection, table, frame.columns, (frame,), {})

    def among(self, column: Column[Any], ids: pl.Series) -> ColumnElement[bool]:
        """The ids travel as one JSON array."""
        listed = func.json_each(bindparam(None, json.dumps(ids.to_list()))).table_valued("value")
        return column.in_(select(listed.c.value))

    def lock_target(self, connection: Connection, table: Table, workspace_id: int, record_type: str) -> None:
        """BEGIN IMMEDIATE holds the only writer's lock already."""

    def held_targets(
        self, connection: Connection, table: Table, workspace_id: int, record_types: Sequence[str]
    ) -> frozenset[str]:
        """None: BEGIN IMMEDIATE has just taken the only writer's lock."""
        return frozenset()

    def lock_schema(self, connection: Connection) -> None:
        """BEGIN IMMEDIATE holds the only writer's lock already."""

    def analyze(self, connection: Connection, tables: Sequence[Table]) -> None:
        """Nothing: every statement's path is clear from the keys, and statistics of a small table mislead."""

    def enter_workspace(self, connection: Connection, workspace_id: int) -> None:
        """Nothing to settle: whoever opens the file is its owner (SEC-3)."""

    def open_directory(self, connection: Connection) -> None:
        """Nothing to open: SQLite has no row-level security."""

    def turn_to(self, connection: Connection, workspace_id: int) -> None:
        """Nothing to turn: SQLite has no row-level security."""

    def enter_queue(self, connection: Connection) -> None:
        """Nothing to settle either."""


def _driver(connection: Connection) -> sqlite3.Connection:
    return cast("sqlite3.Connection", connection.connection.driver_connection)


def _frame(rows: Sequence[Any], schema: Mapping[str, Any]) -> pl.DataFrame:
    columns = []
    for (name, dtype), values in zip(schema.items(), zip(*rows, strict=True), strict=True):
        flag = dtype == pl.Boolean
        series = pl.Series(name, values, dtype=pl.Int64 if flag else dtype)
        columns.append(series.cast(pl.Boolean) if flag else series)
    return pl.DataFrame(columns)


def _insertion(
    connection: Connection, table: Table, columns: Sequence[str], constants: Sequence[str], rows: int
) -> str:
    """An INSERT of so many rows of ``columns``, and of what is the same in all; only quoted names are text, no value.

    A failure ends the transaction, so that SQLite need not note how to undo one statement alone.
    """
    preparer = connection.dialect.identifier_preparer
    named = ", ".join(preparer.quote(each) for each in columns)
    every = ", ".join([named, *(preparer.quote(each) for each in constants)])
    row = f"({', '.join('?' * len(columns))})"
    return " ".join(
        (
            f"INSERT OR ROLLBACK INTO {preparer.format_table(table)} ({every})",
            f"WITH loaded ({named}) AS (VALUES {', '.join([row] * rows)})",
            f"SELECT {', '.join([named, *'?' * len(constants)])} FROM loaded",  # noqa: S608
        )
    )


def _groups(
    parts: Iterable[pl.DataFrame], table: Table, columns: Sequence[str], size: int, left: list[Any]
) -> Iterator[list[Any]]:
    """The values of all rows, row by row, ``size`` at a time; what does not fill the last group is ``left``."""
    for part in parts:
        for rows in part.select(columns).iter_slices(SLICE):
            values = [None] * (len(columns) * rows.height)
            for place, series in enumerate(_typed(rows, table)):
                values[place :: len(columns)] = _listed(series)
            left += values
            whole = len(left) - len(left) % size
            yield from _chunks(left[:whole], size)
            del left[:whole]


def _chunks(values: list[Any], size: int) -> Iterator[list[Any]]:
    for start in range(0, len(values), size):
        yield values[start : start + size]


def _listed(series: pl.Series) -> list[Any]:
    """Python values; the driver looks for an adapter of every ``bytes``, and of no ``bytearray``."""
    values = series.to_list()
    if series.dtype != pl.Binary:
        return values
    return [None if each is None else bytearray(each) for each in values]


def _typed(frame: pl.DataFrame, table: Table) -> pl.DataFrame:
    """Canonical text becomes what the column holds; only numbers and flags differ from text on SQLite."""
    casts = []
    for name, dtype in frame.schema.items():
        kind = table.c[name].type
        if kind is FLAG and dtype == pl.String:
            casts.append(pl.when(pl.col(name).is_not_null()).then(pl.col(name) == "true").cast(pl.Int64))
        elif kind is WHOLE or kind is NUMBER or dtype == pl.Boolean:
            casts.append(pl.col(name).cast(pl.Int64))
    return frame.with_columns(casts)


def _plain(value: Any) -> Any:
    return value.strftime(TIME_FORMAT) if isinstance(value, datetime) else value
