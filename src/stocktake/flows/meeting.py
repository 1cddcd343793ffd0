"""Meeting: the rows of a file beside the records they lead to, and what becomes of each (PLN-6, PLN-15, IDN-1)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import polars as pl

from stocktake.cleaning.draft import clean, extras
from stocktake.cleaning.edit import edited
from stocktake.cleaning.evidence import doubtful
from stocktake.cleaning.feed import ruled
from stocktake.cleaning.key import without_own_id
from stocktake.flows.matching import Matched, matched_rows
from stocktake.flows.referring import (
    Told,
    World,
    named_fields,
    nothing_told,
    tell_elsewhere,
    tell_within,
    unresolved_problems,
)
from stocktake.flows.request import Request
from stocktake.flows.staging import Staged
from stocktake.model.plan import Chunks
from stocktake.model.record_type import RecordType
from stocktake.planning import holding, memory, row, ruling
from stocktake.planning.beside import beside_rows, picked
from stocktake.planning.change import CHANGES, field_changes
from stocktake.planning.displacing import no_claims
from stocktake.planning.linked import Linked, LinkSearch
from stocktake.planning.packed import Packed, Shelves, detached, handfuls
from stocktake.planning.problem import PROBLEMS, collisions
from stocktake.planning.reference import Referred, Words, values_of, words
from stocktake.planning.table import TABLES
from stocktake.ports.progress import Progress
from stocktake.ports.store import Unit

#: So many rows are typed at a time.
_HAND = 50_000
#: So many are compared with their records: beside those they are more than twice as wide.
_PAIRS = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Drafts:
    """The rows that were typed: all their values, packed; those that planning compares, at hand.

    values: ``_row``, the fields that the file feeds, ``extra``. known: ``_row`` and the fields that identities, unique
    values, the lifecycle and references need. words: by what the rows name the records they refer to; None where the
    file feeds no reference.
    """

    values: Chunks
    known: pl.DataFrame
    words: Words | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """What became of the rows.

    rows: all of them, decided. drafts: those that were typed. problems: what is wrong. changes: field changes of rows that
    met a record. candidates: the rows that may act on their record or its link, as ``row.candidates`` gives them. said: what
    the source said by each row that was compared, as ``memory.SAID``. told: which records the rows' references mean. linked:
    the rows beside the links of their keys, whatever the strategy. kept: what rows that act or stay say and the record does
    not take, as ``holding.KEPT``; None where no field minds who speaks. claims: which rows may take an identity from another
    record, as ``displacing.CLAIMS``. ruled: what a person decided of rows in conflict, as ``ruling.RULED``. contested: to
    which records those lead that wait for one, as ``PlanFrames.contested``.
    """

    rows: pl.DataFrame
    linked: Linked
    drafts: Drafts
    problems: pl.DataFrame
    changes: pl.DataFrame
    candidates: pl.DataFrame
    said: pl.DataFrame
    told: Told
    kept: pl.DataFrame | None = None
    claims: pl.DataFrame = field(default_factory=no_claims)
    ruled: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=ruling.RULED))
    contested: pl.DataFrame | None = None


def meet(
    unit: Unit,
    request: Request,
    staged: Staged,
    retired: pl.DataFrame,
    world: World,
    progress: Progress,
    *,
    reordered: bool = False,
) -> Meeting:
    """Find each row's record, type the rows that are new or changed, compare, and let the table decide.

    reordered: sources are believed in another order than when this one was imported last, so that all rows are compared.
    """
    record_type = request.record_type
    matches = TABLES[request.strategy].matches
    linked = _linked(unit, request, staged, retired, reordered=reordered)
    met = linked.rows if matches else row.unmet(staged.rows, request.plan_id[:16])
    progress.advance(staged.file.rows)
    progress.phase("cleaning", staged.file.rows)
    drafts, problems = _drafts(request, staged, met, progress)
    progress.phase("planning", staged.file.rows)
    problems = pl.concat([problems, collisions(met, staged.repeats, staged.key_column)])
    told = nothing_told()
    if drafts.words is not None:
        drafts, told, problems = _told_elsewhere(world, staged, drafts, drafts.words, problems, record_type)
    matched = Matched(rows=met, problems=problems)
    if matches:
        matched = matched_rows(unit, request, staged, met, drafts.known, linked, problems)
        met, problems = matched.rows, matched.problems
    if drafts.words is not None:
        drafts, told, problems = _told(world, request, staged, drafts, drafts.words, told, met, problems)
    faulty = problems.select("_row", valid=pl.lit(value=False)).unique("_row")
    known = (
        beside_rows(met, faulty)
        .with_columns(pl.col("valid").fill_null(value=True))
        .pipe(row.with_retirement, retired)
    )
    decided = _decided(unit, request, staged, known, linked, drafts, problems, told)
    torn = picked(decided.rows, pl.col("_action").is_in(["conflict", "ambiguous"]), "_row")
    said = matched.clashing.join(torn, on="_row", how="semi", maintain_order="left")
    rows, ruled = ruling.standing(decided.rows, matched.ruled)
    waiting = None
    if matched.contested is not None:
        waiting = matched.contested.join(torn, on="_row", how="semi", maintain_order="left")
    return replace(
        decided,
        rows=rows,
        claims=matched.claims,
        problems=pl.concat([problems, said]),
        ruled=ruled,
        contested=waiting,
    )


def _linked(
    unit: Unit, request: Request, staged: Staged, retired: pl.DataFrame, *, reordered: bool
) -> Linked:
    """The rows beside the links of their keys; none is settled where sources are believed in another order by now."""
    source, record_type = request.source.name, request.record_type.name
    search = LinkSearch(
        staged.rows,
        retired,
        mapping_id=unit.mapping_id(source, record_type, staged.mapping.version),
        refresh=request.options.refresh or reordered,
    )
    unit.links(source, record_type, search.meet)
    return search.linked()


def _told_elsewhere(
    world: World, staged: Staged, drafts: Drafts, said: Words, problems: pl.DataFrame, record_type: RecordType
) -> tuple[Drafts, Told, pl.DataFrame]:
    """Which records of other types the rows mean; what planning has at hand then holds their ids (IDN-4)."""
    told = tell_elsewhere(world, record_type, said)
    found = unresolved_problems(record_type.references, said, told, staged.rows, staged.headers)
    here = [name for name in said.texts if name in drafts.known.columns]
    values = {name: each.gather(said.rows[name]) for name, each in values_of(told.verdicts).items()}
    unsaid = drafts.known.with_columns(pl.lit(None, dtype=pl.String).alias(name) for name in here)
    known = unsaid.with_columns(each.alias(name) for name, each in values.items() if name in here)
    return replace(drafts, known=known), told, pl.concat([problems, found])


def _told(
    world: World,
    request: Request,
    staged: Staged,
    drafts: Drafts,
    said: Words,
    told: Told,
    matched: pl.DataFrame,
    problems: pl.DataFrame,
) -> tuple[Drafts, Told, pl.DataFrame]:
    """And which rows of the file itself; from here on the drafts hold ids instead of texts."""
    own, found = tell_within(world, request, said, matched, problems, drafts.known, staged.headers)
    told = told.and_also(own)
    values = Referred(drafts.values, said.rows, values_of(told.verdicts))
    return replace(drafts, values=values), told, pl.concat([problems, found])


def _needed(record_type: RecordType, fields: tuple[str, ...], named: list[str]) -> list[str]:
    """The fields that planning compares among all rows: identities, unique values, the status, what references name."""
    parts = [part for rung in record_type.identity for part in rung]
    unique = [name for name in fields if record_type[name].unique]
    status = [record_type.lifecycle.field] if record_type.lifecycle else []
    return [name for name in dict.fromkeys([*parts, *unique, *status, *named]) if name in fields]


def _drafts(
    request: Request, staged: Staged, met: pl.DataFrame, progress: Progress
) -> tuple[Drafts, pl.DataFrame]:
    """Type the rows that are new or changed, and no others; the drafts, and their problems."""
    record_type = request.record_type
    wanted = picked(met, ~pl.col("settled") & ~pl.col("duplicate"), "_row", "_key")
    fields = staged.fields(record_type)
    needed = _needed(record_type, fields, named_fields(request))
    referring = [each.field for each in record_type.references if each.field in fields]
    texts = Packed(rows=_HAND)
    places = row.places(wanted, met.height)
    values = Shelves(places)
    known = Packed(rows=_HAND)
    problems = [pl.DataFrame(schema=PROBLEMS)]
    mapping = staged.mapping if TABLES[request.strategy].matches else without_own_id(staged.mapping)
    beside = mapping if request.keeps_extra else replace(mapping, unmapped=mapping.kept)
    for read in handfuls(_placed(staged.cells, places, progress), _HAND) if wanted.height else ():
        part = edited(read, staged.file.header, request.options.overrides.edits)
        cleaned = clean(part, record_type, request.source, staged.mapping, plain=staged.plain)
        kept = extras(part, staged.file.header, beside)
        typed = cleaned.drafts.with_columns(kept.alias("extra").cast(pl.String))
        values.add(typed.select("_row", *fields, "extra"))
        if referring:
            texts.add(typed.select("_row", *referring))
        known.add(typed.select("_row", *needed))
        problems += [cleaned.problems, *doubtful(part, staged.mapping, staged.contradictions)]
    columns = {"_row": pl.UInt32(), **dict.fromkeys(referring, pl.String())}
    return Drafts(
        values=values,
        known=known.whole({"_row": pl.UInt32(), **dict.fromkeys(needed, pl.String())}),
        words=words(texts.whole(columns)) if referring else None,
    ), pl.concat(problems)


def _placed(cells: Packed, places: pl.Series, progress: Progress) -> Iterator[pl.DataFrame]:
    """The rows that have a place."""
    for chunk in cells:
        progress.advance(chunk.height)
        wanted = places.gather(chunk["_row"]).is_not_null()
        if wanted.all():
            yield chunk
        elif wanted.any():
            yield detached(chunk.filter(wanted))


def _decided(
    unit: Unit,
    request: Request,
    staged: Staged,
    known: pl.DataFrame,
    linked: Linked,
    drafts: Drafts,
    problems: pl.DataFrame,
    told: Told,
) -> Meeting:
    """Compare what was typed with what is stored, chunk by chunk, and decide."""
    record_type, options = request.record_type, request.options
    met = row.comparable(known, linked.open_links)
    parts = list(_compared(unit, request, staged, met, drafts.values)) if met.height else []
    changes = pl.concat([pl.DataFrame(schema=CHANGES), *(each.changes for each in parts)])
    moved = changes.filter("counted").select("_row", changed=pl.lit(value=True)).unique("_row")
    status = [record_type.lifecycle.field] if record_type.lifecycle else []
    facts = beside_rows(known, moved).with_columns(pl.col("changed").fill_null(value=False))
    if status and status[0] in drafts.known.columns:
        facts = beside_rows(facts, drafts.known.select("_row", *status))
    rows = row.decided(
        facts, TABLES[request.strategy], record_type, options, tracking=request.tracking
    ).with_columns(_back=(~pl.col("_link_present")).fill_null(value=False) & ~pl.col("duplicate"))
    return Meeting(
        rows=row.narrow(rows),
        linked=linked,
        drafts=drafts,
        problems=problems,
        changes=changes,
        candidates=pl.concat([row.no_candidates(record_type), *(each.candidates for each in parts)]),
        said=pl.concat([pl.DataFrame(schema=memory.SAID), *(each.said for each in parts)]),
        told=told,
        kept=_kept(rows, [each.kept for each in parts if each.kept is not None]),
    )


def _kept(rows: pl.DataFrame, parts: list[pl.DataFrame]) -> pl.DataFrame | None:
    """What was not taken, of the rows whose word counts."""
    if not parts:
        return None
    heard = picked(rows, pl.col("_action").is_in(["update", "unchanged", "reactivate"]), "_row")
    return pl.concat(parts).join(heard, on="_row", how="semi", maintain_order="left")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Compared:
    """Some rows beside their records: what they change, what the source said by them, and both sides of it."""

    changes: pl.DataFrame
    said: pl.DataFrame
    candidates: pl.DataFrame
    kept: pl.DataFrame | None


def _compared(
    unit: Unit, request: Request, staged: Staged, met: pl.DataFrame, drafts: Chunks
) -> Iterator[_Compared]:
    """Compare the typed rows with their records, so many at a time as fit into a hand."""
    record_type, options = request.record_type, request.options
    fields = staged.fields(record_type)
    all_fields = tuple(each.name for each in record_type.fields)
    spoken, kind = unit.spoken_fields(record_type.name), ruled(record_type, staged.mapping)
    restrained = holding.restrained(record_type, fields)
    drafted = (met.join(each, on="_row", how="inner", maintain_order="left") for each in drafts)
    for part in handfuls(drafted, _PAIRS):
        values = unit.record_values(record_type, part["_record_id"].unique(), all_fields)
        now = values.rename({name: f"{name}:now" for name in all_fields})
        both = part.join(
            now.drop("_retired", "_retired_by"), on="_record_id", how="inner", maintain_order="left"
        )
        words = memory.last_words(both, fields, spoken, all_fields=all_fields).with_columns(
            _stays=row.stays_retired(options, tracking=request.tracking)
        )
        if restrained:
            words = _beside_holders(unit, request, words, restrained, spoken)
        changes = row.without_status_of_retired(
            field_changes(words, kind, fields, refresh=options.refresh), words, record_type
        )
        said = memory.own_memory(words, kind, fields, all_fields, refresh=options.refresh)
        yield _Compared(
            changes=changes,
            said=said,
            candidates=row.candidates(words, changes, record_type),
            kept=holding.kept(words, kind, restrained) if restrained else None,
        )


def _beside_holders(
    unit: Unit, request: Request, words: pl.DataFrame, fields: tuple[str, ...], spoken: pl.DataFrame
) -> pl.DataFrame:
    """Rows and records beside those who hold the record's fields: persons, and sources that are believed more (PRE-24)."""
    record_type, source = request.record_type, request.source.name
    ids = words["_record_id"].unique()
    held = holding.with_hands(words, fields, unit.hand_edits(record_type.name, ids))
    ranked = holding.ranked(record_type, fields)
    if not ranked:
        return held
    others = unit.links_of(record_type.name, ids).filter(pl.col("_source") != source)
    return holding.with_ranks(held, record_type, ranked, source, others, spoken)
