"""Guards: numbers, limits and the way out (PRE-10 to PRE-15, PRE-33, PRE-34), and the order of refusals (PRE-35)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from stocktake.model.errors import GuardRefused, InvalidInput, Refusal
from stocktake.model.options import ImportOptions, OnError, OnGuard
from stocktake.model.plan import Baseline, Guard, Plan
from stocktake.model.source import Source

#: Below so many present records the rule is "more than half" (PRE-12).
SMALL_SOURCE = 10
#: From so many present links on only the share decides, not the count (PRE-33).
LARGE_SOURCE = 10_000


#: Guards that a number of records lifts, of whoever may override guards (PRE-33).
LIFTED = frozenset({"mass-retire", "mass-delete", "retire-budget", "low-overlap", "changed-rules"})
#: Those that hold retirements for review instead where that is asked for (PRE-15).
HOLDING = LIFTED | {"unreadable-key"}
#: Guards that are told before rejected rows are; all others come after them (PRE-35).
FIRST = ("empty-snapshot", "older-snapshot")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What the guards look at: numbers of one planned snapshot.

    ``accepted``: rows that a record came of or was found for. ``present``: this source's present records in scope.
    ``retiring``: of those, how many would be retired, or deleted (``deletes``: PRE-36). ``unreadable``: rejected rows
    without a readable key.
    ``missing``: links the snapshot did not see. ``complete``: the reader reached the end. ``baseline``: what this file is
    like, ``before`` the source's last snapshot. ``retired_lately``: records retired without review within the budget's days.
    ``lost_sentinels``: external ids that must be there and are not. ``newest``: as of when the source's newest snapshot was
    true, where that is later than this one. ``usual``: the largest share that the source's snapshots have retired since
    somebody accepted one of them as its baseline.
    """

    rows: int
    accepted: int
    present: int
    retiring: int
    unreadable: int
    missing: int
    complete: bool = True
    deletes: bool = False
    baseline: Baseline | None = None
    before: Baseline | None = None
    retired_lately: int = 0
    lost_sentinels: tuple[str, ...] = ()
    newest: datetime | None = None
    usual: float | None = None
    as_of: datetime | None = None

    @property
    def done(self) -> str:
        """What happens to records that the file lacks."""
        return "deleted" if self.deletes else "retired"

    @property
    def overlap(self) -> float:
        """Which share of the source's present records the file has."""
        return 1 - self.missing / self.present if self.present else 1.0


