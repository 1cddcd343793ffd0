"""What flows ask of a store about what leads nowhere (HEA-2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import polars as pl

from stocktake.model.record_type import RecordType
from stocktake.model.run import Run, RunStatus
from stocktake.model.wiring import Finding, Sample


class Wiring(Protocol):
    """Statements that look for faults."""

    def records_without_flow(
        self, record_type: RecordType, *, method: str | None = None, detail: bool
    ) -> Finding:
        """Records without a discovery flow; of one discovery method, if given."""
        ...

    def records_without_link_or_run(
        self, record_type: RecordType, created: pl.Series, *, detail: bool
    ) -> Finding:
        """Records that no link leads to and whose run, one of ``created``, is not there."""
        ...

    def links_to_missing_records(
        self, record_type: RecordType, there: pl.DataFrame, *, detail: bool
    ) -> Finding:
        """Links of the type whose record is not there; ``there``: ``SPANS`` of records that are."""
        ...

    def undecided_rows(self, statuses: Sequence[RunStatus], *, detail: bool) -> Finding:
        """Raw rows without a decision, of runs in these states."""
        ...

    def runs_applying(self) -> list[Run]:
        """The runs that are ``applying``, be it that their process died."""
        ...

    def record_spans(self, record_type: RecordType) -> pl.DataFrame:
        """``planning.span.SPANS`` of the records that are there, with the ``created_run`` of each."""
        ...

    def raw_places(
        self, record_type: RecordType, known: Mapping[int, pl.DataFrame], *, after: int
    ) -> pl.DataFrame:
        """``_record_id, _run, _line`` of the next records after one whose row is none of the ``known``: run → ``SPANS``."""
        ...

    def line_spans(self, run_id: int) -> pl.DataFrame:
        """``SPANS`` of the lines of the raw rows that a run kept."""
        ...

    def outcome_spans(self, run_id: int) -> pl.DataFrame:
        """``SPANS`` of the records that the raw rows which a run read led to."""
        ...

    def raw_outcomes(self, run_id: int, column: str) -> pl.Series:
        """The ``record_id`` or ``external_id`` of the raw rows that a run read."""
        ...

    def imports_with_rows(self, record_type: str) -> list[int]:
        """The applied imports of a type that kept raw rows which led to records."""
        ...

    def runs_without_rows(self) -> frozenset[int]:
        """The runs whose raw rows were pruned."""
        ...

    def deleted_since(self, record_type: str) -> tuple[pl.Series, pl.DataFrame]:
        """Ids of records that runs deleted, and ``DELETED_BLOCK`` of what rollbacks took back."""
        ...

    def links_before(
        self, source: str, record_type: str, snapshot_run: int, met: pl.DataFrame, *, unmet: int
    ) -> pl.Series:
        """The records of present links from before a snapshot that no run saw since, none of the ``met``: ``SPANS``.

        ``unmet``: so many other records there are.
        """
        ...

    def link_keys(self, source: str, record_type: str, ids: pl.Series) -> pl.DataFrame:
        """``_record_id, _key`` of the source's present links to some records."""
        ...

    def record_samples(self, record_type: RecordType, ids: pl.Series) -> tuple[Sample, ...]:
        """A few of the records ``ids``."""
        ...

    def link_samples(self, source: str, record_type: str, ids: pl.Series) -> tuple[Sample, ...]:
        """A few of the source's links to the records ``ids``."""
        ...

    def row_samples(self, run: Run, ids: pl.Series) -> tuple[Sample, ...]:
        """A few raw rows of a run that name one of the records ``ids``."""
        ...

    def records_of_unknown_flow(self, record_type: RecordType, *, detail: bool) -> Finding:
        """Records that name a discovery flow which is not there."""
        ...
