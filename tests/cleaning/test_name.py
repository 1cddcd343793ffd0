"""Names as they are compared (IDN-1, IDN-4)."""

import doctest

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stocktake.cleaning import name
from stocktake.cleaning.name import LEGAL_FORMS, example, plain_name


def test_the_examples_of_the_normalised_name_hold():
    outcome = doctest.testmod(name)
    assert outcome.attempted == 4
    assert outcome.failed == 0


@pytest.mark.parametrize("form", LEGAL_FORMS)
def test_a_legal_form_at_the_end_does_not_tell_companies_apart(form):
    assert example(f"Acme {form.upper()}.") == "acme"
    assert example(f"Acme, {form}") == "acme"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Inc. Magazine", "inc magazine"),
        ("LLC", "llc"),
        ("S.A.", "sa"),
        ("Acme (Canada) Ltd.", "acme canada"),
        ("Cafe\u0301 Noir", "café noir"),
        ("Blue Spa", "blue spa"),
        ("", ""),
    ],
)
def test_what_is_the_name_itself_stays(text, value):
    assert example(text) == value


def test_nothing_has_no_name():
    assert pl.select(plain_name(pl.lit(None, dtype=pl.String))).item() is None


@given(st.text(alphabet=st.sampled_from("aB é.,-&'  \tß!co")))
def test_a_normalised_name_is_its_own_normalised_name_but_for_legal_forms(text):
    once = example(text)
    assert once is not None
    assert (once == "") == (text.strip() == "")
    assert example(once.upper()) == example(once)
