"""Messages and hints in the words of pages: whoever reads them has links and buttons, no commands and options."""

from __future__ import annotations

import re
from typing import Any

from stocktake.interfaces.rewording import reworded, words_of
from stocktake.model.errors import Refusal

#: What stands for a command: where on the pages the same is done.
PLACES: dict[str, str] = {
    "runs": "“Import history”",
    "run": "the run's page under “Import history”",
    "reimport": "“Re-import” on the run's page",
    "rollback": "“Roll back” on the run's page",
    "cancel": "“Cancel” on the import's page",
    "import": "“Import”",
    "inspect": "“Import”",
    "plan": "“Import”",
    "apply": "“Apply” on the import's review",
    "records": "“Records”",
    "record": "the record's page",
    "missing": "“Missing by source”",
    "acknowledge": "“Acknowledge” on “Missing by source”",
    "held": "“Review”",
    "types": "“Admin”, record types",
    "type": "“Admin”, record types",
    "sources": "“Admin”, sources",
    "source": "“Admin”, sources",
    "mappings": "“Admin”, mappings",
    "mapping": "“Admin”, mappings",
    "webhook": "“Admin”, webhooks",
    "backfill": "“Health”",
    "health": "“Health”",
    "asset": "“Media”",
    "collection": "“Media”",
    "media-source": "“Media”",
    "workspace": "“Admin”, members",
    "user": "“Users”, for platform admins",
    "token": "“Your account”, tokens",
}
#: What an option is called on a page.
_NAMES = {
    "type": "record type",
    "map": "the mapping",
    "read": "“reads as”",
    "header-line": "“this is the header”",
    "header-lines": "“this is the header”",
    "sheet": "“Sheet”",
    "member": "“File in the archive”",
    "encoding": "“Encoding”",
    "delimiter": "“Delimiter”",
    "quote": "“Quote”",
    "keep": "“keep” in the review",
    "allow-retire": "the number typed above the guard",
    "accept-suggestions": "the suggestions of the mapping",
    "on-guard": "“hold for review”",
}
#: What already stands in marks of its own, or is no name, needs no others.
_QUOTED = re.compile(r"`(“[^`]*”|the [^`]*)`")
#: Whole hints, by code, where single words do not do.
HINTS = {
    "unknown-workspace": "The list of workspaces shows those that you may look into.",
    "unauthenticated": "Sign in.",
    "session-ended": "Sign in again.",
    "not-found": "Go back, or begin at the dashboard.",
    "column-ambiguous": "Say under “Reads as” in the step “Mapping” how it is meant. It is remembered for the source.",
    "column-mixed": "Say under “Reads as” in the step “Mapping” how it is meant, or export the column in one way.",
    "column-without-time-zone": "Say its time zone under “Reads as” in the step “Mapping”. It is remembered for the source.",
    "missing-column": "Choose in the step “Mapping” which column holds it. What you chose is kept.",
    "encoding-error": "Choose the encoding that it was saved in under “How the file is read”, or export it again as UTF-8.",
    "unknown-sheet": "Choose one of its sheets.",
    "rows-rejected": "Mend them in “Check & fix”, or choose there to reject these rows and to import the others.",
    "too-many-rejects": "Mend the cells in “Check & fix”, or the mapping; or raise there how many rows may be rejected.",
    "field-mapped-twice": "Choose one column for each field.",
}

#: By a warning's code: with what the way out begins in its message, and what a page says instead.
WAYS = {
    "blank-label": ("Map", "In the mapping they are called by their place, “column 3”."),
    "duplicate-label": (
        "Map all",
        "In the mapping all but the first are called by their place too, “Notes (column 7)”.",
    ),
    "other-sheets": ("Read one", "If another one is meant, choose it under “Sheet”."),
    "preamble-skipped": (
        "--header-line",
        "If another line is the header, choose it in the step “Sheet & header”.",
    ),
    "encoding-guessed": ("If names look wrong", "If names look wrong, choose another encoding."),
    "unknown-words": ("Say what", "Say in the step “Mapping” what that means, or write the cells anew."),
    "rekey-proposed": ("Confirm with", "Confirm it below, if that is so."),
    "partial-export": ("If so,", "If so, switch “full snapshot” off: then nothing is taken away."),
}


def on_page(text: str) -> str:
    """A message or hint as somebody needs it who sees pages."""
    told = reworded(text, command=_place, option=lambda name: _NAMES.get(name, name.replace("-", " ")))
    return _QUOTED.sub(r"\1", told)


def hint_on_page(code: str, hint: str) -> str:
    """The hint of a refusal."""
    return HINTS.get(code) or on_page(hint)


def warning_on_page(code: str, message: str) -> str:
    """A plan's warning; what it says to do is said as a page does it."""
    beginning, instead = WAYS.get(code, ("", ""))
    said = message.partition(f" {beginning}")[0] if beginning else message
    return on_page(f"{said} {instead}".strip())


def notice(error: Refusal) -> dict[str, Any]:
    """A refusal as the notice of a page shows it: ``code``, ``message``, ``hint``, ``details``."""
    return {
        "code": error.code,
        "message": on_page(error.message),
        "hint": hint_on_page(error.code, error.hint),
        "details": error.details,
    }


def _place(command: str) -> str | None:
    words = words_of(command)
    return PLACES.get(words[0]) if words else None
