"""A workspace for its pages to be measured: ``python -m benchmarks.stock --db URL --base F --delta F --shuffled F``.

A million records with a tracked city, what became of them in a later export, a second source of which a hundredth is held
for review, and the preview of the same million rows once more. Prints what :mod:`benchmarks.pages` must know as JSON.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.declaration import DECLARED, RECORD_TYPE, SOURCE

if TYPE_CHECKING:
    from stocktake.book import Book

#: The source of which every record is missing from its second snapshot but a few; a guard holds them.
HELD_SOURCE, EMAIL = "FRONT", "bench@example.org"
_BLOCK = 1_048_576


def stock(url: str, base: Path, delta: Path, shuffled: Path) -> dict[str, object]:
    """Fill an empty database."""
    import polars as pl

    import stocktake
    from stocktake.book.installation import open_installation
    from stocktake.model.source import MissingPolicy, Source

    with stocktake.open(url) as book:
        book.add_record_type(DECLARED.replace("[[field]]", 'tracked = ["city"]\n\n[[field]]', 1))
        for name, policy in ((SOURCE, MissingPolicy.FLAG), (HELD_SOURCE, MissingPolicy.RETIRE)):
            book.add_source(
                Source(name=name, record_types=(RECORD_TYPE,), tracks_presence=True, missing_policy=policy)
            )
        some = pl.read_csv(base, infer_schema=False, n_rows=max(100, _rows(base) // 100))
        new = some.with_columns("X" + pl.col("serial"))
        book.plan(new, record_type=RECORD_TYPE, source=HELD_SOURCE, strategy="snapshot").apply()
        few = new.head(10)
        book.plan(
            few, record_type=RECORD_TYPE, source=HELD_SOURCE, strategy="snapshot", on_guard="hold"
        ).apply()
        runs = [
            book.plan(file, record_type=RECORD_TYPE, source=SOURCE, strategy="snapshot").apply().run_id
            for file in (base, delta)
        ]
    with open_installation(url) as installation:
        people = installation.people(installation.owner)
        people.add_user(EMAIL, role="admin", workspace="default")
        _, token = people.create_token("bench", email=EMAIL)
        draft = _previewed(installation.book("default", installation.owner), shuffled)
    return {"token": token, "first": runs[0], "delta": runs[1], "draft": draft}


def _previewed(book: Book, file: Path) -> int:
    """The number of an import of ``file`` that waits to be confirmed."""
    draft = book.receive(_blocks(file), file.name).draft.draft_id
    book.choose(draft, record_type=RECORD_TYPE, source=SOURCE)
    book.preview_draft(draft, strategy="merge")
    return draft


def _blocks(file: Path) -> Iterator[bytes]:
    with file.open("rb") as opened:
        yield from iter(lambda: opened.read(_BLOCK), b"")


def _rows(file: Path) -> int:
    with file.open("rb") as opened:
        return sum(1 for _ in opened) - 1


def main() -> None:
    """Fill the database and say what it holds."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--db", required=True)
    for name in ("base", "delta", "shuffled"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    given = parser.parse_args()
    told = stock(given.db, given.base, given.delta, given.shuffled)
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main()
