"""From decided rows and absent links to the plan: counts, links, history (PLN-6, PLN-7, PLN-12, PRE-4)."""

from __future__ import annotations

from collections.abc import Mapping as Dictionary

import polars as pl

from stocktake.model.decision import Action
from stocktake.model.plan import PlanFrames
from stocktake.model.record_type import RecordType
from stocktake.planning.beside import beside_rows, picked
from stocktake.planning.change import changed_values
from stocktake.planning.sweep import HISTORY, removals

#: Actions of rows that came to a record, so that their link says what the source said.
_SPOKEN = ["update", "unchanged", "reactivate"]


def counts(frames: PlanFrames, *, suppressed_returns: int, without_external_id: int) -> dict[str, int]:
    """The numbers of interfaces.md; the row actions add up to ``rows`` (PLN-7).

    ``retire`` and ``delete`` count records, of which one may have lost several links; ``missing`` counts newly missing
    links whose record is neither retired nor held in this run (PRE-32); ``suppressed`` the kept absent records and the
    returns that were ruled out (PRE-26). ``fields`` are those of the records that ``update`` counts, and of no others: who
    comes back, gives way or hands a value on has a number of its own. ``cleared`` are the fields of any that become blank.
    """
    by_row = _tally(frames.rows["_action"])
    by_absent = _tally(_once(frames.absent.filter(_news()))["_action"])
    numbers = {"rows": frames.rows.height}
    for action in Action:
        numbers[action.value] = by_row.get(action.value, 0) + by_absent.get(action.value, 0)
    numbers["missing"] += by_absent.get("suppressed", 0)
    numbers["suppressed"] += suppressed_returns
    numbers["without_external_id"] = without_external_id
    changed = frames.changes.filter("counted")
    updated = frames.rows.filter(pl.col("_action") == "update")["_record_id"]
    numbers["fields"] = int(changed["_record_id"].is_in(updated.implode()).sum())
    numbers["cleared"] = changed["after"].null_count()
    numbers["reappeared"] = int(frames.rows["_back"].sum())
    return numbers


def _news() -> pl.Expr:
    """Absent links of which this run says something new: not those that were missing before and still wait (PRE-32)."""
    return ~(pl.col("_waited") & (pl.col("_action") == "missing"))


def _once(absent: pl.DataFrame) -> pl.DataFrame:
    """The absent links without further ones of a record that goes."""
    going = pl.col("_action").is_in(["retire", "delete"])
    return absent.filter(~going | pl.col("_record_id").is_first_distinct())


def _tally(actions: pl.Series) -> Dictionary[str, int]:
    return dict(actions.drop_nulls().value_counts().iter_rows())


def adoptions(rows: pl.DataFrame, candidates: pl.DataFrame, said: pl.DataFrame) -> pl.DataFrame:
    """Links to make for records that exist: rows that came to a record this source had no link to."""
    without = pl.col("_action").is_in(_SPOKEN) & pl.col("_link_record").is_null()
    adopting = picked(rows, without, "_row", "_key", "_key_raw", "_keyless", "_hash", "_record_id")
    return adopting.join(said, on="_row", how="left", maintain_order="left").join(
        candidates.select("_row", "_version"), on="_row", how="left", maintain_order="left"
    )


def restated(rows: pl.DataFrame, open_links: pl.DataFrame, said: pl.DataFrame) -> pl.DataFrame:
    """This source's links whose hash, mapping, presence or memory changes: ``_key, _hash, _said, _spoke``.

    A row that came to its record restates all of it (said: its new memory); any other row with a readable key proves
    presence only, and its link keeps what it has (PRE-34).
    """
    known = pl.col("_link").is_not_null() & ~pl.col("duplicate")
    spoke = pl.col("_action").is_in(_SPOKEN) & ~pl.col("settled")
    stated = (
        picked(
            rows, known & (spoke | ~pl.col("_link_present")), "_row", "_key", "_hash", "_link", _spoke=spoke
        )
        .unique("_link", keep="first", maintain_order=True)
        .join(said, on="_row", how="left", maintain_order="left")
    )
    hash_kept, said_kept = (open_links[name].gather(stated["_link"]) for name in ("_hash", "_said"))
    return stated.select(
        "_key",
        _hash=pl.when("_spoke").then("_hash").otherwise(hash_kept),
        _said=pl.when("_spoke").then("_said").otherwise(said_kept),
        _spoke="_spoke",
    )


def seen(rows: pl.DataFrame, restated_links: pl.DataFrame) -> pl.DataFrame:
    """Links that a partial import only saw: ``_key`` (PRE-4); a full snapshot says it for all at once (PRE-28)."""
    return (
        picked(rows, pl.col("_link_record").is_not_null() & ~pl.col("duplicate"), "_key")
        .join(restated_links, on="_key", how="anti")
        .unique(maintain_order=True)
    )


