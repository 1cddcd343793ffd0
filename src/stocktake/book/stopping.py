"""Work on an upload that stops when somebody cancels it, in whatever process (UPL-2)."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter

from stocktake.model.errors import Cancelled
from stocktake.ports.progress import Progress
from stocktake.ports.uploads import Uploads

#: It is looked for a wish to stop at most so often, in seconds.
EVERY = 0.1


class Stoppable:
    """Passes progress on, and raises ``Cancelled`` once somebody wants the work to stop."""

    def __init__(
        self, inner: Progress, uploads: Uploads, name: str, clock: Callable[[], float] = perf_counter
    ) -> None:
        self._inner = inner
        self._uploads = uploads
        self._name = name
        self._clock = clock
        self._looked = clock() - EVERY

    def phase(self, name: str, total: int | None = None) -> None:
        """A phase begins."""
        self.check()
        self._inner.phase(name, total)

    def expect(self, total: int) -> None:
        """So many rows are expected in this phase."""
        self._inner.expect(total)

    def advance(self, rows: int) -> None:
        """So many more rows of the phase are done."""
        if self._clock() - self._looked >= EVERY:
            self.check()
        self._inner.advance(rows)

    def check(self) -> None:
        """Raises ``Cancelled`` ``run-cancelled`` where somebody wants that."""
        self._looked = self._clock()
        if self._uploads.is_asked_to_stop(self._name):
            raise Cancelled(
                "run-cancelled",
                "The import was cancelled before its commit. Nothing was written.",
                hint="Upload the file again to import it after all.",
            )
