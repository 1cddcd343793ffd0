"""A walk tells of everything: what is there, and what could not be looked at (MED-D10)."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from stocktake.readers.filetree.files import files_of
from stocktake.readers.filetree.walking import TRIES, LinkPolicy, Walk, WalkRules, facts_of, walk
from tests.readers.filetree.library import make_deep, open_to_all, unprivileged


def walked(root: Path, **rules: Any) -> Walk:
    fd = os.open(root, os.O_RDONLY)
    try:
        return walk(fd, str(root), WalkRules(pause=0, **rules))
    finally:
        os.close(fd)


def names(found: Walk, root: Path) -> list[str]:
    return files_of(found, str(root))["relative"].to_list()


def codes(found: Walk) -> list[tuple[str, str]]:
    return [(Path(each.where).name, each.code) for each in found.failures]


def make(root: Path, *paths: str) -> None:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(path)


def test_files_come_in_the_order_of_their_names_with_what_the_file_system_says(tmp_path: Path) -> None:
    """MED-D5: size, times and inode of each."""
    make(tmp_path, "b/2.mkv", "b/10.mkv", "a.mkv", "b/c/1.mkv")
    frame = files_of(walked(tmp_path), str(tmp_path))
    assert frame["relative"].to_list() == ["a.mkv", "b/10.mkv", "b/2.mkv", "b/c/1.mkv"]
    for row in frame.iter_rows(named=True):
        found = Path(row["path"]).stat()
        assert row["raw"] == os.fsencode(row["path"])
        told = row["size"], row["mtime_ns"], row["ctime_ns"], row["inode"], row["device"]
        assert told == (found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino, found.st_dev)


def test_names_are_bytes_whatever_they_are(tmp_path: Path) -> None:
    """MED-D4: no UTF-8, both spellings of one letter, line ends, and 255 bytes."""
    odd = [
        b"caf\xe9.mkv",
        "Ame\u0301lie.mkv".encode(),
        "Amélie.mkv".encode(),
        b"a\nb.mkv",
        b"x" * 251 + b".mkv",
    ]
    (tmp_path / "Film").mkdir()
    for name in odd:
        Path(os.fsdecode(os.fsencode(tmp_path / "Film") + b"/" + name)).touch()
    raw = files_of(walked(tmp_path), str(tmp_path))["raw"].to_list()
    assert sorted(each.rpartition(b"/")[2] for each in raw) == sorted(odd)


def test_a_folder_whose_path_is_longer_than_any_call_takes_is_reached(tmp_path: Path) -> None:
    """MED-D10: it is opened below the folder it was listed in."""
    depth = make_deep(tmp_path, "a.mkv")
    found = walked(tmp_path)
    assert not found.failures
    assert [len(each) for each in names(found, tmp_path)] == [depth + len("a.mkv")]


def test_hard_links_are_two_files(tmp_path: Path) -> None:
    make(tmp_path, "a.mkv")
    (tmp_path / "b.mkv").hardlink_to(tmp_path / "a.mkv")
    frame = files_of(walked(tmp_path), str(tmp_path))
    assert frame["relative"].to_list() == ["a.mkv", "b.mkv"]
    assert frame["inode"].n_unique() == 1


def test_a_loop_of_links_ends(tmp_path: Path) -> None:
    make(tmp_path, "Show/1.mkv")
    (tmp_path / "Show/again").symlink_to(tmp_path)
    (tmp_path / "a loop").symlink_to("a loop")
    found = walked(tmp_path)
    assert names(found, tmp_path) == ["Show/1.mkv"]
    assert found.shut == {"Show/again": "folder-seen", "a loop": "link-loop"}
    assert codes(found) == [("a loop", "link-loop")]


def test_what_also_lies_below_its_own_name_keeps_that_name(tmp_path: Path) -> None:
    make(tmp_path, "Show/1.mkv")
    (tmp_path / "A Show").symlink_to("Show")
    found = walked(tmp_path)
    assert names(found, tmp_path) == ["Show/1.mkv"]
    assert found.shut == {"A Show": "folder-seen"}


def test_a_link_to_a_file_counts_as_a_file_where_it_leads_below_the_root(tmp_path: Path) -> None:
    make(tmp_path, "root/a.mkv", "elsewhere/b.mkv")
    (tmp_path / "root/link.mkv").symlink_to("a.mkv")
    (tmp_path / "root/out.mkv").symlink_to("../elsewhere/b.mkv")
    (tmp_path / "root/folder").symlink_to("../elsewhere")
    (tmp_path / "root/broken.mkv").symlink_to("nothing")
    found = walked(tmp_path / "root")
    assert names(found, tmp_path / "root") == ["a.mkv", "link.mkv"]
    assert found.shut == {"out.mkv": "link-outside", "folder": "link-outside", "broken.mkv": "link-broken"}
    assert codes(found) == [("broken.mkv", "link-broken")]


def test_links_lead_to_other_allowed_folders_each_once(tmp_path: Path) -> None:
    make(tmp_path, "root/a.mkv", "disk/Show/1.mkv")
    (tmp_path / "root/Show").symlink_to(tmp_path / "disk/Show")
    (tmp_path / "root/Twice").symlink_to(tmp_path / "disk/Show")
    (tmp_path / "root/up").symlink_to(tmp_path)
    found = walked(tmp_path / "root", within=(str(tmp_path),))
    assert names(found, tmp_path / "root") == ["a.mkv", "Show/1.mkv"]
    assert found.shut == {"Twice": "folder-seen", "up/disk/Show": "folder-seen", "up/root": "folder-seen"}


def test_links_are_not_followed_where_none_are_wanted(tmp_path: Path) -> None:
    make(tmp_path, "a.mkv")
    (tmp_path / "link.mkv").symlink_to("a.mkv")
    found = walked(tmp_path, links=LinkPolicy.NONE)
    assert names(found, tmp_path) == ["a.mkv"]
    assert found.shut == {"link.mkv": "link"}


def test_what_is_no_file_is_told_and_left_alone(tmp_path: Path) -> None:
    make(tmp_path, "a.mkv")
    os.mkfifo(tmp_path / "pipe.mkv")
    found = walked(tmp_path)
    assert names(found, tmp_path) == ["a.mkv"]
    assert found.strange == ["pipe.mkv"]


def test_an_unreadable_folder_is_told_and_the_others_are_walked() -> None:
    """MED-D10."""
    with open_to_all() as root:
        make(root, "a/1.mkv", "b/2.mkv", "b/deep/3.mkv", "c/4.mkv")
        (root / "b").chmod(0)
        with unprivileged():
            found = walked(root)
        assert names(found, root) == ["a/1.mkv", "c/4.mkv"]
        assert found.shut == {"b": "folder-unreadable"}
        assert codes(found) == [("b", "folder-unreadable")]
        assert "Permission denied" in found.failures[0].sentence


def test_a_folder_that_can_be_listed_but_not_entered_tells_each_of_its_files() -> None:
    """MED-D10."""
    with open_to_all() as root:
        make(root, "a/1.mkv", "a/2.mkv")
        (root / "a").chmod(0o444)
        with unprivileged():
            found = walked(root)
        assert not names(found, root)
        assert found.shut == {"a/1.mkv": "file-unreadable", "a/2.mkv": "file-unreadable"}
        assert len(found.failures) == 2


def test_a_folder_is_tried_three_times(tmp_path: Path) -> None:
    """MED-D10: one that can be read at the third time is read."""
    make(tmp_path, "a/1.mkv")
    told: list[str] = []

    def hears(place: str, names: list[str], fd: int) -> None:
        if place == "a":
            told.append(place)
            if len(told) < TRIES:
                raise InterruptedError

    found = walked(tmp_path, hears=hears)
    assert names(found, tmp_path) == ["a/1.mkv"]
    assert len(told) == TRIES
    assert not found.failures


def test_a_folder_that_vanishes_is_told(tmp_path: Path) -> None:
    """MED-D10: it was listed, and is gone before it is opened."""
    make(tmp_path, "a/1.mkv", "b/2.mkv")

    def hears(place: str, names: list[str], fd: int) -> None:
        if place == "a":
            shutil.rmtree(tmp_path / "b")

    found = walked(tmp_path, hears=hears)
    assert names(found, tmp_path) == ["a/1.mkv"]
    assert codes(found) == [("b", "folder-vanished")]
    assert found.shut == {"b": "folder-vanished"}


def test_a_root_that_was_removed_while_it_was_open_is_told(tmp_path: Path) -> None:
    """MED-D10: such a folder lists nothing, and does not complain."""
    root = tmp_path / "root"
    root.mkdir()
    fd = os.open(root, os.O_RDONLY)
    root.rmdir()
    found = walk(fd, str(root), WalkRules(pause=0))
    os.close(fd)
    assert codes(found) == [("root", "folder-vanished")]
    assert found.shut == {"": "folder-vanished"}


def test_a_folder_that_becomes_a_link_is_not_followed(tmp_path: Path) -> None:
    """MED-D10: a link leads where nobody looked before."""
    make(tmp_path, "root/a/1.mkv", "root/b/2.mkv", "elsewhere/3.mkv")

    def hears(place: str, names: list[str], fd: int) -> None:
        if place == "a":
            shutil.rmtree(tmp_path / "root/b")
            (tmp_path / "root/b").symlink_to(tmp_path / "elsewhere")

    found = walked(tmp_path / "root", hears=hears)
    assert names(found, tmp_path / "root") == ["a/1.mkv"]
    assert codes(found) == [("b", "folder-changed")]


def test_a_file_that_vanishes_is_told_and_the_others_are_there(tmp_path: Path) -> None:
    """MED-D10: it was listed, and is gone before it is looked at."""
    make(tmp_path, "1.mkv", "2.mkv", "3.mkv")
    found = walked(tmp_path, hears=lambda place, names, fd: (tmp_path / "2.mkv").unlink(missing_ok=True))
    assert names(found, tmp_path) == ["1.mkv", "3.mkv"]
    assert codes(found) == [("2.mkv", "file-vanished")]
    assert found.shut == {"2.mkv": "file-vanished"}


def test_a_folder_that_is_left_out_is_not_opened() -> None:
    with open_to_all() as root:
        make(root, "a/1.mkv", "b/2.mkv")
        (root / "b").chmod(0)
        with unprivileged():
            found = walked(root, leaves_out=lambda place: "excluded" if place == "b" else None)
        assert found.shut == {"b": "excluded"}
        assert not found.failures


def test_no_descriptor_stays_open(tmp_path: Path) -> None:
    make(tmp_path, *(f"{number}/deep/er/1.mkv" for number in range(20)))
    before = _descriptors()

    def hears(place: str, names: list[str], fd: int) -> None:
        if place == "7/deep/er":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        walked(tmp_path, hears=hears)
    walked(tmp_path)
    assert _descriptors() == before


def _descriptors() -> int:
    """How many this process has, where the system tells."""
    told = Path("/proc/self/fd")
    return len(list(told.iterdir())) if told.exists() else 0


def test_an_inode_of_64_bits_stays_distinct() -> None:
    def told(inode: int) -> os.stat_result:
        return os.stat_result((0o100644, inode, 0, 1, 0, 0, 5, 0, 0, 0), {"st_mtime_ns": 0, "st_ctime_ns": 0})

    facts = facts_of([told(2**64 - 1), told(2**63), told(3)])
    assert facts[4::5].tolist() == [-1, -(2**63), 3]
