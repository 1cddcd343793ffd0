"""What is declared: the database's record types and sources over those of the packs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Self

from stocktake.catalog.declaration import (
    check_references,
    check_source_fields,
    parse_record_type,
    record_type_from_json,
    record_type_to_json,
    source_from_json,
    source_to_json,
)
from stocktake.catalog.packs import pack_record_types, pack_sources
from stocktake.catalog.vocabulary import nearest
from stocktake.model.errors import InvalidInput, NotFound
from stocktake.model.record_type import FieldType, RecordType
from stocktake.model.source import Grace, Source

#: Widening that keeps every value (TYP-7); SQLite would have to rebuild the table, so only those that need no rebuild.
_SAME_COLUMN = {FieldType.TEXT, FieldType.CHOICE, FieldType.EMAIL, FieldType.PHONE, FieldType.URL}


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """Record types and sources by name; ``stored_record_types`` are those that have their table."""

    record_types: dict[str, RecordType]
    sources: dict[str, Source]
    stored_record_types: dict[str, RecordType]

    @classmethod
    def of_packs(cls) -> Self:
        """Only what ships."""
        return cls(
            record_types=dict(pack_record_types()), sources=dict(pack_sources()), stored_record_types={}
        )

    @classmethod
    def stored(cls, record_types: Mapping[str, str], sources: Mapping[str, str]) -> Self:
        """What a database holds, over what ships."""
        types = {name: record_type_from_json(text) for name, text in record_types.items()}
        own = {name: source_from_json(text) for name, text in sources.items()}
        return cls(
            record_types={**pack_record_types(), **types},
            sources={**pack_sources(), **own},
            stored_record_types=types,
        )

    def record_type(self, name: str) -> RecordType:
        """Raises ``NotFound`` ``unknown-record-type``, with the nearest name."""
        if name not in self.record_types:
            raise NotFound(
                "unknown-record-type",
                f'There is no record type "{name}".',
                hint=_suggestion(name, self.record_types)
                + "Declare one with `stocktake type add FILE`, or list them with `stocktake types`.",
            )
        return self.record_types[name]

    def source(self, name: str, record_type: str) -> Source:
        """A source by name or alias. Raises ``NotFound`` ``unknown-source``, ``InvalidInput`` ``source-of-other-type``."""
        found = self.source_named(name, record_type)
        if record_type not in found.record_types:
            raise InvalidInput(
                "source-of-other-type",
                f"{found.name} delivers {', '.join(found.record_types)}, not {record_type}.",
                hint=f"Declare it for {record_type} too, or check --type.",
            )
        return found

    def source_named(self, name: str, record_type: str = "T") -> Source:
        """A source by name or alias, whatever it delivers; ``record_type`` is for the hint. Raises ``unknown-source``."""
        found = self.sources.get(name) or next(
            (each for each in self.sources.values() if name in each.aliases), None
        )
        if found is None:
            raise NotFound(
                "unknown-source",
                f'There is no source "{name}".',
                hint=_suggestion(name, self.sources)
                + f"Declare it with `stocktake source add {name} --type {record_type}`.",
            )
        return found

    def keepers(self) -> tuple[Source, ...]:
        """The sources whose presence keeps records alive (PRE-31); no grace waits for one that is closed."""
        return tuple(
            replace(each, grace=Grace()) if each.closed else each
            for _, each in sorted(self.sources.items())
            if each.keeps_records
        )

    def referring(self, record_type: str) -> tuple[tuple[RecordType, str], ...]:
        """The record types that have their table and refer to ``record_type``, each with the field (IDN-4)."""
        return tuple(
            (each, reference.field)
            for each in self.stored_record_types.values()
            for reference in each.references
            if reference.to == record_type
        )

    def needs_definition(self, record_type: RecordType) -> bool:
        """Whether the type's table is missing, or of an older version of its pack."""
        return self.stored_record_types.get(record_type.name) != record_type

    def checked_record_type(self, text: str, *, origin: str) -> RecordType:
        """A declaration that can be stored: sound in itself, and additive to what is stored (TYP-7)."""
        declared = parse_record_type(text, origin=origin)
        check_references(declared, self.record_types, origin=origin)
        known = self.stored_record_types.get(declared.name)
        if known is None:
            return declared
        lost = [each.name for each in known.fields if each.name not in declared]
        turned = [
            f"{each.name} from {each.type} to {declared[each.name].type}"
            for each in known.fields
            if each.name in declared and _differs(each.type, declared[each.name].type)
        ]
        turned += _fixed(known, declared)
        if lost or turned:
            what = [f"drops {', '.join(lost)}"] * bool(lost) + [f"changes {', '.join(turned)}"] * bool(turned)
            raise InvalidInput(
                "destructive-change",
                f'The new declaration of "{declared.name}" {" and ".join(what)}: stored values would be lost.',
                hint="Keep the fields as they are and add new ones; unused fields do no harm.",
            )
        return declared

    def checked_source(self, source: Source) -> Source:
        """A source whose types and fields exist."""
        for name in source.record_types:
            self.record_type(name)
        check_source_fields(source, self.record_types)
        known = self.sources.get(source.name)
        return replace(source, pack=known.pack if known else None)

    @staticmethod
    def record_type_text(record_type: RecordType) -> str:
        """The stored form."""
        return record_type_to_json(record_type)

    @staticmethod
    def source_text(source: Source) -> str:
        """The stored form."""
        return source_to_json(source)


def _differs(old: FieldType, new: FieldType) -> bool:
    return old is not new and not (old in _SAME_COLUMN and new in _SAME_COLUMN)


def _fixed(known: RecordType, declared: RecordType) -> list[str]:
    """What a table is made with once and for all: its keys, and whether its records become ready."""
    told = [f"keys from {known.keys} to {declared.keys}"] * (known.keys != declared.keys)
    if known.readiness != declared.readiness:
        told.append(f"readiness from {known.readiness} to {declared.readiness}".lower())
    return told


def _suggestion(name: str, known: Mapping[str, object]) -> str:
    close = nearest(name, known).strip()
    return f"{close} " if close else ""
