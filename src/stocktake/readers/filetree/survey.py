"""All roots of a collection, walked: the files, what was left out and why, and whether the roots are to be believed."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote_to_bytes

import polars as pl

from stocktake.media.gathering import roles
from stocktake.media.raw_path import shown, source_uris
from stocktake.model.media import Collection, Failure, MediaScope
from stocktake.readers.filetree.files import FILES, files_of
from stocktake.readers.filetree.fingerprint import Fingerprint, fingerprint
from stocktake.readers.filetree.ignoring import Ignoring
from stocktake.readers.filetree.narrowing import Narrowing
from stocktake.readers.filetree.setting import FileTreeSetting
from stocktake.readers.filetree.walking import WalkRules, walk

_ROOT = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC


@dataclass(slots=True)
class Survey:
    """``files``: ``FILES`` with ``role`` (``media``, ``beside``, ``other``) and ``left`` (why not, null where it counts).

    ``shut``: absolute path → why, of what was not looked into. ``fault``: why a root cannot be believed.
    ``seen``: how many names were read; ``heard`` is told of those of each folder.
    """

    files: pl.DataFrame
    shut: dict[bytes, str] = field(default_factory=dict)
    roots: dict[str, Fingerprint] = field(default_factory=dict)
    narrowings: dict[str, Narrowing] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)
    strange: list[str] = field(default_factory=list)
    fault: Failure | None = None
    folders: list[tuple[str, list[str], list[int]]] = field(default_factory=list)
    heard: Callable[[int], None] = lambda names: None
    seen: int = 0

    def hear(self, names: int) -> None:
        """A folder was read that holds so many names."""
        self.seen += names
        self.heard(names)

    def devices(self) -> dict[bytes, int]:
        """Of every folder that was walked, by its absolute path."""
        return {
            os.fsencode(f"{root.rstrip('/')}/{inside}".rstrip("/")): device
            for root, folders, devices in self.folders
            for inside, device in zip(folders, devices, strict=True)
        }

    def shut_uris(self) -> pl.Series:
        """As ``file://``, for :func:`stocktake.media.unknown.lies_below`."""
        return source_uris(pl.Series("shut", list(self.shut), dtype=pl.Binary))


def surveyed(
    collection: Collection,
    scope: MediaScope,
    setting: FileTreeSetting,
    heard: Callable[[int], None] = lambda names: None,
) -> Survey:
    """Walk every root. Raises ``InvalidInput`` ``bad-exclude``; a root that is not there is the survey's fault.

    ``heard`` is told how many names each folder holds that was read, and may end the walk by what it raises.
    """
    none = pl.DataFrame(schema={**FILES, "role": pl.String, "left": pl.String})
    survey = Survey(files=none, heard=heard)
    frames = [survey.files]
    for path in collection.paths:
        root = root_path(path)
        try:
            fd = os.open(root, _ROOT)
        except OSError as error:
            survey.fault = survey.fault or suspect(root, f"It cannot be opened: {error.strerror}")
            continue
        try:
            frames.append(_one(survey, fd, root, collection, scope, setting))
        finally:
            os.close(fd)
    survey.files = pl.concat(frames)
    return survey


def _one(
    survey: Survey,
    fd: int,
    root: str,
    collection: Collection,
    scope: MediaScope,
    setting: FileTreeSetting,
) -> pl.DataFrame:
    ignoring, narrowing = Ignoring(root, collection.excludes), Narrowing(scope)

    def hears(place: str, names: list[str], folder: int) -> None:
        ignoring.hear(place, names, folder)
        narrowing.hear(place, names)
        survey.hear(len(names))

    def leaves_out(place: str) -> str | None:
        return narrowing.leaves_out(place) or ignoring.leaves_out(place)

    rules = WalkRules(
        leaves_out=leaves_out, hears=hears, links=setting.links, within=setting.within, pause=setting.pause
    )
    try:
        before = fingerprint(fd)
        found = walk(fd, root, rules)
        after = _now(root)
    except OSError as error:
        survey.fault = survey.fault or suspect(root, f"It cannot be read: {error.strerror}")
        return survey.files.clear()
    if after != before:
        said = "It was exchanged or unmounted while it was walked."
        survey.fault = survey.fault or suspect(root, said)
    survey.roots[root] = before
    survey.narrowings[root] = narrowing
    survey.failures += [*found.failures, *ignoring.failures]
    survey.folders.append((root, found.folders, found.devices))
    below = root.rstrip("/")
    survey.strange += [shown(os.fsencode(f"{below}/{place}")) for place in found.strange]
    survey.shut |= {
        os.fsencode(f"{below}/{place}" if place else root): why for place, why in found.shut.items()
    }
    files = files_of(found, root).filter(narrowing.in_title())
    files = files.with_columns(extension=pl.col("name").str.extract(r"\.([^.]+)$"))
    files = files.with_columns(role=roles(), left=ignoring.reasons()).drop("extension")
    no_media = pl.when(pl.col("role") == "other").then(pl.lit("no-media"))
    return files.with_columns(pl.coalesce("left", no_media))


def root_path(path: str) -> str:
    """A root's absolute path; it may be given as ``file://``, where its name is no text."""
    if path.startswith("file://"):
        path = os.fsdecode(unquote_to_bytes(path.removeprefix("file://")))
    return os.path.normpath(Path.cwd() / path)


def suspect(root: str, sentence: str) -> Failure:
    """Why a root is not believed (MED-D10)."""
    return Failure(where=shown(os.fsencode(root)), code="root-suspect", sentence=sentence)


def _now(root: str) -> Fingerprint | None:
    try:
        fd = os.open(root, _ROOT)
    except OSError:
        return None
    try:
        return fingerprint(fd)
    finally:
        os.close(fd)
