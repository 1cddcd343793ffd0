"""What a path is told apart by, however it is spelled (MED-D4), and what a change of that rule asks for (MED-D15)."""

from __future__ import annotations

import doctest
import hashlib
import unicodedata
from pathlib import Path

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from stocktake.media.canonical_key import (
    canonical_key,
    canonical_keys,
    key_hashes,
    key_hashes_by_hashlib,
    rekeyed,
)
from stocktake.media.raw_path import source_uris
from tests.chance import times

SPELLINGS = [
    ("/media/TV/a.mkv", "/media/TV/a.mkv"),
    ("/media//TV///a.mkv", "/media/TV/a.mkv"),
    ("/media/TV/", "/media/TV"),
    ("/media/./TV/../Films/a.mkv", "/media/Films/a.mkv"),
    ("/../../a.mkv", "/a.mkv"),
    ("///a.mkv", "/a.mkv"),
    ("C:\\Media\\a.mkv", "/c/Media/a.mkv"),
    ("c:/Media/a.mkv", "/c/Media/a.mkv"),
    ("\\\\?\\C:\\Media\\a.mkv", "/c/Media/a.mkv"),
    ("\\\\NAS\\Share\\TV\\a.mkv", "//nas/Share/TV/a.mkv"),
    ("\\\\?\\UNC\\NAS\\Share\\a.mkv", "//nas/Share/a.mkv"),
    ("SMB://NAS/Share//a.mkv", "smb://nas/Share/a.mkv"),
    ("SMB://Ana@NAS/Share/a.mkv", "smb://Ana@nas/Share/a.mkv"),
    ("file:///media/a.mkv", "file:///media/a.mkv"),
    ("/media/Ame\u0301lie.mkv", "/media/Am\u00e9lie.mkv"),
    ("", None),
    ("/", None),
    ("/.", None),
    ("/a/..", None),
    ("\\\\NAS", None),
    ("smb://nas/", None),
]


@pytest.mark.parametrize(("path", "key"), SPELLINGS)
def test_a_path_has_one_key_however_it_is_spelled(path: str, key: str | None) -> None:
    """MED-D4."""
    assert canonical_key(path) == key
    assert canonical_keys(pl.Series([path])).to_list() == [key]


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("/Media/STRASSE.MKV", "/media/strasse.mkv"),
        ("/Media/Straße.mkv", "/media/straße.mkv"),
        ("/ΟΔΟΣ", "/οδοσ"),
        ("/οδος", "/οδοσ"),
        ("/I\u0307", "/i\u0307"),
    ],
)
def test_case_is_folded_only_where_the_collection_says_so(path: str, key: str) -> None:
    """MED-D4."""
    assert canonical_key(path, fold_case=True) == key
    assert canonical_keys(pl.Series([path]), fold_case=True).to_list() == [key]
    assert canonical_key(path) == unicodedata.normalize("NFC", path)


#: Letters that Python's and Polars' tables of Unicode may know differently are left out: those of newer editions.
LETTERS = st.characters(exclude_categories=["Cs", "Cn", "Co"]).filter(
    lambda letter: unicodedata.ucd_3_2_0.category(letter) != "Cn"
)
PIECES = st.one_of(
    st.sampled_from(
        ["/", "//", "\\", ".", "..", "/../", "/./", "C:", "c:/", "//?/", "UNC/", "smb://", "@", "\n"]
    ),
    st.sampled_from(["Σ", "ς", "I\u0307", "e\u0301", "\u212b"]),
    st.text(LETTERS, max_size=3),
)


@settings(max_examples=times(600))
@given(paths=st.lists(st.lists(PIECES, max_size=8).map("".join), max_size=6), fold_case=st.booleans())
@example(paths=["//?/UNC/?/x", "//?///?/", "C:\n", "//\n@X/a", "./../.", "a/./", "/\n/"], fold_case=False)
def test_a_column_is_keyed_as_each_of_its_paths(paths: list[str], fold_case: bool) -> None:
    """MED-D4: the two tellings of the rule agree."""
    column = canonical_keys(pl.Series("path", paths, dtype=pl.String), fold_case=fold_case)
    assert column.to_list() == [canonical_key(path, fold_case=fold_case) for path in paths]


@settings(max_examples=times(300))
@given(path=st.lists(PIECES, max_size=8).map("".join), fold_case=st.booleans())
def test_an_absolute_key_is_its_own_key(path: str, fold_case: bool) -> None:
    """MED-D4: deterministic, and done after one time."""
    key = canonical_key("/media/" + path, fold_case=fold_case)
    assert key is None or canonical_key(key, fold_case=fold_case) == key


def test_a_key_is_hashed_whole() -> None:
    keys = pl.Series("key", ["/media/Amélie.mkv", None, ""])
    told = [hashlib.sha256("/media/Amélie.mkv".encode()).hexdigest(), None, hashlib.sha256().hexdigest()]
    assert key_hashes(keys).to_list() == told
    assert key_hashes_by_hashlib(keys).to_list() == told


def known(paths: list[bytes], keys: list[str]) -> pl.DataFrame:
    uris = source_uris(pl.Series("source_uri", paths, dtype=pl.Binary))
    return pl.DataFrame({"canonical_key_hash": key_hashes(pl.Series(keys)), "source_uri": uris})


def test_a_new_rule_says_which_keys_become_which() -> None:
    """MED-D15: an asset known by a key of another rule is led to its present one, the others are not named."""
    before = known([b"/m/Ame\xcc\x81lie.mkv", b"/m/b.mkv"], ["/m/Ame\u0301lie.mkv", "/m/b.mkv"])
    assert rekeyed(before).rows() == [
        (before["canonical_key_hash"][0], key_hashes(pl.Series(["/m/Amélie.mkv"]))[0])
    ]


def test_a_new_rule_leaves_twins_where_they_are() -> None:
    """MED-D15: no two assets get one key."""
    before = known([b"/m/A.mkv", b"/m/a.mkv", b"/m/B.mkv"], ["/m/A.mkv", "/m/a.mkv", "/m/B.mkv"])
    assert rekeyed(before, fold_case=True)["new"].to_list() == key_hashes(pl.Series(["/m/b.mkv"])).to_list()


def test_a_new_rule_says_nothing_of_what_is_no_file() -> None:
    """MED-D15."""
    before = pl.DataFrame({"canonical_key_hash": ["x"], "source_uri": ["plex://machine/1"]})
    assert rekeyed(before).is_empty()


def test_the_page_tells_the_rule_as_it_is() -> None:
    page = Path(__file__).parents[2] / "docs/reference/media-folders.md"
    outcome = doctest.testfile(str(page), module_relative=False)
    assert (outcome.attempted, outcome.failed) == (3, 0)
