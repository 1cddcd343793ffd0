"""Smallest, largest and sum of a column's numbers, dates and moments, batch by batch and exact (CLN-4, TYP-8).

What is written as its type reads it anyhow is counted as it stands; only the other cells are cleaned and typed for it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Context, Decimal

import polars as pl

from stocktake.cleaning.cell import trimmed
from stocktake.cleaning.date_form import ISO, MONTH_NAME, day_part
from stocktake.cleaning.moment import date
from stocktake.cleaning.number_form import form_of, plain_number
from stocktake.cleaning.statistic import MeasuredColumn, read_cells
from stocktake.model.record_type import FieldType
from stocktake.model.statistic import Total

NUMBERS = (FieldType.DECIMAL, FieldType.INTEGER)
TIMES = (FieldType.DATE, FieldType.DATETIME)

#: Sums of 38 digits before and behind the point, of as many numbers as there may be.
_EXACT = Context(prec=120)
#: Digits that plain numbers have before the point and behind it, at most.
_BEFORE, _BEHIND = 15, 6
_PLAIN = {
    FieldType.INTEGER: rf"^-?[0-9]{{1,{_BEFORE}}}$",
    FieldType.DECIMAL: rf"^-?[0-9]{{1,{_BEFORE}}}(?:\.[0-9]{{1,{_BEHIND}}})?$",
}
#: What :data:`_PLAIN` numbers are exactly held as; a sum of 10^16 of them still fits.
_HELD = pl.Decimal(38, _BEHIND)
#: Cleaners that leave plain numbers alone.
_HARMLESS = frozenset({"number", "collapse"})
#: Digits before the point and behind it of longer numbers, and so many of them at a time.
_SIDE, _LIMB = 40, 10
#: Ways to write a day that stands before the time, and by how many days its moment may be another in UTC.
_DAY_WORDS, _MOVED = frozenset({ISO, "dmy", "mdy", "ymd", MONTH_NAME}), 2
_ISO_DAY = r"^([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]"
_YEAR_FIRST = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?(?:Z| UTC)?)?$"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Of some cells: how many values, the smallest and the largest, and of numbers their sum and their powers of ten."""

    count: int = 0
    minimum: Decimal | str | None = None
    maximum: Decimal | str | None = None
    sum: Decimal = Decimal(0)
    orders: Counter[int] = field(default_factory=Counter)

    def total(self, name: str) -> Total:
        """What the source's next import is held against."""
        return Total(field=name, numbers=self.count, sum=number_text(self.sum), order=_middle(self.orders))


def number_text(number: Decimal) -> str:
    """A number as canonical text."""
    text = f"{number.normalize(_EXACT):f}"
    return "0" if text == "-0" else text


def together(parts: Iterable[Figures]) -> Figures:
    """The figures of all parts."""
    told = [each for each in parts if each.count]
    if not told:
        return Figures()
    total, orders = Decimal(0), Counter[int]()
    for each in told:
        total = _EXACT.add(total, each.sum)
        orders += each.orders
    return Figures(
        count=sum(each.count for each in told),
        minimum=min(each.minimum for each in told),  # type: ignore[type-var]
        maximum=max(each.maximum for each in told),  # type: ignore[type-var]
        sum=total,
        orders=orders,
    )


def figures(cells: pl.Series, column: MeasuredColumn) -> Figures:
    """The figures of a batch's cells of a column of numbers, dates or moments."""
    if column.field.type in NUMBERS:
        return together(_numbers(cells, column))
    year_first = all(form == ISO or form.startswith("%Y-%m-%d") for form in column.field.formats)
    if year_first and column.as_it_stands:
        return together(_alike(cells, column))
    return _outer_days(cells, column)


def _numbers(cells: pl.Series, column: MeasuredColumn) -> Iterator[Figures]:
    """Plain numbers as they stand, those of a picture without their marks, the others as their type reads them."""
    told, plain = column.field, _PLAIN[column.field.type]
    forms = [form for form in map(form_of, told.formats) if form is not None]
    rest = cells
    if not forms and not told.values and _HARMLESS.issuperset(told.clean):
        fits = cells.str.contains(plain).fill_null(value=False)
        yield _held(cells if fits.all() else cells.filter(fits))
        rest = cells.filter(~fits)
    rest = rest.filter((rest != "").fill_null(value=False))
    if rest.is_empty():
        return
    read = read_cells(rest, column, typed=not forms)
    if forms:
        bare = read.select(pl.coalesce(plain_number(pl.col("value"), form) for form in forms)).to_series()
        fits = bare.str.contains(plain).fill_null(value=False)
        yield _held(bare.filter(fits))
        read = column.typed(read.filter(~fits))
    texts = read["text"].drop_nulls()
    if texts.is_empty():
        return
    fits = texts.str.contains(plain)
    yield _held(texts.filter(fits))
    yield _long(texts.filter(~fits))


def _held(texts: pl.Series) -> Figures:
    """The figures of plain numbers."""
    if texts.is_empty():
        return Figures()
    numbers = texts.cast(_HELD)
    return Figures(
        count=numbers.len(),
        minimum=_decimal(numbers.min()),
        maximum=_decimal(numbers.max()),
        sum=_decimal(numbers.sum()),
        orders=_orders(numbers),
    )


