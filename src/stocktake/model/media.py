"""The nouns of media collections (media-ingest.md, MED)."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from stocktake.model.errors import InvalidInput


class MediaKind(StrEnum):
    """What kind of place a media source is."""

    FILESYSTEM = "filesystem"
    PLEX = "plex"


class HashPolicy(StrEnum):
    """How a collection tells that content changed: by size and time alone, or by a full hash as well (MED-D5)."""

    NONE = "none"
    SHA256 = "sha256"
    BLAKE3 = "blake3"


@dataclass(frozen=True, slots=True, kw_only=True)
class PathMapping:
    """Paths at the source that begin with ``source`` lie below ``local`` here; the longest ``source`` wins."""

    source: str
    local: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaSource:
    """A folder or a server that has collections.

    ``path``: the base folder of a file system; ``single``: it is the one collection itself, not the parent of several.
    ``url`` and ``token_env``: a Plex server, and the environment variable that holds its token; the token itself is kept
    nowhere. ``machine_id``: how the server calls itself, once it was asked. ``path_mappings``: what its new collections
    begin with.
    """

    name: str
    kind: MediaKind
    path: str | None = None
    single: bool = False
    url: str | None = None
    token_env: str | None = None
    machine_id: str | None = None
    path_mappings: tuple[PathMapping, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachedEnricher:
    """An enricher of a collection; those of a lower ``priority`` run first, and what they say stands."""

    enricher_id: str
    priority: int = 100
    config: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundCollection:
    """A collection as its source tells of it: a subfolder, or a section of a server."""

    external_id: str
    name: str
    paths: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """A library of media at one media source.

    ``source_code``: the source of presence under which the engine knows it. ``paths``: its roots as the source names them.
    ``is_ingestible`` and ``hindrances``: what the importer's validation said last (MED-B24).
    ``last_ingest_time``: ISO-8601 in UTC. ``key_rule``: by which rule its last whole ingest made keys (MED-D15).
    ``excludes``: patterns of paths that are left out.
    """

    collection_id: UUID
    media_source: str
    external_id: str
    name: str
    source_code: str
    paths: tuple[str, ...] = ()
    is_sync_enabled: bool = False
    is_ingestible: bool = False
    hindrances: tuple[str, ...] = ()
    is_case_insensitive: bool = False
    hash_policy: HashPolicy = HashPolicy.NONE
    path_mappings: tuple[PathMapping, ...] = ()
    enrichers: tuple[AttachedEnricher, ...] = ()
    excludes: tuple[str, ...] = ()
    last_ingest_time: str | None = None
    key_rule: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaScope:
    """Which part of a collection is meant: all of it, a title, a season, or an episode (MED-B2 to MED-B4)."""

    title: str | None = None
    season: int | None = None
    episode: int | None = None

    def __post_init__(self) -> None:
        """Raises ``InvalidInput``: ``season-without-title``, ``episode-without-season``, ``invalid-argument``."""
        for name, value in (("season", self.season), ("episode", self.episode)):
            if value is not None and value < 0:
                raise InvalidInput(
                    "invalid-argument",
                    f"invalid argument: --{name} {value} is below 0.",
                    hint=f"Name the {name} by its number; 0 holds the specials.",
                )
        if self.title is None and (self.season is not None or self.episode is not None):
            name = "season" if self.season is not None else "episode"
            raise InvalidInput(
                "season-without-title" if name == "season" else "episode-without-season",
                f"--{name} needs --title: a {name} is one of a title.",
                hint="Add --title, such as --title 'The Big Bang Theory'.",
            )
        if self.episode is not None and self.season is None:
            raise InvalidInput(
                "episode-without-season",
                "--episode needs --season: an episode is one of a season.",
                hint="Add --season, such as --season 1.",
            )

    @property
    def level(self) -> str:
        """``collection``, ``title``, ``season`` or ``episode``."""
        if self.episode is not None:
            return "episode"
        if self.season is not None:
            return "season"
        return "title" if self.title is not None else "collection"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """What could not be looked at, or not made sense of: where, a stable code, and a sentence for people."""

    where: str
    code: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Skips:
    """How many files were left out for one reason, and some of them."""

    reason: str
    count: int
    examples: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestStats:
    """What an ingest found and did, as its output tells it (MED-B5, MED-B20)."""

    assets_discovered: int = 0
    assets_ingested: int = 0
    assets_updated: int = 0
    assets_skipped: int = 0
    duplicates_prevented: int = 0
    assets_missing: int = 0
    errors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrichStats:
    """What an enrichment did: assets that are ready now, that could not be enriched, and why (MED-D9)."""

    assets_enriched: int = 0
    assets_failed: int = 0
    assets_changed_meanwhile: int = 0
    errors: tuple[str, ...] = ()
