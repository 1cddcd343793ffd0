"""Ruling: rows in conflict that a person has settled before the import, and what is told of those that wait (PRE-20)."""

from __future__ import annotations

import re
from dataclasses import dataclass

import polars as pl

from stocktake.cleaning.key import key_fields, key_texts
from stocktake.flows.displacing import weighed_claims
from stocktake.flows.request import Request
from stocktake.flows.staging import Staged
from stocktake.model.errors import InvalidInput
from stocktake.model.options import Ruling
from stocktake.planning import ruling
from stocktake.planning.beside import beside_some, picked
from stocktake.planning.displacing import giving_field, may_be_met, no_claims
from stocktake.planning.linked import Linked
from stocktake.ports.store import Unit

_LINE = re.compile(r"line:([0-9]{1,9})")

#: A ruling and the row that it names.
_NAMED = {"_text": pl.String, "_to": pl.Int64, "_row": pl.UInt32, "_line": pl.UInt32}
_RULE = {"_text": pl.String, "_to": pl.Int64}


@dataclass(frozen=True, slots=True, kw_only=True)
class Matching:
    """The rows of a file that look for their records, and where they may find them.

    rows: all of the file. drafts: ``_row`` and what the typed rows say. found: as ``identity.matches`` gives it. climbing:
    ``_row`` and the rungs ``names`` of the typed rows. stored, ladder: the identity fields and the rungs of every record.
    """

    rows: pl.DataFrame
    drafts: pl.DataFrame
    found: pl.DataFrame
    climbing: pl.DataFrame
    stored: pl.DataFrame
    ladder: pl.DataFrame
    names: tuple[str, ...]

    def torn(self, found: pl.DataFrame) -> pl.DataFrame:
        """``_row, _line, _link_record`` and rungs of the rows that conflict or that several records match."""
        torn = found.filter(pl.col("ambiguous") | pl.col("conflicting"))["_row"]
        columns = ("_row", "_line", "_link_record")
        mine = picked(self.rows, pl.col("_row").is_in(torn.implode()), *columns)
        return beside_some(mine, self.climbing, self.rows.height)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruled:
    """What was decided: ``found`` with it, the rows as ``ruling.RULED``, what they take from others, as ``CLAIMS``."""

    found: pl.DataFrame
    rows: pl.DataFrame
    claims: pl.DataFrame


def nothing_ruled(found: pl.DataFrame) -> Ruled:
    """Where nobody decided anything."""
    return Ruled(found=found, rows=pl.DataFrame(schema=ruling.RULED), claims=no_claims())


def ruled_rows(unit: Unit, request: Request, staged: Staged, linked: Linked, told: Matching) -> Ruled:
    """The rows in conflict with what the operator decided of them.

    Raises ``InvalidInput``: ``decided-twice``, ``unknown-row``, ``not-in-conflict``, ``not-a-candidate``,
    ``record-has-a-row``, ``cannot-give-way``.
    """
    if not request.options.overrides.rulings:
        return nothing_ruled(told.found)
    skipped = pl.col("_line").is_in(list(request.options.overrides.skip_lines))
    torn = told.torn(told.found).filter(~skipped)
    named = _named(request, told.rows)
    _check_torn(named, torn["_row"], told.found)
    reached = ruling.contested(
        torn.join(named.select("_row"), on="_row", how="semi"), told.ladder, told.names, limit=None
    )
    _check_candidates(named, reached)
    rows = _ruled(unit, linked, told, named)
    found = ruling.applied(told.found, rows)
    _check_once(named, found, told.rows)
    left_out = picked(told.rows, skipped, "_row")
    speaking = told.climbing.join(left_out, on="_row", how="anti", maintain_order="left")
    key = key_fields(request.record_type, request.source, staged.mapping)
    names = [each for each in ruling.exclusive_rungs(request.record_type, key) if each in told.names]
    claims = _claims(unit, request, told, ruling.claims(rows, reached, speaking, names))
    _check_claims(request, named, claims)
    return Ruled(found=found, rows=rows, claims=claims)


def _ruled(unit: Unit, linked: Linked, told: Matching, named: pl.DataFrame) -> pl.DataFrame:
    """The rows that are ``named``, as ``ruling.RULED``."""
    mine = picked(
        told.rows,
        pl.col("_row").is_in(named["_row"].implode()),
        *("_row", "_line", "_key", "_key_raw", "_keyless", "_link"),
        _had="_link_record",
        _present="_link_present",
    )
    return ruling.asides(
        mine.join(named.select("_row", "_to"), on="_row", how="left", maintain_order="left"),
        [linked.open_links["_key"], told.rows["_key"]],
        unit.last_run() + 1,
    )


