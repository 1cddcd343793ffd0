"""Hand edits, and where each value of a record comes from (PRE-24)."""

from __future__ import annotations

from collections.abc import Mapping
from time import perf_counter

import polars as pl

from stocktake.access.right import Right
from stocktake.book.by_hand import edit_request
from stocktake.book.ground import Ground
from stocktake.book.handle import OpenRun
from stocktake.book.right import needs
from stocktake.flows.editing import EditPreview, edit, preview_edit
from stocktake.flows.record_history import unknown_record
from stocktake.flows.record_origin import record_origin


class Editing(Ground):
    """The part of a book that a person writes by hand."""

    @needs(Right.VIEW)
    def preview_edit(self, record_type: str, record_id: int, values: Mapping[str, object]) -> EditPreview:
        """What :meth:`edit_record` would change; nothing is written. Raises ``NotFound`` and ``InvalidInput`` likewise."""
        request = edit_request(self.declared(), record_type, record_id, values)
        with self._reading() as unit:
            return preview_edit(unit, request)

    @needs(Right.EDIT)
    def edit_record(
        self,
        record_type: str,
        record_id: int,
        values: Mapping[str, object],
        *,
        by: str | None = None,
        reason: str | None = None,
        version: int | None = None,
    ) -> OpenRun:
        """Change fields of one record by hand, in a run that can be rolled back (PRE-24); ``None`` clears a field.

        Sources speak again only when they change what they say, and where the field is ``locked`` not at all. The status
        that means retired retires the record, and no source brings back what a person retired (PRE-17). ``version``: that
        of the preview which was shown, if the record must not have changed since.

        Raises ``NotFound`` ``unknown-record``; ``InvalidInput`` ``unknown-field``, ``values-rejected`` (with all that is
        wrong in ``details["errors"]``), ``nothing-to-change``; ``StalePlan`` and ``Busy``. Then nothing was written.
        """
        since = perf_counter()
        self.store.check_schema()
        run_id = edit(
            self.store,
            self.workspace_id,
            edit_request(self.declared(), record_type, record_id, values),
            by=by or self.by,
            reason=reason,
            version=version,
            clock=self.clock,
        )
        return self._finished(run_id, since)

    @needs(Right.VIEW)
    def provenance(self, record_type: str, record_id: int) -> pl.DataFrame:
        """Where each value of a record comes from, a line per field (PRE-24).

        ``field, value, how`` (import, edit, review …), ``source, by, run_id, at, kept_by_hand``, and ``differing``: a list
        of ``source, value`` of those that say something else. Raises ``NotFound`` ``unknown-record``.
        """
        declared = self.declared()
        kind = declared.record_type(record_type)
        with self._reading() as unit:
            if record_type not in declared.stored_record_types:
                raise unknown_record(kind, record_id)
            return record_origin(unit, kind, record_id)
