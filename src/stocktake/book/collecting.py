"""Media sources and their collections, as they are declared and found (MED)."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

from stocktake.access.right import Right
from stocktake.book.ground import Ground
from stocktake.book.right import needs
from stocktake.book.setting import media_roots
from stocktake.flows import collecting
from stocktake.model.errors import InvalidInput
from stocktake.model.media import Collection, MediaKind, MediaSource
from stocktake.ports.importer import Importer
from stocktake.ports.progress import Progress, Silence
from stocktake.readers.importers import Surroundings, importer_of, machine_id_of


class Collecting(Ground):
    """The part of a book that keeps collections."""

    @needs(Right.MANAGE)
    def add_media_source(self, source: MediaSource) -> MediaSource:
        """Declare a folder or a server that has collections.

        Raises ``InvalidInput``: ``bad-media-source-name``, ``media-source-exists``, ``path-not-a-directory``, ``bad-url``.
        """
        collecting.check_media_source_name(source.name)
        checked = _checked(source)
        self._set_up()
        with self._writing() as unit:
            if any(each.name.casefold() == source.name.casefold() for each in collecting.media_sources(unit)):
                raise InvalidInput(
                    "media-source-exists",
                    f'There is a media source "{source.name}" already.',
                    hint="Change it with `stocktake media-source update`, or take another name.",
                )
            collecting.keep_media_source(unit, checked, by=self.by, at=self.clock())
        return checked

    @needs(Right.MANAGE)
    def update_media_source(
        self, name: str, *, path: str | None = None, url: str | None = None, token_env: str | None = None
    ) -> MediaSource:
        """Change where a media source lies; None leaves a member as it is.

        Raises ``InvalidInput``: ``unknown-media-source``, ``nothing-to-change``, ``path-not-a-directory``, ``bad-url``.
        """
        known = self.media_source(name)
        if path is url is token_env is None:
            raise InvalidInput(
                "nothing-to-change",
                "Nothing is named that should change.",
                hint="`stocktake media-source update --help` lists what can.",
            )
        changed = _checked(
            replace(
                known,
                path=path or known.path,
                url=url or known.url,
                token_env=token_env or known.token_env,
            )
        )
        with self._writing() as unit:
            collecting.keep_media_source(unit, changed, by=self.by, at=self.clock())
        return changed

    @needs(Right.VIEW)
    def media_sources(self) -> tuple[MediaSource, ...]:
        """The media sources, by name."""
        if not self.store.exists or not self.store.is_set_up:
            return ()
        with self._reading() as unit:
            return collecting.media_sources(unit)

    @needs(Right.VIEW)
    def media_source(self, name: str) -> MediaSource:
        """A media source. Raises ``InvalidInput`` ``unknown-media-source``."""
        with self._reading() as unit:
            return collecting.media_source_named(unit, name)

    @needs(Right.MANAGE)
    def discover_collections(self, name: str) -> tuple[Collection, ...]:
        """Ask a media source for its collections, and keep them; new ones start with their sync disabled.

        Raises ``Unreadable`` where it does not answer.
        """
        source = self.media_source(name)
        if source.machine_id is None:
            source = replace(source, machine_id=machine_id_of(source, self._surroundings()))
        found = self._importer(source, None).collections()
        with self._writing() as unit:
            collecting.keep_media_source(unit, source, by=self.by, at=self.clock())
            kept = collecting.keep_found(unit, source, found, uuid4, by=self.by, at=self.clock())
        return tuple(self._validated(each, self._importer(source, each).validate()) for each in kept)

    def _validated(self, collection: Collection, hindrances: tuple[str, ...]) -> Collection:
        """The collection with what stands in the way of its ingest, kept where that is news (MED-B24)."""
        told = replace(collection, hindrances=hindrances, is_ingestible=not hindrances)
        if told != collection:
            with self._writing() as unit:
                collecting.keep_collection(unit, told, by=self.by, at=self.clock())
        return told

    @needs(Right.VIEW)
    def collections(self, media_source: str | None = None) -> tuple[Collection, ...]:
        """The collections, of one media source or of all."""
        if not self.store.exists or not self.store.is_set_up:
            return ()
        named = self.media_source(media_source).name if media_source is not None else None
        with self._reading() as unit:
            return collecting.collections(unit, named)

    @needs(Right.VIEW)
    def collection(self, named: str) -> Collection:
        """A collection by UUID, external id or name (MED-B1)."""
        return collecting.collection_named(self.collections(), named)

    @needs(Right.MANAGE)
    def update_collection(self, named: str, **changes: Any) -> Collection:
        """Change what is declared of a collection: members of :class:`~stocktake.model.media.Collection`.

        Raises ``InvalidInput``: ``unknown-enricher``, what an enricher says against its configuration, ``bad-exclude``.
        """
        changed = replace(self.collection(named), **changes)
        if "enrichers" in changes:
            from stocktake.readers.enriching.registry import open_enrichers

            open_enrichers(changed.enrichers)
        if (
            "path_mappings" in changes
        ):  # what was said of its folders is of the past; the next ingest looks again
            changed = replace(changed, is_ingestible=False, hindrances=())
        if "excludes" in changes:
            from stocktake.readers.filetree.ignoring import Ignoring

            Ignoring("", changed.excludes)
        with self._writing() as unit:
            collecting.keep_collection(unit, changed, by=self.by, at=self.clock())
        return self.collection(str(changed.collection_id))

    def _importer(
        self,
        source: MediaSource,
        collection: Collection | None,
        *,
        verify: bool = False,
        accepts_root: bool = False,
        progress: Progress | None = None,
    ) -> Importer:
        return importer_of(
            source,
            collection,
            self._surroundings(),
            verify=verify,
            accepts_root=accepts_root,
            progress=progress or Silence(),
        )

    def _surroundings(self) -> Surroundings:
        return Surroundings(environment=os.environ, at=self.clock(), allowed_roots=media_roots())


def _checked(source: MediaSource) -> MediaSource:
    """The media source with its path made whole. Raises ``InvalidInput``."""
    if source.kind is MediaKind.FILESYSTEM:
        path = Path(source.path or "").expanduser().absolute()
        if not path.is_dir():
            raise InvalidInput(
                "path-not-a-directory",
                f"{path} is not a directory.",
                hint="Name the folder whose subfolders are the collections; with --single the one collection itself.",
            )
        return replace(source, path=str(path))
    if not (source.url or "").startswith(("http://", "https://")):
        raise InvalidInput(
            "bad-url",
            f'"{source.url or ""}" is not the URL of a server.',
            hint="Write it like http://plex.local:32400.",
        )
    if not source.token_env:
        raise InvalidInput(
            "token-missing",
            "A Plex server wants a token, and none is named.",
            hint="Put it into a variable of the environment, and name that with --token-env PLEX_TOKEN.",
        )
    return replace(source, url=(source.url or "").rstrip("/"))
