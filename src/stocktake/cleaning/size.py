"""Sizes of memory and of volumes, rounded to those that are sold (CLN-2), once for every distinct text."""

from __future__ import annotations

from itertools import pairwise

import polars as pl

from stocktake.cleaning.distinct import by_distinct

#: GB of memory as devices are sold with it (packs.md).
MEMORY = ("4", "8", "16", "32", "64", "96", "128")
#: GB of storage, then whole TB (packs.md).
STORAGE = ("32", "64", "128", "256", "512", "by 1TB")

#: So far from a common size, as a share of it, a size may lie: firmware, graphics and recovery partitions take their part.
TOLERANCE = 0.15

_TB = 1024.0
#: More GB than any device holds: a number without a unit beyond it is of another unit.
_MOST = 4096.0
_UNITS = {"B": 2.0**-30, "K": 2.0**-20, "M": 2.0**-10, "G": 1.0, "T": _TB}
_SIZE = r"(?i)([0-9]+(?:\.[0-9]+)?)\s*([KMGT])I?B\b"
_WHOLE = r"(?i)^([0-9]+(?:\.[0-9]+)?)\s*(?:([KMGT])(?:I?B)?|(B)(?:YTES)?)?$"
_REMOVABLE = r"(?i)\b(?:removable|usb|cd-?rom|dvd|optical|floppy|network|memory card|sd card)\b"
_NOT_THE_SIZE = (
    r"(?i)(?:free|used|available)(?: space)?\s*[:=]?\s*[0-9.]+\s*[KMGT]I?B\b",
    r"(?i)[0-9.]+\s*[KMGT]I?B\s*(?:\([0-9.]+\s?%\)\s*)?(?:is )?(?:free|used|available)\b",
)


def ram(cell: pl.Expr, *sizes: str) -> pl.Expr:
    """Memory in GB, as a common size where it lies near one; a number without unit is GiB. Nothing for other texts.

    The common sizes are 4, 8, 16, 32, 64, 96 and 128 GB, or those in brackets. What lies more than 15 % off them all
    stays what it is, in whole GB: 12 GB are neither 8 nor 16.

    >>> example("ram", "15.69"), example("ram", "16384 MB"), example("ram", "31,7 GB")
    ('16 GB', '16 GB', None)
    >>> example("ram", "11.8 GiB"), example("ram(4, 8, 12)", "11.2 GiB"), example("ram", "256 GB")
    ('12 GB', '12 GB', '256 GB')
    >>> example("ram", "17179869184 bytes"), example("ram", "17179869184")
    ('16 GB', None)
    """

    def told(texts: pl.Series) -> pl.Series:
        cell, unit, size = pl.col("cell"), pl.col("unit"), pl.col("size")
        frame = texts.alias("cell").to_frame()
        frame = frame.with_columns(unit=pl.coalesce(cell.str.extract(_WHOLE, 2), cell.str.extract(_WHOLE, 3)))
        amount = cell.str.extract(_WHOLE, 1).cast(pl.Float64)
        frame = frame.with_columns(size=amount * _factor(unit.fill_null("G")))
        plausible = unit.is_not_null() | (size <= _MOST)
        frame = frame.with_columns(size=pl.when(plausible & (size > 0)).then(size))
        return _rounded(frame, sizes or MEMORY)

    return by_distinct(cell, told)


