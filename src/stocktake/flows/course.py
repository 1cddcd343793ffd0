"""Waterfalls and times in a stage: the whole history of a field, read together (HIS-6)."""

from __future__ import annotations

from collections.abc import Hashable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import polars as pl

from stocktake.model.errors import InvalidInput, NotFound
from stocktake.model.record_type import FieldType, RecordType, check_known
from stocktake.ports.frame import DELETED_RECORDS
from stocktake.ports.store import Unit
from stocktake.reporting.course import Told, course
from stocktake.reporting.period import FIRST, Period, Point
from stocktake.reporting.stay import stays
from stocktake.reporting.track import plain_tracks, together, tracks_of
from stocktake.reporting.waterfall import Waterfall, waterfall

_MOMENT = "%Y-%m-%dT%H:%M:%S.%fZ"
_BEGINNING = Point(at="", place=FIRST)
_NUMBERS = (FieldType.DECIMAL, FieldType.INTEGER)

#: A run by its number, a moment, a day.
When = int | datetime | date


def waterfall_of(
    unit: Unit,
    record_type: RecordType,
    *,
    field: str,
    from_: When | None,
    to: When | None,
    by: str | None,
    amount: str | None,
    at: datetime,
) -> Waterfall:
    """What entered, moved and left between two points, per period of ``by``: ``run``, ``week``, ``month`` or all in one.

    A run stands for the state it left. A day begins at its start as ``from_`` and ends at its end as ``to``, in UTC.
    Raises ``NotFound`` ``unknown-run``, ``InvalidInput`` ``unknown-field``, ``untracked-field``, ``not-an-amount``,
    ``not-applied``, ``bad-option`` where the end lies before the beginning.
    """
    _check_tracked(record_type, field)
    if amount is not None:
        _check_amount(record_type, amount)
    runs = unit.run_moments()
    begin = _BEGINNING if from_ is None else _point(from_, runs, is_end=False)
    end = Point(at=_text(at)) if to is None else _point(to, runs, is_end=True)
    if end.key < begin.key:
        raise InvalidInput(
            "bad-option",
            "The end of the waterfall lies before its beginning.",
            hint="Exchange --from and --to.",
        )
    tracks = _tracks(unit, record_type, field, amount, runs)
    periods = _periods(tracks, runs, record_type, begin, end, by)
    return waterfall(tracks, record_type, periods, field=field, amount=amount, by=by)


def time_in_stage_of(unit: Unit, record_type: RecordType, *, field: str, at: datetime) -> pl.DataFrame:
    """``reporting.stay.STAYS`` of a tracked field. Raises ``InvalidInput`` ``unknown-field``, ``untracked-field``."""
    _check_tracked(record_type, field)
    tracks = _tracks(unit, record_type, field, None, unit.run_moments())
    return stays(tracks, record_type[field], at=at)


def unread_records(unit: Unit, record_type: RecordType, *, field: str, amount: str | None) -> int:
    """How many records a waterfall of these must read: those of blocks that were written since they were read."""
    return unit.unfolded(record_type.name, _key(record_type, field, amount))


def _check_tracked(record_type: RecordType, field: str) -> None:
    check_known(record_type, [field])
    if field not in record_type.tracked:
        raise InvalidInput(
            "untracked-field",
            f"{record_type.title} does not track {field}, so nobody knows what it was before.",
            hint=f"It tracks: {', '.join(record_type.tracked) or 'none'}. "
            "Name the field in `tracked` of the type's declaration, and its history begins.",
        )


def _check_amount(record_type: RecordType, amount: str) -> None:
    check_known(record_type, [amount])
    if record_type[amount].type not in _NUMBERS:
        referring = {each.field for each in record_type.references}
        fitting = [
            each.name for each in record_type.fields if each.type in _NUMBERS and each.name not in referring
        ]
        raise InvalidInput(
            "not-an-amount",
            f"{record_type[amount].label} is no number that could be added up.",
            hint=f"{record_type.title} has these numbers: {', '.join(fitting) or 'none'}.",
        )


def _tracks(
    unit: Unit, record_type: RecordType, field: str, amount: str | None, runs: pl.DataFrame
) -> pl.DataFrame:
    """``reporting.track.TRACKS`` of all records, from what is remembered of those that were not written since."""
    fields = [field] if amount is None else list(dict.fromkeys((field, amount)))
    worth = record_type[amount] if amount else None
    images: dict[int, pl.DataFrame] = {}

    def folded(first: int, last: int) -> pl.DataFrame:
        entries = unit.field_entries(record_type.name, fields, first, last)
        turns = unit.turns(record_type, first, last)
        counts = unit.value_counts(record_type, fields, first, last)
        retired = [unit.retired_ids(record_type, first, last)] if counts["retired"].sum() else []
        moved = pl.concat([entries["record_id"], turns["record_id"], *retired]).unique()
        told = Told(
            present=unit.present_values(record_type, fields, moved),
            deleted=_deleted(unit, turns, fields, images),
            entries=entries,
            turns=turns,
            runs=runs,
        )
        lines = course(told, record_type, field, amount)
        plain = _left(counts, told.present, fields).select(
            "created_run", "records", value=pl.col(field), amount=pl.col(amount) if amount else pl.lit("")
        )
        moments = runs.select("run_id", "applied_at")
        return together([tracks_of(lines, worth), plain_tracks(plain, moments, worth, first)], worth)

    return together(unit.folded(record_type.name, _key(record_type, field, amount), folded), worth)


