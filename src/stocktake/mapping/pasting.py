"""The words to paste behind a command (MAP-1)."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Sequence

from stocktake.model.problem import Warning
from stocktake.model.record_type import RecordType
from stocktake.model.suggestion import Suggestion

#: So many suggestions of one preview are told one by one.
TOLD = 5


def map_option(column: str, field: str) -> str:
    """``--map 'Serail Number=serial_number'``, as a shell takes it."""
    return f"--map {shlex.quote(f'{column}={field}')}"


def suggested(each: Suggestion, record_type: RecordType) -> str:
    """A suggestion in a sentence."""
    field = each.field
    label = f"{record_type[field].label} ({field})" if field in record_type else field
    tied = " Another fits as well, so that it is yours to say." if each.tied else ""
    return (
        f'"{each.column}" may be {label}, {each.confidence:.0%}: {each.why}.{tied} '
        f"If so: {map_option(each.column, field)}"
    )


def suggestion_warnings(
    suggestions: Sequence[Suggestion], record_type: RecordType, least: float
) -> Iterator[Warning]:
    """What a preview says of columns that may feed a field, from a confidence of ``least`` on."""
    likely = sorted(
        (each for each in suggestions if each.confidence >= least), key=lambda each: -each.confidence
    )
    for each in likely[:TOLD]:
        yield Warning(
            code="column-suggested", message=f"Column {each.position + 1}, {suggested(each, record_type)}"
        )
    if len(likely) > TOLD:
        yield Warning(
            code="column-suggested",
            message=f"{len(likely) - TOLD} more columns may feed fields: `stocktake inspect` shows them.",
            count=len(likely) - TOLD,
        )


def accepted_warnings(accepted: Iterable[Suggestion], least: float) -> Iterator[Warning]:
    """What was taken because the operator asked for it."""
    for each in accepted:
        yield Warning(
            code="suggestion-accepted",
            message=f'Column {each.position + 1}, "{each.column}", feeds {each.field} because suggestions of '
            f"{least:.0%} or more are accepted ({each.confidence:.0%}: {each.why}).",
        )
