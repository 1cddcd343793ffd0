"""``activity``: what people and imports did, one sentence per act, newest first (SEC-8)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from stocktake.interfaces.activity_document import activity_document
from stocktake.interfaces.cli.paging import Page, chosen
from stocktake.interfaces.cli.screen import Column, as_id, mark, number
from stocktake.interfaces.cli.setting import GlobalOptions, session
from stocktake.interfaces.wording import moment_text
from stocktake.model.activity import ACTS

if TYPE_CHECKING:
    from stocktake.model.activity import Activity

ACTIVITY_COLUMNS = (mark("when"), mark("who"), mark("act"), number("run"), Column("what happened"))


def activity(
    *,
    type: Annotated[
        str | None, Parameter(metavar="TYPE", help="Only what concerns records of this type.")
    ] = None,
    id: Annotated[int | None, Parameter(metavar="ID", help="Only this record, of the --type.")] = None,
    source: Annotated[str | None, Parameter(metavar="SOURCE", help="Only what concerns this source.")] = None,
    run: Annotated[int | None, Parameter(metavar="RUN", help="Only what this run did.")] = None,
    actor: Annotated[str | None, Parameter(metavar="NAME", help="Only what this person did.")] = None,
    act: Annotated[str | None, Parameter(metavar="ACT", help=f"Only this act: {', '.join(ACTS)}.")] = None,
    since: Annotated[str | None, Parameter(metavar="DAY", help="From this day or time on (UTC).")] = None,
    until: Annotated[
        str | None, Parameter(metavar="DAY", help="Up to this day (included) or time (UTC).")
    ] = None,
    page: Page | None = None,
    options: GlobalOptions | None = None,
) -> None:
    """Who did what, when, and in which run, newest first. Nothing in this log is ever changed or deleted.

    Example: stocktake activity --type device --id 7
    """
    wanted = chosen(page)
    with session(options) as opened:
        found, total = opened.book.activity(
            record_type=type,
            record_id=id,
            source=source,
            run_id=run,
            actor=actor,
            act=act,
            since=since,
            until=until,
            page=wanted.page,
            page_size=wanted.limit,
        )
        screen = opened.screen
        narrowed = any(each is not None for each in (type, id, source, run, actor, act, since, until))
        if opened.options.json:
            screen.document(wanted.document([activity_document(each) for each in found], total))
        elif not total and narrowed:
            screen.line(
                f"Nothing like that has happened. {opened.command('activity')} shows everything, newest first."
            )
        elif not total:
            start = opened.command("import FILE --type T --source S")
            screen.line(f"Nothing has happened here yet. Import something: {start}")
        else:
            screen.table(ACTIVITY_COLUMNS, [activity_row(each) for each in found])
            wanted.footer(screen, len(found), total)


def activity_row(each: Activity) -> tuple[object, ...]:
    """An entry as a row of a table."""
    return (moment_text(each.at), each.actor, each.act, as_id(each.run_id), each.sentence)