def _key(record_type: RecordType, field: str, amount: str | None) -> Hashable:
    """What tracks are made of, beside records and what was written with them."""
    return "tracks", field, amount, record_type.lifecycle


def _left(counts: pl.DataFrame, present: pl.DataFrame, fields: list[str]) -> pl.DataFrame:
    """What is counted, without those that are ``present`` one by one."""
    known = present.select("created_run", *fields, records=pl.lit(-1, dtype=pl.Int64))
    counted = pl.concat([counts.drop("retired"), known]).group_by("created_run", *fields)
    return counted.agg(pl.col("records").sum()).filter(pl.col("records") > 0)


def _deleted(
    unit: Unit, turns: pl.DataFrame, fields: list[str], images: dict[int, pl.DataFrame]
) -> pl.DataFrame:
    """What records were that runs have deleted: ``record_id, created_run`` and the fields; ``images``: those read before."""
    columns: dict[str, Any] = {"id": pl.Int64, "created_run": pl.Int64, **dict.fromkeys(fields, pl.String)}
    deleting = turns.filter(pl.col("act") == "delete").select("run_id", id="record_id")
    parts = [pl.DataFrame(schema=columns)]
    for run_id in deleting["run_id"].unique().sort():
        if run_id not in images:
            images[run_id] = _image(unit.image_of(run_id, DELETED_RECORDS, columns), columns)
        mine = deleting.filter(pl.col("run_id") == run_id).select("id").unique()
        parts.append(images[run_id].join(mine, on="id", how="semi"))
    return pl.concat(parts).rename({"id": "record_id"})


def _image(deleted: pl.DataFrame, columns: dict[str, Any]) -> pl.DataFrame:
    """The columns wanted of what a run deleted; a field that was declared since is blank."""
    return deleted.select(
        pl.col(name).cast(dtype) if name in deleted.columns else pl.lit(None, dtype=dtype).alias(name)
        for name, dtype in columns.items()
    )


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime(_MOMENT)


def _point(told: When, runs: pl.DataFrame, *, is_end: bool) -> Point:
    if isinstance(told, int):
        return _run_point(told, runs)
    if isinstance(told, datetime):
        return Point(at=_text(told))
    day = told + timedelta(days=1) if is_end else told
    return Point(at=_text(datetime.combine(day, time(), UTC)), place=FIRST)


def _run_point(run_id: int, runs: pl.DataFrame) -> Point:
    found = runs.filter(pl.col("run_id") == run_id).to_dicts()
    if not found:
        raise NotFound(
            "unknown-run",
            f"There is no run {run_id} that was applied.",
            hint="List the runs with `stocktake runs`.",
        )
    if found[0]["status"] == "rolled_back" or found[0]["kind"] == "rollback":
        undone = found[0]["undoes_run"]
        what = f"undid run {undone}" if undone is not None else "was rolled back"
        raise InvalidInput(
            "not-applied",
            f"Run {run_id} {what}. A run that was undone does not count, and neither does its undoing.",
            hint="Name another run, or a day.",
        )
    return Point(at=found[0]["applied_at"], run_id=run_id, place=run_id)


def _periods(
    lines: pl.DataFrame, runs: pl.DataFrame, record_type: RecordType, begin: Point, end: Point, by: str | None
) -> list[Period]:
    """The periods between two points, the last up to ``end``; at least one."""
    if by is None:
        return [Period(label="", begin=begin, end=end)]
    inner = _runs_between(lines, runs, record_type) if by == "run" else _calendar(lines, begin, end, by)
    cuts = [(label, each) for label, each in inner if begin.key < each.key <= end.key]
    if by == "run":
        cuts = cuts or [("", end)]
        cuts[-1] = (cuts[-1][0], end)
    points = [begin, *(each for _, each in cuts)]
    return [
        Period(label=label, begin=before, end=each)
        for before, (label, each) in zip(points, cuts, strict=False)
    ]


def _runs_between(
    lines: pl.DataFrame, runs: pl.DataFrame, record_type: RecordType
) -> list[tuple[str, Point]]:
    """The applied imports of the type, and whatever other runs changed its records, by moment."""
    touching = lines["run_id"].unique()
    own = (pl.col("record_type") == record_type.name) & (pl.col("kind") == "import")
    mine = own | pl.col("run_id").is_in(touching.implode())
    counted = runs.filter(mine & (pl.col("status") == "applied") & (pl.col("kind") != "rollback"))
    return [
        (f"run {run_id}", Point(at=at, run_id=run_id, place=run_id))
        for at, run_id in counted.select("applied_at", "run_id").sort("applied_at", "run_id").iter_rows()
    ]


def _calendar(lines: pl.DataFrame, begin: Point, end: Point, by: str) -> list[tuple[str, Point]]:
    """Weeks from Monday or months, in UTC, from the first that anything is known of; the last is cut off at ``end``."""
    first = begin.at or lines["at"].filter(lines["at"] != "").min() or end.at
    day = date.fromisoformat(str(first)[:10])
    day = day - timedelta(days=day.weekday()) if by == "week" else day.replace(day=1)
    cuts: list[tuple[str, Point]] = []
    while True:
        after = (
            day + timedelta(days=7)
            if by == "week"
            else (day.replace(day=28) + timedelta(days=4)).replace(day=1)
        )
        label = f"week of {day}" if by == "week" else f"{day:%Y-%m}"
        point = _point(after, pl.DataFrame(), is_end=False)
        if point.key >= end.key:
            return [*cuts, (label, end)]
        cuts.append((label, point))
        day = after
