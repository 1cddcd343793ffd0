"""As what a file was recognised, or why it was not, in words (MAP-2, MAP-4)."""

from __future__ import annotations

import shlex
from collections.abc import Iterable

from stocktake.model.errors import InvalidInput
from stocktake.model.problem import Warning
from stocktake.reporting.candidate import Candidate, Recognition

#: So many candidates are named.
NAMED = 4


def recognised(found: Recognition) -> Warning:
    """That nobody said what the file is, and as what it is read."""
    best = found.best
    label = f"{best.label} ({best.words})" if best else ""
    return Warning(
        code="recognised",
        message=f"Nobody said what this file is; by its header it is {label}. {found.why}".strip(),
    )


def known_header(found: Recognition) -> tuple[Warning, ...]:
    """That a saved mapping has this very header, and is not used."""
    best = found.best
    if best is None or best.saved is None or best.drifts:
        return ()
    return (
        Warning(
            code="saved-mapping-fits",
            message=f'The saved mapping "{best.saved}" has this very header. To read the file by it: --mapping {best.saved}',
        ),
    )


def unclear(found: Recognition, record_type: str | None, source: str | None) -> InvalidInput:
    """The refusal of a file of which nobody says what it is, and whose header does not say it either."""
    lacking = "--type" if record_type is None else "--source"
    usual = "Say which records these are and where from: --type device --source NINJAONE. Rows that mend a run need "
    if not found.candidates:
        return InvalidInput("bad-arguments", f"{lacking} is missing.", hint=f"{usual}neither: --mends RUN.")
    shown = found.candidates[:NAMED]
    more = f"; and {len(found.candidates) - NAMED} more" if len(found.candidates) > NAMED else ""
    return InvalidInput(
        "bad-arguments",
        f"{lacking} is missing. The header alone does not tell: it fits {_listed(shown)}{more}.",
        hint=f"Say which: {' or '.join(options_of(each) for each in shown[:2])}. Rows that mend a run need neither: "
        "--mends RUN.",
        details={
            "candidates": [
                {"record_type": each.record_type, "source": each.source, "columns": each.known}
                for each in shown
            ]
        },
    )


def options_of(each: Candidate) -> str:
    """``--type device --source TELUS``, as a shell takes it."""
    mapping = f" --mapping {each.saved}" if each.saved else ""
    return f"--type {each.record_type} --source {shlex.quote(each.source)}{mapping}"


def _listed(candidates: Iterable[Candidate]) -> str:
    return "; ".join(f"{each.label} ({each.words})" for each in candidates)
