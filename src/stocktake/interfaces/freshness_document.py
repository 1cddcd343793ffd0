"""How old each source's newest import is, for programs (FRE-2)."""

from __future__ import annotations

from typing import Any

from stocktake.interfaces.wording import moment_iso


def freshness_document(source: dict[str, Any]) -> dict[str, Any]:
    """One source, with its newest import of each record type."""
    return {
        **source,
        "last_sync_at": moment_iso(source["last_sync_at"]),
        "last_imports": {
            name: {**each, "imported_at": moment_iso(each["imported_at"])}
            for name, each in source["last_imports"].items()
        },
    }
