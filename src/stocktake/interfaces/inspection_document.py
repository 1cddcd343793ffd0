"""The JSON of an inspection, as interfaces.md promises it, for the command line and the web (INT-11)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stocktake.interfaces.document import SHOWN, advice_document, mapping_document

if TYPE_CHECKING:
    from stocktake.model.sketch import ColumnSketch
    from stocktake.reporting.candidate import Candidate
    from stocktake.reporting.inspection import Inspection


def inspection_document(found: Inspection) -> dict[str, Any]:
    """A file as it was found, and as what it could be imported."""
    layout = found.layout
    return {
        "format": layout.format,
        "compression": layout.compression,
        "member": layout.member,
        "members": list(layout.members),
        "encoding": layout.encoding,
        "delimiter": layout.delimiter,
        "quote": layout.quote,
        "sheet": layout.sheet,
        "sheets": list(layout.sheets),
        "hidden_sheets": list(layout.hidden_sheets),
        "header_line": layout.header_line,
        "header_lines": layout.header_lines,
        "escape": layout.escape,
        "rows": found.rows,
        "complete": found.complete,
        "columns": [_column(each) for each in found.columns],
        "suggested": _suggested(found),
        "warnings": [
            {"code": each.code, "message": each.message, "count": each.count, "rows": list(each.rows)}
            for each in found.warnings
        ],
        "errors": [{"code": "faulty-rows", "message": faulty(found)}] if found.faulty else [],
    }


def faulty(found: Inspection) -> str:
    """How many rows are not as the header says."""
    noun = "row does" if found.faulty == 1 else "rows do"
    return f"{found.faulty:,} {noun} not have the form of the header; `stocktake plan` names their lines."


def _column(each: ColumnSketch) -> dict[str, Any]:
    looks_like = each.looks_like
    return {
        "name": each.name,
        "type": each.type,
        "filled": each.filled,
        "distinct": each.distinct,
        "samples": list(each.samples),
        "looks_like": looks_like.value if looks_like else None,
    }


def _suggested(found: Inspection) -> dict[str, Any]:
    best, recognised = found.target, found.recognition
    mapping = (
        mapping_document(found.mapping) | advice_document(found.advice, found.key)
        if found.mapping is not None
        else None
    )
    return {
        "record_type": best.record_type if best else None,
        "source": best.source if best else None,
        "mapping": mapping,
        "clear": recognised.clear,
        "saved_mapping": best.saved if best else None,
        "missing": list(best.missing) if best else [],
        "evidence": list(best.evidence)[:SHOWN] if best else [],
        "why": recognised.why,
        "candidates": [_candidate(each) for each in recognised.candidates[:5]],
    }


def _candidate(each: Candidate) -> dict[str, Any]:
    return {
        "record_type": each.record_type,
        "source": each.source,
        "saved_mapping": each.saved,
        "columns": each.known,
        "own_columns": each.named,
        "missing": list(each.missing),
    }
