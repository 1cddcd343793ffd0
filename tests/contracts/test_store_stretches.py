"""What every store promises of stretches: counts that writers keep, and pages that are found by them (INT-1)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest
from sqlalchemy import event

from stocktake.model.record_type import Field, FieldType, RecordType
from stocktake.stores.store import Store, open_store
from stocktake.stores.stretches import BITS, BLOCK, HURRY, RANGES

AT = datetime(2026, 3, 1, 9, tzinfo=UTC)
THING = RecordType(
    name="thing",
    title="Thing",
    plural="Things",
    display="name",
    fields=(Field(name="name"), Field(name="size", type=FieldType.INTEGER)),
)
MOMENTS = {"imported_at": AT, "updated_at": AT}
#: Numbers in four stretches, the last far away.
IDS = [*range(1, 4001, 10), 5_000_000]
GONE = pl.DataFrame({"id": [1, 11, 5_000_000], "version": [1, 1, 1]})


@pytest.fixture
def store(ready_database_url) -> Iterator[Store]:
    opened = open_store(ready_database_url)
    opened.migrate(at=AT)
    opened.define(THING, "{}", at=AT)
    with opened.writing(1) as unit:
        create(unit, IDS)
    yield opened
    opened.close()


def create(unit: Any, ids: list[int], *, size: str = "1", run_id: int = 1) -> None:
    frame = pl.DataFrame({"id": ids}).with_columns(name=pl.format("thing {}", "id"), size=pl.lit(size))
    unit.create_records(THING, frame, source="ALPHA", created_run=run_id, row_run=run_id, **MOMENTS)


def retire(unit: Any) -> None:
    assert unit.change_records(THING, GONE, at=AT, changed_run=2, retired_at=AT, retired_by="source") == 3


def kept(store: Store) -> list[tuple[int, int, int]]:
    with store.reading(1) as unit:
        return [each[:3] for each in unit.stretches("thing").rows() if each[1]]


def counted(store: Store) -> list[tuple[int, int, int]]:
    with store.reading(1) as unit:
        return sorted(unit._counted(THING).rows())


def listed(store: Store, **asked: Any) -> tuple[list[int], int]:
    with store.reading(1) as unit:
        given: dict[str, Any] = {"where": {}, "limit": 200, "offset": 0} | asked
        found, total = unit.record_page(THING, **given)
        return [row["id"] for row in found], total


def test_creating_counts_each_stretch(store):
    assert kept(store) == counted(store) == [(0, 103, 0), (1, 102, 0), (2, 103, 0), (3, 92, 0), (4882, 1, 0)]


def changed_back(unit: Any) -> None:
    retire(unit)
    back = GONE.with_columns(version=2, retired_at=pl.Series([None, "2026-03-01T09:00:00.000000Z", None]))
    assert unit.change_records(THING, back, at=AT, changed_run=3) == 3


def restored(unit: Any) -> None:
    retire(unit)
    unit.restore_records(THING, pl.DataFrame({"id": [1, 2, 11], "retired_at": None}), at=AT)


def half_retired(unit: Any) -> None:
    """One of the versions is another, and one record is not there."""
    some = pl.DataFrame({"id": [1, 11, 12], "version": [1, 7, 1]})
    assert unit.change_records(THING, some, at=AT, changed_run=2, retired_at=AT, retired_by="source") == 1


def deleted(unit: Any) -> None:
    retire(unit)
    assert unit.delete_records(THING, GONE.with_columns(version=pl.Series([2, 1, 2]))) == 2


def created_deleted(unit: Any) -> None:
    create(unit, [6, 16, 26], run_id=2)
    retire(unit)
    assert unit.delete_created(THING, 1, staying=pl.Series([11, 21])) == len(IDS) - 2


def untouched_deleted(unit: Any) -> None:
    retire(unit)
    assert unit.delete_untouched(THING, pl.Series([1, 21, 31])) == 2


def recreated(unit: Any) -> None:
    retire(unit)
    image = unit.record_image(THING, pl.Series([1, 21]))
    unit.delete_records(THING, image.select("id", "version"))
    unit.recreate_records(THING, image, at=AT)


@pytest.mark.parametrize(
    "act",
    [
        retire,
        changed_back,
        restored,
        half_retired,
        deleted,
        created_deleted,
        untouched_deleted,
        recreated,
    ],
)
def test_whatever_changes_records_keeps_the_counts(store, act: Callable[[Any], None]):
    """Retired, brought back, restored, deleted by a rollback, made anew: a count finds what is kept."""
    with store.writing(1) as unit:
        act(unit)
    assert kept(store) == counted(store)


def test_what_is_not_committed_is_not_counted(store):
    before = kept(store)

    def fail() -> None:
        with store.writing(1) as unit:
            retire(unit)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert kept(store) == before


@pytest.mark.parametrize("where", [{}, {"size": "1"}])
def test_any_page_is_the_one_that_walking_would_find(store, where):
    """Pages of seven, retired ones left out, over stretches and the gap between them."""
    with store.writing(1) as unit:
        retire(unit)
    there = IDS[2:-1]
    for offset in range(0, len(there) + 7, 7):
        found = listed(store, where=where, limit=7, offset=offset)
        assert found == (there[offset : offset + 7], len(there))
    assert listed(store, where=where, retired=True, offset=396) == (IDS[396:], len(IDS))


def test_what_a_filter_found_is_looked_for_again_where_somebody_wrote(store):
    """INT-1: exact after every write; a record that is written comes to the list, and leaves it."""
    wanted = {"size": "2"}
    assert listed(store, where=wanted) == ([], 0)
    with store.writing(1) as unit:
        unit.change_records(THING, pl.DataFrame({"id": [21], "version": [1], "size": ["2"]}), at=AT)
    assert listed(store, where=wanted) == ([21], 1)
    with store.writing(1) as unit:
        create(unit, [7_000_000], size="2", run_id=2)
        unit.restore_records(THING, pl.DataFrame({"id": [3991], "size": ["2"]}), at=AT)
    assert listed(store, where=wanted) == ([21, 3991, 7_000_000], 3)
    with store.writing(1) as unit:
        unit.delete_created(THING, 2)
        unit.change_records(THING, pl.DataFrame({"id": [21], "version": [2], "size": ["3"]}), at=AT)
    assert listed(store, where=wanted) == ([3991], 1)


def test_stretches_that_lie_apart_are_found_all_the_same(store):
    far = [number << 11 for number in range(10, 20 + RANGES)]
    with store.writing(1) as unit:
        create(unit, far, size="2", run_id=2)
    assert listed(store, where={"size": "2"}, limit=5, offset=len(far) - 5) == (far[-5:], len(far))


def folds(store: Store, key: str = "counted") -> tuple[list[tuple[int, int]], list[int], int]:
    """The first and last number of each block that is folded anew; what comes of all; and how many were to be read."""
    asked: list[tuple[int, int]] = []

    def fold(first: int, last: int) -> pl.DataFrame:
        asked.append((first, last))
        return pl.DataFrame({"records": [unit.value_counts(THING, [], first, last)["records"].sum()]})

    with store.reading(1) as unit:
        unread = unit.unfolded("thing", key)
        found = [int(each["records"][0]) for each in unit.folded("thing", key, fold)]
        assert unit.unfolded("thing", key) == 0
    return asked, found, unread


def test_only_blocks_in_which_somebody_wrote_are_folded_again(store):
    """HIS-6, INT-1: created, changed, deleted; by what is folded, and in whatever block."""
    size = 1 << BITS + BLOCK
    low, high = (0, size - 1), (5_000_000 // size * size, 5_000_000 // size * size + size - 1)
    assert folds(store) == ([low, high], [len(IDS) - 1, 1], len(IDS))
    assert folds(store) == ([], [len(IDS) - 1, 1], 0)
    assert folds(store, "another")[0] == [low, high]
    with store.writing(1) as unit:
        unit.change_records(THING, pl.DataFrame({"id": [21], "version": [1], "size": ["2"]}), at=AT)
    assert folds(store) == ([low], [len(IDS) - 1, 1], len(IDS) - 1)
    with store.writing(1) as unit:
        unit.delete_untouched(THING, pl.Series([5_000_000]))
    assert folds(store) == ([high], [len(IDS) - 1, 0], 0)
    with store.writing(1) as unit:
        create(unit, [2 * size], run_id=2)
    assert folds(store) == ([(2 * size, 3 * size - 1)], [len(IDS) - 1, 1, 0], 1)


def at_once(store: Store, **asked: Any) -> tuple[list[int] | None, int | None]:
    with store.reading(1) as unit:
        given: dict[str, Any] = {"where": {}, "limit": 200, "offset": 0} | asked
        found, total = unit.record_page_at_once(THING, **given)
        return None if found is None else [row["id"] for row in found], total


def test_who_is_in_a_hurry_looks_through_no_more_than_the_page_needs(store):
    """INT-1: the first of very many, with no number; a rare one not at all; asked again it goes on where it left off."""
    far = range(8_000_000, 8_000_000 + 4 * HURRY, 1 << BITS)
    with store.writing(1) as unit:
        create(unit, [*far], size="2", run_id=2)
        create(unit, [9_999_999], size="3", run_id=2)
    common, rare = {"size": "2"}, {"size": "3"}
    assert at_once(store, where=common, limit=5) == ([*far[:5]], None)
    assert at_once(store, where=rare) == (None, None)
    turns = 1
    while (found := at_once(store, where=rare)) == (None, None):
        turns += 1
    assert found == ([9_999_999], 1)
    assert turns == len(far) * (1 << BITS) // HURRY

    assert at_once(store, where=common, limit=5, offset=10) == ([*far[10:15]], None)
    with store.writing(1) as unit:
        unit.change_records(
            THING, pl.DataFrame({"id": [far[1], 1], "version": [1, 1], "size": ["3", "2"]}), at=AT
        )
    assert at_once(store, where=common, limit=5) == ([1, far[0], *far[2:5]], None)
    assert listed(store, where=common, limit=2) == ([1, far[0]], len(far))
    assert at_once(store, where=common, limit=2) == ([1, far[0]], len(far))
    assert at_once(store, where=rare) == ([far[1], 9_999_999], 2)
    assert at_once(store, limit=2) == ([1, 11], len(IDS) + len(far) + 1)
    assert at_once(store, missing_source="ALPHA") == ([], 0)


def test_whoever_writes_sees_what_was_written(store):
    """A unit that writes remembers nothing, and nobody else hears of what it has not committed."""
    wanted = {"where": {"size": "1"}, "limit": 1, "offset": 0}
    assert listed(store, **wanted)[1] == len(IDS)
    with store.writing(1) as unit:
        retire(unit)
        assert unit.record_page(THING, **wanted)[1] == len(IDS) - 3
        assert unit.record_page(THING, where={}, limit=1, offset=0)[1] == len(IDS) - 3
    assert listed(store, **wanted)[1] == len(IDS) - 3


def test_a_workspace_sees_its_own_lists(store):
    """SEC-2: the same question in another workspace has another answer, remembered or not."""
    wanted = {"where": {"size": "1"}, "limit": 1, "offset": 0}
    assert listed(store, **wanted)[1] == len(IDS)
    with store.directory(writes=True) as directory:
        other = directory.add_workspace("second", account_id=1, allows_rollback=True, at=AT)
    with store.writing(other) as unit:
        create(unit, [1], run_id=1)
    for workspace_id, length in ((other, 1), (1, len(IDS)), (other, 1)):
        with store.reading(workspace_id) as unit:
            assert unit.record_page(THING, **wanted)[1] == length
            assert unit.record_page(THING, where={}, limit=1, offset=0)[1] == length


@pytest.mark.parametrize("asked", [{}, {"where": {"size": "1"}}, {"missing_source": "ALPHA"}])
def test_a_page_takes_as_many_statements_whatever_its_number(store, asked):
    """INT-1: three at most, for a list of some records and of many."""
    taken = []
    for offset in (0, 390):
        listed(store, offset=offset, **asked)
        with statements(store) as seen:
            listed(store, offset=offset, **asked)
        taken.append(len(seen))
    assert taken[0] == taken[1] <= 5, taken


@contextmanager
def statements(store: Store) -> Iterator[list[str]]:
    """The statements of the block, with those that begin its transaction."""
    seen: list[str] = []

    def note(*given: Any) -> None:
        seen.append(given[2])

    event.listen(store._engine, "before_cursor_execute", note)
    yield seen
    event.remove(store._engine, "before_cursor_execute", note)
