"""A mapping: which column of a file feeds which field, and what is said without a column (MAP)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass, replace
from typing import Any

from stocktake.model.record_type import OnBlank

#: In the place of a field: the column feeds none, and is left out; or its cells are kept beside the record.
LEFT_OUT, KEPT = "", "extra"


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnMapping:
    """What feeds one field.

    ``position`` is the column's place in the file (from 0), ``column`` its name (``column_names``: its header as in the
    file, where that is its own), ``confidence`` 0 to 1, ``how`` one of map, saved, source, alias, name, parts.
    ``fallback`` are further columns, place and name: of all, the first that is filled in a row says the field. ``joined``
    are further columns whose cells follow, after a blank.
    """

    position: int
    column: str
    field: str
    confidence: float = 1.0
    how: str = "name"
    fallback: tuple[tuple[int, str], ...] = ()
    joined: tuple[tuple[int, str], ...] = ()

    @property
    def positions(self) -> tuple[int, ...]:
        """The places of all its columns, the first one first."""
        return (self.position, *(place for place, _ in (*self.joined, *self.fallback)))

    @property
    def headers(self) -> tuple[str, ...]:
        """The headers of all its columns, the first one first."""
        return (self.column, *(header for _, header in (*self.joined, *self.fallback)))


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldRule:
    """What a mapping says about one field beside its column (MAP-1, MAP-4).

    ``values``: word → value, over the field's own. ``constant``: every row says so, whatever its cells.
    ``default``: what a blank cell says. ``null_words``: cells that count as blank (BLK-1). ``on_blank``, ``formats`` and
    ``clean``, the cleaners, take the place of the field's own, () being none at all, and ``time_zone`` that of the
    source's (CLN-1). ``how``: who says so: saved, source, type, flow, or as a column decision has it.
    """

    field: str
    values: tuple[tuple[str, str], ...] = ()
    constant: str | None = None
    default: str | None = None
    null_words: tuple[str, ...] = ()
    on_blank: OnBlank | None = None
    formats: tuple[str, ...] = ()
    clean: tuple[str, ...] | None = None
    time_zone: str | None = None
    how: str = "saved"

    def canonical(self) -> dict[str, Any]:
        """What the rule says, without what it leaves open and who says it."""
        said = {
            "values": dict(self.values),
            "constant": self.constant,
            "default": self.default,
            "null_words": sorted(self.null_words),
            "on_blank": self.on_blank,
            "formats": list(self.formats),
            "time_zone": self.time_zone,
        }
        open_ = {key: value for key, value in said.items() if value not in (None, {}, [])}
        return open_ if self.clean is None else open_ | {"clean": list(self.clean)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping:
    """The columns of one file and the fields they feed, each field at most once, and the rules of fields.

    ``unmapped``: the place and name of columns that feed none; ``kept``: those of them that are kept beside the record
    because somebody says so, whatever becomes of the others (MAP-3).
    """

    columns: tuple[ColumnMapping, ...]
    unmapped: tuple[tuple[int, str], ...] = ()
    kept: tuple[tuple[int, str], ...] = ()
    rules: tuple[FieldRule, ...] = ()

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that the file's rows speak of, by a column or a constant; sorted."""
        return tuple(sorted({each.field for each in self.columns} | self.constants.keys()))

    @property
    def constants(self) -> dict[str, str]:
        """Field → the value that every row says."""
        return {each.field: each.constant for each in self.rules if each.constant is not None}

    def of(self, field: str) -> ColumnMapping | None:
        """The column that feeds ``field``, or None."""
        return next((each for each in self.columns if each.field == field), None)

    def reworded(self, words: Dictionary[str, tuple[tuple[str, str], ...]]) -> Mapping:
        """This mapping with further words and what they mean, per field."""
        rules = {each.field: each for each in self.rules}
        for name, pairs in words.items():
            rule = self.rule(name)
            rules[name] = replace(rule, values=tuple({**dict(rule.values), **dict(pairs)}.items()))
        return replace(self, rules=tuple(rules.values()))

    def written(self, forms: Dictionary[str, tuple[tuple[str, ...], str | None]], how: str) -> Mapping:
        """This mapping with formats, and a time zone, of columns as ``how`` decided; what is None or empty stays."""
        rules = {each.field: each for each in self.rules}
        for name, (formats, zone) in forms.items():
            if formats or zone:
                rule = self.rule(name)
                rules[name] = replace(
                    rule, formats=formats or rule.formats, time_zone=zone or rule.time_zone, how=how
                )
        return replace(self, rules=tuple(rule for _, rule in sorted(rules.items())))

    def rule(self, field: str) -> FieldRule:
        """What is said about ``field`` beside its column; an empty rule where nothing is."""
        return next((each for each in self.rules if each.field == field), FieldRule(field=field))

    def canonical(self) -> dict[str, Any]:
        """Field → its header, or all that is said about it where that is more: what the hashes cover (MAP-4)."""
        return {
            name: self._said(name) for name in sorted({*self.fields, *(each.field for each in self.rules)})
        }

    def _said(self, name: str) -> str | dict[str, Any]:
        each, said = self.of(name), self.rule(name).canonical()
        if each is not None and not (each.fallback or each.joined or said):
            return each.column
        for key, columns in (("fallback", each.fallback), ("joined", each.joined)) if each else ():
            said |= {key: [column for _, column in columns]} if columns else {}
        return said | ({"column": each.column} if each else {})

    @property
    def version(self) -> str:
        """sha256 of the mapping alone: ``mapping_version`` (LIN-7), 64 hexadecimal digits."""
        return _sha256(self.canonical())

    def hash_for(self, flow_id: str) -> str:
        """sha256 of ``{"flow_id", "mappings"}``: the provenance of a record (LIN-3, LIN-7)."""
        return _sha256({"flow_id": flow_id, "mappings": self.canonical()})


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedMapping:
    """A mapping as people write and save it, before any file is seen (MAP-4).

    ``columns``: header, or a column's name where that is blank or repeated → the fields it feeds; none: ignored; ``extra``
    alone: kept beside the record. ``rules``: what is said about fields beside columns.
    """

    columns: tuple[tuple[str, tuple[str, ...]], ...] = ()
    rules: tuple[FieldRule, ...] = ()
    name: str = ""


def _sha256(value: object) -> str:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
