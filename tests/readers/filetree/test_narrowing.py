"""A title, a season, an episode: only their folders are opened, and what is not there is named (MED-D2, MED-B8)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from stocktake.model.errors import NotFound
from stocktake.readers.filetree.narrowing import meant
from tests.readers.filetree.library import Library, codes, open_to_all, paths, unprivileged

FILES = (
    "The Big Bang Theory (2007)/Season 01/The Big Bang Theory S01E01.mkv",
    "The Big Bang Theory (2007)/Season 01/The Big Bang Theory S01E06-E07.mkv",
    "The Big Bang Theory (2007)/Season 02/The Big Bang Theory S02E01.mkv",
    "The Big Bang Theory (2007)/Specials/The Big Bang Theory S00E01.mkv",
    "The Big Bang Theory (2007)/The Big Bang Theory S01E09.mkv",
    "The Office/Season 1/The Office S01E01.mkv",
    "Heat.1995.mkv",
)
SHOW = "The Big Bang Theory (2007)"


@pytest.fixture
def library() -> Iterator[Library]:
    with open_to_all() as root:
        library = Library(root)
        for path in FILES:
            library.add(path)
        yield library


def only(library: Library, *opened: str, **scope) -> list[str]:
    """What is found in scope; no folder but those ``opened`` (and what lies in them) can be opened."""
    folders = [each for each in library.root.rglob("*") if each.is_dir()]
    for folder in sorted(folders, reverse=True):
        place = str(folder.relative_to(library.root))
        if not any(place == each or each.startswith(f"{place}/") for each in opened):
            folder.chmod(0)
    with unprivileged():
        found = library.look(**scope)
    assert not codes(found)
    return sorted(Path(each).name for each in paths(found, library.root))


def test_a_title_opens_no_other_title(library: Library) -> None:
    """MED-D2."""
    seasons = (f"{SHOW}/Season 01", f"{SHOW}/Season 02", f"{SHOW}/Specials")
    found = only(library, *seasons, title="the big bang theory")
    assert found == [
        "The Big Bang Theory S00E01.mkv",
        "The Big Bang Theory S01E01.mkv",
        "The Big Bang Theory S01E06-E07.mkv",
        "The Big Bang Theory S01E09.mkv",
        "The Big Bang Theory S02E01.mkv",
    ]


def test_a_season_opens_no_other_season(library: Library) -> None:
    """MED-D2: what lies beside the seasons belongs to the one that its name says."""
    found = only(library, f"{SHOW}/Season 01", title="The Big Bang Theory", season=1)
    assert found == [
        "The Big Bang Theory S01E01.mkv",
        "The Big Bang Theory S01E06-E07.mkv",
        "The Big Bang Theory S01E09.mkv",
    ]


def test_specials_are_season_0(library: Library) -> None:
    """MED-D2."""
    found = only(library, f"{SHOW}/Specials", title="The Big Bang Theory", season=0)
    assert found == ["The Big Bang Theory S00E01.mkv"]


@pytest.mark.parametrize("episode", [6, 7])
def test_an_episode_is_one(library: Library, episode: int) -> None:
    """MED-D2: also one of several in a file."""
    found = only(library, f"{SHOW}/Season 01", title="The Big Bang Theory", season=1, episode=episode)
    assert found == ["The Big Bang Theory S01E06-E07.mkv"]


def test_a_film_is_a_title_also_without_a_folder(library: Library) -> None:
    """MED-D2."""
    assert only(library, title="Heat") == ["Heat.1995.mkv"]


@pytest.mark.parametrize(
    ("scope", "missing", "named"),
    [
        ({"title": "Friends"}, "title", 'no title "Friends" in collection "TV Shows"'),
        ({"title": "The Office", "season": 2}, "season", 'no season 2 of "The Office"'),
        (
            {"title": "The Office", "season": 1, "episode": 9},
            "episode",
            'no episode 9 in season 1 of "The Office"',
        ),
        ({"title": "The Office", "season": 3, "episode": 9}, "season", 'no season 3 of "The Office"'),
    ],
)
def test_what_is_not_there_is_named(library: Library, scope: dict, missing: str, named: str) -> None:
    """MED-B8."""
    with pytest.raises(NotFound) as refused:
        library.look(**scope)
    assert refused.value.code == "scope-not-found"
    assert refused.value.details["missing"] == missing
    assert named in refused.value.message


def test_what_could_not_be_looked_at_is_not_said_to_be_missing(library: Library) -> None:
    """MED-B8, MED-D10."""
    (library.root / "The Office").chmod(0)
    with unprivileged():
        found = library.look(title="The Office", season=1)
    assert codes(found) == ["folder-unreadable"]
    assert found.frame.is_empty()


def test_what_is_out_of_scope_is_unknown(library: Library) -> None:
    """MED-D10: and what is gone in scope is not."""
    library.ingest()
    (library.root / SHOW / "Season 01/The Big Bang Theory S01E01.mkv").unlink()
    (library.root / SHOW / "Season 02/The Big Bang Theory S02E01.mkv").unlink()
    (library.root / "Heat.1995.mkv").unlink()
    found = library.look(title="The Big Bang Theory", season=1)
    assert found.frame.height == 2
    assert len(found.unknown) == len(FILES) - 2 - 1


def test_a_file_renamed_within_the_season_is_the_asset_it_was(library: Library) -> None:
    """MED-D11 in a narrower scope."""
    library.ingest()
    folder = library.root / SHOW / "Season 01"
    (folder / "The Big Bang Theory S01E01.mkv").rename(folder / "The Big Bang Theory S01E01 - Pilot.mkv")
    found = library.look(title="The Big Bang Theory", season=1)
    assert found.frame["moved_from"].count() == 1


def test_a_part_of_a_walk_leaves_the_rest_remembered(library: Library) -> None:
    """MED-D5: nothing is read again that was known before."""
    library.ingest()
    library.add(f"{SHOW}/Season 02/The Big Bang Theory S02E02.mkv")
    assert library.ingest(title="The Big Bang Theory", season=2).counts["new_files"] == 1
    found = library.look()
    assert found.counts["same_files"] == len(FILES) + 1
    assert found.counts["names_read"] == 0
    assert found.frame.height == len(FILES) + 1


NAMES = [
    "The Office (2001)",
    "The Office (2005)",
    "Amélie (2001)",
    "Law & Order",
    "24",
    "The.Wire.S01E01.mkv",
]


@pytest.mark.parametrize(
    ("title", "names"),
    [
        ("The Office", {"The Office (2001)", "The Office (2005)"}),
        ("the office (2005)", {"The Office (2005)"}),
        ("The Office 2001", {"The Office (2001)"}),
        ("amelie", {"Amélie (2001)"}),
        ("Law and Order", {"Law & Order"}),
        ("24", {"24"}),
        ("The Wire", {"The.Wire.S01E01.mkv"}),
        ("The", set()),
        ("Office", set()),
    ],
)
def test_a_title_is_meant_as_people_write_it(title: str, names: set[str]) -> None:
    """MED-D2."""
    assert meant(title, NAMES) == names


def test_a_title_that_one_is_called_exactly_means_that_one() -> None:
    """MED-D2: but its loose files are meant too."""
    names = ["Battlestar", "Battlestar (2003)", "Battlestar S01E01.mkv"]
    assert meant("battlestar", names) == {"Battlestar", "Battlestar S01E01.mkv"}
