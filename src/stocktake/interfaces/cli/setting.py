"""The global options, and the session they open: a book, a screen, a log (INT-11)."""

from __future__ import annotations

import json
import logging
import os
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Group, Parameter

from stocktake.interfaces.cli.failure import Interrupted
from stocktake.interfaces.cli.screen import Screen
from stocktake.interfaces.wording import printable

if TYPE_CHECKING:
    from stocktake.book import Book, People

DEFAULT_DB = "sqlite:///stocktake.db"
DEFAULT_WORKSPACE = "default"

_GROUP = Group("Global options (before or after the command)", sort_key=100)

#: Global options that take a value, and those that do not: ``main`` moves them behind the command.
WITH_VALUE = ("--db", "--workspace", "--log-format")
FLAGS = ("--json", "--verbose", "--quiet", "-v", "-q", "-vv")


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class GlobalOptions:
    """What every command takes."""

    db: Annotated[
        str,
        Parameter(
            env_var="STOCKTAKE_DB",
            group=_GROUP,
            metavar="URL",
            help="The database: sqlite:///FILE or postgresql://…",
        ),
    ] = DEFAULT_DB
    workspace: Annotated[
        str,
        Parameter(env_var="STOCKTAKE_WORKSPACE", group=_GROUP, metavar="NAME", help="The workspace in it."),
    ] = DEFAULT_WORKSPACE
    json: Annotated[
        bool, Parameter(group=_GROUP, show_default=False, help="Print one JSON document and nothing else.")
    ] = False
    verbose: Annotated[
        int,
        Parameter(
            name=["--verbose", "-v"],
            count=True,
            group=_GROUP,
            show_default=False,
            help="Log to standard error; twice for more.",
        ),
    ] = 0
    quiet: Annotated[
        bool,
        Parameter(
            name=["--quiet", "-q"],
            group=_GROUP,
            show_default=False,
            help="No preview, no progress: the result only.",
        ),
    ] = False
    log_format: Annotated[
        Literal["console", "json"] | None,
        Parameter(group=_GROUP, help="Log warnings and errors to standard error in this form."),
    ] = None

    @property
    def again(self) -> str:
        """The options that a suggested command needs to reach the same place: `` --db …``; no password is shown."""
        parts = []
        if self.db != os.environ.get("STOCKTAKE_DB", DEFAULT_DB):
            secret = "@" in self.db and ":" in self.db.split("://", 1)[-1].split("@")[0]
            parts += ["--db", "…" if secret else shlex.quote(self.db)]
        if self.workspace != os.environ.get("STOCKTAKE_WORKSPACE", DEFAULT_WORKSPACE):
            parts += ["--workspace", shlex.quote(self.workspace)]
        return "".join(f" {each}" for each in parts)


@dataclass(slots=True)
class Session:
    """One command at work. ``outcome`` is what is true should it be interrupted now."""

    options: GlobalOptions
    book: Book
    screen: Screen
    outcome: str = "Nothing was written."

    def command(self, words: str) -> str:
        """A command to suggest, in backticks, with the options it needs to reach the same database."""
        return f"`stocktake {words}{self.options.again}`"


@contextmanager
def session(options: GlobalOptions | None, *, by: str | None = None) -> Iterator[Session]:
    """Open the book that the global options name, and close it."""
    from stocktake.book import open_locally

    options = options or GlobalOptions()
    set_up_log(options)
    with open_locally(options.db, workspace=options.workspace, by=by) as book:
        opened = Session(options, book, Screen())
        try:
            yield opened
        except KeyboardInterrupt as stop:
            raise Interrupted(opened.outcome) from stop


@dataclass(frozen=True, slots=True)
class Desk:
    """A command about the installation at work: who may do what to people, and a screen."""

    options: GlobalOptions
    people: People
    screen: Screen

    def command(self, words: str) -> str:
        """A command to suggest, in backticks, with the options it needs to reach the same database."""
        return f"`stocktake {words}{self.options.again}`"


@contextmanager
def desk(options: GlobalOptions | None) -> Iterator[Desk]:
    """Open the installation that the global options name, and close it."""
    from stocktake.book import open_installation

    options = options or GlobalOptions()
    set_up_log(options)
    with open_installation(options.db) as installation:
        yield Desk(options, installation.people(installation.local_principal()), Screen())


def set_up_log(options: GlobalOptions) -> None:
    """Send the log to standard error: warnings where a format is named, runs with ``-v``, decisions with ``-vv``."""
    log = logging.getLogger("stocktake")
    log.handlers.clear()
    log.propagate = False
    if options.verbose:
        log.setLevel(logging.DEBUG if options.verbose > 1 else logging.INFO)
    elif options.log_format:
        log.setLevel(logging.ERROR if options.quiet else logging.WARNING)
    else:
        log.setLevel(logging.CRITICAL + 1)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_JsonLine() if options.log_format == "json" else _ConsoleLine())
    log.addHandler(handler)


class _ConsoleLine(logging.Formatter):
    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(message)s", "%H:%M:%S")

    def formatMessage(self, record: logging.LogRecord) -> str:
        """On one line and without control characters: what was read cannot forge lines of the log (SEC-7)."""
        return printable(super().formatMessage(record))


class _JsonLine(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        """One JSON object per line."""
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)
