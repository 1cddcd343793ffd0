"""Paths of a media source found again here."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stocktake.media.path_mapping import covering, mapped, mapped_paths, parse_path_mapping
from stocktake.model.errors import InvalidInput
from stocktake.model.media import PathMapping

MAPPINGS = (
    PathMapping(source="/media/tv", local="/mnt/tv"),
    PathMapping(source="/media/tv/Kids", local="/mnt/kids/"),
    PathMapping(source="C:\\TV", local="/mnt/windows"),
    PathMapping(source=r"\\NAS\Films", local="/mnt/films"),
    PathMapping(source="smb://NAS/music", local="/mnt/music"),
)

#: MED-D4: the prefix's own kind says what separates its components and whether case counts.
CASES = [
    ("/media/tv/Show/a.mkv", "/mnt/tv/Show/a.mkv"),
    ("/media/tv", "/mnt/tv"),
    ("/media/tv/", "/mnt/tv"),
    ("/media//tv/./Show//a.mkv", "/mnt/tv/Show/a.mkv"),
    ("/media/tv/Kids/a.mkv", "/mnt/kids/a.mkv"),
    ("/media/tv/Kids2/a.mkv", "/mnt/tv/Kids2/a.mkv"),
    ("/media/tvshows/a.mkv", None),
    ("/media", None),
    ("/Media/TV/a.mkv", None),
    ("/media/tv/Show\\odd.mkv", "/mnt/tv/Show\\odd.mkv"),
    ("/media/tv/../secret/a.mkv", None),
    ("/media/tv/a..b.mkv", "/mnt/tv/a..b.mkv"),
    ("media/tv/a.mkv", None),
    ("/media/tv/a\0.mkv", None),
    ("", None),
    (r"C:\TV\Show\a.mkv", "/mnt/windows/Show/a.mkv"),
    (r"c:\tv\Show\a.mkv", "/mnt/windows/Show/a.mkv"),
    ("C:/TV/Show/a.mkv", "/mnt/windows/Show/a.mkv"),
    (r"C:\TV", "/mnt/windows"),
    (r"C:\TVshows\a.mkv", None),
    (r"D:\TV\a.mkv", None),
    (r"C:TV\a.mkv", None),
    (r"\\?\C:\TV\a.mkv", "/mnt/windows/a.mkv"),
    (r"C:\TV\..\Secret\a.mkv", None),
    (r"\\nas\FILMS\Dune (2021)\a.mkv", "/mnt/films/Dune (2021)/a.mkv"),
    ("//nas/films/a.mkv", "/mnt/films/a.mkv"),
    (r"\\?\UNC\NAS\Films\a.mkv", "/mnt/films/a.mkv"),
    (r"\\NAS\Films2\a.mkv", None),
    ("SMB://nas/music/a.flac", "/mnt/music/a.flac"),
    ("smb://nas/Music/a.flac", None),
    ("smb://other/music/a.flac", None),
]


@pytest.mark.parametrize(("path", "expected"), CASES)
def test_the_longest_prefix_of_a_path_says_where_it_lies(path: str, expected: str | None):
    assert mapped(path, MAPPINGS) == expected


def test_a_column_of_paths_is_mapped_as_each_of_them():
    paths = pl.Series("file", [path for path, _ in CASES] + [None])

    assert mapped_paths(paths, MAPPINGS).to_list() == [expected for _, expected in CASES] + [None]


PIECES = st.sampled_from(
    [
        "/",
        "\\",
        "//",
        "\\\\",
        "C:",
        "c:",
        "smb:",
        "SMB://",
        "?",
        "UNC",
        ".",
        "..",
        "tv",
        "TV",
        "Şhow",
        "é",
        "nas",
        "İ",
        "\n",
        "ΑΣ",
        "ας",
    ]
)
PATHS = st.lists(PIECES, max_size=9).map("".join) | st.text(max_size=12)
ROOTED = st.builds(
    "{}{}".format, st.sampled_from(["/", "C:\\", "c:/", "\\\\nas\\", "//NAS/", "smb://NAS/"]), PATHS
)


@given(
    st.lists(ROOTED | PATHS, min_size=1, max_size=6),
    st.lists(
        st.builds(
            lambda source, local: PathMapping(source=source, local=local),
            ROOTED,
            st.sampled_from(["/", "/mnt", "/mnt/x/"]),
        ),
        max_size=5,
    ),
)
def test_a_column_and_a_single_path_are_mapped_alike(paths: list[str], mappings: list[PathMapping]):
    below = paths + [f"{mapping.source}/{path}" for mapping, path in zip(mappings, paths, strict=False)]

    column = mapped_paths(pl.Series("file", below, dtype=pl.String), mappings).to_list()

    assert column == [mapped(path, mappings) for path in below]


def test_a_root_covers_every_path_of_its_kind_and_the_longer_prefix_wins():
    mappings = (PathMapping(source="/", local="/"), PathMapping(source="/data", local="/srv/data"))

    assert [mapped(path, mappings) for path in ("/", "/x/y", "/data/y", r"C:\x")] == [
        "/",
        "/x/y",
        "/srv/data/y",
        None,
    ]


def test_tells_which_prefix_covers_each_path():
    paths = pl.Series("file", ["/data/tv/a", "/data/tv2/b", "/elsewhere/c", None])

    assert covering(paths, ["/data/tv", "/data/tv2"]).to_list() == [0, 1, None, None]


@pytest.mark.parametrize(
    ("text", "source", "local"),
    [
        ("/data/tv=/mnt/tv", "/data/tv", "/mnt/tv"),
        (r"D:\TV Shows=/mnt/tv", r"D:\TV Shows", "/mnt/tv"),
        ("/a=b=/mnt/c=d", "/a=b", "/mnt/c=d"),
        ("smb://nas/tv = /mnt/tv", "smb://nas/tv", "/mnt/tv"),
        ("/data/tv=", "/data/tv", ""),
        ("/a=b=", "/a=b", ""),
    ],
)
def test_reads_a_mapping_as_people_write_it(text: str, source: str, local: str):
    assert parse_path_mapping(text) == PathMapping(source=source, local=local)


@pytest.mark.parametrize(
    "text", ["", "/data/tv", "=/mnt/tv", "data/tv=/mnt/tv", "/data/tv=mnt", "/data/../tv=/mnt"]
)
def test_refuses_what_is_no_path_mapping(text: str):
    with pytest.raises(InvalidInput) as refusal:
        parse_path_mapping(text)

    assert refusal.value.code == "invalid-path-mapping"
