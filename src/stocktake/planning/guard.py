"""Guards: numbers, limits and the way out (PRE-11, PRE-12, PRE-15, PRE-33, PRE-34), and the order of refusals (PRE-35)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from stocktake.model.errors import GuardRefused, InvalidInput, Refusal
from stocktake.model.options import ImportOptions, OnError, OnGuard
from stocktake.model.plan import Guard, Plan
from stocktake.model.source import Source

#: Below so many present records the rule is "more than half" (PRE-12).
SMALL_SOURCE = 10
#: From so many present links on only the share decides, not the count (PRE-33).
LARGE_SOURCE = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What the guards look at: numbers of one planned snapshot.

    ``accepted``: rows that a record came of or was found for. ``present``: this source's present records in scope.
    ``retiring``: of those, how many would be retired, or deleted (``deletes``: PRE-36). ``unreadable``: rejected rows
    without a readable key.
    ``missing``: links the snapshot did not see. ``complete``: the reader reached the end.
    """

    rows: int
    accepted: int
    present: int
    retiring: int
    unreadable: int
    missing: int
    complete: bool = True
    deletes: bool = False

    @property
    def done(self) -> str:
        """What happens to records that the file lacks."""
        return "deleted" if self.deletes else "retired"


def verdicts(sight: Sight, source: Source, options: ImportOptions) -> tuple[Guard, ...]:
    """Every guard that has something to say about a snapshot; all are reported (PRE-35)."""
    found = (
        _incomplete(sight),
        _empty(sight, source),
        _mass(sight, source, options),
        _unreadable(sight, options),
    )
    return tuple(each for each in found if each is not None)


def holds(guards: tuple[Guard, ...]) -> bool:
    """Whether a guard puts the retirements of this run into the held queue (PRE-15)."""
    return any(each.holds for each in guards)


def _incomplete(sight: Sight) -> Guard | None:
    if sight.complete:
        return None
    return Guard(
        code="incomplete-snapshot",
        blocked=True,
        message="The file was not read to its end, so what it lacks proves nothing.",
        numbers={"rows": sight.rows},
        hint="Export it again, or import it with --strategy merge, which takes nothing away.",
    )


def _empty(sight: Sight, source: Source) -> Guard | None:
    if sight.accepted:
        return None
    seen = "has no rows" if sight.rows == 0 else f"has {sight.rows:,} rows, none of which can be imported"
    return Guard(
        code="empty-snapshot",
        blocked=True,
        message=f"The {'file' if sight.deletes else 'snapshot'} {seen}; applied, it would say that {source.name} has lost "
        f"all {sight.present:,} of its records.",
        numbers={"rows": sight.rows, "present": sight.present},
        hint="Export the file again. An empty one is refused at any size and cannot be allowed.",
    )


def _mass(sight: Sight, source: Source, options: ImportOptions) -> Guard | None:
    limits = source.guards
    count, present = sight.retiring, sight.present
    if count == 0 or sight.accepted == 0:
        return None
    share = count / present
    if present < SMALL_SOURCE:
        reason = "more than half" if share > 0.5 else None
    elif count == present:
        reason = "all of them"
    elif share > limits.retire_share:
        reason = f"the limit is {limits.retire_share:.0%}"
    elif present < LARGE_SOURCE and count > limits.retire_count:
        reason = f"the limit is {limits.retire_count:,} records"
    else:
        reason = None
    if reason is None:
        return None
    allowed = options.allow_retire is not None and count <= options.allow_retire
    held = options.on_guard is OnGuard.HOLD and not allowed
    hint = (
        f"Check that the file is complete. If these records are really gone, allow them with --allow-retire {count}; "
        "or apply the rest and review them with --on-guard hold."
    )
    if options.allow_retire is not None and not allowed:
        hint = f"--allow-retire {options.allow_retire} is not enough. " + hint
    if allowed:
        hint = f"Allowed by --allow-retire {options.allow_retire}."
    if held:
        hint = "They are held for review (--on-guard hold)."
    return Guard(
        code="mass-delete" if sight.deletes else "mass-retire",
        blocked=not allowed and not held,
        holds=held,
        message=f"{count:,} of the {present:,} records that {source.name} has would be {sight.done} "
        f"({share:.0%}; {reason}).",
        numbers={
            "delete" if sight.deletes else "retire": count,
            "present": present,
            "share": round(share, 4),
            "limit_share": limits.retire_share,
            "limit_count": limits.retire_count,
        },
        hint=hint,
    )


def _unreadable(sight: Sight, options: ImportOptions) -> Guard | None:
    if sight.unreadable == 0 or sight.retiring == 0:
        return None
    held = options.on_guard is OnGuard.HOLD
    return Guard(
        code="unreadable-key",
        blocked=not held,
        holds=held,
        message=f"{sight.unreadable:,} rejected rows have no readable key, while {sight.retiring:,} records would be "
        f"{sight.done}: those rows may be theirs.",
        numbers={"unreadable": sight.unreadable, "retire": sight.retiring, "missing": sight.missing},
        hint="They are held for review (--on-guard hold)."
        if held
        else "Mend the rows, or apply the rest and review the retirements with --on-guard hold.",
    )


def refusal(plan: Plan) -> Refusal | None:
    """Why this plan may not be applied, or None. All checks are reported; the first of PRE-35's order decides."""
    blocking = [each for each in plan.guards if each.blocked]
    first = [each for each in blocking if each.code in ("empty-snapshot", "incomplete-snapshot")]
    rejects = _rejects(plan)
    if first:
        return _guard_refusal(plan, first[0])
    if rejects is not None:
        return rejects
    if blocking:
        return _guard_refusal(plan, blocking[0])
    return None


def _guard_refusal(plan: Plan, guard: Guard) -> GuardRefused:
    return GuardRefused(
        guard.code,
        guard.message,
        hint=guard.hint,
        details={"numbers": guard.numbers, "source": plan.source.name, "record_type": plan.record_type.name},
    )


def _rejects(plan: Plan) -> Refusal | None:
    rejected = plan.counts["reject"] + plan.counts["conflict"] + plan.counts["ambiguous"]
    if rejected == 0:
        return None
    rows = plan.counts["rows"]
    said = f"{rejected:,} of {rows:,} rows {'has' if rejected == 1 else 'have'} problems"
    policy = plan.options.on_error or (OnError.FAIL if plan.is_whole else OnError.REJECT_ROWS)
    if policy is OnError.FAIL:
        return InvalidInput(
            "rows-rejected",
            f"{said}.",
            hint="Mend them, or import the good rows and keep the bad for later with --on-error reject-rows.",
            details={"rejected": rejected, "rows": rows},
        )
    limit = reject_limit(plan.options.reject_limit, rows)
    if rejected > limit:
        return InvalidInput(
            "too-many-rejects",
            f"{said}; the limit is {limit:,} ({plan.options.reject_limit}).",
            hint="Mend the file or its mapping, or raise the limit with --reject-limit.",
            details={"rejected": rejected, "rows": rows, "limit": limit},
        )
    return None


def reject_limit(text: str, rows: int) -> int:
    """How many rejected rows a run bears: ``5%`` of the rows, at least 10 rows; or a plain number (ERR-1).

    Raises InvalidInput ``bad-option`` for anything else.
    """
    number = text.removesuffix("%").strip()
    if not re.fullmatch(r"[0-9]+(\.[0-9]+)?", number):
        raise InvalidInput(
            "bad-option", f"--reject-limit {text} is neither a share nor a number.", hint="Write 5% or 100."
        )
    if text.endswith("%"):
        return max(10, int(rows * float(number) / 100))
    return int(float(number))
