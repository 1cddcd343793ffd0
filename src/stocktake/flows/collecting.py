"""Collections as their media sources tell of them: kept, found again, named, changed (MED-B1)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from stocktake.catalog.declaration import source_to_json
from stocktake.catalog.media_declaration import (
    collection_from_json,
    collection_to_json,
    media_source_from_json,
    media_source_to_json,
)
from stocktake.model.errors import InvalidInput
from stocktake.model.media import Collection, FoundCollection, MediaSource
from stocktake.model.source import Source
from stocktake.ports.store import Unit
from stocktake.reporting.declaration import declaration

#: The record type of what collections hold.
MEDIA_ASSET = "media_asset"


def media_sources(unit: Unit) -> tuple[MediaSource, ...]:
    """The media sources, by name."""
    return tuple(media_source_from_json(text) for text in unit.media_sources().values())


def media_source_named(unit: Unit, name: str) -> MediaSource:
    """A media source by name, whatever its case. Raises ``InvalidInput`` ``unknown-media-source``."""
    found = {each.name.casefold(): each for each in media_sources(unit)}
    if name.casefold() not in found:
        known = ", ".join(each.name for each in found.values())
        raise InvalidInput(
            "unknown-media-source",
            f'There is no media source "{name}".',
            hint=f"There are: {known}."
            if known
            else "Add one with `stocktake media-source add filesystem NAME --path DIR`.",
        )
    return found[name.casefold()]


def keep_media_source(unit: Unit, source: MediaSource, *, by: str, at: datetime) -> None:
    """Declare a media source, or change its declaration."""
    after = media_source_to_json(source)
    before = unit.media_sources().get(source.name)
    unit.keep_media_source(source.name, after, at=at)
    told = f", {source.path or source.url}"
    entry = declaration(
        "declare-media-source", f"the media source {source.name}", before, after, by=by, told=told
    )
    unit.log(None, entry, at=at, actor=by)


def collections(unit: Unit, media_source: str | None = None) -> tuple[Collection, ...]:
    """The collections, of one media source or of all."""
    found = [
        replace(
            collection_from_json(each["descriptor"]),
            last_ingest_time=each["last_ingest_time"].isoformat().replace("+00:00", "Z")
            if each["last_ingest_time"]
            else None,
            key_rule=each["key_rule"],
        )
        for each in unit.collections()
    ]
    return tuple(each for each in found if media_source in (None, each.media_source))


def collection_named(known: Iterable[Collection], named: str) -> Collection:
    """A collection by its whole UUID, its external id or its name, whatever its case (MED-B1).

    Raises ``InvalidInput`` ``unknown-collection``, or ``ambiguous-collection`` with the candidates.
    """
    known = tuple(known)
    wanted = named.strip().casefold()
    for told in (
        [each for each in known if str(each.collection_id) == wanted],
        [each for each in known if each.external_id == named],
        [each for each in known if each.name.casefold() == wanted],
    ):
        if len(told) == 1:
            return told[0]
        if told:
            raise InvalidInput(
                "ambiguous-collection",
                f'"{named}" names {len(told)} collections.',
                hint="Name one by its id.",
                details={"candidates": [_candidate(each) for each in told]},
            )
    names = ", ".join(f'"{each.name}"' for each in known[:10])
    raise InvalidInput(
        "unknown-collection",
        f'There is no collection "{named}".',
        hint=f"There are: {names}{', …' if len(known) > 10 else ''}."
        if known
        else "Find some with `stocktake media-source discover NAME`.",
    )


def _candidate(collection: Collection) -> dict[str, str]:
    return {
        "collection_id": str(collection.collection_id),
        "name": collection.name,
        "media_source": collection.media_source,
        "external_id": collection.external_id,
    }


def keep_found(
    unit: Unit,
    source: MediaSource,
    found: tuple[FoundCollection, ...],
    new_id: Callable[[], UUID],
    *,
    by: str,
    at: datetime,
) -> tuple[Collection, ...]:
    """Keep what a media source has told of, and give it back; new collections are not ingested before a person says so.

    Collections that it no longer tells of stay: their assets have a history.
    """
    there = {each.external_id: each for each in collections(unit, source.name)}
    codes = {*unit.source_descriptors(), *(each.source_code for each in collections(unit))}
    kept = []
    for each in found:
        known = there.get(each.external_id)
        if known is None:
            code = _source_code(source.name, each.name, codes)
            codes.add(code)
            known = Collection(
                collection_id=new_id(),
                media_source=source.name,
                external_id=each.external_id,
                name=each.name,
                source_code=code,
                path_mappings=source.path_mappings,
            )
        kept.append(replace(known, name=each.name, paths=each.paths))
        keep_collection(unit, kept[-1], by=by, at=at)
    return tuple(kept)


def _source_code(media_source: str, name: str, taken: set[str]) -> str:
    """Under which name the engine knows who has a collection's assets: letters, digits and hyphens, at most 60."""
    plain = re.sub(r"[^A-Za-z0-9]+", "-", f"{media_source}-{name}").strip("-").upper()[:52] or "MEDIA"
    code, place = plain, 2
    while code in taken:
        code, place = f"{plain}-{place}", place + 1
    return code


