"""The decision tables (PLN-1 to PLN-4, PLN-20). A new strategy is a new table and a case file; nothing else changes."""

from __future__ import annotations

from types import MappingProxyType

from stocktake.model.decision import Action, DecisionTable, Rule


def _rule(code: str, when: str, action: Action, reason: str) -> Rule:
    """``when`` is written as in the documentation: fact names parted by commas, "not" before one that must not hold."""
    facts = tuple(each.strip() for each in when.split(","))
    conditions = tuple((each.removeprefix("not "), not each.startswith("not ")) for each in facts)
    return Rule(code=code, when=conditions, action=action, reason=reason)


#: What a row of the file does when it meets the records (merge, snapshot and replace alike).
_MEETING: tuple[Rule, ...] = (
    _rule("skipped", "incoming, skipped", Action.SKIP, "left out by the operator"),
    _rule("duplicate", "incoming, duplicate", Action.DUPLICATE, "same record as another row of this file"),
    _rule("invalid", "incoming, not valid", Action.REJECT, "row has problems"),
    _rule("ambiguous", "incoming, ambiguous", Action.AMBIGUOUS, "several records match"),
    _rule(
        "rekey",
        "incoming, rekeying",
        Action.CONFLICT,
        "looks like a known record under a new external id; confirm it with --rekey",
    ),
    _rule("conflict", "incoming, conflicting", Action.CONFLICT, "its keys lead to different records"),
    _rule("ruled-new", "incoming, ruled, not stored", Action.CREATE, "a new record, as the operator decided"),
    _rule("new", "incoming, not stored", Action.CREATE, "new in this source"),
    _rule(
        "back",
        "incoming, retired, tracking, not retired_by_person, not return_refused",
        Action.REACTIVATE,
        "back in this source",
    ),
    _rule("ruled-changed", "incoming, ruled, changed", Action.UPDATE, "this record, as the operator decided"),
    _rule("ruled-same", "incoming, ruled", Action.UNCHANGED, "this record, as the operator decided"),
    _rule("changed", "incoming, changed", Action.UPDATE, "content changed"),
    _rule("same", "incoming", Action.UNCHANGED, "nothing changed"),
)

#: What happens to a record whose link this snapshot did not see.
_SWEEP: tuple[Rule, ...] = (
    _rule(
        "rekeyed",
        "not incoming, rekeying",
        Action.MISSING,
        "this source has it under another external id now",
    ),
    _rule("retired-already", "not incoming, retired", Action.MISSING, "retired already"),
    _rule("kept", "not incoming, kept", Action.SUPPRESSED, "kept by the operator"),
    _rule("elsewhere", "not incoming, elsewhere", Action.MISSING, "still present in another source"),
    _rule(
        "ignored",
        "not incoming, not retirable, not tracking",
        Action.MISSING,
        "this source's policy ignores what it misses",
    ),
    _rule("flagged", "not incoming, not retirable", Action.MISSING, "this source only flags what it misses"),
    _rule("in-grace", "not incoming, in_grace", Action.MISSING, "missing, and retired only after its grace"),
    _rule("held", "not incoming, holding", Action.HELD, "held for review by a guard"),
    _rule("gone", "not incoming", Action.RETIRE, "no source has it any more"),
)

#: What happens to a record of this source that the file replacing them lacks (PLN-2, PRE-36).
_DELETION: tuple[Rule, ...] = (
    _rule(
        "rekeyed",
        "not incoming, rekeying",
        Action.MISSING,
        "this source has it under another external id now",
    ),
    _rule(
        "retired-already", "not incoming, retired", Action.MISSING, "retired already, kept for its history"
    ),
    _rule("kept", "not incoming, kept", Action.SUPPRESSED, "kept by the operator"),
    _rule("elsewhere", "not incoming, elsewhere", Action.MISSING, "another source has it too"),
    _rule("referred", "not incoming, referred", Action.SUPPRESSED, "kept, because other records refer to it"),
    _rule("held", "not incoming, holding", Action.HELD, "held for review by a guard"),
    _rule("replaced", "not incoming", Action.DELETE, "not in the file that replaces this source's records"),
)

#: What a row does that is only added (PLN-4, IDN-5).
_ADDITION: tuple[Rule, ...] = (
    _rule("skipped", "incoming, skipped", Action.SKIP, "left out by the operator"),
    _rule("invalid", "incoming, not valid", Action.REJECT, "row has problems"),
    _rule("appended", "incoming", Action.CREATE, "added, whatever is stored"),
)

MERGE = DecisionTable(strategy="merge", sweeps=False, rules=_MEETING)
SNAPSHOT = DecisionTable(strategy="snapshot", sweeps=True, rules=_MEETING + _SWEEP)
REPLACE = DecisionTable(strategy="replace", sweeps=True, deletes=True, rules=_MEETING + _DELETION)
APPEND = DecisionTable(strategy="append", sweeps=False, matches=False, rules=_ADDITION)

TABLES = MappingProxyType({table.strategy: table for table in (MERGE, SNAPSHOT, REPLACE, APPEND)})

#: Words that people know from elsewhere (dependencies.md "Formats we speak").
ALIASES = MappingProxyType(
    {"upsert": "merge", "sync": "snapshot", "full-refresh": "snapshot", "delete_missing": "replace"}
)
