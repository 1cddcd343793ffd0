"""``rollback``: undo a run, previewed like an import (ROL-4, ROL-10)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from stocktake.interfaces.cli.bar import progress_of
from stocktake.interfaces.cli.failure import DONE, INVALID, error_document, exit_code, hint_of, status_of
from stocktake.interfaces.cli.importing import must_be_able_to_ask
from stocktake.interfaces.cli.run import RunNumber
from stocktake.interfaces.cli.screen import Column, as_id, mark, number
from stocktake.interfaces.cli.setting import GlobalOptions, Session, session
from stocktake.interfaces.wording import moment_text
from stocktake.model.errors import RollbackBlocked
from stocktake.model.run import RunKind
from stocktake.reporting.sentence import plural

if TYPE_CHECKING:
    from stocktake.flows.undoing import RollbackPreview

#: So many hindrances are shown.
SHOWN = 10

_MEANINGS = {
    "deleted": "records it created are deleted",
    "undeleted": "records it deleted come back",
    "restored": "records it updated get their earlier values back",
    "unretired": "records it retired come back",
    "reretired": "records it brought back are retired again",
    "links_restored": "links to the source as they were before",
    "links_deleted": "links to the source it made are deleted",
    "stubs": "records it made of nothing but a name are deleted",
    "relinked": "references it resolved wait again",
    "kept": "records have changed since",
    "gone": "records are gone",
}


def rollback(
    run: RunNumber,
    /,
    *,
    dry_run: Annotated[
        bool, Parameter(show_default=False, help="Say what it would undo; undo nothing.")
    ] = False,
    yes: Annotated[bool, Parameter(name=["--yes", "-y"], show_default=False, help="Do not ask.")] = False,
    reason: Annotated[str | None, Parameter(metavar="TEXT", help="Why, for the audit.")] = None,
    by: Annotated[str | None, Parameter(metavar="NAME", help="Who undoes it; default: you.")] = None,
    options: GlobalOptions | None = None,
) -> int:
    """Undo a run whole: what it created is deleted, what it changed gets its earlier values back.

    Example: stocktake rollback 3 --dry-run
    """
    with session(options, by=by) as opened:
        if not dry_run and not yes:
            must_be_able_to_ask(opened, "a rollback")
        seen = opened.book.preview_rollback(run)
        if not opened.options.json and not opened.options.quiet:
            _preview(opened, seen)
        if seen.refusal is not None:
            return _refused(opened, seen, seen.refusal)
        if dry_run:
            if opened.options.json:
                opened.screen.document(_document("planned", seen))
            else:
                opened.screen.line()
                opened.screen.line("Nothing was written.")
            return DONE
        if not yes and not _confirmed(opened, seen):
            opened.screen.line("Nothing was written.")
            return INVALID
        return _undone(opened, seen, reason)


def _undone(opened: Session, seen: RollbackPreview, reason: str | None) -> int:
    with progress_of(opened) as progress:
        own = opened.book.rollback(seen.run.run_id, reason=reason, progress=progress)
    opened.outcome = f"Run {seen.run.run_id} was rolled back before that."
    if opened.options.json:
        opened.screen.document({**_document("rolled_back", seen), "counts": dict(own.stats)})
    else:
        opened.screen.line()
        what = seen.run.kind.capitalize().replace("-", " ")
        opened.screen.line(f"{done_words(own.stats)}. {what} rolled back.", style="bold green")
    return DONE


def done_words(counts: dict[str, int]) -> str:
    """``156 records deleted, 3 restored`` (ROL-10)."""
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
    if counts.get("links_deleted") and not (said or counts["deleted"]):
        return f"{plural(counts['links_deleted'], 'link')} deleted"
    if counts["deleted"] or not said:
        said.insert(0, f"{plural(counts['deleted'], 'record')} deleted")
    return ", ".join(said)


def _confirmed(opened: Session, seen: RollbackPreview) -> bool:
    """Whether a person typed the number of records that this undoes (ROL-4)."""
    count = sum(
        seen.undo.counts[name] for name in ("deleted", "undeleted", "restored", "unretired", "reretired")
    )
    answer = opened.screen.ask(
        f"\nThis action cannot be undone. Type {count} (how many records it touches) to confirm: "
    )
    return answer.replace(",", "") == str(count)


def _preview(opened: Session, seen: RollbackPreview) -> None:
    run, screen = seen.run, opened.screen
    read = f"{run.filename or run.kind}, {run.record_type} from {run.source}"
    screen.line(
        f"Rolling back run {run.run_id}: {run.subject if run.kind is RunKind.EDIT else read}, "
        f"applied {moment_text(run.applied_at)} by {run.initiated_by}, in workspace {opened.book.workspace}.",
        style="bold",
    )
    counts = [(count, _MEANINGS.get(name, name)) for name, count in seen.undo.counts.items() if count]
    screen.line()
    if counts:
        screen.table([number("count"), Column("what")], counts, indent=2)
    else:
        screen.line("  It changed no record; only its sightings are taken back.")
    blocked = _blocked_by(seen.refusal)
    if blocked:
        screen.heading("In the way")
        columns = [number("record"), Column("name"), mark("why"), number("run"), Column("source")]
        rows = [
            (as_id(each["record_id"]), each["name"], each["why"], as_id(each["by_run"]), each["source"])
            for each in blocked[:SHOWN]
        ]
        screen.table(columns, rows, indent=2)
        more = seen.undo.hindrances.height - SHOWN
        if more > 0:
            screen.line(f"  … and {more:,} more")


def _refused(opened: Session, seen: RollbackPreview, error: RollbackBlocked) -> int:
    if opened.options.json:
        shape = {**_document(status_of(error), seen), "error": error_document(error)}
        opened.screen.document(shape)
    else:
        opened.screen.out.flush()
        opened.screen.error(error.message, error.code, hint_of(error))
    return exit_code(error)


def _document(status: str, seen: RollbackPreview) -> dict[str, Any]:
    return {
        "status": status,
        "run_id": seen.run.run_id,
        "counts": dict(seen.undo.counts),
        "blocked_by": _blocked_by(seen.refusal),
    }


def _blocked_by(error: RollbackBlocked | None) -> list[dict[str, Any]]:
    return list(error.details.get("blocked_by", [])) if error is not None else []
