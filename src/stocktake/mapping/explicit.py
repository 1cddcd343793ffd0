"""What the operator says about columns: ``--map "Column=field"`` (MAP-1, MAP-3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from stocktake.mapping.claim import Claim, targets
from stocktake.mapping.header import listed, nearest
from stocktake.model.column_name import place_of
from stocktake.model.errors import InvalidInput
from stocktake.model.mapping import KEPT, LEFT_OUT
from stocktake.model.record_type import RecordType


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mistake:
    code: str
    column: str
    field: str
    message: str


def explicit_claims(
    names: Sequence[str], record_type: RecordType, columns: Sequence[tuple[str, str]]
) -> list[Claim]:
    """The claims of the operator, each once.

    A column goes by its name (``names``: those of ``column_names``) as written, otherwise without outer blanks and case, if
    only one is like it. Pairs of ``LEFT_OUT`` and ``KEPT`` claim nothing; see :func:`fieldless`.

    Raises:
        InvalidInput: ``unknown-column``, ``unknown-field`` or ``field-mapped-twice``, as the first mistake is;
            the message and ``details["mistakes"]`` list all.
    """
    claims: dict[str, Claim] = {}
    mistakes: list[_Mistake] = []
    known = targets(record_type)
    for column, name in dict.fromkeys(columns):
        position = place_of(names, column)
        if position is None:
            message = f'The file has no column "{column}".{nearest(column, names)}'
            mistakes.append(_Mistake(code="unknown-column", column=column, field=name, message=message))
        if name not in (*known, LEFT_OUT, KEPT):
            message = f'{record_type.title} has no field "{name}".{nearest(name, known)}'
            mistakes.append(_Mistake(code="unknown-field", column=column, field=name, message=message))
        if position is None or name not in known:
            continue
        claim = Claim(position=position, column=names[position], field=name, how="map")
        earlier = claims.setdefault(name, claim)
        if earlier.position != position:
            message = f'Field {name} is mapped twice, from "{earlier.column}" and from "{claim.column}".'
            mistakes.append(_Mistake(code="field-mapped-twice", column=column, field=name, message=message))
    if mistakes:
        raise _refusal(mistakes, names, known)
    return list(claims.values())


def fieldless(names: Sequence[str], columns: Sequence[tuple[str, str]], word: str) -> set[int]:
    """The places of columns of which the operator says ``word``: ``LEFT_OUT`` or ``KEPT``."""
    found = (place_of(names, column) for column, name in columns if name == word)
    return {place for place in found if place is not None}


def _refusal(mistakes: Sequence[_Mistake], names: Sequence[str], known: Sequence[str]) -> InvalidInput:
    codes = {each.code for each in mistakes}
    hints = []
    if "unknown-column" in codes:
        hints.append(f"The file has: {listed(names)}.")
    if "unknown-field" in codes:
        hints.append(f"The fields are: {', '.join(known)}.")
    if "field-mapped-twice" in codes:
        hints.append("Name one column for each field.")
    return InvalidInput(
        mistakes[0].code,
        "\n".join([each.message for each in mistakes] + hints[:1] * ("unknown-column" in codes)),
        hint=" ".join(hints),
        details={
            "mistakes": [
                {"code": each.code, "column": each.column, "field": each.field, "message": each.message}
                for each in mistakes
            ],
            "header": list(names),
        },
    )
