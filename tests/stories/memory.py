"""What a first import has left in a database, kept to be put there again where a story begins as another has.

Stories begin alike: ten devices of NINJAONE, and only then what the story is about. A state is remembered by all that an
import depends on: all that the database holds, the file, the options, the moment, and how the book was opened. Where all of
that is as it was, what the import left is copied, and the run read from there; all else is computed.
"""

from __future__ import annotations

import hashlib
import pickle
from collections import OrderedDict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from stocktake.book import Book, OpenRun
from tests.stories import holding

#: So many states are kept, of half a megabyte each: stories that begin alike stand close together.
KEPT = 64


class Memory:
    """The newest states of this process, and how often one was had from here."""

    def __init__(self) -> None:
        self._known: OrderedDict[bytes, tuple[holding.Held, int]] = OrderedDict()
        self.recalled = 0

    def imported(
        self, book: Book, path: Path, options: Mapping[str, Any], load: Callable[[], OpenRun]
    ) -> OpenRun:
        """The run that ``load()`` makes of the file at ``path``, with what it leaves in the database."""
        key = _key(book, path, options)
        if key is None:
            return load()
        if key in self._known:
            self._known.move_to_end(key)
            left, run_id = self._known[key]
            if holding.fill(book, left, str(options["record_type"])):
                self.recalled += 1
                return book.run(run_id)
        run = load()
        self._known[key] = (holding.held(book), run.run_id)
        if len(self._known) > KEPT:
            self._known.popitem(last=False)
        return run


def _key(book: Book, path: Path, options: Mapping[str, Any]) -> bytes | None:
    """All that an import depends on; None where that cannot be said, or where others are told of it."""
    if book.on_finished is not None:
        return None
    opened = (book.workspace, book.principal, book.by, book.rollback_days, book.limits, book.clock())
    try:
        told = pickle.dumps((opened, path.name, path.read_bytes(), sorted(options.items())))
    except (pickle.PicklingError, AttributeError, TypeError):
        return None
    return hashlib.sha256(told).digest() + hashlib.sha256(pickle.dumps(holding.held(book))).digest()
