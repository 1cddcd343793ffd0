"""Tags as they are kept."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stocktake.media.language import language_of
from stocktake.media.measure import bitrate_of, milliseconds, resolution_of
from stocktake.media.tag_value import MOST_LETTERS, day_of, number_of, text_of, texts_of, year_of

anything = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(),
    st.lists(st.text()),
    st.dictionaries(st.text(), st.text()),
)


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("  Die La\u0308den \n", "Die Läden"),
        ("a\x00b\x1fc\td\ne", "abc\td\ne"),
        ("lone \ud800 half", "lone  half"),
        (5, "5"),
        (True, None),
        ("\x00", None),
        (["a"], None),
        ("é" * 30_000, "é" * MOST_LETTERS),
    ],
)
def test_a_text_is_what_every_database_takes(value: object, kept: str | None) -> None:
    assert text_of(value) == kept


@given(anything)
def test_any_text_can_be_written_and_is_kept_as_it_is(value: object) -> None:
    text = text_of(value)
    if text is not None:
        assert text_of(text) == text
        assert "\x00" not in json.loads(json.dumps(text.encode().decode()))


@given(anything)
def test_whatever_a_file_says_is_a_value_or_nothing(value: object) -> None:
    assert (number_of(value) or 0) >= 0
    assert 1800 <= (year_of(value) or 1800) < 2200
    assert (milliseconds(value) or 1) > 0
    assert (bitrate_of(value, value, 1) or 1) > 0
    assert day_of(value) is None or len(str(day_of(value))) == 10
    assert resolution_of(value, value) is None or "x" in str(resolution_of(value, value))
    assert texts_of(value) is None or len(texts_of(value) or ()) > 0


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("3/9", 3),
        ("03", 3),
        ("0", 0),
        (0, 0),
        ("-1", None),
        ("3 9", None),
        ("III", None),
        ("9" * 10, None),
        (1.5, None),
    ],
)
def test_a_number_is_what_stands_before_the_slash(value: object, number: int | None) -> None:
    assert number_of(value) == number


@pytest.mark.parametrize(
    ("value", "year", "day"),
    [
        ("1999", 1999, None),
        (1999, 1999, None),
        ("1999-03-31", 1999, "1999-03-31"),
        ("19990331", 1999, "1999-03-31"),
        ("1999-03-31T10:00:00Z", 1999, "1999-03-31"),
        ("1999-13-31", 1999, None),
        ("0000", None, None),
        ("99", None, None),
        ("20505", None, None),
    ],
)
def test_a_date_tells_year_and_day(value: object, year: int | None, day: str | None) -> None:
    assert (year_of(value), day_of(value)) == (year, day)


def test_a_list_has_each_text_once() -> None:
    assert texts_of(["Comedy / Drama", "Drama", ""], r"\s+/\s+") == ("Comedy", "Drama")
    assert texts_of("Sci-Fi/Horror", r"\s+/\s+") == ("Sci-Fi/Horror",)


@pytest.mark.parametrize(
    ("code", "language"),
    [
        ("eng", "en"),
        ("ger", "de"),
        ("deu", "de"),
        ("en", "en"),
        ("pt-BR", "pt-BR"),
        ("nah", "nah"),
        ("und", None),
        ("English", None),
        ("", None),
        (None, None),
    ],
)
def test_a_language_has_two_letters_where_there_are_two(code: object, language: str | None) -> None:
    assert language_of(code) == language
