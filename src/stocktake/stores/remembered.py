"""What lists were like when they were last counted: exact as long as nothing was written since, forgotten then."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock
from typing import Any

#: So many rows of frames are kept in all, and so many lists.
ROWS, LISTS = 1_000_000, 200


class Remembered:
    """What was found at a version of a workspace, for the threads of one process; the longest unused goes first."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._found: OrderedDict[Hashable, tuple[Hashable, Any, int]] = OrderedDict()
        self._rows = 0

    def at(self, key: Hashable, version: Hashable) -> Any | None:
        """What was kept of ``key``, if that was at ``version``."""
        with self._lock:
            kept = self._found.get(key)
            if kept is None or kept[0] != version:
                return None
            self._found.move_to_end(key)
            return kept[1]

    def keep(self, key: Hashable, version: Hashable, found: Any, rows: int) -> None:
        """Keep it in place of what was kept before; not at all where it alone has more rows than all may have."""
        with self._lock:
            self._drop(key)
            if rows > ROWS:
                return
            self._found[key] = (version, found, rows)
            self._rows += rows
            while self._rows > ROWS or len(self._found) > LISTS:
                self._drop(next(iter(self._found)))

    def _drop(self, key: Hashable) -> None:
        _, _, rows = self._found.pop(key, (None, None, 0))
        self._rows -= rows