def verdicts(sight: Sight, source: Source, options: ImportOptions) -> tuple[Guard, ...]:
    """Every guard that has something to say about a snapshot; all are reported (PRE-35)."""
    found = (
        _empty(sight, source),
        _incomplete(sight),
        _older(sight, source),
        _mass(sight, source, options),
        _budget(sight, source, options),
        _overlap(sight, source, options),
        _changed_rules(sight, source, options),
        _sentinels(sight, source),
        _unreadable(sight, source, options),
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
        message="The file was not read to its end, or ends in the middle of a row, so what it lacks proves nothing.",
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


def _older(sight: Sight, source: Source) -> Guard | None:
    """PRE-10."""
    if sight.newest is None or sight.as_of is None:
        return None
    return Guard(
        code="older-snapshot",
        blocked=True,
        message=f"The file was true on {_moment(sight.as_of)}; {source.name} has been imported as of "
        f"{_moment(sight.newest)} already, so what this file lacks may have come since.",
        numbers={"rows": sight.rows},
        hint="Import the newest export, or this one with --strategy merge, which takes nothing away.",
    )


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


def _mass(sight: Sight, source: Source, options: ImportOptions) -> Guard | None:
    """PRE-12."""
    limits = source.guards
    count, present = sight.retiring, sight.present
    if count == 0 or sight.accepted == 0:
        return None
    share, usual = count / present, sight.usual or 0
    limit = max(limits.retire_share, usual)
    if present < SMALL_SOURCE and not usual:
        reason = "more than half" if share > 0.5 else None
    elif count == present:
        reason = "all of them"
    elif share > limit:
        reason = f"{'usual are' if usual == limit else 'the limit is'} {limit:.0%}"
    elif not usual and present < LARGE_SOURCE and count > limits.retire_count:
        reason = f"the limit is {limits.retire_count:,} records"
    else:
        reason = None
    if reason is None:
        return None
    return _liftable(
        "mass-delete" if sight.deletes else "mass-retire",
        f"{count:,} of the {present:,} records that {source.name} has would be {sight.done} "
        f"({share:.0%}; {reason}).",
        {
            "delete" if sight.deletes else "retire": count,
            "present": present,
            "share": round(share, 4),
            "limit_share": limit,
            "limit_count": limits.retire_count,
        },
        "Check that the file is complete.",
        sight,
        options,
    )


def _budget(sight: Sight, source: Source, options: ImportOptions) -> Guard | None:
    """PRE-13: a slow bleed passes every single limit."""
    limits, count = source.guards, sight.retiring
    total = count + sight.retired_lately
    whole = sight.present + sight.retired_lately
    spent = total > whole * limits.budget_share
    if count == 0 or sight.retired_lately == 0 or whole < SMALL_SOURCE or sight.usual or not spent:
        return None
    return _liftable(
        "retire-budget",
        f"{total:,} of {whole:,} records of {source.name} would be {sight.done} within {limits.budget_days} days without "
        f"review ({total / whole:.0%}; the limit is {limits.budget_share:.0%}): {sight.retired_lately:,} before and "
        f"{count:,} now.",
        {
            "retire": count,
            "retired_before": sight.retired_lately,
            "share": round(total / whole, 4),
            "limit_share": limits.budget_share,
            "days": limits.budget_days,
        },
        "Look at what has gone: `stocktake missing` lists it.",
        sight,
        options,
    )


def _overlap(sight: Sight, source: Source, options: ImportOptions) -> Guard | None:
    """PRE-14: another tenant's file has other keys."""
    limit = min(source.guards.min_overlap, 1 - (sight.usual or 0))
    if sight.retiring == 0 or sight.accepted == 0 or sight.present < SMALL_SOURCE or sight.overlap >= limit:
        return None
    met = sight.present - sight.missing
    return _liftable(
        "low-overlap",
        f"The file has only {met:,} of the {sight.present:,} records that {source.name} had ({sight.overlap:.0%}; "
        f"the least is {limit:.0%}).",
        {"met": met, "present": sight.present, "share": round(sight.overlap, 4), "limit_share": limit},
        f"Is this a file of {source.name}, and of the same account?",
        sight,
        options,
    )


def _changed_rules(sight: Sight, source: Source, options: ImportOptions) -> Guard | None:
    """PRE-14, TYP-7: absence means nothing where keys or scope are read in another way than last time."""
    if sight.retiring == 0 or sight.before is None or sight.baseline is None:
        return None
    if sight.before.rules == sight.baseline.rules:
        return None
    return _liftable(
        "changed-rules",
        f"How external ids or the scope of {source.name} are read has changed since its last snapshot, so what that one had "
        "and this one lacks may only read otherwise.",
        {"retire": sight.retiring},
        "Check the rows that would be created and retired: are they the same?",
        sight,
        options,
    )


def _sentinels(sight: Sight, source: Source) -> Guard | None:
    """PRE-14."""
    lost = sight.lost_sentinels
    if not lost or sight.accepted == 0:
        return None
    more = f" and {len(lost) - 3:,} more" if len(lost) > 3 else ""
    named = ", ".join(f'"{each}"' for each in lost[:3]) + more
    return Guard(
        code="sentinel-missing",
        blocked=True,
        message=f"The file lacks {named}, which every export of {source.name} must have.",
        numbers={"missing": len(lost), "sentinels": len(source.guards.sentinels)},
        hint="Export it again and whole. If it is really gone, take it out of the source's sentinels.",
    )


def _liftable(
    code: str,
    message: str,
    numbers: dict[str, float],
    check: str,
    sight: Sight,
    options: ImportOptions,
) -> Guard:
    """A guard that --allow-retire lifts up to a count, and that --on-guard hold obeys (PRE-15, PRE-33)."""
    count, asked = sight.retiring, options.allow_retire
    allowed = asked is not None and count <= asked
    held = options.on_guard is OnGuard.HOLD and not allowed
    hint = (
        f"{check} If these records are really gone, allow them with --allow-retire {count}; "
        "or apply the rest and review them with --on-guard hold."
    )
    if asked is not None and not allowed:
        hint = f"--allow-retire {asked} is not enough. " + hint
    if allowed:
        hint = f"Allowed by --allow-retire {asked}."
    if held:
        hint = "They are held for review (--on-guard hold)."
    return Guard(
        code=code,
        blocked=not allowed and not held,
        holds=held,
        message=message,
        numbers=numbers,
        hint=hint,
    )


def _counted(count: int, one: str) -> str:
    return f"1 {one} has" if count == 1 else f"{count:,} {one}s have"


def _unreadable(sight: Sight, source: Source, options: ImportOptions) -> Guard | None:
    if sight.unreadable == 0 or sight.retiring == 0:
        return None
    held = options.on_guard is OnGuard.HOLD
    return Guard(
        code="unreadable-key",
        blocked=not held,
        holds=held,
        message=f"{_counted(sight.unreadable, 'rejected row')} no readable key, while {sight.retiring:,} of the "
        f"{sight.present:,} records that {source.name} has would be {sight.done}: what cannot be read may be theirs.",
        numbers={"unreadable": sight.unreadable, "retire": sight.retiring, "missing": sight.missing},
        hint="They are held for review (--on-guard hold)."
        if held
        else "Mend the rows, or apply the rest and review the retirements with --on-guard hold.",
    )


def refusal(plan: Plan) -> Refusal | None:
    """Why this plan may not be applied, or None. All checks are reported; the first of PRE-35's order decides."""
    blocking = [each for each in plan.guards if each.blocked]
    first = [each for each in blocking if each.code in FIRST]
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


def _ways(plan: Plan) -> str:
    """What can be done about rows that are left out."""
    torn = plan.counts["conflict"] + plan.counts["ambiguous"]
    return (
        "Mend them, settle conflicts with --same or --new as the preview lists them" if torn else "Mend them"
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
            hint=f"{_ways(plan)}, or import the good rows and keep the bad for later with --on-error reject-rows.",
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


def bears_rejects(counts: dict[str, int], limit: str, unreadable: int) -> bool:
    """Whether leaving out the rejected rows is what a person most likely wants (ERR-5).

    They stay within the limit, as :func:`reject_limit` reads it, and none of them is ``unreadable`` by its key.
    """
    rejected = counts["reject"] + counts["conflict"] + counts["ambiguous"]
    return unreadable == 0 and rejected <= reject_limit(limit, counts["rows"])


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
