"""Links of a source as one frame, as tests like to look at them."""

from __future__ import annotations

import polars as pl

from stocktake.ports.store import Unit


def links_of_source(unit: Unit, source: str, record_type: str) -> pl.DataFrame:
    """Every link of a source, as the store hands them over."""
    handed: list[pl.DataFrame] = []
    unit.links(source, record_type, handed.append)
    return pl.concat(handed)
