"""Imports that begin with an upload: chosen for, previewed, confirmed, cancelled, step by step (interfaces.md HTTP, UPL)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import Any, Literal, cast, overload

from stocktake.access.right import Right
from stocktake.book import plan_file
from stocktake.book.choosing import CHOICES, OVERRIDES, TERMS, as_asked, as_strategy, checked
from stocktake.book.handle import Home, OpenPlan, OpenRun
from stocktake.book.plan_sheets import save_sheets
from stocktake.book.receiving import Receiving
from stocktake.book.right import needs
from stocktake.book.stopping import Stoppable
from stocktake.flows.drafting import (
    cancel_draft,
    change_choices,
    check_gathered,
    check_live,
    check_not_undone,
    check_open,
    closed,
    draft_of,
    drop_upload,
    gather_choices,
    note_plan,
    unconfirmed,
)
from stocktake.model.draft import GATHERED, Draft
from stocktake.model.errors import Cancelled, NotFound
from stocktake.model.run import RunStatus
from stocktake.ports.progress import Progress, Silence
from stocktake.readers.uploads import gone


class Drafting(Receiving):
    """The part of a book that imports what is uploaded.

    A draft is named by its number, ``draft_id``, which it keeps; ``run_id`` of the run that it becomes may be another one,
    since runs are numbered in the order in which they write. Both numbers find it.
    """

    @needs(Right.IMPORT)
    def choose(self, run_id: int, **choices: Any) -> Draft:
        """Say what a draft's file is, in the words of :meth:`plan`.

        ``record_type, source, mapping`` (a saved one's name), ``columns, reads, accept_suggestions, extra, mends``, and how
        to read it. ``replaces_run``: it takes the place of that run, which was rolled back, with its type, source, strategy,
        mapping and options (:meth:`reimport_plan`, ROL-7).
        What is given takes the place of all that was chosen before; a plan that was shown is outdated (PLN-9).
        Raises ``NotFound`` for an unknown type, source or mapping; ``InvalidInput`` ``bad-option``; and, where the draft is
        past that, ``Busy``, ``StalePlan`` ``plan-used``, ``Cancelled`` ``run-cancelled``.
        """
        draft = self.draft(run_id)
        check_open(draft)
        told = self._known(self._in_place(checked(choices, CHOICES)))
        kept = {name: value for name, value in draft.choices.items() if name not in CHOICES}
        return self._chosen(draft, {**kept, **told})

    @needs(Right.IMPORT)
    def override_draft(
        self,
        run_id: int,
        *,
        retire_skip_ids: Iterable[int] = (),
        reactivate_skip_ids: Iterable[int] = (),
        reactivate_only_external_ids: Iterable[str] | None = None,
        reactivate_ids: Iterable[int] = (),
        overrides: Mapping[str, Any] | None = None,
        same: Mapping[str, int] | None = None,
        new: Iterable[str] = (),
        gather: bool = False,
    ) -> Draft:
        """Decide about single records and rows (INT-3, PLN-8).

        Records not to retire, not to bring back, the only ones to bring back, those to bring back although a person retired
        them (PRE-17); ``overrides``: rows skipped, cells written
        anew, words and what they mean; ``same`` and ``new``: conflicts settled. What is given takes the place of what was
        decided before; the plan that was shown is outdated, preview it again. ``gather``: it stays to be looked at, page
        after page, until it is previewed again; it cannot be confirmed meanwhile (``decisions-gathered``).
        Raises what :meth:`choose` does, and ``InvalidInput`` ``bad-overrides``.
        """
        draft = self.draft(run_id)
        check_open(draft)
        given: dict[str, Any] = {
            "keep": retire_skip_ids,
            "no_reactivate": reactivate_skip_ids,
            "reactivate_only": reactivate_only_external_ids,
            "reactivate": reactivate_ids,
            "overrides": overrides,
            "same": same,
            "new": new,
        }
        told = {name: value for name, value in checked(given, OVERRIDES).items() if value}
        if reactivate_only_external_ids is not None:
            told["reactivate_only"] = list(reactivate_only_external_ids)
        if gather and draft.status is RunStatus.PLANNED and draft.plan_id is not None:
            return self._gathered(draft, told)
        kept = {name: value for name, value in draft.choices.items() if name not in (*OVERRIDES, GATHERED)}
        return self._chosen(draft, {**kept, **told})

    def _gathered(self, draft: Draft, told: Mapping[str, Any]) -> Draft:
        """Decisions kept beside the plan that is shown, as far as they differ from those that it has."""
        planned = {
            name: value for name, value in draft.choices.items() if name in OVERRIDES and value is not None
        }
        rest = {name: value for name, value in draft.choices.items() if name != GATHERED}
        whole = {name: told.get(name) for name in sorted(OVERRIDES)}
        gathered = {GATHERED: whole} if told != planned else {}
        gather_choices(self.store, self.workspace_id, draft, {**rest, **gathered})
        return self.draft(draft.draft_id)

    @needs(Right.IMPORT)
    def preview_draft(
        self,
        run_id: int,
        *,
        is_full_snapshot: bool | None = None,
        progress: Progress | None = None,
        **terms: Any,
    ) -> OpenPlan:
        """Plan a draft's import; nothing of it is written, the plan is kept, and the draft is ``planned`` (PLN-5, INT-3).

        ``is_full_snapshot``: true for a snapshot, false for a merge, or say ``strategy``. ``terms``: those of :meth:`plan`
        that say how to import: ``strategy, duplicates, on_error, on_guard, allow_retire, as_of`` …; what was said of them
        before holds no longer. Guards and rejected rows raise nothing: they are the plan's ``refusal``.

        Raises what :meth:`plan` and :meth:`choose` do; ``NotFound`` ``upload-gone``; ``Cancelled`` if somebody cancels it.
        """
        draft = self.draft(run_id)
        check_open(draft)
        strategy = as_strategy(is_full_snapshot, terms.pop("strategy", None))
        told = {
            name: value for name, value in draft.decided.items() if name not in TERMS and value is not None
        }
        told |= checked({**terms, **strategy}, TERMS)
        name = draft.upload.name
        try:
            with self._file(draft) as path:
                watched = Stoppable(progress or Silence(), self.uploads, name)
                opened = self._draft_planned(path, draft.upload.label, watched, as_asked(told))
                watched.check()
                self.uploads.remove_plans(name)
                place = self.uploads.plan_path(name, opened.plan_id)
                self.save_plan(opened, place)
                save_sheets(opened, place)
                note_plan(self.store, self.workspace_id, draft.draft_id, opened.plan, told)
        except BaseException as error:
            self._give_up(draft, error)
            raise
        return opened

    @needs(Right.VIEW)
    def draft_plan(self, run_id: int) -> OpenPlan:
        """The plan that a draft shows, as it was previewed. Raises ``StalePlan`` ``plan-outdated`` where it shows none."""
        draft = self.draft(run_id)
        if draft.status is not RunStatus.PLANNED or draft.plan_id is None:
            raise unconfirmed(draft, "")
        try:
            saved = plan_file.read(self.uploads.plan_path(draft.upload.name, draft.plan_id))
        except NotFound as error:
            raise gone(draft.upload.label, draft.draft_id) from error
        return OpenPlan(cast(Home, self), saved.plan)

    @overload
    def confirm(
        self, run_id: int, plan_id: str, *, dry_run: Literal[False] = False, progress: Progress | None = None
    ) -> OpenRun: ...
    @overload
    def confirm(
        self, run_id: int, plan_id: str, *, dry_run: Literal[True], progress: Progress | None = None
    ) -> OpenPlan: ...
    @overload
    def confirm(
        self, run_id: int, plan_id: str, *, dry_run: bool, progress: Progress | None = None
    ) -> OpenRun | OpenPlan: ...
    @needs(Right.IMPORT)
    def confirm(
        self, run_id: int, plan_id: str, *, dry_run: bool = False, progress: Progress | None = None
    ) -> OpenRun | OpenPlan:
        """Apply the plan that was shown, and no other; its run. The file is deleted at once (PLN-9, UPL-2).

        ``dry_run`` checks that it could be applied, and writes nothing (INT-3): the plan, as long as it holds.

        Raises ``StalePlan`` (``plan-outdated``: another plan is shown by now, or none; ``plan-used``: somebody else has
        confirmed it; ``stale-plan``), ``InvalidInput`` ``dry-run-only`` (INT-9), ``Busy``, what guards
        refuse, ``NotFound`` ``upload-gone``, and ``Cancelled`` where somebody cancels it before the commit. Then
        nothing was written.
        """
        if not dry_run:
            return self.apply_draft(run_id, plan_id, progress=progress)[1]
        with self._shown(run_id, plan_id) as (draft, opened):
            check_gathered(draft)
            if opened.refusal is not None:
                raise opened.refusal
            return opened

    @needs(Right.IMPORT)
    def apply_draft(
        self, run_id: int, plan_id: str, *, progress: Progress | None = None
    ) -> tuple[OpenPlan, OpenRun]:
        """:meth:`confirm`, with the plan that was applied, whose files are gone by then. Raises what it does."""
        since = perf_counter()
        check_live(self.draft(run_id))
        with self._shown(run_id, plan_id) as (draft, opened):
            watched = Stoppable(progress or Silence(), self.uploads, draft.upload.name)
            own = self._write(
                opened.plan,
                self.by,
                watched,
                beside=lambda _unit, _run_id: watched.check(),
                draft_id=draft.draft_id,
            )
        self._drop_upload(draft.draft_id, "imported")
        return opened, self._finished(own, since)

    @needs(Right.IMPORT)
    def cancel(self, run_id: int) -> OpenRun:
        """Give an import up before its commit: its run, ``cancelled``, its file gone, nothing written (UPL-2).

        One that is being applied is asked to stop, and stays ``applying`` until whoever applies it has heard; what comes too
        late for that is ``applied``. One that is cancelled already stays so.

        Raises ``NotFound``; ``InvalidInput`` ``not-an-upload``, ``too-late-to-cancel``; ``Busy`` ``rolling-back``.
        """
        self.store.check_schema()
        with self._reading() as unit:
            check_not_undone(unit, run_id)
            after = draft_of(unit, run_id)
        if after.status is not RunStatus.APPLYING:
            # Else nothing is written: SQLite's only writer is busy with it.
            after = cancel_draft(self.store, self.workspace_id, after.draft_id, by=self.by, at=self.clock())
        if after.status is RunStatus.APPLYING:
            self.uploads.ask_to_stop(after.upload.name)
        else:
            self.uploads.remove(after.upload.name)
        return self.run(after.run.run_id)

    def _chosen(self, draft: Draft, choices: Mapping[str, Any]) -> Draft:
        change_choices(self.store, self.workspace_id, draft.draft_id, choices)
        self.uploads.remove_plans(draft.upload.name)
        return self.draft(draft.draft_id)

    def _known(self, choices: dict[str, Any]) -> dict[str, Any]:
        """The choices, which name what is declared. Raises ``NotFound``."""
        declared = self.declared()
        if choices.get("record_type") is not None:
            declared.record_type(choices["record_type"])
        if choices.get("source") is not None:
            declared.source_named(choices["source"], choices.get("record_type") or "T")
        mapping = choices.get("mapping")
        if mapping is not None and mapping not in {each.name for each in self.mappings()}:
            raise NotFound(
                "unknown-mapping",
                f'There is no saved mapping "{mapping}".',
                hint="`stocktake mappings` lists them.",
            )
        return choices

    @contextmanager
    def _shown(self, run_id: int, plan_id: str) -> Iterator[tuple[Draft, OpenPlan]]:
        """A draft and the plan that it shows, held against the present, as long as its file is used.

        Raises ``StalePlan`` ``plan-outdated``, ``plan-used``, and what :meth:`_kept_plan` does; ``Cancelled`` where somebody
        cancels it meanwhile.
        """
        draft = self.draft(run_id)
        if draft.plan_id != plan_id or draft.status is not RunStatus.PLANNED:
            raise unconfirmed(draft, plan_id)
        try:
            with self._file(draft) as path:
                yield draft, self._kept_plan(draft, plan_id, path)
        except BaseException as error:
            self._give_up(draft, error)
            raise

    def _kept_plan(self, draft: Draft, plan_id: str, path: Path) -> OpenPlan:
        """The plan that was shown, held against the present. Raises what ``load_plan`` does."""
        try:
            return self.load_plan(self.uploads.plan_path(draft.upload.name, plan_id), path)
        except NotFound as error:
            if error.code != "file-not-found":
                raise
            raise unconfirmed(self.draft(draft.draft_id), plan_id) from error

    def _give_up(self, draft: Draft, error: BaseException) -> None:
        """A preview or an apply has ended with ``error``: if that is because somebody cancelled, say so; the file goes."""
        self.store.abandon()
        now = self.draft(draft.draft_id)
        if now.status is not RunStatus.CANCELLED:
            self.uploads.heed_stop(draft.upload.name)
            return
        drop_upload(self.store, self.workspace_id, self.uploads, now, "cancelled", at=self.clock())
        if not isinstance(error, Cancelled):
            raise closed(now) from error
