"""What is discovered in real folders: assets, what changed, what moved, what is not known (MED)."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

import polars as pl
import pytest

from stocktake.media.file_change import StatPolicy
from stocktake.media.naming import read_name
from stocktake.model.errors import InvalidInput, Unreadable
from stocktake.model.media import HashPolicy, MediaKind, MediaScope, MediaSource
from stocktake.ports.importer import DISCOVERED, Discovery
from stocktake.readers.filetree.importer import FileTree
from tests.readers.filetree.library import Library, codes, make_deep, open_to_all, paths, skips, unprivileged


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path)


def asset(found: Discovery, ending: str) -> dict[str, Any]:
    """The one whose path ends so."""
    return found.frame.row(by_predicate=pl.col("canonical_uri").str.ends_with(ending), named=True)


# ---------------------------------------------------------------- what there is


def test_each_media_file_is_an_asset_with_what_its_name_says(library: Library) -> None:
    """MED-D4, MED: Importers."""
    library.add("The Show (2010)/Season 1/The Show S01E02-E03 - Pilot.mkv", b"12345")
    library.add("Film (1999)/Film (1999).mp4")
    found = library.look()
    assert found.frame.schema == DISCOVERED
    episode = asset(found, "Pilot.mkv")
    path = str(library.root / "The Show (2010)/Season 1/The Show S01E02-E03 - Pilot.mkv")
    assert episode["canonical_key"] == path
    assert episode["canonical_key_hash"] == hashlib.sha256(path.encode()).hexdigest()
    assert episode["canonical_uri"] == path
    assert unquote_to_bytes(episode["source_uri"]) == b"file://" + path.encode()
    assert episode["size"] == 5
    assert (episode["kind"], episode["series_title"], episode["title"]) == ("episode", "The Show", "Pilot")
    assert (episode["season"], episode["episode"]) == (1, 2)
    film = asset(found, "Film (1999).mp4")
    assert (film["kind"], film["title"], film["year"], film["season"]) == ("movie", "Film", 1999, None)
    assert found.is_complete
    assert not found.failures
    assert found.root_fault is None


def test_a_path_that_is_no_text_is_kept_beside_what_people_read(library: Library) -> None:
    """MED-D4."""
    library.add(b"Film/caf\xe9.mkv")
    (only,) = library.look().frame.rows(named=True)
    assert only["canonical_uri"] == f"{library.root}/Film/caf\ufffde9.mkv"
    assert only["source_uri"].endswith("/Film/caf%E9.mkv")


def test_two_spellings_of_one_letter_are_one_asset(library: Library) -> None:
    """MED-D4, MED-B16: the second is no asset and no error, and is counted."""
    library.add("Film/Ame\u0301lie.mkv")
    library.add("Film/Am\u00e9lie.mkv")
    found = library.look()
    assert found.frame.height == 1
    assert found.counts["duplicates_prevented"] == 1
    assert skips(found) == {"duplicate": 1}
    assert not found.failures


def test_a_known_spelling_goes_before_a_new_one(library: Library) -> None:
    """MED-B16: an asset does not change its file because a twin came that sorts before it."""
    library.add("Film/Am\u00e9lie.mkv")
    library.ingest()
    library.add("Film/Ame\u0301lie.mkv", b"another")
    found = library.look()
    assert found.frame["size"].to_list() == [4]
    assert found.counts["duplicates_prevented"] == 1


def test_case_counts_unless_the_collection_says_otherwise(library: Library) -> None:
    """MED-D4."""
    library.add("Film/a.mkv")
    library.add("Film/A.mkv")
    assert library.look().frame.height == 2
    library.change(is_case_insensitive=True)
    found = library.look()
    assert found.frame.height == 1
    assert found.counts["duplicates_prevented"] == 1


def test_hard_links_are_two_assets(library: Library) -> None:
    first = library.add("Film/a.mkv")
    (library.root / "Film/b.mkv").hardlink_to(first)
    assert paths(library.look(), library.root) == ["Film/a.mkv", "Film/b.mkv"]


def test_parts_are_one_asset(library: Library) -> None:
    """MED: Importers: size of all, newest time, every path."""
    library.add("Film/Film cd2.avi", b"123")
    library.add("Film/Film cd1.avi", b"12")
    library.add("Film/Other cd1.avi")
    library.add("Film/Other cd3.avi")
    found = library.look()
    assert paths(found, library.root) == ["Film/Film cd1.avi", "Film/Other cd1.avi", "Film/Other cd3.avi"]
    film = asset(found, "Film cd1.avi")
    assert film["size"] == 5
    first, second = library.root / "Film/Film cd1.avi", library.root / "Film/Film cd2.avi"
    assert film["mtime_ns"] == max(each.stat().st_mtime_ns for each in (first, second))
    assert json.loads(film["parts"]) == [{"path": str(first), "size": 2}, {"path": str(second), "size": 3}]


def test_a_part_that_is_being_written_holds_the_whole_asset_back(library: Library) -> None:
    """MED-D12: half a film is not ingested."""
    library.add("Film/Film cd1.avi")
    second = library.add("Film/Film cd2.avi")
    now = int(library.at.timestamp())
    os.utime(second, (now, now))
    found = library.look()
    assert found.frame.is_empty()
    assert skips(found) == {"being-written": 1}


def test_what_lies_beside_an_asset_goes_with_it(library: Library) -> None:
    """MED: Importers."""
    for name in ("Film.mkv", "Film.nfo", "Film.de.forced.srt", "poster.jpg", "Subs/Film.srt", "readme.md"):
        library.add(f"Film/{name}")
    found = library.look()
    beside = [
        f"{library.root}/Film/{name}"
        for name in ("Film.de.forced.srt", "Film.nfo", "Subs/Film.srt", "poster.jpg")
    ]
    assert [each["path"] for each in json.loads(found.frame["sidecars"].item())] == beside
    assert skips(found) == {"no-media": 1}


@pytest.mark.parametrize(
    ("name", "tells"), [("Film.nfo", True), ("Film.de.srt", True), ("poster.jpg", False)]
)
def test_an_edited_sidecar_is_another_row_and_another_picture_is_not(
    library: Library, name: str, tells: bool
) -> None:
    """MED-D5, MED-D7: what an enricher may read, or an audience sees, counts by size and time."""
    library.add("Film/Film.mkv")
    beside = library.add(f"Film/{name}", b"as it was")
    before = library.ingest()
    beside.write_bytes(b"as it is now")
    found = library.look()
    assert found.digest != before.digest
    assert (found.frame["sidecars"].item() != before.frame["sidecars"].item()) == tells
    assert found.frame.drop("sidecars").equals(before.frame.drop("sidecars"))


def test_a_sidecar_written_anew_is_known_by_its_hash(library: Library) -> None:
    """MED-D5: where the collection asks for hashes; what has not been touched is not read again."""
    library.change(hash_policy=HashPolicy.SHA256)
    library.add("Film/Film.mkv")
    note, other = library.add("Film/Film.nfo", b"note"), library.add("Film/Film.srt", b"said")
    before = library.ingest()
    os.utime(note, (5, 5))
    again = library.ingest()
    assert (before.counts["contents_read"], again.counts["contents_read"]) == (3, 1)
    assert again.frame.equals(before.frame)
    os.utime(other, (5, 5))
    other.write_bytes(b"sung")
    assert not library.look().frame.equals(before.frame)


def test_a_sidecar_that_changed_behind_its_size_and_time_is_found_by_verifying(library: Library) -> None:
    """MED-D5: --verify forces the full hash."""
    library.change(hash_policy=HashPolicy.SHA256)
    library.looks(stat_policy=StatPolicy.NO_CTIME)
    library.add("Film/Film.mkv")
    note = library.add("Film/Film.nfo", b"note")
    before, written = library.ingest(), note.stat()
    note.write_bytes(b"NOTE")
    os.utime(note, ns=(written.st_atime_ns, written.st_mtime_ns))
    assert library.look().frame.equals(before.frame)
    library.looks(verify=True)
    found = library.ingest()
    assert found.digest != before.digest
    assert not found.frame.equals(before.frame)
    library.looks(verify=False)
    assert library.look().frame.equals(found.frame)


def test_sidecars_are_remembered_where_a_part_was_looked_at(library: Library) -> None:
    """MED-D5: a title alone does not make the notes of the others unknown."""
    library.change(hash_policy=HashPolicy.SHA256)
    for show in ("Fargo", "Lost"):
        library.add(f"{show}/{show} S01E01.mkv", show.encode())
        library.add(f"{show}/{show} S01E01.nfo")
    whole = library.ingest()
    library.ingest(title="Lost")
    again = library.look()
    assert again.counts["contents_read"] == 0
    assert again.frame.equals(whole.frame)


def test_several_roots_are_one_collection(tmp_path: Path) -> None:
    library = Library(tmp_path)
    library.add("disk1/Film/a.mkv")
    library.add("disk2/Film/b.mkv")
    library.change(paths=(str(tmp_path / "disk1"), str(tmp_path / "disk2")))
    assert paths(library.look(), tmp_path) == ["disk1/Film/a.mkv", "disk2/Film/b.mkv"]


# ---------------------------------------------------------------- what is left out


def test_hidden_files_junk_and_samples_are_left_out(library: Library) -> None:
    """MED: Importers: hidden, samples, extras."""
    library.add("Film/Film.mkv")
    for name in (
        ".hidden.mkv",
        ".git/a.mkv",
        "@eaDir/a.mkv",
        "._Film.mkv",
        "Film-sample.mkv",
        "Film-trailer.mkv",
    ):
        library.add(f"Film/{name}")
    library.add("Film/Next.mkv.part")
    found = library.look()
    assert paths(found, library.root) == ["Film/Film.mkv"]
    assert skips(found) == {"being-written": 1, "extra": 1, "hidden": 2, "junk": 2, "sample": 1}
    library.looks(with_extras=True)
    assert paths(library.look(), library.root) == ["Film/Film-trailer.mkv", "Film/Film.mkv"]


def test_what_is_newly_excluded_is_unknown_not_missing(library: Library) -> None:
    """MED-D10: by a pattern of the collection, a file or a folder."""
    for name in ("Show/1.mkv", "Show/2.mkv", "Other/3.mkv"):
        library.add(name)
    before = library.ingest()
    library.change(excludes=("/Other/", "2.*"))
    found = library.look()
    assert paths(found, library.root) == ["Show/1.mkv"]
    gone = before.frame.filter(~pl.col("canonical_uri").str.ends_with("/1.mkv"))
    assert set(found.unknown) == set(gone["canonical_key_hash"])
    assert skips(found) == {"excluded": 2}


def test_what_becomes_an_extra_is_unknown_not_missing(library: Library) -> None:
    """MED-D10: it is there, and counts for nothing any more."""
    library.looks(with_extras=True)
    library.add("Film/Film.mkv")
    library.add("Film/Film-trailer.mkv")
    library.ingest()
    library.looks(with_extras=False)
    assert len(library.look().unknown) == 1


def test_a_pattern_that_cannot_be_read_is_refused(library: Library) -> None:
    library.change(excludes=("a\\",))
    with pytest.raises(InvalidInput) as refused:
        library.look()
    assert refused.value.code == "bad-exclude"


# ---------------------------------------------------------------- what changed


def test_an_unchanged_tree_opens_no_file_reads_no_name_and_says_so() -> None:
    """MED-D5: its files could not be read if they were opened."""
    with open_to_all() as root:
        library = Library(root, hash_policy=HashPolicy.SHA256)
        library.looks(stat_policy=StatPolicy.NO_CTIME)  # which the change of permissions below sets
        for number in range(5):
            library.add(f"Show/{number}.mkv")
        before = library.ingest()
        assert before.counts["contents_read"] == 5
        for each in root.rglob("*.mkv"):
            each.chmod(0)
        library.read = _refuse
        with unprivileged():
            again = library.look()
    assert again.digest == before.digest
    assert again.counts["names_read"] == again.counts["contents_read"] == 0
    assert again.frame.equals(before.frame)
    assert not again.failures
    assert again.unknown.is_empty()


def _refuse(path: str):
    raise AssertionError(path)


def test_a_touched_file_is_looked_at_and_the_others_are_not(library: Library) -> None:
    """MED-D5: also one that became older; names are not read again."""
    library.change(hash_policy=HashPolicy.SHA256)
    for number in range(5):
        library.add(f"Show/{number}.mkv")
    before = library.ingest()
    library.add("Show/3.mkv", b"cut!")
    os.utime(library.root / "Show/3.mkv", (1, 1))
    library.read = _refuse
    found = library.look()
    assert (found.counts["same_files"], found.counts["touched_files"]) == (4, 1)
    assert (found.counts["contents_read"], found.counts["quick_changes"]) == (1, 1)
    assert found.digest != before.digest
    changed = found.frame.join(before.frame, on=["canonical_key_hash", "signature"], how="anti")
    assert paths_of(changed, library.root) == ["Show/3.mkv"]
    assert changed["signature"].item() == hashlib.sha256(b"cut!").hexdigest()


def paths_of(frame: pl.DataFrame, root: Path) -> list[str]:
    return [str(Path(each).relative_to(root)) for each in frame["canonical_uri"]]


def test_a_file_whose_times_alone_changed_has_the_same_content(library: Library) -> None:
    """MED-D5: the full hash says so."""
    library.change(hash_policy=HashPolicy.SHA256)
    file = library.add("Show/1.mkv")
    before = library.ingest()
    os.utime(file, (1, 1))
    found = library.look()
    assert found.counts["touched_files"] == 1
    assert found.frame["signature"].to_list() == before.frame["signature"].to_list()


def test_without_hashes_size_and_time_are_the_content(library: Library) -> None:
    """MED-D5: and nothing is opened."""
    file = library.add("Show/1.mkv")
    found = library.ingest()
    assert found.frame["signature_kind"].item() == "stat"
    assert found.frame["signature"].item() == f"4:{file.stat().st_mtime_ns}"
    file.chmod(0o600)
    again = library.ingest()
    assert again.counts["touched_files"] == 1
    assert again.frame["signature"].item() == found.frame["signature"].item()
    os.utime(file, (1, 1))
    assert library.look().frame["signature"].item() == "4:1000000000"


def test_a_hash_that_is_asked_for_later_is_made_then(library: Library) -> None:
    """MED-D5."""
    library.add("Show/1.mkv")
    library.ingest()
    library.change(hash_policy=HashPolicy.BLAKE3)
    found = library.ingest()
    assert found.frame["signature_kind"].item() == "blake3"
    assert found.counts["contents_read"] == 1
    assert library.ingest().counts["contents_read"] == 0


def test_verify_reads_every_file_and_finds_what_size_and_times_hide(library: Library) -> None:
    """MED-D5: with and without hashes."""
    for policy in HashPolicy:
        library.state = None
        library.change(hash_policy=policy)
        file = library.add("Show/1.mkv", b"good")
        library.add("Show/2.mkv")
        library.looks(verify=True)
        first = library.ingest()
        assert first.counts["contents_read"] == 2
        times = file.stat().st_mtime_ns
        _rot(file)
        os.utime(file, ns=(times, times))
        library.looks(verify=False, stat_policy=StatPolicy.NO_CTIME)
        quiet = library.ingest()
        assert quiet.counts["same_files"] == 2
        assert quiet.frame.equals(first.frame)
        library.looks(verify=True)
        found = library.ingest()
        assert found.counts["verified_differently"] == 1
        assert found.digest != first.digest
        changed = found.frame.join(first.frame, on=["canonical_key_hash", "signature"], how="anti")
        assert paths_of(changed, library.root) == ["Show/1.mkv"]
        library.looks(verify=False)
        assert library.ingest().frame.equals(found.frame)


def _rot(file: Path) -> None:
    with file.open("r+b") as opened:
        opened.write(b"bad!")


def test_a_file_touched_when_the_last_walk_began_is_looked_at_again(library: Library) -> None:
    """MED-D5: it may have changed since within one step of the clock, without a trace."""
    library.change(hash_policy=HashPolicy.SHA256)
    file = library.add("Show/1.mkv", b"one")
    library.looks(settle=0)
    library.at = datetime.fromtimestamp(file.stat().st_ctime, UTC) + timedelta(seconds=1)
    library.ingest()
    library.at += timedelta(hours=1)
    again = library.ingest()
    assert (again.counts["again_files"], again.counts["contents_read"]) == (1, 1)
    settled = library.ingest()
    assert (settled.counts["same_files"], settled.counts["contents_read"]) == (1, 0)


def test_a_broken_state_costs_a_second_look_and_nothing_else(library: Library) -> None:
    """MED-D5: it is a cache."""
    library.add("Show/1.mkv")
    first = library.ingest()
    assert first.state is not None
    rotten = bytearray(first.state)
    rotten[len(rotten) // 2] ^= 1
    for state in (b"", b"{", b"{}\n", first.state[:-3], b"x" + first.state, bytes(rotten)):
        library.state = state
        found = library.look()
        assert found.counts["new_files"] == 1
        assert found.frame.equals(first.frame)


def test_a_file_that_cannot_be_read_is_told_and_unknown() -> None:
    """MED-D10: its hash is asked for."""
    with open_to_all() as root:
        library = Library(root, hash_policy=HashPolicy.SHA256)
        library.add("Show/1.mkv")
        library.add("Show/2.mkv")
        library.ingest()
        (root / "Show/1.mkv").chmod(0)
        with unprivileged():
            found = library.look()
            assert library.look().digest == found.digest
        (root / "Show/1.mkv").chmod(0o644)
        mended = library.look()
    assert codes(found) == ["file-unreadable"]
    assert paths(found, root) == ["Show/2.mkv"]
    assert len(found.unknown) == 1
    assert mended.frame.height == 2
    assert mended.digest != found.digest


def test_another_rule_of_keys_makes_the_keys_anew_and_reads_no_name(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MED-D15: by its number, or since the collection takes no notice of case any more."""
    library.add("Show/A.mkv")
    before = library.ingest()
    library.read = _refuse
    library.change(is_case_insensitive=True)
    found = library.look()
    assert found.digest != before.digest
    assert found.frame["canonical_key"].item() == str(library.root / "Show/A.mkv").lower()
    assert found.frame["source_uri"].to_list() == before.frame["source_uri"].to_list()
    library.change(is_case_insensitive=False)
    monkeypatch.setattr(f"{FileTree.__module__}.KEY_RULE", 2)
    found = library.look()
    assert found.digest != before.digest
    assert found.counts["same_files"] == 1


