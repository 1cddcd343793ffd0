"""APP-2: no statement per row, in no store: thirty times the rows make the same calls of the driver."""

from __future__ import annotations

from collections import Counter
from typing import Any

import polars as pl
import pytest

from stocktake.book import Book
from stocktake.model.source import Source
from tests.reliability.database import owner
from tests.reliability.driver import Call, Tap
from tests.reliability.stock import declare, declare_parts, opened

#: Tables that grow with the records.
LARGE_TABLES = {"thing", "own", "st_source_link", "st_raw_chunk", "st_record_change"}

#: How many rows; both are one chunk of raw rows.
SMALL, LARGE = 100, 3_000


def rows(first: int, last: int, *, changed: range = range(0)) -> pl.DataFrame:
    numbers = range(first, last)
    return pl.DataFrame(
        {
            "code": [f"C{number:06}" for number in numbers],
            "note": [f"note {number}{' changed' * (number in changed)}" for number in numbers],
            "amount": [str(number) for number in numbers],
        }
    )


def before_and_after(count: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """A tenth goes, a fifth changes, a tenth is new."""
    tenth = count // 10
    return rows(0, count), rows(tenth, count + tenth, changed=range(tenth, 3 * tenth))


def plan(book: Book, frame: pl.DataFrame, strategy: str):
    return book.plan(frame, record_type="thing", source="ALPHA", strategy=strategy)


def shape(calls: list[Call]) -> Counter[str]:
    """What was called, how often: the blocks of a COPY and the numbers of parameters are left out.

    One call with several parameters is a call, as one with one is: of 3,000 records there are three stretches (ADR 21).
    """
    return Counter(
        f"{each.kind.replace('executemany', 'execute')} {' '.join(each.statement.split())[:60]}"
        for each in calls
        if each.kind != "write"
    )


def shapes(url: str, tap: Tap, count: int, strategy: str) -> dict[str, Counter[str]]:
    first, second = before_and_after(count)
    with opened(url) as book:
        declare(book)
        book.apply(plan(book, first, strategy))
        with tap.counted() as previewing:
            made = plan(book, second, strategy)
        with tap.counted() as applying:
            run = book.apply(made)
        assert run.stats["updated"] == count // 5
        assert run.stats["created"] == count // 10
        assert run.stats["retired"] == (count // 10 if strategy == "snapshot" else 0)
        with tap.counted() as rolling_back:
            run.rollback()
    return {"preview": shape(previewing), "apply": shape(applying), "rollback": shape(rolling_back)}


@pytest.fixture(params=["sqlite", "postgres"])
def two_databases(request, tmp_path):
    if request.param == "sqlite":
        return [f"sqlite:///{tmp_path / name}" for name in ("small.db", "large.db")]
    new = request.getfixturevalue("new_postgres_copy")
    return [new(), new()]


@pytest.mark.parametrize("strategy", ["snapshot", "merge"])
def test_preview_apply_and_rollback_make_as_many_calls_for_3000_rows_as_for_100(tap, two_databases, strategy):
    """APP-2, ROL-8, PLN-5, LIN-4: records, links and raw rows, each in one go."""
    small = shapes(two_databases[0], tap, SMALL, strategy)
    large = shapes(two_databases[1], tap, LARGE, strategy)

    assert large == small
    assert all(sum(calls.values()) > 3 for calls in small.values())


@pytest.mark.parametrize("strategy", ["snapshot", "merge"])
def test_a_preview_asks_and_never_writes(tap, two_databases, strategy):
    """PLN-5: neither a row nor a temporary table."""
    previewing = shapes(two_databases[0], tap, SMALL, strategy)["preview"]

    asking = {each for each in previewing if not each.startswith("copy COPY (SELECT ")}
    verbs = {each.split()[1] for each in asking if each.split()[0] == "execute"}
    assert verbs <= {"SELECT", "BEGIN", "SET", ";"}
    assert {each.split()[0] for each in asking} <= {"execute", "commit"}


def referring_shapes(url: str, tap: Tap, count: int) -> list[Counter[str]]:
    """Parts that wait for their things, the things that relink them, and the way back."""
    parts = pl.DataFrame(
        {
            "no": [f"P{number:06}" for number in range(count)],
            "thing_id": [f"C{number:06}" for number in range(count)],
        }
    )
    with opened(url) as book:
        declare(book)
        declare_parts(book)
        waiting = book.plan(parts, record_type="part", source="PARTS")
        with tap.counted() as applying:
            book.apply(waiting)
        with tap.counted() as planning:
            made = plan(book, rows(0, count), "merge")
        assert made.counts["relinked"] == count
        with tap.counted() as relinking:
            run = book.apply(made)
        with tap.counted() as rolling_back:
            run.rollback()
    return [shape(each) for each in (applying, planning, relinking, rolling_back)]


def test_references_wait_are_relinked_and_undone_without_a_statement_per_row(tap, two_databases):
    """APP-2, IDN-4."""
    small = referring_shapes(two_databases[0], tap, SMALL)

    assert referring_shapes(two_databases[1], tap, LARGE) == small


def test_wiring_health_asks_by_index_and_never_row_by_row(tap, tmp_path):
    """HEA-4: thirty times the records ask the same; no metric walks over a table without an index that leads it."""
    asked: list[list[str]] = []
    for count in (SMALL, LARGE):
        first, second = before_and_after(count)
        with opened(f"sqlite:///{tmp_path / str(count)}.db") as book:
            declare(book)
            for each in (first, second):
                book.apply(plan(book, each, "merge"))
            with tap.counted() as calls:
                assert book.wiring_health(detail=True).is_healthy
        asked.append([each.statement for each in calls if each.kind == "execute"])

    small, large = (Counter(statements) for statements in asked)
    assert large == small
    with owner(f"sqlite:///{tmp_path / str(LARGE)}.db") as connection:
        for statement in set(asked[1]):
            if statement.startswith(("SELECT", "WITH")):
                explained = f"EXPLAIN QUERY PLAN {statement}"
                steps = [row[3] for row in connection.execute(explained, (1,) * statement.count("?"))]
                walked = [each for each in steps if each.startswith("SCAN ") and " USING " not in each]
                assert [each for each in walked if each.split()[1] in LARGE_TABLES] == [], statement


TAGGED = """
name = "tagged"
title = "Tagged"
plural = "Tagged"
external_id = "code"
identity = [["code"], ["tag"]]
tracked = ["tag"]
[[field]]
name = "code"
[[field]]
name = "tag"
unique = true
"""


def displacing_shapes(url: str, tap: Tap, count: int) -> list[Counter[str]]:
    """The first half of the records take the tags of the second half."""
    half = count // 2
    codes, tags = ([f"{letter}{number:06}" for number in range(count)] for letter in "CT")
    with opened(url) as book:
        book.add_record_type(TAGGED)
        book.add_source(Source(name="ALPHA", record_types=("tagged",), external_id=("code",)))
        asked: dict[str, Any] = {"record_type": "tagged", "source": "ALPHA", "strategy": "merge"}
        book.plan(pl.DataFrame({"code": codes, "tag": tags}), **asked).apply()
        moved = pl.DataFrame({"code": codes[:half], "tag": tags[half:]})
        with tap.counted() as planning:
            made = book.plan(moved, on_conflict="overwrite", **asked)
        assert (made.counts["update"], made.counts["displaced"]) == (half, half)
        with tap.counted() as applying:
            run = made.apply()
        with tap.counted() as rolling_back:
            run.rollback()
    return [shape(each) for each in (planning, applying, rolling_back)]


def test_records_give_way_and_come_back_without_a_statement_per_row(tap, two_databases):
    """APP-2, PACK-1."""
    small = displacing_shapes(two_databases[0], tap, SMALL)

    assert displacing_shapes(two_databases[1], tap, LARGE) == small


def ruling_shapes(url: str, tap: Tap, count: int) -> list[Counter[str]]:
    """The first half has the tags of the second, which is gone: each is the record of its code, of its tag, or new."""
    half, kinds = count // 2, ("same", "other", "new")
    codes, tags = ([f"{letter}{number:06}" for number in range(count)] for letter in "CT")
    with opened(url) as book:
        book.add_record_type(TAGGED)
        book.add_source(
            Source(name="ALPHA", record_types=("tagged",), tracks_presence=True, external_id=("code",))
        )
        asked: dict[str, Any] = {"record_type": "tagged", "source": "ALPHA"}
        book.plan(pl.DataFrame({"code": codes, "tag": tags}), **asked).apply()
        moved = pl.DataFrame({"code": codes[:half], "tag": tags[half:]})
        with tap.counted() as asking:
            torn = book.plan(moved, on_error="reject-rows", reject_limit="100%", **asked).conflicts()
        ids = torn.filter(pl.col("record_id").is_not_null()).select("row", "record_id")
        own, others = (dict(ids.unique("row", keep=each).rows()) for each in ("first", "last"))
        told = {each: kinds[place % 3] for place, each in enumerate(codes[:half])}
        same = {row: (own if kind == "same" else others)[row] for row, kind in told.items() if kind != "new"}
        with tap.counted() as planning:
            made = book.plan(
                moved, same=same, new=[row for row in told if row not in same], allow_retire=count, **asked
            )
        assert (made.counts["settled"], made.counts["conflict"]) == (half, 0)
        with tap.counted() as applying:
            run = made.apply()
        with tap.counted() as rolling_back:
            run.rollback()
    return [shape(each) for each in (asking, planning, applying, rolling_back)]


def test_conflicts_are_settled_and_undone_without_a_statement_per_row(tap, two_databases):
    """APP-2, PRE-20."""
    small = ruling_shapes(two_databases[0], tap, SMALL)

    assert ruling_shapes(two_databases[1], tap, LARGE) == small
