"""What flows ask of a store to take a run back (ROL)."""

from __future__ import annotations

from typing import Any, Protocol

import polars as pl

from stocktake.model.record_type import RecordType


class Undoing(Protocol):
    """Statements of rollbacks."""

    def runs_since(self, run_id: int) -> pl.DataFrame:
        """``LATER_RUNS``: the runs after ``run_id`` that were applied, rolled-back ones included, in order."""
        ...

    def changes_since(self, record_type: str, run_id: int, ids: pl.Series) -> pl.DataFrame:
        """``CHANGED_SINCE``: what runs after ``run_id`` changed in the records ``ids``, run by run."""
        ...

    def changes_beneath(self, record_type: str, run_id: int, ids: pl.Series) -> pl.DataFrame:
        """``CHANGED_BENEATH``: what runs before ``run_id`` changed in the records ``ids``, and what was there before."""
        ...

    def images_of(self, run_ids: pl.Series, name: str, empty: dict[str, Any]) -> pl.DataFrame:
        """What several runs overwrote under one name: the columns of ``empty``, and ``_run``."""
        ...

    def created_block(self, record_type: RecordType, run_id: int) -> tuple[int, int, int]:
        """How many records the run created that are still there, and the first and last of their ids."""
        ...

    def created_ids(self, record_type: RecordType, run_id: int) -> pl.Series:
        """The ids of the records the run created that are still there, in order."""
        ...

    def created_and_changed_since(self, record_type: RecordType, run_id: int) -> pl.DataFrame:
        """``CREATED_SINCE`` of those that others have changed since."""
        ...

    def delete_created(
        self, record_type: RecordType, run_id: int, *, staying: pl.Series | None = None
    ) -> int:
        """Delete the records the run created, but for those that stay; how many there were."""
        ...

    def delete_untouched(self, record_type: RecordType, ids: pl.Series) -> int:
        """Delete those of the records ``ids`` that nobody has changed since they were made; how many there were."""
        ...

    def link_count_made(
        self,
        source: str,
        record_type: str,
        run_id: int,
        *,
        keys: pl.Series | None = None,
        records: pl.Series | None = None,
    ) -> int:
        """How many links of ``source`` the run made, but for those of ``keys`` and those to ``records``."""
        ...

    def delete_links_made(
        self,
        source: str,
        record_type: str,
        run_id: int,
        *,
        keys: pl.Series | None = None,
        records: pl.Series | None = None,
    ) -> int:
        """Delete the links of ``source`` that the run made, but for those; how many there were."""
        ...

    def links_made_and_changed_since(self, source: str, record_type: str, run_id: int) -> pl.DataFrame:
        """``source, external_id, _record_id, _by_run`` of links that the run made and another changed last."""
        ...

    def links_by_others(self, record_type: str, run_id: int, first_id: int, last_id: int) -> pl.DataFrame:
        """The same of links that other runs have made to the records of an id block."""
        ...

    def wrote_older_links(self, record_type: str, run_id: int) -> bool:
        """Whether the run was the last to write a link that was there before it."""
        ...

    def referring_records(
        self, record_type: RecordType, field: str, first_id: int, last_id: int
    ) -> pl.DataFrame:
        """``REFERRING``: the records whose ``field`` refers to a record of an id block."""
        ...

    def unresolved_of_run(self, run_id: int) -> pl.DataFrame:
        """``UNRESOLVED`` of the references that the run let wait."""
        ...

    def forget_unresolved_of_run(self, run_id: int) -> None:
        """Those that the run let wait wait no longer."""
        ...
