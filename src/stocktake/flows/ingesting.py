"""Ingesting: what a collection holds becomes its assets, by the one plan and the one transaction of every import (MED)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial

import polars as pl

from stocktake.flows.repeating import vouching_import
from stocktake.flows.request import Request
from stocktake.media.asset_row import asset_keys, asset_rows, known
from stocktake.media.canonical_key import key_rule, rekeyed
from stocktake.model.errors import GuardRefused, InvalidInput
from stocktake.model.media import Collection, MediaScope
from stocktake.model.plan import Plan
from stocktake.model.record_type import RecordType
from stocktake.ports.importer import Discovery, Importer
from stocktake.ports.media_collections import ASSETS
from stocktake.ports.store import Store, Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """The enrichers of a collection: sha256 over their list, and the list itself as canonical JSON (MED-D6)."""

    checksum: str
    snapshot: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovered:
    """What an importer told of a collection, beside what the collection has had; ``state``: what the importer was told."""

    collection: Collection
    scope: MediaScope
    attached: Attached
    discovery: Discovery
    assets: Callable[[], pl.DataFrame]
    state: bytes | None = None

    @property
    def is_whole(self) -> bool:
        """Whether what it lacks may be missing (MED-D10)."""
        return self.scope.level == "collection" and self.discovery.is_complete

    @property
    def digest(self) -> str:
        """sha256 over all that decides what it means: rows, enrichers, and of what nothing can be said."""
        unknown = self.discovery.unknown.sort().to_list()
        parts = [self.discovery.digest, self.attached.checksum, str(self.is_whole), *unknown]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    def unsighted(self) -> pl.Series:
        """The asset keys of what nothing can be said of, and which is therefore not missing (MED-D10)."""
        unknown = self.discovery.unknown
        return unknown if unknown.is_empty() else asset_keys(unknown, self.assets())

    def rows(self) -> pl.DataFrame:
        """The rows to import."""
        return asset_rows(
            self.discovery.frame,
            self.assets(),
            str(self.collection.collection_id),
            self.attached.checksum,
            self.attached.snapshot,
        )

    def without_rows(self) -> Discovered:
        """The same without what is large, rows and known assets: once they are read, a plan holds what matters of them."""
        none = partial(pl.DataFrame, schema=ASSETS)
        return replace(
            self, discovery=replace(self.discovery, frame=self.discovery.frame.clear()), assets=none
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingestion:
    """A discovery, without its rows, and the plan that it led to; ``unsighted``: as ``Request`` has it."""

    discovered: Discovered
    plan: Plan
    unsighted: pl.Series | None = None


def check_prerequisites(collection: Collection, scope: MediaScope, *, dry_run: bool) -> None:
    """Refuse a whole collection whose sync is disabled, before anything is enumerated (MED-B11, MED-B13, MED-B15).

    Raises ``InvalidInput`` ``sync-disabled``.
    """
    if scope.level == "collection" and not collection.is_sync_enabled and not dry_run:
        raise InvalidInput(
            "sync-disabled",
            f'"{collection.name}" is not to be ingested as a whole: its sync is disabled.',
            hint=f"Enable it with `stocktake collection update {collection.collection_id} --enable-sync`, "
            "look at it with --dry-run, or name a --title.",
        )


def check_ingestible(collection: Collection, hindrances: tuple[str, ...]) -> None:
    """Refuse a collection whose importer says that it cannot be read (MED-B12, MED-B14a, MED-B24).

    Raises ``InvalidInput`` ``not-ingestible``.
    """
    if hindrances:
        raise InvalidInput(
            "not-ingestible",
            f'"{collection.name}" cannot be ingested: {" ".join(hindrances)}',
            hint="Mend what is named, then try again.",
            details={"hindrances": list(hindrances)},
        )


def discover(
    store: Store,
    workspace_id: int,
    importer: Importer,
    collection: Collection,
    scope: MediaScope,
    attached: Attached,
    request: Request,
) -> Discovered:
    """Enumerate what is in scope; nothing is written (MED-B14, MED-D2).

    Where a look tells that a whole collection is as its last ingest left it, nothing else is computed (PLN-16, MED-D5).
    Raises ``NotFound`` ``scope-not-found``, ``Unreadable`` where the source does not answer, and ``GuardRefused``
    ``root-suspect`` where a root is empty, another one, or gone (MED-D10).
    """
    kept = _Kept(store, workspace_id, collection, request.record_type)
    state = kept.scan()
    told = partial(
        Discovered,
        collection=collection,
        scope=scope,
        attached=attached,
        assets=kept.assets,
        state=state,
    )
    if scope.level == "collection" and state is not None:
        looked = importer.unchanged(scope, state)
        if looked is not None:
            same = told(discovery=looked)
            if same.digest == _last_digest(store, workspace_id, requested(request, same)):
                return same
    found = importer.discover(scope, known(kept.assets()), state)
    if found.root_fault is not None and scope.level == "collection":
        raise GuardRefused(
            found.root_fault.code,
            found.root_fault.sentence,
            hint="Nothing was marked missing. Mount it again; if it is right as it is, say so with --accept-root.",
            details={"where": found.root_fault.where},
        )
    if found.frame.is_empty() and scope.level == "collection":
        raise _nothing_there(collection, found)
    return told(discovery=found)


def _nothing_there(collection: Collection, found: Discovery) -> GuardRefused:
    """The refusal of a collection in which nothing lies (PRE-11): never the same as that everything is gone."""
    left = ", ".join(f"{each.count:,} {each.reason}" for each in found.skips)
    return GuardRefused(
        "nothing-to-ingest",
        f'"{collection.name}" holds nothing to ingest{f"; left out: {left}" if left else ""}. Nothing was written.',
        hint=f"Put media there, or look at its paths with `stocktake collection show {collection.collection_id}`. If it is "
        f"given up, close its source: `stocktake source close {collection.source_code}`.",
        details={"left_out": {each.reason: each.count for each in found.skips}},
    )


def _last_digest(store: Store, workspace_id: int, request: Request) -> str | None:
    """Of the source's last ingest, where the same content would mean the same again."""
    with store.reading(workspace_id) as unit:
        if request.record_type.name not in unit.record_type_names():
            return None
        last = vouching_import(unit, request)
    return last.file_sha256 if last is not None else None


