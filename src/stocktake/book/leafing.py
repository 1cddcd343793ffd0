"""The plan that a draft shows, page by page: what people review before they say yes (PLN-6, ERR-2)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import polars as pl

from stocktake.access.right import Right
from stocktake.book import plan_file, plan_sheets
from stocktake.book.drafting import Drafting
from stocktake.book.handle import Home, OpenPlan
from stocktake.book.right import needs
from stocktake.flows.drafting import unconfirmed
from stocktake.model.errors import NotFound
from stocktake.model.run import RunStatus
from stocktake.readers.uploads import gone


class Leafing(Drafting):
    """The part of a book that leafs through plans. Nothing here opens more of a plan than it shows."""

    @needs(Right.VIEW)
    def draft_head(self, run_id: int) -> OpenPlan:
        """The plan that a draft shows, without its rows: counts, guards, warnings, options, and why it may not be applied.

        Raises ``StalePlan`` ``plan-outdated`` where it shows none.
        """
        with self._shown_at(run_id) as path:
            return OpenPlan(cast(Home, self), plan_file.read_head(path))

    @needs(Right.VIEW)
    def draft_rows(
        self, run_id: int, decision: str | None = None, *, limit: int = 50, offset: int = 0
    ) -> tuple[pl.DataFrame, int]:
        """Some rows of that plan, in order, and how many there are; ``decision`` narrows them. Raises as :meth:`draft_head`.

        The columns of ``OpenPlan.decisions``, and ``problems``: what is wrong with a rejected row.
        """
        with self._shown_at(run_id) as path:
            return plan_sheets.row_page(path, decision, limit=limit, offset=offset)

    @needs(Right.VIEW)
    def draft_troubles(self, run_id: int) -> plan_sheets.Troubles:
        """What is wrong with the rows of that plan, by kind, most frequent first (ERR-2). Raises as :meth:`draft_head`."""
        with self._shown_at(run_id) as path:
            return plan_sheets.troubles_of(path)

    @needs(Right.VIEW)
    def draft_problems(
        self, run_id: int, group: str | None = None, *, limit: int = 50, offset: int = 0
    ) -> tuple[pl.DataFrame, int]:
        """Some problems of its rows, in the order of the file, and how many there are; ``group`` of :meth:`draft_troubles`.

        ``line, external_id, name, column, value, code, message, group``. Raises as :meth:`draft_head`.
        """
        with self._shown_at(run_id) as path:
            return plan_sheets.problem_page(path, group, limit=limit, offset=offset)

    @needs(Right.VIEW)
    def draft_changes(self, run_id: int, record_ids: Sequence[int]) -> pl.DataFrame:
        """What becomes of some records: ``record_id, field, before, after``. Raises as :meth:`draft_head`."""
        with self._shown_at(run_id) as path:
            return plan_sheets.changes_of(path, record_ids)

    @needs(Right.VIEW)
    def draft_values(self, run_id: int, lines: Sequence[int]) -> pl.DataFrame:
        """What the new records of some lines will say: ``line`` and a column per field (PLN-6).

        Raises as :meth:`draft_head`.
        """
        with self._shown_at(run_id) as path:
            return plan_sheets.values_of(path, lines)

    @needs(Right.VIEW)
    def draft_returns(self, run_id: int, *, limit: int = 50, offset: int = 0) -> tuple[pl.DataFrame, int]:
        """Rows whose retired records stay retired (PRE-26), and how many: ``line, external_id, name, record_id, why``.

        ``why``: ``ruled-out`` by the operator of this import, ``not-named`` among those alone that come back, or
        ``by-person``, who had retired it. Raises as :meth:`draft_head`.
        """
        with self._shown_at(run_id) as path:
            return plan_sheets.returns_page(path, limit=limit, offset=offset)

    @needs(Right.VIEW)
    def draft_conflicts(self, run_id: int, lines: Sequence[int]) -> pl.DataFrame:
        """``OpenPlan.conflicts`` of the rows at some lines (PRE-20). Raises as :meth:`draft_head`."""
        with self._shown_at(run_id) as path:
            return plan_sheets.conflicts_of(path, lines)

    @contextmanager
    def _shown_at(self, run_id: int) -> Iterator[Path]:
        """Where the plan that a draft shows lies. Raises ``StalePlan`` ``plan-outdated``, ``NotFound`` ``upload-gone``."""
        draft = self.draft(run_id)
        if draft.status is not RunStatus.PLANNED or draft.plan_id is None:
            raise unconfirmed(draft, "")
        try:
            yield self.uploads.plan_path(draft.upload.name, draft.plan_id)
        except (FileNotFoundError, NotFound) as error:
            raise gone(draft.upload.label, draft.draft_id) from error
