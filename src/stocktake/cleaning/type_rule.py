"""One rule per field type: the canonical text of a cell, or what is wrong with it (TYP-1, TYP-2, ERR-2)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from stocktake.cleaning import moment, number, word
from stocktake.cleaning.number_form import form_of, plain_number
from stocktake.model.record_type import Field, FieldType


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeRule:
    """How a type reads cells that are trimmed, in NFC, cleaned and not blank.

    ``canonical`` gives the canonical text, null where the cell does not fit. ``fault`` completes the sentence
    that begins with the cell in quotes, and is asked of cells that do not fit only. ``code`` is that
    problem's code. ``own`` is a regular expression of cells that are their own canonical text, and says that a
    blank cell has none: what it finds need not be read. ``near`` is one of cells that are canonical after one step.
    """

    canonical: Callable[[pl.Expr], pl.Expr]
    fault: Callable[[pl.Expr], pl.Expr]
    code: str = "type-error"
    own: str | None = None
    near: tuple[str, Callable[[pl.Expr], pl.Expr]] | None = None

    def glance(self, cell: pl.Expr) -> pl.Expr:
        """What :meth:`texts` has to know of each cell: whether it is canonical, or, where ``own`` cannot tell, its text."""
        return self.canonical(cell) if self.own is None else cell.str.contains(self.own)

    def texts(self, cells: pl.Series, glanced: pl.Series) -> pl.Series:
        """The canonical texts of cells, of which those that are canonical already are passed on."""
        if self.own is None:
            return glanced
        if glanced.all():
            return cells
        odd = (~glanced).arg_true()
        if odd.len() > cells.len() // 2:
            return _read(cells, self)
        return cells.clone().scatter(odd, _read(cells.gather(odd), self))


def _read(cells: pl.Series, rule: TypeRule) -> pl.Series:
    """The canonical texts; lazily, so that what a rule's expression says twice is worked out once."""
    cell, frame = pl.col("cell"), cells.to_frame("cell")
    if rule.near and frame.select(cell.str.contains(rule.near[0]).all(ignore_nulls=False)).item():
        return frame.select(rule.near[1](cell)).to_series()
    return frame.lazy().select(rule.canonical(cell)).collect().to_series()


def type_rule(field: Field, time_zone: str | None = None) -> TypeRule:
    """The rule of a field; ``time_zone`` is the source's, for datetimes without offset (TYP-2)."""
    return _RULES[field.type](field, time_zone)


def _text(_field: Field, _time_zone: str | None) -> TypeRule:
    return TypeRule(
        canonical=lambda cell: cell,
        fault=lambda _: pl.lit(
            "holds nothing that the field's cleaners can use. Correct the cell or clear it."
        ),
    )


def _integer(field: Field, _time_zone: str | None) -> TypeRule:
    return _pictured(
        field, TypeRule(canonical=number.integer, fault=number.integer_fault, own=number.OWN_INTEGER)
    )


def _decimal(field: Field, _time_zone: str | None) -> TypeRule:
    return _pictured(
        field,
        TypeRule(
            canonical=number.decimal,
            fault=number.decimal_fault,
            own=number.OWN_DECIMAL,
            near=(number.NEAR_DECIMAL, number.shortened),
        ),
    )


def _pictured(field: Field, rule: TypeRule) -> TypeRule:
    """The rule for numbers that are written as the field's formats show, by the first that fits (CLN-1)."""
    forms = [form for form in map(form_of, field.formats) if form is not None]
    if not forms:
        return rule
    kind = "a whole number" if field.type is FieldType.INTEGER else "a number"
    shown = " or ".join(field.formats[:2])
    return TypeRule(
        canonical=lambda cell: pl.coalesce(rule.canonical(plain_number(cell, form)) for form in forms),
        fault=lambda _: pl.lit(f"is not {kind} as this column writes it. Write it such as {shown}."),
    )


def _boolean(_field: Field, _time_zone: str | None) -> TypeRule:
    return TypeRule(
        canonical=word.boolean, fault=lambda _: pl.lit("is neither true nor false. Write true or false.")
    )


def _date(field: Field, _time_zone: str | None) -> TypeRule:
    return TypeRule(
        canonical=lambda cell: moment.date(cell, field.formats),
        fault=lambda cell: moment.date_fault(cell, field.formats),
        own=None if field.formats else moment.OWN_DATE,
    )


def _datetime(field: Field, time_zone: str | None) -> TypeRule:
    return TypeRule(
        canonical=lambda cell: moment.datetime(cell, field.formats, time_zone),
        fault=lambda cell: moment.datetime_fault(cell, field.formats, time_zone),
    )


def _choice(field: Field, _time_zone: str | None) -> TypeRule:
    return TypeRule(
        canonical=lambda cell: word.choice(cell, field.choices),
        fault=lambda _: word.choice_fault(field.choices),
        code="constraint-error",
    )


def _email(_field: Field, _time_zone: str | None) -> TypeRule:
    return TypeRule(
        canonical=word.email,
        fault=lambda _: pl.lit("is not an e-mail address. Write one address, such as anna@example.com."),
    )


def _phone(_field: Field, _time_zone: str | None) -> TypeRule:
    return TypeRule(
        canonical=word.phone,
        fault=lambda _: pl.lit("is not a phone number. Write 5 to 20 digits, such as +16045550199."),
    )


def _url(_field: Field, _time_zone: str | None) -> TypeRule:
    return TypeRule(
        canonical=word.url,
        fault=lambda _: pl.lit(
            "is not a web address. Write it with its scheme, such as https://example.com."
        ),
    )


def _json(_field: Field, _time_zone: str | None) -> TypeRule:
    return TypeRule(
        canonical=word.json,
        fault=lambda _: pl.lit('is not JSON that can be stored. Write it such as {"size": 2} or ["a", "b"].'),
    )


_RULES: dict[FieldType, Callable[[Field, str | None], TypeRule]] = {
    FieldType.TEXT: _text,
    FieldType.INTEGER: _integer,
    FieldType.DECIMAL: _decimal,
    FieldType.BOOLEAN: _boolean,
    FieldType.DATE: _date,
    FieldType.DATETIME: _datetime,
    FieldType.CHOICE: _choice,
    FieldType.EMAIL: _email,
    FieldType.PHONE: _phone,
    FieldType.URL: _url,
    FieldType.JSON: _json,
}
