"""Films in several files are one item, in order."""

from __future__ import annotations

from stocktake.media.grammar import read
from stocktake.media.stacking import stacked


def items(*paths: str) -> list[tuple[str, ...]]:
    return stacked((path, read(path)) for path in paths)


def test_parts_of_one_name_in_one_folder_are_one_item_in_their_order():
    assert items("F (1999)/F (1999) cd2.avi", "Other (2000).mkv", "F (1999)/F (1999) CD1.avi") == [
        ("F (1999)/F (1999) CD1.avi", "F (1999)/F (1999) cd2.avi"),
        ("Other (2000).mkv",),
    ]


def test_what_differs_in_more_than_its_part_stays_apart():
    apart = ("A/F (1999) - pt1.avi", "B/F (1999) - pt2.avi", "A/G (1999) - pt2.avi", "A/F (1999) - pt2.mkv")

    assert items(*apart) == [(path,) for path in apart]


def test_parts_with_a_gap_a_repetition_or_no_beginning_stay_apart():
    gap = ("F (1999) cd1.avi", "F (1999) cd3.avi")
    twice = ("F (1999) cd1.avi", "F (1999) CD1.avi", "F (1999) cd2.avi")

    assert items(*gap) == [(path,) for path in gap]
    assert items(*twice) == [(path,) for path in twice]
    assert items("F (1999) cd2.avi") == [("F (1999) cd2.avi",)]


def test_films_that_are_parts_of_a_story_are_no_parts_of_a_film():
    films = (
        "Dune Part 1 (2021).mkv",
        "Dune Part 2 (2024).mkv",
        "F/E - S01E01 - Part 1.mkv",
        "F/E - S01E02 - Part 2.mkv",
    )

    assert items(*films) == [(path,) for path in films]
