"""Matching: which record each row means, whether its keys agree, and what it may take from another (IDN-1, PACK-1)."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from stocktake.cleaning.identity import rungs
from stocktake.cleaning.key import key_fields
from stocktake.flows.displacing import standing_claims
from stocktake.flows.request import Request
from stocktake.flows.ruling import Matching, check_no_rulings, contested_rows, ruled_rows
from stocktake.flows.staging import Staged
from stocktake.planning import identity, ruling
from stocktake.planning.beside import beside_rows, beside_some, picked
from stocktake.planning.clash import clashes
from stocktake.planning.displacing import no_claims
from stocktake.planning.identity import Rekeys
from stocktake.planning.linked import Linked
from stocktake.planning.problem import PROBLEMS, taken_values
from stocktake.planning.table import TABLES
from stocktake.ports.store import Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """Rows with the record they lead to; what is wrong; which take an identity from others; how those clash that may not.

    ruled: what was decided of rows, as ``ruling.RULED``. contested: to which records the others lead that wait for a person.
    """

    rows: pl.DataFrame
    problems: pl.DataFrame
    ruled: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=ruling.RULED))
    contested: pl.DataFrame | None = None
    claims: pl.DataFrame = field(default_factory=no_claims)
    clashing: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=PROBLEMS))


def matched_rows(
    unit: Unit,
    request: Request,
    staged: Staged,
    met: pl.DataFrame,
    drafts: pl.DataFrame,
    linked: Linked,
    problems: pl.DataFrame,
) -> Matched:
    """Every row with the record it leads to, and whether its keys agree."""
    record_type = request.record_type
    fields = staged.fields(record_type)
    unique = [name for name in fields if record_type[name].unique]
    needed = list(dict.fromkeys([*(part for rung in record_type.identity for part in rung), *unique]))
    names = tuple(f"_rung{index}" for index in range(len(record_type.identity)))
    unsettled = picked(
        met, ~pl.col("settled") & ~pl.col("duplicate"), "_row", "_key", "_keyless", "_link_record"
    )
    if not needed or unsettled.is_empty():
        return _by_link_alone(request, met, problems)
    stored = unit.identities(record_type, needed)
    ladder = pl.concat([stored.select("_record_id"), rungs(stored, record_type)], how="horizontal")
    climbing = pl.concat([drafts.select("_row"), rungs(drafts, record_type)], how="horizontal")
    found = identity.matches(
        beside_some(unsettled, climbing, met.height),
        linked.records(),
        ladder,
        names,
        met["_link_record"].filter(met["settled"]),
        rekeys=_rekeys(request, staged),
        naming=_naming(request, staged),
    )
    told = Matching(
        rows=met, drafts=drafts, found=found, climbing=climbing, stored=stored, ladder=ladder, names=names
    )
    ruled = ruled_rows(unit, request, staged, linked, told)
    found = ruled.found
    taken_over = standing_claims(
        unit, request, found, climbing, stored, picked(met, pl.col("settled"), "_key")
    )
    found = found.with_columns(pl.col("conflicting") & ~pl.col("_row").is_in(taken_over["_row"].implode()))
    claims = pl.concat([ruled.claims, taken_over])
    matched = _with_records(ruling.unlinked(met, ruled.rows), found)
    clear = ~(pl.col("ambiguous") | pl.col("conflicting") | pl.col("collision"))
    for name, column in (
        (each.field, each.column) for each in staged.mapping.columns if each.field in unique
    ):
        rows = picked(matched, clear, "_row", "_line", "_record_id")
        sound = beside_some(rows, drafts.select("_row", name), met.height)
        free = claims.filter(pl.col("field") == name).select("_record_id")
        held = stored.join(free, on="_record_id", how="anti", maintain_order="left")
        taken = taken_values(sound, held, name, column, record_type[name].label)
        problems = pl.concat([problems, taken])
    said = clashes(found, drafts, record_type, staged.headers).join(
        picked(met, pl.lit(value=True), "_row", line="_line"), on="_row", how="left", maintain_order="left"
    )
    return Matched(
        rows=matched,
        problems=problems,
        ruled=ruled.rows,
        contested=contested_rows(unit, request, told, found),
        claims=claims,
        clashing=said.select(PROBLEMS.keys()),
    )


def _with_records(met: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
    """The rows with what was found of those that looked for their record; the others have that of their link."""
    flags = [each for each in ("ambiguous", "conflicting", "rekeying", "ruled") if each in found.columns]
    matched = beside_rows(met, found.select("_row", "_record_id", *flags))
    return matched.with_columns(
        pl.coalesce("_record_id", "_link_record"), *(pl.col(each).fill_null(value=False) for each in flags)
    )


def _by_link_alone(request: Request, met: pl.DataFrame, problems: pl.DataFrame) -> Matched:
    """Rows of which none is to be looked for by an identity."""
    check_no_rulings(request.options.overrides.rulings, "no row of the file is")
    matched = met.with_columns(
        _record_id=pl.col("_link_record"),
        ambiguous=pl.lit(False),
        conflicting=pl.lit(False),
        rekeying=pl.lit(False),
    )
    return Matched(rows=matched, problems=problems)


def _naming(request: Request, staged: Staged) -> tuple[str, ...]:
    """The rungs that are made of the type's external id, where the source's own is another one (PRE-20)."""
    record_type = request.record_type
    key, own = set(key_fields(record_type, request.source, staged.mapping)), set(record_type.external_id)
    return tuple(
        f"_rung{place}"
        for place, rung in enumerate(record_type.identity)
        if set(rung) <= own and not set(rung) <= key
    )


def _rekeys(request: Request, staged: Staged) -> Rekeys | None:
    """Which records may be renamed: only a file that is the whole of its source says that a key is gone (PRE-19)."""
    if not TABLES[request.strategy].sweeps:
        return None
    options, record_type = request.options, request.record_type
    key = set(key_fields(record_type, request.source, staged.mapping))
    return Rekeys(
        ids=options.rekey,
        all=options.rekey_all or record_type.rekey == "auto",
        rungs=tuple(f"_rung{place}" for place, rung in enumerate(record_type.identity) if key >= set(rung)),
    )