def _orders(numbers: pl.Series) -> Counter[int]:
    """How many numbers, as :data:`_HELD`, are of each power of ten; zero is of none."""
    size, powers = pl.col("number").abs(), range(-_BEHIND, _BEFORE)
    steps = [pl.lit(Decimal(1).scaleb(power), dtype=_HELD) for power in powers]
    told = numbers.alias("number").to_frame()
    least = told.select((size >= step).sum().alias(str(place)) for place, step in enumerate(steps)).row(0)
    counts = (here - above for here, above in zip(least, (*least[1:], 0), strict=True))
    return Counter({power: count for power, count in zip(powers, counts, strict=True) if count})


def _long(texts: pl.Series) -> Figures:
    """The figures of canonical numbers of any length: their digits are added up by tens, and those sums put together."""
    if texts.is_empty():
        return Figures()
    halves = pl.col("text").str.strip_prefix("-").str.splitn(".", 2).struct
    whole, fraction = halves.field("field_0"), halves.field("field_1").fill_null("")
    digits = pl.concat_str([whole.str.zfill(_SIDE), fraction.str.pad_end(_SIDE, "0")])
    told = texts.alias("text").to_frame().select(minus=pl.col("text").str.starts_with("-"), digits=digits)
    sign = pl.when("minus").then(-1).otherwise(1).cast(pl.Int64)
    limbs = [pl.col("digits").str.slice(place, _LIMB).cast(pl.Int64) for place in range(0, 2 * _SIDE, _LIMB)]
    sums = told.select((sign * each).sum().alias(f"{place}") for place, each in enumerate(limbs)).row(0)
    number = 0
    for each in sums:
        number = number * 10**_LIMB + each
    below, above = told.filter("minus")["digits"], told.filter(~pl.col("minus"))["digits"]
    order = _SIDE - 1 - told["digits"].str.find("[1-9]").cast(pl.Int16)
    return Figures(
        count=texts.len(),
        minimum=_shifted(below.max(), -1) if below.len() else _shifted(above.min()),
        maximum=_shifted(above.max()) if above.len() else _shifted(below.min(), -1),
        sum=_shifted(number),
        orders=Counter(dict(order.drop_nulls().value_counts().iter_rows())),
    )


def _shifted(digits: object, sign: int = 1) -> Decimal:
    """A number of so many digits behind the point."""
    return Decimal(sign * int(str(digits))).scaleb(-_SIDE, _EXACT)


def _decimal(number: object) -> Decimal:
    return Decimal(str(number))


def _middle(orders: Counter[int]) -> int | None:
    """The power of ten of the middle number."""
    passed, half = 0, (orders.total() + 1) // 2
    for order in sorted(orders):
        passed += orders[order]
        if passed >= half:
            return order
    return None


def _alike(cells: pl.Series, column: MeasuredColumn) -> Iterator[Figures]:
    """Times written alike, the year first, sort as they stand: only the outermost are read, unless one of those is none."""
    fits = cells.str.contains(_YEAR_FIRST).fill_null(value=False)
    alike = cells.filter(fits).alias("cell").to_frame()
    cell = pl.col("cell")
    length, mark, zulu = cell.str.len_bytes(), cell.str.slice(10, 1), cell.str.ends_with("Z")
    writing = [length.alias("length"), mark.alias("mark"), zulu.alias("zulu")]
    ends = alike.group_by(writing).agg(cell.min(), cell.max().alias("end"))
    outermost = read_cells(pl.concat([ends["cell"], ends["end"].alias("cell")]), column)["text"]
    if outermost.null_count():
        yield _outer_days(cells, column)
        return
    if outermost.len():
        yield Figures(count=alike.height, minimum=str(outermost.min()), maximum=str(outermost.max()))
    yield _outer_days(cells.filter(~fits), column)


def _outer_days(cells: pl.Series, column: MeasuredColumn) -> Figures:
    """Of moments behind whose day a time stands only those of the first and the last days are read, unless one has none.

    Zones and offsets move a moment by a day or so: three days at each end hold whatever may be the first and the last.
    """
    told = column.field
    if (
        told.type is not FieldType.DATETIME
        or not column.as_it_stands
        or not _DAY_WORDS.issuperset(told.formats)
    ):
        return _times(cells, column)
    cell = trimmed(pl.col("cell"))
    part = pl.coalesce(cell.str.extract(_ISO_DAY, 1), day_part(cell))
    parted = cells.alias("cell").to_frame().select("cell", part=part).drop_nulls("part")
    days = parted.select(pl.col("part").unique()).with_columns(
        day=date(pl.col("part"), told.formats).str.to_date("%Y-%m-%d")
    )
    first, last = days["day"].min(), days["day"].max()
    if first is None:
        return _times(cells, column)
    spread = pl.duration(days=_MOVED)
    outer = days.filter((pl.col("day") <= pl.lit(first) + spread) | (pl.col("day") >= pl.lit(last) - spread))
    found = _times(parted.join(outer, on="part", how="semi")["cell"], column)
    sure = [
        _times(parted.join(days.filter(day=each), on="part", how="semi")["cell"], column)
        for each in (first, last)
    ]
    return found if all(each.count for each in sure) else _times(cells, column)


def _times(cells: pl.Series, column: MeasuredColumn) -> Figures:
    """The figures of dates and moments in whatever writing; equal cells are read once."""
    texts = read_cells(cells.unique(), column)["text"].drop_nulls()
    if texts.is_empty():
        return Figures()
    return Figures(count=texts.len(), minimum=str(texts.min()), maximum=str(texts.max()))
