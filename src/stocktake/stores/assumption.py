"""What SQLite's planner is told of the tables that grow: one workspace has nearly all of their rows (ADR 21).

Without, it takes ten rows for what a workspace has, and walks over a million links rather than look fifty up. Told when a
table is made, and the same in every database: what a count of a young table says is wrong soon, and plans would differ.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, Index, Table, text

#: Makes the table of statistics where there is none, and has this connection read them.
READ_STATISTICS = "ANALYZE sqlite_schema"
#: Rows, and how many of them are alike in the first column of the key, the first two … .
SOURCE_LINK = {
    "st_source_link": "1000000 1000000 200000 1",
    "st_source_link_by_record": "1000000 1000000 2",
    "st_source_link_missing": "10000 10000 2000 100",
    "st_source_link_back": "10000 10000 2000 100",
}


def assume_many_records(connection: Connection, table: Table) -> None:
    """Tell SQLite's planner of a new typed table; nothing on PostgreSQL."""
    told = {table.name: "1000000 1000000 1"}
    told |= {str(each.name): _of_index(each) for each in table.indexes}
    assume(connection, table.name, told)


def assume(connection: Connection, table: str, told: Mapping[str, str]) -> None:
    """Tell SQLite's planner of the keys of a new table; nothing on PostgreSQL, which counts by itself."""
    if connection.dialect.name != "sqlite":
        return
    connection.exec_driver_sql(READ_STATISTICS)
    noted = text("INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (:table, :index, :told)")
    connection.execute(
        noted, [{"table": table, "index": index, "told": each} for index, each in told.items()]
    )
    connection.exec_driver_sql(READ_STATISTICS)


def _of_index(index: Index) -> str:
    rows = 1_000_000 if index.dialect_kwargs.get("sqlite_where") is None else 10_000
    columns = len(index.expressions)
    alike = [rows, *[1_000] * (columns - 2), 1 if index.unique else rows // 100]
    return " ".join(map(str, (rows, *alike)))
