"""What went wrong, told to people or programs, and the exit code that says it to scripts (interfaces.md)."""

from __future__ import annotations

import logging
import os
import secrets
import tempfile
import traceback
from typing import TYPE_CHECKING, Any

from stocktake.interfaces.cli.screen import Column, Screen, as_id, number
from stocktake.interfaces.refusal_document import status_of
from stocktake.model.errors import (
    Busy,
    Cancelled,
    GuardRefused,
    InvalidInput,
    NotAllowed,
    NotFound,
    Refusal,
    RollbackBlocked,
    StalePlan,
    Unreadable,
)

if TYPE_CHECKING:
    from cyclopts import CycloptsError

DONE, INVALID, UNREADABLE, FAULT, INTERRUPTED = 0, 1, 3, 70, 130

#: So many of the rows that have moved under a plan are shown.
MOVED = 10

_EXIT_CODES: dict[type[Refusal], int] = {
    InvalidInput: INVALID,
    NotFound: 2,
    Unreadable: UNREADABLE,
    GuardRefused: 4,
    StalePlan: 5,
    Busy: 5,
    Cancelled: 5,
    RollbackBlocked: 6,
    NotAllowed: 7,
}

#: Hints in the words of the command line.
_HINTS = {
    "no-database": "Start with `stocktake import FILE --type T --source S`, or see it work with `stocktake demo`. "
    "Another database is named with --db.",
}

_log = logging.getLogger("stocktake.interfaces.cli")


class Interrupted(Exception):
    """Ctrl-C, with what is known of the run it met."""


def exit_code(error: Refusal) -> int:
    """The exit code of a refusal's class."""
    return next((code for kind, code in _EXIT_CODES.items() if isinstance(error, kind)), FAULT)


def report(error: Refusal, screen: Screen, *, as_json: bool) -> int:
    """Tell a refusal; its exit code."""
    if as_json:
        screen.document({"status": status_of(error), "error": error_document(error)})
    else:
        moved(error, screen)
        screen.out.flush()
        screen.error(error.message, error.code, hint_of(error))
    return exit_code(error)


def moved(error: Refusal, screen: Screen) -> None:
    """List what has moved under a stale plan, as far as it is known (PLN-9)."""
    rows = error.details.get("rows") if isinstance(error, StalePlan) else None
    if not rows:
        return
    total = max(error.details.get("count", 0), len(rows))
    screen.heading(f"Moved since the plan was made: {total:,}")
    screen.table(
        [number("line"), Column("external id"), number("record"), Column("what"), number("run")],
        [
            (
                as_id(each.get("line")),
                each.get("external_id"),
                as_id(each.get("record_id")),
                each.get("what"),
                as_id(each.get("by_run")),
            )
            for each in rows[:MOVED]
        ],
        indent=2,
    )
    if total > MOVED:
        screen.line(f"  … and {total - MOVED:,} more", style="dim")
    screen.line()


def error_document(error: Refusal) -> dict[str, Any]:
    """A refusal for programs (INT-10)."""
    return {
        "code": error.code,
        "message": error.message,
        "hint": hint_of(error),
        "details": error.details,
    }


def hint_of(error: Refusal) -> str:
    """What to do about a refusal."""
    return _HINTS.get(error.code, error.hint)


def usage_refusal(error: CycloptsError, tokens: list[str]) -> InvalidInput:
    """A mistake in the arguments as a refusal, in our words where the parser's are hard to read."""
    from cyclopts import MissingArgumentError, UnknownCommandError, UnusedCliTokensError

    message = str(error).strip()
    if isinstance(error, UnusedCliTokensError):
        message = f"Too many arguments: {' '.join(error.unused_tokens or [])}."
    elif isinstance(error, MissingArgumentError) and error.argument is not None:
        name = error.argument.name
        if not any(each.split("=")[0] == name for each in tokens):
            message = f"{name} is missing."
    named = [] if isinstance(error, UnknownCommandError) else list(error.command_chain or ())
    command = " ".join(["stocktake", *named])
    return InvalidInput("bad-arguments", message, hint=f"See `{command} --help`.")


def fault(error: BaseException) -> Refusal:
    """A fault of ours as a refusal: a reference, and where the traceback is."""
    reference = secrets.token_hex(4)
    text = "".join(traceback.format_exception(error))
    _log.error("fault %s\n%s", reference, text)
    handle, path = tempfile.mkstemp(prefix=f"stocktake-{reference}-", suffix=".log")
    with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
        file.write(text)
    return Refusal(
        "internal-error",
        f"Stocktake itself failed ({type(error).__name__}, reference {reference}).",
        hint=f"The details are in {path}; please report them. `stocktake runs` shows whether a run was applied.",
        details={"reference": reference, "log": path},
    )
