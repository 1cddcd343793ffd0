"""By what an asset's enrichers are told: a checksum over which are attached, and how (MED-D6).

The version of an enricher is left out. A changed checksum sends an asset back to ``new`` and takes its approval, so with
the version in it a mere upgrade of Stocktake would un-approve whole libraries. Which version told a value stands with
the enrichment instead.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Any

from stocktake.model.media import AttachedEnricher


def enricher_snapshot(attached: Iterable[AttachedEnricher]) -> str:
    """The list that the checksum is computed from, as canonical JSON: keys sorted, no blanks, UTF-8.

    Its entries ``{enricher_id, priority, config}`` are sorted by priority, id and configuration: in whatever order they
    were attached, the list is the same.
    """
    entries = sorted((_entry(each) for each in attached), key=_rank)
    return _canonical(entries)


def enricher_checksum(attached: Iterable[AttachedEnricher]) -> str:
    """Sha256 of the snapshot, 64 hexadecimal digits."""
    return hashlib.sha256(enricher_snapshot(attached).encode()).hexdigest()


def _entry(attached: AttachedEnricher) -> dict[str, Any]:
    return {
        "config": dict(attached.config),
        "enricher_id": attached.enricher_id,
        "priority": attached.priority,
    }


def _rank(entry: dict[str, Any]) -> tuple[int, str, str]:
    return entry["priority"], entry["enricher_id"], _canonical(entry["config"])


def _canonical(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
