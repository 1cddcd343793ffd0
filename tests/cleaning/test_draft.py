"""Drafts and problems (CLN-3, BLK-1, ERR-2, TYP-1)."""

from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stocktake.cleaning.cell import BLANKS, ZERO_WIDTH
from stocktake.cleaning.draft import PROBLEMS, clean
from stocktake.model.errors import InvalidInput
from stocktake.model.mapping import ColumnMapping, Mapping
from stocktake.model.record_type import Field, FieldType, OnBlank
from tests.cleaning.table import SOURCE, USABLE, batch, cleaned, drafted, mapped, problem_of, record_type

STATUS = Field(
    name="status",
    type=FieldType.CHOICE,
    choices=("AVAILABLE", "ASSIGNED", "Großgerät"),
    values=(("In Use", "ASSIGNED"),),
)


@pytest.mark.parametrize(
    "cell", ["", "   ", "\t", "\u00a0", "\u2002\u3000", "\u200b", "\ufeff", " \u200b\u00a0 "]
)
@pytest.mark.parametrize(
    ("rule", "draft"), [(OnBlank.KEEP, None), (OnBlank.CLEAR, ""), (OnBlank.FILL_ONLY, None)]
)
@pytest.mark.parametrize("type_", [FieldType.TEXT, FieldType.INTEGER, FieldType.DATE])
def test_a_blank_cell_clears_only_where_the_field_says_so(type_, rule, draft, cell):
    """BLK-1."""
    assert drafted(Field(name="value", type=type_, on_blank=rule), cell) == [draft]


@pytest.mark.parametrize("rule", list(OnBlank))
@pytest.mark.parametrize("token", ["<null>", "#N/A", "\\N", " #N/A "])
@pytest.mark.parametrize("type_", list(FieldType))
def test_a_clearing_token_clears_whatever_the_rule_and_the_type(type_, token, rule):
    """BLK-1."""
    outcome = cleaned(Field(name="value", type=type_, on_blank=rule, choices=("A",)), token)
    assert outcome.drafts["value"].to_list() == [""]
    assert outcome.problems.is_empty()


@pytest.mark.parametrize("word", ["null", "NULL", "none", "NA", "N/A", "-", "0000E1", "5E4"])
def test_other_null_words_are_text(word):
    """BLK-1, REA-3."""
    assert drafted(Field(name="value", on_blank=OnBlank.CLEAR), word) == [word]


@pytest.mark.parametrize(("rule", "draft"), [(OnBlank.KEEP, None), (OnBlank.CLEAR, "")])
def test_listed_null_words_are_blank(rule, draft):
    """BLK-1: null words only where they are listed."""
    field = Field(name="value", type=FieldType.INTEGER, clean=("none_words(n/a, -)",), on_blank=rule)
    outcome = cleaned(field, "N/A", "-", "7")
    assert outcome.drafts["value"].to_list() == [draft, draft, "7"]
    assert outcome.problems.is_empty()


def test_an_absent_column_is_not_in_the_draft():
    """BLK-1: an absent column is never touched."""
    kind = record_type(Field(name="serial"), Field(name="note", on_blank=OnBlank.CLEAR))
    assert clean(batch(["A"]), kind, SOURCE, mapped("serial")).drafts.columns == ["_row", "serial"]


@pytest.mark.parametrize("cell", ["", " \u00a0", "<null>", "none"])
def test_a_required_cell_must_be_filled(cell):
    """TYP-1."""
    field = Field(name="serial", title="Serial number", required=True, clean=("none_words(none)",))
    problem = problem_of(field, cell)
    assert problem["code"] == "constraint-error"
    assert problem["message"] == "Serial number is required and blank. Fill the cell."
    assert problem["value"] == cell
    assert drafted(field, cell) == [None]


def test_a_problem_names_line_column_field_and_the_value_as_read():
    """ERR-2."""
    assert problem_of(Field(name="amount", type=FieldType.DECIMAL), " 1,5 Mio ") == {
        "_row": 0,
        "line": 2,
        "column": "Amount",
        "field": "amount",
        "value": " 1,5 Mio ",
        "code": "type-error",
        "message": '"1,5 Mio" is not a number. Write it in digits with a point before decimals, such as 1500000 or 12.5.',
    }


def test_a_message_shows_the_start_of_a_long_cell():
    problem = problem_of(Field(name="note", max_length=100), "x" * 5000)
    assert problem["message"] == f'"{"x" * 60}…" is longer than 100 characters. Shorten it.'
    assert problem["value"] == "x" * 5000


