"""Link images: which links go back to what they were before a run, and which stay, since others wrote them (ROL-13)."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from stocktake.flows.aftermath import LINK, Aftermath
from stocktake.model.record_type import RecordType
from stocktake.model.run import RunKind
from stocktake.ports.frame import LINK_IMAGE
from stocktake.ports.store import Unit

_LINKED = {**LINK_IMAGE, "record_id": pl.Int64}


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """The run's images of links, parted: ``back`` as they were, ``beside`` a memory added since, ``kept`` as they are."""

    back: pl.DataFrame
    beside: pl.DataFrame
    kept: pl.DataFrame


def parted_links(after: Aftermath, record_type: RecordType, links: pl.DataFrame, made: pl.DataFrame) -> Links:
    """The images of links by what has become of the links since, each with its ``record_id``."""
    unit = after.unit
    known = links.join(present(unit, record_type, links).select(*LINK, "record_id"), on=LINK, how="inner")
    written = unit.links_changed_since(record_type.name, after.run.run_id, known)
    added = after.remembering(record_type, written).select(*LINK, "_by_run")
    others = written.join(added, on=LINK, how="anti")
    missed = _missed_again(after, record_type, known.join(written, on=LINK, how="anti"))
    kept = pl.concat([others, missed, made]).select(*LINK, record_id="_record_id", changed_run="_by_run")
    left = known.join(kept, on=LINK, how="anti")
    return Links(
        back=left.join(added, on=LINK, how="anti"),
        beside=left.join(added, on=LINK, how="inner"),
        kept=kept,
    )


def present(unit: Unit, record_type: RecordType, links: pl.DataFrame) -> pl.DataFrame:
    """``source, external_id, record_id, said, changed_run`` of links as they are."""
    columns = {name: _LINKED[name] for name in (*LINK, "record_id", "said", "changed_run")}
    return unit.link_image(record_type.name, links, columns)


def _missed_again(after: Aftermath, record_type: RecordType, links: pl.DataFrame) -> pl.DataFrame:
    """Links that the run found missing, and that a later whole file of the source did not have either.

    That file has written nothing to them, since they were missing already; were they given back, they would be present and
    unseen by it.
    """
    run, unit = after.run, after.unit
    columns = {"source": pl.String, "external_id": pl.String, "_record_id": pl.Int64, "_by_run": pl.Int64}
    last = unit.latest_import(run.source or "", record_type.name, full_snapshot=True)
    if run.kind is not RunKind.IMPORT or last is None or last.run_id <= run.run_id:
        return pl.DataFrame(schema=columns)
    states = {"source": pl.String, "external_id": pl.String, "is_present": pl.Boolean}
    now = unit.link_image(record_type.name, links, states).select(*LINK, _now="is_present")
    own = (pl.col("source") == run.source) & pl.col("is_present") & ~pl.col("_now")
    return (
        links.join(now, on=LINK, how="inner")
        .filter(own)
        .select(*LINK, _record_id="record_id", _by_run=pl.lit(last.run_id, dtype=pl.Int64))
    )
