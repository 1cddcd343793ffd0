"""What the name of a file says (MED-D9)."""

from __future__ import annotations

from pathlib import Path

import pytest

from stocktake.model.errors import InvalidInput
from stocktake.ports.enricher import AssetToEnrich
from stocktake.readers.enriching.file_name import FileNameEnricher

LEAVE = (("guessit", "leave"),)


def tags(relative: str = "", path: str = "/mnt/nas/x.mkv") -> dict[str, object]:
    enricher = FileNameEnricher(LEAVE)
    found = enricher.enrich(AssetToEnrich(paths=(Path(path),), relative=relative))
    enricher.close()
    return dict(found.tags)


def test_an_episode_is_told_with_its_show() -> None:
    """MED-D9: the year and the ids of a show are not the episode's."""
    assert tags("The Shop (2007) {tvdb-80379}/Season 01/The Shop (2007) - S01E02 - Pilot.mkv") == {
        "show": "The Shop",
        "show_year": 2007,
        "season": 1,
        "episode": 2,
        "title": "Pilot",
    }


def test_a_film_is_told_with_year_and_ids() -> None:
    """MED-D9."""
    assert tags("The Matrix (1999) {tmdb-603}/The Matrix (1999) {tmdb-603}.mkv") == {
        "title": "The Matrix",
        "year": 1999,
        "tmdb": "603",
    }


def test_without_a_root_show_and_season_are_looked_for_in_the_path() -> None:
    """MED-D9."""
    told = tags(path="/mnt/nas/tv/The Shop/Season 03/S03E01.mkv")
    assert (told["show"], told["season"], told["episode"]) == ("The Shop", 3, 1)


def test_an_asset_without_a_path_says_nothing() -> None:
    """MED-D9."""
    assert dict(FileNameEnricher(LEAVE).enrich(AssetToEnrich(paths=())).tags) == {}


def test_no_file_is_needed() -> None:
    """MED-D9: the name is there, the file may be gone; a name that is no text is read as it is shown."""
    assert tags(path="/gone/Caf\udce9 (2001).mkv")["year"] == 2001


def test_what_it_does_not_know_is_refused() -> None:
    """MED-D9."""
    with pytest.raises(InvalidInput) as refusal:
        FileNameEnricher((("guessit", "always"),))
    assert refusal.value.code == "invalid-enricher-setting"
