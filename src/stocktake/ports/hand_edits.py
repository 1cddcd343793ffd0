"""What flows ask of a store about values that people gave."""

from __future__ import annotations

from typing import Protocol

import polars as pl


class HandEdits(Protocol):
    """Statements about hand edits."""

    def hand_edits(self, record_type: str, ids: pl.Series | None = None) -> pl.DataFrame:
        """``HAND_EDIT`` of the type's records, or of those with ``ids``."""
        ...

    def keep_hand_edits(self, record_type: str, frame: pl.DataFrame) -> None:
        """Remember values that a person gave: ``HAND_EDIT``."""
        ...

    def forget_hand_edits(self, record_type: str, frame: pl.DataFrame) -> None:
        """Values that a person gave no longer: ``record_id, field``."""
        ...
