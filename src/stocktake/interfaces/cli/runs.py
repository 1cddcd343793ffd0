"""``runs``: what was imported, when, by whom, and what became of it (ROL-9)."""

from __future__ import annotations

from stocktake.interfaces.cli.paging import Page, chosen
from stocktake.interfaces.cli.screen import Column, as_id, mark, number
from stocktake.interfaces.cli.setting import GlobalOptions, session
from stocktake.interfaces.run_document import run_document
from stocktake.interfaces.wording import moment_text
from stocktake.model.run import Run, RunKind, RunStatus
from stocktake.reporting.sentence import plural

_COLUMNS = (
    number("run"),
    mark("when"),
    mark("source"),
    mark("type"),
    Column("what"),
    number("✓ imported"),
    number("failed"),
    mark("by"),
    Column("status"),
)


def runs(*, page: Page | None = None, options: GlobalOptions | None = None) -> None:
    """What was imported and undone, newest first.

    Example: stocktake runs --page-size 20
    """
    wanted = chosen(page)
    with session(options) as opened:
        found, total = opened.book.runs(page=wanted.page, page_size=wanted.limit)
        screen = opened.screen
        if opened.options.json:
            screen.document(wanted.document([run_document(each) for each in found], total))
            return
        if not total:
            start = opened.command("import FILE --type T --source S")
            screen.line(f"No runs yet. Import something: {start}")
            return
        if found:
            screen.table(_COLUMNS, [_row(each) for each in found])
        wanted.footer(screen, len(found), total)


def _row(run: Run) -> tuple[object, ...]:
    done = run.status in (RunStatus.APPLIED, RunStatus.ROLLED_BACK) and run.kind is RunKind.IMPORT
    return (
        as_id(run.run_id),
        moment_text(run.started_at),
        run.source,
        run.record_type,
        _what(run),
        run.stats.get("record_count", 0) if done else None,
        run.stats.get("errors", 0) if done else None,
        run.initiated_by,
        status_words(run),
    )


def _what(run: Run) -> str | None:
    """The file that was imported, or what was done instead."""
    if run.kind is RunKind.ROLLBACK:
        return f"undid run {run.undoes_run}"
    if run.kind is RunKind.EDIT:
        return run.subject
    if run.kind is RunKind.PRUNE:
        return f"pruned {plural(run.stats.get('raw_rows', 0), 'raw row')}"
    if run.kind is RunKind.BACKFILL:
        return f"backfilled {run.filename}"
    return run.filename if run.kind is RunKind.IMPORT else run.kind.value


def status_words(run: Run) -> str:
    """A run's status, and who rolled it back."""
    if run.status is RunStatus.ROLLED_BACK:
        return f"↩ rolled back by {run.rolled_back_by}"
    return run.status.value.replace("_", " ")
