"""A book on SQLite with the record type that the generated corpus was written for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import stocktake as st
from stocktake.book import Book
from stocktake.model.source import Source

RECORD_TYPE = """
name = "thing"
title = "Thing"
plural = "Things"
display = "name"
external_id = "external_id"
key_aliases = ["external_id"]

[[field]]
name = "name"
type = "text"

[[field]]
name = "amount"
type = "decimal"

[[field]]
name = "qty"
type = "integer"

[[field]]
name = "opened"
type = "date"

[[field]]
name = "active"
type = "boolean"
"""


@contextmanager
def book_of_things(folder: Path) -> Iterator[Book]:
    with st.open(f"sqlite:///{folder / 'things.db'}", by="ana") as book:
        book.add_record_type(RECORD_TYPE)
        book.add_source(
            Source(name="CORPUS", record_types=("thing",), tracks_presence=True, external_id=("external_id",))
        )
        yield book
