"""References: what a file calls the records it refers to, and which records those are (IDN-4).

Texts are resolved, not rows: a million deals name a few thousand accounts. A row keeps the place of its text among the
distinct ones, and gets its value when its draft is read. Of all that a text leads to, the lowest rank decides: live
records before retired ones, this file before the database, and then as ``by`` says.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from stocktake.model.plan import Chunks
from stocktake.planning.packed import pack

#: What a text leads to: ``value`` is a record's id as text, or points to a row of this file.
LEADS = pl.Schema({"text": pl.String(), "value": pl.String(), "rank": pl.UInt32()})

#: What becomes of a text.
VERDICTS = pl.Schema(
    {
        "field": pl.String(),
        "to": pl.String(),
        "text": pl.String(),
        "value": pl.String(),
        "outcome": pl.String(),
        "candidates": pl.List(pl.String()),
    }
)

#: Records to be made of nothing but their name.
STUBS = {"to": pl.String, "value": pl.String, "name": pl.String}

#: Ranks: by which of ``by``, then whether in the database, then whether retired; own source's ids before others'.
OTHERS, PLACE, STORED, RETIRED = 1, 10, 1_000, 100_000

RESOLVED, UNRESOLVED, AMBIGUOUS, BLANK, STUB = "resolved", "unresolved", "ambiguous", "blank", "stub"


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What the typed rows say in fields that refer to records.

    rows: ``_row`` and per field the place of its text in ``texts[field]``; null where the row says nothing.
    """

    rows: pl.DataFrame
    texts: dict[str, pl.Series]


def words(said: pl.DataFrame) -> Words:
    """``said``: ``_row`` and the text of each field that refers to records."""
    rows, texts = said.select("_row"), {}
    for name in said.columns[1:]:
        distinct = said[name].drop_nulls().unique(maintain_order=True)
        places = distinct.to_frame().with_row_index("_place")
        found = said.select(name).join(places, on=name, how="left", maintain_order="left")
        rows = rows.with_columns(found["_place"].alias(name))
        texts[name] = distinct
    return Words(rows=rows, texts=texts)


class Referred:
    """Drafts whose references are ids: looked up chunk by chunk while they are read (REA-7)."""

    __slots__ = ("_drafts", "_rows", "_values")

    def __init__(self, drafts: Chunks, rows: pl.DataFrame, values: dict[str, pl.Series]) -> None:
        self._drafts = drafts
        self._rows = rows
        self._values = values

    def __iter__(self) -> Iterator[pl.DataFrame]:
        for chunk in self._drafts:
            places = chunk.select("_row").join(self._rows, on="_row", how="left", maintain_order="left")
            yield chunk.with_columns(
                values.gather(places[name]).alias(name) for name, values in self._values.items()
            )

    def chunks(self) -> Iterator[bytes]:
        """The chunks as Parquet."""
        return map(pack, self)

    def settled(self, ids: pl.DataFrame) -> Referred:
        """The same with ids instead of pointers, as :func:`settled`."""
        values = {
            name: settled(each.to_frame("value"), ["value"], ids)["value"]
            for name, each in self._values.items()
        }
        return Referred(self._drafts, self._rows, values)


class Pointing:
    """Drafts at rest whose ``fields`` are ids, or point to records that are created: those of a saved plan (PLN-24)."""

    __slots__ = ("_drafts", "_fields", "_ids")

    def __init__(self, drafts: Chunks, fields: tuple[str, ...], ids: pl.DataFrame | None = None) -> None:
        self._drafts = drafts
        self._fields = fields
        self._ids = ids

    def __iter__(self) -> Iterator[pl.DataFrame]:
        for chunk in self._drafts:
            here = [name for name in self._fields if name in chunk.columns]
            yield chunk if self._ids is None or not here else settled(chunk, here, self._ids)

    def settled(self, ids: pl.DataFrame) -> Pointing:
        """The same with ids instead of pointers, as :func:`settled`."""
        return Pointing(self._drafts, self._fields, ids)


def settled(frame: pl.DataFrame, columns: list[str], ids: pl.DataFrame) -> pl.DataFrame:
    """``frame`` with the ids of new records where ``columns`` point to them; ids: ``value`` (the pointer), ``_id``."""
    for name in columns:
        pointing = frame[name].str.contains(r"^[@+]").fill_null(value=False)
        if not pointing.any():
            continue
        found = frame.select(name).join(
            ids.select(pl.col("value").alias(name), "_id"), on=name, how="left", maintain_order="left"
        )
        frame = frame.with_columns(
            pl.when(pl.lit(pointing)).then(found["_id"].cast(pl.String)).otherwise(name).alias(name)
        )
    return frame


def row_pointer() -> pl.Expr:
    """What points to the record of ``_row``."""
    return pl.format("@{}", "_row")


