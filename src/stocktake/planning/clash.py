"""What is wrong with rows whose keys lead to several records, as sentences that name these (PLN-6, ERR-2, IDN-1)."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from stocktake.model.record_type import RecordType
from stocktake.planning.problem import PROBLEMS

#: So many records are named.
_NAMED = 5
#: Why a row conflicts with the record that it leads to, as ``identity.matches`` says.
_WHY = {
    "contradicted": "which goes by another {}. Correct the one that is wrong.",
    "renamed": "which goes by another {}. Say which record it is with --same or --new, or correct the one that is wrong.",
    "known": "which this source has under another external id. Correct the one that is wrong.",
    "shared": "and so does another row of this file. Correct the one that is wrong.",
}


def clashes(
    found: pl.DataFrame, drafts: pl.DataFrame, record_type: RecordType, headers: Mapping[str, str]
) -> pl.DataFrame:
    """One problem for each row that conflicts or is ambiguous: ``_row, column, field, value, code, message``.

    found: as ``identity.matches`` gives it. drafts: ``_row`` and the parts of identities, as text. headers: field → column.
    """
    parts = [pl.DataFrame(schema=PROBLEMS).drop("line"), _linked(found, record_type)]
    for place, rung in enumerate(record_type.identity):
        if not set(rung) <= set(drafts.columns):
            continue
        told = _told(found, place, rung, record_type)
        value = pl.concat_str([pl.col(name) for name in rung], separator=", ")
        shown = drafts.select("_row", _value=value)
        header = headers.get(rung[0]) if len(rung) == 1 else None
        label = "" if header else ", ".join(record_type[name].label for name in rung) + " "
        parts.append(
            told.join(shown, on="_row", how="inner", maintain_order="left").select(
                "_row",
                column=pl.lit(header, dtype=pl.String),
                field=pl.lit(rung[0] if header else None, dtype=pl.String),
                value="_value",
                code="_code",
                message=pl.format('{}"{}" {}', pl.lit(label), "_value", "_clash"),
            )
        )
    return pl.concat(parts).unique("_row", keep="first", maintain_order=True)


def _told(found: pl.DataFrame, place: int, rung: tuple[str, ...], record_type: RecordType) -> pl.DataFrame:
    """``_row, _code, _clash`` of the rows that the rung at ``place`` says something about."""
    name = f"_rung{place}"
    several = _listed("_candidates")
    higher = " or ".join(
        ", ".join(record_type[part].label for part in each) for each in record_type.identity[:place]
    )
    here = pl.col("_matched_by") == name
    why = {code: words.format(higher or "identity") for code, words in _WHY.items()}
    elsewhere = pl.format(
        "leads to record {}, and what stands above it to record {}. Correct the one that is wrong, or let record {} have it "
        "with --on-conflict overwrite.",
        _listed(f"{name}_held"),
        "_record_id",
        "_record_id",
    )
    contradiction = pl.format(
        "leads to record {}, {}",
        "_record_id",
        pl.col("_why").replace_strict(why, default=None, return_dtype=pl.String),
    )
    clash = (
        pl.when(pl.col("ambiguous") & pl.col(f"{name}_several"))
        .then(
            pl.format(
                "leads to several records: {}. Fill what tells them apart, or mend the records.", several
            )
        )
        .when(pl.col("conflicting") & pl.col(f"{name}_held").is_not_null())
        .then(elsewhere)
        .when(pl.col("conflicting") & ~pl.col("rekeying") & here)
        .then(contradiction)
    )
    code = pl.when("ambiguous").then(pl.lit("ambiguous")).otherwise(pl.lit("conflict"))
    return found.select("_row", _code=code, _clash=clash).filter(pl.col("_clash").is_not_null())


def _linked(found: pl.DataFrame, record_type: RecordType) -> pl.DataFrame:
    """Rows whose external id leads to a record to which that of another row leads as well, or that is named otherwise."""
    nothing = pl.lit(None, dtype=pl.String)
    name = ", ".join(record_type[part].label for part in record_type.external_id if part in record_type)
    of_link = {"shared": _WHY["shared"], "renamed": _WHY["renamed"].format(name)}
    linked = (
        (pl.col("_matched_by") == "external id") & pl.col("_why").is_in(list(of_link)) & pl.col("conflicting")
    )
    why = pl.col("_why").replace_strict(of_link, default=None, return_dtype=pl.String)
    told = pl.format("Its external id leads to record {}, {}", "_record_id", why)
    return found.filter(linked).select(
        "_row", column=nothing, field=nothing, value=nothing, code=pl.lit("conflict"), message=told
    )


def _listed(ids: str) -> pl.Expr:
    """The first record ids of a list, as text."""
    return pl.col(ids).list.sort().list.head(_NAMED).cast(pl.List(pl.String)).list.join(", ")
