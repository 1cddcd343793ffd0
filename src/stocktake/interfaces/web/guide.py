"""The guide for operators in the words of pages; docs/how-to/bulk-upload-operator-guide.md tells it of commands (INT-5)."""

from __future__ import annotations

from fastapi import Request
from starlette.responses import Response

from stocktake.access.right import Right
from stocktake.interfaces.web.page import page
from stocktake.interfaces.web.route import Pages
from stocktake.interfaces.wording import GROUPS

routes = Pages()

#: The groups of a review: what they are, and what to look at (INT-7).
_GROUPS = (
    (
        "create",
        "No record fits: one is made.",
        "Are these really new, or is an external id written differently?",
    ),
    ("update", "A record is known, and values differ, from → to.", "Is the file the newer one?"),
    ("unchanged", "Known, and nothing differs.", "Nothing."),
    (
        "retire",
        "A full snapshot lacks it, and no other source has it.",
        "Is it gone, or is the file not complete?",
    ),
    (
        "reactivate",
        "It was retired because it was missing, and is here again.",
        "Was it rightly retired by somebody? Then keep it so.",
    ),
    ("missing", "The snapshot lacks it, but another source has it, or it is acknowledged.", "Nothing."),
    ("suppressed", "An override or a rule keeps it.", "Your overrides."),
    ("held", "A guard held its retirement back.", "“Review”."),
    ("reject", "The row cannot be read as a record.", "“Check & fix”: mend its cells there."),
    ("duplicate", "The same external id more than once in the file.", "Which one counts?"),
    ("conflict", "Two sources, or a person, say something else.", "“Review”: settle it."),
    ("ambiguous", "It fits several records.", "Give it an external id."),
    ("skip", "An override leaves it out.", "Your overrides."),
    ("delete", "Only with the strategy replace.", "Whether you wanted that strategy."),
)


@routes.get("/help/bulk-upload", needs=Right.VIEW)
def show_guide(request: Request) -> Response:
    """What operators should know before they apply."""
    groups = [(GROUPS[key], what, look) for key, what, look in _GROUPS]
    return page(request, "wizard/guide.html", title="Bulk uploads", groups=groups)
