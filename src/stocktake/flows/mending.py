"""Mending: rejected rows that come back as a file of their own, and the run they belong to (ERR-3)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from stocktake.flows.request import Request
from stocktake.model.errors import InvalidInput, NotFound
from stocktake.model.options import ImportOptions, OnConflict
from stocktake.model.problem import Warning
from stocktake.model.run import Mended, Run, RunKind, RunStatus
from stocktake.planning.table import TABLES
from stocktake.ports.store import Unit
from stocktake.reporting.warning import mended_file

#: Among so many runs of the source the one is looked for that a file may mend.
_LOOKED_AT = 50


def run_to_mend(unit: Unit, run_id: int, *, source: str | None, record_type: str | None) -> Run:
    """The run whose rejected rows a file holds; source and record type, where they are named, must be its own.

    Raises ``NotFound`` ``unknown-run``, ``InvalidInput`` ``nothing-to-mend`` or ``mends-other-source``.
    """
    found = unit.runs(limit=1, run_id=run_id)
    if not found:
        raise NotFound(
            "unknown-run", f"There is no run {run_id}.", hint="List the runs with `stocktake runs`."
        )
    run = found[0]
    if run.kind is not RunKind.IMPORT or run.status is not RunStatus.APPLIED:
        raise InvalidInput(
            "nothing-to-mend",
            f"Run {run_id} is {'an import that is' if run.kind is RunKind.IMPORT else f'of kind {run.kind}, and'} "
            f"{run.status.replace('_', ' ')}: it left no rows out that could be mended.",
            hint="Name an applied import that rejected rows, or import the whole file again without --mends.",
        )
    if not run.rejected:
        raise InvalidInput(
            "nothing-to-mend",
            f"Run {run_id} rejected no rows.",
            hint="`stocktake runs` shows which runs did, under failed.",
        )
    if (source or run.source, record_type or run.record_type) != (run.source, run.record_type):
        raise InvalidInput(
            "mends-other-source",
            f"Run {run_id} imported {run.record_type} records from {run.source}, not {record_type or run.record_type} "
            f"records from {source or run.source}.",
            hint="Leave --type and --source away: both are those of the run that is mended.",
        )
    return run


def as_mended(options: ImportOptions, run: Run, earlier: ImportOptions) -> ImportOptions:
    """``options``, with what the mended run was told where they say nothing else; its rows are merged, or appended again.

    earlier: the options of that run. What it was told of single lines and cells is not of this file.
    """
    told = (
        options.overrides
        if options.overrides.values
        else replace(options.overrides, values=earlier.overrides.values)
    )
    usual = "reject"
    return replace(
        options,
        strategy=options.strategy or ("append" if run.strategy == "append" else "merge"),
        columns=options.columns or earlier.columns,
        reads=options.reads or earlier.reads,
        mapping=options.mapping or earlier.mapping,
        duplicates=earlier.duplicates if options.duplicates == usual else options.duplicates,
        overrides=told,
        on_conflict=earlier.on_conflict if options.on_conflict is OnConflict.REVIEW else options.on_conflict,
        flow=options.flow or earlier.flow,
        accept_suggestions=earlier.accept_suggestions
        if options.accept_suggestions is None
        else options.accept_suggestions,
        extra=options.extra or earlier.extra,
        mends=run.run_id,
    )


def check_partial(request: Request, *, mended: bool) -> None:
    """Refuse to take rejected rows for all that a source has. Raises ``InvalidInput`` ``mended-rows-are-few``.

    mended: whether the file carries the marks of rejected rows, if that is known by now.
    """
    if not TABLES[request.strategy].sweeps or not (mended or request.options.mends is not None):
        return
    mends = request.options.mends
    whose = f"the rows that run {mends} rejected" if mends else "rejected rows, as its marks say"
    raise InvalidInput(
        "mended-rows-are-few",
        f"{request.name} holds only {whose}; imported as {request.strategy}, it would say that {request.source.name} has "
        "nothing else any more. Nothing was written.",
        hint="Leave --strategy away: mended rows are merged."
        if mends
        else "Say which run it mends with --mends RUN (`stocktake runs` lists them); mended rows are merged.",
    )


def suggested(unit: Unit, request: Request, header: tuple[str, ...]) -> tuple[Warning, ...]:
    """That a file with the marks of rejected rows does not say which run it mends; the newest run it may mend."""
    if request.options.mends is not None:
        return ()
    runs = unit.runs(limit=_LOOKED_AT, source=request.source.name, record_type=request.record_type.name)
    like = [
        each.run_id
        for each in runs
        if each.kind is RunKind.IMPORT and each.status is RunStatus.APPLIED and each.rejected
        if each.file is not None and each.file.header == header
    ]
    return (mended_file(like[0] if like else None),)


def with_mended(unit: Unit, runs: Iterable[Run]) -> list[Run]:
    """The runs, each with what became of the rows it rejected: imported by runs that mend it, or that mend those.

    Rows are not followed one by one: what mending runs have imported counts, up to as many as were rejected.
    """
    told = list(runs)
    mending: dict[int, list[Run]] = defaultdict(list)
    new, asked = [each.run_id for each in told if each.rejected], set[int]()
    while new:
        found = unit.mending_runs(new)
        asked.update(new)
        for each in found:
            mending[each.mends_run or 0].append(each)
        new = [each.run_id for each in found if each.rejected and each.run_id not in asked]
    return [replace(each, mended=_mended(each, mending)) for each in told]


def _mended(run: Run, mending: dict[int, list[Run]]) -> Mended | None:
    later = _followed(run.run_id, mending)
    if not later:
        return None
    new = [each.stats for each in later if each.content_run is None]
    imported = sum(each.get("rows", 0) - each.get("errors", 0) - each.get("skip", 0) for each in new)
    return Mended(rows=min(run.rejected, imported), by=tuple(sorted(each.run_id for each in later)))


def _followed(run_id: int, mending: dict[int, list[Run]]) -> list[Run]:
    return [one for each in mending[run_id] for one in (each, *_followed(each.run_id, mending))]
