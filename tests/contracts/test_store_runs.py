"""What every store promises of runs and what they leave: chunks, changes, images, history (APP-8, LIN, ROL)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import polars as pl
import pytest
import sqlalchemy as sa

from stocktake.model.run import RunStatus
from stocktake.planning.packed import pack
from stocktake.ports.frame import CHANGES, LINEAGE, RawChunk
from stocktake.stores.store import Store, open_store
from tests.reliability.child import Child

AT = datetime(2026, 3, 1, 9, tzinfo=UTC)
LATER = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture
def store(ready_database_url) -> Iterator[Store]:
    opened = open_store(ready_database_url)
    opened.migrate(at=AT)
    yield opened
    opened.close()


def announce(unit, run_id: int, **values) -> None:
    unit.announce_run(
        run_id,
        **{
            "kind": "import",
            "status": "applying",
            "source": "ALPHA",
            "record_type": "thing",
            "is_full_snapshot": True,
            "started_at": AT,
            "initiated_by": "tester",
            **values,
        },
    )


def test_reserved_numbers_are_one_block_after_the_other(store):
    """APP-11: by name, from 1; a block of none moves nothing."""
    with store.writing(1) as unit:
        assert [unit.reserve("run", count) for count in (1, 1, 1000, 1, 0, 1)] == [1, 2, 3, 1003, 1004, 1004]
        assert unit.reserve("record:thing", 5) == 1
    with store.writing(1) as unit:
        assert unit.reserve("run", 1) == 1005


def test_threads_never_get_the_same_number(store):
    """REL-6: eight threads, the very first number included."""
    blocks: list[tuple[int, int]] = []
    errors: list[BaseException] = []
    barrier = threading.Barrier(8)

    def reserve() -> None:
        try:
            barrier.wait(30)
            for count in (1, 3, 2):
                with store.writing(1) as unit:
                    blocks.append((unit.reserve("run", count), count))
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=reserve) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(60)
    numbers = [number for first, count in blocks for number in range(first, first + count)]
    assert not errors
    assert sorted(numbers) == list(range(1, 8 * 6 + 1))


def test_processes_never_get_the_same_number(store, ready_database_url):
    """REL-6."""
    with Child(ready_database_url, "ALPHA") as one, Child(ready_database_url, "BETA") as other:
        for child in (one, other):
            child.say(command="reserve", count=40)
        numbers = [number for child in (one, other) for number in child.hear("reserved")["numbers"]]
    assert sorted(numbers) == list(range(1, 81))


def test_a_run_comes_back_as_it_was_announced_and_changed(store):
    """APP-8."""
    with store.writing(1) as unit:
        announce(unit, 1, plan_id="p1", filename='ex"port.csv', header=["a", "b,c"], options={"keep": (1,)})
        announce(unit, 2, source="BETA", is_full_snapshot=False)
        unit.change_run(
            1, status="applied", applied_at=LATER, finished_at=LATER, stats={"created": 3}, phases={"x": 0.5}
        )
    with store.reading(1) as unit:
        newest, oldest = unit.runs(limit=10)
        assert unit.header_of(1) == ["a", "b,c"]
        assert (unit.run_of_plan("p1"), unit.run_of_plan("p2"), unit.last_run(), unit.run_count()) == (
            1,
            None,
            2,
            2,
        )
        assert unit.runs(limit=1, offset=1) == [oldest]
        assert unit.runs(limit=1, run_id=2) == [newest]
    assert (oldest.status, oldest.started_at, oldest.applied_at) == ("applied", AT, LATER)
    assert (oldest.stats, oldest.phases, oldest.is_full_snapshot) == ({"created": 3}, {"x": 0.5}, True)
    assert oldest.filename == 'ex"port.csv'
    assert (newest.status, newest.is_full_snapshot, newest.stats) == ("applying", False, {})


def test_a_run_has_its_columns_and_is_found_by_source_and_by_start(store, ready_database_url):
    """APP-8: as people who query the table find them."""
    engine = sa.create_engine(ready_database_url)
    with engine.connect() as connection:
        found = sa.inspect(connection)
        columns = {each["name"] for each in found.get_columns("st_import_run")}
        indexes = [each["column_names"] for each in found.get_indexes("st_import_run")]
    engine.dispose()

    assert columns >= {
        *(
            "run_id",
            "kind",
            "source",
            "record_type",
            "strategy",
            "is_full_snapshot",
            "filename",
            "file_sha256",
        ),
        *("started_at", "finished_at", "applied_at", "initiated_by", "stats", "phases", "rolled_back_at"),
        *("rolled_back_by", "replaces_run", "status", "discovery_flow_id", "master_flow_id", "phase"),
    }
    assert [each[:2] for each in indexes if each[1] in ("source", "started_at")] == [
        ["workspace_id", "source"],
        ["workspace_id", "started_at"],
    ]
    assert set(RunStatus) == {
        *("uploaded", "planned", "applying", "applied", "rolled_back"),
        *("cancelled", "blocked", "failed", "interrupted"),
    }


def test_a_plan_is_applied_once_even_if_two_try(store):
    """PLN-24: unique by workspace and plan."""
    with store.writing(1) as unit:
        announce(unit, 1, plan_id="p1")
    with pytest.raises(Exception, match=r"(?i)unique"), store.writing(1) as unit:
        announce(unit, 2, plan_id="p1")
    with store.writing(1) as unit:
        announce(unit, 2)
        announce(unit, 3)


def test_dead_runs_are_interrupted_and_no_others(store):
    """REL-9: earlier runs of the same type that still say ``applying``."""
    with store.writing(1) as unit:
        announce(unit, 1)
        announce(unit, 2, status="applied")
        announce(unit, 3, record_type="other")
        announce(unit, 4)
        announce(unit, 5)
        assert unit.interrupt_dead_runs("thing", 4, at=LATER) == 1
        statuses = {run.run_id: run.status for run in unit.runs(limit=10)}
    assert statuses == {1: "interrupted", 2: "applied", 3: "applying", 4: "applying", 5: "applying"}


def test_the_newest_import_is_applied_and_not_rolled_back(store):
    """FRE-3, PLN-11, APP-11."""
    with store.writing(1) as unit:
        announce(unit, 1, status="applied", file_sha256="aa")
        announce(unit, 2, status="applied", is_full_snapshot=False, file_sha256="bb")
        announce(unit, 3, status="rolled_back", file_sha256="cc")
        announce(unit, 4, status="failed")
        announce(unit, 5, status="applied", kind="rollback")
        announce(unit, 6, status="blocked")
        announce(unit, 7, status="interrupted")
        found = (
            unit.latest_import("ALPHA", "thing"),
            unit.latest_import("ALPHA", "thing", full_snapshot=True),
            unit.latest_import("ALPHA", "thing", sha256="aa"),
            unit.latest_import("ALPHA", "thing", sha256="cc"),
            unit.latest_import("BETA", "thing"),
        )
    assert [each and each.run_id for each in found] == [2, 1, 1, None, None]


def test_a_target_is_made_once_and_its_version_grows(store):
    """PLN-9, APP-3."""
    with store.writing(1) as unit:
        assert unit.target_version("thing") == 0
        unit.ensure_target("thing")
        unit.raise_target("thing")
        unit.ensure_target("thing")
        unit.lock_target("thing")
        assert unit.target_version("thing") == 1


def test_raw_chunks_come_back_whole_and_in_order(store):
    """LIN-2: cells as they were read, beside what became of them."""
    cells = ['a "b"\n', "", "😀 \\N"]

    def chunk(first: int) -> RawChunk:
        read = pl.DataFrame(
            {
                "_row": range(first, first + 3),
                "_line": range(first + 2, first + 5),
                "_fault": None,
                "c0": cells,
            }
        )
        outcome = pl.DataFrame({"decision": ["create", None, "update"], "record_id": [first, None, None]})
        return RawChunk(first_row=first, cells=pack(read), outcome=outcome)

    with store.writing(1) as unit:
        unit.keep_raw_chunks(9, map(chunk, (0, 3)))
    with store.reading(1) as unit:
        found = list(unit.raw_chunks(9))
        assert list(unit.raw_chunks(8)) == []
    assert [(each["row"][0], each["line"][0], each["record_id"][0]) for each in found] == [
        (0, 2, 0),
        (3, 5, 3),
    ]
    for each in found:
        assert each["c0"].to_list() == cells
        assert each["decision"].to_list() == ["create", None, "update"]


def test_changes_come_back_ordered_by_record_and_field(store):
    """LIN, ROL-2: before and after as canonical text, "" apart from NULL."""
    frame = pl.DataFrame(
        [(2, "b", "update", "", None), (1, "z", "retire", None, "\\N"), (1, "a", "update", "x\ny", "")],
        schema=CHANGES,
        orient="row",
    )
    with store.writing(1) as unit:
        unit.keep_changes(3, "thing", frame)
        unit.keep_changes(4, "thing", frame.clear())
        assert unit.changes_of(3, "thing").rows() == [frame.row(2), frame.row(1), frame.row(0)]
        assert unit.changes_among(3, "thing", [1, 999]).rows() == [frame.row(2), frame.row(1)]
        assert unit.changes_of(4, "thing").is_empty()
        assert unit.changes_of(4, "thing").schema == CHANGES


def test_images_come_back_whole_or_as_an_empty_frame(store):
    """ROL-2, ROL-6."""
    image = pl.DataFrame(
        [(1, 2, 3, 4, b"\x00\xff", None, "2026-03-01T09:00:00.000000Z", None, None, None, '{"a": 1}')],
        schema=LINEAGE,
        orient="row",
    )
    with store.writing(1) as unit:
        unit.keep_image(3, "lineage", image)
        unit.keep_image(4, "lineage", image.clear())
        assert unit.image_of(3, "lineage", LINEAGE).equals(image)
        for run_id, name in ((4, "lineage"), (3, "links"), (5, "lineage")):
            empty = unit.image_of(run_id, name, LINEAGE)
            assert empty.is_empty()
            assert empty.schema == LINEAGE


def test_history_is_added_and_shown_oldest_first(store):
    """HIS: a run may say two kinds of things about one field."""
    names = ["record_id", "field", "from_value", "to_value", "kind"]
    with store.writing(1) as unit:
        for run_id, rows in (
            (
                2,
                [
                    (1, "status", "A", "B", "update"),
                    (1, "status", None, "B", "reappeared"),
                    (2, "status", "A", "C", "update"),
                ],
            ),
            (1, [(1, "note", None, "", "update")]),
        ):
            unit.keep_history(run_id, "thing", pl.DataFrame(rows, schema=names, orient="row"), at=AT)
        found = unit.history_of("thing", 1)
    assert [
        (row["run_id"], row["field"], row["from_value"], row["to_value"])
        for row in found
        if row["run_id"] == 1
    ] == [(1, "note", None, "")]
    assert {row["kind"] for row in found if row["run_id"] == 2} == {"update", "reappeared"}
    assert [row["run_id"] for row in found] == [1, 2, 2]
    assert found[0]["changed_at"] == AT


def test_freshness_is_set_replaced_and_taken_away(store):
    """FRE-1, FRE-3."""
    with store.writing(1) as unit:
        unit.set_freshness("ALPHA", "thing", {"imported_at": AT, "record_count": 3, "run_id": 1})
        unit.set_freshness("ALPHA", "thing", {"imported_at": LATER, "record_count": 4, "run_id": 2})
        unit.set_freshness("BETA", "thing", {"imported_at": AT})
        unit.set_freshness("BETA", "thing", None)
        (found,) = unit.freshness()
    assert (found["source"], found["imported_at"], found["record_count"], found["run_id"]) == (
        "ALPHA",
        LATER,
        4,
        2,
    )


def test_a_mapping_is_found_by_its_version(store):
    """PLN-19, PLN-21."""
    values = {"source": "ALPHA", "record_type": "thing", "fields": "code,note", "columns": "code\tCode"}
    with store.writing(1) as unit:
        first = unit.keep_mapping(1, version="v1", **values)
        second = unit.keep_mapping(2, version="v2", **{**values, "fields": "code"})
        assert (unit.mapping_id("ALPHA", "thing", "v1"), unit.mapping_id("ALPHA", "thing", "v2")) == (
            first,
            second,
        )
        assert unit.mapping_id("BETA", "thing", "v1") is None
        assert sorted(unit.spoken_fields("thing").rows()) == [
            (first, "code"),
            (first, "note"),
            (second, "code"),
        ]
        assert unit.spoken_fields("other").is_empty()


def test_runs_that_mend_others_are_found_while_they_stand(store):
    """ERR-3: of this workspace, oldest first."""
    with store.writing(1) as unit:
        announce(unit, 1, status="applied")
        announce(unit, 2, status="applied", mends_run=1)
        announce(unit, 3, status="rolled_back", mends_run=1)
        announce(unit, 4, status="applied", mends_run=1)
        announce(unit, 5, status="applied", mends_run=2)
    with store.reading(1) as unit:
        assert [each.run_id for each in unit.mending_runs([1])] == [2, 4]
        assert [each.mends_run for each in unit.mending_runs([1, 2])] == [1, 1, 2]
        assert unit.mending_runs([]) == []
    with store.reading(2) as unit:
        assert unit.mending_runs([1]) == []


def test_the_options_of_a_run_are_kept_as_they_were_given(store):
    """PLN-8, ERR-3"""
    with store.writing(1) as unit:
        announce(unit, 1, options={"duplicates": "first", "columns": [["A", "b"]]})
        announce(unit, 2)
    with store.reading(1) as unit:
        assert unit.options_of(1) == {"duplicates": "first", "columns": [["A", "b"]]}
        assert unit.options_of(2) == {}
        assert unit.options_of(9) == {}
