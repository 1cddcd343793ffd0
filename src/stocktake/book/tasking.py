"""Long work that is about no file: ingests, enriching, backfills, pruning, deliveries, done by a worker (APP-4)."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta

from stocktake.access.right import Right
from stocktake.book.hooking import Hooking
from stocktake.book.ingesting import WHOLE
from stocktake.book.moment import length_of
from stocktake.book.queueing import SINCE, Queueing, Request
from stocktake.book.readying import Readying
from stocktake.book.right import needs
from stocktake.book.setting import secret_key
from stocktake.book.upkeep import Upkeep, check_backfill
from stocktake.flows.backfill import DISCOVERY_FLOW
from stocktake.flows.ingesting import check_prerequisites
from stocktake.model.draft import RAW_ROWS, WEBHOOKS, JobProgress, Wanted, about_backfill, about_collection
from stocktake.model.media import MediaScope


class Tasking(Queueing, Readying, Upkeep, Hooking):
    """The part of a book that has a workspace worked on. What each job may do is checked when it is asked for."""

    @needs(Right.IMPORT)
    def ask_for_ingest(
        self,
        named: str,
        scope: MediaScope = WHOLE,
        *,
        dry_run: bool = False,
        verify: bool = False,
        allow_retire: int | None = None,
        accept_root: bool = False,
    ) -> JobProgress:
        """Have a worker do :meth:`ingest_collection`, with the same arguments.

        Of one collection one ingest or enriching is done at a time. Raises ``Busy`` ``job-waiting``, and what can be told
        beforehand: ``InvalidInput`` ``unknown-collection``, ``sync-disabled``; ``NotAllowed``.
        """
        self._check_overrides(allow_retire, accept_root)
        collection = self.collection(named)
        check_prerequisites(collection, scope, dry_run=dry_run)
        number = str(collection.collection_id)
        told = {
            "dry_run": dry_run,
            "verify": verify,
            "allow_retire": allow_retire,
            "accept_root": accept_root,
        }
        return self._ask(
            Request(
                about=about_collection(number),
                wanted=Wanted.INGEST,
                called=f'Collection "{collection.name}"',
                arguments={"collection": number, "scope": asdict(scope), **told, **self._so_far()},
            )
        )

    @needs(Right.IMPORT)
    def ask_for_enrichment(self, named: str) -> JobProgress:
        """Have a worker do :meth:`enrich_assets` of a collection.

        Raises ``Busy`` ``job-waiting``; ``InvalidInput`` ``unknown-collection``.
        """
        collection = self.collection(named)
        number = str(collection.collection_id)
        return self._ask(
            Request(
                about=about_collection(number),
                wanted=Wanted.ENRICH,
                called=f'Collection "{collection.name}"',
                arguments={"collection": number, **self._so_far()},
            )
        )

    @needs(Right.MANAGE)
    def ask_for_backfill(self, name: str) -> JobProgress:
        """Have a worker do :meth:`backfill`. Raises ``Busy`` ``job-waiting``; ``NotFound`` ``unknown-backfill``."""
        check_backfill(name)
        if name == DISCOVERY_FLOW:
            self.store.check_owner()
        return self._ask(
            Request(
                about=about_backfill(name),
                wanted=Wanted.BACKFILL,
                called=f"The backfill {name}",
                arguments={"name": name, **self._so_far()},
            )
        )

    @needs(Right.MANAGE)
    def ask_for_delivery(self) -> JobProgress:
        """Have a worker do :meth:`deliver_webhooks`. Raises ``Busy`` ``job-waiting``; ``InvalidInput`` ``no-secret-key``."""
        secret_key()
        return self._ask(Request(about=WEBHOOKS, wanted=Wanted.DELIVER, called="The delivery to webhooks"))

    @needs(Right.MANAGE)
    def ask_for_pruning(self, older_than: str | timedelta, *, reason: str | None = None) -> JobProgress:
        """Have a worker do :meth:`prune_raw_rows`: of what is older than that at this moment, however long it waits.

        Raises ``Busy`` ``job-waiting``; ``InvalidInput`` ``bad-option``.
        """
        length = length_of(older_than, option="--older-than")
        return self._ask(
            Request(
                about=RAW_ROWS,
                wanted=Wanted.PRUNE,
                called="The pruning of raw rows",
                arguments={"seconds": length.total_seconds(), "reason": reason, **self._so_far()},
            )
        )

    def _so_far(self) -> dict[str, int]:
        """The newest run before the work: those that it makes come after it, which tells them once its process has died."""
        with self._reading() as unit:
            newest = unit.runs(limit=1)
        return {SINCE: newest[0].run_id if newest else 0}
