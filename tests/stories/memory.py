"""What a first import has left in a SQLite database, kept to be put there again where a story begins as another has.

Stories begin alike: ten devices of NINJAONE, and only then what the story is about. A state is remembered by all that an
import depends on: what the database holds to the byte, the file, the options, the moment, and how the book was opened.
Where all of that is as it was, what the import left is copied, and the run read from there; all else is computed.
"""

from __future__ import annotations

import hashlib
import pickle
import sqlite3
from collections import OrderedDict
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from stocktake.book import Book, OpenRun

#: So many states are kept, of half a megabyte each: stories that begin alike stand close together.
KEPT = 64

#: Where a SQLite file tells how it is written and how often it has been; the first page says nothing else there.
_PASSING = ((18, b"\1\1"), (24, bytes(4)), (40, bytes(4)), (92, bytes(8)))


class Memory:
    """The newest states of this process, and how often one was had from here."""

    def __init__(self) -> None:
        self._known: OrderedDict[bytes, tuple[bytes, int]] = OrderedDict()
        self.recalled = 0

    def imported(
        self, book: Book, path: Path, options: Mapping[str, Any], load: Callable[[], OpenRun]
    ) -> OpenRun:
        """The run that ``load()`` makes of the file at ``path``, with what it leaves in the database."""
        place = book.store.file
        key = _key(book, place, path, options) if place is not None else None
        if place is None or key is None:
            return load()
        if key in self._known:
            self._known.move_to_end(key)
            left, run_id = self._known[key]
            write(place, left)
            self.recalled += 1
            return book.run(run_id)
        run = load()
        self._known[key] = (content(place), run.run_id)
        if len(self._known) > KEPT:
            self._known.popitem(last=False)
        return run


def content(place: Path) -> bytes:
    """What a SQLite database holds, without what tells how often it was written to."""
    with closing(sqlite3.connect(place)) as connection:
        found = bytearray(connection.serialize())
    for start, blank in _PASSING:
        found[start : start + len(blank)] = blank
    return bytes(found)


def write(place: Path, left: bytes) -> None:
    """Make a database hold that, in a transaction that its open connections see like any other's."""
    with closing(sqlite3.connect(":memory:")) as kept, closing(sqlite3.connect(place)) as database:
        kept.deserialize(left)
        kept.backup(database)


def _key(book: Book, place: Path, path: Path, options: Mapping[str, Any]) -> bytes | None:
    """All that an import depends on; None where that cannot be said, or where others are told of it."""
    if book.on_finished is not None:
        return None
    opened = (book.workspace, book.principal, book.by, book.rollback_days, book.limits, book.clock())
    try:
        told = pickle.dumps((opened, path.name, path.read_bytes(), sorted(options.items())))
    except (pickle.PicklingError, AttributeError, TypeError):
        return None
    return hashlib.sha256(told).digest() + hashlib.sha256(content(place)).digest()
