"""Drafts and problems: what a batch says, typed as canonical text, and what is wrong with it (CLN-3, BLK-1, ERR-2).

The other questions a batch is asked (:func:`keys`, :func:`row_hashes`, :func:`extras`, :func:`content_keys`)
can be imported from here too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from stocktake.cleaning.cell import CLEARING_TOKENS, TidyBatch, tidied
from stocktake.cleaning.cleaner import chained, refusal
from stocktake.cleaning.constraint import constraints
from stocktake.cleaning.extra import extras
from stocktake.cleaning.feed import cleaners_of, column_of, fed, ruled
from stocktake.cleaning.key import MAXIMUM_KEY_LENGTH, key_fields, keys, long_keys
from stocktake.cleaning.row_fault import is_troubled, row_faults
from stocktake.cleaning.row_hash import content_keys, row_hashes
from stocktake.cleaning.type_rule import TypeRule, type_rule
from stocktake.cleaning.word import translated
from stocktake.model.mapping import Mapping
from stocktake.model.record_type import Field, FieldType, OnBlank, RecordType
from stocktake.model.source import Source

__all__ = ["PROBLEMS", "Cleaned", "clean", "content_keys", "extras", "keys", "row_hashes"]

#: The columns of ``Cleaned.problems``.
PROBLEMS = pl.Schema(
    {
        "_row": pl.UInt32(),
        "line": pl.UInt32(),
        "column": pl.String(),
        "field": pl.String(),
        "value": pl.String(),
        "code": pl.String(),
        "message": pl.String(),
    }
)
_NO_PROBLEMS = PROBLEMS.to_frame()

_SHOWN = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleaned:
    """What became of a batch.

    ``drafts``: ``_row`` and one String column per mapped field, named as the field: null says nothing (blank
    and kept, or a cell with a problem), "" clears, all else is canonical text. ``problems``: as ``PROBLEMS``
    says, in the order of rows and columns; ``column`` and ``field`` are null where the whole row is meant,
    ``value`` is the cell as read.
    """

    drafts: pl.DataFrame
    problems: pl.DataFrame


@dataclass(frozen=True, slots=True, kw_only=True)
class _Check:
    """One thing that may be wrong with the cells of a field: where, and its code.

    ``fault`` completes the sentence that begins with the cell in quotes, or is all of it where it ``stands_alone``.
    """

    broken: pl.Expr
    code: str
    fault: str | pl.Expr
    stands_alone: bool = False

    def message(self, cell: pl.Expr) -> pl.Expr:
        """The sentence about such a cell; made for those alone that are told of."""
        fault = pl.lit(self.fault) if isinstance(self.fault, str) else self.fault
        return fault if self.stands_alone else pl.concat_str(_quoted(cell), fault, separator=" ")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Column:
    """A mapped field with its expressions' names: ``cell`` trimmed, ``value`` after cleaners, ``text`` canonical.

    ``name`` is the batch's column, ``header`` the file's; None where the cells are a constant. ``clearing``: a cell may
    clear the field; ``gaps``: one may be blank or nothing.
    """

    name: str
    header: str | None
    field: Field
    rule: TypeRule
    plain: bool
    storable: bool
    clearing: bool
    gaps: bool

    @property
    def cell(self) -> pl.Expr:
        return pl.col(self.name)

    @property
    def value(self) -> pl.Expr:
        """After cleaners and value mapping; the cell itself where there are none."""
        return pl.col(f"value:{self.field.name}") if self.field.clean or self.field.values else self.cell

    @property
    def text(self) -> pl.Expr:
        """Canonical, null where the type refuses the value; the value itself where every text is canonical."""
        return self.value if self.field.type is FieldType.TEXT else pl.col(f"text:{self.field.name}")

    @property
    def clears(self) -> pl.Expr:
        return self.cell.is_in(CLEARING_TOKENS) if self.clearing else pl.lit(False)

    @property
    def blank(self) -> pl.Expr:
        if self.field.clean or self.field.values:
            return (self.cell == "") | self.value.eq_missing("")
        return self.cell == "" if self.gaps else pl.lit(False)

    @property
    def all_filled(self) -> bool:
        """Whether it is known that every cell says something."""
        return not (self.clearing or self.gaps or self.field.clean or self.field.values)

    @property
    def filled(self) -> pl.Expr:
        return ~self.blank & ~self.clears


def clean(
    batch: pl.DataFrame, record_type: RecordType, source: Source, mapping: Mapping, *, plain: bool = False
) -> Cleaned:
    """Read a batch by the declared types: drafts for planning, problems for people (CLN-3, TYP-1).

    Every problem of a row is told, structural ones of the reader included. A mapping's target that is no
    field of the type (``external_id``) is checked, but gives no column. A field that refers to a record says
    that record's name or external id as text (IDN-4). ``plain``: the cells are known to be
    plain text, since a reader says so (``Reading.plain``) and nobody has changed any. Raises ``InvalidInput`` for
    declarations that do not hold.
    """
    structural = _structural_problems(batch, mapping)
    batch, record_type = fed(batch, mapping), ruled(record_type, mapping)
    feeds = [(each.field, each) for each in mapping.columns] + [(name, None) for name in mapping.constants]
    names = {name: column_of(mapping, name) or "" for name, _ in feeds}
    known = _known(mapping, record_type) if plain else frozenset()
    cells = tidied(batch, names.values(), known=known)
    columns = [
        _column(
            _field(name, record_type, mapping),
            names[name],
            each.column if each else None,
            mapping.rule(name).time_zone or source.time_zone,
            cells,
        )
        for name, each in feeds
    ]
    frame = cells.frame.with_columns(_values(columns))
    frame = frame.with_columns(_texts(columns, frame))
    checks = {
        f"broken:{column.field.name}:{place}": (column, check)
        for column in columns
        for place, check in enumerate(_checks(column, frame))
    }
    broken = frame.select(
        check.broken.fill_null(value=False).alias(name) for name, (_, check) in checks.items()
    )
    failing = [name for name in checks if broken[name].any()]
    frame = frame.with_columns(broken[name] for name in failing) if failing else frame
    drafts = frame.select(
        "_row", *(_draft(column, failing) for column in columns if column.field.name in record_type)
    )
    parts = (
        structural,
        *(_problems(batch, frame, *checks[name], name) for name in failing),
        _long_key_problems(batch, record_type, source, mapping),
    )
    found = [each for each in parts if each.height]
    problems = pl.concat(found).sort("_row", maintain_order=True) if found else _NO_PROBLEMS
    return Cleaned(drafts=drafts, problems=problems)


def _known(mapping: Mapping, record_type: RecordType) -> frozenset[str]:
    """The columns of a plain batch that need not be looked into, since no blanks are to be collapsed in them."""
    taken = {name: column_of(mapping, name) for name in mapping.fields}
    looked = {taken[name] for name in taken if "collapse" in cleaners_of(mapping, record_type, name)[:1]}
    return frozenset(f"c{place}" for each in mapping.columns for place in each.positions) - looked


def _field(name: str, record_type: RecordType, mapping: Mapping) -> Field:
    """The field of that name; of a target that is none (``external_id``) what the mapping says."""
    if name in record_type:
        return record_type[name]
    return Field(name=name, clean=cleaners_of(mapping, record_type, name))


def _column(field: Field, name: str, header: str | None, time_zone: str | None, tidy: TidyBatch) -> _Column:
    rule = type_rule(field, time_zone)
    return _Column(
        name=name,
        header=header,
        field=field,
        rule=rule,
        plain=name in tidy.plain,
        storable=name in tidy.storable,
        clearing=name in tidy.clearing,
        gaps=name not in tidy.filled,
    )


def _values(columns: Sequence[_Column]) -> Iterator[pl.Expr]:
    for column in columns:
        if column.field.clean or column.field.values:
            value = chained(column.cell, column.field.clean, plain=column.plain)
            yield translated(value, column.field.values).alias(f"value:{column.field.name}")


def _texts(columns: Sequence[_Column], frame: pl.DataFrame) -> Iterator[pl.Series]:
    """The canonical texts, a first glance at all columns taken at once."""
    typed = [column for column in columns if column.field.type is not FieldType.TEXT]
    glanced = frame.select(column.rule.glance(column.value).alias(column.field.name) for column in typed)
    for column in typed:
        values = frame[column.value.meta.output_name()]
        yield column.rule.texts(values, glanced[column.field.name]).alias(f"text:{column.field.name}")


def _checks(column: _Column, frame: pl.DataFrame) -> Iterator[_Check]:
    """All that may be wrong with a field's cells; a cell that the type refuses is not held against its limits."""
    field = column.field
    if field.required and not column.all_filled:
        message = f"{field.label} is required and blank. Fill the cell."
        missing = ~column.filled & ~is_troubled(column.name)
        yield _Check(broken=missing, code="constraint-error", fault=message, stands_alone=True)
    unreadable = pl.lit(False)
    if not column.storable:
        unreadable = column.cell.str.contains("\0", literal=True)
        fault = "holds the character NUL, which cannot be stored. Delete it."
        yield _Check(broken=unreadable, code="invalid-character", fault=fault)
    typed = field.type is not FieldType.TEXT or field.clean
    if typed and frame[column.text.meta.output_name()].null_count():
        yield _Check(
            broken=column.text.is_null() & column.filled & ~unreadable,
            code=column.rule.code,
            fault=_type_fault(column),
        )
    for constraint in constraints(field, column.rule, column.text):
        yield _Check(
            broken=constraint.broken & column.filled & ~unreadable,
            code="constraint-error",
            fault=constraint.fault,
        )


