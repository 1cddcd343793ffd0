"""What closing a source declares, and how a rollback takes it back (PRE-23, ROL-2)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import polars as pl

from stocktake.model.run import Run
from stocktake.ports.store import Unit

#: How the source was declared before a run and after it; nothing before where it was only its pack's.
DECLARATION = "declaration"
_IMAGE = {"name": pl.String, "before": pl.String, "after": pl.String}


def keep_declaration(unit: Unit, name: str, descriptor: str, runs: Iterable[int], *, at: datetime) -> None:
    """Declare the source anew; each of the runs keeps how it was declared before."""
    image = pl.DataFrame(
        [(name, unit.source_descriptors().get(name), descriptor)], schema=_IMAGE, orient="row"
    )
    for run_id in runs:
        unit.keep_image(run_id, DECLARATION, image)
    unit.keep_source(name, descriptor, at=at)


def give_back_declaration(unit: Unit, run: Run, *, at: datetime) -> None:
    """Declare the source as it was before the run, unless somebody has declared it anew since."""
    for name, before, after in unit.image_of(run.run_id, DECLARATION, _IMAGE).iter_rows():
        if unit.source_descriptors().get(name) != after:
            continue
        if before is None:
            unit.drop_source(name)
        else:
            unit.keep_source(name, before, at=at)
