"""What every store promises of values that a person gave: kept, found, forgotten, apart by type and workspace (PRE-24)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import polars as pl
import pytest

from stocktake.ports.frame import HAND_EDIT
from stocktake.stores.store import Store, open_store

AT = datetime(2026, 3, 1, 9, tzinfo=UTC)


@pytest.fixture
def store(ready_database_url) -> Iterator[Store]:
    opened = open_store(ready_database_url)
    opened.migrate(at=AT)
    with opened.writing(1) as unit:
        unit.keep_hand_edits("thing", edits((1, "name", 5), (1, "size", 5), (2, "name", 6)))
        unit.keep_hand_edits("part", edits((1, "name", 7)))
    yield opened
    opened.close()


def edits(*lines: tuple[int, str, int]) -> pl.DataFrame:
    return pl.DataFrame(lines, schema=HAND_EDIT, orient="row")


def held(store: Store, record_type: str, ids: pl.Series | None = None) -> list[tuple[int, str, int]]:
    with store.reading(1) as unit:
        found = unit.hand_edits(record_type, ids)
    assert found.schema == HAND_EDIT
    return sorted(found.rows())


def test_hand_edits_are_those_of_the_type_and_of_the_records_asked_for(store):
    assert held(store, "thing") == [(1, "name", 5), (1, "size", 5), (2, "name", 6)]
    assert held(store, "thing", pl.Series([2, 9])) == [(2, "name", 6)]
    assert held(store, "thing", pl.Series([], dtype=pl.Int64)) == []
    assert held(store, "nothing") == []


def test_what_is_forgotten_is_forgotten_field_by_field(store):
    with store.writing(1) as unit:
        unit.forget_hand_edits("thing", edits((1, "name", 5), (2, "size", 5)))

    assert held(store, "thing") == [(1, "size", 5), (2, "name", 6)]
    assert held(store, "part") == [(1, "name", 7)]


def test_another_workspace_has_its_own(store):
    """SEC-2"""
    with store.reading(2) as unit:
        assert unit.hand_edits("thing").is_empty()
    with store.writing(2) as unit:
        unit.forget_hand_edits("thing", edits((1, "name", 5)))

    assert len(held(store, "thing")) == 3