def test_another_grammar_reads_the_names_anew(library: Library) -> None:
    library.add("Show/A.mkv")
    library.ingest()
    tree = library.importer()
    assert isinstance(tree, FileTree)
    found = replace(tree, grammar="next").discover(MediaScope(), library.known, library.state)
    assert (found.counts["names_read"], found.counts["same_files"]) == (1, 1)


def test_a_twin_does_not_take_the_place_of_a_file_that_is_being_written(library: Library) -> None:
    """MED-B16, MED-D12."""
    file = library.add("Film/Am\u00e9lie.mkv")
    library.ingest()
    library.add("Film/Ame\u0301lie.mkv", b"another")
    now = int(library.at.timestamp())
    os.utime(file, (now, now))
    found = library.look()
    assert found.frame.is_empty()
    assert skips(found) == {"being-written": 1, "duplicate": 1}
    assert len(found.unknown) == 1


def test_a_path_that_is_too_long_to_be_opened_is_told(library: Library) -> None:
    """MED-D10: it is an asset where its content need not be read, and a failure where it must."""
    make_deep(library.root, "Film.mkv")
    library.at -= timedelta(minutes=30)
    assert library.look().frame.height == 1
    library.change(hash_policy=HashPolicy.SHA256)
    found = library.look()
    assert codes(found) == ["file-unreadable"]
    assert "File name too long" in found.failures[0].sentence


