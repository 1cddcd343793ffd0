"""What is declared, for programs: record types, sources, saved mappings, discovery flows."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from stocktake.catalog.declaration import record_type_to_json, source_to_json
from stocktake.interfaces.wording import moment_iso

if TYPE_CHECKING:
    from stocktake.book.mapped import KeptMapping
    from stocktake.model.record_type import RecordType
    from stocktake.model.source import Source


def record_type_document(kind: RecordType) -> dict[str, Any]:
    """A record type as it is declared."""
    return dict(json.loads(record_type_to_json(kind)))


def source_document(source: Source) -> dict[str, Any]:
    """A source as it is declared."""
    return dict(json.loads(source_to_json(source)))


def mapping_declaration_document(kept: KeptMapping) -> dict[str, Any]:
    """A saved mapping as it is declared, and what it is for (MAP-4)."""
    about = {
        "name": kept.name,
        "record_type": kept.record_type,
        "source": kept.source,
        "version": kept.version,
    }
    return {**about, **json.loads(kept.descriptor)}


def flow_document(flow: dict[str, Any]) -> dict[str, Any]:
    """A discovery flow (LIN-10)."""
    return {**flow, "created_at": moment_iso(flow["created_at"])}
