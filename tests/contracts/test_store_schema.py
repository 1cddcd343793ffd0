"""What every store promises of its tables: migrating, defining, refusing, rolling back (REL-16, TYP-5, TYP-7, PLN-5)."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import polars as pl
import pytest
import sqlalchemy as sa

from stocktake.model.errors import InvalidInput, NotFound, Refusal
from stocktake.model.record_type import Field, FieldType, RecordType
from stocktake.stores import schema
from stocktake.stores.directory_table import DIRECTORY_TABLES
from stocktake.stores.store import Store, open_store
from tests.reliability.database import ask, fingerprint, is_sqlite, owner, tables

AT = datetime(2026, 3, 1, 9, tzinfo=UTC)
GADGET = RecordType(
    name="gadget",
    title="Gadget",
    plural="Gadgets",
    fields=(Field(name="code"), Field(name="price", type=FieldType.DECIMAL)),
    external_id=("code",),
)
LARGER = RecordType(
    name="gadget",
    title="Gadget",
    plural="Gadgets",
    fields=(
        *GADGET.fields,
        Field(name="bought_on", type=FieldType.DATE),
        Field(name="spec", type=FieldType.JSON),
    ),
    external_id=("code",),
)


@pytest.fixture
def store(database_url) -> Iterator[Store]:
    opened = open_store(database_url)
    opened.migrate(at=AT)
    yield opened
    opened.close()


def gadgets(*codes: str) -> pl.DataFrame:
    return pl.DataFrame({"id": range(1, len(codes) + 1), "code": codes})


LINEAGE = {"source": "ALPHA", "created_run": 1, "row_run": 1, "imported_at": AT, "updated_at": AT}


def test_migrating_again_changes_nothing(store, database_url):
    """PLN-25: idempotent."""
    before = fingerprint(database_url, without=frozenset())

    store.migrate(at=datetime(2027, 1, 1, tzinfo=UTC))

    assert fingerprint(database_url, without=frozenset()) == before
    assert store.is_set_up


def test_a_database_that_is_up_to_date_is_asked_once_and_not_migrated(store, monkeypatch):
    """PLN-25: quick, since every import asks; Alembic is not even imported."""
    monkeypatch.setattr("stocktake.stores.store.upgrade", lambda _connection: pytest.fail("migrated again"))
    statements: list[str] = []
    sa.event.listen(store._engine, "before_cursor_execute", lambda *call: statements.append(call[2]))
    start = time.perf_counter()

    store.migrate(at=AT)

    assert time.perf_counter() - start < 1
    assert len([each for each in statements if "st_schema_version" in each or "pg_catalog" in each]) < 4


def test_a_new_database_has_the_default_workspace_and_no_other(store):
    """SEC-10."""
    with store.directory() as unit:
        found = [
            (each.workspace_id, each.name, each.account, each.allows_rollback) for each in unit.workspaces()
        ]
    assert found == [(1, "default", "default", True)]


def test_a_database_that_was_never_set_up_is_refused(database_url):
    """PLN-25: a reading command creates nothing."""
    store = open_store(database_url)
    with pytest.raises(NotFound) as refused:
        store.check_schema()
    store.close()
    assert refused.value.code == "no-database"
    assert tables(database_url) == []


def test_a_database_of_another_version_is_refused(store, database_url):
    """REL-16: neither read nor written by guesswork."""
    ask_nothing(database_url, "UPDATE st_schema_version SET version_num = '9999'")
    with pytest.raises(InvalidInput) as refused:
        store.check_schema()
    assert refused.value.code == "schema-version"


def ask_nothing(url: str, statement: str) -> None:
    with owner(url) as connection:
        connection.execute(statement)


def test_an_additive_change_adds_columns_and_keeps_the_records(store, database_url):
    """TYP-7: what is added is NULL, and named to the caller."""
    assert store.define(GADGET, "{}", at=AT) == ()
    with store.writing(1) as unit:
        unit.create_records(GADGET, gadgets("a", "b"), **LINEAGE)

    assert store.define(LARGER, '{"larger": true}', at=AT) == ("bought_on", "spec")
    assert store.define(LARGER, '{"larger": true}', at=AT) == ()

    with store.writing(1) as unit:
        assert unit.identities(LARGER, ["code", "bought_on", "spec"]).rows() == [
            (1, "a", None, None),
            (2, "b", None, None),
        ]
        changed = pl.DataFrame({"id": [1], "version": [1], "bought_on": ["2026-01-31"], "spec": ['{"a": 1}']})
        assert unit.change_records(LARGER, changed, at=AT) == 1
        assert unit.record_type_descriptors() == {"gadget": '{"larger": true}'}


def test_a_table_that_stocktake_did_not_make_is_not_taken(store, database_url):
    """TYP-5: a foreign table of the same name is refused and left as it is."""
    ask_nothing(database_url, "CREATE TABLE gadget (anything TEXT)")
    ask_nothing(database_url, "INSERT INTO gadget VALUES ('theirs')")

    with pytest.raises(InvalidInput) as refused:
        store.define(GADGET, "{}", at=AT)

    assert refused.value.code == "reserved-name"
    assert ask(database_url, "SELECT anything FROM gadget") == [("theirs",)]
    assert ask(database_url, "SELECT count(*) FROM st_record_type") == [(0,)]


def test_the_view_of_presence_is_no_name_for_a_type(store):
    """TYP-5."""
    with pytest.raises(InvalidInput) as refused:
        store.define(
            RecordType(name="source_presence", title="P", plural="P", fields=GADGET.fields), "{}", at=AT
        )
    assert refused.value.code == "reserved-name"


@pytest.mark.parametrize("name", ["order", "select", "user", "group", "a" * 41])
def test_names_that_mean_something_in_sql_are_names_all_the_same(store, name):
    """TYP-5: names are quoted wherever they are written, the fields' too."""
    type_ = RecordType(
        name=name,
        title="T",
        plural="T",
        fields=(Field(name="from"), Field(name="where", type=FieldType.BOOLEAN)),
    )
    store.define(type_, "{}", at=AT)
    rows = pl.DataFrame({"id": [1, 2], "from": ["x", "y"], "where": ["true", None]})
    with store.writing(1) as unit:
        unit.create_records(type_, rows, **LINEAGE)
        again = pl.DataFrame(
            {"id": [1, 2], "version": [1, 1], "from": ["z", None], "where": ["false", "true"]}
        )
        assert unit.change_records(type_, again, at=AT) == 2
        assert unit.identities(type_, ["from", "where"]).sort("_record_id").rows() == [
            (1, "z", "false"),
            (2, None, "true"),
        ]


