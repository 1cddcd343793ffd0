"""Collections that are ingested: looked at, planned, applied; one or all of a media source (MED-B)."""

from __future__ import annotations

import logging
from contextlib import closing
from dataclasses import dataclass
from time import perf_counter

from stocktake.access.right import Right
from stocktake.book.handle import OpenRun
from stocktake.book.importing import Importing
from stocktake.book.rehearsing import Rehearsing
from stocktake.book.right import needs
from stocktake.flows import collecting, ingesting
from stocktake.flows.ingesting import Attached, Ingestion
from stocktake.media.enricher_checksum import enricher_checksum, enricher_snapshot
from stocktake.model.errors import Refusal, Unreadable
from stocktake.model.media import Collection, IngestStats, MediaScope, MediaSource
from stocktake.model.options import ImportOptions
from stocktake.model.plan import Plan
from stocktake.planning.explanation import problems
from stocktake.ports.importer import Importer
from stocktake.ports.progress import Progress, Silence
from stocktake.readers.discovered import DiscoveredOrigin
from stocktake.reporting.ingest import about, ingest_stats

_log = logging.getLogger("stocktake")

#: So many decisions of each kind are logged at INFO.
LOGGED = 10

#: The scope of a whole collection.
WHOLE = MediaScope()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingested:
    """What an ingest found, and did unless it was only looked at. ``run`` is None after a dry run."""

    collection: Collection
    scope: MediaScope
    plan: Plan
    stats: IngestStats
    created: tuple[int, ...] = ()
    updated: tuple[int, ...] = ()
    run: OpenRun | None = None

    @property
    def is_dry(self) -> bool:
        """Whether nothing was written."""
        return self.run is None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceIngested:
    """What became of each collection of a media source (MED-B22). ``skipped``: collection and why."""

    source: MediaSource
    results: tuple[Ingested, ...]
    skipped: tuple[tuple[Collection, str], ...]
    failed: tuple[tuple[Collection, Refusal], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """How a collection is to be ingested."""

    scope: MediaScope = WHOLE
    dry_run: bool = False
    verify: bool = False
    allow_retire: int | None = None
    accept_root: bool = False


class Ingesting(Rehearsing, Importing):
    """The part of a book that ingests collections."""

    @needs(Right.IMPORT)
    def ingest_collection(
        self,
        named: str,
        scope: MediaScope = WHOLE,
        *,
        dry_run: bool = False,
        test_db: bool = False,
        verify: bool = False,
        allow_retire: int | None = None,
        accept_root: bool = False,
        progress: Progress | None = None,
    ) -> Ingested:
        """Bring the assets of a collection in line with it; with ``dry_run`` only say what would be done (MED-B7).

        ``test_db``: in a test database, which ``dry_run`` wins over (MED-B10). ``verify``: read every file whole (MED-D5).
        ``allow_retire``: so many assets may go missing past the guard (PRE-12). ``accept_root``: an empty root, or another
        one than last time, is right (MED-D10).

        Raises ``InvalidInput`` (``unknown-collection``, ``sync-disabled``, ``not-ingestible``), ``NotFound``
        ``scope-not-found``, ``Unreadable`` ``source-unreachable`` or ``token-refused``, ``GuardRefused`` (``root-suspect``,
        ``mass-retire``), ``Busy``.
        """
        self._check_overrides(allow_retire, accept_root)
        collection = self.collection(named)
        wanted = _Wanted(
            scope=scope,
            dry_run=dry_run,
            verify=verify,
            allow_retire=allow_retire,
            accept_root=accept_root,
        )
        if test_db and not dry_run:
            with self.rehearsal(collection.media_source) as other:
                return other._ingested(collection, wanted, progress or Silence())
        return self._ingested(collection, wanted, progress or Silence())

    def _ingested(self, collection: Collection, wanted: _Wanted, progress: Progress) -> Ingested:
        """Collection, prerequisites, scope: the first that does not hold is refused (MED-B15)."""
        since = perf_counter()
        ingesting.check_prerequisites(collection, wanted.scope, dry_run=wanted.dry_run)
        importer = self._importer(
            self.media_source(collection.media_source),
            collection,
            verify=wanted.verify,
            accepts_root=wanted.accept_root,
            progress=progress,
        )
        with closing(importer):
            hindrances = importer.validate()
            if not wanted.dry_run:
                collection = self._validated(collection, hindrances)
            _log.info('"%s": %s', collection.name, " ".join(hindrances) or "sync and paths are in order")
            ingesting.check_ingestible(collection, hindrances)
            _log.info("ingesting %s", about(collection.name, wanted.scope))
            planned = self._ingestion(importer, collection, wanted, progress)
            stats = self._stats(planned)
            self._log_first(planned.plan)
            if wanted.dry_run:
                return Ingested(collection=collection, scope=wanted.scope, plan=planned.plan, stats=stats)
            return self._applied(planned, stats, progress, since)

    def _ingestion(
        self, importer: Importer, collection: Collection, wanted: _Wanted, progress: Progress
    ) -> Ingestion:
        kind = self.declared().record_type(collecting.MEDIA_ASSET)
        name = about(collection.name, wanted.scope)
        options = ImportOptions(duplicates="first", allow_retire=wanted.allow_retire, reject_limit="100%")
        request = self._request(kind, collecting.presence_source(collection), options, name)
        progress.phase("discovering")
        found = ingesting.discover(
            self.store, self.workspace_id, importer, collection, wanted.scope, _attached(collection), request
        )
        request = ingesting.requested(request, found)
        origin = DiscoveredOrigin(name=name, told=found.digest, rows=found.rows)
        found = found.without_rows()
        plan = self._made(origin, request, progress)
        return Ingestion(discovered=found, plan=plan, unsighted=request.unsighted)

    def _log_first(self, plan: Plan) -> None:
        """The first decisions of each kind; all of them are told at DEBUG (MED-D13)."""
        if not _log.isEnabledFor(logging.INFO):
            return
        for row in self.first_decisions(plan, LOGGED).iter_rows(named=True):
            _log.info("%s %s (record %s): %s", row["action"], row["name"], row["record_id"], row["reason"])

    def _stats(self, planned: Ingestion) -> IngestStats:
        found = planned.discovered.discovery
        return ingest_stats(
            planned.plan.counts,
            found.counts.get("duplicates_prevented", 0),
            found.failures,
            problems(planned.plan),
        )

    def _applied(self, planned: Ingestion, stats: IngestStats, progress: Progress, since: float) -> Ingested:
        plan = planned.plan
        _log.info("plan %s is written in one transaction", plan.plan_id)
        run_id = self._write(plan, self.by, progress, ingesting.noted(planned, at=self.clock()))
        run = self._finished(run_id, since)
        with self._reading() as unit:
            created = unit.created_ids(plan.record_type, run_id)
        return Ingested(
            collection=self.collection(str(planned.discovered.collection.collection_id)),
            scope=planned.discovered.scope,
            plan=plan,
            stats=stats,
            created=tuple(created.to_list()),
            updated=tuple(plan.frames.updates["_record_id"].unique().sort().to_list()),
            run=run,
        )

    @needs(Right.IMPORT)
    def ingest_source(
        self, name: str, *, dry_run: bool = False, test_db: bool = False, progress: Progress | None = None
    ) -> SourceIngested:
        """Ingest every collection of a media source that may be (MED-B22); one that fails does not stop the others.

        One that was found not to be ingestible, and still is not, is left out; one of which that is news has failed.

        Raises ``InvalidInput`` ``no-eligible-collection``, and ``Unreadable`` where the source does not answer.
        """
        source = self.media_source(name)
        if test_db and not dry_run:
            with self.rehearsal(source.name) as other:
                return other.ingest_source(source.name, progress=progress)
        known = self.collections(source.name)
        collecting.check_any_enabled(source, known)
        with closing(self._importer(source, None)) as importer:
            importer.collections()  # a source that does not answer fails as a whole
        eligible, skipped = self._eligible(source, known)
        collecting.check_any_eligible(source, eligible, skipped)
        results: list[Ingested] = []
        failed: list[tuple[Collection, Refusal]] = []
        for each in eligible:
            try:
                results.append(self._ingested(each, _Wanted(dry_run=dry_run), progress or Silence()))
            except Unreadable as error:
                if error.code in ("source-unreachable", "token-refused"):
                    raise
                failed.append((each, error))
            except Refusal as error:
                failed.append((each, error))
        return SourceIngested(
            source=source, results=tuple(results), skipped=tuple(skipped), failed=tuple(failed)
        )

    def _eligible(
        self, source: MediaSource, known: tuple[Collection, ...]
    ) -> tuple[list[Collection], list[tuple[Collection, str]]]:
        """Those that may be ingested, and why the others may not."""
        eligible, skipped = [], []
        for each in known:
            if not each.is_sync_enabled:
                skipped.append((each, "sync is disabled"))
                continue
            hindrances: tuple[str, ...] = ()
            if not each.is_ingestible:
                with closing(self._importer(source, each)) as importer:
                    hindrances = importer.validate()
            if hindrances:
                skipped.append((each, f"not ingestible: {' '.join(hindrances)}"))
            else:
                eligible.append(each)
        return eligible, skipped


def _attached(collection: Collection) -> Attached:
    return Attached(
        checksum=enricher_checksum(collection.enrichers), snapshot=enricher_snapshot(collection.enrichers)
    )
