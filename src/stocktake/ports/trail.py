"""What flows ask of a store about what runs leave: rows, changes, images, history."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Protocol

import polars as pl

from stocktake.ports.frame import RawChunk


class Trail(Protocol):
    """Statements about what a run leaves."""

    def keep_mapping(self, run_id: int, **values: Any) -> int:
        """Store a mapping; its id."""
        ...

    def keep_raw_chunks(self, run_id: int, chunks: Iterator[RawChunk]) -> None:
        """Store raw rows with what became of them."""
        ...

    def raw_chunks(self, run_id: int) -> Iterator[pl.DataFrame]:
        """The raw rows of a run, chunk by chunk, with what became of them."""
        ...

    def raw_row_page(
        self, run_id: int, decisions: Sequence[str], *, reappeared: bool = False, limit: int, offset: int
    ) -> tuple[pl.DataFrame | None, int]:
        """A page of the raw rows of a run, of which one of the ``decisions`` became, or any; and how many there are."""
        ...

    def absent_count(self, run_id: int) -> int:
        """How many records the file of a run lacked."""
        ...

    def history_page_of_run(
        self, run_id: int, record_type: str, *, limit: int, offset: int
    ) -> tuple[pl.DataFrame, int]:
        """A page of the field history that a run added, by record and field; and how many entries there are."""
        ...

    def header_of(self, run_id: int) -> list[str]:
        """The header of the file a run read."""
        ...

    def keep_changes(self, run_id: int, record_type: str, frame: pl.DataFrame) -> None:
        """Store ``CHANGES``."""
        ...

    def changes_of(self, run_id: int, record_type: str) -> pl.DataFrame:
        """``CHANGES`` of a run."""
        ...

    def changes_among(self, run_id: int, record_type: str, ids: Sequence[int]) -> pl.DataFrame:
        """``CHANGES`` of a run, of the few records ``ids``."""
        ...

    def acts_of_run(self, run_id: int) -> pl.DataFrame:
        """``record_type, record_id, act`` of the records that a run changed or deleted."""
        ...

    def keep_history(self, run_id: int, record_type: str, frame: pl.DataFrame, *, at: datetime) -> None:
        """Add field history."""
        ...

    def history_of_run(self, run_id: int, record_type: str) -> pl.DataFrame:
        """``record_id, field, from_value, to_value, kind`` that a run added."""
        ...

    def keep_image(self, run_id: int, name: str, frame: pl.DataFrame) -> None:
        """Store what a run overwrites."""
        ...

    def image_of(self, run_id: int, name: str, empty: dict[str, Any]) -> pl.DataFrame:
        """What a run overwrote."""
        ...

    def image_names(self, run_id: int) -> list[str]:
        """Under which names a run stored what it overwrote."""
        ...

    def absent_of(self, run_id: int) -> pl.DataFrame:
        """What became of the records that the file of a run lacked: ``ABSENT``."""
        ...

    def reappeared_of(self, run_id: int) -> pl.Series:
        """The places of the rows of a run whose link had been missing."""
        ...

    def problems_of(self, run_id: int) -> pl.DataFrame:
        """What was wrong with the rows a run rejected."""
        ...

    def set_freshness(self, source: str, record_type: str, values: dict[str, Any] | None) -> None:
        """Set or take away a source's freshness."""
        ...
