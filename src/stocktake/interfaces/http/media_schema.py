"""The documents of media, as the schema publishes them."""

from __future__ import annotations

from stocktake.interfaces.http.schema import (
    COUNT,
    INTEGER,
    MOMENT,
    NUMBER,
    TEXT,
    TRUTH,
    document,
    free,
    maybe,
    named,
    one_of,
    several,
    work_of,
)

_MAPPED = several(document("Paths there, and where they lie here.", source=TEXT, local=TEXT))

MEDIA_SOURCE = named(
    "MediaSource",
    document(
        "A folder or a server that has collections; of its token only which variable holds it (MED-B5). "
        "What tells paths of the server is null for who may not change it.",
        name=TEXT,
        kind=one_of("filesystem", "plex"),
        path=maybe(TEXT),
        single=TRUTH,
        url=maybe(TEXT),
        token_env=maybe(TEXT),
        machine_id=maybe(TEXT),
        path_mappings=maybe(_MAPPED),
    ),
)

COLLECTION = named(
    "Collection",
    document(
        "A library of media at one media source (MED-B5). What tells paths of the server is null for who may not change it.",
        collection_id={"type": "string", "format": "uuid"},
        collection_name=TEXT,
        media_source=TEXT,
        external_id=TEXT,
        source=TEXT,
        paths=maybe(several(TEXT)),
        sync_enabled=TRUTH,
        ingestible=TRUTH,
        hindrances=maybe(several(TEXT)),
        hash=one_of("none", "sha256", "blake3"),
        case_insensitive=TRUTH,
        path_mappings=maybe(_MAPPED),
        enrichers=several(
            document(
                "An enricher; those of a lower priority run first.",
                enricher_id=TEXT,
                priority=INTEGER,
                config={"type": "object", "additionalProperties": TEXT},
            )
        ),
        excludes=several(TEXT),
        last_ingest_time=maybe(TEXT),
    ),
)

_WORDS = (
    *("collection", "name", "kind", "title", "series_title", "source_uri", "canonical_uri", "guid"),
    *(
        "canonical_key",
        "canonical_key_hash",
        "signature_kind",
        "signature",
        "enricher_checksum",
        "retired_by",
    ),
    *("container", "video_codec", "audio_codec", "resolution", "approved_by", "external_id", "source"),
)
_NUMBERS = (
    *("season", "episode", "year", "size", "mtime_ns", "duration_ms", "bitrate"),
    *("created_run", "changed_run", "retired_run", "version", "content_version", "enriched_version"),
)
_MOMENTS = ("enriched_at", "approved_at", "retired_at", "imported_at", "updated_at")
_NESTED = {
    "parts": "The files that it lies in.",
    "sidecars": "The files beside it.",
    "tracks": "Its tracks, as enrichers found them.",
    "tags": "Its tags, as enrichers found them.",
    "enricher_snapshot": "What it was enriched with.",
}

ASSET = named(
    "Asset",
    document(
        "An asset: what it is, where it lies, how ready it is (MED-D8).",
        {
            **{name: maybe(TEXT) for name in _WORDS},
            **{name: maybe(INTEGER) for name in _NUMBERS},
            **{name: maybe(free(words)) for name, words in _NESTED.items()},
            **{name: maybe(MOMENT) for name in _MOMENTS},
            "hindrances": maybe(
                several(document("Why it could not be enriched.", where=TEXT, code=TEXT, sentence=TEXT))
            ),
        },
        id=NUMBER,
        state=one_of("new", "enriching", "ready", "retired"),
        approved_for_broadcast=TRUTH,
        operator_verified=TRUTH,
    ),
)

STATES = document(
    "How many assets of a collection are in a state, are approved, and could not be enriched.",
    collection=maybe(TEXT),
    collection_name=maybe(TEXT),
    state=TEXT,
    approved=COUNT,
    hindered=COUNT,
    assets=COUNT,
)

INGESTED = named(
    "Ingested",
    document(
        "What an ingest found and did (MED-B5); of the assets that it made or changed the first hundred.",
        {"title": TEXT, "season": INTEGER, "episode": INTEGER},
        status=TEXT,
        scope=one_of("collection", "title", "season", "episode"),
        collection_id={"type": "string", "format": "uuid"},
        collection_name=TEXT,
        run_id=maybe(NUMBER),
        dry_run=TRUTH,
        stats=document(
            "In numbers, and what went wrong.",
            assets_discovered=COUNT,
            assets_ingested=COUNT,
            assets_updated=COUNT,
            assets_skipped=COUNT,
            duplicates_prevented=COUNT,
            assets_missing=COUNT,
            errors=several(TEXT),
        ),
        asset_ids=document("Assets by number.", created=several(NUMBER), updated=several(NUMBER)),
        last_ingest_time=maybe(TEXT),
    ),
)

ENRICHED = named(
    "Enriched",
    document(
        "What enriching came to (MED-D9); no run where there was nothing to do.",
        status=TEXT,
        run_id=maybe(NUMBER),
        stats=document(
            "In numbers, and why some could not be.",
            assets_enriched=COUNT,
            assets_failed=COUNT,
            assets_changed_meanwhile=COUNT,
            errors=several(TEXT),
        ),
    ),
)

#: The work on a collection, and what it gave.
COLLECTION_WORK = work_of({"anyOf": [INGESTED, ENRICHED]})
