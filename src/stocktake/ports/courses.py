"""What flows ask of a store about the way of a field through time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import polars as pl

from stocktake.model.record_type import RecordType


class Courses(Protocol):
    """Statements that read history whole."""

    def run_moments(self) -> pl.DataFrame:
        """``RUN_MOMENTS`` of the applied runs, rolled-back ones included, in order."""
        ...

    def present_values(self, record_type: RecordType, fields: Sequence[str]) -> pl.DataFrame:
        """``PRESENT`` and ``fields`` of every record, retired ones included."""
        ...

    def field_entries(self, record_type: str, fields: Sequence[str]) -> pl.DataFrame:
        """``ENTRIES`` of ``fields``, of all records of the type, deleted ones included."""
        ...

    def turns(self, record_type: RecordType) -> pl.DataFrame:
        """``TURNS`` of the type's records, and their undoing."""
        ...
