"""The JSON of an import, exactly as interfaces.md promises it, for the command line and the web (INT-2, INT-10)."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping as Dictionary
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import polars as pl

from stocktake.interfaces.wording import new_option, same_option
from stocktake.model.column_decision import ColumnDecision
from stocktake.model.decision import Action
from stocktake.model.key import KeyFacts
from stocktake.model.mapping import Mapping
from stocktake.model.plan import Plan
from stocktake.model.run import Run
from stocktake.model.suggestion import Advice
from stocktake.reporting.column_decision import sentence_of
from stocktake.reporting.statistic import statistic_document

if TYPE_CHECKING:
    from stocktake.book import Home, OpenPlan

#: Lists of a document hold so many entries at most (interfaces.md).
SHOWN = 100

COUNTS: tuple[str, ...] = (
    "rows",
    *(each.value for each in Action),
    "without_external_id",
    "reappeared",
    "relinked",
    "stubs",
    "kept_by_hand",
    "outranked",
    "handed_on",
    "displaced",
    "settled",
)

#: The phases of a flow under the names of the document's ``timings``.
_TIMINGS = {
    "reading": "read",
    "cleaning": "clean",
    "staging": "stage",
    "planning": "plan",
    "applying": "apply",
    "recording": "apply",
}


def import_document(
    opened: OpenPlan,
    *,
    status: str,
    dry_run: bool,
    run: Run | None = None,
) -> dict[str, Any]:
    """What ``plan`` and ``import`` print under ``--json``; of an applied ``run`` what the database says of it (APP-5)."""
    plan, run_id = opened.plan, run.run_id if run else None
    counts, phases = (run.stats, run.phases) if run else (plan.counts, plan.timings)
    return {
        "status": status,
        "dry_run": dry_run,
        "run_id": run_id,
        "plan_id": plan.plan_id,
        "workspace": plan.workspace,
        "record_type": plan.record_type.name,
        "source": plan.source.name,
        "strategy": plan.strategy,
        "file": _file(plan),
        "mapping": mapping_document(plan.mapping) | advice_document(plan.advice, plan.key),
        "column_decisions": decisions_document(plan.decisions),
        "statistics": [statistic_document(each) for each in plan.statistics],
        "counts": {name: counts.get(name, 0) for name in COUNTS},
        "deduplication": asdict(plan.deduplication),
        "guards": [
            {
                "code": each.code,
                "blocked": each.blocked,
                "message": each.message,
                "numbers": each.numbers,
            }
            for each in plan.guards
        ],
        "warnings": [
            {
                "code": each.code,
                "message": each.message,
                "count": each.count,
                "rows": list(each.rows[:SHOWN]),
            }
            for each in plan.warnings
        ],
        "errors": errors_of(plan, SHOWN),
        "history": opened.history(details=SHOWN),
        "timings": timings_of(phases),
        "records": _records(opened, run_id),
    }


def mapping_document(mapping: Mapping) -> dict[str, Any]:
    """A mapping for programs; its hash is the ``mapping_version`` (LIN-7).

    A field that several columns feed stands once for each of them, in their order; one that every row says without a
    column has ``column`` null, ``how`` constant, and its ``value``.
    """
    fed = [
        {"column": column, "field": each.field, "confidence": each.confidence, "how": each.how}
        for each in mapping.columns
        for column in each.headers
    ]
    said = [
        {"column": None, "field": name, "confidence": 1.0, "how": "constant", "value": value}
        for name, value in mapping.constants.items()
    ]
    return {
        "columns": [*fed, *said],
        "unmapped": [column for _, column in mapping.unmapped],
        "hash": mapping.version,
    }


def decisions_document(decisions: Iterable[ColumnDecision]) -> list[dict[str, Any]]:
    """How columns are read, with the cell that shows it; ``formats`` is empty where they are as their type reads anyhow."""
    return [
        {**asdict(each), "formats": list(each.formats), "message": sentence_of(each)} for each in decisions
    ]


def advice_document(advice: Advice, key: KeyFacts | None) -> dict[str, Any]:
    """What a mapping says beside its columns.

    ``suggestions``: columns that may feed a field (MAP-1); ``drift``: against the saved mapping, if any (MAP-4); ``key``:
    what the external id is like, null where no column feeds it (MAP-5).
    """
    drift = advice.drift
    return {
        "suggestions": [asdict(each) for each in advice.suggestions[:SHOWN]],
        "drift": None if drift is None else asdict(drift),
        "key": None if key is None else asdict(key),
    }


def errors_of(plan: Plan, limit: int) -> list[dict[str, Any]]:
    """The first problems of a plan: ``row`` (the line a person sees), ``column, value, code, message`` (ERR-2)."""
    found = plan.frames.problems.head(limit)
    return found.select("column", "value", "code", "message", row="line").to_dicts()


def timings_of(phases: Dictionary[str, float]) -> dict[str, float]:
    """Seconds per phase, under the names of interfaces.md; 0 for a phase that did not happen."""
    timings = dict.fromkeys(_TIMINGS.values(), 0.0)
    for name, seconds in phases.items():
        short = _TIMINGS.get(name, name)
        timings[short] = round(timings.get(short, 0.0) + seconds, 4)
    return timings


def _file(plan: Plan) -> dict[str, Any]:
    file = plan.file
    return {
        "name": file.name,
        "sha256": file.sha256,
        "format": file.format,
        "encoding": file.encoding,
        "delimiter": file.delimiter,
        "sheet": file.sheet,
        "rows": file.rows,
    }


def _records(opened: OpenPlan, run_id: int | None) -> dict[str, list[dict[str, Any]]]:
    """The first records of each decision; those a run created carry the ids they got (APP-5)."""
    found = opened.first_decisions(SHOWN).select(
        "record_id", "name", "external_id", "reason", "action", "line"
    )
    heads = {each.value: found.filter(pl.col("action") == each.value) for each in Action}
    created = heads[Action.CREATE.value]
    if run_id is not None and not created.is_empty():
        ids = _created_ids(opened.book, run_id, created["line"])
        heads[Action.CREATE.value] = created.drop("record_id").join(
            ids, on="line", how="left", maintain_order="left"
        )
    told = {
        name: head.select("record_id", "name", "external_id", "reason").to_dicts()
        for name, head in heads.items()
    }
    for action in (Action.CONFLICT.value, Action.AMBIGUOUS.value):
        told[action] = _with_choices(opened, heads[action])
    return told | {"displaced": _displaced(opened)}


def _with_choices(opened: OpenPlan, head: pl.DataFrame) -> list[dict[str, Any]]:
    """Rows that wait for a person, with the records that each may be, and the options that say so (PRE-20)."""
    if head.is_empty():
        return []
    found = opened.conflicts(SHOWN)
    told = {line: mine.to_dicts() for (line,), mine in found.group_by("line", maintain_order=True)}
    items = []
    for item in head.select("record_id", "name", "external_id", "reason", "line").to_dicts():
        own, *records = told[item["line"]]
        candidates = [
            {name: each[name] for name in ("record_id", "name", "found_by", "values")}
            | {"option": same_option(own["row"], each["record_id"])}
            for each in records
        ]
        items.append(
            {**item, "values": own["values"], "candidates": candidates, "option": new_option(own["row"])}
        )
    return items


def _displaced(opened: OpenPlan) -> list[dict[str, Any]]:
    """The records from which rows take an identity, in the shape of the others (PACK-1)."""
    to = pl.coalesce(pl.format("record {}", "to_record"), pl.lit("a new record"))
    why = pl.format('{} "{}" becomes "{}": line {} gives it to {}', "field", "before", "after", "line", to)
    nothing = pl.lit(None, dtype=pl.String)
    found = opened.displaced().head(SHOWN).select("record_id", "name", external_id=nothing, reason=why)
    return found.to_dicts()


def _created_ids(book: Home, run_id: int, lines: pl.Series) -> pl.DataFrame:
    """``line, record_id`` of the rows at ``lines``, from what the run kept of them."""
    wanted = lines.to_frame("line")
    found = pl.DataFrame(schema={"line": lines.dtype, "record_id": pl.Int64})
    with book.listing() as unit:
        for chunk in unit.raw_chunks(run_id):
            rows = chunk.select(pl.col("line").cast(lines.dtype), pl.col("record_id").cast(pl.Int64))
            found = pl.concat([found, wanted.join(rows, on="line", how="inner")])
            if found.height >= wanted.height:
                break
    return found
