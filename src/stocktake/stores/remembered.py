"""What lists were like when they were last read. Whoever keeps something keeps with it as of when, and asks that first."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock
from typing import Any

#: So many rows of frames are kept in all, and so many lists.
ROWS, LISTS = 2_000_000, 200


class Remembered:
    """What was found of each key, for the threads of one process; the longest unused goes first."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._found: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._rows = 0

    def known(self, key: Hashable) -> Any | None:
        """What was kept of ``key`` last."""
        with self._lock:
            kept = self._found.get(key)
            if kept is None:
                return None
            self._found.move_to_end(key)
            return kept[0]

    def keep(self, key: Hashable, found: Any, rows: int) -> None:
        """Keep it in place of what was kept before; not at all where it alone has more rows than all may have."""
        with self._lock:
            self._drop(key)
            if rows > ROWS:
                return
            self._found[key] = (found, rows)
            self._rows += rows
            while self._rows > ROWS or len(self._found) > LISTS:
                self._drop(next(iter(self._found)))

    def _drop(self, key: Hashable) -> None:
        _, rows = self._found.pop(key, (None, 0))
        self._rows -= rows
