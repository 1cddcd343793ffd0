"""The mapping of one file: every field fed by one column at most, and what that left open (MAP-1, MAP-3)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from stocktake.mapping.claim import CONFIDENCE, Claim, header_claims, source_columns
from stocktake.mapping.explicit import explicit_claims
from stocktake.mapping.header import plain
from stocktake.model.mapping import ColumnMapping, Mapping
from stocktake.model.problem import Warning
from stocktake.model.record_type import RecordType
from stocktake.model.source import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingResult:
    """A mapping, what to know about it, and the columns that the source ignores on purpose (place, header).

    ``ignored`` columns are not among ``mapping.unmapped``: they are neither asked about nor kept.
    """

    mapping: Mapping
    warnings: tuple[Warning, ...] = ()
    ignored: tuple[tuple[int, str], ...] = ()


def map_columns(
    header: Sequence[str], record_type: RecordType, source: Source, columns: Sequence[tuple[str, str]] = ()
) -> MappingResult:
    """Which column of ``header`` feeds which field of ``record_type``.

    In this order: ``columns``, the operator's pairs of header and field; the source's own columns; the fields'
    aliases; their names and titles. A column that the operator or the source speaks for feeds what they say and
    nothing else. Where two columns claim a field, the stronger right wins, then the earlier alias, then the
    earlier column; the other is reported as ``ambiguous-column``. Blank headers never match.

    Raises:
        InvalidInput: ``unknown-column``, ``unknown-field``, ``field-mapped-twice``: all mistakes in ``columns``.
    """
    explicit = explicit_claims(header, record_type, columns)
    said = {each.position for each in explicit}
    declared = source_columns(record_type, source)
    claims = [*explicit]
    claims += (each for each in header_claims(header, record_type, declared) if each.position not in said)
    winners, losers = _decided(claims)
    fed = {each.position for each in winners.values()}
    ignored = {
        place
        for place, column in enumerate(header)
        if place not in said and plain(column) in declared and not declared[plain(column)][1]
    }
    mapped = sorted(winners.values(), key=lambda each: (each.position, each.field))
    return MappingResult(
        mapping=Mapping(
            columns=tuple(_column_mapping(each) for each in mapped),
            unmapped=tuple(
                (place, column) for place, column in enumerate(header) if place not in fed | ignored
            ),
        ),
        warnings=tuple(_warnings(losers, winners, fed, record_type)),
        ignored=tuple((place, header[place]) for place in sorted(ignored)),
    )


def _decided(claims: Iterable[Claim]) -> tuple[dict[str, Claim], list[Claim]]:
    """The winning claim of each field, and the claims that lost."""
    winners: dict[str, Claim] = {}
    losers: list[Claim] = []
    for each in sorted(claims, key=lambda claim: claim.order):
        if winners.setdefault(each.field, each) is not each:
            losers.append(each)
    return winners, sorted(losers, key=lambda claim: claim.position)


def _column_mapping(claim: Claim) -> ColumnMapping:
    return ColumnMapping(
        position=claim.position,
        column=claim.column,
        field=claim.field,
        confidence=CONFIDENCE[claim.how],
        how=claim.how,
    )


def _warnings(
    losers: Iterable[Claim], winners: dict[str, Claim], fed: set[int], record_type: RecordType
) -> Iterable[Warning]:
    for each in losers:
        winner = winners[each.field]
        stands_in = each.how == winner.how == "source" and each.position in fed
        if stands_in:  # the source declares a second column for the field, which also feeds another
            continue
        label = f"{record_type[each.field].label} ({each.field})" if each.field in record_type else each.field
        yield Warning(
            code="ambiguous-column",
            message=(
                f'Column {each.position + 1}, "{each.column}", also fits {label}, '
                f'which column {winner.position + 1}, "{winner.column}", feeds. '
                f'If the other is the right one: --map "{each.column}={each.field}".'
            ),
        )
