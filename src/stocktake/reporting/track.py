"""Tracks: records that came the same way, counted together; a million records have some thousands of ways (HIS-6).

Whatever is asked of a course, of any time, can be asked of its tracks: they differ in nothing but how many they are.
"""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from stocktake.model.errors import InvalidInput
from stocktake.model.record_type import Field

#: Digits that a sum may have more than what it is made of: ten million amounts.
_SUMMED = 7
_DIGITS = 38

#: Lines of a track lie together, in order. ``records``: how many came that way; ``worth``: their amounts, added up exactly
#: (a decimal of as many places as those have). ``whole`` and ``part``: the most digits of one, before and behind the point.
TRACKS = {
    "track": pl.Int64,
    "at": pl.String,
    "run_id": pl.Int64,
    "value": pl.String,
    "there": pl.Boolean,
    "records": pl.Int64,
    "whole": pl.Int64,
    "part": pl.Int64,
}
_LINE = ("at", "run_id", "value", "there")


def tracks_of(course: pl.DataFrame, amount: Field | None) -> pl.DataFrame:
    """``TRACKS`` and ``worth`` of a course (``reporting.course.COURSE``); a track is called by its first record.

    Raises ``InvalidInput`` ``amounts-too-long`` where a sum could not be held exactly.
    """
    valued = _valued(course, amount)
    kinds = valued.select(_LINE).unique().with_row_index("_line")
    ways = (
        valued.join(kinds, on=_LINE, how="left", maintain_order="left")
        .group_by("record_id", maintain_order=True)
        .agg(_way=pl.col("_line").cast(pl.String).str.join(" "))
        .with_columns(
            track=pl.col("record_id").first().over("_way"), records=pl.len().cast(pl.Int64).over("_way")
        )
        .drop("_way")
    )
    lines = valued.join(ways, on="record_id", how="left", maintain_order="left")
    place = pl.int_range(pl.len()).over("record_id")
    added = (
        lines.with_columns(_place=place)
        .group_by("track", "_place")
        .agg(pl.col("worth").sum(), pl.col("whole", "part").max())
    )
    first = lines.filter(pl.col("record_id") == pl.col("track")).with_columns(_place=place)
    return (
        first.drop("worth", "whole", "part")
        .join(added, on=["track", "_place"], how="left", maintain_order="left")
        .select(*TRACKS, "worth")
    )


def plain_tracks(
    plain: pl.DataFrame, moments: pl.DataFrame, amount: Field | None, first: int
) -> pl.DataFrame:
    """``TRACKS`` and ``worth`` of records whose ``created_run, value, amount`` is all there is to say, ``records`` of each.

    moments: ``run_id, applied_at``. They are called by numbers below -``first``, which no record has. Raises as
    :func:`tracks_of`.
    """
    told = plain.join(moments, left_on="created_run", right_on="run_id", how="left").select(
        "records",
        pl.col("value", "amount").fill_null(""),
        at=pl.col("applied_at").fill_null(""),
        run_id=pl.col("created_run").fill_null(0),
    )
    valued = _valued(told, amount).with_columns(worth=pl.col("worth") * pl.col("records"))
    return (
        valued.group_by("at", "run_id", "value")
        .agg(pl.col("records", "worth").sum(), pl.col("whole", "part").max())
        .with_columns(track=-first - 1 - pl.int_range(pl.len()), there=pl.lit(value=True))
        .select(*TRACKS, pl.col("worth").cast(valued.schema["worth"]))
    )


def together(parts: Iterable[pl.DataFrame], amount: Field | None) -> pl.DataFrame:
    """Tracks of different records as one frame. Raises as :func:`tracks_of`."""
    found = list(parts)
    sizes = [each.select(pl.col("whole", "part").max()).row(0) for each in found if each.height]
    whole, part = (max((size[place] for size in sizes), default=0) for place in (0, 1))
    _check(whole, part, amount)
    worth = pl.Decimal(_DIGITS, part)
    empty = pl.DataFrame(schema={**TRACKS, "worth": worth})
    return pl.concat([empty, *(each.with_columns(pl.col("worth").cast(worth)) for each in found)])


def _valued(lines: pl.DataFrame, amount: Field | None) -> pl.DataFrame:
    """The lines with ``worth``, their amount as an exact decimal, 0 where blank, and how long amounts are at most."""
    if amount is None:
        size = pl.lit(0, dtype=pl.Int64)
        return lines.with_columns(worth=pl.lit(0, dtype=pl.Decimal(_DIGITS, 0)), whole=size, part=size)
    halves = pl.col("amount").str.strip_chars_start("-").str.splitn(".", 2)
    sizes = lines.select(
        whole=halves.struct.field("field_0").str.len_bytes().max(),
        part=halves.struct.field("field_1").str.len_bytes().max(),
    ).row(0)
    whole, part = (each or 0 for each in sizes)
    _check(whole, part, amount)
    filled = pl.when(pl.col("amount") == "").then(pl.lit("0")).otherwise("amount")
    return lines.with_columns(
        worth=filled.cast(pl.Decimal(_DIGITS, part)),
        whole=pl.lit(whole, dtype=pl.Int64),
        part=pl.lit(part, dtype=pl.Int64),
    )


def _check(whole: int, part: int, amount: Field | None) -> None:
    if amount is not None and whole + part + _SUMMED > _DIGITS:
        raise InvalidInput(
            "amounts-too-long",
            f"{amount.label} has amounts of {whole} digits and {part} decimals, whose sum cannot be held exactly.",
            hint="Choose another --amount, or none.",
        )
