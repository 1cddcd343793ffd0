"""What flows ask of a store about what waits for a person."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol

from stocktake.model.record_type import RecordType
from stocktake.model.run import Run


class WorkLists(Protocol):
    """Statements about what somebody must decide."""

    def missing_counts(self, record_types: Sequence[str], *, at: datetime) -> list[dict[str, Any]]:
        """``source, record_type, missing, acknowledged, since`` of what the sources' last snapshots did not see."""
        ...

    def held_counts(self, record_types: Sequence[RecordType]) -> list[dict[str, Any]]:
        """``source, record_type, held_run, held, since`` of the held retirements, by the run whose guard held them."""
        ...

    def held_page(
        self,
        record_types: Sequence[RecordType],
        *,
        source: str | None,
        last: Sequence[int],
        limit: int,
        offset: int,
    ) -> list[dict[str, Any]]:
        """Held retirements, longest waiting first; those that the runs ``last`` held stand behind the others."""
        ...

    def runs_with_rejects(self) -> list[Run]:
        """The applied imports that left rows out and were not followed by a full snapshot of their source, newest first."""
        ...