def leads(asked: pl.DataFrame, known: pl.DataFrame, *, rank: int) -> pl.DataFrame:
    """``LEADS`` of texts (``text, _form``) to the records of ``known`` (``value, _retired, _form``).

    A form is what is compared: a key, a normalised name; where it is null or blank, nothing is meant.
    """
    sound = asked.filter(pl.col("_form").is_not_null() & (pl.col("_form") != ""))
    return ranked(sound.join(known, on="_form", how="inner"), rank=rank)


def ranked(led: pl.DataFrame, *, rank: int) -> pl.DataFrame:
    """``LEADS`` of ``text, value, _retired``; a retired record comes behind all that are not."""
    place = rank + RETIRED * pl.col("_retired").cast(pl.UInt32)
    return led.select("text", "value", rank=place.cast(pl.UInt32))


def live(led: pl.DataFrame) -> pl.Series:
    """The texts that lead to a record that is not retired: what comes later in ``by`` need not be asked."""
    return led.filter(pl.col("rank") < RETIRED)["text"].unique()


def verdicts(texts: pl.Series, led: pl.DataFrame) -> pl.DataFrame:
    """``text, value, outcome, candidates`` per text, in their order: the first that leads decides, if it is one record."""
    first = led.filter(pl.col("rank") == pl.col("rank").min().over("text"))
    found = first.group_by("text").agg(candidates=pl.col("value").unique().sort())
    single = pl.col("candidates").list.len() == 1
    return (
        texts.to_frame("text")
        .join(found, on="text", how="left", maintain_order="left")
        .select(
            "text",
            value=pl.when(single).then(pl.col("candidates").list.first()).otherwise(pl.lit("")),
            outcome=pl.when(pl.col("text") == "")
            .then(pl.lit(BLANK))
            .when(pl.col("candidates").is_null())
            .then(pl.lit(UNRESOLVED))
            .when(single)
            .then(pl.lit(RESOLVED))
            .otherwise(pl.lit(AMBIGUOUS)),
            candidates="candidates",
        )
    )


def with_stubs(told: pl.DataFrame, to: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Verdicts in which what is unresolved leads to a stub of type ``to``, one per normalised name; and ``STUBS``.

    told: verdicts, with the normalised name of each text in ``_form``.
    """
    lacking = told.filter(pl.col("outcome") == UNRESOLVED).select("text", "_form")
    numbered = lacking.unique("_form", keep="first", maintain_order=True).with_row_index("_number")
    stubs = numbered.select(
        "_form", to=pl.lit(to), value=pl.format("+{}:{}", pl.lit(to), "_number"), name="text"
    )
    meant = (
        lacking.select("text", "_form").unique("text").join(stubs, on="_form").select("text", _stub="value")
    )
    joined = told.join(meant, on="text", how="left", maintain_order="left").with_columns(
        value=pl.coalesce("_stub", "value"),
        outcome=pl.when(pl.col("_stub").is_not_null()).then(pl.lit(STUB)).otherwise("outcome"),
    )
    return joined.select(VERDICTS.names()), stubs.drop("_form")


def said_by(rows: pl.Series, words: Words, told: pl.DataFrame, outcomes: list[str]) -> pl.DataFrame:
    """``_row`` and ``VERDICTS``: what became of what ``rows`` say, where it is one of ``outcomes``."""
    parts = [pl.DataFrame(schema={"_row": pl.UInt32(), **VERDICTS})]
    mine = words.rows.join(rows.to_frame("_row"), on="_row", how="semi", maintain_order="left")
    for name in told["field"].unique(maintain_order=True):
        verdict = told.filter(pl.col("field") == name).with_row_index("_place")
        wanted = verdict.filter(pl.col("outcome").is_in(outcomes))
        said = mine.select("_row", _place=name).filter(pl.col("_place").is_not_null())
        parts.append(
            said.join(wanted, on="_place", how="inner", maintain_order="left").select("_row", *VERDICTS)
        )
    return pl.concat(parts)


def values_of(told: pl.DataFrame) -> dict[str, pl.Series]:
    """Field → the value of each of its texts, in their order."""
    return {
        str(name): told.filter(pl.col("field") == name)["value"]
        for name in told["field"].unique(maintain_order=True)
    }


def used_stubs(
    stubs: pl.DataFrame, words: Words, told: pl.DataFrame, created: pl.Series, changes: pl.DataFrame
) -> pl.DataFrame:
    """The stubs that a row to be created or a field to be changed points to; the others are not made."""
    new = said_by(created, words, told, [STUB])["value"].unique() if stubs.height else stubs["value"]
    wanted = pl.concat([new, changes["after"].drop_nulls()])
    return stubs.filter(pl.col("value").is_in(wanted.implode()))