def test_all_problems_of_a_row_are_told_in_the_order_of_rows_and_columns():
    """ERR-2; CLN-3: a value that does not fit is a problem, never an exception."""
    kind = record_type(
        Field(name="amount", type=FieldType.DECIMAL),
        Field(name="day", type=FieldType.DATE),
        Field(name="code", max_length=2, pattern="[A-Z]+"),
    )
    rows = batch(["1", "2024-01-01", "AB"], ["x", "y", "abc"], ["", "", ""], faults={1: "bare-quote"})
    outcome = clean(rows, kind, SOURCE, mapped("amount", "day", "code"))
    assert outcome.problems.select("_row", "line", "column", "code").rows() == [
        (1, 3, None, "bare-quote"),
        (1, 3, "Amount", "type-error"),
        (1, 3, "Day", "type-error"),
        (1, 3, "Code", "constraint-error"),
        (1, 3, "Code", "constraint-error"),
    ]
    assert outcome.drafts.row(1, named=True) == {"_row": 1, "amount": None, "day": None, "code": None}
    assert outcome.drafts.row(0, named=True) == {"_row": 0, "amount": "1", "day": "2024-01-01", "code": "AB"}


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("extra-cell", "The row has more cells than the header. Quote a cell that contains the delimiter."),
        ("missing-cell", "The row has fewer cells than the header. Add the missing cells, blank ones too."),
        ("bare-quote", "A quote stands inside an unquoted cell. Quote the cell and double the quote in it."),
        ("unclosed-quote", "A quoted cell is never closed. Add the closing quote, or double a quote within."),
        ("cell-too-long", "A cell is longer than the limit. Shorten it, or raise the limit in the settings."),
        ("not-an-object", 'The element is not a JSON object. Write each record as {"field": value}.'),
        ("invalid-character", "The row holds NUL or half a character, which cannot be stored. Delete it."),
        ("new-fault", "The row could not be read (new-fault). Correct it."),
    ],
)
def test_a_fault_of_the_reader_becomes_a_sentence_and_the_cells_stay(code, message):
    """REA-4, PRE-5."""
    outcome = clean(
        batch(["A"], faults={0: code}), record_type(Field(name="serial")), SOURCE, mapped("serial")
    )
    assert outcome.problems.rows() == [(0, 2, None, None, None, code, message)]
    assert outcome.drafts["serial"].to_list() == ["A"]


@pytest.mark.parametrize(
    ("cell", "draft"),
    [
        ("assigned", "ASSIGNED"),
        ("IN USE", "ASSIGNED"),
        ("GROSSGERÄT", "Großgerät"),
        ("großgera\u0308t", "Großgerät"),
        ("gone", None),
    ],
)
def test_choices_and_mapped_words_are_compared_without_case(cell, draft):
    """CLN-2."""
    assert drafted(STATUS, cell) == [draft]


def test_an_unknown_word_is_told_with_the_choices():
    problem = problem_of(STATUS, "gone")
    assert problem["code"] == "constraint-error"
    assert problem["message"] == (
        '"gone" is not one of the choices. Write AVAILABLE, ASSIGNED, Großgerät, or map the word to one of them.'
    )


def test_renamed_words_of_a_text_field_are_mapped_too():
    """reading.md: renamed categories are no changes."""
    assert drafted(Field(name="make", values=(("HP Inc.", "HP"),)), "hp inc.", "Dell") == ["HP", "Dell"]


@pytest.mark.parametrize(
    ("field", "good", "bad", "fault"),
    [
        (Field(name="v", max_length=3), "äöü", "abcd", "is longer than 3 characters. Shorten it."),
        (Field(name="v", pattern="a|bc"), "bc", "abc", "does not have the form a|bc. Correct it."),
        (Field(name="v", pattern="a"), "a", "a\nb", "does not have the form a. Correct it."),
        (Field(name="v", type=FieldType.INTEGER, minimum="5"), "10", "4", "is less than 5. Write 5 or more."),
        (
            Field(name="v", type=FieldType.INTEGER, maximum="-5"),
            "-10",
            "-4",
            "is more than -5. Write -5 or less.",
        ),
        (
            Field(name="v", type=FieldType.DECIMAL, maximum="1.50"),
            "1.5",
            "1.51",
            "is more than 1.50. Write 1.50 or less.",
        ),
        (
            Field(name="v", type=FieldType.DECIMAL, minimum="0"),
            "-0",
            "-0.01",
            "is less than 0. Write 0 or more.",
        ),
        (
            Field(name="v", type=FieldType.DATE, minimum="2020-01-01"),
            "2020-01-01",
            "2019-12-31",
            "is less than 2020-01-01. Write 2020-01-01 or more.",
        ),
        (
            Field(name="v", type=FieldType.DATE, formats=("%d/%m/%Y",), maximum="2020-01-31"),
            "31/01/2020",
            "01/02/2020",
            "is more than 2020-01-31. Write 2020-01-31 or less.",
        ),
        (
            Field(name="v", type=FieldType.DATETIME, maximum="2020-01-01T00:00:00Z"),
            "2019-12-31T16:00:00-08:00",
            "2019-12-31T16:00:01-08:00",
            "is more than 2020-01-01T00:00:00Z. Write 2020-01-01T00:00:00Z or less.",
        ),
    ],
)
def test_declared_limits_hold_for_the_value_and_not_for_its_spelling(field, good, bad, fault):
    """TYP-1."""
    assert cleaned(field, good).problems.is_empty()
    problem = problem_of(field, bad)
    assert problem["code"] == "constraint-error"
    assert str(problem["message"]).endswith(f'" {fault}')


