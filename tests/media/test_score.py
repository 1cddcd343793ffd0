"""The page of media names tells the truth about how well names are read, and nobody is asked who would do worse alone."""

from __future__ import annotations

import doctest
import json
from collections.abc import Callable
from functools import cache
from importlib.metadata import version
from pathlib import Path

import pytest

from stocktake.media.grammar import read
from stocktake.media.guess import guessed
from stocktake.readers.guessing_child import told
from tests.media.expectation import SETS, Expectation, Values, expectations, ours, score, theirs

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "media-names.md"
HALVES = {"first": True, "second": False}


@pytest.mark.parametrize("name", SETS)
def test_no_set_is_read_worse_than_by_guessit_alone_and_the_page_says_how_well(shared: Path, name: str):
    guessit = pytest.importorskip("guessit")
    page = PAGE.read_text(encoding="utf-8")

    @cache
    def guess(path: str) -> Values:
        return told(guessit.guessit, path)

    def behind(path: str) -> Values:
        found = read(path)
        return ours(found if found.sure or not guess(path) else guessed(guess(path), found))

    for half, first in HALVES.items():
        asked = [each for each in expectations(shared / "data" / "naming", name) if each.first_half == first]
        alone, fields = reached(asked, lambda path: ours(read(path)))
        both, _ = reached(asked, behind)
        other, _ = reached(asked, lambda path: theirs(guess(path)))
        sure = sum(read(each.name).sure for each in asked)

        assert both >= other
        if f"guessit {version('guessit')}" in page:
            assert (
                f"| {name} | {half} | {len(asked)} | {sure} | {fields} | {alone} | {both} | {other} |" in page
            )


def test_the_examples_of_the_page_run():
    outcome = doctest.testfile(str(PAGE), module_relative=False)

    assert outcome.attempted > 4
    assert outcome.failed == 0


def reached(asked: list[Expectation], parse: Callable[[str], Values]) -> tuple[int, int]:
    right, fields, _ = score(asked, parse)
    return right, fields


def test_the_kinds_of_extras_are_those_of_the_folders_that_jellyfin_names(shared: Path):
    rows = map(json.loads, (shared / "data/naming/jellyfin-naming.jsonl").read_text().splitlines())
    folders = [
        dict(zip(row["params"], row["args"], strict=True))["dirName"]
        for row in rows
        if row["method"] == "TestDirectoriesVideoExtras"
    ]

    assert folders
    for folder in folders:
        assert read(f"Film (1999)/{folder}/One.mkv").kind == "extra", folder
        assert read(f"{folder}/One (1999).mkv").kind == "movie", folder
