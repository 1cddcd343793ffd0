"""What only PostgreSQL does: COPY, row-level security, roles, locks (reliability.md, SEC-2, SEC-11, APP-12)."""

from __future__ import annotations

import io
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, cast

import polars as pl
import psycopg
from psycopg import IsolationLevel
from psycopg.pq import TransactionStatus
from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Engine,
    MetaData,
    Select,
    Table,
    bindparam,
    create_engine,
    event,
    func,
    insert,
    literal,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.engine import URL, ExecutionContext

from stocktake.stores.definition import APPLICATION_ROLE
from stocktake.stores.session import SLICE

#: A killed client must not keep its locks; a waiting one must be told (milliseconds).
_SETTINGS = {
    "lock_timeout": "30000",
    "idle_in_transaction_session_timeout": "600000",
    "client_connection_check_interval": "10000",
    # Dates travel as ISO text, whatever the server is set to.
    "DateStyle": "ISO, MDY",
    "TimeZone": "UTC",
    "bytea_output": "hex",
}

#: The execution option that a statement's rows are taken by.
_COPYING = "stocktake_copying"
#: So many rows of a COPY are parsed at a time.
BATCH = 20_000

#: Any number, as long as it is ours: who migrates or defines tables holds this lock.
_SCHEMA_LOCK = 7_862_625_437


def engine(url: URL) -> Engine:
    """An engine for ``postgresql+psycopg`` URLs."""
    connecting = {"application_name": "stocktake", "tcp_user_timeout": 30_000}
    made = create_engine(url, pool_pre_ping=True, hide_parameters=True, connect_args=connecting)
    event.listen(made, "begin", _on_begin)
    event.listen(made, "do_execute", _copy_instead)
    return made


def _on_begin(connection: Connection) -> None:
    """A transaction that only reads has one view, and cannot write; the driver says so as it begins it, at no cost."""
    reads = not connection.get_execution_options().get("stocktake_writes", True)
    driver = _driver(connection)
    driver.isolation_level = IsolationLevel.REPEATABLE_READ if reads else None
    driver.read_only = reads or None


def _copy_instead(
    cursor: psycopg.Cursor[Any], statement: str, parameters: Mapping[str, Any], context: ExecutionContext
) -> bool:
    """A SELECT that is fetched as a frame goes by COPY; the driver binds its values, as it does for any other."""
    take = context.execution_options.get(_COPYING)
    if take is None:
        return False
    with cursor.copy(f"COPY ({statement}) TO STDOUT (FORMAT csv, FORCE_QUOTE *)", parameters) as copy:
        take(copy)
    return True


def _batches(copy: psycopg.Copy) -> Iterator[list[bytes]]:
    rows = map(bytes, copy)  # kept as the driver's own views, a million rows cost four times as much
    return iter(lambda: list(itertools.islice(rows, BATCH)), [])


def _parsed(text: bytes, schema: Mapping[str, Any]) -> pl.DataFrame:
    """Rows of COPY: what is quoted is a value, even an empty one; what is not is NULL."""
    as_text = {name: pl.Int64 if dtype == pl.Int64 else pl.String for name, dtype in schema.items()}
    frame = pl.read_csv(text, has_header=False, schema=as_text)
    return frame.with_columns(
        pl.col(name) == "t" if dtype == pl.Boolean else pl.col(name).str.slice(2).str.decode("hex")
        for name, dtype in schema.items()
        if dtype in (pl.Boolean, pl.Binary)
    )


