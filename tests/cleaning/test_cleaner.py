"""Named cleaners (CLN-2)."""

import doctest

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stocktake.cleaning import cleaner
from stocktake.cleaning.call import SIGNATURES
from stocktake.cleaning.cell import BLANKS, composed, tidied, trimmed
from stocktake.cleaning.cleaner import CLEANERS, REFUSALS, collapse, example, resolve
from stocktake.model.errors import InvalidInput
from tests.cleaning.table import USABLE, batch

blank_rich = st.text(
    alphabet=st.one_of(st.sampled_from([*BLANKS, "a", "é", "\u200b"]), st.characters(codec="utf-8"))
)


def on(expression, text):
    return pl.DataFrame({"cell": [text]}, schema={"cell": pl.String}).select(expression).item()


def test_the_examples_of_every_cleaner_hold():
    finder = doctest.DocTestFinder()
    tried = {
        name: doctest.DocTestRunner().run(finder.find(function, name, globs=vars(cleaner))[0])
        for name, function in CLEANERS.items()
    }
    assert all(result.attempted > 0 for result in tried.values())
    assert all(result.failed == 0 for result in tried.values())


@given(blank_rich)
def test_collapse_knows_the_same_blanks_as_python(text):
    assert on(collapse(pl.col("cell")), text) == " ".join(text.split())


@given(blank_rich)
def test_trimming_takes_blanks_and_zero_width_marks_off_the_ends(text):
    assert on(trimmed(pl.col("cell")), text) == text.strip(BLANKS + "\u200b\u200c\u200d\u2060\ufeff")


@given(st.lists(st.text(alphabet=st.sampled_from("a é\u0301e\u0327\u212b\uac00\u1100\u1161\u0344\u2126 \t"))))
def test_passes_are_left_out_only_where_they_would_change_nothing(cells):
    """CLN-2: trimming and NFC always."""
    frame = batch(*([cell] for cell in [*cells, ""]))
    always = frame.select(composed(trimmed(pl.col("c0")))).to_series()
    tidy = tidied(frame, ["c0"])
    assert tidy.frame["c0"].to_list() == always.to_list()
    if "c0" in tidy.plain:
        assert tidy.frame.select(collapse(pl.col("c0"))).to_series().to_list() == always.to_list()


@given(st.characters(codec="utf-8", max_codepoint=0x2FF), st.characters(codec="utf-8", max_codepoint=0x2FF))
def test_no_two_characters_below_u0300_compose(first, second):
    """The ground on which NFC is left out."""
    assert on(composed(pl.col("cell")), first + second) == first + second


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("boolean", "OFF", "false"),
        ("boolean", "2", None),
        ("digits", "٣", None),
        ("phone", "+1-604-555-0199", "+16045550199"),
        ("phone", "call me", None),
        ("phone", "+", None),
        ("email", "a@b@c", None),
        ("domain", "http://ACME.co.uk/", "acme.co.uk"),
        ("domain", "https://user@acme.com/x@y", "acme.com"),
        ("domain", "bücher.example", "bücher.example"),
        ("domain", "3.14", None),
        ("user", r"AZURE\AD\anna", "anna"),
        ("user", "@acme.com", None),
        ("phone(CA)", "+49 30 123456", "+4930123456"),
        ("phone(CA)", "1-800-FLOWERS", None),
        ("part(/, 1)", "a", "a"),
        ('part(", ", 2)', "Lee, Anna", "Anna"),
        ('replace("a|b", "")', "abc", "c"),
        ('replace("""", "inch")', '14"', "14inch"),
        ('extract("^[0-9]+")', "12 b", "12"),
        ("tag(IT-, 3)", "12345", "IT-12345"),
        ('look_up({"a.b*": "x"})', "aXb", None),
        ('expand({"IP17A": "iPhone Air"})', "APLE ip17a 256GB", "APLE iPhone Air 256GB"),
        ("serial", "none", ""),
        ("serial", "VMware-56 4d 8f", "VMWARE-56 4D 8F"),
        ("serial", "35 434439 589175 1", "354344395891751"),
        ("imei", "35434439589175", None),
        ("mac", "GG:1A:2B:3C:4D:5E", None),
        ("ram", "64 TB", "64 TB"),
        ("ram", "two sticks", None),
        ("ram", "13.9", "16 GB"),
        ("ram", "5.9 GiB", "6 GB"),
        ("volumes", "C: 118.2 GiB", "128 GB"),
        ("volumes", "/ (894.2 GiB); /backup (22351.7 GiB)", "23 TB"),
        ("volumes", "C: 298 GiB", "298 GB"),
        ("volumes", "C: 100 GiB 200 GiB", None),
        ("volumes", "Macintosh HD (460.4 GiB)", "512 GB"),
        ("volumes", "C:\n475.8 GiB\nD: 931.5 GiB", None),
        ("volumes(by 1TB)", "C: 80 GiB", "1 TB"),
        ("url", "ftp://User@Acme.com/", "ftp://User@acme.com"),
        ("device_make", "", ""),
        ("number", "$ 1’000.5", "1000.5"),
        ("number", "1.000,50", "1.000,50"),
        ("number", "-", None),
        ("number", "1000 EUR", "1000"),
        ("none_words(none, -)", "NONE", ""),
        ("none_words(none)", "nonesuch", "nonesuch"),
    ],
)
def test_a_cleaner_returns_the_value_or_nothing(name, text, value):
    assert example(name, text) == value


@pytest.mark.parametrize("name", USABLE)
def test_a_blank_cell_stays_blank(name):
    assert example(USABLE[name], " \u00a0") == ""


@pytest.mark.parametrize("name", USABLE)
def test_no_text_makes_a_cleaner_fail(name):
    """CLN-3: never an exception."""
    texts = [
        "0",
        "-",
        "٣",
        "(",
        "$1",
        "\\",
        "1e400",
        "9" * 400,
        "+" * 30,
        "a" * 5000,
        "ß\u0130",
        "C: 1 GiB; 2 GiB",
        "nan GB",
    ]
    cells = pl.DataFrame({"cell": texts})
    assert cells.select(resolve(USABLE[name])(pl.col("cell"))).height == len(texts)


def test_every_cleaner_says_what_it_takes_and_every_one_that_may_refuse_says_what_is_wrong():
    assert list(CLEANERS) == list(SIGNATURES)
    hostile = pl.DataFrame({"cell": ["\u2603 \u2603"]})
    refusing = {
        name for name, call in USABLE.items() if hostile.select(resolve(call)(pl.col("cell"))).item() is None
    }
    assert refusing == REFUSALS.keys() - {"user"}


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("scrub", "unknown-cleaner"),
        ("", "unknown-cleaner"),
        ("upper(", "unknown-cleaner"),
        ("none_words", "cleaner-arguments"),
        ("none_words()", "cleaner-arguments"),
        ("upper(a)", "cleaner-arguments"),
        ("pad", "cleaner-arguments"),
        ("pad(five)", "cleaner-arguments"),
        ("tag(IT-)", "cleaner-arguments"),
        ("phone(Canada)", "cleaner-arguments"),
        ("volumes(big)", "cleaner-arguments"),
        ("expand(@codes)", "cleaner-arguments"),
        ('replace("^a)', "unknown-cleaner"),
    ],
)
def test_refuses_a_cleaner_that_does_not_exist_or_is_called_wrongly(name, code):
    with pytest.raises(InvalidInput) as refusal:
        resolve(name)
    assert refusal.value.code == code
