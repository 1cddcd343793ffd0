"""A library to tell stories of: real folders and files, the book that ingests them, and what the database says."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

from stocktake.book.ingesting import Ingested
from stocktake.model.media import Collection, MediaKind, MediaScope, MediaSource
from tests.stories.desk import Desk

#: So long ago files were written, where nobody says otherwise: nobody is writing them any more.
SETTLED = 3_600


class Library:
    """Media on disk, as a desk sees it. The media source ``NAS`` has a folder a collection."""

    def __init__(self, desk: Desk, folder: Path) -> None:
        self.desk, self.book, self.folder = desk, desk.book, folder
        self.folder.mkdir()

    # Given ---------------------------------------------------------------------------------------------------------

    def put(self, path: str, content: str = "", *, age: float = SETTLED) -> Path:
        """A file at ``COLLECTION/…``, last written so many seconds before now."""
        place = self.folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(content or path, encoding="utf-8")
        self.touch(place, age=age)
        return place

    def touch(self, place: Path, *, age: float = SETTLED) -> None:
        """Say when a file was last written."""
        written = self.desk.now.timestamp() - age
        os.utime(place, (written, written))

    def remove(self, path: str) -> None:
        """Take a file away."""
        (self.folder / path).unlink()

    def move(self, path: str, to: str) -> None:
        """Move or rename a file."""
        (self.folder / to).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / path).rename(self.folder / to)

    def discover(self, *, sync: bool = True) -> dict[str, Collection]:
        """Declare the source if it is not there yet, and find its collections: name → collection."""
        if not self.book.media_sources():
            self.book.add_media_source(
                MediaSource(name="NAS", kind=MediaKind.FILESYSTEM, path=str(self.folder))
            )
        found = self.book.discover_collections("NAS")
        if sync:
            found = tuple(
                self.book.update_collection(str(each.collection_id), is_sync_enabled=True) for each in found
            )
        return {each.name: each for each in found}

    def ingest(self, named: str = "Films", **options: Any) -> Ingested:
        """Ingest a collection, a day after the last time."""
        self.desk.later(timedelta(days=1))
        scope = MediaScope(
            **{name: options.pop(name) for name in ("title", "season", "episode") if name in options}
        )
        return self.book.ingest_collection(named, scope, **options)

    def films(self, *names: str) -> Library:
        """Put films into the collection ``Films`` and find it."""
        for name in names:
            self.put(f"Films/{name}.mkv")
        self.discover()
        return self

    # Then ----------------------------------------------------------------------------------------------------------

    def assets(self) -> dict[str, dict[str, Any]]:
        """The assets by the last part of their path, retired ones too."""
        rows = self.desk.rows("SELECT * FROM media_asset ORDER BY id")
        named = {Path(row["canonical_uri"]).name: row for row in rows}
        assert len(named) == len(rows), "two assets have one file"
        return named

    def states(self) -> dict[str, str]:
        """How far each asset is: file name → state."""
        return {name: str(row["state"]) for name, row in self.assets().items()}

    def ready(self, collection: str | None = None) -> None:
        """Enrich everything; nothing may fail."""
        stats, _ = self.book.enrich_assets(collection)
        assert stats.errors == ()

    def approve(self, *names: str) -> None:
        """Approve the assets of some files."""
        known = self.assets()
        self.book.approve_assets([known[name]["id"] for name in names])

    def stats(self, done: Ingested) -> tuple[int, int, int, int, int]:
        """Discovered, ingested, updated, skipped, missing."""
        told = done.stats
        return (
            told.assets_discovered,
            told.assets_ingested,
            told.assets_updated,
            told.assets_skipped,
            told.assets_missing,
        )
