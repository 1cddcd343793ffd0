"""What only SQLite promises: strict tables, a journal that survives a crash, transactions that are ours."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator

import polars as pl
import pytest
import sqlalchemy as sa

from stocktake.model.errors import Refusal
from stocktake.stores import schema
from tests.reliability.database import ask, fingerprint
from tests.reliability.stock import SECOND, declare, imported, inventory, opened


@pytest.fixture
def pragmas(waiting_for_the_disk, sqlite_database) -> Iterator[dict[str, object]]:
    with opened(sqlite_database) as book:
        declare(book)
        with book.store.writing(1) as unit:
            yield {
                name: unit.rows(sa.text(f"PRAGMA {name}"))[0][0]
                for name in ("journal_mode", "synchronous", "foreign_keys", "query_only", "temp_store")
            }


def test_a_commit_survives_a_crash_and_readers_do_not_block(pragmas):
    """REL, "Learnt by trying": WAL, synchronous FULL (2) for the apply."""
    assert pragmas == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "query_only": 0,
        "temp_store": 2,
    }


def test_typed_tables_are_strict_and_clustered(sqlite_database):
    """REL: '0123' is not 123, and one workspace's rows lie together."""
    with inventory(sqlite_database):
        pass
    found = ask(sqlite_database, "SELECT strict, wr FROM pragma_table_list WHERE name = 'thing'")
    assert found == [(1, 1)]
    assert ask(sqlite_database, "PRAGMA integrity_check") == [("ok",)]
    assert ask(sqlite_database, "PRAGMA foreign_key_check") == []


def test_temporary_tables_are_gone_after_an_import(sqlite_database):
    """REL-10: a pooled connection starts clean."""
    with inventory(sqlite_database, filled=False) as book:
        imported(book, SECOND, "ALPHA")
        imported(book, {**SECOND, "C1": ("changed", "1")}, "ALPHA")
        with book.store.writing(1) as unit:
            assert unit.rows(sa.text("SELECT name FROM sqlite_temp_schema")) == []


@pytest.mark.parametrize("bulk", ["load", "update"])
@pytest.mark.parametrize("swallowed", [True, False])
def test_a_bulk_statement_that_meets_a_constraint_ends_the_whole_transaction(
    sqlite_database, bulk, swallowed
):
    """APP-2, REL-1: nothing of it and nothing before it is kept, be the error swallowed; the next transaction is sound."""
    with inventory(sqlite_database) as book:
        state = fingerprint(sqlite_database, without=frozenset())
        link = ask(sqlite_database, "SELECT feed_id, external_id, record_id FROM st_source_link LIMIT 1")
        named = pl.DataFrame(link, schema=["feed_id", "external_id", "record_id"], orient="row")
        facts = {"is_present": 1, "is_keyless": 0, "first_run": 1, "last_run": 1, "changed_run": 1}

        told = (Refusal,) if swallowed else (sqlite3.IntegrityError, sa.exc.IntegrityError)

        def break_a_constraint() -> None:
            with book.store.writing(1) as unit:
                unit.reserve("something", 7)
                with contextlib.suppress(Exception) if swallowed else contextlib.nullcontext():
                    if bulk == "load":
                        new = named.with_columns(external_id=pl.lit("NEW"))
                        unit.load(schema.source_link, pl.concat([new, named]), missed_snapshots=0, **facts)
                    else:
                        gone = named.select("feed_id", "external_id", is_present=pl.lit(None, dtype=pl.Int64))
                        unit.update(schema.source_link, gone, ["feed_id", "external_id"])

        with pytest.raises(told):
            break_a_constraint()

        assert fingerprint(sqlite_database, without=frozenset()) == state
        with book.store.writing(1) as unit:
            assert unit.reserve("something", 1) == 1


def test_a_reading_unit_is_read_only_and_the_next_writing_one_is_not(sqlite_database):
    """PLN-5: the same pooled connection serves both."""
    with inventory(sqlite_database) as book:
        with book.store.reading(1) as unit:
            assert unit.rows(sa.text("PRAGMA query_only"))[0][0] == 1
        with book.store.writing(1) as unit:
            assert unit.rows(sa.text("PRAGMA query_only"))[0][0] == 0
