"""Held retirements for programs (PRE-16)."""

from __future__ import annotations

from typing import Any

from stocktake.interfaces.link_name import LinkName
from stocktake.interfaces.wording import moment_iso


def held_document(each: dict[str, Any]) -> dict[str, Any]:
    """One retirement that waits for a person, or has waited too long."""
    return {
        "link": str(LinkName(each["record_type"], each["record_id"], each["source"])),
        **each,
        "missing_since": moment_iso(each["missing_since"]),
        "held_at": moment_iso(each["held_at"]),
        "expires": moment_iso(each["expires"]),
    }