def test_blake3_that_is_not_installed_is_refused(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "blake3", None)
    library.change(hash_policy=HashPolicy.BLAKE3)
    library.add("Show/1.mkv")
    with pytest.raises(Unreadable) as refused:
        library.look()
    assert refused.value.code == "blake3-missing"


# ---------------------------------------------------------------- what is being written


def test_a_file_written_just_now_waits_until_it_settled(library: Library) -> None:
    """MED-D12: and what was known of it is unknown, not missing."""
    file = library.add("Show/1.mkv")
    library.ingest()
    now = int(library.at.timestamp())
    os.utime(file, (now - 5, now - 5))
    found = library.look()
    assert found.frame.is_empty()
    assert skips(found) == {"being-written": 1}
    assert len(found.unknown) == 1
    assert found.root_fault is None
    library.at += timedelta(seconds=6)
    assert library.look().frame.height == 1


def test_a_time_far_in_the_future_is_not_waited_for(library: Library) -> None:
    """MED-D12: a wrong clock once, and the file would wait for ever."""
    file = library.add("Show/1.mkv")
    ahead = int(library.at.timestamp()) + 10 * 365 * 86_400
    os.utime(file, (ahead, ahead))
    assert library.look().frame.height == 1


def test_a_file_that_grows_while_it_is_looked_at_waits(library: Library) -> None:
    """MED-D12: another process writes to it, and sets its time back; its name is read between two looks."""
    library.add("Show/1.mkv")
    slow = library.add("Show/2.mkv")

    def read(path: str):
        subprocess.run([sys.executable, "-c", _GROW, str(slow)], check=True)
        return read_name(path)

    library.read = read
    library.at = datetime.now(UTC) + timedelta(minutes=5)
    found = library.look()
    assert paths(found, library.root) == ["Show/1.mkv"]
    assert skips(found) == {"being-written": 1}