def _type_fault(column: _Column) -> pl.Expr:
    """What is wrong with a cell that gave no value: as the type says, or for text the cleaner that found nothing."""
    if column.field.type is FieldType.TEXT:
        return refusal(column.cell, column.field.clean)
    return column.rule.fault(column.value.fill_null(column.cell))


def _quoted(cell: pl.Expr) -> pl.Expr:
    """The cell in quotes as a message shows it: long ones cut, NUL made visible."""
    short = pl.when(cell.str.len_chars() > _SHOWN).then(cell.str.head(_SHOWN) + "…").otherwise(cell)
    return pl.concat_str(pl.lit('"'), short.str.replace_all("\0", "␀", literal=True), pl.lit('"'))


def _draft(column: _Column, failing: Sequence[str]) -> pl.Expr:
    """What the field's cells say (BLK-1): a problem or a kept blank says nothing, "" clears."""
    troubles = [name for name in failing if name.startswith(f"broken:{column.field.name}:")]
    on_blank = "" if column.field.on_blank is OnBlank.CLEAR else None
    said = column.text
    if not column.all_filled:
        said = pl.when(column.blank).then(pl.lit(on_blank, dtype=pl.String)).otherwise(said)
    if column.clearing:
        said = pl.when(column.clears).then(pl.lit("")).otherwise(said)
    return (pl.when(~pl.any_horizontal(troubles)).then(said) if troubles else said).alias(column.field.name)


