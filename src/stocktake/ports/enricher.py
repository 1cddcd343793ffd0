"""What an enricher is asked and what it answers: what the files of one media asset say of it (MED-D9).

An enricher is a class, registered under its ``enricher_id``; one attached to a collection is an instance with that
collection's configuration. Trouble with a file is a value, a :class:`~stocktake.model.media.Failure`: it stops that
asset and no other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, ClassVar, Protocol, TypeAlias

from stocktake.model.media import Failure

#: What a tag says: a text, a number, or several texts.
TagValue: TypeAlias = str | int | tuple[str, ...]
#: As :class:`~stocktake.model.media.AttachedEnricher` has it.
Config: TypeAlias = tuple[tuple[str, str], ...]

#: Tag → what it says. Enrichers of others may say more.
TAGS: dict[str, str] = {
    "title": "of the movie, the episode or the track",
    "original_title": "the title in the language it was made in",
    "show": "the series that an episode belongs to",
    "season": "number; 0 holds the specials",
    "episode": "number; the first, where a file holds several",
    "year": "of first release",
    "released": "day of first release or airing, as 2019-05-31",
    "plot": "what happens",
    "show_plot": "what the series is about",
    "show_year": "in which the series began",
    "edition": "a cut of a film, as Director's Cut",
    "tagline": "one line that advertises it",
    "runtime_minutes": "as told, not as measured",
    "certification": "for which age, as the sidecar writes it",
    "genres": "list",
    "studios": "list",
    "directors": "list",
    "writers": "list",
    "actors": "list",
    "artist": "of a track or a music video",
    "album": "of a track or a music video",
    "album_artist": "whose album it is, where its tracks are of several",
    "composer": "of a track",
    "track": "number within the album",
    "disc": "number within the album",
    "comment": "as whoever made the file left it",
    "imdb": "id at that database, as tt0133093",
    "tmdb": "id at that database",
    "tvdb": "id at that database",
}

#: Code → what it means, for the reference. Enrichers of others may have more.
FAILURES: dict[str, str] = {
    "probe-tool-missing": "what would look into the file is not installed; the sentence says what to install",
    "not-media": "the file is empty, or neither moving picture nor sound can be found in it",
    "file-truncated": "the file is cut off",
    "file-damaged": "the file cannot be made sense of",
    "file-gone": "no file is there any more",
    "file-unreadable": "the file may not be read, or reading it fails",
    "no-local-file": "no local path is known of the asset; those of its source need a mapping",
    "not-a-file": "there is a folder, a pipe or a device in its place",
    "probe-timeout": "looking into the file took longer than `seconds`",
    "probe-memory": "looking into the file took too much memory",
    "probe-crashed": "what looks into the file died of it",
    "sidecar-invalid": "a sidecar cannot be read as what it claims to be",
    "enricher-broken": "an enricher does not do what it promises, whatever the file",
    "sidecar-missing": "the asset has no sidecar, and the enricher demands one",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """One stream of a file. ``codec`` in the words of FFmpeg (``h264``, ``aac``, ``subrip``); ``language`` by BCP 47."""

    kind: str
    codec: str | None = None
    language: str | None = None
    title: str | None = None
    channels: int | None = None
    is_default: bool = False
    is_forced: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetToEnrich:
    """An asset as an enricher sees it: local paths, of its parts in order and of what lies beside it.

    ``relative``: the first path as seen from its collection's root, with ``/`` between folders; empty where nobody
    knows. ``known``: what is known so far, by the columns of a discovery.
    """

    paths: tuple[Path, ...]
    sidecars: tuple[Path, ...] = ()
    relative: str = ""
    known: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrichment:
    """What one enricher says of an asset; None and a tag that is not there: it says nothing.

    ``container`` and the codecs in the words of FFmpeg; ``resolution`` as ``1920x1080``; ``bitrate`` of all tracks
    together, in bits a second; tags by the names of :data:`TAGS`.
    """

    duration_ms: int | None = None
    container: str | None = None
    video_codec: str | None = None
    audio_codec: str | None = None
    resolution: str | None = None
    bitrate: int | None = None
    tracks: tuple[Track, ...] | None = None
    tags: Mapping[str, TagValue] = field(default_factory=dict)


#: The fields of an enrichment, in order.
FIELDS: tuple[str, ...] = tuple(each.name for each in fields(Enrichment))


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One thing that can be configured: among ``choices``, or a whole number between ``least`` and ``most``."""

    name: str
    meaning: str
    default: str
    choices: tuple[str, ...] = ()
    least: int = 0
    most: int = 0


class Enricher(Protocol):
    """One enricher, configured. Instances are used by one thread at a time."""

    #: Its name among all enrichers, a slug.
    enricher_id: ClassVar[str]
    #: Grows where the same file would be told otherwise than before.
    version: ClassVar[int]
    #: What it looks at, in a sentence.
    reads: ClassVar[str]
    #: What it can say, of :data:`FIELDS`.
    fields: ClassVar[tuple[str, ...]]
    settings: ClassVar[tuple[Setting, ...]]

    def __init__(self, config: Config = ()) -> None:
        """Raises ``InvalidInput`` for what cannot be configured so; opens nothing."""
        ...

    def enrich(self, asset: AssetToEnrich) -> Enrichment | Failure:
        """What the asset's files say. Raises nothing for whatever the files are."""
        ...

    def close(self) -> None:
        """Let go of what it holds, such as a process of its own; it may be used again."""
        ...
