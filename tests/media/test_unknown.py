"""What lies below a folder that was not looked into (MED-D10)."""

from __future__ import annotations

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from stocktake.media.raw_path import source_uris
from stocktake.media.unknown import lies_below

PATHS = st.lists(
    st.lists(st.sampled_from([b"a", b"ab", b"%", b" ", b"\xff"]), min_size=1, max_size=4), max_size=6
)


@given(paths=PATHS, shut=PATHS)
def test_a_path_lies_below_where_its_first_segments_are_the_folders(
    paths: list[list[bytes]], shut: list[list[bytes]]
) -> None:
    def uris(these: list[list[bytes]]) -> pl.Series:
        return source_uris(pl.Series([b"/" + b"/".join(each) for each in these], dtype=pl.Binary))

    told = [any(path[: len(folder)] == folder for folder in shut) for path in paths]
    assert lies_below(uris(paths), uris(shut)).to_list() == told


def test_a_file_next_to_a_folder_of_the_same_beginning_does_not_lie_below_it() -> None:
    uris = pl.Series(["file:///tv/b/1.mkv", "file:///tv/b.mkv", None])
    assert lies_below(uris, pl.Series(["file:///tv/b"])).to_list() == [True, False, False]
