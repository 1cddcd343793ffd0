"""A column written in one known way is read back exactly, or asked for; never wrongly (CLN-1)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stocktake.cleaning.deciding import Decided, column_course, decided
from stocktake.cleaning.draft import clean
from stocktake.cleaning.number_form import BEHIND, BRACKETS, PLAIN, NumberForm, form_of
from stocktake.model.errors import InvalidInput
from stocktake.model.record_type import Field, FieldType
from tests.cleaning.table import SOURCE, batch, mapped, record_type

DAYS = (
    *("%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%Y-%m-%d", "%Y/%m/%d", "%Y%m%d"),
    *("%d %b %Y", "%B %d, %Y", "%d-%b-%Y", "%d/%m/%y"),
)
FORMS = [
    NumberForm(mark=mark, parting=parting, currency=currency, negative=negative)
    for mark, parting in (
        (".", None),
        (",", None),
        (".", ","),
        (",", "."),
        (",", " "),
        (".", "'"),
        (".", " "),
    )
    for currency in (None, "$", "EUR")
    for negative in (PLAIN, BEHIND, BRACKETS)
]


def decide(field: Field, cells: list[str], *reads: tuple[str, str]) -> Decided:
    """What the cells decide. They are read in two batches, as a reader may give them."""
    kind = record_type(field)
    course = column_course(mapped(field.name), kind, reads, ())
    half = len(cells) // 2
    parts = [batch(*([cell] for cell in some)) for some in (cells[:half], cells[half:]) if some]
    return decided(course, [course.counted(each) for each in parts], SOURCE.time_zone)


def read(field: Field, cells: list[str], *reads: tuple[str, str]) -> list[str | None]:
    """What becomes of the cells."""
    found = decide(field, cells, *reads)
    return (
        clean(batch(*([cell] for cell in cells)), record_type(field), SOURCE, found.mapping)
        .drafts[field.name]
        .to_list()
    )


def read_or_asked(field: Field, cells: list[str]) -> list[str | None] | None:
    """What becomes of the cells; None where they leave it open and a person is asked."""
    try:
        return read(field, cells)
    except InvalidInput as asked:
        if asked.code not in ("column-ambiguous", "column-mixed"):
            raise
        return None


def written(number: Decimal, form: NumberForm) -> str:
    """A number in the form's picture."""
    whole, _, decimals = f"{abs(number):f}".partition(".")
    if form.parting:
        whole = f"{int(whole):,}".replace(",", form.parting)
    text = whole + (f"{form.mark}{decimals}" if decimals else "")
    text = {"$": f"${text}", "EUR": f"{text} €", None: text}[form.currency]
    if number >= 0:
        return text
    return {PLAIN: f"-{text}", BEHIND: f"{text}-", BRACKETS: f"({text})"}[form.negative]


@given(
    days=st.lists(st.dates(date(1950, 1, 1), date(2049, 12, 31)), min_size=1, max_size=12),
    form=st.sampled_from(DAYS),
)
def test_days_are_read_back_or_asked_for(days: list[date], form: str):
    """CLN-1"""
    field = Field(name="day", type=FieldType.DATE)

    found = read_or_asked(field, [each.strftime(form) for each in days])

    assert found is None or found == [each.isoformat() for each in days]


@given(
    numbers=st.lists(
        st.decimals(-(10**7), 10**7, places=3).map(lambda each: each.normalize() + 0), min_size=1, max_size=12
    ),
    form=st.sampled_from(FORMS),
)
def test_numbers_are_read_back_or_asked_for(numbers: list[Decimal], form: NumberForm):
    """CLN-1"""
    field = Field(name="amount", type=FieldType.DECIMAL)

    found = read_or_asked(field, [written(each, form) for each in numbers])

    pairs = zip(found or [], numbers, strict=found is not None)
    assert all(Decimal(each) == number for each, number in pairs if each is not None)


@given(
    numbers=st.lists(st.decimals(-(10**7), 10**7, places=3), min_size=1, max_size=6),
    form=st.sampled_from([each for each in FORMS if each.parting]),
)
def test_a_picture_reads_every_number_that_is_written_like_it(numbers: list[Decimal], form: NumberForm):
    """CLN-1: nothing is left to ask."""
    field = Field(name="amount", type=FieldType.DECIMAL)

    found = read(field, [written(each, form) for each in numbers], ("Amount", form.picture))

    assert [Decimal(each or "nan") for each in found] == numbers


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.picture)
def test_a_picture_is_read_back(form: NumberForm):
    """CLN-1"""
    assert form_of(form.picture) == form


@pytest.mark.parametrize("picture", ["1.234", "1,234", "abc", "", "$1 €", "1.23.4,5"])
def test_pictures_that_show_nothing_are_refused(picture: str):
    """CLN-1"""
    with pytest.raises(InvalidInput) as refused:
        decide(Field(name="amount", type=FieldType.DECIMAL), ["5"], ("Amount", picture))

    assert refused.value.code == "bad-option"


def test_columns_and_ways_that_do_not_exist_are_refused():
    """CLN-1"""
    field = Field(name="day", type=FieldType.DATE)
    codes = []
    for column, word in (("Dya", "dmy"), ("Day", "dym")):
        with pytest.raises(InvalidInput) as refused:
            decide(field, ["2026-01-31"], (column, word))
        codes.append(refused.value.code)

    assert codes == ["unknown-column", "bad-option"]


@pytest.mark.parametrize(
    ("cells", "whole"),
    [(["1,234", "5"], ["1234", "5"]), (["1.234", "1.234.567"], ["1234", "1234567"]), (["1 234", "$5"], None)],
)
def test_whole_numbers_have_thousands_and_no_decimals(cells: list[str], whole: list[str] | None):
    """CLN-1"""
    field = Field(name="pieces", type=FieldType.INTEGER)

    found = read(field, cells)

    assert found == (whole or ["1234", "5"])


@pytest.mark.parametrize(
    ("cells", "sure"),
    [(["2026/03/04", "2026/31/03"], False), (["20260304"], True), (["31/03-2026", "31.03.2026"], None)],
)
def test_years_first_are_sure_unless_the_day_follows(cells: list[str], sure: bool | None):
    """CLN-1: a day between year and month speaks against the usual order."""
    field = Field(name="day", type=FieldType.DATE)
    if sure is False:
        with pytest.raises(InvalidInput):
            decide(field, cells)
        return
    formats = [each.formats for each in decide(field, cells).decisions]
    assert formats == ([("ymd",)] if sure else [("dmy",)])


def test_a_plain_column_is_no_decision_to_be_shown():
    """CLN-1, PLN-21: but it is remembered that it was plain."""
    (found,) = decide(Field(name="amount", type=FieldType.DECIMAL), ["1.50", "2"]).decisions

    assert (found.formats, found.shown, found.only) == ((), False, 1)
