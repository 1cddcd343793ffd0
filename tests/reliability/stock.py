"""A small inventory in which one import does everything: creates, updates, retires, brings back, misses, rejects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count

import polars as pl

from stocktake.book import Book, OpenPlan, OpenRun, open_book
from stocktake.book.working import Worker
from stocktake.model.draft import Draft
from stocktake.model.source import Source

THING = """
name = "thing"
title = "Thing"
plural = "Things"
display = "note"
external_id = "code"
identity = [["code"]]
tracked = ["status", "note"]

[[field]]
name = "code"
type = "text"
required = true

[[field]]
name = "note"
type = "text"

[[field]]
name = "amount"
type = "decimal"

[[field]]
name = "status"
type = "choice"
choices = ["ACTIVE", "RETIRED"]

[lifecycle]
field = "status"
retired = "RETIRED"
on_create = "ACTIVE"
on_reactivate = "ACTIVE"
"""

#: Parts of things.
PART = """
name = "part"
external_id = "no"
[[field]]
name = "no"
[[field]]
name = "thing_id"
type = "integer"
[[reference]]
field = "thing_id"
to = "thing"
by = ["external_id"]
missing = "blank"
"""

#: ALPHA had ten things and lost one; BETA knows three of them and says otherwise about one.
FIRST = {f"C{number}": (f"note {number}", "1") for number in range(10)}
SECOND = {code: said for code, said in FIRST.items() if code != "C9"}
BETA = {"C0": ("note 0", "1"), "C1": ("BETA's note", "1"), "C2": ("note 2", "1")}

#: The next snapshot: C0 is missing (BETA still has it), C7 retires, C9 comes back, C1 and C3 change, N1 and N2 are new.
EVERYTHING = {
    **{code: said for code, said in SECOND.items() if code not in ("C0", "C7")},
    "C1": ("ALPHA's note", "1"),
    "C3": ("note 3", "3.5"),
    "C9": ("back again", "1"),
    "N1": ("new", "7"),
    "N2": ("new too", None),
    "X1": ("rejected", "many"),
}
#: A merge of BETA's: C1 changes, C2 is only seen, C4 is adopted, M1 is new.
SOME = {"C1": ("BETA's other note", "2"), "C2": ("note 2", "1"), "C4": ("note 4", "1"), "M1": ("new", "1")}

Said = Mapping[str, tuple[str, str | None]]


def opened(url: str) -> Book:
    """A book whose clock goes on by a second at each look."""
    start, ticks = datetime(2026, 3, 1, 9, tzinfo=UTC), count()
    return open_book(url, by="tester", clock=lambda: start + timedelta(seconds=next(ticks)))


@contextmanager
def inventory(url: str, *, filled: bool = True) -> Iterator[Book]:
    """An open book with the type, the sources, and (``filled``) three imports."""
    with opened(url) as book:
        declare(book)
        if filled:
            imported(book, FIRST, "ALPHA")
            imported(book, BETA, "BETA")
            imported(book, SECOND, "ALPHA")
        yield book


def declare(book: Book) -> None:
    book.add_record_type(THING)
    for name in ("ALPHA", "BETA"):
        book.add_source(Source(name=name, record_types=("thing",), tracks_presence=True))


def declare_parts(book: Book) -> None:
    book.add_record_type(PART)
    book.add_source(Source(name="PARTS", record_types=("part",)))


def frame(said: Said) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "code": list(said),
            "note": [note for note, _ in said.values()],
            "amount": [amount for _, amount in said.values()],
        },
        schema={"code": pl.String, "note": pl.String, "amount": pl.String},
    )


def planned(book: Book, said: Said, source: str, strategy: str = "snapshot") -> OpenPlan:
    return book.plan(
        frame(said), record_type="thing", source=source, strategy=strategy, on_error="reject-rows"
    )


def imported(book: Book, said: Said, source: str, strategy: str = "snapshot") -> OpenRun:
    return book.apply(planned(book, said, source, strategy))


def worker(book: Book) -> Worker:
    """A worker on a book's database, in threads of this process."""
    return Worker(
        book.store,
        lambda workspace, principal: Book(
            book.store, workspace=workspace, principal=principal, clock=book.clock, limits=book.limits
        ),
        book.uploads,
        clock=book.clock,
        threads=1,
        document=lambda made: dict(made.run.stats if made.run else made.plan.counts if made.plan else {}),
    )


def uploaded(book: Book, said: Said, source: str) -> Draft:
    """A snapshot that was handed over and chosen for, but not previewed."""
    told = frame(said).write_csv().encode()
    draft = book.receive([told], "things.csv").draft
    return book.choose(draft.draft_id, record_type="thing", source=source)


def again(opened_plan: OpenPlan, number: int) -> OpenPlan:
    """The same plan as if it were made anew: a plan is applied at most once (PLN-9)."""
    return OpenPlan(opened_plan.book, replace(opened_plan.plan, plan_id=f"{number:032x}"))
