"""What every store promises of records: every type gives back its text, and versions hold (TYP-2, TYP-8, PLN-9)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import polars as pl
import pytest

from stocktake.model.record_type import Field, FieldType, RecordType
from stocktake.stores.store import Store, open_store
from tests.reliability.database import ask, is_sqlite, owner

AT = datetime(2026, 3, 1, 9, tzinfo=UTC)
LATER = datetime(2026, 3, 2, 9, tzinfo=UTC)

TEXTS = [
    "plain",
    "",
    " ",
    'a "quoted" word',
    "it's",
    "two\nlines",
    "carriage\r\nreturn",
    "\ttab\t",
    "comma, semicolon; pipe|",
    "Prüfung ✓ 日本語",
    "👩‍👩‍👧 emoji 😀",
    "e\u0301 not composed",
    "\\N",
    "\\.",
    "a\n\\.\nb",
    "\\",
    "\\\\x41",
    "\\x41",
    "C:\\new\\table",
    "NULL",
    "null",
    "%s %(x)s :name ?",
    "'; DROP TABLE everything; --",
    "0123",
    "1e5",
    "true",
    "\u0001\u001f\u007f",
    "\ufeffmark",
    "x" * 100_000,
]
VALUES: dict[FieldType, list[str]] = {
    FieldType.TEXT: TEXTS,
    FieldType.INTEGER: ["0", "1", "-1", "9223372036854775807", "-9223372036854775808", "4294967296"],
    FieldType.DECIMAL: [
        "0",
        "1.1",
        "-1.1",
        "0.1",
        "100",
        "12345678901234567890123456789012345678",
        "-0.00000000000000000000000000000000000001",
        "1234567890123456789.0123456789012345678",
        "9007199254740993",
    ],
    FieldType.BOOLEAN: ["true", "false"],
    FieldType.DATE: ["2024-02-29", "0001-01-01", "9999-12-31", "1582-10-10"],
    FieldType.DATETIME: [
        "2024-02-29T14:30:00.000000Z",
        "2024-10-27T01:30:00.000001Z",
        "0001-01-02T00:00:00.000000Z",
        "9999-12-30T23:59:59.999999Z",
        "1969-12-31T23:59:59.500000Z",
    ],
    FieldType.CHOICE: ["ACTIVE", "in use"],
    FieldType.EMAIL: ["ann@example.com"],
    FieldType.PHONE: ["+15551234567"],
    FieldType.URL: ["https://example.com/?a=1&b=%20"],
    FieldType.JSON: [
        '{"b": 1, "a": [1.10, null, "x"]}',
        "[]",
        "null",
        '"text"',
        '{"a":{"a":1}}',
        '["\\\\", "\\u00e9"]',
    ],
}
KINDS = list(FieldType)
SAMPLE = RecordType(
    name="sample",
    title="Sample",
    plural="Samples",
    fields=tuple(Field(name=f"f_{each.value}", type=each) for each in KINDS),
    display="f_text",
)
NAMES = [each.name for each in SAMPLE.fields]
LINEAGE = {"source": "ALPHA", "created_run": 1, "row_run": 1, "imported_at": AT, "updated_at": AT}


@pytest.fixture
def store(ready_database_url) -> Iterator[Store]:
    opened = open_store(ready_database_url)
    opened.migrate(at=AT)
    opened.define(SAMPLE, "{}", at=AT)
    yield opened
    opened.close()


def samples(kind: FieldType) -> pl.DataFrame:
    """A record per value of one type, the other fields NULL, and one record that is all NULL."""
    values = [*VALUES[kind], None]
    return pl.DataFrame(
        {
            "id": range(1, len(values) + 1),
            **{name: [None] * len(values) for name in NAMES},
            f"f_{kind.value}": values,
        },
        schema={"id": pl.Int64, **dict.fromkeys(NAMES, pl.String)},
    )


def read_back(frame: pl.DataFrame, field: str) -> list[str | None]:
    return frame.sort("_record_id")[field].to_list()


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.value)
def test_a_created_value_comes_back_as_the_text_it_was(store, kind):
    """TYP-2, TYP-8: by identities, record_values and record_page; "" stays apart from NULL."""
    frame, field = samples(kind), f"f_{kind.value}"
    expected = frame[field].to_list()
    with store.writing(1) as unit:
        unit.create_records(SAMPLE, frame, **LINEAGE)
    with store.reading(1) as unit:
        assert read_back(unit.identities(SAMPLE, [field]), field) == expected
        assert read_back(unit.record_values(SAMPLE, frame["id"], NAMES), field) == expected
        rows, total = unit.record_page(SAMPLE, where={}, limit=200, offset=0)
        assert [row[field] for row in rows] == expected
        assert total == len(expected)
        assert unit.record(SAMPLE, 1)[field] == expected[0]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.value)
def test_a_changed_value_comes_back_as_the_text_it_was(store, kind):
    """TYP-2, APP-12: the way through a staging table loses nothing either."""
    frame, field = samples(kind), f"f_{kind.value}"
    expected = [*reversed(frame[field].to_list())]
    change = pl.DataFrame(
        {"id": frame["id"], "version": [1] * frame.height, field: expected},
        schema={"id": pl.Int64, "version": pl.Int64, field: pl.String},
    )
    with store.writing(1) as unit:
        unit.create_records(SAMPLE, frame, **LINEAGE)
        assert unit.change_records(SAMPLE, change, at=LATER) == frame.height
        assert read_back(unit.identities(SAMPLE, [field]), field) == expected
        restore = change.select("id", pl.Series(field, frame[field]))
        assert unit.restore_records(SAMPLE, restore, at=LATER) == frame.height
        assert read_back(unit.identities(SAMPLE, [field]), field) == frame[field].to_list()


@pytest.mark.parametrize(
    "kind", [kind for kind in KINDS if kind is not FieldType.JSON], ids=lambda kind: kind.value
)
def test_a_page_is_filtered_by_the_canonical_text(store, kind):
    """TYP-6, INT-1: what is shown is what is compared."""
    frame, field = samples(kind), f"f_{kind.value}"
    with store.writing(1) as unit:
        unit.create_records(SAMPLE, frame, **LINEAGE)
    with store.reading(1) as unit:
        for value in VALUES[kind]:
            rows, total = unit.record_page(SAMPLE, where={field: value}, limit=10, offset=0)
            assert ([row[field] for row in rows], total) == ([value], 1)


@pytest.mark.parametrize(
    ("told", "found"),
    [
        ({"f_text~": "LAIN"}, ["plain"]),
        ({"f_text~": "%"}, ["%s %(x)s :name ?"]),
        ({"f_text~": "_"}, []),
        ({"f_text~": "\\\\x"}, ["\\\\x41"]),
        ({"f_text~": "Prü"}, ["Prüfung ✓ 日本語"]),
        ({"f_text~": "PRÜ"}, []),
        ({"~": "it's"}, ["it's"]),
        ({"~": "7"}, ["carriage\r\nreturn"]),
    ],
)
def test_a_page_is_filtered_by_what_a_field_holds_somewhere(store, told, found):
    """INT-1: letters alike, whether capitals or not; nothing in the text is a pattern; a number finds its record too."""
    with store.writing(1) as unit:
        unit.create_records(SAMPLE, samples(FieldType.TEXT), **LINEAGE)
    with store.reading(1) as unit:
        rows, total = unit.record_page(SAMPLE, where=told, limit=200, offset=0)
    assert ([row["f_text"] for row in rows], total) == (found, len(found))


@pytest.mark.parametrize(
    "setting", ["datestyle = 'German'", "timezone = 'Asia/Kathmandu'", "intervalstyle = 'iso_8601'"]
)
def test_a_server_with_its_own_ways_of_writing_changes_nothing(postgres_database, setting):
    """TYP-8: canonical text does not depend on how the server likes to show dates."""
    with owner(postgres_database) as connection:
        name = connection.info.dbname
        connection.execute(f'ALTER DATABASE "{name}" SET {setting}')
    store = open_store(postgres_database)
    try:
        store.migrate(at=AT)
        store.define(SAMPLE, "{}", at=AT)
        for kind in (FieldType.DATE, FieldType.DATETIME):
            frame, field = samples(kind), f"f_{kind.value}"
            with store.writing(1) as unit:
                unit.create_records(
                    SAMPLE, frame.with_columns(id=pl.col("id") + unit.reserve("x", 100)), **LINEAGE
                )
                found = read_back(unit.identities(SAMPLE, [field]), field)
            assert [each for each in found if each] == VALUES[kind]
    finally:
        store.close()


def test_a_column_holds_its_type_and_not_text(store, ready_database_url):
    """TYP-5: people query it with plain SQL; on SQLite decimals and moments are text (TYP-8)."""
    with owner(ready_database_url) as connection:
        if is_sqlite(ready_database_url):
            kinds = {row[1]: row[2] for row in connection.execute("PRAGMA table_info(sample)")}
        else:
            kinds = dict(
                connection.execute(
                    "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = 'sample'"
                ).fetchall()
            )
    expected = (
        {
            "integer": "INTEGER",
            "decimal": "TEXT",
            "boolean": "INTEGER",
            "date": "TEXT",
            "datetime": "TEXT",
            "json": "TEXT",
        }
        if is_sqlite(ready_database_url)
        else {
            "integer": "bigint",
            "decimal": "numeric",
            "boolean": "boolean",
            "date": "date",
            "datetime": "timestamp with time zone",
            "json": "json",
        }
    )
    assert {name: kinds[f"f_{name}"] for name in expected} == expected
    assert {kinds[f"f_{name}"].lower() for name in ("text", "choice", "email", "phone", "url")} == {"text"}


def test_a_record_changes_only_where_its_version_holds(store):
    """PLN-9: the count says how many met; the version grows by one; the others stay."""
    frame = samples(FieldType.CHOICE)
    with store.writing(1) as unit:
        unit.create_records(SAMPLE, frame, **LINEAGE)
        change = pl.DataFrame({"id": [1, 2, 3, 99], "version": [1, 7, 1, 1], "f_text": ["a", "b", "c", "d"]})
        assert unit.change_records(SAMPLE, change, at=LATER, changed_run=2) == 2
        assert unit.change_records(SAMPLE, change, at=LATER, changed_run=3) == 0
        found = unit.record_values(SAMPLE, frame["id"], ["f_text", "f_choice"]).sort("_record_id")
    assert found["_version"].to_list() == [2, 1, 2]
    assert found["f_text"].to_list() == ["a", None, "c"]
    assert found["f_choice"].to_list() == ["ACTIVE", "in use", None]
    assert found["_changed_run"].to_list() == [2, None, 2]


def test_records_are_asked_for_by_any_number_of_ids(store):
    """REL, "Learnt by trying": 65,535 parameters are no limit; the ids travel as one value."""
    count = 70_000
    frame = pl.DataFrame({"id": range(1, count + 1), "f_integer": [str(number) for number in range(count)]})
    with store.writing(1) as unit:
        unit.create_records(SAMPLE, frame, **LINEAGE)
        found = unit.record_values(SAMPLE, frame["id"], ["f_integer"])
        assert found.height == count
        assert unit.names(SAMPLE, frame["id"]).height == count
        assert unit.lineage_image(SAMPLE, frame["id"]).height == count
        assert unit.record_values(SAMPLE, frame["id"].clear(), ["f_integer"]).height == 0


def test_retired_records_are_hidden_unless_asked_for(store):
    """TYP-6."""
    frame = samples(FieldType.BOOLEAN)
    with store.writing(1) as unit:
        unit.create_records(SAMPLE, frame, **LINEAGE)
        gone = pl.DataFrame({"id": [2], "version": [1]})
        unit.change_records(SAMPLE, gone, at=LATER, retired_at=LATER, retired_by="source", retired_run=2)
    with store.reading(1) as unit:
        assert unit.record_count(SAMPLE) == 2
        assert unit.retired_records(SAMPLE).rows() == [(2, "source")]
        assert [row["id"] for row in unit.record_page(SAMPLE, where={}, limit=9, offset=0)[0]] == [1, 3]
        assert [
            row["id"] for row in unit.record_page(SAMPLE, where={}, retired=True, limit=9, offset=1)[0]
        ] == [2, 3]


def test_a_workspace_has_its_own_records(store, ready_database_url):
    """SEC-2: the same ids in two workspaces are two records; nothing of one is read, changed or deleted by the other."""
    at = "'2026-03-01T09:00:00.000000Z'"
    with owner(ready_database_url) as connection:
        connection.execute(f"INSERT INTO st_workspace VALUES (2, 'other', 1, true, {at})")
    frame = samples(FieldType.CHOICE)
    for workspace_id in (1, 2):
        with store.writing(workspace_id) as unit:
            unit.create_records(SAMPLE, frame, **LINEAGE)
    with store.writing(2) as unit:
        change = pl.DataFrame({"id": [1], "version": [1], "f_text": ["theirs"]})
        assert unit.change_records(SAMPLE, change, at=LATER) == 1
        assert unit.delete_created(SAMPLE, 1) == frame.height
        assert unit.identities(SAMPLE, ["f_text"]).is_empty()
    with store.reading(1) as unit:
        assert read_back(unit.identities(SAMPLE, ["f_text"]), "f_text") == [None] * frame.height
    assert ask(ready_database_url, "SELECT count(*) FROM sample WHERE workspace_id = 2") == [(0,)]