_GROW = "import os, sys; open(sys.argv[1], 'ab').write(b'more'); os.utime(sys.argv[1], (1, 1))"


def test_a_file_that_changes_while_it_is_hashed_waits(library: Library) -> None:
    """MED-D12: what the walk saw is not what was read."""
    slow = library.add("Show/2.mkv")
    library.change(hash_policy=HashPolicy.SHA256)

    def read(path: str):
        subprocess.run([sys.executable, "-c", _GROW, str(slow)], check=True)
        return read_name(path)

    library.read = read
    found = library.look()
    assert found.frame.is_empty()
    assert skips(found) == {"being-written": 1}


# ---------------------------------------------------------------- what is gone, moved or unknown


def test_a_file_that_is_gone_is_neither_found_nor_unknown(library: Library) -> None:
    """MED-D10."""
    for number in range(3):
        library.add(f"Show/{number}.mkv")
    library.ingest()
    (library.root / "Show/1.mkv").unlink()
    found = library.look()
    assert found.is_complete
    assert found.frame.height == 2
    assert found.unknown.is_empty()
    assert found.root_fault is None


def test_what_lies_in_a_folder_that_cannot_be_read_is_unknown() -> None:
    """MED-D10: a failed subtree, told, and looked at anew when it can be."""
    with open_to_all() as root:
        library = Library(root)
        for name in ("a/1.mkv", "b/2.mkv", "b/deep/3.mkv", "b.mkv"):
            library.add(name)
        before = library.ingest()
        (root / "b").chmod(0)
        with unprivileged():
            found = library.ingest()
        (root / "b").chmod(0o755)
        library.read = _refuse
        mended = library.look()
    assert codes(found) == ["folder-unreadable"]
    assert sorted(paths(found, root)) == ["a/1.mkv", "b.mkv"]
    lost = before.frame.filter(pl.col("canonical_uri").str.contains("/b/"))
    assert set(found.unknown) == set(lost["canonical_key_hash"])
    assert mended.frame.equals(before.frame)
    assert mended.counts["same_files"] == 4


