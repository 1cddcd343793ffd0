"""Mappings as text: read, all mistakes told at once, written back without loss (MAP-4)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

from stocktake.catalog.build import written_out
from stocktake.catalog.form import read_shape, read_text
from stocktake.catalog.mapping_check import mapping_mistakes, set_value_mistakes
from stocktake.catalog.mistake import Mistake, first_of_each, refusal
from stocktake.catalog.shape import MappingShape, keys_of
from stocktake.model.mapping import FieldRule, SavedMapping
from stocktake.model.record_type import OnBlank, RecordType
from stocktake.model.source import Source


def parse_mapping(
    text: str, record_type: RecordType, source: Source, *, name: str = "", origin: str = "<text>"
) -> SavedMapping:
    """The mapping that ``text``, TOML or JSON with the same keys, declares for files of ``source``.

    Raises:
        InvalidInput: ``invalid-declaration``; message and ``details["mistakes"]`` list every mistake with its line.
    """
    keys, positions = read_text(text, origin=origin)
    declared, mistakes = read_shape(MappingShape, keys)
    if not keys:
        mistakes.append(Mistake((), f"says nothing: it needs one of {', '.join(keys_of(MappingShape))}."))
    mistakes += [] if declared is None else mapping_mistakes(declared, record_type)
    if declared is None:
        raise refusal(first_of_each(mistakes), positions, origin=origin)
    wrong = {each.path[:2] for each in mistakes}
    sound = declared.model_copy(
        update={"on_blank": {k: v for k, v in declared.on_blank.items() if ("on_blank", k) not in wrong}}
    )
    saved = replace(_built(sound), name=name)
    mistakes += set_value_mistakes(saved, record_type, source)
    if mistakes:
        raise refusal(first_of_each(mistakes), positions, origin=origin)
    return saved


def mapping_to_json(saved: SavedMapping) -> str:
    """The mapping as a JSON document, for the database; :func:`mapping_from_json` reads it back."""
    document: dict[str, object] = {"columns": {header: list(names) for header, names in saved.columns}}
    for key, value in (
        ("values", {each.field: dict(each.values) for each in saved.rules if each.values}),
        ("constants", {each.field: each.constant for each in saved.rules if each.constant is not None}),
        ("defaults", {each.field: each.default for each in saved.rules if each.default is not None}),
        ("on_blank", {each.field: each.on_blank for each in saved.rules if each.on_blank}),
        ("null_words", {each.field: list(each.null_words) for each in saved.rules if each.null_words}),
        ("formats", {each.field: list(each.formats) for each in saved.rules if each.formats}),
        ("clean", {each.field: list(each.clean) for each in saved.rules if each.clean is not None}),
        ("time_zones", {each.field: each.time_zone for each in saved.rules if each.time_zone}),
    ):
        if value:
            document[key] = value
    return json.dumps(document, ensure_ascii=False)


def mapping_from_json(text: str, *, name: str = "") -> SavedMapping:
    """The mapping that :func:`mapping_to_json` wrote; checked for form only."""
    keys, positions = read_text(text, origin="stored mapping")
    declared, mistakes = read_shape(MappingShape, keys)
    if declared is None or mistakes:
        raise refusal(first_of_each(mistakes), positions, origin="stored mapping")
    return replace(_built(declared), name=name)


def _built(declared: MappingShape) -> SavedMapping:
    return SavedMapping(
        columns=tuple((header, tuple(names)) for header, names in declared.columns.items()),
        rules=tuple(_rules(declared)),
    )


def _rules(declared: MappingShape) -> Iterator[FieldRule]:
    tables = (
        declared.values,
        declared.constants,
        declared.defaults,
        declared.on_blank,
        declared.null_words,
        declared.formats,
        declared.clean,
        declared.time_zones,
    )
    for name in sorted({name for table in tables for name in table}):
        on_blank, clean = declared.on_blank.get(name), declared.clean.get(name)
        yield FieldRule(
            field=name,
            values=tuple(declared.values.get(name, {}).items()),
            constant=declared.constants.get(name),
            default=declared.defaults.get(name),
            on_blank=None if on_blank is None else OnBlank(on_blank),
            null_words=tuple(declared.null_words.get(name, ())),
            formats=tuple(declared.formats.get(name, ())),
            clean=None if clean is None else written_out(clean, declared.tables),
            time_zone=declared.time_zones.get(name),
        )
