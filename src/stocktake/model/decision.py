"""Actions, facts and rules: the vocabulary of decision tables (PLN-6)."""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import StrEnum


class Action(StrEnum):
    """What a plan does with a row of the file or with an absent record."""

    CREATE = "create"
    UPDATE = "update"
    UNCHANGED = "unchanged"
    REACTIVATE = "reactivate"
    REJECT = "reject"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"
    AMBIGUOUS = "ambiguous"
    SKIP = "skip"
    MISSING = "missing"
    RETIRE = "retire"
    DELETE = "delete"
    HELD = "held"
    SUPPRESSED = "suppressed"


#: The actions of rows in the file; their counts add up to the rows read (PLN-7).
ROW_ACTIONS: tuple[Action, ...] = (
    Action.CREATE,
    Action.UPDATE,
    Action.UNCHANGED,
    Action.REACTIVATE,
    Action.REJECT,
    Action.DUPLICATE,
    Action.CONFLICT,
    Action.AMBIGUOUS,
    Action.SKIP,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that a decision may depend on, each a yes or no.

    Of a row of the file (``incoming``): left out by the operator (``skipped``), the same row as another
    (``duplicate``), free of problems (``valid``), its key led to several records (``ambiguous``), its keys disagree
    (``conflicting``), it may be a known record under a new external id (``rekeying``), the operator said which record it is
    (``ruled``), a record was found (``stored``), that record is retired (``retired``), by a person
    (``retired_by_person``), this source's presence keeps records alive (``tracking``), its return was ruled out in this plan
    or by the row itself (``return_refused``), some field differs (``changed``).

    Of an absent record: its source has it under another external id (``rekeying``), its source means something by what it
    lacks (``tracking``), it is retired already (``retired``), the operator keeps it (``kept``), another source has it
    (``elsewhere``), this source may retire it (``retirable``), other records refer to it (``referred``), it has not been
    missing long enough (``in_grace``), retirements are held for review (``holding``).
    """

    incoming: bool = False
    skipped: bool = False
    duplicate: bool = False
    valid: bool = True
    ambiguous: bool = False
    conflicting: bool = False
    rekeying: bool = False
    ruled: bool = False
    stored: bool = False
    retired: bool = False
    retired_by_person: bool = False
    tracking: bool = True
    return_refused: bool = False
    changed: bool = False
    kept: bool = False
    elsewhere: bool = False
    retirable: bool = True
    referred: bool = False
    in_grace: bool = False
    holding: bool = False


FACT_NAMES: tuple[str, ...] = tuple(each.name for each in fields(Facts))


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One line of a decision table: where all ``when`` facts hold, ``action`` for ``reason``.

    ``code`` names the rule in stored lineage; ``reason`` is for people, nothing branches on it.
    """

    code: str
    when: tuple[tuple[str, bool], ...]
    action: Action
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionTable:
    """A strategy as data: the first rule that fits decides.

    ``sweeps``: the file is the whole of its source, absent records are decided too. ``matches``: rows look for their
    records; where not, each becomes a new one. ``deletes``: what the file lacks is deleted and not retired.
    """

    strategy: str
    sweeps: bool
    rules: tuple[Rule, ...]
    matches: bool = True
    deletes: bool = False
