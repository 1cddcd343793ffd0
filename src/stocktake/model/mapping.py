"""A mapping: which column of a file feeds which field (MAP)."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnMapping:
    """One column feeding one field.

    ``position`` is the column's place in the file (from 0), ``column`` its header as in the file, ``confidence`` 0 to 1,
    ``how`` one of map, saved, source, alias, name.
    """

    position: int
    column: str
    field: str
    confidence: float = 1.0
    how: str = "name"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping:
    """The columns of one file and the fields they feed; each field is fed at most once."""

    columns: tuple[ColumnMapping, ...]
    unmapped: tuple[tuple[int, str], ...] = ()

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that are fed, sorted."""
        return tuple(sorted(each.field for each in self.columns))

    def of(self, field: str) -> ColumnMapping | None:
        """The column that feeds ``field``, or None."""
        return next((each for each in self.columns if each.field == field), None)

    def canonical(self) -> dict[str, str]:
        """Field → header, the part of a mapping that its hashes cover."""
        return {each.field: each.column for each in sorted(self.columns, key=lambda each: each.field)}

    @property
    def version(self) -> str:
        """sha256 of the mapping alone: ``mapping_version`` (LIN-7), 64 hexadecimal digits."""
        return _sha256(self.canonical())

    def hash_for(self, flow_id: str) -> str:
        """sha256 of ``{"flow_id", "mappings"}``: the provenance of a record (LIN-3, LIN-7)."""
        return _sha256({"flow_id": flow_id, "mappings": self.canonical()})


def _sha256(value: object) -> str:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
