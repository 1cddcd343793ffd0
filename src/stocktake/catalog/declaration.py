"""Record types and sources as text: read, all mistakes told at once, written back without loss (TYP)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import TypeVar

from stocktake.catalog.build import build_record_type, build_source, declared_keys
from stocktake.catalog.form import read_shape, read_text
from stocktake.catalog.mistake import Mistake, first_of_each, refusal
from stocktake.catalog.position import Positions
from stocktake.catalog.shape import RecordTypeShape, Shape, SourceShape
from stocktake.catalog.source_check import source_field_mistakes, source_mistakes
from stocktake.catalog.type_check import type_mistakes, unknown_field
from stocktake.catalog.vocabulary import EXTERNAL_ID, nearest
from stocktake.mapping.rule import declared_rules
from stocktake.model.mapping import SavedMapping
from stocktake.model.record_type import RecordType
from stocktake.model.source import Source

Shaped = TypeVar("Shaped", bound=Shape)

#: So many stored declarations are read once and not at every step of every import.
_REMEMBERED = 256


def parse_record_type(text: str, *, origin: str = "<text>") -> RecordType:
    """The record type that ``text``, TOML or JSON with the same keys, declares; messages call it ``origin``.

    Raises:
        InvalidInput: ``invalid-declaration``; message and ``details["mistakes"]`` list every mistake as
            ``{"line", "key", "message"}``, lines from 1, list places in keys from 0 (``field[2].type``).
    """
    keys, positions = read_text(text, origin=origin)
    declared, mistakes = read_shape(RecordTypeShape, keys)
    mistakes += [] if declared is None else type_mistakes(declared)
    return build_record_type(_faultless(declared, mistakes, positions, origin))


def parse_source(text: str, *, origin: str = "<text>") -> Source:
    """The source that ``text``, TOML or JSON with the same keys, declares.

    ``record_types`` may be left out where the caller names the type (``source add NAME --type T``).
    Whether the fields it names exist is for :func:`check_source_fields`.

    Raises:
        InvalidInput: ``invalid-declaration``, as :func:`parse_record_type`.
    """
    keys, positions = read_text(text, origin=origin)
    declared, mistakes = read_shape(SourceShape, keys)
    mistakes += [] if declared is None else source_mistakes(declared)
    return build_source(_faultless(declared, mistakes, positions, origin))


def check_source_fields(source: Source, record_types: Mapping[str, RecordType]) -> None:
    """Refuse a source that names a record type, or a field, that is not in ``record_types``.

    Raises:
        InvalidInput: ``invalid-declaration``; lines are 1, since a source as a value has no lines.
    """
    unknown = [
        Mistake(("record_types", place), f'there is no record type "{name}".')
        for place, name in enumerate(source.record_types)
        if name not in record_types
    ]
    known = [record_types[name] for name in source.record_types if name in record_types]
    fields = {each.name for record_type in known for each in record_type.fields}
    declared = SourceShape.model_validate(declared_keys(source))
    mistakes = unknown or list(source_field_mistakes(fields, declared))
    if not mistakes and (source.constants or source.defaults):
        # Cleaning is loaded only where there is a value to clean: it takes longer than all other checks.
        from stocktake.catalog.mapping_check import set_value_mistakes

        rules = SavedMapping(rules=tuple(declared_rules(source)))
        mistakes = [each for kind in known for each in set_value_mistakes(rules, kind, source)]
    if mistakes:
        raise refusal(mistakes, {}, origin=f"source {source.name}")


def check_references(
    record_type: RecordType, record_types: Mapping[str, RecordType], *, origin: str = "<text>"
) -> None:
    """Refuse a record type that refers to a type, or by a field, that is not in ``record_types`` (IDN-4).

    Raises:
        InvalidInput: ``invalid-declaration``; lines are 1, since a record type as a value has no lines.
    """
    known = {**record_types, record_type.name: record_type}
    mistakes = []
    for place, each in enumerate(record_type.references):
        if each.to not in known:
            wrong = f'there is no record type "{each.to}".{nearest(each.to, known)} Declare it first.'
            mistakes.append(Mistake(("reference", place, "to"), wrong))
            continue
        fields = [EXTERNAL_ID, *(field.name for field in known[each.to].fields)]
        for inner, name in enumerate(each.by):
            mistakes += unknown_field(("reference", place, "by", inner), name, fields)
    if mistakes:
        raise refusal(mistakes, {}, origin=origin)


def record_type_to_json(record_type: RecordType) -> str:
    """The record type as a JSON declaration, for the database; :func:`record_type_from_json` reads it back."""
    return json.dumps(declared_keys(record_type), ensure_ascii=False)


@lru_cache(maxsize=_REMEMBERED)
def record_type_from_json(text: str) -> RecordType:
    """The record type that :func:`record_type_to_json` wrote.

    Checked for form only: what was accepted once stays readable when the checks grow.
    """
    keys, positions = read_text(text, origin="stored record type")
    declared, mistakes = read_shape(RecordTypeShape, keys)
    return build_record_type(_faultless(declared, mistakes, positions, "stored record type"))


def source_to_json(source: Source) -> str:
    """The source as a JSON declaration, for the database; :func:`source_from_json` reads it back."""
    return json.dumps(declared_keys(source), ensure_ascii=False)


@lru_cache(maxsize=_REMEMBERED)
def source_from_json(text: str) -> Source:
    """The source that :func:`source_to_json` wrote; checked for form only."""
    keys, positions = read_text(text, origin="stored source")
    declared, mistakes = read_shape(SourceShape, keys)
    return build_source(_faultless(declared, mistakes, positions, "stored source"))


def _faultless(declared: Shaped | None, mistakes: list[Mistake], positions: Positions, origin: str) -> Shaped:
    if declared is None or mistakes:
        raise refusal(first_of_each(mistakes), positions, origin=origin)
    return declared
