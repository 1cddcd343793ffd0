"""The waterfall of a tracked field between two points, as a picture and in numbers, and the time in each stage (HIS-6)."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal

from fastapi import Query, Request
from markupsafe import Markup
from pydantic import Field, model_validator
from starlette.responses import Response

from stocktake.access.right import Right
from stocktake.book import Book
from stocktake.interfaces.http.parameter import OpenBook, Text
from stocktake.interfaces.http.problem import status_of
from stocktake.interfaces.page import Page
from stocktake.interfaces.waterfall_document import span_words
from stocktake.interfaces.web.filter import Filters
from stocktake.interfaces.web.page import again, is_part, page, pager
from stocktake.interfaces.web.route import Pages
from stocktake.interfaces.web.wording import notice
from stocktake.model.errors import NotAllowed, Refusal
from stocktake.model.record_type import FieldType, RecordType
from stocktake.model.run import Run, RunKind, RunStatus
from stocktake.reporting.period import AMOUNT_FLOWS, FLOWS, amount_text
from stocktake.reporting.waterfall import Waterfall

routes = Pages()

#: So many periods are drawn on a page.
PERIODS = 12
#: So many records are read within a page; of more the picture follows it.
AT_ONCE = 100_000
#: So many runs can be chosen from; older ones are named by a day.
RUNS = 200
_NUMBERS = (FieldType.DECIMAL, FieldType.INTEGER)
_WORDS = {
    "begin": "begin",
    "entered": "+ entered",
    "moved_in": "+ moved in",
    "moved_out": "− moved out",
    "left": "− left",
    "revalued": "± revalued",
    "end": "end",
}


class WaterfallFilters(Filters):
    """Between which points; a day that is given goes before the run that stands chosen beside it.

    ``of``: the record type whose fields and runs could be chosen; none of them is meant where another type is.
    ``whole``: the page is wanted with what is dear to draw, however long that takes.
    """

    type: Text | None = None
    of: Text | None = None
    field: Text | None = None
    from_: Text | None = Field(default=None, alias="from")
    to: Text | None = None
    by: Literal["run", "week", "month"] | None = None
    amount: Text | None = None
    whole: bool = False

    @model_validator(mode="before")
    @classmethod
    def _with_days(cls, told: Any) -> Any:
        if not isinstance(told, dict):
            return told
        days = {name: told.get(f"{name}_day") for name in ("from", "to")}
        rest = {name: value for name, value in told.items() if name not in ("from_day", "to_day")}
        if rest.get("of") not in (None, "", rest.get("type")):
            return {name: rest[name] for name in ("type", "of") if name in rest}
        return {**rest, **{name: value for name, value in days.items() if value}}

    @property
    def wanted(self) -> Page:
        """Which of the periods."""
        return Page(page=self.page, page_size=PERIODS)


@routes.get("/waterfall", needs=Right.VIEW)
def show_waterfall(request: Request, book: OpenBook, asked: Annotated[WaterfallFilters, Query()]) -> Response:
    """The form, and below it what was asked for; where many records must be read for it, that follows its page."""
    kinds = [each for each in book.declared().stored_record_types.values() if each.tracked]
    kind = next((each for each in kinds if each.name == asked.type), None)
    shown: dict[str, Any] = {"found": None, "stays": None, "refusal": None, "later": None}
    status = 200
    if asked.type is not None:
        try:
            shown |= _waiting(request, book, asked) or _told(request, book, asked)
        except NotAllowed:
            raise
        except Refusal as error:
            request.state.refusal = error.code
            status = status_of(error)
            shown["refusal"] = notice(error)
    chosen = kind or (kinds[0] if len(kinds) == 1 else None)
    return page(
        request,
        "waterfall_part.html" if is_part(request) else "waterfall.html",
        status=status,
        title="Waterfall",
        asked=asked,
        kinds=kinds,
        chosen=chosen,
        field=asked.field or (chosen.tracked[0] if chosen else None),
        amounts=_amounts(chosen) if chosen else [],
        runs=_runs(book, chosen) if chosen else [],
        **shown,
    )


def _waiting(request: Request, book: Book, asked: WaterfallFilters) -> dict[str, Any]:
    """Where the waterfall comes from, if it takes too long for its page; else nothing."""
    if is_part(request) or asked.whole:
        return {}
    kind = book.record_type(asked.type or "")
    if book.unread_for_waterfall(kind.name, field=_field(kind, asked), amount=asked.amount) <= AT_ONCE:
        return {}
    return {"later": again(request, whole="true")}


def _field(kind: RecordType, asked: WaterfallFilters) -> str:
    return asked.field or (kind.tracked[0] if kind.tracked else "stage")


def _told(request: Request, book: Book, asked: WaterfallFilters) -> dict[str, Any]:
    """The waterfall, the part of it that is drawn, its numbers, and how long records stayed."""
    kind = book.record_type(asked.type or "")
    field = _field(kind, asked)
    found = book.waterfall(
        kind.name, field=field, from_=asked.from_, to=asked.to, by=asked.by, amount=asked.amount
    )
    wanted = asked.wanted
    part = found.part(wanted.offset, wanted.limit)
    return {
        "found": found,
        "span": span_words(found),
        "picture": Markup(part.svg(within_page=True)) if part.periods else "",  # noqa: S704 (it escapes what it draws)
        "tables": [_table(part, "")] + ([_table(part, "_amount")] if found.amount else []),
        "moves": _moves(part),
        "periods": pager(request, wanted, len(found.periods)),
        "stays": [
            {**each, "stage": _stage(each["stage"])}
            for each in book.time_in_stage(kind.name, field=field).to_dicts()
        ],
    }


def _table(found: Waterfall, suffix: str) -> dict[str, Any]:
    """The numbers of a picture: records, or with ``_amount`` the amounts; a line per period and stage, then all of them."""
    names = ("begin", *(AMOUNT_FLOWS if suffix else FLOWS), "end")
    lines: list[dict[str, Any]] = []
    for place, period in enumerate(found.periods):
        steps = [(_stage(each["stage"]), each, False) for each in found.steps.filter(period=place).to_dicts()]
        totals = [("all", each, True) for each in found.totals.filter(period=place).to_dicts()]
        lines += [
            {
                "period": period.label,
                "stage": stage,
                "numbers": [_number(step[f"{name}{suffix}"]) for name in names],
                "is_total": is_total,
            }
            for stage, step, is_total in (*steps, *totals)
        ]
    kind = found.record_type
    return {
        "title": kind[found.amount].label if suffix and found.amount else kind.plural,
        "columns": [_WORDS[name] for name in names],
        "lines": lines,
        "is_present_value": bool(suffix) and found.amount not in kind.tracked,
    }


def _moves(found: Waterfall) -> list[dict[str, Any]]:
    if len(found.periods) != 1:
        return []
    moves = found.moves.sort("count", descending=True, maintain_order=True).head(20).to_dicts()
    return [
        {"count": each["count"], "from": _stage(each["from"]), "to": _stage(each["to"])} for each in moves
    ]


def _amounts(kind: RecordType) -> list[tuple[str, str]]:
    """The fields that can be added up."""
    referring = {each.field for each in kind.references}
    return [
        (each.name, each.label)
        for each in kind.fields
        if each.type in _NUMBERS and each.name not in referring
    ]


def _runs(book: Book, kind: RecordType) -> list[Run]:
    """The applied imports of the type, newest first."""
    found, _ = book.runs(record_type=kind.name, page_size=RUNS)
    return [each for each in found if each.kind is RunKind.IMPORT and each.status is RunStatus.APPLIED]


def _stage(value: str | None) -> str:
    return "(blank)" if value is None else value


def _number(value: int | Decimal) -> str:
    """Grouped, exact: ``48,000.50``."""
    if isinstance(value, int):
        return f"{value:,}"
    whole, point, part = amount_text(value).partition(".")
    sign = "-" if whole.startswith("-") else ""
    return f"{sign}{int(whole.lstrip('-')):,}{point}{part}"
