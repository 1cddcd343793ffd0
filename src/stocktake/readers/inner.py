"""A reading that gives on what another one reads."""

from __future__ import annotations

from stocktake.model.problem import Warning
from stocktake.ports.reader import Reading


class InnerReading:
    """What is the same of a reading and of the one within it."""

    _reading: Reading

    @property
    def rows_expected(self) -> int | None:
        """As many as there are within."""
        return self._reading.rows_expected

    @property
    def complete(self) -> bool:
        """Whether the end was reached."""
        return self._reading.complete

    @property
    def plain(self) -> bool:
        """Whether the cells are known to be plain text."""
        return self._reading.plain

    @property
    def warnings(self) -> tuple[Warning, ...]:
        """What was odd about what is within."""
        return self._reading.warnings
