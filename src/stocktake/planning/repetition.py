"""Fast ways out: a file that says again what its source said last (PLN-16, PLN-22)."""

from __future__ import annotations

import hashlib
from array import array
from dataclasses import replace

import polars as pl

from stocktake._version import __version__
from stocktake.model.decision import Action
from stocktake.model.options import ImportOptions, OnError, OnGuard, Overrides
from stocktake.model.plan import Plan, PlanFrames
from stocktake.model.record_type import RecordType
from stocktake.model.source import Source
from stocktake.planning import memory, row, sweep
from stocktake.planning.assembly import no_rows
from stocktake.planning.change import CHANGES
from stocktake.planning.packed import Packed
from stocktake.planning.problem import PROBLEMS

#: Decisions after which the same rows would not simply be unchanged.
_LOUD = (
    "reject",
    "duplicate",
    "conflict",
    "ambiguous",
    "skip",
    "held",
    "suppressed",
    "without_external_id",
)

#: Bytes of half a row hash.
_HALF = 8
#: Hashes that are Python values at a time.
_SLICE = 100_000


def rules_hash(record_type: RecordType, source: Source, strategy: str, options: ImportOptions) -> str:
    """sha256 of all that says what a row means beside its cells; equal rules and equal cells give equal decisions.

    Options that only allow or limit (guards, rejects) are no rules. The version stands for the code.
    """
    ruling = replace(
        options,
        strategy=None,
        allow_retire=None,
        accept_baseline=False,
        on_guard=OnGuard.REFUSE,
        on_error=OnError.FAIL,
        reject_limit="",
        replaces_run=None,
    )
    said = repr((__version__, record_type, source, strategy, ruling))
    return hashlib.sha256(said.encode()).hexdigest()


def row_digest(hashes: pl.Series) -> str:
    """sha256 over the row hashes, their first and their second halves sorted: equal for the same rows in any order.

    64 hexadecimal digits. Halves are numbers, which are sorted in half the time that hashes take.
    """
    digest, each = hashlib.sha256(str(hashes.len()).encode()), pl.col("hash").bin
    halves = hashes.alias("hash").to_frame().select(first=each.head(_HALF), second=each.tail(_HALF))
    for half in halves.select(pl.all().bin.reinterpret(dtype=pl.UInt64, endianness="big")):
        ordered = half.sort()
        for start in range(0, ordered.len(), _SLICE):
            digest.update(array("Q", ordered.slice(start, _SLICE).to_list()))
    return digest.hexdigest()


def overridden(options: ImportOptions) -> bool:
    """Whether the operator decided something beside the rules: then no file is told by its content alone."""
    row_by_row = options.overrides != Overrides() or options.keep or options.no_reactivate
    row_by_row = row_by_row or options.reactivate
    renamed = options.rekey or options.rekey_all
    return bool(row_by_row or renamed or options.reactivate_only is not None or options.refresh)


def repeatable(plan: Plan) -> bool:
    """Whether the same rows would all be unchanged if they came again next."""
    loud = any(plan.counts.get(name) for name in _LOUD)
    references = plan.frames.references
    loud |= references is not None and not references.unresolved.is_empty()
    return plan.file.complete and plan.strategy != "append" and not loud and not overridden(plan.options)


def counts_again(rows: int) -> dict[str, int]:
    """The numbers of a file of ``rows`` rows that says nothing new."""
    numbers = dict.fromkeys((each.value for each in Action), 0)
    others = dict.fromkeys(("without_external_id", "fields", "cleared", "reappeared"), 0)
    return {"rows": rows, **numbers, "unchanged": rows, **others, "displaced": 0, "settled": 0}


def no_frames(record_type: RecordType) -> PlanFrames:
    """The frames of a plan that touches nothing."""
    text, number = pl.String, pl.Int64
    keyed = {"_row": pl.UInt32, "_key": text, "_key_raw": text, "_keyless": pl.Boolean, "_hash": pl.Binary}
    absent = {"_key": text, "_record_id": number, "_version": number, "_action": text, "_rule": text}
    labels = {"_name": text, "_external": text, "_elsewhere": text, "_waited": pl.Boolean}
    lifecycle = [record_type.lifecycle.field] if record_type.lifecycle else []
    values = dict.fromkeys((*record_type.tracked, *lifecycle), text)
    return PlanFrames(
        rows=no_rows(),
        creates=pl.DataFrame(schema={**keyed, "_line": pl.UInt32, "_retires": pl.Boolean}),
        updates=row.writes(
            row.no_candidates(record_type).with_columns(_action=pl.lit(None, dtype=text)),
            pl.DataFrame(schema=CHANGES),
            record_type,
        ),
        changes=pl.DataFrame(
            schema={"_record_id": number, "_action": text}
            | {name: CHANGES[name] for name in ("field", "before", "after", "counted")}
        ),
        absent=pl.DataFrame(schema={**absent, **labels, **values}),
        adoptions=pl.DataFrame(schema={**keyed, "_record_id": number, "_said": text, "_version": number}),
        restated=pl.DataFrame(schema={"_key": text, "_hash": pl.Binary, "_said": text, "_spoke": pl.Boolean}),
        seen=pl.DataFrame(schema={"_key": text}),
        overwritten=pl.DataFrame(schema=memory.OVERWRITTEN),
        problems=pl.DataFrame(schema=PROBLEMS),
        history=pl.DataFrame(schema=sweep.HISTORY),
        drafts=Packed(),
        cells=Packed(),
        summary=pl.DataFrame(),
    )
