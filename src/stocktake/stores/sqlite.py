"""What only SQLite does: connecting, loading, bulk reading (reliability.md "Learnt by trying")."""

from __future__ import annotations

import itertools
import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
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
    insert,
    select,
)
from sqlalchemy.engine import URL, ExceptionContext

from stocktake.stores.column_type import FLAG, TIME_FORMAT, WHOLE
from stocktake.stores.session import SLICE

#: Writers of other processes are waited for so long, in milliseconds.
BUSY_TIMEOUT = 30_000


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
        "PRAGMA cache_size = -131072",
    ):
        connection.execute(pragma)


def _on_begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("stocktake_writes", True)
    connection.exec_driver_sql("PRAGMA query_only = OFF" if writes else "PRAGMA query_only = ON")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _on_error(context: ExceptionContext) -> None:
    """An interrupt is no disconnect: SQLAlchemy would drop the connection with its cursor open, and the lock with it."""
    if not isinstance(context.original_exception, Exception):
        context.is_disconnect = False


class SQLite:
    """The dialect of the embedded store."""

    name = "sqlite"
    errors: tuple[type[Exception], ...] = (sqlite3.Error,)

    def alive(self, connection: Connection) -> bool:
        """SQLite ends a transaction by itself after some errors; the driver knows."""
        return bool(_driver(connection).in_transaction)

    def fetch(
        self, connection: Connection, statement: Select[Any], schema: Mapping[str, Any]
    ) -> pl.DataFrame:
        """Rows straight from the driver, a slice of Python values at a time."""
        result = connection.execute(statement)
        cursor = cast("sqlite3.Cursor", result.cursor)
        parts = [_frame(rows, schema) for rows in iter(lambda: cursor.fetchmany(SLICE), [])]
        result.close()
        return pl.concat(parts) if parts else pl.DataFrame(schema=dict(schema))

    def load(
        self,
        connection: Connection,
        table: Table,
        columns: Sequence[str],
        parts: Iterable[pl.DataFrame],
        constants: Mapping[str, Any],
    ) -> int:
        """``executemany`` of one prepared INSERT, fed by columns (APP-12)."""
        names = [*columns, *constants]
        statement = insert(table).values({each: bindparam(f"p_{each}") for each in names})
        compiled = statement.compile(dialect=connection.dialect)
        order = [each.removeprefix("p_") for each in compiled.positiontup or []]
        fixed = {name: _plain(value) for name, value in constants.items()}
        rows = (_tuples(_typed(part, table), order, fixed) for part in parts)
        return _driver(connection).executemany(str(compiled), itertools.chain.from_iterable(rows)).rowcount

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

    def lock_schema(self, connection: Connection) -> None:
        """BEGIN IMMEDIATE holds the only writer's lock already."""

    def analyze(self, connection: Connection, tables: Sequence[Table]) -> None:
        """Nothing: every statement's path is clear from the keys, and statistics of a small table mislead."""

    def enter_workspace(self, connection: Connection, workspace_id: int, *, writes: bool) -> None:
        """Nothing to settle: whoever opens the file is its owner (SEC-3)."""


def _driver(connection: Connection) -> sqlite3.Connection:
    return cast("sqlite3.Connection", connection.connection.driver_connection)


def _frame(rows: Sequence[Any], schema: Mapping[str, Any]) -> pl.DataFrame:
    columns = []
    for (name, dtype), values in zip(schema.items(), zip(*rows, strict=True), strict=True):
        flag = dtype == pl.Boolean
        series = pl.Series(name, values, dtype=pl.Int64 if flag else dtype)
        columns.append(series.cast(pl.Boolean) if flag else series)
    return pl.DataFrame(columns)


def _typed(frame: pl.DataFrame, table: Table) -> pl.DataFrame:
    """Canonical text becomes what the column holds; only numbers and flags differ from text on SQLite."""
    casts = []
    for name in frame.columns:
        kind = table.c[name].type
        if kind is WHOLE:
            casts.append(pl.col(name).cast(pl.Int64))
        elif kind is FLAG and frame.schema[name] == pl.String:
            casts.append(pl.when(pl.col(name).is_not_null()).then(pl.col(name) == "true"))
    return frame.with_columns(casts)


def _tuples(frame: pl.DataFrame, order: list[str], fixed: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
    """The rows of ``frame`` in the order of the statement's parameters; constants are repeated, not stored."""
    return itertools.chain.from_iterable(
        zip(
            *(itertools.repeat(fixed[each]) if each in fixed else part[each].to_list() for each in order),
            strict=False,
        )
        for part in frame.iter_slices(SLICE)
    )


def _plain(value: Any) -> Any:
    return value.strftime(TIME_FORMAT) if isinstance(value, datetime) else value