def history(
    record_type: RecordType, changes: pl.DataFrame, back: pl.DataFrame, absent: pl.DataFrame
) -> pl.DataFrame:
    """Tracked changes of a plan: ``_record_id, field, from_value, to_value, kind`` (HIS-1, HIS-2).

    changes: field changes. back: ``_record_id`` and tracked fields, as they will be, of records whose link returns.
    absent: the absent links, decided.
    """
    moved = changes.filter(pl.col("field").is_in(list(record_type.tracked))).join(
        back.select("_record_id"), on="_record_id", how="anti", maintain_order="left"
    )
    parts = [
        moved.select(
            "_record_id",
            "field",
            from_value="before",
            to_value="after",
            kind=pl.lit("file_import_diff"),
        ),
        removals(absent, record_type.tracked),
    ]
    for name in record_type.tracked:
        parts.append(
            back.filter(pl.col(name).is_not_null()).select(
                "_record_id",
                field=pl.lit(name),
                from_value=pl.lit(None, dtype=pl.String),
                to_value=pl.col(name),
                kind=pl.lit("file_import_new"),
            )
        )
    return pl.concat([pl.DataFrame(schema=HISTORY), *(part.select(HISTORY.keys()) for part in parts)])


def acts(changes: pl.DataFrame, acting: pl.DataFrame) -> pl.DataFrame:
    """Field changes with the decision they belong to; ``acting``: ``_row, _action``."""
    return changes.join(acting, on="_row", how="left", maintain_order="left").select(
        "_record_id", pl.col("_action").cast(pl.String), "field", "before", "after", "counted"
    )


#: What a plan keeps of a row.
_SHOWN = (
    "_row",
    "_line",
    "_key",
    "_key_raw",
    "_keyless",
    "_record_id",
    "_action",
    "_rule",
    "_back",
    "_suppressed",
)


def shown(rows: pl.DataFrame, repeats: pl.DataFrame) -> pl.DataFrame:
    """The rows as the plan keeps them; repeats: which line a duplicate gives way to."""
    lines = repeats.select("_row", "_of_line")
    kept = rows.select(_SHOWN)
    if lines.is_empty():
        return kept.with_columns(_of_line=pl.lit(None, dtype=pl.UInt32))
    return beside_rows(kept, lines)


def no_rows() -> pl.DataFrame:
    """No row of a plan."""
    numbers = {"_row": pl.UInt32, "_line": pl.UInt32, "_record_id": pl.Int64, "_of_line": pl.UInt32}
    flags = dict.fromkeys(("_keyless", "_back", "_suppressed"), pl.Boolean)
    kinds = {**numbers, **flags}
    return pl.DataFrame(schema={name: kinds.get(name, pl.String) for name in (*_SHOWN, "_of_line")})


def external_id() -> pl.Expr:
    """A row's external id as people know it: as read, null where it has none."""
    return pl.when(~pl.col("_keyless")).then(pl.coalesce("_key_raw", "_key"))


#: Stands for all fields of a record that goes.
WHOLE = "*"


def deletions(absent: pl.DataFrame) -> pl.DataFrame:
    """A change per record that is deleted: all of it, by its name (ROL-1)."""
    gone = absent.filter(pl.col("_action") == "delete").unique("_record_id", maintain_order=True)
    return gone.select(
        "_record_id",
        pl.col("_action").cast(pl.String),
        field=pl.lit(WHOLE),
        before=pl.col("_name"),
        after=pl.lit(None, dtype=pl.String),
        counted=pl.lit(value=False),
    )


def retirements(absent: pl.DataFrame, record_type: RecordType) -> pl.DataFrame:
    """The status that each retirement changes, as a field change."""
    gone = absent.filter(pl.col("_action") == "retire").unique("_record_id", maintain_order=True)
    status = pl.col(record_type.lifecycle.field) if record_type.lifecycle else pl.lit(None, dtype=pl.String)
    after = record_type.lifecycle.retired if record_type.lifecycle else None
    return gone.select(
        "_record_id",
        pl.col("_action").cast(pl.String),
        field=pl.lit(record_type.lifecycle.field if record_type.lifecycle else "retired_at"),
        before=status,
        after=pl.lit(after, dtype=pl.String),
        counted=pl.lit(False),
    )


def returned(
    rows: pl.DataFrame, candidates: pl.DataFrame, changes: pl.DataFrame, record_type: RecordType
) -> pl.DataFrame:
    """``_record_id`` and tracked fields, as they will be, of records that reappear (HIS-2)."""
    again = picked(rows, pl.col("_back") | (pl.col("_action") == "reactivate"), "_row")
    state = candidates.join(again, on="_row", how="semi", maintain_order="left").select(
        "_row", "_record_id", *(pl.col(f"{name}:now").alias(name) for name in record_type.tracked)
    )
    return changed_values(state, changes, record_type.tracked, key="_row", value="after")
