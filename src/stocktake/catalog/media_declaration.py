"""Media sources and collections as they are kept: JSON of their members (media-ingest.md)."""

from __future__ import annotations

from pydantic import TypeAdapter

from stocktake.model.media import Collection, MediaSource

_SOURCE: TypeAdapter[MediaSource] = TypeAdapter(MediaSource)
_COLLECTION: TypeAdapter[Collection] = TypeAdapter(Collection)


def media_source_to_json(source: MediaSource) -> str:
    """The stored form. It names the variable of a token, and never holds the token."""
    return _SOURCE.dump_json(source).decode()


def media_source_from_json(text: str) -> MediaSource:
    """A media source as it was kept."""
    return _SOURCE.validate_json(text)


def collection_to_json(collection: Collection) -> str:
    """The stored form; of its last ingest it tells nothing."""
    return _COLLECTION.dump_json(collection, exclude={"last_ingest_time", "key_rule"}).decode()


def collection_from_json(text: str) -> Collection:
    """A collection as it was kept."""
    return _COLLECTION.validate_json(text)