#: How a database says no: told as a refusal, or as the fault of ours that it is.
REFUSED = (Refusal, sa.exc.DBAPIError)

# Transactions ------------------------------------------------------------------------------------------------------


def test_a_reading_unit_cannot_write(store, database_url):
    """PLN-5: the connection itself refuses, whatever is asked of it."""
    store.define(GADGET, "{}", at=AT)
    before = fingerprint(database_url, without=frozenset())
    for statement in (
        sa.insert(schema.counter).values(workspace_id=1, name="x", next_value=1),
        sa.text("DELETE FROM st_workspace"),
        sa.text("CREATE TABLE leaked (a INTEGER)"),
    ):
        with pytest.raises(REFUSED), store.reading(1) as unit:
            unit.run(statement)
    with pytest.raises(REFUSED), store.reading(1) as unit:
        unit.reserve("run", 1)
    with pytest.raises(REFUSED), store.reading(1) as unit:
        unit.create_records(GADGET, gadgets("a"), **LINEAGE)
    assert fingerprint(database_url, without=frozenset()) == before


def test_a_reading_unit_sees_one_moment(store):
    """PLN-5, PLN-9: what others commit while a preview reads is not half in it."""
    store.define(GADGET, "{}", at=AT)
    with store.reading(1) as reading:
        assert reading.record_count(GADGET) == 0
        with store.writing(1) as unit:
            unit.create_records(GADGET, gadgets("a"), **LINEAGE)
        assert reading.record_count(GADGET) == 0
    with store.reading(1) as reading:
        assert reading.record_count(GADGET) == 1


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, SystemExit])
def test_a_writing_block_that_raises_leaves_nothing(request, store, database_url, error):
    """APP-1: the records, links and numbers of the block are gone, and the next block works."""
    store.define(GADGET, "{}", at=AT)
    before = fingerprint(database_url, without=frozenset())
    with pytest.raises(error), store.writing(1) as unit:  # noqa: PT012
        unit.reserve("run", 1)
        unit.create_records(GADGET, gadgets("a", "b"), **LINEAGE)
        unit.raise_links_version("ALPHA", "gadget")
        raise error
    assert fingerprint(database_url, without=frozenset()) == before
    with store.writing(1) as unit:
        unit.create_records(GADGET, gadgets("a"), **LINEAGE)
        assert unit.record_count(GADGET) == 1


