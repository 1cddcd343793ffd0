"""Parts of one film, and what lies beside an asset (MED: Importers)."""

from __future__ import annotations

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from stocktake.media.gathering import beside, gathered, roles
from stocktake.media.naming import read_name
from stocktake.media.stacking import stacked, without_part


def files(paths: list[str]) -> pl.DataFrame:
    frame = pl.DataFrame(
        {"relative": paths, "path": paths}, schema={"relative": pl.String, "path": pl.String}
    )
    names = frame.with_columns(name=pl.col("relative").str.extract("([^/]*)$").str.to_lowercase())
    names = names.with_columns(extension=pl.col("name").str.extract(r"\.([^.]+)$")).with_columns(role=roles())
    read = [read_name(path) for path in paths]
    alike = [
        "\0".join(without_part(path, name)) if name.part else None
        for path, name in zip(paths, read, strict=True)
    ]
    return names.with_columns(
        pl.Series("part", [name.part for name in read], dtype=pl.Int64),
        pl.Series("alike", alike, dtype=pl.String),
    )


def told(paths: list[str]) -> dict[str, list[str]]:
    """Each asset's first file, and what lies beside it."""
    frame = files(paths)
    media = gathered(frame)
    first = dict(media.select("row", "path").rows())
    found: dict[str, list[str]] = {first[lead]: [] for lead in media["lead"].unique(maintain_order=True)}
    lying = beside(frame.with_columns(literal=pl.col("path")), media)
    for lead, path in lying.select("lead", "path").rows():
        found[first[lead]].append(path)
    return found


PARTS = st.sampled_from(["", " cd1", " cd2", " cd3", " CD1", " part2"])
PATHS = st.builds(
    lambda folder, name, part, end: f"{folder}{name}{part}.{end}",
    st.sampled_from(["Film/", "film/", "a/b/"]),
    st.sampled_from(["Film", "film", "Other (1999)"]),
    PARTS,
    st.sampled_from(["avi", "mkv"]),
)


@given(paths=st.lists(PATHS, max_size=8, unique=True))
def test_parts_are_gathered_as_they_are_one_by_one(paths: list[str]) -> None:
    media = gathered(files(paths))
    path = dict(media.select("row", "path").rows())
    ours = {tuple(path[row] for row in group.sort("part")["row"]) for _, group in media.group_by("lead")}
    assert ours == set(stacked((path, read_name(path)) for path in paths))
    assert all(path[lead] in {item[0] for item in ours} for lead in media["lead"])


def test_what_is_called_as_an_asset_lies_beside_it() -> None:
    assert told(
        ["F/Film.mkv", "F/Film.nfo", "F/Film.en.forced.srt", "F/film-poster.jpg", "F/Filmed.nfo", "F/G.mkv"]
    ) == {
        "F/Film.mkv": ["F/Film.en.forced.srt", "F/Film.nfo", "F/film-poster.jpg"],
        "F/G.mkv": [],
    }


def test_the_longest_name_wins() -> None:
    assert told(["F/A.mkv", "F/A.B.mkv", "F/A.B.en.srt", "F/A.en.srt"]) == {
        "F/A.mkv": ["F/A.en.srt"],
        "F/A.B.mkv": ["F/A.B.en.srt"],
    }


def test_what_belongs_to_a_folder_belongs_to_all_in_it_but_not_in_the_root() -> None:
    assert told(["S/1.mkv", "S/2.mkv", "S/season.nfo", "S/note.txt", "poster.jpg", "3.mkv"]) == {
        "S/1.mkv": ["S/season.nfo"],
        "S/2.mkv": ["S/season.nfo"],
        "3.mkv": [],
    }


def test_whatever_lies_in_the_folder_of_one_asset_belongs_to_it() -> None:
    assert told(["F/Film.mkv", "F/anything.txt", "F/Subs/2_English.srt"]) == {
        "F/Film.mkv": ["F/Subs/2_English.srt", "F/anything.txt"]
    }


def test_a_theme_is_no_track() -> None:
    assert told(["S/Season 1/1.mkv", "S/Season 1/theme.mp3"]) == {
        "S/Season 1/1.mkv": ["S/Season 1/theme.mp3"]
    }
