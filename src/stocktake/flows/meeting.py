"""Meeting: the rows of a file beside the records they lead to, and what becomes of each (PLN-6, PLN-15, IDN-1)."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from stocktake.cleaning.draft import clean, extras
from stocktake.cleaning.feed import ruled
from stocktake.cleaning.identity import rungs
from stocktake.flows.request import Request
from stocktake.flows.staging import Staged
from stocktake.model.record_type import RecordType
from stocktake.planning import identity, memory, row
from stocktake.planning.change import field_changes
from stocktake.planning.problem import PROBLEMS, collisions, taken_values
from stocktake.planning.table import TABLES
from stocktake.ports.progress import Progress
from stocktake.ports.store import Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """What became of the rows.

    rows: all of them, decided. drafts: the typed values of those that were typed. problems: what is wrong. changes: field
    changes of rows that met a record. candidates: those rows beside their record's values (``f:now``) and memory.
    """

    rows: pl.DataFrame
    drafts: pl.DataFrame
    problems: pl.DataFrame
    changes: pl.DataFrame
    candidates: pl.DataFrame


def meet(unit: Unit, request: Request, staged: Staged, links: pl.DataFrame, progress: Progress) -> Meeting:
    """Find each row's record, type the rows that are new or changed, compare, and let the table decide."""
    record_type = request.record_type
    progress.phase("cleaning", staged.file.rows)
    met = row.met_links(
        staged.rows,
        links,
        unit.retired_records(record_type),
        mapping_id=unit.mapping_id(request.source.name, record_type.name, staged.mapping.version),
        refresh=request.options.refresh,
    )
    drafts, problems = _drafts(request, staged, met, progress)
    progress.phase("planning", staged.file.rows)
    matched, problems = _matched(unit, staged, met, drafts, links, problems, record_type)
    return _decided(unit, request, staged, matched, drafts, problems)


