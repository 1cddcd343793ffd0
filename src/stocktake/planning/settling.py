"""Settling: what was before a run, as if the runs that were rolled back over it had never been (ROL-2, ROL-5).

A partial rollback leaves a value to the run that wrote it later. When that run is undone too, what comes back is what was
before both: its own image still tells of the run that is rolled back by now.
"""

from __future__ import annotations

import polars as pl

_FIELD = ["record_id", "field"]

#: The lineage that comes with a row, and that comes with a retirement.
OF_ROW = ("row_run", "row_number", "row_hash", "mapping_hash", "imported_at", "extra")
OF_RETIREMENT = ("retired_at", "retired_by", "retired_run")


def settled_changes(
    changes: pl.DataFrame, run_id: int, beneath: pl.DataFrame, overtaken: pl.Series, undoes: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """``changes`` of a run with the values that were there before the ``overtaken`` runs, and what passed through which.

    beneath: ``record_id, field, run_id, before`` of earlier changes to the same records. undoes: ``run_id, undoes_run`` of
    rollbacks: what one gave back was there before the run that it undid. passed: ``record_id, field, run_id``.
    """
    passed = [beneath.select(*_FIELD, "run_id").clear()]
    open_ones = changes.select(*_FIELD, _at=pl.lit(run_id, dtype=pl.Int64))
    while not open_ones.is_empty():
        writers = (
            open_ones.join(beneath, on=_FIELD, how="inner")
            .filter(pl.col("run_id") < pl.col("_at"))
            .sort("run_id")
            .unique(_FIELD, keep="last")
        )
        through = writers.filter(pl.col("run_id").is_in(overtaken.implode()))
        passed.append(through.select(*_FIELD, "run_id"))
        found = through.select(*_FIELD, _earlier="before", _hit=pl.lit(value=True))
        changes = (
            changes.join(found, on=_FIELD, how="left", maintain_order="left")
            .with_columns(
                before=pl.when(pl.col("_hit").fill_null(value=False)).then("_earlier").otherwise("before")
            )
            .drop("_earlier", "_hit")
        )
        aside = writers.join(undoes, on="run_id", how="inner").select(*_FIELD, _at="undoes_run")
        open_ones = pl.concat([through.select(*_FIELD, _at="run_id"), aside])
    return changes, pl.concat(passed)


def settled_lineage(
    lineage: pl.DataFrame, images: pl.DataFrame, overtaken: pl.Series, turned: pl.DataFrame
) -> pl.DataFrame:
    """``lineage`` as it was before the ``overtaken`` runs.

    images: theirs, with ``_run``. turned: ``id, _run`` of returns and retirements that are settled through one of them.
    """
    found = _taken(lineage, turned, images, OF_RETIREMENT)
    for named, columns in (
        ("changed_run", ("changed_run",)),
        ("row_run", OF_ROW),
        ("retired_run", OF_RETIREMENT),
    ):
        while True:
            through = found.filter(pl.col(named).is_in(overtaken.implode())).select("id", _run=named)
            known = through.join(images.select("id", "_run"), on=["id", "_run"], how="semi")
            if known.is_empty():
                break
            found = _taken(found, known, images, columns)
    return found


def _taken(
    lineage: pl.DataFrame, through: pl.DataFrame, images: pl.DataFrame, columns: tuple[str, ...]
) -> pl.DataFrame:
    """``lineage`` with ``columns`` of the images that ``through`` (``id, _run``) names."""
    earlier = through.join(images.select("id", "_run", *columns), on=["id", "_run"], how="inner").drop("_run")
    marked = earlier.unique("id").with_columns(_hit=pl.lit(value=True))
    beside = lineage.join(marked, on="id", how="left", suffix=":earlier", maintain_order="left")
    hit = pl.col("_hit").fill_null(value=False)
    return beside.with_columns(
        pl.when(hit).then(f"{name}:earlier").otherwise(name).alias(name) for name in columns
    ).select(lineage.columns)
