"""The commands by name; each is imported when it is called, so that ``stocktake --help`` stays quick."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from cyclopts import App, Group, Parameter

from stocktake._version import __version__

_IMPORTING = Group("Importing", sort_key=1)
_LOOKING = Group("Looking", sort_key=2)
_KEEPING = Group("Keeping up", sort_key=3)
_DECLARING = Group("Declaring", sort_key=4)
_MEDIA = Group("Media", sort_key=5)
_SERVING = Group("Serving", sort_key=7)
_PEOPLE = Group("People", sort_key=6)

_COMMANDS: tuple[tuple[str, str, str, Group], ...] = (
    (
        "demo",
        "demo:demo",
        "See it work: import a sample inventory twice, in a database of its own.",
        _IMPORTING,
    ),
    ("inspect", "inspecting:inspect", "What a file is like, and what it could be imported as.", _IMPORTING),
    ("plan", "importing:plan", "Preview an import; writes nothing.", _IMPORTING),
    ("import", "importing:import_file", "Preview, confirm, apply.", _IMPORTING),
    ("apply", "plans:apply", "Apply a saved plan to the same file.", _IMPORTING),
    ("compare", "plans:compare", "What tells two saved plans apart.", _IMPORTING),
    ("rollback", "undoing:rollback", "Undo a run.", _IMPORTING),
    ("cancel", "cancelling:cancel", "Give up an uploaded import before it is applied.", _IMPORTING),
    (
        "reimport",
        "reimporting:reimport",
        "Import another file in the place of a run that was undone.",
        _IMPORTING,
    ),
    ("runs", "runs:runs", "What was imported, newest first.", _LOOKING),
    ("run", "run:app", "One run: show, rows, history, errors.", _LOOKING),
    ("records", "records:records", "The records of a type.", _LOOKING),
    ("record", "record:app", "One record: show, edit.", _LOOKING),
    ("missing", "missing:missing", "What the sources' last snapshots no longer had.", _LOOKING),
    ("held", "held:app", "Retirements held for review: list, retire, keep.", _LOOKING),
    ("acknowledge", "held:acknowledge", "Say that it is known that a source misses a record.", _LOOKING),
    ("history", "record:history", "How one record's tracked fields changed.", _LOOKING),
    (
        "waterfall",
        "waterfall:waterfall",
        "What entered, moved between stages and left, between two points in time.",
        _LOOKING,
    ),
    (
        "time-in-stage",
        "waterfall:time_in_stage",
        "How often records came to each stage, and how long they stayed.",
        _LOOKING,
    ),
    ("activity", "activity:activity", "Who did what, when, and in which run.", _LOOKING),
    ("freshness", "freshness:freshness", "How old each source's newest import is.", _LOOKING),
    ("health", "health:app", "Whether everything leads where it should: wiring.", _KEEPING),
    (
        "backfill",
        "backfilling:backfill",
        "Give existing records the links or flows that they lack.",
        _KEEPING,
    ),
    ("prune", "pruning:app", "Let go what is old: raw-rows.", _KEEPING),
    ("flows", "flows:flows", "The discovery flows.", _DECLARING),
    ("flow", "flows:app", "One discovery flow: add.", _DECLARING),
    ("types", "types:types", "The record types.", _DECLARING),
    ("type", "types:app", "One record type: show, add.", _DECLARING),
    ("sources", "sources:sources", "The sources.", _DECLARING),
    ("source", "sources:app", "One source: show, add, set, close, ingest.", _DECLARING),
    (
        "media-source",
        "media_sources:app",
        "Folders and Plex servers: add, list, discover, update.",
        _MEDIA,
    ),
    ("collection", "collection:app", "Libraries of media: list, show, update, ingest.", _MEDIA),
    ("asset", "asset:app", "Media assets: list, show, enrich, approve, attention.", _MEDIA),
    ("mappings", "mappings:mappings", "The saved mappings.", _DECLARING),
    ("mapping", "mappings:app", "One saved mapping: show, add, remove.", _DECLARING),
    ("webhook", "webhooks:app", "Tell others of finished runs: add, list, remove, try, deliver.", _DECLARING),
    ("serve", "serving:serve", "Serve the HTTP API.", _SERVING),
    ("workspace", "workspaces:app", "Workspaces: add, list, set, members.", _PEOPLE),
    (
        "user",
        "users:app",
        "Who may sign in, and as what: add, list, show, set, grant, withdraw, remove, activity.",
        _PEOPLE,
    ),
    ("token", "tokens:app", "API tokens: create, list, revoke.", _PEOPLE),
)


def make_app(tokens: Sequence[str] = ()) -> App:
    """The command line for ``tokens``: the command they name speaks for itself, the others in one line each."""
    app = App(
        name="stocktake",
        help="Import snapshots of an inventory: preview every decision, apply it in one transaction, see what went "
        "missing, undo it.\n\nExample: stocktake import devices.csv --type device --source NINJAONE",
        version=__version__,
        help_format="plaintext",
        help_formatter="default" if sys.stdout.isatty() else "plain",
        default_parameter=Parameter(negative=""),
        suppress_keyboard_interrupt=False,
    )
    named = next((each for each in tokens if not each.startswith("-")), None)
    for order, (name, place, words, group) in enumerate(_COMMANDS):
        app.command(
            f"stocktake.interfaces.cli.{place}",
            name=name,
            help=None if name == named else words,
            group=group,
            sort_key=order,
        )
    app.register_install_completion_command()
    return app
