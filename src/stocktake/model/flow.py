"""Discovery flows: what an import may belong to (LIN-6, LIN-10)."""

from __future__ import annotations

import json
from dataclasses import dataclass

#: The phase of an import into a flow that names none (PACK-3).
PHASE = "inventory"


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscoveryFlow:
    """A flow, and the phase of it that an import belongs to. ``flow_id`` is what people and other programs call it."""

    flow_id: str
    master_flow_id: str | None = None
    phase: str = PHASE

    def says(self, mapping_version: str) -> dict[str, str]:
        """What an import into the flow says of every row, by field (PACK-3); types without such a field leave it out."""
        attributes = {"discovered_in_phase": self.phase, "field_mappings_version": mapping_version}
        said = {
            "discovery_flow_id": self.flow_id,
            "source_phase": self.phase,
            "current_phase": self.phase,
            "discovery_method": "flow_based",
            "discovery_source": "Discovery Flow",
            "custom_attributes": json.dumps(attributes, sort_keys=True, separators=(",", ":")),
        }
        return said | ({"master_flow_id": self.master_flow_id} if self.master_flow_id else {})
