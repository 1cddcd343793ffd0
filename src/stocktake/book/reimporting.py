"""Another file in the place of a run that was rolled back (ROL-7)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Unpack

from stocktake.access.right import Right
from stocktake.book.handle import OpenPlan
from stocktake.book.importing import Importing
from stocktake.book.moment import moment_of
from stocktake.book.overriding import chosen_overrides
from stocktake.book.right import needs
from stocktake.catalog.kept_options import options_from_kept
from stocktake.model.errors import InvalidInput
from stocktake.model.options import ImportOptions, OnError, OnGuard, ReadChoices, ReadOptions
from stocktake.model.run import Run, RunKind, RunStatus
from stocktake.ports.progress import Progress
from stocktake.readers.handed import Content


class Reimporting(Importing):
    """The part of a book that imports again."""

    @needs(Right.IMPORT)
    def reimport_plan(
        self,
        run_id: int,
        content: Content,
        *,
        name: str | None = None,
        strategy: str | None = None,
        columns: Iterable[tuple[str, str]] | None = None,
        reads: Iterable[tuple[str, str]] | None = None,
        mapping: str | Path | None = None,
        on_error: str | None = None,
        reject_limit: str | None = None,
        allow_retire: int | None = None,
        on_guard: str | None = None,
        overrides: str | Path | Mapping[str, Any] | None = None,
        as_of: str | datetime | None = None,
        progress: Progress | None = None,
        **reading: Unpack[ReadChoices],
    ) -> OpenPlan:
        """Preview another file in the place of a rolled-back import: with its type, source, strategy, mapping and options.

        What is given here takes the place of what that run was asked for. What was said of its one file, lines to skip,
        records to keep, how many may be retired, is not said again. The new run's ``replaces_run`` is ``run_id``
        (ROL-7).

        Raises what :meth:`plan` does, and ``InvalidInput`` ``not-an-import``, ``not-rolled-back``.
        """
        run = self.run(run_id).run
        _check(run)
        declared = self.declared()
        kind = declared.record_type(run.record_type or "")
        source = declared.source(run.source or "", kind.name)
        true_at = moment_of(as_of, source.time_zone, option="--as-of")
        with self._reading() as unit:
            kept = options_from_kept(unit.options_of(run_id))
        read = ReadOptions(**reading, limits=self.limits)
        given = {
            "columns": None if columns is None else tuple(columns),
            "reads": None if reads is None else tuple(reads),
            "mapping": self._saved(mapping, declared, kind.name, source.name),
            "on_error": OnError(on_error) if on_error else None,
            "on_guard": OnGuard(on_guard) if on_guard else None,
            "reject_limit": reject_limit,
            "allow_retire": allow_retire,
            "as_of": true_at.isoformat() if true_at else None,
            "read": _read(kept.read, read),
            **_overriding(overrides),
        }
        options = replace(
            kept.again(run_id, strategy or _strategy(run, kept)),
            **{name: value for name, value in given.items() if value is not None},
        )
        return self._plan_with(content, kind, source, options, name=name, true_at=true_at, progress=progress)


def _overriding(overrides: str | Path | Mapping[str, Any] | None) -> dict[str, Any]:
    """What the overrides of this file say, if there are any."""
    if overrides is None:
        return {}
    told = chosen_overrides(overrides)
    return {
        "overrides": told.overrides,
        "keep": told.keep,
        "no_reactivate": told.no_reactivate,
        "reactivate_only": told.reactivate_only,
    }


def _check(run: Run) -> None:
    if run.kind is not RunKind.IMPORT:
        raise InvalidInput(
            "not-an-import",
            f"Run {run.run_id} is a {run.kind.replace('-', ' ')}; only an import can be replaced by another file.",
            hint="`stocktake runs` lists the imports.",
        )
    if run.status is not RunStatus.ROLLED_BACK:
        status = run.status.replace("_", " ")
        raise InvalidInput(
            "not-rolled-back",
            f"Run {run.run_id} is {status}, not rolled back, so nothing takes its place.",
            hint=f"Undo it first with `stocktake rollback {run.run_id}`, or import the file over it: "
            f"`stocktake import FILE --type {run.record_type} --source {run.source} --strategy merge`.",
        )


def _strategy(run: Run, kept: ImportOptions) -> str | None:
    """As it was; what deletes and was nobody's word but the source's default is asked for again (PLN-18)."""
    return run.strategy if run.strategy != "replace" else kept.strategy


def _read(before: ReadOptions, now: ReadOptions) -> ReadOptions:
    """How to read: as is said now, else as was said then; within the limits of now."""
    told = {each.name: getattr(now, each.name) for each in fields(now)}
    return replace(before, **{name: value for name, value in told.items() if value not in (None, False)})
