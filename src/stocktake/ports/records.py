"""What flows ask of a store about records."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol

import polars as pl

from stocktake.model.record_type import RecordType
from stocktake.ports.frame import Frames


class Records(Protocol):
    """Statements about the records of one type."""

    def record_count(self, record_type: RecordType) -> int:
        """Records of the type that are not retired."""
        ...

    def retired_records(self, record_type: RecordType) -> pl.DataFrame:
        """``_record_id, _retired_by``."""
        ...

    def identities(self, record_type: RecordType, fields: Sequence[str]) -> pl.DataFrame:
        """``_record_id`` and ``fields`` of every record."""
        ...

    def identities_since(self, record_type: RecordType, fields: Sequence[str], run_id: int) -> pl.DataFrame:
        """The same of records that runs after ``run_id`` created or changed, with ``_created_run, _changed_run``."""
        ...

    def records_in_scope(self, record_type: RecordType, field: str, values: Sequence[str]) -> pl.Series:
        """The ids of the records whose ``field`` is one of ``values``."""
        ...

    def record_values(self, record_type: RecordType, ids: pl.Series, fields: Sequence[str]) -> pl.DataFrame:
        """``_record_id, _version, _creator, _retired, _retired_by, _changed_run`` and ``fields`` of some records."""
        ...

    def names(self, record_type: RecordType, ids: pl.Series) -> pl.DataFrame:
        """``_record_id, _name``."""
        ...

    def lineage_image(self, record_type: RecordType, ids: pl.Series) -> pl.DataFrame:
        """``LINEAGE`` of some records as they are now."""
        ...

    def statuses_before_retirement(self, record_type: RecordType, field: str, ids: pl.Series) -> pl.DataFrame:
        """``_record_id, _status``."""
        ...

    def create_records(self, record_type: RecordType, frames: Frames, **constants: Any) -> int:
        """Insert records; how many."""
        ...

    def change_records(
        self, record_type: RecordType, frame: pl.DataFrame, *, at: datetime, **constants: Any
    ) -> int:
        """Set columns of the records ``id`` that still have ``version``; how many met."""
        ...

    def restore_records(self, record_type: RecordType, frame: pl.DataFrame, *, at: datetime) -> int:
        """Set columns of the records ``id``; how many met."""
        ...

    def record_image(self, record_type: RecordType, ids: pl.Series) -> pl.DataFrame:
        """Some records whole, every column as it is now."""
        ...

    def delete_records(self, record_type: RecordType, frame: pl.DataFrame) -> int:
        """Delete the records ``id`` that still have their ``version``; how many met."""
        ...

    def recreate_records(self, record_type: RecordType, image: pl.DataFrame, *, at: datetime) -> int:
        """Insert records as ``record_image`` gave them; how many."""
        ...

    def referred(self, record_type: RecordType, field: str, ids: pl.Series) -> pl.Series:
        """Those of ``ids`` that a record of ``record_type`` refers to by ``field``."""
        ...
