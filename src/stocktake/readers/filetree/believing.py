"""Whether what is gone is gone: roots and folders on which a file system is not mounted any more (MED-D10)."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping

import polars as pl

from stocktake.media.raw_path import raw_paths, shown, source_uris
from stocktake.model.media import Failure
from stocktake.readers.filetree.fingerprint import Fingerprint
from stocktake.readers.filetree.survey import suspect


def root_fault(
    gone: pl.DataFrame,
    assets: pl.DataFrame,
    now: Mapping[str, Fingerprint],
    then: Mapping[str, Fingerprint],
) -> Failure | None:
    """Why a root is not believed: assets known below it are gone, and it is empty or another folder than it was.

    ``gone`` and ``assets`` have ``source_uri``. A root that is another one but has everything that was known is believed.
    """
    for root, fingerprint in now.items():
        lost = _below(gone, root)
        if not lost:
            continue
        if not _below(assets, root):
            return suspect(root, f"It holds no media file; assets known in it: {lost}.")
        if root in then and not fingerprint.is_same_as(then[root]):
            said = (
                f"It is another folder or file system than it was; known assets that are not in it: {lost}."
            )
            return suspect(root, said)
    return None


def exchanged(now: Mapping[str, Fingerprint], then: Mapping[str, Fingerprint]) -> Failure | None:
    """The first root that is another one than it was, where what was asked for is not in it."""
    said = "It is another folder or file system than it was, and what was asked for is not in it."
    others = (root for root, each in now.items() if root in then and not each.is_same_as(then[root]))
    return next((suspect(root, said) for root in others), None)


def _below(assets: pl.DataFrame, root: str) -> int:
    uri = source_uris(pl.Series([os.fsencode(root.rstrip("/"))], dtype=pl.Binary)).item()
    return int(assets["source_uri"].str.starts_with(f"{uri}/").sum())


def unmounted(
    gone: pl.DataFrame,
    devices: Callable[[], dict[bytes, int]],
    now: Mapping[str, Fingerprint],
    then: Mapping[str, Fingerprint],
) -> dict[bytes, Failure]:
    """Folders below a root that were on a file system of their own and are not: their path, and what is told of it.

    ``gone`` has ``source_uri`` and ``device`` of assets that were known; ``devices`` tells those of each folder walked.
    """
    found: dict[bytes, Failure] = {}
    told: dict[bytes, int] = {}
    for root in now.keys() & then.keys():
        elsewhere = gone.filter(pl.col("device") != then[root].device)
        folders = elsewhere["source_uri"].str.replace("/[^/]*$", "").unique().sort()
        for raw in raw_paths(folders):
            told = told or devices()
            folder = _nearest(raw, told, os.fsencode(root))
            if folder is not None and told[folder] == now[root].device:
                said = "A file system that was mounted here or below is not there any more."
                found[folder] = Failure(where=shown(folder), code="folder-suspect", sentence=said)
    return found


def _nearest(folder: bytes, devices: Mapping[bytes, int], root: bytes) -> bytes | None:
    """The folder, or the innermost above it that is still there; None where it does not lie in the root."""
    while folder != root:
        if folder in devices:
            return folder
        folder = folder.rpartition(b"/")[0]
        if len(folder) < len(root):
            return None
    return root if root in devices else None