def _claims(unit: Unit, request: Request, told: Matching, wanted: pl.DataFrame) -> pl.DataFrame:
    """The claims that are ``wanted``, as ``CLAIMS``; the external id itself may be taken, too."""
    giving = {
        f"_rung{place}": giving_field(request.record_type, rung, request.source.name, ruled=True)
        for place, rung in enumerate(request.record_type.identity)
    }
    settled = picked(told.rows, pl.col("settled"), "_key")
    return weighed_claims(unit, request, wanted, told.stored, settled, giving)


def contested_rows(unit: Unit, request: Request, told: Matching, found: pl.DataFrame) -> pl.DataFrame | None:
    """The records that each row leads to which still conflicts or is ambiguous, as ``PlanFrames.contested``."""
    torn = told.torn(found)
    if torn.is_empty():
        return None
    reached = ruling.contested(torn, told.ladder, told.names)
    record_type = request.record_type
    fields = list(dict.fromkeys(part for rung in record_type.identity for part in rung))
    values = told.stored.select("_record_id", *fields)
    names = unit.names(record_type, reached["_record_id"].unique())
    records = reached.join(names, on="_record_id", how="left", maintain_order="left").join(
        values, on="_record_id", how="left", maintain_order="left"
    )
    own = torn.select("_row").join(told.drafts, on="_row", how="left", maintain_order="left")
    says = own.select("_row", *(each for each in fields if each in own.columns))
    return (
        pl.concat([says, records], how="diagonal")
        .join(torn.select("_row", "_line"), on="_row", how="left", maintain_order="left")
        .select("_row", "_line", "_record_id", "_name", "_by", *fields)
        .sort("_row", "_record_id", nulls_last=False, maintain_order=True)
    )


def check_no_rulings(rulings: tuple[Ruling, ...], why: str) -> None:
    """Refuse rulings on a file of which no row can be in conflict. Raises ``InvalidInput`` ``not-in-conflict``."""
    if rulings:
        raise _not_in_conflict(rulings[0].row, why)


def _named(request: Request, rows: pl.DataFrame) -> pl.DataFrame:
    """``_NAMED``: the rulings, each with the row that it names by its external id, or by its line."""
    given = request.options.overrides.rulings
    texts = pl.Series("_text", [each.row.strip() for each in given], dtype=pl.String)
    told = pl.DataFrame({"_text": texts, "_to": [each.record_id for each in given]}, schema=_RULE)
    twice = told.filter(pl.col("_text").is_duplicated())
    if not twice.is_empty():
        raise _decided_twice(twice["_text"][0])
    forms = told.with_columns(
        _key=pl.coalesce(key_texts(texts, request.record_type, request.source), texts),
        _line=pl.Series([_line_of(each) for each in texts], dtype=pl.UInt32),
    )
    named = _places(forms, rows)
    unknown = told.join(named, on="_text", how="anti", maintain_order="left")["_text"]
    if not unknown.is_empty():
        raise _unknown_row(unknown)
    again = named.filter(pl.col("_row").is_duplicated())
    if not again.is_empty():
        raise _decided_twice(again["_text"][0])
    return told.select("_text").join(named, on="_text", how="left", maintain_order="left")