@dataclass(slots=True)
class _Kept:
    """What the database holds of a collection, read once and only when it is asked for."""

    store: Store
    workspace_id: int
    collection: Collection
    record_type: RecordType
    _assets: pl.DataFrame | None = field(default=None)

    def assets(self) -> pl.DataFrame:
        """``ASSETS``."""
        if self._assets is None:
            with self.store.reading(self.workspace_id) as unit:
                there = self.record_type.name in unit.record_type_names()
                self._assets = (
                    unit.assets_of(self.record_type, self.collection.source_code)
                    if there
                    else pl.DataFrame(schema=ASSETS)
                )
            self._assets = _keyed_anew(self._assets, self.collection)
        return self._assets

    def scan(self) -> bytes | None:
        """What the importer left last time."""
        with self.store.reading(self.workspace_id) as unit:
            return unit.scan_of(str(self.collection.collection_id))


def _keyed_anew(assets: pl.DataFrame, collection: Collection) -> pl.DataFrame:
    """The assets with the keys that today's rule gives them, where theirs were made by another (MED-D15)."""
    fold_case = collection.is_case_insensitive
    if collection.key_rule in (None, key_rule(fold_case=fold_case)):
        return assets
    renamed = rekeyed(assets, fold_case=fold_case)
    known = assets.join(
        renamed, left_on="canonical_key_hash", right_on="old", how="left", maintain_order="left"
    )
    return known.with_columns(canonical_key_hash=pl.coalesce("new", "canonical_key_hash")).drop("new")


def requested(request: Request, discovered: Discovered) -> Request:
    """The request as the discovery allows: only a whole one may find something missing, and not what it knows nothing of."""
    whole = discovered.is_whole
    return replace(
        request,
        options=replace(request.options, strategy="snapshot" if whole else "merge"),
        unsighted=discovered.unsighted() if whole else None,
    )


def noted(ingestion: Ingestion, *, at: datetime) -> Callable[[Unit, int], None]:
    """What an ingest writes beside its plan in the same transaction: when it was, what to remember (MED-B19, MED-D1)."""
    collection, found = ingestion.discovered.collection, ingestion.discovered.discovery
    collection_id, kind = str(collection.collection_id), ingestion.plan.record_type.name
    whole = ingestion.discovered.scope.level == "collection"

    def note(unit: Unit, run_id: int) -> None:
        rule = key_rule(fold_case=collection.is_case_insensitive) if whole else None
        if ingestion.unsighted is not None:
            before = unit.snapshot_back(collection.source_code, kind, 2)
            unit.keep_unsighted(
                collection.source_code, kind, ingestion.unsighted, run_id=run_id, before=before
            )
        unit.note_ingest(collection_id, run_id, at=at, key_rule=rule)
        if whole and found.state is not None and found.state is not ingestion.discovered.state:
            unit.keep_scan(collection_id, found.state)

    return note
