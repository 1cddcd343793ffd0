"""Progress of long work (APP-4)."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Hears how far a flow has come.

    Phases of an import: reading, staging, cleaning, planning, applying, recording; before them, of an ingest: discovering,
    reading contents; of others: rolling back, enriching, backfilling, pruning.
    """

    def phase(self, name: str, total: int | None = None) -> None:
        """A phase begins; ``total`` rows are expected, None where unknown."""
        ...

    def expect(self, total: int) -> None:
        """So many rows are expected in this phase, as is known better by now."""
        ...

    def advance(self, rows: int) -> None:
        """So many more rows of the phase are done."""
        ...


class Silence:
    """The progress nobody watches."""

    def phase(self, name: str, total: int | None = None) -> None:
        """Say nothing."""

    def expect(self, total: int) -> None:
        """Say nothing."""

    def advance(self, rows: int) -> None:
        """Say nothing."""
