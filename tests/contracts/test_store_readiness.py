"""What every store promises of readiness: nothing is ready that was not enriched as it is, whatever writes (MED-D8, D14)."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime

import polars as pl
import psycopg
import pytest

from stocktake.catalog.packs import pack_record_types
from stocktake.stores.store import Store, open_store
from tests.reliability.database import ask, is_sqlite, owner

AT = datetime(2026, 3, 1, 9, tzinfo=UTC)
LATER = datetime(2026, 3, 2, 9, tzinfo=UTC)
ASSET = pack_record_types()["media_asset"]
LINEAGE = {"source": "FILMS", "created_run": 1, "row_run": 1, "imported_at": AT, "updated_at": AT}
WAY = "state, approved_for_broadcast, operator_verified, content_version, enriched_version"


@pytest.fixture
def store(database_url) -> Iterator[Store]:
    """A store with asset 1, new as every asset is created."""
    opened = open_store(database_url)
    opened.migrate(at=AT)
    opened.define(ASSET, "{}", at=AT)
    with opened.writing(1) as unit:
        unit.create_records(ASSET, assets(1), **LINEAGE)
    yield opened
    opened.close()


def assets(*ids: int) -> pl.DataFrame:
    names = [f"film {each}" for each in ids]
    return pl.DataFrame(
        {
            "id": ids,
            **dict.fromkeys(
                ["collection", "title", "canonical_key", "canonical_key_hash", "asset_key"], names
            ),
            "size": [str(each) for each in ids],
            "parts": ['[{"path":"a"}]' for _ in ids],
        }
    )


def way(url: str) -> tuple[object, ...]:
    """How far asset 1 has come."""
    state, approved, verified, content, enriched = ask(url, f"SELECT {WAY} FROM media_asset WHERE id = 1")[0]
    return state, bool(approved), bool(verified), content, enriched


def changed(column: str, value: object) -> pl.DataFrame:
    return pl.DataFrame({"id": [1], "content_version": [1], column: [value]})


def make_ready(store: Store) -> None:
    with store.writing(1) as unit:
        assert unit.set_readiness(ASSET, changed("duration_ms", "1000"), enriched=True, state="ready") == 1


def approve(store: Store) -> None:
    make_ready(store)
    with store.writing(1) as unit:
        frame = changed("approved_by", "ana")
        approved = unit.set_readiness(
            ASSET, frame, approved_for_broadcast=True, operator_verified=True, approved_at=LATER
        )
        assert approved == 1


def refused(url: str, statement: str) -> str:
    """What the database itself says to a statement of plain SQL."""
    before = way(url)
    with (
        owner(url) as connection,
        pytest.raises((sqlite3.IntegrityError, psycopg.errors.CheckViolation)) as told,
    ):
        connection.execute(statement)
    assert way(url) == before
    return str(told.value)


def test_an_asset_is_created_new_and_unapproved(store, database_url):
    """MED-D8"""
    assert way(database_url) == ("new", False, False, 1, 0)


def test_an_enriched_asset_becomes_ready_and_then_approved(store, database_url):
    """MED-D8, MED-D9"""
    make_ready(store)
    assert way(database_url) == ("ready", False, False, 1, 1)
    approve(store)
    assert way(database_url) == ("ready", True, True, 1, 1)


@pytest.mark.parametrize("column", ["title", "size", "parts", "canonical_uri"])
def test_a_change_of_content_begins_the_way_anew(store, database_url, column):
    """MED-D7, MED-D8"""
    approve(store)
    value = '[{"path":"b"}]' if column == "parts" else "7"
    frame = pl.DataFrame({"id": [1], "version": [1], column: [value]})
    with store.writing(1) as unit:
        assert unit.change_records(ASSET, frame, at=LATER, changed_run=2) == 1
    assert way(database_url) == ("new", False, False, 2, 1)
    assert ask(database_url, "SELECT approved_at, approved_by, enriched_at FROM media_asset") == [(None,) * 3]


def test_what_enrichers_found_out_is_no_content(store, database_url):
    """MED-D9: derived fields are written without the way beginning anew"""
    approve(store)
    with store.writing(1) as unit:
        frame = pl.DataFrame({"id": [1], "version": [1], "container": ["Matroska"]})
        assert unit.change_records(ASSET, frame, at=LATER) == 1
    assert way(database_url) == ("ready", True, True, 1, 1)


def test_a_retired_asset_is_retired_and_comes_back_new(store, database_url):
    """MED-D14: reactivation"""
    approve(store)
    with store.writing(1) as unit:
        unit.change_records(ASSET, pl.DataFrame({"id": [1], "version": [1]}), at=LATER, retired_at=LATER)
    assert way(database_url) == ("retired", False, False, 2, 1)
    back = pl.DataFrame({"id": [1], "retired_at": [None]}, schema={"id": pl.Int64, "retired_at": pl.String})
    with store.writing(1) as unit:
        unit.restore_records(ASSET, back, at=LATER)
    assert way(database_url) == ("new", False, False, 3, 1)


def test_a_deleted_asset_comes_back_new(store, database_url):
    """MED-D14: rollback of what deleted it"""
    approve(store)
    with store.writing(1) as unit:
        image = unit.record_image(ASSET, pl.Series([1]))
        assert unit.delete_records(ASSET, pl.DataFrame({"id": [1], "version": [1]})) == 1
        unit.recreate_records(ASSET, image, at=LATER)
    assert way(database_url) == ("new", False, False, 2, 1)


def test_who_saw_earlier_content_makes_nothing_ready(store, database_url):
    """MED-D8: the content changed while the enricher looked"""
    with store.writing(1) as unit:
        unit.change_records(ASSET, pl.DataFrame({"id": [1], "version": [1], "size": ["7"]}), at=LATER)
    with store.writing(1) as unit:
        assert unit.set_readiness(ASSET, changed("duration_ms", "1000"), enriched=True, state="ready") == 0
    assert way(database_url) == ("new", False, False, 2, 0)


@pytest.mark.parametrize(
    "columns",
    [
        {"state": "'ready'"},
        {"state": "'ready'", "enriched_version": "1"},
        {"state": "'enriching'"},
        {"state": "'approved'"},
        {"approved_for_broadcast": "true"},
        {"state": "'ready'", "enriched_version": "1", "approved_for_broadcast": "true"},
        {"enriched_version": "2"},
    ],
    ids=str,
)
def test_plain_sql_creates_nothing_ready(store, database_url, columns):
    """MED-D8: whatever code asks, the database refuses"""
    names = ["id", "asset_key", "canonical_key_hash", *columns]
    values = ["2", "'other'", "'other'", *columns.values()]
    every = [name for name in column_names(database_url) if name not in names]
    refused(
        database_url,
        f"INSERT INTO media_asset ({', '.join([*names, *every])}) "
        f"SELECT {', '.join([*values, *every])} FROM media_asset WHERE id = 1",
    )


@pytest.mark.parametrize(
    "setting",
    [
        "title = 'other'",
        "size = 7",
        "parts = '[]'",
        "title = 'other', state = 'ready', content_version = content_version + 1",
        "title = 'other', state = 'ready', content_version = 2, enriched_version = 2",
        "title = 'other', state = 'new', approved_for_broadcast = true, content_version = 2",
        "content_version = content_version + 1",
        "content_version = content_version - 1",
        "state = 'new'",
        "state = 'retired'",
        "enriched_version = 0",
        "enriched_version = 2",
    ],
)
def test_plain_sql_leaves_nothing_ready_that_changes(store, database_url, setting):
    """MED-D8: an approved asset neither changes nor keeps its approval otherwise than by its way anew"""
    approve(store)
    refused(database_url, f"UPDATE media_asset SET {setting} WHERE id = 1")


def test_plain_sql_makes_nothing_ready_that_was_not_enriched(store, database_url):
    """MED-D8"""
    refused(database_url, "UPDATE media_asset SET state = 'ready' WHERE id = 1")
    refused(database_url, "UPDATE media_asset SET approved_for_broadcast = true WHERE id = 1")


def test_two_assets_of_a_collection_never_share_a_key(store, database_url):
    """MED-D3: a second insert fails in the database"""
    names = [name for name in column_names(database_url) if name not in ("id", "asset_key")]
    statement = (
        f"INSERT INTO media_asset (id, asset_key, {', '.join(names)}) "
        f"SELECT 2, 'other', {', '.join(names)} FROM media_asset WHERE id = 1"
    )
    with (
        owner(database_url) as connection,
        pytest.raises((sqlite3.IntegrityError, psycopg.errors.UniqueViolation)),
    ):
        connection.execute(statement)


def column_names(url: str) -> list[str]:
    if is_sqlite(url):
        return [str(row[1]) for row in ask(url, "PRAGMA table_info(media_asset)")]
    told = "SELECT column_name FROM information_schema.columns WHERE table_name = 'media_asset'"
    return [str(row[0]) for row in ask(url, told)]
