"""The mapping of a file that is imported into a discovery flow (LIN-3, LIN-6, PACK-3)."""

from __future__ import annotations

from dataclasses import replace

from stocktake.model.flow import DiscoveryFlow
from stocktake.model.mapping import FieldRule, Mapping
from stocktake.model.record_type import OnBlank, RecordType

#: Said once, by the phase that found a record first.
_FIRST = dict.fromkeys(("source_phase", "custom_attributes"), OnBlank.FILL_ONLY)


def in_flow(mapping: Mapping, flow: DiscoveryFlow | None, record_type: RecordType) -> Mapping:
    """``mapping`` with what the flow says of every row, whatever columns and rules say of those fields."""
    if flow is None:
        return mapping
    said = {name: value for name, value in flow.says(mapping.version).items() if name in record_type}
    told = tuple(
        FieldRule(field=name, constant=value, on_blank=_FIRST.get(name), how="flow")
        for name, value in said.items()
    )
    return replace(
        mapping,
        columns=tuple(each for each in mapping.columns if each.field not in said),
        rules=tuple(
            sorted(
                (*(each for each in mapping.rules if each.field not in said), *told),
                key=lambda each: each.field,
            )
        ),
    )
