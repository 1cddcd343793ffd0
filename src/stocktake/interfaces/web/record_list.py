"""The records of a type: filters that are an address, badges of what is missing, files to take away (PRE-22, INT-8)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from fastapi import Query, Request
from pydantic import Field
from starlette.responses import Response

from stocktake.access.right import Right
from stocktake.book import Book
from stocktake.interfaces.http.download import Form, download
from stocktake.interfaces.http.parameter import OpenBook, Text, TypeName
from stocktake.interfaces.page import Page
from stocktake.interfaces.record_document import badge, name_of
from stocktake.interfaces.record_page import asked_values, includes_retired, record_page, record_page_at_once
from stocktake.interfaces.web.filter import Filters
from stocktake.interfaces.web.page import again, is_part, page, pager, segment, to, within
from stocktake.interfaces.web.route import Pages
from stocktake.model.errors import InvalidInput
from stocktake.model.record_type import CONTAINS, RecordType

routes = Pages()

#: So many columns are shown where nobody chose.
COLUMNS = 7
#: The field by which records belong to a discovery flow (LIN-6).
FLOW = "discovery_flow_id"
#: What ``field = value`` asks, and what stands behind the field's name for it.
MATCHES = {"is": "", "contains": CONTAINS}


class RecordFilters(Filters):
    """Which records, and which of their fields. ``whole``: the page is wanted with their number, however long that takes."""

    text: Text | None = None
    status: Text | None = None
    missing_source: Text | None = None
    where: list[Text] = Field(default_factory=list, max_length=20)
    field: Text | None = None
    match: Text = "is"
    value: Text | None = None
    retired: bool = False
    flow: Text | None = None
    column: list[Text] = Field(default_factory=list, max_length=200)
    whole: bool = False

    @property
    def pairs(self) -> dict[str, str]:
        """Every ``FIELD=VALUE`` that is asked for, with the one that is being added."""
        found = dict(_pair(each) for each in self.where)
        if self.field is not None and self.value is not None:
            found[self.field + MATCHES.get(self.match, "")] = self.value
        return found


class RecordExport(RecordFilters):
    """Which records, and as what kind of file."""

    format: Form = "csv"


@dataclass(frozen=True, slots=True, kw_only=True)
class Flowing:
    """Which discovery flow is looked at, and which there are (INT-8)."""

    flows: list[dict[str, Any]]
    chosen: str | None

    @property
    def this(self) -> str | None:
        """The flow that "This flow" means: the one that is looked at, else the newest."""
        return self.chosen or (self.flows[-1]["flow_id"] if self.flows else None)


@routes.get("/records", needs=Right.VIEW)
def list_types(request: Request, book: OpenBook) -> Response:
    """The record types that have records, and how many; where it is one only, it."""
    stored = book.declared().stored_record_types
    if len(stored) == 1:
        return to(within(request, f"/records/{segment(next(iter(stored)))}"))
    kinds = [(kind, _count(book, kind)) for kind in stored.values()]
    return page(request, "records/types.html", title="Records", kinds=kinds)


@routes.get("/records/{record_type}", needs=Right.VIEW)
def list_records(
    request: Request, book: OpenBook, record_type: TypeName, asked: Annotated[RecordFilters, Query()]
) -> Response:
    """The records of a type by number, with the badges of what their sources miss (PRE-22).

    A filter that nobody asked for yet looks through all of them: how many there are, or the list too where its page does not
    fill soon, follows the page.
    """
    kind, wanted = book.record_type(record_type), asked.wanted
    if asked.field is not None:
        return to(_settled(request, kind, asked))
    paged = record_page if asked.whole or is_part(request) else record_page_at_once
    found, total, badges = paged(book, kind, **_chosen(book, kind, asked), page=wanted)
    declared = book.declared()
    return page(
        request,
        "records/found.html" if is_part(request) else "records/list.html",
        title=kind.plural,
        kind=kind,
        kinds=list(declared.stored_record_types.values()),
        records=[
            {
                "row": row,
                "name": name_of(kind, row),
                "badges": [badge(each["source"], each["missing_since"]) for each in badges[row["id"]]],
            }
            for row in found or []
        ],
        later=again(request, whole="true") if total is None else None,
        columns=_columns(kind, asked.column),
        pager=pager(request, wanted, total or 0),
        asked=asked,
        conditions=_conditions(request, kind, asked),
        matches=MATCHES,
        sources=sorted(name for name, each in declared.sources.items() if record_type in each.record_types),
        statuses=kind[kind.lifecycle.field].choices if kind.lifecycle else (),
        flowing=_flowing(book, kind, asked),
        same=_same(asked),
    )


@routes.get("/records/{record_type}/export", needs=Right.VIEW)
async def export_records(
    request: Request, book: OpenBook, record_type: TypeName, asked: Annotated[RecordExport, Query()]
) -> Response:
    """All records that the same words list, as one file: CSV, a workbook or Parquet."""

    def write(path: Path) -> None:
        kind = book.record_type(record_type)
        book.export(kind.name, path, **_chosen(book, kind, asked))

    return await download(request, record_type, asked.format, write)


def _count(book: Book, kind: RecordType) -> int:
    """How many records its list has."""
    return record_page(book, kind, where={}, missing_source=None, retired=False, page=Page(page_size=1))[1]


def _chosen(book: Book, kind: RecordType, asked: RecordFilters) -> dict[str, Any]:
    """Which records are meant, in the words of ``Book.export``. Raises ``NotFound``, ``InvalidInput``."""
    pairs = asked.pairs
    if asked.text is not None:
        pairs[CONTAINS] = asked.text
    if asked.flow is not None and FLOW in kind:
        pairs[FLOW] = asked.flow
    values = asked_values(kind, pairs, asked.status)
    missed = asked.missing_source
    return {
        "where": values,
        "missing_source": book.declared().source(missed, kind.name).name if missed else None,
        "retired": includes_retired(kind, values, asked.retired),
    }


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise InvalidInput(
            "bad-arguments",
            f'The filter "{text[:80]}" has no "=".',
            hint="Choose a field and a value on the page.",
        )
    return name, value


def _same(asked: RecordFilters, **otherwise: Any) -> dict[str, Any]:
    """The same choices as words of an address, but for what is ``otherwise``; without the page."""
    told = {
        "text": asked.text,
        "status": asked.status,
        "missing_source": asked.missing_source,
        "where": [f"{name}={value}" for name, value in asked.pairs.items()],
        "retired": "true" if asked.retired else None,
        "flow": asked.flow,
        "column": asked.column,
        "page_size": asked.page_size if asked.page_size != RecordFilters().page_size else None,
    }
    return {**told, **otherwise}


def _settled(request: Request, kind: RecordType, asked: RecordFilters) -> str:
    """The address that says the same without the form's own fields: what people keep and send to others."""
    if asked.value is not None:
        asked_values(kind, asked.pairs, None)
    return within(request, f"/records/{segment(kind.name)}", **_same(asked))