def test_refuses_a_bound_that_is_no_value_of_the_type():
    with pytest.raises(InvalidInput) as refusal:
        cleaned(Field(name="v", type=FieldType.INTEGER, minimum="low"), "1")
    assert refusal.value.code == "invalid-bound"


def test_refuses_a_pattern_that_cannot_be_matched():
    with pytest.raises(InvalidInput) as refusal:
        cleaned(Field(name="v", pattern="(?=a)"), "1")
    assert refusal.value.code == "invalid-pattern"


def test_a_cell_in_which_a_cleaner_finds_nothing_is_a_problem():
    """CLN-2, CLN-3."""
    outcome = cleaned(Field(name="asset", clean=("collapse", "digits")), "No  17", "none")
    assert outcome.drafts["asset"].to_list() == ["17", None]
    assert outcome.problems["message"].to_list() == ['"none" holds no digit. Write the number.']


def test_one_column_may_feed_several_fields():
    """MAP-1."""
    kind = record_type(Field(name="user", clean=("user",)), Field(name="mail", type=FieldType.EMAIL))
    both = Mapping(
        columns=(
            ColumnMapping(position=0, column="Owner", field="user"),
            ColumnMapping(position=0, column="Owner", field="mail"),
        )
    )
    outcome = clean(batch(["anna@acme.com"], ["anna"]), kind, SOURCE, both)
    assert outcome.drafts.rows() == [(0, "anna", "anna@acme.com"), (1, "anna", None)]


def test_a_column_that_feeds_the_external_id_alone_is_checked_and_not_drafted():
    """TYP-5."""
    outcome = clean(batch(["A\0"]), record_type(Field(name="serial")), SOURCE, mapped("external_id"))
    assert outcome.drafts.columns == ["_row"]
    assert outcome.problems["code"].to_list() == ["invalid-character"]


HOSTILE = st.one_of(
    st.text(st.characters(codec="utf-8"), max_size=30),
    st.text("0123456789+-.:,eE TZ/", max_size=30),
    st.sampled_from(
        ["9" * 400, "1e99999", "NaN", "0000-00-00", "2024-02-30T25:61:61+99:99", "24:00", "\0", "[" * 300]
    ),
)


@given(st.lists(HOSTILE, min_size=1, max_size=10))
def test_every_filled_cell_of_any_type_gives_a_value_or_a_problem(cells):
    """CLN-3: never an exception, nothing silent."""
    forms = {
        FieldType.DATE: ("%d/%m/%Y", "%b %d %y"),
        FieldType.DATETIME: ("%d/%m/%Y %H:%M", "%Y-%m-%dT%H:%M:%S%z"),
    }
    plain = [Field(name=each.value, type=each, choices=("A",), on_blank=OnBlank.CLEAR) for each in FieldType]
    formed = [
        replace(Field(name=f"{each.value}_by_format", type=each), formats=forms[each]) for each in forms
    ]
    calls = {name: call for name, call in USABLE.items() if not name.startswith("device_")}
    cleaners = [
        Field(name=f"by_{name}", clean=(call,), on_blank=OnBlank.CLEAR) for name, call in calls.items()
    ]
    fields = (*plain, *formed, *cleaners)
    columns = tuple(ColumnMapping(position=0, column="Cell", field=each.name) for each in fields)
    source = replace(SOURCE, time_zone="Europe/Zurich")
    outcome = clean(
        batch(*([cell] for cell in cells)), record_type(*fields), source, Mapping(columns=columns)
    )
    troubled = set(outcome.problems.select("_row", "field").rows())
    for row, cell in enumerate(cells):
        filled = cell.strip(BLANKS + ZERO_WIDTH) != ""
        for field in fields:
            assert ((row, field.name) in troubled) is (filled and outcome.drafts[field.name][row] is None)


@pytest.mark.parametrize("rows", [[], [["A", "1"]]])
def test_frames_have_the_same_shape_with_and_without_rows(rows):
    kind = record_type(
        Field(name="serial", required=True),
        Field(name="age", type=FieldType.INTEGER),
        external_id=("serial",),
    )
    frame = batch(*(rows or [["A", "1"]])).head(len(rows))
    outcome = clean(frame, kind, SOURCE, mapped("serial", "age"))
    assert outcome.problems.schema == PROBLEMS
    assert outcome.drafts.schema == {"_row": pl.UInt32, "serial": pl.String, "age": pl.String}