def _places(forms: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """``_NAMED`` of those of ``forms`` (``_text, _to, _key, _line``) that name a row: by its key first, as read or not."""
    wanted = pl.concat([forms["_key"], forms["_text"]]).unique().implode()
    raw = pl.col("_key_raw").is_in(wanted).fill_null(value=False)
    keyed = picked(
        rows,
        ~pl.col("duplicate") & ~pl.col("_keyless") & (pl.col("_key").is_in(wanted) | raw),
        *("_row", "_line", "_key", "_key_raw"),
    )
    lines = pl.col("_line").is_in(forms["_line"].drop_nulls().implode())
    placed = picked(rows, ~pl.col("duplicate") & lines, "_row", "_line")
    own = forms.select("_text", "_to", "_key")
    parts = [
        own.join(keyed.select("_row", "_line", "_key"), on="_key"),
        own.join(keyed.select("_row", "_line", _text="_key_raw"), on="_text"),
        forms.select("_text", "_to", "_line").join(placed, on="_line"),
    ]
    return pl.concat(each.select(_NAMED.keys()) for each in parts).unique("_text", keep="first")


def _line_of(text: str) -> int | None:
    hit = _LINE.fullmatch(text)
    return int(hit[1]) if hit else None


def _check_torn(named: pl.DataFrame, torn: pl.Series, found: pl.DataFrame) -> None:
    """Refuse a ruling on a row that contradicts nothing."""
    plain = named.filter(~pl.col("_row").is_in(torn.implode()))
    if plain.is_empty():
        return
    text, _, row, line = plain.row(0)
    there = found.filter(pl.col("_row") == row)["_record_id"].to_list()
    what = f"line {line} leads to record {there[0]} alone" if any(there) else f"line {line} is not"
    raise _not_in_conflict(text, what)


def _not_in_conflict(text: str, why: str) -> InvalidInput:
    return InvalidInput(
        "not-in-conflict",
        f'"{text}" is not in conflict: {why}. Nothing was written.',
        hint=f"Leave {text} out of --same and --new: only rows that the preview lists under conflicts or as ambiguous "
        "can be settled.",
        details={"row": text},
    )


def _unknown_row(texts: pl.Series) -> InvalidInput:
    return InvalidInput(
        "unknown-row",
        f'No row of the file has the external id "{texts[0]}".',
        hint="Write it as the preview lists it; a row without an external id is named by its line, such as line:14.",
        details={"rows": texts.to_list()},
    )


def _decided_twice(text: str) -> InvalidInput:
    return InvalidInput(
        "decided-twice",
        f'Two decisions were given for "{text}".',
        hint="Say once what it is: --same EXTERNAL-ID=RECORD, or --new EXTERNAL-ID.",
        details={"row": text},
    )


def _check_candidates(named: pl.DataFrame, reached: pl.DataFrame) -> None:
    """Refuse a record to which nothing in the row leads."""
    other = named.filter(pl.col("_to").is_not_null()).join(
        reached.select("_row", _to="_record_id"), on=["_row", "_to"], how="anti", maintain_order="left"
    )
    if other.is_empty():
        return
    text, record_id, row, line = other.row(0)
    ids = reached.filter(pl.col("_row") == row)["_record_id"].to_list()
    ways = ", ".join(f"--same {text}={each}" for each in ids[: ruling.TOLD])
    raise InvalidInput(
        "not-a-candidate",
        f'Nothing in the row of "{text}" (line {line}) leads to record {record_id}. Nothing was written.',
        hint=f"Write one of {ways}, or --new {text}.",
        details={"row": text, "record_id": record_id, "candidates": ids},
    )


def _check_once(named: pl.DataFrame, found: pl.DataFrame, rows: pl.DataFrame) -> None:
    """Refuse to let two rows of one file be one record: the second would overwrite what the first says."""
    wanted = named["_to"].drop_nulls()
    clean = found.filter(~pl.col("ambiguous") & ~pl.col("conflicting") & ~pl.col("rekeying"))
    claiming = pl.concat(
        [
            clean.filter(pl.col("_record_id").is_in(wanted.implode())).select("_row", _to="_record_id"),
            picked(
                rows,
                pl.col("settled") & pl.col("_link_record").is_in(wanted.implode()),
                "_row",
                _to="_link_record",
            ),
        ]
    )
    both = claiming.join(named.select("_row", "_text"), on="_row", how="left").filter(
        pl.len().over("_to") > 1
    )
    if both.is_empty():
        return
    first = both.filter(pl.col("_text").is_not_null()).sort("_row").row(0, named=True)
    mine = both.filter(pl.col("_to") == first["_to"])["_row"]
    lines = picked(rows, pl.col("_row").is_in(mine.implode()), "_line")["_line"].to_list()
    told = " and ".join(str(each) for each in lines[:2])
    raise InvalidInput(
        "record-has-a-row",
        f'"{first["_text"]}" cannot be record {first["_to"]} as well: lines {told} would both be that one record. '
        "Nothing was written.",
        hint=f"Leave the other row out (skip_lines in --overrides FILE), or write --new {first['_text']}.",
        details={"row": first["_text"], "record_id": first["_to"], "lines": lines},
    )


def _check_claims(request: Request, named: pl.DataFrame, claims: pl.DataFrame) -> None:
    """Refuse a decision after which two records would share what no two records may share (PACK-1)."""
    unmet = claims.filter(~may_be_met(request.record_type))
    if unmet.is_empty():
        return
    first = unmet.row(0, named=True)
    text = named.filter(pl.col("_row") == first["_row"])["_text"][0]
    rung = request.record_type.identity[int(str(first["_rung"]).removeprefix("_rung"))]
    label = ", ".join(request.record_type[name].label for name in rung)
    record_id = first["_record_id"]
    why = "another row of the file says it too" if first["_text"] is None else "it takes no suffix there"
    raise InvalidInput(
        "cannot-give-way",
        f'"{text}" would share its {label} with record {record_id}, which cannot give it up: {why}. Nothing was written.',
        hint=f"Correct the row that is wrong, or give record {record_id} another {label} first "
        f"(`stocktake record edit {request.record_type.name} {record_id} {rung[0]}=…`).",
        details={"row": text, "record_id": record_id, "fields": list(rung)},
    )
