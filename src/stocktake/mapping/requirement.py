"""Fields that a file must feed (MAP-3)."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from stocktake.mapping.claim import EXTERNAL_ID
from stocktake.mapping.header import listed
from stocktake.mapping.pasting import TOLD, map_option
from stocktake.model.errors import InvalidInput
from stocktake.model.mapping import Mapping
from stocktake.model.record_type import RecordType
from stocktake.model.source import Source
from stocktake.model.suggestion import Suggestion


def missing_fields(mapping: Mapping, record_type: RecordType, source: Source) -> tuple[str, ...]:
    """The required fields that nothing feeds.

    Required are the fields declared so and, for a source that tracks presence, every field of its external id:
    without it nothing could be told present or missing (PRE-3). A column mapped to ``external_id`` stands for it.
    """
    needed = [each.name for each in record_type.fields if each.required]
    if source.tracks_presence and mapping.of(EXTERNAL_ID) is None:
        needed += source.external_id or record_type.external_id
    fed = set(mapping.fields)
    return tuple(name for name in dict.fromkeys(needed) if name not in fed)


def check_required(
    mapping: Mapping,
    record_type: RecordType,
    source: Source,
    suggestions: Sequence[Suggestion] = (),
    sheets: Sequence[str] = (),
) -> None:
    """Refuse a mapping that leaves a required field without a column (MAP-3). ``sheets``: those that were not read.

    Raises:
        InvalidInput: ``missing-column``, naming every such field, what the file has instead, and which column may be meant;
            also where no column feeds any field.
    """
    missing = list(missing_fields(mapping, record_type, source))
    if missing:
        labels = ", ".join(_label(name, record_type) for name in missing)
        meant = [each for each in suggestions if each.field in missing]
        raise _refusal(f"Required: {labels}.", missing, mapping, meant, sheets)
    if not mapping.columns:
        raise _refusal(f"No column feeds a field of {record_type.title}.", [], mapping, suggestions, sheets)


def _label(name: str, record_type: RecordType) -> str:
    return f"{record_type[name].label} ({name})" if name in record_type else name


def _refusal(
    sentence: str,
    missing: list[str],
    mapping: Mapping,
    suggestions: Sequence[Suggestion],
    sheets: Sequence[str],
) -> InvalidInput:
    columns = {(each.position, each.column) for each in mapping.columns}
    header = [column for _, column in sorted(columns | set(mapping.unmapped))]
    example = f'--map "Column={missing[0] if missing else "field"}"'
    message, hint = f"{sentence} The file has: {listed(header)}", f"Map a column of the file with {example}."
    details: dict[str, object] = {"missing": missing, "header": header}
    if suggestions:
        shown = suggestions[:TOLD]
        meant = "; ".join(f'"{each.column}" ({each.confidence:.0%}: {each.why})' for each in shown)
        hint = f"If that is right: {' '.join(map_option(each.column, each.field) for each in shown)}"
        message += f". Perhaps meant: {meant}"
        details["suggestions"] = [
            {"column": each.column, "field": each.field, "confidence": each.confidence, "how": each.how}
            for each in suggestions
        ]
    else:
        message += f"; map one with {example}"
    if sheets:
        hint += f" Or the table is another one of the file: --sheet {shlex.quote(sheets[0])}"
        hint += f" (there are also: {listed(sheets[1:])})." if sheets[1:] else "."
        details["sheets"] = list(sheets)
    return InvalidInput("missing-column", message, hint=hint, details=details)
