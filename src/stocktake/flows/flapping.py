"""What flaps in a plan: looked up once, since links keep when they came back (PRE-8)."""

from __future__ import annotations

import polars as pl

from stocktake.flows.request import Request
from stocktake.model.problem import Warning
from stocktake.planning.flapping import RETURNS, SNAPSHOTS, flapping
from stocktake.planning.table import TABLES
from stocktake.ports.store import Unit
from stocktake.reporting.warning import flapping_records


def flapping_warnings(
    unit: Unit, request: Request, rows: pl.DataFrame, absent: pl.DataFrame
) -> tuple[Warning, ...]:
    """The warning that names the records which flap; a snapshot counts among the last ones itself."""
    source, record_type = request.source, request.record_type.name
    if not source.tracks_presence:
        return ()
    earlier = SNAPSHOTS - 1 if TABLES[request.strategy].sweeps else SNAPSHOTS
    since = unit.snapshot_back(source.name, record_type, earlier)
    returns = unit.returns(source.name, record_type, since)
    if returns.is_empty():
        return ()
    found = flapping(rows, absent, returns, since)
    return flapping_records(found, source.name, times=RETURNS, snapshots=SNAPSHOTS)
