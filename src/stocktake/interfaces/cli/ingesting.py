"""``collection ingest`` and ``source ingest``: bring assets in line with what lies there (MED-B)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from stocktake.interfaces.cli.bar import progress_of
from stocktake.interfaces.cli.collection import Named
from stocktake.interfaces.cli.failure import DONE, exit_code
from stocktake.interfaces.cli.screen import Column, as_id, mark
from stocktake.interfaces.cli.setting import GlobalOptions, Session, session
from stocktake.interfaces.media_document import (
    failed_ingest_document,
    failed_source_document,
    ingest_document,
    source_ingest_document,
)
from stocktake.model.errors import InvalidInput, Refusal
from stocktake.model.media import Collection, MediaScope
from stocktake.reporting.ingest import about
from stocktake.reporting.sentence import plural

if TYPE_CHECKING:
    from stocktake.book.ingesting import Ingested, SourceIngested

#: So many assets of each decision are shown.
SHOWN = 20

DryRun = Annotated[
    bool, Parameter(show_default=False, help="Say what would be done, item by item; write nothing anywhere.")
]
TestDb = Annotated[
    bool,
    Parameter(show_default=False, help="Write to a separate test database instead; --dry-run wins over it."),
]


def ingest(
    named: Named,
    /,
    *,
    title: Annotated[str | None, Parameter(metavar="TITLE", help="Only this movie or series.")] = None,
    season: Annotated[str | None, Parameter(metavar="N", help="Only this season of it; 0: specials.")] = None,
    episode: Annotated[str | None, Parameter(metavar="N", help="Only this episode of the season.")] = None,
    dry_run: DryRun = False,
    test_db: TestDb = False,
    verify: Annotated[
        bool, Parameter(show_default=False, help="Read every file whole, whatever its size and time say.")
    ] = False,
    allow_retire: Annotated[
        int | None, Parameter(metavar="N", help="So many assets may go missing at once, past the guard.")
    ] = None,
    accept_root: Annotated[
        bool,
        Parameter(
            show_default=False, help="An empty root, or another one than last time, is right this time."
        ),
    ] = False,
    verbose_assets: Annotated[
        bool, Parameter(show_default=False, help="List every asset, not only the first of each decision.")
    ] = False,
    options: GlobalOptions | None = None,
) -> int:
    """Bring the assets of a collection in line with what lies there.

    Exit codes: 0 done, 1 not valid, 2 title, season or episode not found, 3 source unreachable, 4 held back by a guard.

    Example: stocktake collection ingest "TV Shows" --dry-run
    """
    with session(options) as opened:
        scope: MediaScope | None = None
        known: Collection | None = None
        try:
            scope = MediaScope(
                title=title, season=_whole(season, "--season"), episode=_whole(episode, "--episode")
            )
            known = opened.book.collection(named)
            with progress_of(opened) as progress:
                done = opened.book.ingest_collection(
                    str(known.collection_id),
                    scope,
                    dry_run=dry_run,
                    test_db=test_db,
                    verify=verify,
                    allow_retire=allow_retire,
                    accept_root=accept_root,
                    progress=progress,
                )
        except Refusal as error:
            if not opened.options.json:
                _candidates(opened, error)
                raise
            opened.screen.document(failed_ingest_document(error, scope, known, dry_run=dry_run))
            return exit_code(error)
        if opened.options.json:
            opened.screen.document(ingest_document(done))
        else:
            _tell(opened, done, every=verbose_assets)
    return DONE


def _whole(text: str | None, option: str) -> int | None:
    """A number of a season or an episode. Raises ``InvalidInput`` ``invalid-argument`` (MED-B9)."""
    if text is None:
        return None
    if not text.strip().isdecimal() or len(text) > 6:
        raise InvalidInput(
            "invalid-argument",
            f'invalid argument: {option} "{text}" is no whole number from 0 on.',
            hint=f"Write {option} 1.",
        )
    return int(text)


def _candidates(opened: Session, error: Refusal) -> None:
    """The table by which a person tells collections of one name apart (MED-B1)."""
    found = error.details.get("candidates")
    if found:
        opened.screen.table(
            [mark("id"), Column("collection"), mark("media source"), Column("there")],
            [
                (each["collection_id"], each["name"], each["media_source"], each["external_id"])
                for each in found
            ],
        )


def _tell(opened: Session, done: Ingested, *, every: bool) -> None:
    screen, stats = opened.screen, done.stats
    what = about(done.collection.name, done.scope)
    screen.line(f"[DRY RUN] Would ingest: {what}" if done.is_dry else f"Ingesting {what}")
    if done.is_dry or every:
        _decisions(opened, done, every=every)
    screen.table(
        [mark(""), Column("", right=True)],
        [
            ("discovered", stats.assets_discovered),
            ("ingested", stats.assets_ingested),
            ("updated", stats.assets_updated),
            ("skipped", stats.assets_skipped),
            ("missing", stats.assets_missing),
            *((("duplicates prevented", stats.duplicates_prevented),) if stats.duplicates_prevented else ()),
        ],
        indent=2,
    )
    _tell_errors(opened, stats.errors)
    screen.line("No changes were applied." if done.is_dry else "Done.")


def _tell_errors(opened: Session, errors: tuple[str, ...]) -> None:
    if not errors:
        return
    opened.screen.line(f"  {plural(len(errors), 'error')}:")
    for each in errors[:SHOWN]:
        opened.screen.line(f"    {each}")
    if len(errors) > SHOWN:
        opened.screen.line(f"    … and {len(errors) - SHOWN:,} more; --json lists them.")


def _decisions(opened: Session, done: Ingested, *, every: bool) -> None:
    """What becomes of each asset, and why (MED-B7); unchanged ones only where every one is asked for."""
    found = opened.book.decisions(done.plan) if every else opened.book.first_decisions(done.plan, SHOWN)
    rows = [each for each in found.to_dicts() if every or each["action"] != "unchanged"]
    if rows:
        opened.screen.table(
            [mark("decision"), Column("asset"), mark("record"), Column("why")],
            [(each["action"], each["name"], as_id(each["record_id"]), each["reason"]) for each in rows],
            indent=2,
        )
        opened.screen.line()


def ingest_source(
    named: Annotated[str, Parameter(metavar="SOURCE", help="The media source, such as NAS.")],
    /,
    *,
    dry_run: DryRun = False,
    test_db: TestDb = False,
    title: Annotated[str | None, Parameter(show=False)] = None,
    season: Annotated[str | None, Parameter(show=False)] = None,
    episode: Annotated[str | None, Parameter(show=False)] = None,
    options: GlobalOptions | None = None,
) -> int:
    """Ingest every collection of a media source whose sync is enabled; one that fails does not stop the others.

    Exit codes: 0 done, 1 none may be ingested, 2 some failed, 3 source unreachable.

    Example: stocktake source ingest NAS
    """
    with session(options) as opened:
        try:
            _refuse_narrowing(title=title, season=season, episode=episode)
            with progress_of(opened) as progress:
                done = opened.book.ingest_source(named, dry_run=dry_run, test_db=test_db, progress=progress)
        except Refusal as error:
            if not opened.options.json:
                raise
            opened.screen.document(failed_source_document(named, error))
            return exit_code(error)
        if opened.options.json:
            opened.screen.document(source_ingest_document(done))
        else:
            _tell_source(opened, done)
    return 2 if done.failed else DONE


def _refuse_narrowing(**given: str | None) -> None:
    named = next((name for name, value in given.items() if value is not None), None)
    if named is not None:
        raise InvalidInput(
            "narrowing-flag",
            f"--{named} narrows the ingest of one collection; source ingest takes whole ones.",
            hint=f"Use `stocktake collection ingest COLLECTION --{named} …`.",
        )


def _tell_source(opened: Session, done: SourceIngested) -> None:
    for each in done.results:
        _tell(opened, each, every=False)
        opened.screen.line()
    for collection, why in done.skipped:
        opened.screen.line(f'Left out "{collection.name}": {why}.')
    for collection, error in done.failed:
        opened.screen.line(f'"{collection.name}" failed: {error.message} [{error.code}]')
        if error.hint:
            opened.screen.line(f"  {error.hint}")
    total = len(done.results) + len(done.failed)
    opened.screen.line(f"{len(done.results)} of {plural(total, 'collection')} ingested.")