def _problems(
    batch: pl.DataFrame, frame: pl.DataFrame, column: _Column, check: _Check, broken: str
) -> pl.DataFrame:
    """The rows of ``frame`` in which ``check`` found something, with the cell as ``batch`` has it."""
    raw = batch[column.name].filter(frame[broken])
    return (
        frame.filter(pl.col(broken))
        .select(
            "_row",
            line="_line",
            column=pl.lit(column.header),
            field=pl.lit(column.field.name),
            value=raw,
            code=pl.lit(check.code),
            message=check.message(column.cell),
        )
        .cast(PROBLEMS)
    )


def _structural_problems(batch: pl.DataFrame, mapping: Mapping) -> pl.DataFrame:
    """The reader's faults (REA-4), with column, field and cell where one cell is meant."""
    if batch["_fault"].null_count() == batch.height:
        return _NO_PROBLEMS
    faults = row_faults(batch)
    parts = [faults.filter(pl.col("name").is_null()).with_columns(_told(None, None, pl.lit(None)))]
    for name in faults["name"].drop_nulls().unique(maintain_order=True):
        position = int(name.removeprefix("c"))
        feeding = next((each for each in mapping.columns if position in each.positions), None)
        header = feeding.headers[feeding.positions.index(position)] if feeding else None
        part = faults.filter(pl.col("name") == name).join(
            batch.select("_row", cell=name), on="_row", how="left", maintain_order="left"
        )
        parts.append(part.with_columns(_told(header, feeding.field if feeding else None, pl.col("cell"))))
    columns = ("_row", pl.col("_line").alias("line"), "column", "field", "value", "code", "message")
    return pl.concat([part.select(columns).cast(PROBLEMS) for part in parts])


def _told(header: str | None, field: str | None, value: pl.Expr) -> list[pl.Expr]:
    return [pl.lit(header).alias("column"), pl.lit(field).alias("field"), value.alias("value")]


def _long_key_problems(
    batch: pl.DataFrame, record_type: RecordType, source: Source, mapping: Mapping
) -> pl.DataFrame:
    """Rows whose external id is too long to be kept; their key counts as unreadable (PRE-5)."""
    long = long_keys(batch, record_type, source, mapping)
    if long.is_empty():
        return _NO_PROBLEMS
    names = key_fields(record_type, source, mapping)
    feeding = mapping.of(names[0]) if len(names) == 1 else None
    message = f"The external id has more than {MAXIMUM_KEY_LENGTH:,} characters. Shorten it."
    return (
        long.join(batch.select("_row", "_line"), on="_row", how="left", maintain_order="left")
        .select(
            "_row",
            line="_line",
            column=pl.lit(feeding.column if feeding else None),
            field=pl.lit(feeding.field if feeding else None),
            value="_key_raw",
            code=pl.lit("key-too-long"),
            message=pl.lit(message),
        )
        .cast(PROBLEMS)
    )
