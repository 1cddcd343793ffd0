"""What flows ask of a store about the way of a field through time."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Protocol

import polars as pl

from stocktake.model.record_type import RecordType


class Courses(Protocol):
    """Statements that read history."""

    def run_moments(self) -> pl.DataFrame:
        """``RUN_MOMENTS`` of the applied runs, rolled-back ones included, in order."""
        ...

    def present_values(self, record_type: RecordType, fields: Sequence[str], ids: pl.Series) -> pl.DataFrame:
        """``PRESENT`` and ``fields`` of those of the records ``ids`` that are there, retired ones included."""
        ...

    def value_counts(
        self, record_type: RecordType, fields: Sequence[str], first: int, last: int
    ) -> pl.DataFrame:
        """``created_run`` and ``fields``: so many ``records`` from ``first`` to ``last`` have them, with the ``retired``."""
        ...

    def retired_ids(self, record_type: RecordType, first: int, last: int) -> pl.Series:
        """The retired ones of the records from ``first`` to ``last``."""
        ...

    def field_entries(self, record_type: str, fields: Sequence[str], first: int, last: int) -> pl.DataFrame:
        """``ENTRIES`` of ``fields``, of the records from ``first`` to ``last``, deleted ones included."""
        ...

    def turns(self, record_type: RecordType, first: int, last: int) -> pl.DataFrame:
        """``TURNS`` of the records from ``first`` to ``last``, and their undoing."""
        ...

    def folded(
        self, record_type: str, key: Hashable, fold: Callable[[int, int], pl.DataFrame]
    ) -> list[pl.DataFrame]:
        """What ``fold`` makes of the records from one number to another, block by block; ``key`` says what it makes.

        It is told from memory of a block in which no record was written since.
        """
        ...

    def unfolded(self, record_type: str, key: Hashable) -> int:
        """How many records ``folded`` would have to read."""
        ...
