"""The declared limits of a field, checked on canonical text (TYP-1, TYP-9)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import polars as pl
from polars.exceptions import ComputeError

from stocktake.cleaning import number
from stocktake.cleaning.type_rule import TypeRule, type_rule
from stocktake.model.errors import InvalidInput
from stocktake.model.record_type import Field, FieldType

_NUMBERS = frozenset({FieldType.INTEGER, FieldType.DECIMAL})
_BOUNDED = _NUMBERS | {FieldType.DATE, FieldType.DATETIME}


@dataclass(frozen=True, slots=True, kw_only=True)
class Constraint:
    """One limit: ``broken`` says where canonical text breaks it, ``fault`` completes the sentence about the cell."""

    broken: pl.Expr
    fault: str


def constraints(field: Field, rule: TypeRule, value: pl.Expr) -> Iterator[Constraint]:
    """The limits of ``field`` over ``value``, its canonical text.

    Raises ``InvalidInput`` (``invalid-bound``) where a minimum or maximum is not a value of the field's type,
    and ``invalid-pattern`` where a pattern is not a regular expression of Polars (no look-around).
    """
    if field.max_length is not None:
        yield Constraint(
            broken=value.str.len_chars() > field.max_length,
            fault=f"is longer than {field.max_length} characters. Shorten it.",
        )
    if field.pattern is not None:
        yield Constraint(
            broken=~value.str.contains(_whole(field, field.pattern)),
            fault=f"does not have the form {field.pattern}. Correct it.",
        )
    if field.minimum is not None and field.type in _BOUNDED:
        bound = _canonical_bound(field, rule, field.minimum)
        yield Constraint(
            broken=number.below(value, bound) if field.type in _NUMBERS else value < bound,
            fault=f"is less than {field.minimum}. Write {field.minimum} or more.",
        )
    if field.maximum is not None and field.type in _BOUNDED:
        bound = _canonical_bound(field, rule, field.maximum)
        yield Constraint(
            broken=number.above(value, bound) if field.type in _NUMBERS else value > bound,
            fault=f"is more than {field.maximum}. Write {field.maximum} or less.",
        )


def _canonical_bound(field: Field, rule: TypeRule, bound: str) -> str:
    """The bound as canonical text: read in the field's own formats, else as ISO (without offset: UTC)."""
    plain = type_rule(replace(field, formats=()), "UTC")
    text = pl.lit(bound, dtype=pl.String)
    canonical: str | None = pl.select(pl.coalesce(rule.canonical(text), plain.canonical(text))).item()
    if canonical is None:
        raise InvalidInput(
            "invalid-bound",
            f'The bound "{bound}" of {field.label} is not a value of type {field.type}.',
            hint="Write the minimum or maximum as a value that the field itself takes.",
        )
    return canonical


def _whole(field: Field, pattern: str) -> str:
    """The pattern for the whole text."""
    whole = rf"\A(?:{pattern})\z"
    try:
        pl.select(pl.lit("").str.contains(whole))
    except ComputeError as error:
        raise InvalidInput(
            "invalid-pattern",
            f'The pattern "{pattern}" of {field.label} cannot be used.',
            hint="Write a regular expression without look-around and back-references.",
        ) from error
    return whole
