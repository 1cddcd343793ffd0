"""REL-16: the scripts make exactly the tables that the statements speak of, on both stores."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from typing import NoReturn

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from stocktake.model.errors import Refusal
from stocktake.stores import schema, sqlite
from stocktake.stores.migrating import by_scripts
from stocktake.stores.migrations import HEAD, VERSION_TABLE
from stocktake.stores.store import open_store
from tests.reliability.child import Child
from tests.reliability.database import ask, is_sqlite, owner, tables
from tests.reliability.driver import Call

AT = datetime(2026, 3, 1, 9, tzinfo=UTC)


def scripts() -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", "stocktake.stores:migrations")
    return ScriptDirectory.from_config(config)


@pytest.fixture
def migrated(database_url) -> str:
    store = open_store(database_url)
    store.migrate(at=AT)
    store.close()
    return str(database_url)


@contextmanager
def connected(url: str) -> Iterator[sa.Connection]:
    engine = sa.create_engine(url)
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


def test_the_newest_script_is_what_head_says():
    """REL-16: HEAD spares a database that is up to date the import of Alembic, so it must not lie."""
    assert scripts().get_heads() == [HEAD]


def test_the_scripts_are_one_line_from_the_first_to_the_newest():
    """REL-16: no branches, and the module's name starts with its revision."""
    found = list(scripts().walk_revisions())
    assert [each.down_revision for each in found] == [each.revision for each in found[1:]] + [None]
    assert all(each.module.__name__.startswith(f"r{each.revision}") for each in found)


def test_an_empty_database_is_brought_to_the_newest_schema(migrated):
    """REL-16."""
    assert ask(migrated, f"SELECT version_num FROM {VERSION_TABLE}") == [(HEAD,)]
    assert set(tables(migrated)) == {*schema.metadata.tables, VERSION_TABLE}
    assert ask(migrated, "SELECT workspace_id, name FROM st_workspace") == [(1, "default")]


def test_workspaces_from_before_there_were_accounts_get_one(database_url):
    """REL-16, SEC-1: the default account, and what their owner could do before stays allowed."""
    engine = sa.create_engine(database_url)
    with engine.begin() as connection:
        by_scripts(connection, "0002")
        old = sa.table("st_workspace", *map(sa.column, ("workspace_id", "name", "created_at")))
        at = AT if not is_sqlite(database_url) else "2026-03-01T09:00:00.000000Z"
        rows = [{"workspace_id": 1, "name": "default"}, {"workspace_id": 7, "name": "north"}]
        connection.execute(sa.insert(old), [{**each, "created_at": at} for each in rows])
    engine.dispose()

    with closing(open_store(database_url)) as store:
        store.migrate(at=AT)
        with store.directory() as unit:
            found = [(each.workspace_id, each.name, each.account) for each in unit.workspaces()]
            assert all(each.allows_rollback and each.created_at == AT for each in unit.workspaces())
    assert found == [(1, "default", "default"), (7, "north", "default")]


def test_an_empty_sqlite_database_gets_what_the_scripts_make_one_after_another(sqlite_database, tmp_path):
    """REL-16: tables, indexes, views and triggers, to the letter."""
    at_once, by_script = sqlite_database, f"sqlite:///{tmp_path / 'scripts.db'}"
    with closing(open_store(at_once)) as store:
        store.migrate(at=AT)
    engine = sqlite.engine(sa.make_url(by_script))
    with engine.begin() as connection:
        by_scripts(connection)
    engine.dispose()

    made = "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY rowid"
    assert ask(at_once, made) == ask(by_script, made)
    assert ask(at_once, f"SELECT * FROM {VERSION_TABLE}") == ask(by_script, f"SELECT * FROM {VERSION_TABLE}")


