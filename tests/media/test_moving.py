"""What is gone is what is new, where exactly one is exactly one (MED-D11)."""

from __future__ import annotations

from typing import NamedTuple

import polars as pl
from hypothesis import example, given
from hypothesis import strategies as st

from stocktake.media.moving import moves


class File(NamedTuple):
    size: int
    mtime_ns: int
    inode: int
    signature_kind: str | None
    signature: str | None


SCHEMA = {
    "canonical_key_hash": pl.String,
    "size": pl.Int64,
    "mtime_ns": pl.Int64,
    "inode": pl.Int64,
    "signature_kind": pl.String,
    "signature": pl.String,
}
HASHES = st.sampled_from([(None, None), ("sha256", "x"), ("sha256", "y"), ("blake3", "x")])
FILES = st.builds(
    lambda size, mtime, inode, told: File(size, mtime, inode, *told),
    st.integers(0, 2),
    st.integers(0, 1),
    st.integers(0, 1),
    HASHES,
)
PLAIN = File(1, 1, 1, None, None)


def frame(name: str, files: list[File]) -> pl.DataFrame:
    rows = [(f"{name}{number}", *each) for number, each in enumerate(files)]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def strong(file: File) -> tuple[str | None, str, int] | None:
    return (file.signature_kind, file.signature, file.size) if file.size and file.signature else None


def stat(file: File) -> tuple[int, int, int]:
    return file.size, file.mtime_ns, file.inode


def model(gone: list[File], new: list[File], *, has_inodes: bool) -> set[tuple[str, str]]:
    """By hand: first by full hash, then what is left by what the file system says, where a hash does not gainsay it."""
    pairs = {
        (place, other)
        for place, one in enumerate(gone)
        for other, two in enumerate(new)
        if strong(one)
        and strong(one) == strong(two)
        and [strong(each) for each in gone].count(strong(one)) == 1
        and [strong(each) for each in new].count(strong(one)) == 1
    }
    if has_inodes:
        pairs |= {
            (place, other)
            for place, one in enumerate(gone)
            for other, two in enumerate(new)
            if stat(one) == stat(two)
            and [stat(each) for each in gone].count(stat(one)) == 1
            and [stat(each) for each in new].count(stat(one)) == 1
            and not (strong(one) and strong(two) and one.signature_kind == two.signature_kind)
            and place not in {taken for taken, _ in pairs}
            and other not in {taken for _, taken in pairs}
        }
    return {(f"gone{place}", f"new{other}") for place, other in pairs}


@given(gone=st.lists(FILES, max_size=5), new=st.lists(FILES, max_size=5), has_inodes=st.booleans())
@example(gone=[PLAIN], new=[PLAIN], has_inodes=True)
@example(gone=[PLAIN, PLAIN], new=[PLAIN], has_inodes=True)
@example(gone=[PLAIN], new=[PLAIN], has_inodes=False)
def test_a_move_is_one_that_is_gone_and_one_that_is_new(
    gone: list[File], new: list[File], has_inodes: bool
) -> None:
    """MED-D11."""
    found = moves(frame("gone", gone), frame("new", new), has_inodes=has_inodes)
    assert set(found.select("old", "new").rows()) == model(gone, new, has_inodes=has_inodes)
    assert found.columns == ["old", "new"]
    assert found["old"].is_unique().all()
    assert found["new"].is_unique().all()


def test_an_empty_files_hash_says_nothing() -> None:
    """MED-D11: all empty files have the same."""
    gone = [File(0, 1, 1, "sha256", "e")]
    assert moves(frame("gone", gone), frame("new", [File(0, 2, 2, "sha256", "e")])).is_empty()


def test_another_hash_is_another_file_whatever_the_file_system_says() -> None:
    """MED-D11: its number was given away again."""
    gone, new = [File(1, 1, 1, "sha256", "x")], [File(1, 1, 1, "sha256", "y")]
    assert moves(frame("gone", gone), frame("new", new)).is_empty()


def test_many_of_the_same_are_no_moves_and_cost_nothing() -> None:
    """MED-D11."""
    many = [PLAIN] * 20_000
    assert moves(frame("gone", many), frame("new", many)).is_empty()
