"""``runs``: what was imported, when, by whom, and what became of it (ROL-9)."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from stocktake.interfaces.cli.paging import Page, chosen
from stocktake.interfaces.cli.screen import Column, as_id, mark, number
from stocktake.interfaces.cli.setting import GlobalOptions, Session, desk, session
from stocktake.interfaces.run_document import run_document, workspace_run_document
from stocktake.interfaces.run_wording import DONE, failed_words, status_words, what_words
from stocktake.interfaces.wording import moment_text
from stocktake.model.errors import InvalidInput
from stocktake.model.run import Run, RunKind, RunStatus

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


#: What a source's own list tells beside when, who and what (PRE-22).
_SYNC_COLUMNS = (
    number("run"),
    mark("when"),
    mark("type"),
    mark("how"),
    number("created"),
    number("updated"),
    number("retired"),
    number("reappeared"),
    number("missing"),
    number("failed"),
    mark("by"),
    Column("status"),
)


def runs(
    *,
    source: Annotated[str | None, Parameter(metavar="SOURCE", help="Only runs of this source.")] = None,
    type: Annotated[str | None, Parameter(metavar="TYPE", help="Only runs of this type.")] = None,
    full: Annotated[bool, Parameter(show_default=False, help="Only full snapshots.")] = False,
    all_workspaces: Annotated[
        bool, Parameter(show_default=False, help="Those of every workspace; for platform admins.")
    ] = False,
    page: Page | None = None,
    options: GlobalOptions | None = None,
) -> None:
    """What was imported and undone, newest first.

    With --source: each sync run of that source, full or partial, with its counts.

    Example: stocktake runs --source NINJAONE --full
    """
    wanted = chosen(page)
    if all_workspaces:
        if source or type or full:
            raise InvalidInput(
                "bad-option",
                "--all-workspaces lists every run; sources and types are a workspace's own.",
                hint="Leave out --source, --type and --full, or name a workspace.",
            )
        _everywhere(wanted, options)
        return
    with session(options) as opened:
        found, total = opened.book.runs(
            source=source,
            record_type=type,
            full=True if full else None,
            page=wanted.page,
            page_size=wanted.limit,
        )
        screen = opened.screen
        if opened.options.json:
            screen.document(wanted.document([run_document(each) for each in found], total))
            return
        if not total:
            start = opened.command("import FILE --type T --source S")
            screen.line(
                "No runs like that." if source or type or full else f"No runs yet. Import something: {start}"
            )
            return
        if found and source is not None:
            screen.table(_SYNC_COLUMNS, [_sync_row(each) for each in found])
        elif found:
            screen.table(_COLUMNS, [_row(each) for each in found])
        wanted.footer(screen, len(found), total)
        if source is None and page is None:
            _next(opened, found)
        if source is not None:
            screen.line(
                f"{opened.command('run rows RUN --decision retire')} lists what a run retired.", style="dim"
            )


def _everywhere(wanted: Page, options: GlobalOptions | None) -> None:
    """The runs of every workspace, each with whose it is (ROL-12)."""
    with desk(options) as opened:
        found, total = opened.people.runs(page=wanted.page, page_size=wanted.limit)
        screen = opened.screen
        if opened.options.json:
            screen.document(wanted.document([workspace_run_document(*each) for each in found], total))
            return
        if not total:
            screen.line("No runs yet in any workspace.")
            return
        if found:
            rows = [(workspace.name, *_row(run)) for workspace, run in found]
            screen.table((mark("workspace"), *_COLUMNS), rows)
        wanted.footer(screen, len(found), total)


def _next(opened: Session, found: list[Run]) -> None:
    """What can be done with a run (ROL-9)."""
    commands = [f"{opened.command('run show RUN')} shows one"]
    if any(each.status is RunStatus.APPLIED and each.kind is not RunKind.ROLLBACK for each in found):
        commands.append(f"{opened.command('rollback RUN')} undoes it")
    imports = [each for each in found if each.kind is RunKind.IMPORT]
    if any(each.status is RunStatus.ROLLED_BACK for each in imports):
        commands.append(
            f"{opened.command('reimport RUN FILE')} imports another file in the place of a rolled-back one"
        )
    opened.screen.line(f"{'; '.join(commands)}.", style="dim")


def _sync_row(run: Run) -> tuple[object, ...]:
    undoing = run.kind is not RunKind.IMPORT
    done = run.status in DONE and not undoing
    names = ("created", "updated", "retired", "reappeared", "missing")
    return (
        as_id(run.run_id),
        moment_text(run.started_at),
        run.record_type,
        run.kind.value if undoing else "full" if run.is_full_snapshot else "partial",
        *(run.stats.get(name, 0) if done else None for name in names),
        failed_words(run) if done else None,
        run.initiated_by,
        status_words(run),
    )


def _row(run: Run) -> tuple[object, ...]:
    done = run.status in DONE and run.kind is RunKind.IMPORT
    return (
        as_id(run.run_id),
        moment_text(run.started_at),
        run.source,
        run.record_type,
        what_words(run),
        run.stats.get("record_count", 0) if done else None,
        failed_words(run) if done else None,
        run.initiated_by,
        status_words(run),
    )
