"""Which importer reads a media source, and where the files of its assets lie (MED-B14).

Both are imported when they are asked for: no other command waits for them.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import polars as pl

from stocktake.model.media import Collection, Failure, MediaKind, MediaSource
from stocktake.ports.enricher import AssetToEnrich
from stocktake.ports.importer import Importer
from stocktake.ports.progress import Progress, Silence

#: The rules by which names are read; where they change, all names are read anew.
GRAMMAR = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What an importer is told of the machine; ``allowed_roots``: below which folders media may lie, none: anywhere."""

    environment: Mapping[str, str]
    at: datetime
    allowed_roots: tuple[Path, ...] = ()


def importer_of(
    source: MediaSource,
    collection: Collection | None,
    around: Surroundings,
    *,
    verify: bool = False,
    accepts_root: bool = False,
    progress: Progress | None = None,
) -> Importer:
    """The importer of a media source, for one of its collections, or to ask which there are. It opens nothing yet.

    ``progress`` hears how far a discovery has come, and may end it by what it raises.
    """
    heard = progress or Silence()
    if source.kind is MediaKind.PLEX:
        from stocktake.readers.plex.importer import PlexImporter
        from stocktake.readers.plex.patience import Patience

        return PlexImporter(
            source,
            around.environment.get(source.token_env or ""),
            Patience(sleep=sleep, chance=_chance, clock=monotonic),
            collection=collection,
            allowed_roots=around.allowed_roots,
            accepts_root=accepts_root,
            progress=heard,
        )
    from stocktake.media.naming import read_name
    from stocktake.readers.filetree.importer import FileTree
    from stocktake.readers.filetree.setting import FileTreeSetting
    from stocktake.readers.guessing import guesser

    behind = guesser()
    return FileTree(
        source=source,
        at=around.at,
        collection=collection,
        setting=FileTreeSetting(verify=verify, accepts_root=accepts_root),
        allowed_roots=around.allowed_roots,
        read_name=partial(read_name, guesser=behind),
        grammar=f"{GRAMMAR}+guessit" if behind else f"{GRAMMAR}",
        let_go=behind.close if behind else None,
        progress=heard,
    )


def machine_id_of(source: MediaSource, around: Surroundings) -> str | None:
    """How a server calls itself; None for a folder. Raises ``Unreadable`` where it does not answer."""
    if source.kind is not MediaKind.PLEX:
        return None
    from stocktake.readers.plex.importer import PlexImporter

    found = importer_of(source, None, around)
    return found.machine_id() if isinstance(found, PlexImporter) else None


def _chance() -> float:
    return secrets.randbelow(1_000_000) / 1_000_000


def asset_to_enrich(row: Mapping[str, Any], roots: tuple[str, ...]) -> AssetToEnrich | Failure:
    """Where the files of an asset lie; ``row``: ``TO_ENRICH``, ``roots``: the folders of its collection.

    A path that is no text comes from the URI, which loses nothing. A failure where the asset has no file here.
    """
    from stocktake.media.raw_path import raw_paths

    parts, sidecars = json.loads(row["parts"] or "[]"), json.loads(row["sidecars"] or "[]")
    raw = raw_paths(pl.Series([row["source_uri"]]))[0] if row["source_uri"] else None
    first = os.fsdecode(raw) if raw is not None else row["canonical_uri"]
    if first is None:
        where = row["title"] or row["source_uri"] or f"Asset {row['id']}"
        sentence = f"{where} has no path on this machine: add a path mapping to its collection."
        return Failure(where=where, code="no-local-path", sentence=sentence)
    paths = [first, *(each["path"] for each in parts[1:])]
    base = next((root.rstrip("/") for root in roots if first.startswith(f"{root.rstrip('/')}/")), "")
    return AssetToEnrich(
        paths=tuple(Path(each) for each in paths),
        sidecars=tuple(Path(each["path"]) for each in sidecars),
        relative=first[len(base) :].lstrip("/") if base else "",
        known=row,
    )
