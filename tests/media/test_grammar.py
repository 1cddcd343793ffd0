"""Names are read by general rules, in time that grows with their length alone."""

from __future__ import annotations

import time
import tomllib
import unicodedata
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stocktake.media.extension import KNOWN
from stocktake.media.grammar import MOST_LETTERS, read
from stocktake.media.name import MediaName
from stocktake.media.vocabulary import COUNTRIES, EXTRA_SUFFIXES, LANGUAGE, QUALIFIER, RELEASE, SEASON

CASES = tomllib.loads((Path(__file__).parent / "cases" / "names.toml").read_text(encoding="utf-8"))["name"]


@pytest.mark.parametrize("case", CASES, ids=[each["path"] for each in CASES])
def test_a_name_says_what_the_case_says_and_no_more(case: dict[str, Any]):
    expected = dict(case)
    if "date" in expected:
        expected["date"] = date.fromisoformat(expected["date"])
    for several in ("episodes", "ids"):
        if several in expected:
            expected[several] = tuple(tuple(x) if isinstance(x, list) else x for x in expected[several])

    found = read(expected.pop("path"))

    told = {name: getattr(found, name) for name in MediaName.__slots__ if name not in ("left", "extension")}
    assert told == {name: expected.get(name, default(name)) for name in told}


def default(name: str) -> Any:
    found = MediaName.__dataclass_fields__[name].default
    return None if name == "kind" else found


def test_an_extension_is_one_that_media_have_and_no_word_of_a_release():
    assert read("Film (1999).MKV").extension == "mkv"
    assert read("Film (1999).en.srt").extension == "srt"
    assert read("Song.flac").extension == "flac"
    assert read("Film.1999.1080p.BluRay.FLAC").extension is None
    assert read("This is Us").extension is None
    assert read("Mr. Robot").extension is None


def test_letters_are_read_however_a_file_system_composes_them():
    path = "Amélie (2001)/SÄSONG 1/Amélie - S01E02 - Épisode.mkv"

    assert read(unicodedata.normalize("NFD", path)) == read(unicodedata.normalize("NFC", path))
    assert read(unicodedata.normalize("NFD", path)).episode_title == "Épisode"


@pytest.mark.parametrize(
    "path", ["", "/", ".", "..", ".mkv", "a/", "//", "[", "(", "{", "-", "[]", "[[[[", "\0", "\ud800"]
)
def test_what_is_hardly_a_name_is_read_too(path: str):
    assert read(path).kind in ("movie", "unknown")


WORDS = [*RELEASE, *QUALIFIER, *LANGUAGE, *SEASON, *COUNTRIES, *EXTRA_SUFFIXES, *KNOWN]
MARKS = (
    "S01E02 1x02 - _ . [ ] ( ) { } [12] (1999) 1999 2010-01-02 12 012 E03 Ep x04 -E05 of 5of6 #7 part pt2 cd1",
    "disc {tmdb-1} {edition-X} www. .com S01 / \\ ' ~ + & × 第 é İ ß ０",
)
PIECES = st.one_of(
    st.sampled_from(WORDS),
    st.sampled_from(" ".join(MARKS).split(" ")),
    st.text(max_size=8),
)


@given(st.lists(PIECES, max_size=60).map("".join))
def test_any_name_is_read_and_says_nothing_absurd(path: str):
    found = read(path)

    assert all(number >= 0 for number in found.episodes)
    assert found.year is None or 1800 <= found.year < 2100
    assert found.kind != "episode" or not found.title
    assert list(found.episodes) == sorted(set(found.episodes))


@given(st.lists(PIECES, min_size=1, max_size=3), st.integers(0, 3), st.lists(PIECES, max_size=2))
def test_no_name_is_so_hostile_that_it_takes_long(repeated: list[str], gap: int, end: list[str]):
    """What repeats to the longest length, and breaks off at its end, is where patterns that go back blow up.

    A name of this length takes about a millisecond; a pattern with a square in it took a hundred, one with a power forever.
    """
    piece = "".join(repeated) + " " * gap
    path = (piece * MOST_LETTERS)[: MOST_LETTERS - 20] + "".join(end)
    began = time.process_time()

    read(path)

    assert time.process_time() - began < 0.5


def test_a_path_is_read_from_its_end():
    name = "The Show (2010)/Season 02/The Show - S02E03 - Title.mkv"

    assert read("folder/" * 100_000 + name) == read(name)
