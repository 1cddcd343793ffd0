"""Runs that are undone (ROL)."""

from __future__ import annotations

from datetime import timedelta
from time import perf_counter

from stocktake.access.right import Right
from stocktake.book.ground import Ground
from stocktake.book.handle import OpenRun
from stocktake.book.right import needs
from stocktake.flows.eligibility import ineligible
from stocktake.flows.rollback import RollbackRequest, preview_rollback, rollback
from stocktake.flows.undoing import RollbackPreview
from stocktake.model.errors import InvalidInput, NotAllowed
from stocktake.model.run import Run
from stocktake.planning.undo import Terms
from stocktake.ports.progress import Progress, Silence


class Undoing(Ground):
    """The part of a book that takes runs back."""

    @needs(Right.VIEW)
    def preview_rollback(
        self,
        run_id: int,
        *,
        chain: bool = False,
        partial: bool = False,
        cascade: bool = False,
        force_edited: bool = False,
    ) -> RollbackPreview:
        """What undoing a run would do, and what stands in its way (ROL-4). The options are those of :meth:`rollback`.

        Raises ``NotFound``; ``RollbackBlocked`` where it cannot be undone at all.
        """
        asked = self._asked(
            run_id, chain=chain, terms=Terms(partial=partial, cascade=cascade, force_edited=force_edited)
        )
        with self._reading() as unit:
            return preview_rollback(unit, asked, at=self.clock())

    @needs(Right.ROLL_BACK)
    def rollback(
        self,
        run_id: int,
        *,
        chain: bool = False,
        partial: bool = False,
        cascade: bool = False,
        force_edited: bool = False,
        by: str | None = None,
        reason: str | None = None,
        progress: Progress | None = None,
    ) -> OpenRun:
        """Undo a run (ROL-2); the rollback's own run. With anything kept, blocked or gone it is refused (ROL-5), unless:

        ``chain``: the later runs in its way are undone before it, newest first, each with a rollback of its own, all or
        nothing. ``partial``: the rest is undone, value by value, and what is in the way stays. ``cascade``: records that
        refer to what goes go too, if later imports of the same source made them and nobody has touched them since.
        ``force_edited``: values that people wrote by hand since are given up.

        Raises ``NotFound``, ``RollbackBlocked``, ``Busy``; ``NotAllowed`` ``rollback-not-allowed``; ``InvalidInput``
        ``bad-option`` for ``chain`` beside the others.
        """
        since = perf_counter()
        self.store.check_schema()
        self._check_allowed()
        terms = Terms(partial=partial, cascade=cascade, force_edited=force_edited)
        own_ids = rollback(
            self.store,
            self.workspace_id,
            self._asked(run_id, chain=chain, terms=terms, by=by, reason=reason),
            clock=self.clock,
            progress=progress or Silence(),
        )
        self._drop_upload(run_id, "rolled back")
        return self._finished(own_ids[-1], since)

    def _check_allowed(self) -> None:
        """Refuse it to admins of a workspace that does not let them (SEC-3)."""
        if self.principal.is_platform_admin or self._found().allows_rollback:
            return
        raise NotAllowed(
            "rollback-not-allowed",
            f"The workspace {self.workspace} lets no run be rolled back. Nothing was written.",
            hint="A platform admin can allow it: `stocktake workspace set NAME --allow-rollback`.",
        )

    @property
    def rollback_window(self) -> timedelta:
        """How long after its import a run can be rolled back (ROL-3)."""
        return timedelta(days=self.rollback_days)

    @needs(Right.VIEW)
    def may_roll_back(self, run: Run) -> bool:
        """Whether whoever looks may undo a run that can be undone, so that it is offered to them (ROL-3, ROL-9).

        What stands in its way is another matter: ``preview_rollback`` tells it.
        """
        try:
            self.check_right(Right.ROLL_BACK)
            self._check_allowed()
        except NotAllowed:
            return False
        return ineligible(run, window=self.rollback_window, at=self.clock()) is None

    def _asked(
        self, run_id: int, *, chain: bool, terms: Terms, by: str | None = None, reason: str | None = None
    ) -> RollbackRequest:
        if chain and terms != Terms():
            raise InvalidInput(
                "bad-option",
                "A chain undoes all that stands in the way; --partial, --cascade and --force-edited leave or give up "
                "something instead. Nothing was written.",
                hint="Choose --chain, or the others without it.",
            )
        return RollbackRequest(
            run_id=run_id,
            record_types=self.declared().record_types,
            terms=terms,
            chain=chain,
            window=self.rollback_window,
            by=by or self.by,
            reason=reason,
        )
