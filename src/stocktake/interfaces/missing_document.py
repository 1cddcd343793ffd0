"""What is missing, for programs, and in words what keeps it alive (PRE-22)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from stocktake.interfaces.link_name import LinkName
from stocktake.interfaces.wording import age_text, moment_iso, moment_text
from stocktake.planning.flapping import RETURNS, SNAPSHOTS

if TYPE_CHECKING:
    from stocktake.reporting.missing import Acknowledged, Keeper, Missing
    from stocktake.reporting.sighting import Sighting


def missing_document(each: Missing, at: datetime) -> dict[str, Any]:
    """A missing record; ``elsewhere``: who still has it, ``kept_alive_by``: the only one, where it is overdue."""
    only = each.only_keeper
    return {
        "link": str(LinkName(each.record_type, each.record_id, each.source)),
        "record_type": each.record_type,
        "record_id": each.record_id,
        "name": each.name,
        "source": each.source,
        "external_id": each.external_id,
        "missing_since": moment_iso(each.missing_since),
        "missed_snapshots": each.missed_snapshots,
        "state": each.state,
        "retired_at": moment_iso(each.retired_at),
        "retired_by": each.retired_by,
        "elsewhere": [
            {"source": one.source, "last_read_at": moment_iso(one.last_read_at), "overdue": one.is_overdue}
            for one in each.elsewhere
        ],
        "kept_alive_by": only_words(only, at) if only else None,
        "flapping": each.is_flapping,
        "acknowledged": acknowledged_document(each.acknowledged),
    }


def acknowledged_document(told: Acknowledged | None) -> dict[str, Any] | None:
    """Who knows that a record is missing, and why; ``over``: it was said until a day that has come."""
    if told is None:
        return None
    return {
        "by": told.by,
        "at": moment_iso(told.at),
        "reason": told.reason,
        "until": moment_iso(told.until),
        "over": told.is_over,
    }


def acknowledged_words(told: Acknowledged | None) -> str:
    """``acknowledged by ana until 2026-12-31: in repair``; nothing where nobody has."""
    if told is None:
        return ""
    until = f" until {moment_text(told.until)[:10]}" if told.until else ""
    over = " (over)" if told.is_over else ""
    return f"acknowledged by {told.by}{until}{over}: {told.reason}"


def state_words(each: Sighting) -> str:
    """``present``, or since when the source misses the record, and what follows from it."""
    if each.is_present:
        return "present"
    since = moment_text(each.link["missing_since"])
    if each.is_renamed:
        return f"gone since {since}: {absence_words(each)}"
    note = absence_words(each)
    return f"missing since {since}{f', {note}' if note else ''}"


def absence_words(each: Sighting) -> str:
    """What follows from a source's lacking the record, where it is more than that it is missing."""
    if each.is_present:
        return ""
    if each.is_renamed:
        return "it goes by another external id"
    notes = []
    if each.link["held_run"] is not None:
        notes.append("hold expired: kept" if each.hold_expired else "held for review")
    if each.is_ignored:
        notes.append("which this source's policy ignores")
    return ", ".join(notes)


def flapping_words(source: str) -> str:
    """``flaps: NINJAONE had it again 3 times or more within its last 10 snapshots``."""
    return f"flaps: {source} had it again {RETURNS} times or more within its last {SNAPSHOTS} snapshots"


def elsewhere_words(elsewhere: Sequence[Keeper], at: datetime) -> str:
    """``still in TELUS, ROGERS``; ``kept alive only by ROGERS, last read 400 days ago`` where that one is overdue."""
    if not elsewhere:
        return ""
    if len(elsewhere) == 1 and elsewhere[0].is_overdue:
        return only_words(elsewhere[0], at)
    return f"still in {', '.join(each.source for each in elsewhere)}"


def only_words(keeper: Keeper, at: datetime) -> str:
    """``kept alive only by ROGERS, last read 400 days ago``."""
    read = keeper.last_read_at
    ago = f", last read {age_text((at - read).total_seconds())} ago" if read is not None else ""
    return f"kept alive only by {keeper.source}{ago}"