def keep_collection(unit: Unit, collection: Collection, *, by: str, at: datetime) -> None:
    """Keep a collection as it is now, beside the source of presence that it is."""
    collection_id = str(collection.collection_id)
    before = next(
        (
            each["descriptor"]
            for each in unit.collections()
            if collection_from_json(each["descriptor"]).collection_id == collection.collection_id
        ),
        None,
    )
    after = collection_to_json(collection)
    if before == after:
        return
    unit.keep_collection(
        collection_id,
        after,
        at=at,
        media_source=collection.media_source,
        external_id=collection.external_id,
        source=collection.source_code,
    )
    unit.keep_source(collection.source_code, source_to_json(presence_source(collection)), at=at)
    entry = declaration(
        "declare-collection",
        f'the collection "{collection.name}" of {collection.media_source}',
        before,
        after,
        by=by,
    )
    unit.log(None, entry, at=at, actor=by, source=collection.source_code)


def presence_source(collection: Collection) -> Source:
    """The source of presence that a collection is: what it has, and has no more (PRE-1)."""
    return Source(
        name=collection.source_code,
        record_types=(MEDIA_ASSET,),
        title=collection.name,
        tracks_presence=True,
        external_id=("asset_key",),
    )


def check_any_enabled(source: MediaSource, known: Sequence[Collection]) -> None:
    """Raises ``InvalidInput`` ``no-eligible-collection`` where no collection's sync is enabled (MED-B22)."""
    if not any(each.is_sync_enabled for each in known):
        raise InvalidInput(
            "no-eligible-collection",
            f"{source.name} has no collection that may be ingested."
            + (" None is known." if not known else f" Of {len(known)}, the sync of none is enabled."),
            hint=f"Find them with `stocktake media-source discover {source.name}`, and enable one with "
            "`stocktake collection update COLLECTION --enable-sync`.",
        )


def check_any_eligible(
    source: MediaSource, eligible: Sequence[Collection], skipped: Sequence[tuple[Collection, str]]
) -> None:
    """Raises ``InvalidInput`` ``no-eligible-collection`` where none can be read, naming why (MED-B22, MED-B24)."""
    if not eligible:
        told = " ".join(f'"{each.name}": {why.rstrip(".")}.' for each, why in skipped)
        raise InvalidInput(
            "no-eligible-collection",
            f"{source.name} has no collection that may be ingested. {told}",
            hint="Mend what is named, then try again.",
        )


def check_media_source_name(name: str) -> None:
    """Raises ``InvalidInput`` ``bad-media-source-name`` where a media source cannot be called so."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9 _.-]{0,39}", name):
        raise InvalidInput(
            "bad-media-source-name",
            f'"{name}" cannot be a media source\'s name.',
            hint="Take up to 40 letters, digits, blanks, dots, underscores or hyphens, such as NAS.",
        )
