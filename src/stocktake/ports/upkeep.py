"""What flows ask of a store about upkeep: declarations, flows, backfills, pruning."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Protocol

import polars as pl

from stocktake.model.record_type import RecordType


class Upkeep(Protocol):
    """Statements for upkeep."""

    def source_descriptors(self) -> dict[str, str]:
        """Name → descriptor of every source that the workspace declares itself."""
        ...

    def drop_source(self, name: str) -> None:
        """Forget a source's own declaration."""
        ...

    def keep_source(self, name: str, descriptor: str, *, at: datetime) -> None:
        """Declare a source, or change its declaration."""
        ...

    def record_type_names(self) -> frozenset[str]:
        """The record types that have their table."""
        ...

    def discovery_flows(self) -> list[dict[str, Any]]:
        """``flow_id, master_flow_id, name, created_at`` of every flow."""
        ...

    def keep_discovery_flow(
        self, flow_id: str, *, master_flow_id: str | None, name: str | None, at: datetime
    ) -> None:
        """Make a flow, or give it another master flow or name."""
        ...

    def records_without_link(self, record_type: RecordType, source: str) -> pl.DataFrame:
        """``_record_id, external_id`` of the source's records that no link of it leads to; retired ones left out."""
        ...

    def records_with_flow_elsewhere(self, record_type: RecordType) -> pl.DataFrame:
        """``_record_id, _version, _flow`` of the records that lack a discovery flow which their run or master flow tells."""
        ...

    def raw_rows_before(self, moment: datetime) -> pl.DataFrame:
        """``run_id, source, record_type, filename, applied_at, rows, bytes`` of ended runs whose raw rows are older."""
        ...

    def prune_raw_rows(self, run_ids: pl.Series, *, at: datetime) -> None:
        """Delete the raw rows of runs, and what was wrong with them; the runs say so."""
        ...
