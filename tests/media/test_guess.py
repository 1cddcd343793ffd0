"""What guessit says is told in our words; where it says nothing the grammar's own guess stands."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from stocktake.media.grammar import read
from stocktake.media.guess import guessed
from stocktake.media.name import MediaName
from stocktake.media.naming import read_name

UNSURE = "Title Only.avi"


class Said:
    """A guesser that says one thing of every name."""

    def __init__(self, found: Mapping[str, Any] | None) -> None:
        self.found, self.asked = found, 0

    def guess(self, path: str) -> Mapping[str, Any] | None:
        self.asked += 1
        return self.found


@pytest.mark.parametrize("guesser", [None, Said(None), Said({})])
def test_without_an_answer_the_grammars_own_guess_stands(guesser: Said | None):
    assert read_name(UNSURE, guesser) == read(UNSURE)
    assert not read_name(UNSURE, guesser).sure


def test_a_sure_name_is_asked_of_nobody():
    guesser = Said({"type": "movie", "title": "Other"})

    assert read_name("The Show - S01E02.mkv", guesser).series_title == "The Show"
    assert guesser.asked == 0


def test_an_episode_in_guessits_words_is_one_in_ours():
    found = {
        "type": "episode",
        "title": "The Show",
        "season": 2,
        "episode": [3, 4],
        "episode_title": ["One", "Other"],
        "date": "2016-03-01",
        "country": "US",
        "version": 2,
    }

    assert guessed(found, read(UNSURE)) == MediaName(
        kind="episode",
        series_title="The Show",
        season=2,
        episodes=(3, 4),
        episode_title="One",
        date=date(2016, 3, 1),
        country="US",
        version=2,
        extension="avi",
        parsed_by="guessit",
    )


def test_a_film_in_guessits_words_is_one_in_ours():
    found = {"type": "movie", "title": "Film", "year": 1999, "cd": 2, "edition": "Unrated"}

    name = guessed(found, read(UNSURE))

    assert (name.kind, name.title, name.year, name.part, name.edition) == (
        "movie",
        "Film",
        1999,
        2,
        "Unrated",
    )


@pytest.mark.parametrize(
    "found",
    [
        {"type": "movie"},
        {"type": "episode", "season": [1, 2], "episode": "x"},
        {"type": "movie", "title": [], "year": "1999", "date": "soon"},
    ],
)
def test_what_guessit_cannot_tell_is_not_made_up(found: dict[str, Any]):
    name = guessed(found, read(UNSURE))

    assert (name.title or name.series_title) == "Title Only"
    assert (name.season, name.episodes, name.year, name.date) == (None, (), None, None)
