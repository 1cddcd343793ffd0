"""Isolation is enforced twice: queries that forget their workspace read nothing of another one (REL-12, SEC-2)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import polars as pl
import pytest
import sqlalchemy as sa
from sqlalchemy import BindParameter, Column, event
from sqlalchemy.sql import operators
from sqlalchemy.sql.elements import BinaryExpression
from sqlalchemy.sql.visitors import replacement_traverse

from stocktake.book import Book, open_book
from stocktake.model.errors import NotFound
from tests.reliability.database import is_sqlite, owner
from tests.reliability.stock import EVERYTHING, SOME, imported, inventory


@pytest.fixture
def filled(ready_database_url: str) -> str:
    """Workspace 1 holds something of everything, workspace 2 (other) nothing."""
    with inventory(ready_database_url) as book:
        imported(book, EVERYTHING, "ALPHA")
        imported(book, SOME, "BETA", "merge").rollback()
        book.add_mapping("usual", '[constants]\nnote = "x"', record_type="thing", source="ALPHA")
        book.add_discovery_flow("FLOW-1")
        book.edit_record("thing", 1, {"note": "by hand"})
    with owner(ready_database_url) as connection:
        at = "'2026-03-01T09:00:00.000000Z'"
        connection.execute(f"INSERT INTO st_workspace VALUES (2, 'other', 1, true, {at})")
    return ready_database_url


@contextmanager
def unscoped(book: Book) -> Iterator[list[str]]:
    """Every statement loses its condition on the workspace before it is executed; what they were, for counting."""
    lost: list[str] = []

    def forget(element: Any, **_: Any) -> Any:
        if (
            isinstance(element, BinaryExpression)
            and element.operator is operators.eq
            and isinstance(element.left, Column)
            and element.left.name == "workspace_id"
            and isinstance(element.right, BindParameter)
        ):
            lost.append(str(element.left))
            return sa.true()
        return None

    def rewrite(_connection: Any, statement: Any, many: Any, params: Any, _options: Any) -> Any:
        if isinstance(statement, sa.Select | sa.CompoundSelect):
            statement = replacement_traverse(statement, {}, forget)
        return statement, many, params

    engine = book.store._engine
    event.listen(engine, "before_execute", rewrite, retval=True)
    try:
        yield lost
    finally:
        event.remove(engine, "before_execute", rewrite)


def of_unit(read: Callable[[Any], Any]) -> Callable[[Book], Any]:
    def reading(book: Book) -> Any:
        with book.store.reading(book.workspace_id) as unit:
            return read(unit)

    return reading


def thing(book: Book) -> Any:
    return book.record_type("thing")


#: What a book and its units read, each with something in the first workspace.
READS: dict[str, Callable[[Book], Any]] = {
    "runs": lambda book: book.runs()[1],
    "one run": lambda book: [book.run(1)],
    "activity": lambda book: book.activity()[1],
    "missing": lambda book: book.missing()[1],
    "freshness": lambda book: [each for each in book.freshness() if each["last_sync_at"]],
    "sources": of_unit(lambda unit: unit.source_descriptors()),
    "mappings": lambda book: book.mappings(),
    "flows": lambda book: book.discovery_flows(),
    "history": lambda book: book.history_of("thing", 1),
    "provenance": lambda book: book.provenance("thing", 1),
    "time in stage": lambda book: book.time_in_stage("thing", field="note"),
    "rows of a run": of_unit(lambda unit: list(unit.raw_chunks(1))),
    "header of a run": of_unit(lambda unit: unit.header_of(1)),
    "images": of_unit(lambda unit: unit.image_names(3)),
    "writings": of_unit(lambda unit: unit.writings_of("thing", 1)),
    "links of a record": of_unit(lambda unit: unit.links_of_record("thing", 1)),
    "records": lambda book: of_unit(lambda unit: unit.record_count(thing(book)))(book),
    "one record": lambda book: of_unit(lambda unit: unit.record(thing(book), 1) or [])(book),
    "values counted": lambda book: of_unit(lambda unit: unit.value_counts(thing(book), ["note"], 0, 99))(
        book
    ),
    "spans": lambda book: of_unit(lambda unit: unit.record_spans(thing(book)))(book),
    "identities": lambda book: of_unit(lambda unit: unit.identities(thing(book), ["code"]))(book),
}


def amount(read: Callable[[Book], Any], book: Book) -> int:
    try:
        found = read(book)
    except NotFound:
        return 0
    return (
        found if isinstance(found, int) else found.height if isinstance(found, pl.DataFrame) else len(found)
    )


def test_queries_that_lost_their_workspace_read_nothing_of_another_one(filled: str):
    """REL-12, SEC-2: on PostgreSQL. On SQLite they do read it, which shows that the conditions were lost indeed."""
    with open_book(filled, workspace="default") as mine:
        full = {name for name, read in READS.items() if amount(read, mine)}
    with open_book(filled, workspace="other") as other:
        scoped = {name for name, read in READS.items() if amount(read, other)}
        with unscoped(other) as lost:
            leaked = {name for name, read in READS.items() if amount(read, other)}
    assert full == set(READS)
    assert scoped == set()
    assert len(lost) > 40
    assert leaked == (set(READS) if is_sqlite(filled) else set())
