"""By what a root is known again, and a file system that is not mounted any more (MED-D10)."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import polars as pl

from stocktake.readers.filetree.believing import unmounted
from stocktake.readers.filetree.fingerprint import Fingerprint, fingerprint

ROOT = Fingerprint(device=1, inode=2, filesystem=3, type="ext4")


def test_a_root_is_the_same_with_another_number_of_its_device_or_of_its_file_system() -> None:
    """MED-D10: a disk that is mounted anew may get another number."""
    assert ROOT.is_same_as(replace(ROOT, device=9))
    assert ROOT.is_same_as(replace(ROOT, filesystem=9))
    assert ROOT.is_same_as(replace(ROOT, type=""))
    assert not ROOT.is_same_as(replace(ROOT, device=9, filesystem=9))
    assert not ROOT.is_same_as(replace(ROOT, inode=9))
    assert not ROOT.is_same_as(replace(ROOT, type="nfs4"))
    assert not replace(ROOT, filesystem=0).is_same_as(replace(ROOT, device=9, filesystem=0))


def test_a_folders_fingerprint_is_what_the_system_says(tmp_path: Path) -> None:
    """MED-D10."""
    fd = os.open(tmp_path, os.O_RDONLY)
    found = fingerprint(fd)
    os.close(fd)
    told = tmp_path.stat()
    assert (found.device, found.inode) == (told.st_dev, told.st_ino)
    assert Fingerprint.of_document(found.document()) == found


def test_a_mount_that_is_gone_below_the_root_is_told() -> None:
    """MED-D10: what lay on it is unknown; what lay beside it is not."""
    gone = pl.DataFrame(
        {
            "source_uri": ["file:///tv/disk/a/1.mkv", "file:///tv/disk/2.mkv", "file:///tv/other/3.mkv"],
            "device": [7, 7, 1],
        }
    )
    devices = {b"/tv": 1, b"/tv/disk": 1, b"/tv/other": 1}
    found = unmounted(gone, lambda: devices, {"/tv": ROOT}, {"/tv": ROOT})
    assert {path: each.code for path, each in found.items()} == {b"/tv/disk": "folder-suspect"}


def test_a_mount_that_is_there_is_believed() -> None:
    """MED-D10: and a root whose device has another number since is no mount of its own."""
    gone = pl.DataFrame({"source_uri": ["file:///tv/disk/2.mkv"], "device": [7]})
    assert not unmounted(gone, lambda: {b"/tv": 1, b"/tv/disk": 8}, {"/tv": ROOT}, {"/tv": ROOT})
    before = replace(ROOT, device=7)
    assert not unmounted(gone, lambda: {b"/tv": 1, b"/tv/disk": 1}, {"/tv": ROOT}, {"/tv": before})
