"""How values read to people: times, ages, names of decisions. One way for the command line and the web."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

#: What a group of rows or records is called; the first four are promised by INT-7.
GROUPS: dict[str, str] = {
    "create": "New",
    "update": "Updated",
    "retire": "Will be retired (missing from this source)",
    "reactivate": "Reappeared (will re-activate)",
    "held": "Held for review",
    "missing": "Missing from this source, kept",
    "suppressed": "Kept",
    "duplicate": "Duplicate rows",
    "conflict": "In conflict",
    "ambiguous": "Ambiguous",
    "skip": "Left out",
    "reject": "Rejected",
    "delete": "Will be deleted (not in this file)",
    "unchanged": "Unchanged",
}


#: The same once it is done, on the page of a run.
GROUPS_DONE: dict[str, str] = {
    **{name: words for name, words in GROUPS.items() if name != "unchanged"},
    "retire": "Retired (missing from this source)",
    "reactivate": "Reappeared (re-activated)",
    "reappeared": "Seen again",
    "delete": "Deleted (not in this file)",
    "unchanged": "Unchanged",
}
#: What a number of a plan counts.
MEANINGS: dict[str, str] = {
    "create": "records the file has and the database has not",
    "update": "records whose values change",
    "unchanged": "records that stay as they are",
    "reactivate": "retired records that are back",
    "retire": "records that no source has any more",
    "missing": "records this source lacks; they stay",
    "held": "retirements held for review",
    "suppressed": "records kept as they are by the operator or a person",
    "reject": "rows with problems",
    "duplicate": "rows that repeat another",
    "conflict": "rows whose keys lead to different records",
    "ambiguous": "rows that several records match",
    "skip": "rows left out by the operator",
    "delete": "records of this source that the file lacks",
    "relinked": "references of stored records that find theirs now",
    "stubs": "records made of nothing but the name a row refers to",
    "kept_by_hand": "values that a person gave and this file would change; they stay",
    "outranked": "values of a source that is believed more and this file would change; they stay",
    "displaced": "records that give up an identity to a row",
    "settled": "rows in conflict that the operator settled",
    "handed_on": "values that the next source gives, since this one lacks the record",
}
#: What an import is confirmed with.
_CONFIRMED = (
    ("create", "new"),
    ("update", "changed"),
    ("reactivate", "reactivated"),
    ("retire", "retired"),
    ("delete", "deleted"),
    ("held", "held for review"),
    ("missing", "missing"),
)


def confirmation(counts: Mapping[str, int]) -> str:
    """``Apply: 112 new, 340 changed, 5 retired``: what somebody says yes to."""
    said = [f"{counts[name]:,} {word}" for name, word in _CONFIRMED if counts.get(name)]
    rejected = counts["reject"] + counts["conflict"] + counts["ambiguous"]
    if rejected:
        said.append(f"{rejected:,} left out")
    return f"Apply: {', '.join(said) or 'no change, only that the rows were seen'}"


def apply_words(counts: Mapping[str, int]) -> str:
    """``Apply: 112 new, 340 changed, 5 retired``: what a button says beside the sentence that tells all of it."""
    told = {"new": "create", "changed": "update", "retired": "retire"}
    more = {"re-activated": "reactivate", "deleted": "delete", "held": "held"}
    said = [f"{counts.get(name, 0):,} {word}" for word, name in told.items()]
    said += [f"{counts[name]:,} {word}" for word, name in more.items() if counts.get(name)]
    return f"Apply: {', '.join(said)}"


#: How a kind of field history reads to people (HIS-2).
HISTORY_KINDS = {
    "file_import_new": "first seen",
    "file_import_diff": "changed",
    "file_import_removed": "gone",
    "rollback": "rolled back",
    "edit": "by hand",
}


#: How what a run did to a record reads to people; the other acts are such words already.
ACTS_DONE = {
    "update": "updated",
    "retire": "retired",
    "reactivate": "brought back",
    "delete": "deleted",
    "relink": "relinked",
    "restore": "restored",
}


def moment_text(value: datetime | None) -> str:
    """``2026-11-20 16:12 UTC``; nothing for no time."""
    return "" if value is None else value.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def moment_iso(value: datetime | None) -> str | None:
    """``2026-11-20T16:12:00.000000Z`` for programs."""
    return None if value is None else value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def value_text(value: str | None) -> str:
    """A stored value for people: times as elsewhere, no value as ``(blank)``."""
    if value is None:
        return "(blank)"
    if _CANONICAL_TIME.fullmatch(value):
        return f"{value[:10]} {value[11:16]} UTC"
    return value


def to_text(entry: Mapping[str, Any]) -> str:
    """What a field became, of an entry of its history, or that a file did not have the record any more."""
    return "(not in the export)" if entry["kind"] == "file_import_removed" else value_text(entry["to"])


_CANONICAL_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z")


def age_text(seconds: float | None) -> str:
    """``3 days``, ``5 hours``, ``just now``: in the largest unit that fits."""
    if seconds is None:
        return "never"
    for size, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        count = int(seconds // size)
        if count:
            return f"{count:,} {unit}" + ("" if count == 1 else "s")
    return "just now"


def size_text(size: int) -> str:
    """Bytes for people: ``812 bytes``, ``3.4 MB``."""
    for limit, unit in ((1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")):
        if size >= limit:
            return f"{size / limit:.1f} {unit}"
    return f"{size:,} bytes"


def length_text(text: str) -> str:
    """A declared length of time for people: ``7d`` is ``7 days``."""
    unit = {"m": "minute", "h": "hour", "d": "day", "w": "week"}[text[-1]]
    return f"{int(text[:-1]):,} {unit}" + ("" if text[:-1] == "1" else "s")


def printable(text: str) -> str:
    """``text`` on one line and without control characters, so that data cannot steer a terminal.

    >>> printable("a\\nb\\x1b[31m")
    'a⏎b␛[31m'
    """
    return "".join(_VISIBLE.get(ord(each), each) for each in text)


_VISIBLE = {
    **{code: chr(0x2400 + code) for code in range(32)},
    10: "⏎",
    13: "",
    9: " ",
    127: "␡",
    **dict.fromkeys(range(128, 160), "�"),
}


def same_option(row: str, record_id: int) -> str:
    """The option that says that a row is a record, ready to paste into a shell (PRE-20)."""
    return f"--same {shlex.quote(f'{row}={record_id}')}"


def new_option(row: str) -> str:
    """The option that says that a row is a new record."""
    return f"--new {shlex.quote(row)}"


def settled_words(key: str, settled: Mapping[str, Any]) -> str:
    """Who settled a conflict by which a link came to its record (PRE-20)."""
    who = f"{settled['by']} decided in run {settled['run']}"
    if settled["as"] == "moved":
        return f"{key} was {settled['was']}, until {who} that this id is another record's."
    kind = "a new record" if settled["as"] == "new" else "this record"
    return f"{key}: {who} that it is {kind}."