def test_a_moved_file_is_the_asset_it_was(library: Library) -> None:
    """MED-D11: without hashes by size, time and inode."""
    library.add("Show/1.mkv")
    library.add("Show/2.mkv")
    before = library.ingest()
    (library.root / "New").mkdir()
    (library.root / "Show/1.mkv").rename(library.root / "New/one.mkv")
    found = library.look()
    assert asset(found, "one.mkv")["moved_from"] == asset(before, "1.mkv")["canonical_key_hash"]
    assert found.frame["moved_from"].null_count() == 1


def test_a_file_copied_to_another_disk_is_known_by_its_hash(library: Library) -> None:
    """MED-D11: another inode, another time."""
    library.change(hash_policy=HashPolicy.SHA256)
    file = library.add("Show/1.mkv")
    before = library.ingest()
    library.add("New/one.mkv", file.read_bytes())
    file.unlink()
    found = library.look()
    assert found.frame["moved_from"].to_list() == before.frame["canonical_key_hash"].to_list()


def test_size_alone_is_no_move(library: Library) -> None:
    """MED-D11."""
    library.add("Show/1.mkv", b"same")
    library.ingest()
    (library.root / "Show/1.mkv").unlink()
    library.add("Show/2.mkv", b"size")
    library.add("Show/3.mkv", b"keep")
    assert library.look().frame["moved_from"].null_count() == 2


