"""Runs in words: what they were about, what became of them, what they did. One way for the command line and the web."""

from __future__ import annotations

from collections.abc import Mapping

from stocktake.model.run import Run, RunKind, RunStatus
from stocktake.reporting.sentence import plural, tally

#: States in which a run's numbers say what it wrote.
DONE = (RunStatus.APPLIED, RunStatus.ROLLED_BACK)


def status_words(run: Run) -> str:
    """A run's status, who rolled it back and what stands in its place (ROL-7, ROL-9), or what mends what it rejected."""
    if run.status is RunStatus.ROLLED_BACK:
        again = ", ".join(f"run {each}" for each in run.replaced_by)
        return f"↩ Rolled back by {run.rolled_back_by}" + (f", replaced by {again}" if again else "")
    words = run.status.value.replace("_", " ")
    return f"{words}, mended by {', '.join(map(str, run.mended.by))}" if run.mended else words


def what_words(run: Run) -> str | None:
    """The file that was imported, or what was done instead."""
    if run.kind is RunKind.ROLLBACK:
        return f"undid run {run.undoes_run}"
    if run.kind is RunKind.EDIT:
        return run.subject
    if run.kind is RunKind.PRUNE:
        return f"pruned {plural(run.stats.get('raw_rows', 0), 'raw row')}"
    if run.kind is RunKind.BACKFILL:
        return f"backfilled {run.filename}"
    if run.kind is not RunKind.IMPORT:
        return run.kind.value
    if run.mends_run is not None:
        return f"{run.filename}, mends run {run.mends_run}"
    return f"{run.filename} (replaces run {run.replaces_run})" if run.replaces_run else run.filename


def sentence_of_run(run: Run) -> str:
    """What the run did, in a sentence with its numbers; nothing where it wrote nothing, or was no import (ROL-10)."""
    if run.kind is RunKind.ROLLBACK and run.status is RunStatus.APPLIED:
        return f"{run.initiated_by} rolled back run {run.undoes_run}: {done_words(run.stats)}."
    if run.kind is not RunKind.IMPORT or run.status not in DONE:
        return ""
    how = "a full snapshot" if run.is_full_snapshot else f"a {run.strategy}"
    rows = plural(run.stats.get("rows", 0), "row")
    return f"{run.initiated_by} imported {run.filename} from {run.source} as {how}: {tally(run.stats)}. {rows} read."


def failed_words(run: Run) -> object:
    """How many rows were left out, and how many of them were mended since (ERR-3)."""
    return f"{run.rejected:,} ({run.mended.rows:,} mended)" if run.mended else run.rejected


def done_words(counts: Mapping[str, int]) -> str:
    """What a rollback did: ``156 records deleted, 3 restored`` (ROL-10)."""
    said = [
        f"{counts[name]:,} {words}"
        for name, words in (
            ("restored", "restored"),
            ("undeleted", "given back"),
            ("unretired", "brought back"),
            ("reretired", "retired again"),
        )
        if counts.get(name)
    ]
    stays = [
        f"{counts[name]:,} {words}"
        for name, words in (("cascaded", "of later imports deleted with them"), *_STAYING)
        if counts.get(name)
    ]
    if counts.get("links_deleted") and not (said or counts["deleted"]):
        return ", ".join([f"{plural(counts['links_deleted'], 'link')} deleted", *stays])
    if counts["deleted"] or not said:
        said.insert(0, f"{plural(counts['deleted'], 'record')} deleted")
    return ", ".join([*said, *stays])


_STAYING = (("kept", "kept"), ("blocked", "blocked"), ("gone", "gone"))
