"""What every store promises of the activity log and the outbox (SEC-8, APP-7)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from stocktake.model.activity import ActivityFilter
from stocktake.stores.store import Store, open_store

AT = datetime(2026, 3, 1, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
EVERYTHING = ActivityFilter()


@pytest.fixture
def store(ready_database_url) -> Iterator[Store]:
    opened = open_store(ready_database_url)
    yield opened
    opened.close()


def said(*sentences: str) -> pl.DataFrame:
    return pl.DataFrame({"act": ["import"] * len(sentences), "sentence": list(sentences)})


def sentences(
    store: Store, wanted: ActivityFilter = EVERYTHING, *, limit: int = 99, offset: int = 0
) -> list[str]:
    with store.reading(1) as unit:
        return [each.sentence for each in unit.activity(wanted, limit=limit, offset=offset)]


def test_what_is_said_first_is_read_first_and_the_newest_before_all(store):
    """SEC-8: of one run and moment, what was logged later stands above."""
    with store.writing(1) as unit:
        unit.log(1, said("a", "b"), at=AT, actor="ana")
        unit.log(1, said("c", "d"), at=AT, actor="ana")
        unit.log(2, said('it\'s "e"'), at=AT + HOUR, actor="ana")
        unit.log(None, said("f", "g"), at=AT - HOUR, actor="ana")
        unit.log(3, said().clear(), at=AT, actor="ana")

    assert sentences(store) == ['it\'s "e"', "c", "d", "a", "b", "f", "g"]
    assert sentences(store, limit=3, offset=2) == ["d", "a", "b"]
    with store.reading(1) as unit:
        assert unit.activity_count(EVERYTHING) == 7
        assert [each.run_id for each in unit.activity(EVERYTHING, limit=99)] == [2, 1, 1, 1, 1, None, None]


def test_every_column_narrows_the_log(store):
    """SEC-8"""
    with store.writing(1) as unit:
        unit.log(1, said("a"), at=AT, actor="ana", source="ALPHA", record_type="thing", record_id=7)
        unit.log(2, said("b").with_columns(act=pl.lit("edit")), at=AT + HOUR, actor="bob")

    for wanted in (
        {"record_type": "thing"},
        {"record_type": "thing", "record_id": 7},
        {"source": "ALPHA"},
        {"run_id": 1},
        {"actor": "ana"},
        {"act": "import"},
        {"until": AT + HOUR},
    ):
        assert sentences(store, ActivityFilter(**wanted)) == ["a"], wanted
    assert sentences(store, ActivityFilter(since=AT + HOUR)) == ["b"]
    assert sentences(store, ActivityFilter(actor="ana", act="edit")) == []


@pytest.mark.parametrize(
    "wanted",
    [
        {},
        {"record_type": "thing", "record_id": 7},
        {"source": "ALPHA"},
        {"actor": "ana"},
        {"act": "retire"},
        {"since": AT},
    ],
    ids=str,
)
def test_a_page_is_read_by_an_index_and_not_sorted(sqlite_database, monkeypatch, wanted):
    """SEC-8: however long the log is."""
    store = open_store(sqlite_database)
    store.migrate(at=AT)
    plans: list[str] = []
    with store.reading(1) as unit:
        execute = unit._connection.execute

        def explained(statement, *values, **options):
            text = statement.compile(unit._connection, compile_kwargs={"literal_binds": True})
            plans.extend(row[3] for row in unit._connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}"))
            return execute(statement, *values, **options)

        monkeypatch.setattr(unit._connection, "execute", explained)
        unit.activity(ActivityFilter(**wanted), limit=50)
    store.close()

    assert [each.split(" USING ")[0] for each in plans] == ["SEARCH st_activity_log"]
