"""``waterfall`` and ``time-in-stage``: how records moved through the values of a tracked field (HIS-6)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from stocktake.interfaces.cli.records import TypeName
from stocktake.interfaces.cli.screen import Column, mark, number
from stocktake.interfaces.cli.setting import GlobalOptions, Session, session
from stocktake.interfaces.waterfall_document import span_words, waterfall_document
from stocktake.model.errors import InvalidInput

if TYPE_CHECKING:
    import polars as pl

    from stocktake.reporting.waterfall import Waterfall

FieldName = Annotated[str, Parameter(metavar="FIELD", help="The tracked field whose values are the stages.")]

_FLOWS = (
    ("begin", "begin"),
    ("entered", "+ entered"),
    ("moved_in", "+ moved in"),
    ("moved_out", "− moved out"),
    ("left", "− left"),
    ("end", "end"),
)


def waterfall(
    record_type: TypeName,
    /,
    *,
    field: FieldName = "stage",
    from_: Annotated[
        str | None,
        Parameter(
            name="--from", metavar="RUN|DAY", help="As it was after this run, or when this day began (UTC)."
        ),
    ] = None,
    to: Annotated[
        str | None,
        Parameter(metavar="RUN|DAY", help="As it was after this run, or when this day ended (UTC)."),
    ] = None,
    by: Annotated[
        Literal["run", "week", "month"] | None, Parameter(help="Several periods, one after the other.")
    ] = None,
    amount: Annotated[
        str | None, Parameter(metavar="FIELD", help="Add up this field too, such as amount.")
    ] = None,
    svg: Annotated[
        Path | None, Parameter(metavar="OUT.svg", help="Write the waterfall as a picture to this file.")
    ] = None,
    options: GlobalOptions | None = None,
) -> None:
    """What entered, moved between stages and left, from one point in time to another.

    Without --from it begins with nothing, without --to it ends now. Runs that were rolled back do not count.

    Example: stocktake waterfall deal --field stage --from 1 --to 3 --amount amount
    """
    with session(options) as opened:
        found = opened.book.waterfall(record_type, field=field, from_=from_, to=to, by=by, amount=amount)
        if svg is not None:
            _write(found, svg)
        if opened.options.json:
            opened.screen.document(waterfall_document(found))
        else:
            _show(opened, found)
            if svg is not None:
                opened.screen.line()
                opened.screen.line(f"The picture was written to {svg}.")


def _write(found: Waterfall, path: Path) -> None:
    try:
        path.write_text(found.svg(), encoding="utf-8")
    except OSError as error:
        raise InvalidInput(
            "cannot-write",
            f"{path} cannot be written: {error.strerror or error}.",
            hint="Check the directory.",
        ) from error


def _show(opened: Session, found: Waterfall) -> None:
    screen = opened.screen
    kind = found.record_type
    screen.line(f"{kind.plural} by {kind[found.field].label.lower()}, {span_words(found)}.", style="bold")
    if found.steps.is_empty():
        screen.line(f"There were no {kind.plural.lower()} in that time.")
        return
    screen.line()
    _table(opened, found, "")
    if found.amount is not None:
        screen.heading(f"{kind[found.amount].label} of these {kind.plural.lower()}")
        _table(opened, found, "_amount")
        if found.amount not in kind.tracked:
            screen.line(
                f"{kind.title} does not track {found.amount}: each counts with what it has now.", style="dim"
            )
    moves = found.moves.sort("count", descending=True, maintain_order=True).head(10).to_dicts()
    if moves and len(found.periods) == 1:
        screen.heading("Moves")
        for each in moves:
            screen.line(f"  {each['count']:,} from {_stage(each['from'])} to {_stage(each['to'])}")


def _table(opened: Session, found: Waterfall, suffix: str) -> None:
    flows = [*_FLOWS[:-1], ("revalued", "± revalued"), _FLOWS[-1]] if suffix else list(_FLOWS)
    several = len(found.periods) > 1 or bool(found.periods[0].label)
    columns = [mark(found.record_type[found.field].label.lower()), *(number(words) for _, words in flows)]
    rows = []
    for place, period in enumerate(found.periods):
        lines = found.steps.filter(period=place).to_dicts()
        total = found.totals.filter(period=place).to_dicts()
        for step in [*lines, *({**each, "stage": "all"} for each in total)]:
            numbers = [_amount(step[f"{name}{suffix}"]) if suffix else step[name] for name, _ in flows]
            rows.append([*([period.label] if several else []), _stage(step["stage"]), *numbers])
    opened.screen.table([*([mark("period")] if several else []), *columns], rows)


def _stage(value: str | None) -> str:
    return "(blank)" if value is None else value


def _amount(value: Any) -> str:
    """Grouped, exact: ``48,000.50``."""
    from stocktake.reporting.period import amount_text

    text = amount_text(value)
    whole, point, part = text.partition(".")
    sign = "-" if whole.startswith("-") else ""
    return f"{sign}{int(whole.lstrip('-')):,}{point}{part}"


def time_in_stage(
    record_type: TypeName,
    /,
    *,
    field: FieldName = "stage",
    options: GlobalOptions | None = None,
) -> None:
    """How often records came to each stage, and how many days they stayed.

    Visits that have ended tell how long a stage takes; those still open are counted beside them. Runs that were rolled back
    do not count.

    Example: stocktake time-in-stage deal --field stage
    """
    with session(options) as opened:
        found = opened.book.time_in_stage(record_type, field=field)
        if opened.options.json:
            kind = opened.book.record_type(record_type)
            opened.screen.document({"record_type": kind.name, "field": field, "stages": found.to_dicts()})
        elif found.is_empty():
            opened.screen.line("No record has ever been in any stage.")
        else:
            _show_stays(opened, found)


def _show_stays(opened: Session, found: pl.DataFrame) -> None:
    columns = [
        Column("stage"),
        number("visits"),
        number("ended"),
        number("median days"),
        number("mean days"),
        number("90 % within days"),
        number("still open"),
        number("median days so far"),
    ]
    rows = [
        (
            _stage(each["stage"]),
            each["visits"],
            each["ended"],
            _days(each["median_days"]),
            _days(each["mean_days"]),
            _days(each["p90_days"]),
            each["open"],
            _days(each["open_median_days"]),
        )
        for each in found.to_dicts()
    ]
    opened.screen.table(columns, rows)


def _days(value: float | None) -> str | None:
    return None if value is None else f"{value:,.1f}"