class Postgres:
    """The dialect of the team store."""

    name = "postgresql"
    errors: tuple[type[Exception], ...] = (psycopg.Error,)
    holds_jobs = True

    def alive(self, connection: Connection) -> bool:
        """``commit`` on an aborted transaction silently rolls back, so its state is asked first."""
        return _driver(connection).info.transaction_status in (
            TransactionStatus.INTRANS,
            TransactionStatus.ACTIVE,
        )

    def read(
        self,
        connection: Connection,
        statement: Select[Any],
        schema: Mapping[str, Any],
        take: Callable[[pl.DataFrame], None],
    ) -> None:
        """COPY, parsed by Polars: no row becomes Python values, and none waits in the driver's memory for the last."""

        def parse(copy: psycopg.Copy) -> None:
            for rows in _batches(copy):
                take(_parsed(b"".join(rows), schema))

        connection.execute(statement, execution_options={_COPYING: parse}).close()

    def load(
        self,
        connection: Connection,
        table: Table,
        columns: Sequence[str],
        parts: Iterable[pl.DataFrame],
        constants: Mapping[str, Any],
    ) -> int:
        """COPY into a temporary table, then INSERT … SELECT: policies refuse COPY into the table itself."""
        stage = _stage(table, tuple(columns))
        stage.create(connection)
        _copy(connection, stage, columns, parts)
        fixed = [literal(value, table.c[name].type).label(name) for name, value in constants.items()]
        names = [*columns, *constants]
        rows = select(*(stage.c[each] for each in columns), *fixed)
        loaded = connection.execute(
            insert(table).from_select(names, rows), execution_options={"preserve_rowcount": True}
        ).rowcount
        stage.drop(connection)
        return loaded

    def stage(self, connection: Connection, table: Table, frame: pl.DataFrame) -> None:
        """A temporary table, filled and analysed (a join went from 2.9 s to 0.07 s)."""
        table.create(connection)
        _copy(connection, table, frame.columns, (frame,))
        connection.execute(text(f"ANALYZE {_quoted(connection, table)}"))

    def among(self, column: Column[Any], ids: pl.Series) -> ColumnElement[bool]:
        """The ids travel as one array, joined and not compared one by one: without statistics `= ANY` was quadratic."""
        listed = func.unnest(bindparam(None, ids.to_list(), type_=ARRAY(column.type)))
        return column.in_(select(listed.column_valued("listed")))

    def lock_target(self, connection: Connection, table: Table, workspace_id: int, record_type: str) -> None:
        """The target's row is the lock: visible, and freed with the session."""
        connection.execute(
            select(table.c.version)
            .where(table.c.workspace_id == workspace_id, table.c.record_type == record_type)
            .with_for_update()
        )

    def held_targets(
        self, connection: Connection, table: Table, workspace_id: int, record_types: Sequence[str]
    ) -> frozenset[str]:
        """Rows that are there and that a lock which does not wait passes over."""
        mine = select(table.c.record_type).where(
            table.c.workspace_id == workspace_id, table.c.record_type.in_(record_types)
        )
        there = {row[0] for row in connection.execute(mine)}
        free = {row[0] for row in connection.execute(mine.with_for_update(skip_locked=True))}
        return frozenset(there - free)

    def lock_schema(self, connection: Connection) -> None:
        """A lock of the transaction, which no pooler can leak; waited for as long as any other."""
        connection.execute(select(func.set_config("lock_timeout", _SETTINGS["lock_timeout"], literal(True))))
        connection.execute(select(func.pg_advisory_xact_lock(_SCHEMA_LOCK)))

    def analyze(self, connection: Connection, tables: Sequence[Table]) -> None:
        """ANALYZE, as the owner; a role that may not is told so by a notice and nothing is lost."""
        for table in tables:
            connection.execute(text(f"ANALYZE {_quoted(connection, table)}"))

    def enter_workspace(self, connection: Connection, workspace_id: int) -> None:
        """Time-outs, the workspace that the policies see, and last the application's role, in one round trip."""
        settings = {**_SETTINGS, "stocktake.workspace": str(workspace_id), "role": APPLICATION_ROLE}
        connection.execute(
            select(*(func.set_config(name, value, literal(True)) for name, value in settings.items()))
        )

    def open_directory(self, connection: Connection) -> None:
        """The setting that the directory's policies ask for, until the transaction ends."""
        connection.execute(select(func.set_config("stocktake.directory", "on", literal(True))))

    def turn_to(self, connection: Connection, workspace_id: int) -> None:
        """The workspace that the policies see from here on."""
        name = "stocktake.workspace"
        connection.execute(select(func.set_config(name, str(workspace_id), literal(True))))

    def enter_queue(self, connection: Connection) -> None:
        """As for a workspace, but no policy hides a job, and idling is no fault: the job is done on another connection."""
        self.enter_workspace(connection, 0)
        settings = {"stocktake.directory": "on", "idle_in_transaction_session_timeout": "0"}
        connection.execute(
            select(*(func.set_config(name, value, literal(True)) for name, value in settings.items()))
        )


@lru_cache(maxsize=1_000)
def _stage(table: Table, columns: tuple[str, ...]) -> Table:
    """A temporary table of some ``columns`` of ``table``; the same each time, so that its statements are compiled once."""
    return Table(
        f"load_{table.name}",
        MetaData(),
        *(Column(each, table.c[each].type) for each in columns),
        prefixes=["TEMPORARY"],
        postgresql_on_commit="DROP",
    )


def _driver(connection: Connection) -> psycopg.Connection[Any]:
    return cast("psycopg.Connection[Any]", connection.connection.driver_connection)


def _quoted(connection: Connection, table: Table) -> str:
    return connection.dialect.identifier_preparer.format_table(table)


def _copy(
    connection: Connection, table: Table, columns: Sequence[str], parts: Iterable[pl.DataFrame]
) -> None:
    """COPY frames as CSV: text quoted, so that "" stays empty text and nothing means NULL."""
    named = ", ".join(connection.dialect.identifier_preparer.quote(each) for each in columns)
    statement = f"COPY {_quoted(connection, table)} ({named}) FROM STDIN (FORMAT csv)"
    with _driver(connection).cursor() as cursor, cursor.copy(statement) as copy:
        for part in parts:
            for rows in part.select(columns).iter_slices(SLICE):
                buffer = io.BytesIO()
                _hexed(rows).write_csv(buffer, include_header=False, quote_style="non_numeric")
                copy.write(buffer.getvalue())


def _hexed(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.with_columns(
        pl.when(pl.col(name).is_not_null()).then(pl.lit("\\x") + pl.col(name).bin.encode("hex")).alias(name)
        for name, dtype in rows.schema.items()
        if dtype == pl.Binary
    )
