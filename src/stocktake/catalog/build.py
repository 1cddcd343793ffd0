"""From a checked shape to the value, and from the value back to the keys of a declaration."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import MISSING, fields
from enum import StrEnum
from typing import Any

from stocktake.catalog.shape import (
    FieldShape,
    LifecycleShape,
    RecordTypeShape,
    ReferenceShape,
    SourceShape,
    StatusShape,
    Tables,
)
from stocktake.cleaning.call import with_tables
from stocktake.model.record_type import Choice, Field, FieldType, Lifecycle, OnBlank, RecordType, Reference
from stocktake.model.source import Existence, Grace, Guards, MissingPolicy, Scope, Source

#: Members of values whose key in a declaration is another word.
_KEYS = {"fields": "field", "references": "reference", "otherwise": "else"}
#: Members that hold pairs, and are a table in a declaration.
_PAIRS = frozenset(
    {
        (Field, "values"),
        (Source, "columns"),
        (Source, "constants"),
        (Source, "defaults"),
        (Source, "on_blank"),
        (Source, "clean"),
    }
)


def build_record_type(declared: RecordTypeShape) -> RecordType:
    """The record type of a declaration; title and plural follow from the name where they are not given."""
    title = declared.name.replace("_", " ").capitalize() if declared.title is None else declared.title
    return RecordType(
        name=declared.name,
        title=title,
        plural=f"{title}s" if declared.plural is None else declared.plural,
        fields=tuple(_field(each, declared.tables) for each in declared.fields_),
        display=declared.display,
        external_id=tuple(declared.external_id),
        key_aliases=tuple(declared.key_aliases),
        identity=tuple(tuple(step) for step in declared.identity),
        identity_rules=tuple(declared.identity_rules),
        tracked=tuple(declared.tracked),
        unmapped=declared.unmapped,
        references=tuple(_reference(each) for each in declared.references),
        lifecycle=None if declared.lifecycle is None else _lifecycle(declared.lifecycle),
        keys=tuple(tuple(key) for key in declared.keys),
        readiness=declared.readiness,
        rekey=declared.rekey,
        first_history=declared.first_history,
        pack=declared.pack,
    )


def _field(declared: FieldShape, tables: Tables) -> Field:
    return Field(
        name=declared.name,
        type=FieldType(declared.type),
        title=declared.title,
        aliases=tuple(declared.aliases),
        clean=written_out(declared.clean, tables),
        compare=declared.compare,
        parts=tuple(declared.parts),
        required=declared.required,
        max_length=declared.max_length,
        pattern=declared.pattern,
        minimum=declared.minimum,
        maximum=declared.maximum,
        unique=declared.unique,
        formats=tuple(declared.formats),
        on_blank=OnBlank(declared.on_blank),
        volatile=declared.volatile,
        unordered=declared.unordered,
        critical=declared.critical,
        choices=tuple(declared.choices),
        values=tuple(declared.values.items()),
        authority=tuple(declared.authority),
        locked=declared.locked,
        initialise=declared.initialise,
        derived=declared.derived,
    )


def written_out(cleaners: Iterable[str], tables: Tables) -> tuple[str, ...]:
    """The cleaners with the tables that they name written out, so that they mean the same wherever they stand."""
    return tuple(with_tables(each, tables) for each in cleaners)


def _reference(declared: ReferenceShape) -> Reference:
    return Reference(field=declared.field, to=declared.to, by=tuple(declared.by), missing=declared.missing)


def _lifecycle(declared: LifecycleShape) -> Lifecycle:
    return Lifecycle(
        field=declared.field,
        retired=declared.retired,
        on_create=_status(declared.on_create),
        on_reactivate=_status(declared.on_reactivate),
    )


def _status(declared: StatusShape | None) -> Choice | str | None:
    if declared is None:
        return None
    if declared.when == "":
        return declared.then
    return Choice(when=declared.when or "", then=declared.then, otherwise=declared.otherwise)


def build_source(declared: SourceShape) -> Source:
    """The source of a declaration."""
    guards, grace, scope = declared.guards, declared.grace, declared.scope
    return Source(
        name=declared.name,
        record_types=tuple(declared.record_types),
        title=declared.title,
        tracks_presence=declared.tracks_presence,
        external_id=tuple(declared.external_id),
        key_rules=tuple(declared.key_rules),
        key_parts=declared.key_parts,
        existence=Existence(declared.existence),
        missing_policy=MissingPolicy(declared.missing_policy),
        default_strategy=declared.default_strategy,
        time_zone=declared.time_zone,
        expected_every=declared.expected_every,
        observe_only=declared.observe_only,
        closed=declared.closed,
        scope=None if scope is None else Scope(field=scope.field, values=tuple(scope.values)),
        guards=Guards(**{**guards.model_dump(), "sentinels": tuple(guards.sentinels)}),
        grace=Grace(snapshots=grace.snapshots, days=grace.days),
        columns=tuple((header, tuple(names)) for header, names in declared.columns.items()),
        constants=tuple(declared.constants.items()),
        defaults=tuple(declared.defaults.items()),
        on_blank=tuple(declared.on_blank.items()),
        clean=tuple((name, written_out(calls, declared.tables)) for name, calls in declared.clean.items()),
        aliases=tuple(declared.aliases),
        pack=declared.pack,
    )


def declared_keys(value: Any) -> dict[str, Any]:
    """The keys that declare ``value``, a record type or a source, without those left at their default."""
    keys: dict[str, Any] = {}
    for each in fields(value):
        if not each.init:
            continue
        held = getattr(value, each.name)
        default = each.default_factory() if each.default_factory is not MISSING else each.default
        if default is MISSING or held != default:
            keys[_KEYS.get(each.name, each.name)] = _plain(held, pairs=(type(value), each.name) in _PAIRS)
    return keys


def _plain(held: Any, *, pairs: bool) -> Any:
    if isinstance(held, StrEnum):
        return held.value
    if isinstance(held, tuple):
        each_plain = [_plain(each, pairs=False) for each in held]
        return dict(each_plain) if pairs else each_plain
    if held is None or isinstance(held, str | int | float | Mapping):
        return held
    return declared_keys(held)