def test_what_is_unknown_has_not_moved() -> None:
    """MED-D11: its folder cannot be read, so it may still be there."""
    with open_to_all() as root:
        library = Library(root, hash_policy=HashPolicy.SHA256)
        library.add("a/1.mkv", b"content")
        library.ingest()
        library.add("b/2.mkv", b"content")
        (root / "a").chmod(0)
        with unprivileged():
            found = library.look()
    assert found.frame["moved_from"].to_list() == [None]
    assert len(found.unknown) == 1


def test_an_emptied_root_is_not_believed(library: Library) -> None:
    """MED-D10: an unmounted disk leaves an empty folder; also where something small lies in it."""
    library.add("root/Show/1.mkv")
    library.change(paths=(str(library.root / "root"),))
    before = library.ingest()
    shutil.rmtree(library.root / "root/Show")
    library.add("root/.keep")
    found = library.look()
    assert found.root_fault is not None
    assert found.root_fault.code == "root-suspect"
    assert "assets known in it: 1" in found.root_fault.sentence
    assert not found.is_complete
    assert found.state == before.state
    library.looks(accepts_root=True)
    assert library.look().root_fault is None


def test_another_root_under_the_same_name_is_not_believed(library: Library) -> None:
    """MED-D10: unless it has all that was known."""
    root = library.root / "root"
    library.add("root/Show/1.mkv")
    library.add("root/Show/2.mkv")
    library.change(paths=(str(root),))
    library.ingest()
    shutil.copytree(root, library.root / "copy")
    root.rename(library.root / "old")
    (library.root / "copy").rename(root)
    assert library.look().root_fault is None
    (root / "Show/2.mkv").unlink()
    found = library.look()
    assert found.root_fault is not None
    assert found.root_fault.code == "root-suspect"
    assert "another folder" in found.root_fault.sentence