def test_the_models_and_the_migrated_schema_do_not_differ(migrated):
    """REL-16: tables, columns, types, nullability, keys and indexes."""
    with connected(migrated) as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "compare_type": True,
                "compare_server_default": True,
                "include_name": lambda name, kind, _parents: (kind, name) != ("table", VERSION_TABLE),
            },
        )
        assert compare_metadata(context, schema.metadata) == []


def test_primary_keys_of_models_and_migrated_tables_are_the_same(migrated):
    """REL-16: the order of a key's columns too, which a comparison by Alembic leaves out."""
    with connected(migrated) as connection:
        inspector = sa.inspect(connection)
        for name, table in schema.metadata.tables.items():
            expected = [column.name for column in table.primary_key.columns]
            assert inspector.get_pk_constraint(name)["constrained_columns"] == expected, name


def test_partial_indexes_have_their_condition(migrated):
    """PRE: the index of missing links holds missing links only."""
    conditions = [
        str(row[0])
        for row in ask(
            migrated,
            "SELECT sql FROM sqlite_schema WHERE name = 'st_source_link_missing'"
            if is_sqlite(migrated)
            else "SELECT indexdef FROM pg_indexes WHERE indexname = 'st_source_link_missing'",
        )
    ]
    assert len(conditions) == 1
    assert "WHERE" in conditions[0]


def test_every_migrated_table_is_strict_and_clustered_on_sqlite(sqlite_database):
    """REL, "Learnt by trying": STRICT ('0123' stays text), WITHOUT ROWID (one workspace's rows lie together)."""
    store = open_store(sqlite_database)
    store.migrate(at=AT)
    store.close()
    found = ask(sqlite_database, "SELECT name, strict, wr FROM pragma_table_list WHERE type = 'table'")
    own = {name: (strict, clustered) for name, strict, clustered in found if name in schema.metadata.tables}
    assert set(own) == set(schema.metadata.tables)
    assert set(own.values()) == {(1, 1)}


def test_a_migration_that_fails_leaves_an_empty_database(database_url, monkeypatch):
    """REL-1, REL-16: DDL is in the transaction on both stores."""

    def stop(*_: object, **__: object) -> NoReturn:
        raise ArithmeticError

    monkeypatch.setattr("stocktake.stores.store.first_workspace", stop)
    store = open_store(database_url)
    with pytest.raises(ArithmeticError):
        store.migrate(at=AT)
    assert tables(database_url) == []
    monkeypatch.undo()
    store.migrate(at=AT)
    store.close()
    assert VERSION_TABLE in tables(database_url)


def test_a_newer_database_is_not_migrated_back(migrated):
    """REL-16: an older Stocktake refuses and changes nothing."""
    with owner(migrated) as connection:
        connection.execute(f"UPDATE {VERSION_TABLE} SET version_num = '9999'")
    store = open_store(migrated)
    with pytest.raises(Refusal):
        store.check_schema()
    with pytest.raises(Exception, match="9999"):
        store.migrate(at=AT)
    store.close()
    assert ask(migrated, f"SELECT version_num FROM {VERSION_TABLE}") == [("9999",)]


def test_two_processes_that_set_up_a_database_at_once_both_find_it_set_up(tap, database_url):
    """REL-6: one is held before it commits; the other waits or is told busy, and never gets a raw driver error."""
    asked = threading.Event()

    with Child(database_url, "BETA") as other, ThreadPoolExecutor() as pool:
        other.say(command="hello")
        other.hear("hello")  # it has imported what it needs

        def hold(call: Call) -> None:
            if call.kind == "commit" and not asked.is_set():
                asked.set()
                other.say(command="set_up")
                time.sleep(1)

        with tap.watched(before=hold):
            pool.submit(open_and_migrate, database_url).result(60)
        assert asked.is_set()
        assert other.hear("set up")["error"] in (None, "busy")
    assert ask(database_url, "SELECT count(*) FROM st_workspace") == [(1,)]


def open_and_migrate(url: str) -> None:
    store = open_store(url)
    store.migrate(at=AT)
    store.close()
