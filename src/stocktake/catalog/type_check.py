"""What a declared record type must hold beyond its form (TYP-1, TYP-5, TYP-9)."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from decimal import Decimal

from stocktake.catalog.cleaner_check import NO_PATTERN, cleaner_mistakes, is_pattern
from stocktake.catalog.mistake import Mistake
from stocktake.catalog.position import Path
from stocktake.catalog.shape import FieldShape, LifecycleShape, RecordTypeShape, ReferenceShape, Tables
from stocktake.catalog.vocabulary import (
    COMPARISONS,
    EXTERNAL_ID,
    FIELD_NAME,
    KEY_RULES,
    REFERENCE_MISSING,
    REKEY,
    RESERVED_PREFIXES,
    UNMAPPED,
    nearest,
)
from stocktake.model.record_type import READINESS_COLUMNS, SYSTEM_COLUMNS, FieldType, OnBlank

_WHOLE = re.compile(r"[+-]?[0-9]+")
_NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?")
_NAME_RULE = "a name is a small letter, then up to 40 small letters, digits or underscores"


def one_of(path: Path, word: str, allowed: Collection[str]) -> Iterator[Mistake]:
    """A mistake where ``word`` is none of ``allowed``."""
    if word not in allowed:
        known = ", ".join(allowed)
        yield Mistake(path, f'"{word}" is not known here.{nearest(word, allowed)} It may be: {known}.')


def type_mistakes(declared: RecordTypeShape) -> Iterator[Mistake]:
    """Every mistake of a record type's declaration beside its form."""
    yield from type_name_mistakes(("name",), declared.name)
    yield from one_of(("unmapped",), declared.unmapped, UNMAPPED)
    yield from one_of(("rekey",), declared.rekey, REKEY)
    for place, rule in enumerate(declared.identity_rules):
        yield from one_of(("identity_rules", place), rule, KEY_RULES)
    if not declared.fields_:
        yield Mistake(("field",), "a record type needs at least one field: add a [[field]] table.")
    seen: set[str] = set()
    for place, each in enumerate(declared.fields_):
        path: Path = ("field", place)
        yield from _field_name_mistakes((*path, "name"), each.name, seen, readiness=declared.readiness)
        yield from _field_mistakes(path, each, declared.tables)
        seen.add(each.name)
    yield from _named_field_mistakes(declared, {each.name: each for each in declared.fields_})


def type_name_mistakes(path: Path, name: str) -> Iterator[Mistake]:
    """Whether a record type may be called so; its table will be (TYP-5)."""
    if not name:
        yield Mistake(path, "is missing.")
    elif not FIELD_NAME.fullmatch(name):
        yield Mistake(path, f'"{name}" cannot be a record type\'s name: {_NAME_RULE}.')
    elif name.startswith(RESERVED_PREFIXES):
        prefix = name.split("_")[0] + "_"
        yield Mistake(path, f'"{name}" is reserved: no type may begin with {prefix} (reserved-name).')


def _field_name_mistakes(
    path: Path, name: str, seen: Collection[str], *, readiness: bool
) -> Iterator[Mistake]:
    if not name:
        yield Mistake(path, "is missing.")
    elif not FIELD_NAME.fullmatch(name):
        yield Mistake(path, f'"{name}" cannot be a field\'s name: {_NAME_RULE}.')
    elif name in SYSTEM_COLUMNS:
        yield Mistake(path, f'"{name}" is a column that every record has: take another name (reserved-name).')
    elif readiness and name in READINESS_COLUMNS:
        wrong = f'"{name}" is a column of records that become ready'
        yield Mistake(path, f"{wrong}: take another name (reserved-name).")
    elif name in seen:
        yield Mistake(path, f'"{name}" is declared twice: each field has a name of its own.')


