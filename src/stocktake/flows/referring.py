"""Referring: which records the texts of a file mean, asked of the file and of the database (IDN-4)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

from stocktake.cleaning.key import key_texts
from stocktake.cleaning.reference import compared_field, name_form
from stocktake.flows.request import Request
from stocktake.model.errors import InvalidInput
from stocktake.model.record_type import RecordType, Reference
from stocktake.model.source import Source
from stocktake.planning import reference as ref
from stocktake.planning.problem import PROBLEMS
from stocktake.planning.reference import Words
from stocktake.ports.store import Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What references lead through: the database, the types that are declared and have a table, the sources.

    ``sources``: the one that speaks first.
    """

    unit: Unit
    record_types: dict[str, RecordType]
    stored: frozenset[str]
    sources: tuple[Source, ...]

    @classmethod
    def of(cls, unit: Unit, request: Request) -> World:
        """As an import sees it; its own type is there though it may have no table yet."""
        others = tuple(each for each in request.sources if each.name != request.source.name)
        return cls(
            unit=unit,
            record_types={**request.record_types, request.record_type.name: request.record_type},
            stored=request.stored,
            sources=(request.source, *others),
        )

    def seen_by(self, source: str) -> World:
        """The same for what ``source`` says."""
        first = [each for each in self.sources if each.name == source]
        others = [each for each in self.sources if each.name != source]
        return World(
            unit=self.unit,
            record_types=self.record_types,
            stored=self.stored,
            sources=(*first, *others),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What became of the texts: ``ref.VERDICTS``, and the stubs to be made: ``ref.STUBS``."""

    verdicts: pl.DataFrame
    stubs: pl.DataFrame

    def and_also(self, other: Told) -> Told:
        """Both."""
        return Told(
            verdicts=pl.concat([self.verdicts, other.verdicts]), stubs=pl.concat([self.stubs, other.stubs])
        )


def nothing_told() -> Told:
    """No text, no stub."""
    return Told(verdicts=pl.DataFrame(schema=ref.VERDICTS), stubs=pl.DataFrame(schema=ref.STUBS))


def tell(
    world: World, references: Iterable[Reference], words: Words, targets: pl.DataFrame | None = None
) -> Told:
    """What becomes of the texts of some references; targets: rows of this file that they may mean, as ``targets_of``.

    Raises ``InvalidInput`` ``no-display`` where stubs are wanted of a type whose records have no name.
    """
    told = nothing_told()
    by_type: dict[str, list[Reference]] = {}
    for each in references:
        if each.field in words.texts:
            by_type.setdefault(each.to, []).append(each)
    for name, group in by_type.items():
        to = world.record_types[name]
        verdicts = {each.field: _verdicts(world, each, to, words, targets) for each in group}
        stubbing = [each.field for each in group if each.missing == "create"]
        told = told.and_also(_with_stubs(verdicts, stubbing, to))
    return told


def _verdicts(
    world: World, each: Reference, to: RecordType, words: Words, targets: pl.DataFrame | None
) -> pl.DataFrame:
    texts = words.texts[each.field]
    leads = pl.DataFrame(schema=ref.LEADS)
    if targets is not None:
        leads = file_leads(world, world.sources[0], each, to, texts, targets)
    leads = pl.concat([leads, stored_leads(world, each, to, _still(texts, leads), rank=ref.STORED)])
    return ref.verdicts(texts, leads).select(
        pl.lit(each.field).alias("field"), pl.lit(to.name).alias("to"), pl.all()
    )


def _with_stubs(verdicts: dict[str, pl.DataFrame], stubbing: list[str], to: RecordType) -> Told:
    """The verdicts about one type; what ``stubbing`` fields name and is not there, is made, once per name."""
    left = [mine for field, mine in verdicts.items() if field not in stubbing]
    stubs = pl.DataFrame(schema=ref.STUBS)
    if stubbing:
        _check_display(to)
        asked = pl.concat([verdicts[field] for field in stubbing])
        formed = asked.with_columns(_form=name_form(pl.col("text"), to, to.display_field or ""))
        made, stubs = ref.with_stubs(formed, to.name)
        left.append(made)
    return Told(verdicts=pl.concat(left), stubs=stubs)


def _check_display(to: RecordType) -> None:
    if not to.display_field or to.display_field not in to:
        raise InvalidInput(
            "no-display",
            f'References to {to.title} say missing = "create", but nothing names a record of that type.',
            hint=f"Declare display in the record type {to.name}, or missing as blank or reject.",
        )


def _still(texts: pl.Series, leads: pl.DataFrame) -> pl.Series:
    """The texts that nothing live was found for yet; blank ones mean nothing."""
    return texts.filter((texts != "") & ~texts.is_in(ref.live(leads).implode()))


def targets_of(rows: pl.DataFrame, known: pl.DataFrame, to: RecordType) -> pl.DataFrame:
    """What the rows of this file can be referred to by: ``value, _key, _retired`` and the fields at hand.

    rows: ``_row, _key, _keyless, _record_id`` of the sound ones. known: ``_row`` and the fields that planning has at hand.
    """
    return (
        rows.select(
            "_row",
            "_key",
            "_keyless",
            value=pl.coalesce(pl.col("_record_id").cast(pl.String), ref.row_pointer()),
        )
        .join(known, on="_row", how="left", maintain_order="left")
        .select(
            "value",
            *(name for name in known.columns if name in to),
            _key=pl.when(~pl.col("_keyless")).then("_key"),
            _retired=pl.lit(value=False),
        )
    )


def file_leads(
    world: World,
    delivering: Source,
    each: Reference,
    to: RecordType,
    texts: pl.Series,
    targets: pl.DataFrame,
) -> pl.DataFrame:
    """Where the texts lead within a file of ``delivering``, whose rows are of type ``to``."""
    others = 0 if delivering.name == world.sources[0].name else ref.OTHERS
    parts = [pl.DataFrame(schema=ref.LEADS)]
    for place, by in enumerate(each.by):
        field = compared_field(to, by)
        here = place * ref.PLACE
        if field is None:
            asked = pl.DataFrame({"text": texts, "_form": key_texts(texts, to, delivering)})
            known = targets.select("value", "_retired", _form="_key")
            parts.append(ref.leads(asked, known, rank=here + others))
        elif field in targets.columns:
            parts.append(_leads_by_field(texts, targets, to, field, rank=here))
    return pl.concat(parts)


def stored_leads(
    world: World, each: Reference, to: RecordType, texts: pl.Series, *, rank: int
) -> pl.DataFrame:
    """Where the texts lead in the database; names are read only where ids leave something open."""
    leads = pl.DataFrame(schema=ref.LEADS)
    if to.name not in world.stored or texts.is_empty():
        return leads
    retired = world.unit.retired_records(to)["_record_id"]
    for place, by in enumerate(each.by):
        open_texts = _still(texts, leads)
        if open_texts.is_empty():
            break
        field, here = compared_field(to, by), rank + place * ref.PLACE
        if field is None:
            leads = pl.concat([leads, _leads_by_id(world, to, open_texts, retired, rank=here)])
        else:
            known = _known(world.unit.identities(to, [field]), retired)
            leads = pl.concat([leads, _leads_by_field(open_texts, known, to, field, rank=here)])
    return leads


def _leads_by_field(
    texts: pl.Series, known: pl.DataFrame, to: RecordType, field: str, *, rank: int
) -> pl.DataFrame:
    """Where the texts lead among ``known`` (``value, _retired`` and ``field``)."""
    asked = texts.to_frame("text").with_columns(_form=name_form(pl.col("text"), to, field))
    there = known.select("value", "_retired", _form=name_form(pl.col(field), to, field))
    return ref.leads(asked, there, rank=rank)


def _known(found: pl.DataFrame, retired: pl.Series) -> pl.DataFrame:
    return found.with_columns(
        value=pl.col("_record_id").cast(pl.String), _retired=pl.col("_record_id").is_in(retired.implode())
    )


def _leads_by_id(
    world: World, to: RecordType, texts: pl.Series, retired: pl.Series, *, rank: int
) -> pl.DataFrame:
    """By the links of every source that delivers the type, the speaker's first; then by what records carry."""
    delivering = [each for each in world.sources if to.name in each.record_types]
    keys = [
        texts.to_frame("text").with_columns(key_texts(texts, to, each), source=pl.lit(each.name))
        for each in delivering
    ]
    if not keys:
        return pl.DataFrame(schema=ref.LEADS)
    asked = pl.concat(keys).filter(pl.col("_key").is_not_null())
    links = world.unit.linked_records(to.name, asked.select("source", external_id="_key"))
    known = _known(links.rename({"external_id": "_key"}), retired)
    own = pl.col("source") == world.sources[0].name
    paired = asked.join(known, on=["source", "_key"], how="inner")
    carried = _known(world.unit.records_by_external_id(to, texts), retired).rename({"external_id": "text"})
    return pl.concat(
        [
            ref.ranked(paired.filter(own), rank=rank),
            ref.ranked(paired.filter(~own), rank=rank + ref.OTHERS),
            ref.ranked(carried, rank=rank + ref.OTHERS),
        ]
    )


def named_fields(request: Request) -> list[str]:
    """The fields of the imported type by which references mean its records: of itself, and of all that have a table."""
    own = request.record_type
    types = [own, *(each for name, each in request.record_types.items() if name in request.stored)]
    fields = [
        compared_field(own, by)
        for kind in types
        for each in kind.references
        if each.to == own.name
        for by in each.by
    ]
    return [name for name in dict.fromkeys(fields) if name is not None]


def tell_elsewhere(world: World, record_type: RecordType, words: Words) -> Told:
    """References to other types: known before a row is matched, so that an identity may rest on them."""
    return tell(world, [each for each in record_type.references if each.to != record_type.name], words)


def tell_within(
    world: World,
    request: Request,
    words: Words,
    rows: pl.DataFrame,
    problems: pl.DataFrame,
    known: pl.DataFrame,
    headers: dict[str, str],
) -> tuple[Told, pl.DataFrame]:
    """References to the imported type itself, within the file first; and the problems of rows that are rejected for them.

    A row that is rejected for its own reference can be referred to no more, so that is asked until nothing changes.
    rows: ``_row, _line, _key, _keyless, _record_id`` and the facts known of each; known: the fields at hand.
    """
    own = request.record_type
    references = [each for each in own.references if each.to == own.name]
    facts = ["duplicate", "collision", "ambiguous", "conflicting", "skipped"]
    sound = rows.filter(~pl.any_horizontal(pl.col(name) for name in facts if name in rows.columns)).join(
        problems.select("_row").unique(), on="_row", how="anti", maintain_order="left"
    )
    while True:
        told = tell(world, references, words, targets_of(sound, known, own))
        found = unresolved_problems(references, words, told, rows, headers)
        left = sound.join(found.select("_row"), on="_row", how="anti", maintain_order="left")
        if left.height == sound.height:
            return told, found
        sound = left


def unresolved_problems(
    references: Iterable[Reference], words: Words, told: Told, rows: pl.DataFrame, headers: dict[str, str]
) -> pl.DataFrame:
    """A problem per row that names a record which is not there, where the type rejects that; headers: field → column."""
    parts = [pl.DataFrame(schema=PROBLEMS)]
    for each in references:
        mine = told.verdicts.filter(pl.col("field") == each.field)
        if each.missing != "reject" or mine.is_empty():
            continue
        lacking = ref.said_by(words.rows["_row"], words, mine, [ref.UNRESOLVED])
        parts.append(
            lacking.join(rows.select("_row", "_line"), on="_row", how="left", maintain_order="left").select(
                "_row",
                line="_line",
                column=pl.lit(headers.get(each.field), dtype=pl.String),
                field="field",
                value="text",
                code=pl.lit("unresolved-reference"),
                message=pl.format(
                    '"{}" names no {}. Import that first, or correct the cell.', "text", pl.lit(each.to)
                ),
            )
        )
    return pl.concat(parts)
