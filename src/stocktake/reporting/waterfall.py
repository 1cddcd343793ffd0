"""A waterfall: what entered, moved and left, per value of a tracked field, between two points in time (HIS-6, HIS-9).

Each period compares where a record stood at its beginning with where it stood at its end; what it passed through in between
is told by shorter periods, down to one per run. For every stage, of records and of their amounts alike:
begin + entered + moved in - moved out - left + revalued = end; of records, nothing is ever revalued.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from stocktake.model.record_type import Field, RecordType
from stocktake.reporting.course import closes
from stocktake.reporting.period import AMOUNT_FLOWS, FLOWS, Period, Point, amount_text
from stocktake.reporting.waterfall_picture import waterfall_picture

_OUT = {"moved_out", "left"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Waterfall:
    """What entered, moved and left, per stage and period.

    steps: one line per period and stage: ``period`` (its place in ``periods``), ``stage`` (null where blank), ``begin,
    entered, moved_in, moved_out, left, end``, and with an amount ``begin_amount … end_amount`` and ``revalued_amount`` as
    exact decimals. moves: ``period, from, to, count`` and ``amount`` (as it was before the move).
    """

    record_type: RecordType
    field: str
    amount: str | None
    by: str | None
    periods: tuple[Period, ...]
    steps: pl.DataFrame
    moves: pl.DataFrame

    @property
    def totals(self) -> pl.DataFrame:
        """The steps of all stages together, one line per period, without moves between stages."""
        columns = [name for name in self.steps.columns if name not in ("period", "stage")]
        return self.steps.group_by("period", maintain_order=True).agg(pl.col(columns).sum()).sort("period")

    def svg(self, *, within_page: bool = False) -> str:
        """The waterfall as a picture: of amounts where it has an amount, else of records. Readable without colour.

        ``within_page``: without colours of its own, which the page's stylesheet has.
        """
        return waterfall_picture(self, within_page=within_page)

    def part(self, offset: int, limit: int) -> Waterfall:
        """Some of the periods, one after the other; none where ``offset`` lies behind the last."""
        wanted = pl.col("period").is_between(offset, offset + limit - 1)
        shifted = pl.col("period") - offset
        return replace(
            self,
            periods=self.periods[offset : offset + limit],
            steps=self.steps.filter(wanted).with_columns(period=shifted),
            moves=self.moves.filter(wanted).with_columns(period=shifted),
        )


def waterfall(
    tracks: pl.DataFrame,
    record_type: RecordType,
    periods: Sequence[Period],
    *,
    field: str,
    amount: str | None,
    by: str | None,
) -> Waterfall:
    """The waterfall of tracks (``reporting.track.TRACKS``) over periods that follow each other."""
    states = _states(tracks, [periods[0].begin, *(each.end for each in periods)])
    flows = _flows(states)
    standing = pl.concat([states.filter("there")["value"], flows["value"]])
    stages = in_order(record_type[field], standing.unique().to_list())
    steps = _steps(states, flows, len(periods), stages, with_amount=amount is not None)
    moved = flows.filter(pl.col("flow") == "moved_out")
    moves = (
        moved.group_by("period", "value", "to")
        .agg(count=pl.col("records").sum(), amount=pl.col("worth").sum())
        .sort("period", "value", "to")
        .select(pl.col("period") - 1, "count", "amount", **{"from": _named("value"), "to": _named("to")})
    )
    wanted = ["period", "from", "to", "count", *(["amount"] if amount else [])]
    return Waterfall(
        record_type=record_type,
        field=field,
        amount=amount,
        by=by,
        periods=tuple(periods),
        steps=steps,
        moves=moves.select(wanted),
    )


def in_order(field: Field, values: Iterable[str]) -> list[str]:
    """Stages as people expect them: as declared, then by name, blank last."""
    declared = dict.fromkeys((*field.choices, *(word for _, word in field.values)))
    found = set(values)
    named = [each for each in declared if each in found]
    rest = sorted(found - set(named) - {""}, key=lambda each: (each.casefold(), each))
    return [*named, *rest, *([""] if "" in found else [])]


def _states(tracks: pl.DataFrame, points: Sequence[Point]) -> pl.DataFrame:
    """The last line of each track in each period, and what its records were before: ``was, from, was_worth``.

    ``period``: 0 up to the first point, 1 to the second …; what is later than the last point is left out.
    """
    keys = [each.key for each in points]
    places = tracks.select("at", "run_id").unique()
    found = [bisect_left(keys, key) for key in places.iter_rows()]
    placed = tracks.join(
        places.with_columns(period=pl.Series(found, dtype=pl.Int64)),
        on=["at", "run_id"],
        how="left",
        maintain_order="left",
    ).filter(pl.col("period") < len(points))
    last = placed.filter(closes("track", "period"))
    same = pl.col("track") == pl.col("track").shift()
    return last.with_columns(
        was=(same & pl.col("there").shift()).fill_null(value=False),
        before=pl.col("value").shift(),
        was_worth=pl.col("worth").shift(),
    )


def _flows(states: pl.DataFrame) -> pl.DataFrame:
    """``period, value, flow, records, worth``, and ``to`` of what moved out: two lines for each track that moved."""
    later = states.filter(pl.col("period") > 0)
    was, there = pl.col("was"), pl.col("there")
    moved = was & there & (pl.col("value") != pl.col("before"))
    stayed = was & there & (pl.col("value") == pl.col("before"))
    kinds = (
        (~was & there, "entered", "value", pl.col("worth")),
        (was & ~there, "left", "before", pl.col("was_worth")),
        (moved, "moved_in", "value", pl.col("worth")),
        (moved, "moved_out", "before", pl.col("was_worth")),
        (stayed, "revalued", "value", pl.col("worth") - pl.col("was_worth")),
    )
    to = pl.lit(None, dtype=pl.String)
    return pl.concat(
        [
            later.filter(condition).select(
                "period",
                "records",
                value=pl.col(stage),
                to=pl.col("value") if flow == "moved_out" else to,
                flow=pl.lit(flow),
                worth=worth.cast(later.schema["worth"]),
            )
            for condition, flow, stage, worth in kinds
        ]
    )


def _steps(
    states: pl.DataFrame, flows: pl.DataFrame, count: int, stages: Sequence[str], *, with_amount: bool
) -> pl.DataFrame:
    """Every stage in every period, its stock carried on from period to period."""
    start = states.filter((pl.col("period") == 0) & pl.col("there"))
    stock = start.group_by("value").agg(_count=pl.col("records").sum(), _worth=pl.col("worth").sum())
    tallied = flows.group_by("period", "value").agg(
        *(pl.col("records").filter(pl.col("flow") == name).sum().alias(name) for name in FLOWS),
        *(
            pl.col("worth").filter(pl.col("flow") == name).sum().alias(f"{name}_amount")
            for name in AMOUNT_FLOWS
        ),
    )
    grid = pl.DataFrame({"period": range(1, count + 1)}, schema={"period": pl.Int64}).join(
        pl.DataFrame({"value": list(stages)}, schema={"value": pl.String}).with_row_index("_stage"),
        how="cross",
    )
    numbers = [*FLOWS, *(f"{name}_amount" for name in AMOUNT_FLOWS), "_count", "_worth"]
    filled = (
        grid.join(tallied, on=["period", "value"], how="left", maintain_order="left")
        .join(stock, on="value", how="left", maintain_order="left")
        .with_columns(pl.col(numbers).fill_null(0))
    )
    ends = filled.with_columns(
        end=pl.col("_count") + _net(FLOWS, "").cum_sum().over("value"),
        end_amount=pl.col("_worth") + _net(AMOUNT_FLOWS, "_amount").cum_sum().over("value"),
    ).with_columns(
        begin=pl.col("end") - _net(FLOWS, ""),
        begin_amount=pl.col("end_amount") - _net(AMOUNT_FLOWS, "_amount"),
    )
    told = ["begin", *FLOWS, "end"]
    amounts = [f"{name}_amount" for name in ("begin", *AMOUNT_FLOWS, "end")] if with_amount else []
    return (
        ends.sort("period", "_stage")
        .select(pl.col("period") - 1, *told, *amounts, stage=_named("value"))
        .select("period", "stage", *told, *amounts)
    )


def _net(flows: Iterable[str], suffix: str) -> pl.Expr:
    signed = [-pl.col(name + suffix) if name in _OUT else pl.col(name + suffix) for name in flows]
    return sum(signed[1:], start=signed[0])


def _named(column: str) -> pl.Expr:
    return pl.when(pl.col(column) != "").then(column)


def step_document(step: Mapping[str, Any]) -> dict[str, Any]:
    """One line of ``steps`` for programs: records, then ``amounts`` as exact text."""
    shape = {name: step[name] for name in ("begin", *FLOWS, "end")}
    if "begin_amount" in step:
        shape["amounts"] = {
            name: amount_text(step[f"{name}_amount"]) for name in ("begin", *AMOUNT_FLOWS, "end")
        }
    return shape