def test_a_root_that_is_not_there_or_no_folder_is_not_believed(library: Library) -> None:
    """MED-D10."""
    library.add("root/Show/1.mkv")
    library.change(paths=(str(library.root / "root"),))
    library.ingest()
    shutil.rmtree(library.root / "root")
    found = library.look()
    assert found.root_fault is not None
    assert found.frame.is_empty()
    assert not found.is_complete
    library.add("root", b"a file")
    found = library.look()
    assert found.root_fault is not None
    assert "Not a directory" in found.root_fault.sentence


def test_a_root_that_cannot_be_read_is_not_believed() -> None:
    """MED-D10."""
    with open_to_all() as root:
        library = Library(root / "tv")
        library.add("Show/1.mkv")
        library.ingest()
        (root / "tv").chmod(0)
        with unprivileged():
            found = library.look()
    assert found.root_fault is not None
    assert found.root_fault.code == "root-suspect"


@pytest.mark.parametrize("mounted", ["disk", "."])
def test_a_file_system_that_is_not_mounted_any_more_is_not_believed_to_be_empty(
    library: Library, mounted: str
) -> None:
    """MED-D10: below the root what lay on it is unknown; where it is the root, nothing is believed."""
    root = library.root / "root"
    (root / mounted).mkdir(parents=True, exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "tmpfs", str(root / mounted)]
    if os.geteuid() or shutil.which("mount") is None or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("nothing can be mounted here")
    try:
        library.add("root/disk/Film/a.mkv")
        library.add("root/Film/b.mkv")
        library.change(paths=(str(root),))
        library.ingest()
    finally:
        subprocess.run(["umount", str(root / mounted)], check=True)
    found = library.look()
    if mounted == ".":
        assert found.root_fault is not None
        assert found.root_fault.code == "root-suspect"
    else:
        assert found.root_fault is None
        assert codes(found) == ["folder-suspect"]
        assert paths(found, root) == ["Film/b.mkv"]
        assert len(found.unknown) == 1


def test_a_library_without_films_is_no_fault(library: Library) -> None:
    """MED-D10: where none was known."""
    assert library.ingest().frame.is_empty()
    library.add("Film/notes.txt")
    found = library.ingest()
    assert found.root_fault is None
    assert found.is_complete