def _field_mistakes(path: Path, each: FieldShape, tables: Tables) -> Iterator[Mistake]:
    yield from one_of((*path, "type"), each.type, [kind.value for kind in FieldType])
    yield from one_of((*path, "on_blank"), each.on_blank, [rule.value for rule in OnBlank])
    for place, cleaner in enumerate(each.clean):
        yield from cleaner_mistakes((*path, "clean", place), cleaner, tables)
    if each.compare is not None:
        yield from one_of((*path, "compare"), each.compare, COMPARISONS)
    if each.max_length is not None and each.max_length < 1:
        yield Mistake((*path, "max_length"), "must be 1 or more.")
    if each.pattern is not None and not is_pattern(each.pattern):
        yield Mistake((*path, "pattern"), f"{NO_PATTERN}.")
    yield from _authority_mistakes(path, each)
    yield from _choice_mistakes(path, each)
    yield from _limit_mistakes(path, each)


def _authority_mistakes(path: Path, each: FieldShape) -> Iterator[Mistake]:
    """Sources are of a workspace and types of the database, so whether each is declared cannot be asked here (PRE-24)."""
    for place, name in enumerate(each.authority):
        if not name.strip():
            yield Mistake((*path, "authority", place), "a source's name must not be blank.")
        elif name in each.authority[:place]:
            yield Mistake((*path, "authority", place), f'"{name}" is listed twice: its first place counts.')


def _choice_mistakes(path: Path, each: FieldShape) -> Iterator[Mistake]:
    if each.type != FieldType.CHOICE:
        if each.choices:
            yield Mistake((*path, "choices"), 'only a field of type "choice" has choices.')
        return
    if not each.choices:
        yield Mistake((*path, "choices"), "a choice needs choices: list what it may be.")
        return
    for place, word in enumerate(each.choices):
        if not word.strip():
            yield Mistake((*path, "choices", place), "a choice must not be blank.")
        elif word in each.choices[:place]:
            yield Mistake((*path, "choices", place), f'"{word}" is listed twice.')
    for said, meant in each.values.items():
        if meant not in each.choices:
            suggestion = nearest(meant, each.choices)
            yield Mistake(
                (*path, "values", said), f'"{said}" becomes "{meant}", which is not a choice.{suggestion}'
            )


def _limit_mistakes(path: Path, each: FieldShape) -> Iterator[Mistake]:
    limits: dict[str, Decimal | datetime] = {}
    for key, text in (("minimum", each.minimum), ("maximum", each.maximum)):
        if text is None:
            continue
        limit = _limit(each.type, text)
        if isinstance(limit, str):
            yield Mistake((*path, key), limit)
        else:
            limits[key] = limit
    if len(limits) == 2 and not _in_order(limits["minimum"], limits["maximum"]):
        yield Mistake((*path, "minimum"), f"{each.minimum} is more than the maximum, {each.maximum}.")


def _limit(kind: str, text: str) -> Decimal | datetime | str:
    """The limit as a value of the field's type, or the sentence that says why it is none."""
    if kind in (FieldType.INTEGER, FieldType.DECIMAL):
        if kind == FieldType.INTEGER and not _WHOLE.fullmatch(text):
            return f'"{text}" is not a whole number.'
        return Decimal(text) if _NUMBER.fullmatch(text) else f'"{text}" is not a number.'
    if kind in (FieldType.DATE, FieldType.DATETIME):
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            return f'"{text}" is not a date: write it as 2026-12-31.'
    return "only numbers and dates have a minimum or a maximum."


def _in_order(low: Decimal | datetime, high: Decimal | datetime) -> bool:
    if isinstance(low, datetime) and isinstance(high, datetime):
        return low.replace(tzinfo=None) <= high.replace(tzinfo=None)
    return isinstance(low, Decimal) and isinstance(high, Decimal) and low <= high


