"""What flows ask of a store about references between records."""

from __future__ import annotations

from typing import Protocol

import polars as pl

from stocktake.model.record_type import RecordType


class References(Protocol):
    """Statements about references, and those that wait."""

    def linked_records(self, record_type: str, keys: pl.DataFrame) -> pl.DataFrame:
        """``source, external_id, _record_id`` of the links that ``source, external_id`` name."""
        ...

    def records_by_external_id(self, record_type: RecordType, texts: pl.Series) -> pl.DataFrame:
        """``external_id, _record_id`` of the records that carry one of ``texts``."""
        ...

    def unresolved_texts(self, to_type: str) -> pl.DataFrame:
        """``record_type, field, source, text`` of the references that wait for a record of the type, each once."""
        ...

    def unresolved_to(self, to_type: str, texts: pl.Series) -> pl.DataFrame:
        """``UNRESOLVED`` of those that name one of ``texts``."""
        ...

    def unresolved_of(self, record_type: str) -> pl.DataFrame:
        """``UNRESOLVED`` of the type's own records."""
        ...

    def keep_unresolved(self, frame: pl.DataFrame) -> None:
        """Let references wait: ``UNRESOLVED``."""
        ...

    def forget_unresolved(self, frame: pl.DataFrame) -> int:
        """References that wait no longer: ``record_type, record_id, field``; how many there were."""
        ...
