"""Sentences about undoing: what stands in the way, the ways out, and what the audit says (ROL-4, ROL-5, ROL-6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from stocktake.model.run import Run
from stocktake.reporting.sentence import plural

_WHY = {
    "kept": ("has changed since", "have changed since"),
    "blocked": ("is referred to by records that stay", "are referred to by records that stay"),
    "gone": ("is gone, or referred to what is gone", "are gone, or referred to what is gone"),
}


def blocked(run_id: int, counts: Mapping[str, int]) -> str:
    """``Run 3 cannot be undone as it is: 2 records have changed since, 1 is gone. Nothing was written.``"""
    said = [
        f"{plural(counts[name], 'record')} {words[counts[name] != 1]}"
        for name, words in _WHY.items()
        if counts[name]
    ]
    return f"Run {run_id} cannot be undone as it is: {', and '.join(said)}. Nothing was written."


def ways_out(
    run_id: int, counts: Mapping[str, int], later: Sequence[int], *, edited: bool, cascades: bool
) -> str:
    """What can be done about it: one way a sentence."""
    listed = ", ".join(str(each) for each in later)
    ways = []
    if later:
        ways.append(
            f"Roll back the later runs first, newest first: {listed}; "
            f"`stocktake rollback {run_id} --chain` does so in one go."
        )
    if counts["kept"] or counts["blocked"] or counts["gone"]:
        ways.append("--partial undoes the rest and keeps those.")
    if cascades:
        ways.append(
            "--cascade takes along what later imports of the same source made and nobody has touched."
        )
    if edited:
        ways.append("--force-edited gives up what people wrote by hand.")
    return " ".join(ways)


def undone(
    by: str, run: Run, counts: Mapping[str, int], *, reasons: Sequence[str], people: Sequence[str]
) -> str:
    """The audit's sentence of one rollback; reasons: why records were kept; people: whose values were given up."""
    relinked = f", {counts['relinked']:,} references blank again" if counts["relinked"] else ""
    cascaded = (
        f", {plural(counts['cascaded'], 'record')} of later imports deleted with them"
        if counts["cascaded"]
        else ""
    )
    said = (
        f"{by} rolled back run {run.run_id} ({run.subject}): {plural(counts['deleted'], 'record')} deleted, "
        f"{counts['restored']:,} restored, {counts['unretired'] + counts['undeleted']:,} brought back, "
        f"{counts['reretired']:,} retired again{relinked}{cascaded}."
    )
    stayed = counts["kept"] + counts["blocked"] + counts["gone"]
    if stayed:
        why = f" ({'; '.join(reasons)})" if reasons else ""
        said += f" Of {plural(stayed, 'record')} something stayed{why}."
    if counts["edited"]:
        whose = f", written by {' and '.join(people)}," if people else ""
        said += f" {plural(counts['edited'], 'value')} by hand{whose} {'was' if counts['edited'] == 1 else 'were'} given up."
    return said