def _conditions(request: Request, kind: RecordType, asked: RecordFilters) -> list[tuple[str, str]]:
    """Each ``field = value`` that holds, in words, with the address without it."""
    told, found = asked.pairs, []
    for name, value in told.items():
        field = name.removesuffix(CONTAINS)
        label = kind[field].label if field in kind else "What names it"
        verb = "contains" if name.endswith(CONTAINS) else "is"
        rest = [f"{other}={each}" for other, each in told.items() if other != name]
        place = within(request, f"/records/{segment(kind.name)}", **_same(asked, where=rest))
        found.append((f"{label} {verb} “{value}”", place))
    return found


def _columns(kind: RecordType, asked: list[str]) -> list[Any]:
    """The fields that are shown: those that were asked for, else what names a record, its status, then the first."""
    names = [each for each in asked if each in kind]
    if not names:
        status = [kind.lifecycle.field] if kind.lifecycle else []
        first = [each.name for each in kind.fields if each.name not in (FLOW, "master_flow_id")]
        told = dict.fromkeys([*kind.naming, *status, *kind.tracked, *first])
        names = [each for each in told if each != kind.display_field][:COLUMNS]
    return [kind[each] for each in names]


def _flowing(book: Book, kind: RecordType, asked: RecordFilters) -> Flowing | None:
    """The toggle of types whose records belong to discovery flows; None for the others (INT-8)."""
    if FLOW not in kind:
        return None
    return Flowing(flows=book.discovery_flows(), chosen=asked.flow)
