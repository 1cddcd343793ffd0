"""What a media importer gives: its collections, whether one can be read, and everything that lies in it (MED-B14).

A discovery is one frame, one row an asset:

====================== ======== ==========================================================================================
column                 type     meaning
====================== ======== ==========================================================================================
``canonical_key``      String   the asset's identity within its collection (MED-D4)
``canonical_key_hash`` String   sha256 of its UTF-8, 64 hexadecimal digits
``source_uri``         String   where the source has it, without loss: ``file:///…`` percent-encoded, ``plex://…``
``canonical_uri``      String   its path here, as people read it; null where it has none
``size``               Int64    bytes, of all parts together
``mtime_ns``           Int64    when it was last written, in nanoseconds since 1970; the newest part's
``signature_kind``     String   ``stat``, ``sha256``, ``blake3`` or ``plex``
``signature``          String   what its content is told by
``kind``               String   ``movie``, ``episode``, ``extra``, ``track`` or ``unknown``
``title``              String   of the movie, the episode or the track
``series_title``       String   null where it is no episode
``season``             Int64    0: specials
``episode``            Int64    the first, where a file holds several
``year``               Int64
``parts``              String   canonical JSON, a list of path and size, where it has several files
``sidecars``           String   JSON, a list of what lies beside it: path, and what the file is told by if it says something
``guid``               String   Plex's; null elsewhere
``moved_from``         String   the ``canonical_key_hash`` by which it was known so far, where it moved (MED-D11)
====================== ======== ==========================================================================================
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

import polars as pl

from stocktake.model.media import Failure, FoundCollection, MediaScope, Skips

#: The columns of a discovery.
DISCOVERED: dict[str, Any] = {
    "canonical_key": pl.String,
    "canonical_key_hash": pl.String,
    "source_uri": pl.String,
    "canonical_uri": pl.String,
    "size": pl.Int64,
    "mtime_ns": pl.Int64,
    "signature_kind": pl.String,
    "signature": pl.String,
    "kind": pl.String,
    "title": pl.String,
    "series_title": pl.String,
    "season": pl.Int64,
    "episode": pl.Int64,
    "year": pl.Int64,
    "parts": pl.String,
    "sidecars": pl.String,
    "guid": pl.String,
    "moved_from": pl.String,
}

#: What the collection had so far, by its links: ``is_present`` false where it is missing.
KNOWN: dict[str, Any] = {
    "canonical_key_hash": pl.String,
    "canonical_key": pl.String,
    "source_uri": pl.String,
    "guid": pl.String,
    "is_present": pl.Boolean,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovery:
    """Everything that lies in a collection, or in a part of it.

    ``digest``: sha256, 64 hexadecimal digits, over all that decides the rows; where two are equal nothing has changed.
    ``is_complete``: every root was walked to its end, but for ``unknown``: the ``canonical_key_hash`` of known assets of
    which nothing can be said, since they lie in a folder that could not be read, are being written or are left out; those
    are never missing (MED-D10). ``state``: what to hand in next time, opaque to all others. ``root_fault``: why the whole
    cannot be believed, such as an empty mount; then nothing may go missing by it.
    """

    frame: pl.DataFrame
    digest: str
    is_complete: bool
    unknown: pl.Series
    failures: tuple[Failure, ...] = ()
    skips: tuple[Skips, ...] = ()
    root_fault: Failure | None = None
    state: bytes | None = None
    counts: dict[str, int] = field(default_factory=dict)


class Importer(Protocol):
    """One collection, or the source of several. Nothing here writes (MED-B14)."""

    def collections(self) -> tuple[FoundCollection, ...]:
        """What the source has. Raises ``Unreadable`` ``source-unreachable`` or ``token-refused``."""
        ...

    def close(self) -> None:
        """Let go of what it holds."""
        ...

    def validate(self) -> tuple[str, ...]:
        """What stands in the way of an ingest, in sentences; none where nothing does (MED-B14a, MED-B24)."""
        ...

    def unchanged(self, scope: MediaScope, state: bytes | None) -> Discovery | None:
        """The discovery without its rows, where a look tells that all is as the one that left ``state`` had it; else None.

        Its digest is that of that discovery, and no known asset is unknown but those that were then.
        """
        ...

    def discover(self, scope: MediaScope, known: pl.DataFrame, state: bytes | None) -> Discovery:
        """Enumerate just what is in scope (MED-D2); known: ``KNOWN``, state: what the last discovery gave.

        Raises ``Unreadable`` where the source does not answer, and ``NotFound`` for a title, season or episode that is
        not there (MED-B8).
        """
        ...