def volumes(cell: pl.Expr, *sizes: str) -> pl.Expr:
    """The sum of the volumes that stay in the device, as a common size where it lies near one.

    Volumes are parted by ``;``, ``|``, line ends, or a comma before a drive or a path. Removable, optical and network
    ones are left out; free and used space is not counted. Common are 32, 64, 128, 256 and 512 GB, and then whole TB, or
    what stands in brackets. Nothing where a volume has no size, or more than one.

    >>> example("volumes", "C: (475.8 GiB)"), example("volumes", "C: (953.0 GiB); D: (1863.0 GiB)")
    ('512 GB', '3 TB')
    >>> example("volumes", "C: 237.5 GiB (80.1 GiB free), E: 58 GiB Removable Disk")
    '256 GB'
    >>> example("volumes(by 1TB)", "C: (558.4 GiB); D: (7450.6 GiB)"), example("volumes", "E: (14 GiB) USB")
    ('8 TB', '')
    >>> example("volumes", "C: mostly full")
    """

    def told(texts: pl.Series) -> pl.Series:
        cell, size = pl.col("cell"), pl.col("size")
        parted = cell.str.replace_all(r",\s*((?:[A-Za-z]:|/))", ";${1}").str.replace_all(r"[;|\r\n]+", ";")
        frame = texts.alias("cell").to_frame()
        frame = frame.with_columns(entry=parted.str.strip_chars("; ").str.split(";")).with_row_index("_cell")
        entries = (
            frame.select("_cell", "entry").explode("entry").select("_cell", size=_entry(pl.col("entry")))
        )
        sums = entries.group_by("_cell", maintain_order=True).agg(size.sum())
        frame = frame.select("cell", sums["size"])
        frame = frame.with_columns(
            cell=pl.when(size == 0).then(pl.lit("")).otherwise("cell"),
            size=pl.when(size.is_not_nan()).then(size),
        )
        return _rounded(frame, sizes or STORAGE)

    return by_distinct(cell, told)


def _rounded(frame: pl.DataFrame, sizes: tuple[str, ...]) -> pl.Series:
    """``size`` of a frame as text, blank where ``cell`` is; null where there is no size."""
    common = frame.with_columns(size=_common(pl.col("size"), sizes))
    blank = pl.when(pl.col("cell") == "").then(pl.lit(""))
    return common.select(blank.otherwise(_text(pl.col("size")))).to_series()


def _entry(entry: pl.Expr) -> pl.Expr:
    """GiB of one volume: 0 where it does not count, not a number where its size cannot be told."""
    for pattern in _NOT_THE_SIZE:
        entry = entry.str.replace_all(pattern, "")
    size = entry.str.extract(_SIZE, 1).cast(pl.Float64) * _factor(entry.str.extract(_SIZE, 2))
    return (
        pl.when(entry.str.contains(_REMOVABLE) | (entry.str.strip_chars() == ""))
        .then(pl.lit(0.0))
        .when(entry.str.count_matches(_SIZE) == 1)
        .then(size)
        .otherwise(pl.lit(float("nan")))
    )


def _factor(unit: pl.Expr) -> pl.Expr:
    """GiB of one unit."""
    return unit.str.to_uppercase().replace_strict(_UNITS, default=None, return_dtype=pl.Float64)


def _common(size: pl.Expr, sizes: tuple[str, ...]) -> pl.Expr:
    """The nearest of the sizes where it is near, past the last of them the nearest step; else whole GB, at least one."""
    step = next((_gigabytes(each[3:]) for each in sizes if each.lower().startswith("by ")), None)
    single = sorted(_gigabytes(each) for each in sizes if not each.lower().startswith("by "))
    if step is not None:
        single = [each for each in single if each < step]
    stepped = None if step is None else (size / step).round(mode="half_away_from_zero").clip(1) * step
    ranks = [*single, *([] if step is None else [step])]
    nearest = pl.lit(ranks[-1]) if stepped is None else stepped
    for low, high in reversed(list(pairwise(ranks))):
        nearest = pl.when(size < (low + high) / 2).then(pl.lit(low)).otherwise(nearest)
    near = (size - nearest).abs() <= TOLERANCE * nearest
    if step is not None:
        near |= (size >= step) if single else pl.lit(value=True)
    return pl.when(near).then(nearest).otherwise(size.round().clip(1))


def _gigabytes(text: str) -> float:
    upper = text.strip().upper()
    number = float(upper.removesuffix("TB").removesuffix("GB").strip())
    return number * _TB if upper.endswith("TB") else number


def _text(size: pl.Expr) -> pl.Expr:
    """``512 GB``, ``1 TB``, ``1.5 TB``."""
    whole = pl.concat_str([size.cast(pl.Int64, strict=False).cast(pl.String), pl.lit(" GB")])
    large = (size / _TB).round(2).cast(pl.String).str.strip_suffix(".0")
    return (
        pl.when((size >= _TB) & (size % (_TB / 4) == 0))
        .then(pl.concat_str([large, pl.lit(" TB")]))
        .otherwise(whole)
    )