def test_a_unit_whose_statement_failed_commits_nothing_even_if_the_error_is_swallowed(store, database_url):
    """REL, "Learnt by trying": SQLite may have rolled back already; PostgreSQL's commit would silently roll back."""
    store.define(GADGET, "{}", at=AT)
    before = fingerprint(database_url, without=frozenset())
    with pytest.raises(Exception) as refused, store.writing(1) as unit:  # noqa: PT012
        unit.create_records(GADGET, gadgets("a"), **LINEAGE)
        with pytest.raises(Exception):  # noqa: B017
            unit.create_records(GADGET, gadgets("a"), **LINEAGE)
    assert "Nothing was written" in str(refused.value)
    assert fingerprint(database_url, without=frozenset()) == before


# Every table -------------------------------------------------------------------------------------------------------


def inspected(url: str) -> Iterator[tuple[str, sa.Inspector]]:
    engine = sa.create_engine(url)
    try:
        with engine.connect() as connection:
            inspector = sa.inspect(connection)
            for name in inspector.get_table_names():
                yield name, inspector
    finally:
        engine.dispose()


def test_every_key_starts_with_the_workspace(store, database_url):
    """REL-12, ROL-11: one workspace's rows lie together, and the whole shards by it; global tables excepted."""
    store.define(GADGET, "{}", at=AT)
    seen = 0
    for name, inspector in inspected(database_url):
        if name in schema.GLOBAL_TABLES | DIRECTORY_TABLES or name == "st_schema_version":
            continue
        keys: list[Sequence[str | None]] = [inspector.get_pk_constraint(name)["constrained_columns"]]
        keys += [each["column_names"] for each in inspector.get_unique_constraints(name)]
        keys += [each["column_names"] for each in inspector.get_indexes(name)]
        assert all(each[0] == "workspace_id" for each in keys), (name, keys)
        assert inspector.get_foreign_keys(name) == []
        seen += 1
    assert seen > 10


def test_no_column_has_a_server_default_or_fills_itself(store, database_url):
    """The Citus rule: ids and times come from the application; no sequence, no identity, no default."""
    store.define(GADGET, "{}", at=AT)
    for name, inspector in inspected(database_url):
        for column in inspector.get_columns(name):
            assert column["default"] is None, (name, column)
            assert "identity" not in column, (name, column)
            assert not column.get("computed"), (name, column)
    if not is_sqlite(database_url):
        assert ask(database_url, "SELECT count(*) FROM pg_class WHERE relkind = 'S'") == [(0,)]
        assert ask(database_url, "SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal") == [(0,)]


def test_typed_tables_are_indexed_by_the_runs_that_made_and_changed_their_records(store, database_url):
    """ROL-11."""
    store.define(GADGET, "{}", at=AT)
    found = [
        each["column_names"]
        for name, inspector in inspected(database_url)
        if name == "gadget"
        for each in inspector.get_indexes(name)
    ]
    assert ["workspace_id", "created_run"] in found
    assert ["workspace_id", "changed_run"] in found
