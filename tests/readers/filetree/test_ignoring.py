"""What is left out: by patterns, in the collection or in ignore files (MED: Importers)."""

from __future__ import annotations

import os
import re
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pathspec import GitIgnoreSpec

from stocktake.model.errors import InvalidInput
from stocktake.readers.filetree.ignoring import IGNORE_FILE, Ignoring
from tests.readers.filetree.library import Library, codes, open_to_all, paths, skips, unprivileged


@pytest.fixture
def library(tmp_path: Path) -> Library:
    library = Library(tmp_path)
    for name in ("Show/1.mkv", "Show/Old/2.mkv", "Other/1.mkv", "Other/3.mkv"):
        library.add(name)
    return library


def test_an_ignore_file_speaks_for_the_folder_it_lies_in(library: Library) -> None:
    library.add(f"Show/{IGNORE_FILE}", b"# not yet\n/Old/\n")
    library.add(f"Other/{IGNORE_FILE}", b"*.mkv\n!3.mkv\n")
    found = library.look()
    assert paths(found, library.root) == ["Other/3.mkv", "Show/1.mkv"]
    assert skips(found) == {"excluded": 2, "hidden": 2}


def test_a_deeper_ignore_file_has_the_last_word(library: Library) -> None:
    library.add(IGNORE_FILE, b"1.mkv\n")
    library.add(f"Show/{IGNORE_FILE}", b"!1.mkv\n")
    assert paths(library.look(), library.root) == ["Other/3.mkv", "Show/1.mkv", "Show/Old/2.mkv"]


def test_a_changed_ignore_file_is_heard(library: Library) -> None:
    """MED-D5: an unchanged tree with another ignore file is no unchanged tree."""
    before = library.ingest()
    library.add(IGNORE_FILE, b"Other\n")
    found = library.ingest()
    assert found.digest != before.digest
    assert len(found.unknown) == 2
    (library.root / IGNORE_FILE).unlink()
    assert library.look().frame.equals(before.frame)


def test_a_line_that_cannot_be_read_is_told_and_the_others_hold(library: Library) -> None:
    library.add(IGNORE_FILE, b"Other\na\\\n[z-a]\n")
    found = library.look()
    assert codes(found) == ["bad-ignore-line", "bad-ignore-line"]
    assert "Line 2" in found.failures[0].sentence
    assert paths(found, library.root) == ["Show/1.mkv", "Show/Old/2.mkv"]


def test_an_ignore_file_that_cannot_be_read_is_told() -> None:
    """MED-D10."""
    with open_to_all() as root:
        library = Library(root)
        library.add("Show/1.mkv")
        library.add(IGNORE_FILE, b"*").chmod(0)
        with unprivileged():
            found = library.look()
    assert codes(found) == ["file-unreadable"]
    assert found.frame.height == 1


def test_an_ignore_file_that_never_ends_is_told(library: Library) -> None:
    library.add(IGNORE_FILE, b"#" * (1 << 21))
    assert codes(library.look()) == ["file-unreadable"]


def judged(lines: list[str], path: str) -> bool:
    """As a walk judges: each folder above, then the file."""
    ignoring = Ignoring("/root", tuple(lines))
    folders = path.split("/")[:-1]
    for depth in range(1, len(folders) + 1):
        if ignoring.leaves_out("/".join(folders[:depth])):
            return True
    frame = pl.DataFrame({"relative": [path], "name": [path.rpartition("/")[2]], "extension": ["mkv"]})
    return bool(frame.select(ignoring.reasons()).item() == "excluded")


def as_pathspec(lines: list[str], path: str) -> bool:
    """The same by the library alone, one path at a time."""
    spec = GitIgnoreSpec.from_lines(lines)
    folders = path.split("/")[:-1]
    above = ("/".join(folders[:depth]) + "/" for depth in range(1, len(folders) + 1))
    return any(spec.match_file(each) for each in above) or spec.match_file(path)


LETTERS = st.sampled_from(
    [*"ab*?/![]-^&~ .é\\", "**", "/**/", "[ab]", "[!a]", "[a&&b]", "[[a]", "[\\[b]", "[a-b]"]
)
NAMES = st.text(st.sampled_from("ab &~[-é"), min_size=1, max_size=3).filter(str.strip)


@pytest.mark.filterwarnings("ignore:Possible")
@given(
    lines=st.lists(st.lists(LETTERS, min_size=1, max_size=5).map("".join), min_size=1, max_size=3),
    path=st.lists(NAMES, min_size=1, max_size=3).map("/".join),
)
def test_a_whole_column_is_judged_as_the_library_judges_each_path(lines: list[str], path: str) -> None:
    try:
        found = judged(lines, path)
    except InvalidInput:
        assert any(_means_nothing(line) for line in lines)
    else:
        assert found == as_pathspec(lines, path)


def _means_nothing(line: str) -> bool:
    """Whether the library refuses a line, or makes nothing of it."""
    try:
        return not any(each.regex for each in GitIgnoreSpec.from_lines([line]).patterns)
    except (ValueError, re.error):
        return True


def test_hears_nothing_of_a_link(tmp_path: Path) -> None:
    """An ignore file is a file: a link could lead anywhere."""
    (tmp_path / "elsewhere").write_text("*")
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / IGNORE_FILE).symlink_to(tmp_path / "elsewhere")
    ignoring = Ignoring(str(tmp_path / "root"))
    fd = os.open(tmp_path / "root", os.O_RDONLY)
    ignoring.hear("", [IGNORE_FILE], fd)
    os.close(fd)
    assert [each.code for each in ignoring.failures] == ["file-unreadable"]
    assert not ignoring.patterns