def test_another_root_is_not_said_to_lack_a_title(library: Library) -> None:
    """MED-D10, MED-B8: it is the root that is wrong, not the title."""
    library.add("root/Show/Show S01E01.mkv")
    library.change(paths=(str(library.root / "root"),))
    library.ingest()
    (library.root / "root").rename(library.root / "old")
    (library.root / "root").mkdir()
    found = library.look(title="Show")
    assert found.root_fault is not None
    assert found.root_fault.code == "root-suspect"


def test_twenty_thousand_files(library: Library) -> None:
    """MED-B17, MED-D5, MED-D11: first, unchanged, some touched, some moved, some gone."""
    for show in range(100):
        folder = library.root / f"Show {show}" / "Season 1"
        folder.mkdir(parents=True)
        for episode in range(200):
            (folder / f"Show {show} S01E{episode + 1:03}.mkv").write_bytes(b"x")
    first = library.ingest()
    assert (first.frame.height, first.counts["new_files"]) == (20_000, 20_000)
    again = library.ingest()
    assert (again.digest, again.counts["same_files"]) == (first.digest, 20_000)
    os.utime(library.root / "Show 3/Season 1/Show 3 S01E007.mkv", (5, 5))
    (library.root / "Show 4").rename(library.root / "Show Four")
    shutil.rmtree(library.root / "Show 5")
    found = library.ingest()
    assert found.counts["touched_files"] == 1
    assert found.frame["moved_from"].count() == 200
    assert found.frame.height == 19_800
    assert found.unknown.is_empty()


# ---------------------------------------------------------------- collections


def test_the_folders_below_the_base_are_collections(tmp_path: Path) -> None:
    for name in ("TV Shows", "Films", ".hidden", "lost+found"):
        (tmp_path / name).mkdir()
    (tmp_path / "file.mkv").touch()
    odd = os.fsencode(tmp_path) + b"/caf\xe9"
    Path(os.fsdecode(odd)).mkdir()
    source = MediaSource(name="nas", kind=MediaKind.FILESYSTEM, path=str(tmp_path))
    tree = FileTree(source=source, at=datetime.now(UTC))
    found = {each.name: each.paths for each in tree.collections()}
    assert found == {
        "Films": (f"{tmp_path}/Films",),
        "TV Shows": (f"{tmp_path}/TV Shows",),
        "caf\ufffde9": (f"file://{tmp_path}/caf%E9",),
    }


def test_a_collection_whose_name_is_no_text_is_discovered(tmp_path: Path) -> None:
    library = Library(tmp_path)
    library.add(b"caf\xe9/Film/a.mkv")
    library.change(paths=(f"file://{tmp_path}/caf%E9",))
    assert library.importer().validate() == ()
    assert library.look().frame["canonical_uri"].to_list() == [f"{tmp_path}/caf\ufffde9/Film/a.mkv"]


def test_a_single_source_is_one_collection(tmp_path: Path) -> None:
    source = MediaSource(name="nas", kind=MediaKind.FILESYSTEM, path=str(tmp_path), single=True)
    (found,) = FileTree(source=source, at=datetime.now(UTC)).collections()
    assert (found.name, found.paths) == (tmp_path.name, (str(tmp_path),))


def test_a_source_that_is_not_there_is_told(tmp_path: Path) -> None:
    source = MediaSource(name="nas", kind=MediaKind.FILESYSTEM, path=str(tmp_path / "gone"))
    with pytest.raises(Unreadable) as refused:
        FileTree(source=source, at=datetime.now(UTC)).collections()
    assert refused.value.code == "source-unreachable"


def test_what_stands_in_the_way_of_an_ingest_is_named() -> None:
    """MED-B24, MED-B14a."""
    with open_to_all() as root:
        library = Library(root)
        library.add("file.mkv")
        (root / "shut").mkdir()
        (root / "shut").chmod(0)
        library.change(paths=(str(root), f"{root}/gone", f"{root}/file.mkv", f"{root}/shut"))
        with unprivileged():
            said = library.importer().validate()
    assert said == (
        f"The folder {root}/gone is not there.",
        f"{root}/file.mkv is no folder.",
        f"The folder {root}/shut cannot be read: Permission denied.",
    )
    library.change(paths=())
    assert library.importer().validate() == ("The collection names no folder.",)
