"""A library of small files in a real folder, and what is discovered in it."""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from stocktake.media.name import MediaName
from stocktake.media.naming import read_name
from stocktake.model.media import Collection, MediaKind, MediaScope, MediaSource
from stocktake.ports.importer import KNOWN, Discovery, Importer
from stocktake.readers.filetree.importer import FileTree
from stocktake.readers.filetree.setting import FileTreeSetting

NOBODY = 65534
#: The files of a test are an hour old when they are discovered, so they are neither being written nor racy.
LATER = timedelta(hours=1)


class Library:
    """Files below ``root``. What is discovered is known the next time, as a store would know it."""

    def __init__(self, root: Path, **collection: Any) -> None:
        self.root = root
        self.collection = Collection(
            collection_id=uuid.uuid4(),
            media_source="nas",
            external_id=root.name,
            name="TV Shows",
            source_code="NAS-TV-SHOWS",
            paths=(str(root),),
            **collection,
        )
        self.setting = FileTreeSetting(pause=0)
        self.at = datetime.now(UTC) + LATER
        self.known = pl.DataFrame(schema=KNOWN)
        self.state: bytes | None = None
        self.read: Callable[[str], MediaName] = read_name

    def add(self, path: str | bytes, content: bytes = b"film") -> Path:
        """A file, with the folders it lies in."""
        where = self.root / os.fsdecode(path)
        where.parent.mkdir(parents=True, exist_ok=True)
        where.write_bytes(content)
        return where

    def importer(self) -> Importer:
        source = MediaSource(name="nas", kind=MediaKind.FILESYSTEM, path=str(self.root), single=True)
        return FileTree(
            source=source, collection=self.collection, at=self.at, setting=self.setting, read_name=self.read
        )

    def look(self, **scope: Any) -> Discovery:
        """Discover, and remember nothing."""
        return self.importer().discover(MediaScope(**scope), self.known, self.state)

    def ingest(self, **scope: Any) -> Discovery:
        """Discover, and know all of it from now on, as an ingest would."""
        found = self.look(**scope)
        present = found.frame.select("canonical_key_hash", "canonical_key", "source_uri", "guid")
        moved = found.frame.filter(pl.col("moved_from").is_not_null())["moved_from"]
        missing = self.known.join(present, on="canonical_key_hash", how="anti")
        missing = missing.filter(~pl.col("canonical_key_hash").is_in(moved.implode()))
        unknown = pl.col("canonical_key_hash").is_in(found.unknown.implode())
        stays = unknown if not scope else pl.lit(value=True)
        missing = missing.with_columns(is_present=pl.col("is_present") & stays)
        self.known = pl.concat([present.with_columns(is_present=pl.lit(value=True)), missing]).select(
            KNOWN.keys()
        )
        self.state = found.state
        return found

    def change(self, **collection: Any) -> None:
        """The collection is set differently."""
        self.collection = replace(self.collection, **collection)

    def looks(self, **setting: Any) -> None:
        """It is looked at differently."""
        self.setting = replace(self.setting, **setting)


def paths(found: Discovery, root: Path) -> list[str]:
    """The assets, from the root."""
    return [str(Path(each).relative_to(root)) for each in found.frame["canonical_uri"]]


def codes(found: Discovery) -> list[str]:
    """Of the failures."""
    return [each.code for each in found.failures]


def skips(found: Discovery) -> dict[str, int]:
    """How many for each reason."""
    return {each.reason: each.count for each in found.skips}


def make_deep(root: Path, name: str) -> int:
    """An empty file so far below ``root`` that no call takes its path; how long the path of its folder is from there."""
    here = os.open(root, os.O_RDONLY)
    for _ in range(30):
        os.mkdir("f" * 200, dir_fd=here)
        below = os.open("f" * 200, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(os.open(name, os.O_CREAT, dir_fd=here))
    os.close(here)
    return 30 * 201


@contextmanager
def unprivileged() -> Iterator[None]:
    """As a user whom permissions bind; they do not bind root, as whom tests may run."""
    if os.geteuid():
        yield
        return
    os.setegid(NOBODY)
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)


@contextmanager
def open_to_all() -> Iterator[Path]:
    """A temporary folder that any user may reach, which pytest's own is not."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        for each in folder.rglob("*"):
            if each.is_dir() and not each.is_symlink():
                each.chmod(0o755)
        shutil.rmtree(folder)
