"""What every store promises of wires: spans of numbers, and what lies beside them (HEA-2, HEA-4)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest

from stocktake.model.record_type import Field, RecordType
from stocktake.planning.packed import pack
from stocktake.planning.span import spans_of
from stocktake.ports.frame import RawChunk
from stocktake.stores.store import Store, open_store

AT = datetime(2026, 3, 1, 9, tzinfo=UTC)
THING = RecordType(name="thing", title="Thing", plural="Things", fields=(Field(name="name"),))
MOMENTS = {"imported_at": AT, "updated_at": AT}


@pytest.fixture
def store(ready_database_url: str) -> Iterator[Store]:
    """Run 1 made records 1 to 6, of which 4 is gone; run 2 made 10 and 11. ALPHA has them all, BETA has 1."""
    opened = open_store(ready_database_url)
    opened.migrate(at=AT)
    opened.define(THING, "{}", at=AT)
    with opened.writing(1) as unit:
        for run_id, ids in ((1, range(1, 7)), (2, (10, 11))):
            announce(unit, run_id)
            unit.create_records(
                THING,
                pl.DataFrame({"id": [*ids], "row_number": [each + 1 for each in ids]}),
                source="ALPHA",
                created_run=run_id,
                row_run=run_id,
                **MOMENTS,
            )
            unit.keep_raw_chunks(run_id, iter([chunk([*ids])]))
        link(unit, "ALPHA", (1, 2, 3, 5, 6, 10, 11))
        link(unit, "BETA", (1,))
        unit.delete_untouched(THING, pl.Series([4]))
    yield opened
    opened.close()


def announce(unit: Any, run_id: int, **values: Any) -> None:
    fixed = {"kind": "import", "status": "applied", "source": "ALPHA", "record_type": "thing"}
    unit.announce_run(run_id, **fixed, is_full_snapshot=True, started_at=AT, initiated_by="ana", **values)


def link(unit: Any, source: str, ids: Any) -> None:
    frame = pl.DataFrame({"external_id": [f"k{each}" for each in ids], "record_id": [*ids]})
    there = {"is_present": True, "is_keyless": False, "missed_snapshots": 0}
    runs = dict.fromkeys(("first_run", "last_run", "changed_run"), 1)
    unit.create_links(frame, source=source, record_type="thing", **there, **runs)


def chunk(ids: list[int]) -> RawChunk:
    """A row for each record, at the line that follows its number, and one that led to none."""
    rows = range(len(ids) + 1)
    read = pl.DataFrame({"_row": rows, "_line": [*(each + 1 for each in ids), 99], "_fault": None, "c0": "x"})
    outcome = pl.DataFrame({"decision": "create", "reason": None, "record_id": [*ids, None]})
    return RawChunk(first_row=0, cells=pack(read), outcome=outcome)


def spans(*pairs: tuple[int, int]) -> pl.DataFrame:
    return pl.DataFrame(pairs, schema={"first": pl.Int64, "last": pl.Int64}, orient="row")


def test_records_are_told_by_spans(store: Store):
    """Of what one run made as one, unless something is missing in it."""
    with store.reading(1) as unit:
        assert unit.record_spans(THING).rows() == [(1, 1, 3), (1, 5, 6), (2, 10, 11)]


def test_spans_of_raw_rows_are_known_again_as_long_as_they_are_there(store: Store):
    with store.reading(1) as unit:
        assert unit.line_spans(1).rows() == [(2, 7), (99, 99)]
        assert unit.outcome_spans(1).rows() == [(1, 6)]
        assert unit.outcome_spans(1).rows() == [(1, 6)]
    with store.writing(1) as unit:
        announce(unit, 3, content_run=2)
        unit.prune_raw_rows(pl.Series([1]), at=AT)
    with store.reading(1) as unit:
        assert unit.line_spans(1).is_empty()
        assert unit.outcome_spans(1).is_empty()
        assert unit.outcome_spans(3).rows() == [(10, 11)]  # it read the content of run 2 again


def test_places_that_are_known_are_passed(store: Store):
    with store.reading(1) as unit:
        every = unit.raw_places(THING, {}, after=0)
        assert every.rows()[:2] == [(1, 1, 2), (2, 1, 3)]
        assert every["_record_id"].to_list() == [1, 2, 3, 5, 6, 10, 11]
        assert unit.raw_places(THING, {1: spans((2, 3), (6, 6))}, after=2)["_record_id"].to_list() == [
            3,
            6,
            10,
            11,
        ]
        assert unit.raw_places(THING, {1: spans((0, 50)), 2: spans()}, after=0)["_record_id"].to_list() == [
            10,
            11,
        ]
        assert unit.raw_places(THING, {1: spans((0, 50)), 2: spans((0, 50))}, after=0).is_empty()


@pytest.mark.parametrize("unmet", [1, 10**9])
@pytest.mark.parametrize(
    ("met", "wanted"),
    [((), [1, 2, 3, 5, 6, 10, 11]), ((2, 3, 4, 10), [1, 5, 6, 11]), ((1, 2, 3, 5, 6, 10, 11), [])],
)
def test_links_beside_what_was_met_are_found_whichever_way(
    store: Store, unmet: int, met: Any, wanted: list[int]
):
    """HEA-7: of one source, present, and from before the snapshot."""
    with store.reading(1) as unit:
        there = spans_of(pl.Series(met, dtype=pl.Int64))
        assert sorted(unit.links_before("ALPHA", "thing", 2, there, unmet=unmet)) == wanted
        assert unit.links_before("ALPHA", "thing", 1, there, unmet=unmet).is_empty()


def test_what_leads_nowhere_is_counted_though_the_rest_is_passed(store: Store):
    """HEA-2"""
    with store.writing(1) as unit:
        link(unit, "BETA", (4, 12))
    with store.reading(1) as unit:
        there = unit.record_spans(THING)
        assert unit.links_to_missing_records(THING, there, detail=False).count == 2
        found = unit.links_to_missing_records(THING, there.clear(), detail=True)
        assert (found.count, [each.number for each in found.samples]) == (2, [4, 12])
        created = there["created_run"].unique()
        assert unit.records_without_link_or_run(THING, created, detail=False).count == 0
    with store.writing(1) as unit:
        unit.create_records(
            THING, pl.DataFrame({"id": [20, 21]}), source="X", created_run=77, row_run=77, **MOMENTS
        )
        link(unit, "BETA", (21,))
    with store.reading(1) as unit:
        created = unit.record_spans(THING)["created_run"].unique()
        found = unit.records_without_link_or_run(THING, created, detail=True)
        assert (found.count, [each.number for each in found.samples]) == (1, [20])
