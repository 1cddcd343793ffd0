"""The rows of a run, the records its file lacked, and what it added to the history, read again (PRE-22, LIN-2, HIS-5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import polars as pl

from stocktake.model.plan import Plan
from stocktake.model.record_type import RecordType
from stocktake.model.run import Run
from stocktake.planning.table import TABLES
from stocktake.ports.store import Unit
from stocktake.reporting.absence import explained_absent
from stocktake.reporting.export import differing_labels
from stocktake.reporting.mark import MARKS
from stocktake.reporting.rejection import told_by_row

ROWS = {
    "line": pl.Int64,
    "external_id": pl.String,
    "name": pl.String,
    "record_id": pl.Int64,
    "action": pl.String,
    "reason": pl.String,
}


def run_rows(unit: Unit, run: Run, reasons: Mapping[str, str], decision: str | None) -> pl.DataFrame:
    """``ROWS`` of the file in its order, then of the records it lacked, which have no line.

    ``decision`` narrows them; ``reappeared`` means rows whose link had been missing, whatever was decided of them.
    """
    why = pl.col("reason").replace_strict(dict(reasons), default=pl.col("reason"), return_dtype=pl.String)
    told = {**{name: name for name in ROWS}, "action": "decision"}
    wanted = _wanted_rows(unit, run.run_id, decision)
    found = [
        chunk.filter(wanted)
        .with_columns(reason=why)
        .select(pl.col(place).cast(ROWS[name]).alias(name) for name, place in told.items())
        for chunk in unit.raw_chunks(run.run_id)
    ]
    absent = explained_absent(unit.absent_of(run.run_id), reasons)
    gone = absent if decision is None else absent.filter(pl.col("decision") == decision)
    lacking = gone.rename({"decision": "action"}).with_columns(line=pl.lit(None, dtype=pl.Int64))
    return pl.concat([pl.DataFrame(schema=ROWS), *found, lacking.select(ROWS.keys())])


def _wanted_rows(unit: Unit, run_id: int, decision: str | None) -> pl.Expr:
    """Which raw rows of a run have a decision."""
    if decision is None:
        return pl.lit(value=True)
    if decision == "reappeared":
        return pl.col("row").is_in(unit.reappeared_of(run_id).implode())
    return pl.col("decision") == decision


#: Decisions that leave a row out (IDN-6).
REJECTED = ("reject", "conflict", "ambiguous")


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectedRows:
    """The rows that a run left out (ERR-3).

    header: the file's own headers, which may repeat. rows: ``c0`` … under them, and ``_line, _code, _message``.
    """

    header: tuple[str, ...]
    rows: pl.DataFrame

    def frame(self) -> pl.DataFrame:
        """The rows under their headers; a repeated one carries its place, since a frame's columns must differ."""
        labels = differing_labels(self.header)
        return self.rows.rename({f"c{place}": label for place, label in enumerate(labels)})


def rejected_rows(unit: Unit, run: Run, reasons: Mapping[str, str]) -> RejectedRows:
    """The rows that a run left out, as they were read, each with its codes and all that is wrong with it."""
    chunks = (
        chunk.filter(pl.col("decision").is_in(REJECTED)).rename({"row": "_row"})
        for chunk in unit.raw_chunks(run.run_id)
    )
    return _told_rows(tuple(unit.header_of(run.run_id)), chunks, unit.problems_of(run.run_id), reasons)


def rejected_of_plan(plan: Plan) -> RejectedRows:
    """The same of a plan: the rows that applying it would leave out."""
    left_out = plan.frames.rows.filter(pl.col("_action").cast(pl.String).is_in(REJECTED)).select(
        "_row", reason=pl.col("_rule").cast(pl.String)
    )
    chunks = (
        chunk.join(left_out, on="_row", how="inner", maintain_order="left").rename({"_line": "line"})
        for chunk in plan.frames.cells
    )
    reasons = {rule.code: rule.reason for rule in TABLES[plan.strategy].rules}
    return _told_rows(plan.file.header, chunks, plan.frames.problems, reasons)


def _told_rows(
    header: tuple[str, ...],
    chunks: Iterable[pl.DataFrame],
    problems: pl.DataFrame,
    reasons: Mapping[str, str],
) -> RejectedRows:
    """``chunks``: ``_row, line, reason`` and the cells of rows that are left out."""
    told = told_by_row(problems).drop("line")
    cells = [f"c{place}" for place in range(len(header))]
    schema = {**dict.fromkeys(cells, pl.String), "_line": pl.Int64, **dict.fromkeys(MARKS[1:], pl.String)}
    why = pl.col("reason").replace_strict(dict(reasons), default=pl.col("reason"), return_dtype=pl.String)
    found = [
        chunk.join(told, on="_row", how="left", maintain_order="left").select(
            *cells,
            _line=pl.col("line").cast(pl.Int64),
            _code=pl.coalesce("codes", "reason"),
            _message=pl.coalesce("problems", why),
        )
        for chunk in chunks
    ]
    return RejectedRows(header=header, rows=pl.concat([pl.DataFrame(schema=schema), *found]))


#: What a run added to the field history.
HISTORY = {
    "record_id": pl.Int64,
    "name": pl.String,
    "field": pl.String,
    "from": pl.String,
    "to": pl.String,
    "kind": pl.String,
}


def run_history(unit: Unit, run: Run, record_type: RecordType) -> pl.DataFrame:
    """``HISTORY``: what a run added to the field history; no name where a record is gone."""
    told = unit.history_of_run(run.run_id, record_type.name).sort("record_id", "field", "kind")
    return _named(unit, record_type, told)


def run_history_page(
    unit: Unit, run: Run, record_type: RecordType, *, limit: int, offset: int
) -> tuple[pl.DataFrame, int]:
    """Some rows of :func:`run_history`, and how many there are."""
    told, total = unit.history_page_of_run(run.run_id, record_type.name, limit=limit, offset=offset)
    return _named(unit, record_type, told), total


def _named(unit: Unit, record_type: RecordType, told: pl.DataFrame) -> pl.DataFrame:
    names = unit.names(record_type, told["record_id"].unique())
    return (
        told.join(names, left_on="record_id", right_on="_record_id", how="left", maintain_order="left")
        .select("record_id", "field", "kind", name="_name", **{"from": "from_value", "to": "to_value"})
        .select(HISTORY.keys())
    )
