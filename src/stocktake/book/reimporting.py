"""Another file in the place of a run that was rolled back (ROL-7)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, Unpack

from stocktake.access.right import Right
from stocktake.book.choosing import CHOICES, checked
from stocktake.book.handle import OpenPlan
from stocktake.book.importing import Importing, as_confidence, as_extra, as_on_conflict
from stocktake.book.moment import moment_of
from stocktake.book.overriding import chosen_overrides, settled
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
        duplicates: str | None = None,
        on_conflict: str | None = None,
        on_error: str | None = None,
        reject_limit: str | None = None,
        allow_retire: int | None = None,
        accept_baseline: bool | None = None,
        on_guard: str | None = None,
        keep: Iterable[int] = (),
        no_reactivate: Iterable[int] = (),
        reactivate_only: Iterable[str] | None = None,
        reactivate: Iterable[int] = (),
        overrides: str | Path | Mapping[str, Any] | None = None,
        rekey: Iterable[int] | Literal["all"] | None = None,
        same: Mapping[str, int] | Iterable[tuple[str, int]] = (),
        new: Iterable[str] = (),
        accept_suggestions: float | None = None,
        extra: str | None = None,
        refresh: bool | None = None,
        as_of: str | datetime | None = None,
        flow: str | None = None,
        phase: str | None = None,
        progress: Progress | None = None,
        **reading: Unpack[ReadChoices],
    ) -> OpenPlan:
        """Preview another file in the place of a rolled-back import: with its type, source, strategy, mapping and options.

        What is given here, in the words of :meth:`plan`, takes the place of what that run was asked for. What was said of
        its one file, lines to skip, records to keep, how many may be retired, is not said again. The new run's
        ``replaces_run`` is ``run_id`` (ROL-7).

        Raises what :meth:`plan` does, and ``InvalidInput`` ``not-an-import``, ``not-rolled-back``.
        """
        run = self._replaceable(run_id)
        declared = self.declared()
        kind = declared.record_type(run.record_type or "")
        source = declared.source(run.source or "", kind.name)
        true_at = moment_of(as_of, source.time_zone, option="--as-of")
        kept = self._kept_options(run_id)
        again = kept.again(run_id, strategy or _strategy(run, kept))
        given = {
            "columns": None if columns is None else tuple(columns),
            "reads": None if reads is None else tuple(reads),
            "mapping": self._saved(mapping, declared, kind.name, source.name),
            "duplicates": duplicates,
            "on_conflict": as_on_conflict(on_conflict) if on_conflict else None,
            "on_error": OnError(on_error) if on_error else None,
            "on_guard": OnGuard(on_guard) if on_guard else None,
            "reject_limit": reject_limit,
            "allow_retire": allow_retire,
            "accept_baseline": accept_baseline,
            **_rekeyed(rekey),
            "accept_suggestions": as_confidence(accept_suggestions),
            "extra": as_extra(extra),
            "refresh": refresh,
            "as_of": true_at.isoformat() if true_at else None,
            "flow": self._flow(flow, phase, kind),
            "read": _read(kept.read, ReadOptions(**reading, limits=self.limits)),
        }
        rows = chosen_overrides(overrides)
        options = replace(
            again,
            keep=(*keep, *rows.keep),
            no_reactivate=(*no_reactivate, *rows.no_reactivate),
            reactivate_only=rows.reactivate_only if reactivate_only is None else tuple(reactivate_only),
            reactivate=(*reactivate, *rows.reactivate),
            overrides=settled(again.overrides if overrides is None else rows.overrides, same, new),
            **{name: value for name, value in given.items() if value is not None},
        )
        return self._plan_with(content, kind, source, options, name=name, true_at=true_at, progress=progress)

    def _draft_planned(self, path: Path, name: str, progress: Progress, asked: dict[str, Any]) -> OpenPlan:
        """The plan of a draft; of one that takes the place of a run, with what that was asked for (ROL-7)."""
        replaced = asked.pop("replaces_run", None)
        if replaced is None:
            return self.plan(path, name=name, progress=progress, **asked)
        of_run = {"record_type", "source"}
        given = {key: value for key, value in asked.items() if key not in of_run}
        return self.reimport_plan(replaced, path, name=name, progress=progress, **given)

    def _in_place(self, choices: dict[str, Any]) -> dict[str, Any]:
        """The choices, with those of the run that the file takes the place of, where there is one (ROL-7).

        Raises ``NotFound``; ``InvalidInput`` ``bad-option``, ``not-an-import``, ``not-rolled-back``.
        """
        if choices.get("replaces_run") is None:
            return choices
        run = self._replaceable(choices["replaces_run"])
        was = {"record_type": run.record_type, "source": run.source}
        wrong = [name for name, value in was.items() if choices.get(name) not in (None, value)]
        if wrong or choices.get("mends") is not None:
            raise InvalidInput(
                "bad-option",
                f"A file in the place of run {run.run_id} is of its type and source, {run.record_type} from {run.source}, "
                "and mends no other run.",
                hint="Leave record_type, source and mends out beside replaces_run, or leave that out.",
            )
        kept = self._kept_options(run.run_id)
        read = {name: getattr(kept.read, name) for name in ReadChoices.__annotations__}
        told = {**was, "columns": kept.columns or None, "reads": kept.reads or None, **read}
        prefilled = {name: value for name, value in told.items() if value not in (None, False)}
        given = {name: value for name, value in choices.items() if value is not None}
        return checked({**prefilled, **given}, CHOICES)

    def _replaceable(self, run_id: int) -> Run:
        """A run that another file may take the place of. Raises what :meth:`reimport_plan` does."""
        run = self.run(run_id).run
        _check(run)
        return run

    def _kept_options(self, run_id: int) -> ImportOptions:
        with self._reading() as unit:
            return options_from_kept(unit.options_of(run_id))


def _rekeyed(rekey: Iterable[int] | Literal["all"] | None) -> dict[str, Any]:
    if rekey is None:
        return {}
    return {"rekey_all": True} if rekey == "all" else {"rekey": tuple(rekey)}


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