def _named_field_mistakes(declared: RecordTypeShape, fields: dict[str, FieldShape]) -> Iterator[Mistake]:
    """Fields that are named somewhere and declared nowhere."""
    if declared.display is not None:
        yield from unknown_field(("display",), declared.display, [*fields, EXTERNAL_ID])
    for place, name in enumerate(declared.external_id):
        yield from unknown_field(("external_id", place), name, [*fields, EXTERNAL_ID])
    if declared.key_aliases and EXTERNAL_ID not in declared.external_id:
        wrong = f'only headers of the external id "{EXTERNAL_ID}" stand here'
        yield Mistake(("key_aliases",), f"{wrong}: give the field that is the external id aliases instead.")
    for place, step in enumerate(declared.identity):
        if not step:
            yield Mistake(("identity", place), "an identity needs at least one field.")
        for inner, name in enumerate(step):
            yield from unknown_field(("identity", place, inner), name, fields)
    for place, key in enumerate(declared.keys):
        if not key:
            yield Mistake(("keys", place), "a key needs at least one field.")
        for inner, name in enumerate(key):
            yield from unknown_field(("keys", place, inner), name, fields)
    for place, each in enumerate(declared.fields_):
        for inner, name in enumerate(each.parts):
            yield from unknown_field(("field", place, "parts", inner), name, fields)
    for place, name in enumerate(declared.tracked):
        yield from unknown_field(("tracked", place), name, fields)
    for place, reference in enumerate(declared.references):
        yield from _reference_mistakes(("reference", place), reference, fields)
    if declared.lifecycle is not None:
        yield from _lifecycle_mistakes(declared.lifecycle, fields)


def _reference_mistakes(
    path: Path, reference: ReferenceShape, fields: dict[str, FieldShape]
) -> Iterator[Mistake]:
    """A reference's field holds the id of a record, so it is a whole number (IDN-4)."""
    yield from unknown_field((*path, "field"), reference.field, fields)
    held = fields.get(reference.field)
    if held is not None and held.type != FieldType.INTEGER:
        wrong = f'"{reference.field}" is of type {held.type}, but a reference holds the id of a record'
        yield Mistake((*path, "field"), f'{wrong}: declare the field with type = "integer".')
    yield from type_name_mistakes((*path, "to"), reference.to)
    yield from one_of((*path, "missing"), reference.missing, REFERENCE_MISSING)
    for inner, name in enumerate(reference.by):
        if not FIELD_NAME.fullmatch(name):
            yield Mistake((*path, "by", inner), f'"{name}" cannot be a field\'s name: {_NAME_RULE}.')


def unknown_field(path: Path, name: str, fields: Iterable[str]) -> Iterator[Mistake]:
    """A mistake where no field has that name."""
    if not name:
        yield Mistake(path, "is missing.")
    elif name not in fields:
        yield Mistake(path, f'there is no field "{name}".{nearest(name, fields)}')


def _lifecycle_mistakes(lifecycle: LifecycleShape, fields: dict[str, FieldShape]) -> Iterator[Mistake]:
    yield from unknown_field(("lifecycle", "field"), lifecycle.field, fields)
    statuses: list[tuple[Path, str]] = [(("lifecycle", "retired"), lifecycle.retired)]
    for key, status in (("on_create", lifecycle.on_create), ("on_reactivate", lifecycle.on_reactivate)):
        if status is None:
            continue
        path: Path = ("lifecycle", key)
        if status.when == "":
            statuses.append((path, status.then))
        else:
            yield from unknown_field((*path, "when"), status.when or "", fields)
            statuses += [((*path, "then"), status.then), ((*path, "else"), status.otherwise)]
    held = fields.get(lifecycle.field)
    choices = held.choices if held is not None and held.type == FieldType.CHOICE else None
    for path, word in statuses:
        if not word:
            yield Mistake(path, "is missing.")
        elif choices is not None and word not in choices:
            suggestion = nearest(word, choices)
            yield Mistake(path, f'"{word}" is not a choice of {lifecycle.field}.{suggestion}')
