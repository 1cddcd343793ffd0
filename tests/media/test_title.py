"""A title is made out of a file name's, and nothing of it is lost."""

from __future__ import annotations

import pytest

from stocktake.media.title import dated, located, lowered, spaced


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("The.Show.Name.", "The Show Name"),
        ("The_Show_Name_-_", "The Show Name"),
        ("Mr. Robot - ", "Mr. Robot"),
        ("Marvels.Agents.of.S.H.I.E.L.D.", "Marvels Agents of S.H.I.E.L.D."),
        ("D.C.II_Da_Capo", "D.C.II Da Capo"),
        ("  Two   Blanks ", "Two Blanks"),
        ("Open (", "Open"),
        ("Open [here", "Open"),
        ("S.W.A.T. ", "S.W.A.T."),
    ],
)
def test_dots_and_underscores_become_blanks_where_they_stand_for_them(text: str, title: str):
    assert spaced(text) == title


@pytest.mark.parametrize(
    ("text", "name", "year"),
    [
        ("The Show (2010)", "The Show ", 2010),
        ("The Show (1996-2007)", "The Show ", 1996),
        ("The.Show.2010.", "The.Show.", 2010),
        ("2012", "2012", None),
        ("1917 (2019)", "1917 ", 2019),
        ("Apollo 13", "Apollo 13", None),
    ],
)
def test_the_year_in_brackets_or_at_the_end_is_no_part_of_a_title(text: str, name: str, year: int | None):
    assert dated(text) == (name, year)


@pytest.mark.parametrize(
    ("text", "country"),
    [
        ("The Office (US)", "US"),
        ("The.Catch.UK.", "UK"),
        ("This is Us", None),
        ("BETWEEN US", None),
        ("US", None),
    ],
)
def test_a_country_is_told_by_its_capitals(text: str, country: str | None):
    assert located(text)[1] == country


@pytest.mark.parametrize("text", ["İSTANBUL", "ŞIŞLI İ", "STRASSE ẞ", "ΑΣ", "ﬁ"])
def test_lower_case_has_a_letter_for_each_letter(text: str):
    assert len(lowered(text)) == len(text)
