"""Fields that a file must feed (MAP-3)."""

from __future__ import annotations

from stocktake.mapping.claim import EXTERNAL_ID
from stocktake.mapping.header import listed
from stocktake.model.errors import InvalidInput
from stocktake.model.mapping import Mapping
from stocktake.model.record_type import RecordType
from stocktake.model.source import Source


def check_required(mapping: Mapping, record_type: RecordType, source: Source) -> None:
    """Refuse a mapping that leaves a required field without a column.

    Required are the fields declared so and, for a source that tracks presence, every field of its external id:
    without it nothing could be told present or missing (PRE-3). A column mapped to ``external_id`` stands for it.

    Raises:
        InvalidInput: ``missing-column``, naming every such field and what the file has instead; also where no
            column feeds any field.
    """
    needed = [each.name for each in record_type.fields if each.required]
    if source.tracks_presence and mapping.of(EXTERNAL_ID) is None:
        needed += source.external_id or record_type.external_id
    fed = set(mapping.fields)
    missing = [name for name in dict.fromkeys(needed) if name not in fed]
    if missing:
        labels = ", ".join(_label(name, record_type) for name in missing)
        raise _refusal(f"Required: {labels}.", missing, mapping)
    if not mapping.columns:
        raise _refusal(f"No column feeds a field of {record_type.title}.", [], mapping)


def _label(name: str, record_type: RecordType) -> str:
    return f"{record_type[name].label} ({name})" if name in record_type else name


def _refusal(sentence: str, missing: list[str], mapping: Mapping) -> InvalidInput:
    columns = {(each.position, each.column) for each in mapping.columns}
    header = [column for _, column in sorted(columns | set(mapping.unmapped))]
    example = f'--map "Column={missing[0] if missing else "field"}"'
    return InvalidInput(
        "missing-column",
        f"{sentence} The file has: {listed(header)}; map one with {example}",
        hint=f"Map a column of the file with {example}.",
        details={"missing": missing, "header": header},
    )
