"""How long each phase of a flow took."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter

from stocktake.ports.progress import Progress


class TimedProgress:
    """Passes progress on and adds up the seconds per phase."""

    def __init__(self, inner: Progress, clock: Callable[[], float] = perf_counter) -> None:
        self._inner = inner
        self._clock = clock
        self._seconds: dict[str, float] = {}
        self._running: tuple[str, float] | None = None

    def phase(self, name: str, total: int | None = None) -> None:
        """A phase begins; the one before has ended."""
        self._stop()
        self._running = (name, self._clock())
        self._inner.phase(name, total)

    def expect(self, total: int) -> None:
        """So many rows are expected in this phase."""
        self._inner.expect(total)

    def advance(self, rows: int) -> None:
        """So many more rows of the phase are done."""
        self._inner.advance(rows)

    def seconds(self) -> dict[str, float]:
        """Seconds per phase so far, in order; ends the running phase."""
        self._stop()
        return {name: round(value, 4) for name, value in self._seconds.items()}

    def _stop(self) -> None:
        if self._running is not None:
            name, since = self._running
            self._seconds[name] = self._seconds.get(name, 0.0) + self._clock() - since
            self._running = None
