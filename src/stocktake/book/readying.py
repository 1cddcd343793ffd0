"""Assets on their way: enriched, approved, and what wants attention (MED-D8, MED-D9)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING, Any

from stocktake.access.right import Right
from stocktake.book.handle import OpenRun
from stocktake.book.ingesting import Ingesting
from stocktake.book.right import needs
from stocktake.book.timing import TimedProgress
from stocktake.flows.approving import Approval, approve
from stocktake.flows.collecting import MEDIA_ASSET
from stocktake.flows.enriching import EnrichRequest, Look, enrich
from stocktake.media.enrichment import Combined, combined
from stocktake.model.errors import NotFound
from stocktake.model.media import Collection, EnrichStats, Failure
from stocktake.model.record_type import RecordType
from stocktake.ports.progress import Progress, Silence
from stocktake.readers.importers import asset_to_enrich

if TYPE_CHECKING:
    from stocktake.readers.enriching.registry import OpenEnricher


@dataclass(frozen=True, slots=True, kw_only=True)
class Attention:
    """What a person should look at: assets by collection and state, and those that could not be enriched."""

    states: tuple[Mapping[str, Any], ...]
    hindered: tuple[Mapping[str, Any], ...]
    hindered_total: int


class Readying(Ingesting):
    """The part of a book that enriches and approves assets."""

    @needs(Right.IMPORT)
    def enrich_assets(
        self, collection: str | None = None, *, progress: Progress | None = None
    ) -> tuple[EnrichStats, OpenRun | None]:
        """Have the attached enrichers look at assets that are new or failed before; what came of it, and the run.

        An asset of which all enrichers succeeded is ready, also where its collection has none. A failing enricher is an
        error of its asset, and stops no other. Raises ``InvalidInput`` ``unknown-collection``.
        """
        since = perf_counter()
        known = {str(each.collection_id): each for each in self.collections()}
        chosen = self.collection(collection) if collection is not None else None
        if MEDIA_ASSET not in self.declared().stored_record_types:
            return EnrichStats(), None
        teams = _Teams(known)
        teams.check(chosen)
        request = EnrichRequest(
            record_type=self._asset_type(),
            collection=chosen,
            looks=teams.look,
            by=self.by,
        )
        try:
            stats, run_id = enrich(
                self.store,
                self.workspace_id,
                request,
                clock=self.clock,
                progress=TimedProgress(progress or Silence()),
            )
        finally:
            teams.close()
        return stats, self._finished(run_id, since) if run_id is not None else None

    @needs(Right.REVIEW)
    def approve_assets(
        self, ids: Sequence[int], *, withdraw: bool = False, reason: str | None = None
    ) -> OpenRun:
        """Approve assets for broadcast, all or none, with an entry of the audit each; or ``withdraw`` that.

        Raises ``NotFound`` ``unknown-record``; ``InvalidInput`` ``not-ready``, ``nothing-to-change``.
        """
        since = perf_counter()
        approval = Approval(
            record_type=self._stored(MEDIA_ASSET),
            ids=tuple(ids),
            by=self.by,
            reason=reason,
            withdrawn=withdraw,
        )
        return self._finished(approve(self.store, self.workspace_id, approval, clock=self.clock), since)

    @needs(Right.VIEW)
    def assets(
        self,
        *,
        collection: str | None = None,
        state: str | None = None,
        approved: bool | None = None,
        page: int = 1,
        page_size: int = 50,
    ) -> tuple[list[dict[str, Any]], int]:
        """A page of the assets with their readiness, by id, and how many there are."""
        where = {"state": state} if state else {}
        if collection is not None:
            where["collection"] = str(self.collection(collection).collection_id)
        if approved is not None:
            where["approved_for_broadcast"] = str(approved).lower()
        if MEDIA_ASSET not in self.declared().stored_record_types:
            return [], 0
        with self._reading() as unit:
            found: tuple[list[dict[str, Any]], int] = unit.asset_page(
                self._asset_type(), where, limit=page_size, offset=(page - 1) * page_size
            )
        return found

    @needs(Right.VIEW)
    def asset(self, asset_id: int) -> dict[str, Any]:
        """One asset. Raises ``NotFound`` ``unknown-record``."""
        if MEDIA_ASSET in self.declared().stored_record_types:
            with self._reading() as unit:
                found, _ = unit.asset_page(self._asset_type(), {"id": str(asset_id)}, limit=1, offset=0)
            if found:
                return dict(found[0])
        raise NotFound(
            "unknown-record",
            f"There is no media asset {asset_id}.",
            hint="List them with `stocktake asset list`.",
        )

    @needs(Right.VIEW)
    def attention(self, *, page: int = 1, page_size: int = 50) -> Attention:
        """What wants a person: how many assets of each collection are in which state, and those that failed."""
        if MEDIA_ASSET not in self.declared().stored_record_types:
            return Attention(states=(), hindered=(), hindered_total=0)
        kind = self._asset_type()
        with self._reading() as unit:
            states = unit.asset_states(kind)
            hindered, total = unit.hindered_assets(kind, limit=page_size, offset=(page - 1) * page_size)
        return Attention(states=tuple(states), hindered=tuple(hindered), hindered_total=total)

    def _asset_type(self) -> RecordType:
        return self.declared().record_type(MEDIA_ASSET)


class _Teams:
    """The enrichers of the collections, opened when they are asked for, and let go together."""

    def __init__(self, known: Mapping[str, Collection]) -> None:
        self._known = known
        self._open: list[OpenEnricher] = []

    def check(self, chosen: Collection | None) -> None:
        """Refuse an enricher that there is none of, before any asset is touched."""
        from stocktake.readers.enriching.registry import open_enrichers

        for each in self._known.values() if chosen is None else (chosen,):
            open_enrichers(each.enrichers)

    def look(self, collection_id: str) -> Look:
        """Who looks at the assets of a collection: enrichers of its own for each that asks."""
        from stocktake.readers.enriching.asset import enriched
        from stocktake.readers.enriching.registry import open_enrichers

        collection = self._known.get(collection_id)
        team = open_enrichers(collection.enrichers) if collection else ()
        roots = _local_roots(collection) if collection else ()
        self._open += team

        def look(row: Mapping[str, Any]) -> Combined | Failure:
            if not team:
                return combined(())
            asset = asset_to_enrich(row, roots)
            return asset if isinstance(asset, Failure) else enriched(team, asset)

        return look

    def close(self) -> None:
        """Let go of what they hold."""
        for each in self._open:
            each.enricher.close()


def _local_roots(collection: Collection) -> tuple[str, ...]:
    """The folders of a collection as they lie here."""
    return (*collection.paths, *(each.local for each in collection.path_mappings))
