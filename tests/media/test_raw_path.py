"""A path is bytes: its URI gives them back, its text can be read (MED-D4)."""

from __future__ import annotations

from urllib.parse import quote_from_bytes

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stocktake.media import raw_path
from stocktake.media.raw_path import raw_paths, shown, shown_paths, source_uris

PATHS = st.lists(st.binary(min_size=1).filter(lambda path: b"\0" not in path).map(lambda path: b"/" + path))


@given(paths=PATHS)
def test_a_uri_gives_the_bytes_back(paths: list[bytes]) -> None:
    """MED-D4: whatever the bytes are."""
    column = pl.Series("path", paths, dtype=pl.Binary)
    uris = source_uris(column)
    assert raw_paths(uris).to_list() == paths
    assert uris.to_list() == [f"file://{quote_from_bytes(path, safe=raw_path._PLAIN)}" for path in paths]


def test_many_paths_are_encoded_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(raw_path, "_PIECE", 2)
    paths = [b"/a b", b"/c", b"/%", b"/\xff", b"/e"]
    assert raw_paths(source_uris(pl.Series(paths, dtype=pl.Binary))).to_list() == paths


def test_other_uris_are_no_paths() -> None:
    uris = pl.Series(["plex://x/1", "file:///a%20b", None])
    assert raw_paths(uris).to_list() == [None, b"/a b", None]
    assert raw_paths(pl.Series(["plex://x/1"])).to_list() == [None]


@given(paths=PATHS)
def test_a_column_is_shown_as_each_of_its_paths(paths: list[bytes]) -> None:
    assert shown_paths(pl.Series(paths, dtype=pl.Binary)).to_list() == [shown(path) for path in paths]


def test_bytes_that_are_no_text_are_shown_and_kept_apart() -> None:
    assert shown(b"/caf\xe9.mkv") == "/caf\ufffde9.mkv"
    assert shown(b"/caf\xe8.mkv") != shown(b"/caf\xe9.mkv")


def test_one_odd_name_among_many_leaves_the_others_as_they_are() -> None:
    paths = [f"/{number}.mkv".encode() for number in range(1000)]
    paths[700] = b"/\xff.mkv"
    assert shown_paths(pl.Series(paths, dtype=pl.Binary)).to_list() == [shown(path) for path in paths]
