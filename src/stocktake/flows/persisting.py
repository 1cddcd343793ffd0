"""Small notes that must not be lost because another writer has an embedded database for long."""

from __future__ import annotations

from collections.abc import Callable

from stocktake.model.errors import Busy
from stocktake.ports.store import Store, Unit

#: So often a note is tried, each time for as long as a lock is waited for.
TRIES = 20


def persist(store: Store, workspace_id: int, note: Callable[[Unit], object]) -> None:
    """Write ``note`` in a transaction of its own, and wait for whoever writes just now. Raises ``Busy`` in the end."""
    for left in reversed(range(TRIES)):
        try:
            with store.writing(workspace_id) as unit:
                note(unit)
        except Busy:
            if not left:
                raise
        else:
            return
