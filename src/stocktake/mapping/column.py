"""The mapping of one file: what feeds every field, and what that left open (MAP-1, MAP-3, MAP-4)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from stocktake.mapping.claim import Claim, declared_of, header_claims, saved_columns, source_columns
from stocktake.mapping.drift import Overlap, drift_of, drift_warnings
from stocktake.mapping.explicit import explicit_claims, fieldless
from stocktake.mapping.rule import rules_of
from stocktake.model.column_name import column_names
from stocktake.model.mapping import KEPT, LEFT_OUT, ColumnMapping, Mapping, SavedMapping
from stocktake.model.problem import Warning
from stocktake.model.record_type import RecordType
from stocktake.model.source import Source
from stocktake.model.suggestion import Drift, Suggestion


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingResult:
    """A mapping, what to know about it, and the columns that are ignored on purpose (place, header).

    ``ignored`` columns are not among ``mapping.unmapped``: they are neither asked about nor kept. ``drift``: how the header
    differs from that of the saved mapping, None where there is none.
    """

    mapping: Mapping
    warnings: tuple[Warning, ...] = ()
    ignored: tuple[tuple[int, str], ...] = ()
    drift: Drift | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Decision:
    """Per field the claim that won and those that stand in where its cell is blank; and the claims that lost."""

    winners: dict[str, Claim] = field(default_factory=dict)
    standing_in: dict[str, list[Claim]] = field(default_factory=dict)
    losers: list[Claim] = field(default_factory=list)

    @property
    def fed(self) -> set[int]:
        """The places of the columns that feed a field."""
        in_blanks = (each.position for claims in self.standing_in.values() for each in claims)
        return {each.position for each in self.winners.values()} | set(in_blanks)


def map_columns(
    header: Sequence[str],
    record_type: RecordType,
    source: Source,
    columns: Sequence[tuple[str, str]] = (),
    saved: SavedMapping | None = None,
    *,
    accepted: Sequence[Suggestion] = (),
    overlap: Overlap | None = None,
) -> MappingResult:
    """Which column of ``header`` feeds which field of ``record_type``, and what is said without a column.

    In this order: ``columns``, the operator's pairs of a column's name (``column_names``) and a field, "" where the column
    is left out and ``extra`` where its cells are kept beside the record; the saved mapping; the source's own columns; the
    fields' aliases; their names and titles. A column that the operator, the saved mapping or the source speaks for
    feeds what they say and nothing else; constants of the saved mapping and the source go before columns of lesser
    right. Where two columns claim a field, the stronger right wins, then the earlier alias, then the earlier column.
    The other stands in where the first is blank, if a saved mapping or the source names both, or if the field refers to
    a record; otherwise it is reported as ``ambiguous-column``. Blank headers match nothing by themselves.
    ``accepted`` suggestions come last of all; ``overlap`` helps to tell a renamed column of the saved mapping.

    Raises:
        InvalidInput: ``unknown-column``, ``unknown-field``, ``field-mapped-twice``: all mistakes in ``columns``.
    """
    names = column_names(header)
    explicit = explicit_claims(names, record_type, columns)
    left_out = fieldless(names, columns, LEFT_OUT) - {each.position for each in explicit}
    kept = fieldless(names, columns, KEPT)
    said = {each.position for each in explicit} | left_out | kept
    by_name = source_columns(record_type, source) | saved_columns(saved)
    declared = {
        place: each for place, each in declared_of(header, names, by_name).items() if place not in said
    }
    claims = [*explicit]
    claims += (
        each for each in header_claims(header, names, record_type, declared) if each.position not in said
    )
    claims += (_accepted(each) for each in accepted)
    rules = rules_of(record_type, source, saved, claims)
    constant = {each.field for each in rules if each.constant is not None}
    decided = _decided((each for each in claims if each.field not in constant), record_type)
    ignored = {place for place, each in declared.items() if not each.fields and not each.kept} | left_out
    kept |= {place for place, each in declared.items() if each.kept}
    used = decided.fed | ignored
    unmapped = tuple((place, name) for place, name in enumerate(names) if place not in used)
    mapped = [_column_mapping(each, decided) for each in decided.winners.values()]
    mapped += _joined(mapped, record_type, constant)
    mapping = Mapping(
        columns=tuple(sorted(mapped, key=lambda each: (each.position, each.field))),
        unmapped=unmapped,
        kept=tuple(each for each in unmapped if each[0] in kept),
        rules=rules,
    )
    drift = drift_of(header, saved, overlap)
    return MappingResult(
        mapping=mapping,
        warnings=(*drift_warnings(drift, saved, mapping), *_warnings(decided, record_type)),
        ignored=tuple((place, names[place]) for place in sorted(ignored)),
        drift=drift,
    )


def _accepted(each: Suggestion) -> Claim:
    return Claim(
        position=each.position,
        column=each.column,
        field=each.field,
        how=each.how,
        confidence=each.confidence,
    )


def _decided(claims: Iterable[Claim], record_type: RecordType) -> _Decision:
    decided = _Decision()
    for each in sorted(claims, key=lambda claim: claim.order):
        winner = decided.winners.setdefault(each.field, each)
        if winner is each:
            continue
        if _stands_in(each, winner, record_type):
            decided.standing_in.setdefault(each.field, []).append(each)
        else:
            decided.losers.append(each)
    return decided


def _stands_in(claim: Claim, winner: Claim, record_type: RecordType) -> bool:
    """Whether the order of the two is declared, so that the first filled one of them says the field."""
    ordered = claim.how in ("saved", "source") or record_type.reference(claim.field) is not None
    return ordered and claim.how == winner.how and claim.place != winner.place


def _column_mapping(claim: Claim, decided: _Decision) -> ColumnMapping:
    return ColumnMapping(
        position=claim.position,
        column=claim.column,
        field=claim.field,
        confidence=claim.trust,
        how=claim.how,
        fallback=tuple((each.position, each.column) for each in decided.standing_in.get(claim.field, ())),
    )


def _joined(
    mapped: Sequence[ColumnMapping], record_type: RecordType, constant: set[str]
) -> Iterator[ColumnMapping]:
    """Fields without a column of their own whose parts all have one: a full name of first and last name."""
    columns = {each.field: each for each in mapped}
    for each in record_type.fields:
        parts = [columns[name] for name in each.parts if name in columns]
        if not parts or len(parts) < len(each.parts) or each.name in {*columns, *constant}:
            continue
        yield replace(
            parts[0],
            field=each.name,
            how="parts",
            confidence=min(0.9, *(part.confidence for part in parts)),
            fallback=(),
            joined=tuple((part.position, part.column) for part in parts[1:]),
        )


def _warnings(decided: _Decision, record_type: RecordType) -> Iterator[Warning]:
    for each in sorted(decided.losers, key=lambda claim: claim.position):
        winner = decided.winners[each.field]
        label = f"{record_type[each.field].label} ({each.field})" if each.field in record_type else each.field
        yield Warning(
            code="ambiguous-column",
            message=(
                f'Column {each.position + 1}, "{each.column}", also fits {label}, '
                f'which column {winner.position + 1}, "{winner.column}", feeds. '
                f'If the other is the right one: --map "{each.column}={each.field}".'
            ),
        )