def _drafts(
    request: Request, staged: Staged, met: pl.DataFrame, progress: Progress
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Type the rows that are new or changed, and no others: drafts with ``extra``, and problems."""
    record_type = request.record_type
    wanted = met.filter(~pl.col("settled") & ~pl.col("duplicate")).select("_row")
    fields = staged.fields(record_type)
    empty = {"_row": pl.UInt32, **dict.fromkeys(fields, pl.String), "extra": pl.String}
    drafts, problems = [pl.DataFrame(schema=empty)], [pl.DataFrame(schema=PROBLEMS)]
    for batch in staged.raw:
        part = batch if wanted.height == met.height else batch.join(wanted, on="_row", how="semi")
        progress.advance(batch.height)
        if part.is_empty():
            continue
        cleaned = clean(part, record_type, request.source, staged.mapping)
        kept = (
            extras(part, staged.file.header, staged.mapping)
            if record_type.unmapped == "keep"
            else pl.Series([None] * part.height, dtype=pl.String)
        )
        # What a file calls the record it refers to is text; until it is resolved to an id (IDN-4), it is left blank.
        unresolved = {
            each.field: pl.lit(None, pl.String) for each in record_type.references if each.field in fields
        }
        drafts.append(cleaned.drafts.with_columns(kept.alias("extra"), **unresolved).select(empty.keys()))
        problems.append(cleaned.problems)
    return pl.concat(drafts), pl.concat(problems)


def _matched(
    unit: Unit,
    staged: Staged,
    met: pl.DataFrame,
    drafts: pl.DataFrame,
    links: pl.DataFrame,
    problems: pl.DataFrame,
    record_type: RecordType,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Every row with the record it leads to and whether its keys agree; and all problems."""
    problems = pl.concat([problems, collisions(met, staged.key_column)])
    fields = staged.fields(record_type)
    unique = [name for name in fields if record_type[name].unique]
    needed = list(dict.fromkeys([*(part for rung in record_type.identity for part in rung), *unique]))
    names = tuple(f"_rung{index}" for index in range(len(record_type.identity)))
    unsettled = met.filter(~pl.col("settled") & ~pl.col("duplicate"))
    if not needed or unsettled.is_empty():
        matched = met.with_columns(
            _record_id=pl.col("_link_record"), ambiguous=pl.lit(False), conflicting=pl.lit(False)
        )
        return matched, problems
    stored = unit.identities(record_type, needed)
    ladder = pl.concat([stored.select("_record_id"), rungs(stored, record_type)], how="horizontal")
    climbing = pl.concat([drafts.select("_row"), rungs(drafts, record_type)], how="horizontal")
    found = identity.matches(
        unsettled.select("_row", "_key", "_keyless", "_link_record").join(
            climbing, on="_row", how="left", maintain_order="left"
        ),
        links,
        ladder,
        names,
    )
    matched = (
        met.join(found, on="_row", how="left", maintain_order="left")
        .with_columns(_record_id=pl.coalesce("_record_id", "_link_record"))
        .with_columns(pl.col("ambiguous", "conflicting").fill_null(value=False))
    )
    placed = matched.select("_row", "_line", "_record_id").join(
        drafts, on="_row", how="inner", maintain_order="left"
    )
    for name, column in (
        (each.field, each.column) for each in staged.mapping.columns if each.field in unique
    ):
        clashing = ~(pl.col("ambiguous") | pl.col("conflicting") | pl.col("collision"))
        sound = placed.join(
            matched.filter(clashing).select("_row"), on="_row", how="semi", maintain_order="left"
        )
        taken = taken_values(sound, stored, name, column, record_type[name].label)
        problems = pl.concat([problems, taken])
    return matched, problems


def _decided(
    unit: Unit,
    request: Request,
    staged: Staged,
    matched: pl.DataFrame,
    drafts: pl.DataFrame,
    problems: pl.DataFrame,
) -> Meeting:
    """Compare what was typed with what is stored, and decide."""
    record_type, options = request.record_type, request.options
    fields = staged.fields(record_type)
    all_fields = tuple(each.name for each in record_type.fields)
    faulty = problems.select("_row", _faulty=pl.lit(True)).unique("_row")
    known = matched.join(faulty, on="_row", how="left", maintain_order="left").with_columns(
        valid=pl.col("_faulty").is_null()
    )
    comparable = known.filter(
        pl.col("valid")
        & ~pl.col("settled")
        & ~pl.col("duplicate")
        & ~pl.col("ambiguous")
        & ~pl.col("conflicting")
        & pl.col("_record_id").is_not_null()
    )
    values = unit.record_values(record_type, comparable["_record_id"].unique(), all_fields)
    now = values.rename({name: f"{name}:now" for name in all_fields})
    beside = comparable.join(drafts, on="_row", how="inner", maintain_order="left").join(
        now.drop("_retired", "_retired_by"), on="_record_id", how="inner", maintain_order="left"
    )
    states = values.select("_record_id", "_retired", "_retired_by")
    beside = beside.drop("_retired", "_retired_by").join(
        states, on="_record_id", how="left", maintain_order="left"
    )
    candidates = memory.last_words(
        beside, fields, unit.spoken_fields(record_type.name), all_fields=all_fields
    ).with_columns(_stays=row.stays_retired(options, tracking=request.tracking))
    kind = ruled(record_type, staged.mapping)
    own = memory.own_memory(candidates, kind, fields, all_fields, refresh=options.refresh)
    changes = row.without_status_of_retired(
        field_changes(candidates, kind, fields, refresh=options.refresh), candidates, record_type
    )
    moved = changes.filter("counted").select("_row", changed=pl.lit(True)).unique("_row")
    lifecycle = record_type.lifecycle
    status = [lifecycle.field] if lifecycle is not None and lifecycle.field in fields else []
    facts = (
        known.drop("_retired", "_retired_by")
        .join(states, on="_record_id", how="left", maintain_order="left")
        .join(moved, on="_row", how="left", maintain_order="left")
        .join(own.rename({"_said": "_own_said"}), on="_row", how="left", maintain_order="left")
        .join(drafts.select("_row", *status), on="_row", how="left", maintain_order="left")
        .with_columns(pl.col("changed").fill_null(value=False))
    )
    table = TABLES[request.strategy]
    rows = row.decided(facts, table, record_type, options, tracking=request.tracking).with_columns(
        _back=(~pl.col("_link_present")).fill_null(value=False) & ~pl.col("duplicate")
    )
    return Meeting(rows=rows, drafts=drafts, problems=problems, changes=changes, candidates=candidates)
