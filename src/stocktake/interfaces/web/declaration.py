"""Admin: what is declared. Record types, sources, saved mappings (TYP, PRE-2, MAP-4)."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import Path, Query, Request
from starlette.responses import Response

from stocktake.access.right import Right
from stocktake.book import Book
from stocktake.catalog.declaration import parse_source
from stocktake.interfaces.declaration_document import (
    mapping_declaration_document,
    record_type_document,
    source_document,
)
from stocktake.interfaces.http.parameter import OpenBook, Text
from stocktake.interfaces.http.problem import status_of
from stocktake.interfaces.web.attempt import attempted
from stocktake.interfaces.web.form import Form, Sent
from stocktake.interfaces.web.page import page, segment, to, within
from stocktake.interfaces.web.route import Pages
from stocktake.interfaces.web.wording import notice
from stocktake.model.errors import InvalidInput, Refusal
from stocktake.model.source import Source

routes = Pages()

Named = Annotated[Text, Path()]

#: What of a source's declaration has a field of its own: key → what it is called.
_SETTINGS = {
    "title": "Title",
    "existence": "Existence",
    "missing_policy": "Missing policy",
    "time_zone": "Time zone",
    "expected_every": "Expected every",
}


@routes.get("/admin", needs=Right.VIEW)
def begin(request: Request) -> Response:
    """The first of its pages."""
    return to(within(request, "/admin/types"))


@routes.get("/admin/types", needs=Right.VIEW)
def show_types(request: Request, book: OpenBook) -> Response:
    """The record types: those that ship, and your own."""
    declared = book.declared()
    found = sorted(declared.record_types.values(), key=lambda each: each.name)
    return page(
        request,
        "admin/types.html",
        title="Record types",
        found=found,
        stored=declared.stored_record_types,
    )


@routes.post("/admin/types", needs=Right.PLATFORM)
def add_type(request: Request, book: OpenBook, form: Sent) -> Response:
    """Declare a record type, or add fields to one."""
    text = form.get("declaration", "")

    def declare() -> str:
        kind, _ = book.add_record_type(text, origin="the declaration")
        return within(request, f"/admin/types/{segment(kind.name)}")

    def again(error: Refusal) -> Response:
        declared = book.declared()
        return page(
            request,
            "admin/types.html",
            status=status_of(error),
            title="Record types",
            found=sorted(declared.record_types.values(), key=lambda each: each.name),
            stored=declared.stored_record_types,
            refusal=notice(error),
            text=text,
        )

    return attempted(request, declare, again)


@routes.get("/admin/types/{name}", needs=Right.VIEW)
def show_type(request: Request, book: OpenBook, name: Named) -> Response:
    """One record type: its fields and what they accept."""
    kind = book.record_type(name)
    return page(
        request,
        "admin/type.html",
        title=kind.title,
        kind=kind,
        declaration=_readable(record_type_document(kind)),
    )


@routes.get("/admin/sources", needs=Right.VIEW)
def show_sources(request: Request, book: OpenBook) -> Response:
    """The sources: those that ship, and your own."""
    return _sources(request, book)


@routes.post("/admin/sources", needs=Right.MANAGE)
def add_source(request: Request, book: OpenBook, form: Sent) -> Response:
    """Declare a source; more is said on its page."""
    told: dict[str, Any] = {"name": form.text("name") or "", "record_types": form.all("record_type")}
    if form.is_set("tracks_presence"):
        told |= {"tracks_presence": True}

    def declare() -> str:
        if not told["name"] or not told["record_types"]:
            raise InvalidInput(
                "source-incomplete",
                "A source needs a name, and at least one record type that it delivers.",
                hint="Write a name such as JAMF, and tick a record type.",
            )
        if any(each.name == told["name"] for each in book.declared().sources.values()):
            raise InvalidInput(
                "source-exists",
                f"There is a source {told['name']} already.",
                hint="Choose another name, or change that source on its page.",
            )
        return within(request, f"/admin/sources/{segment(book.add_source(_parsed(told)).name)}")

    return attempted(request, declare, lambda error: _sources(request, book, error=error, sent=told))


@routes.get("/admin/sources/{name}", needs=Right.VIEW)
def show_source(request: Request, book: OpenBook, name: Named) -> Response:
    """One source: what it delivers, and what its presence and absence mean (PRE-2)."""
    return _source(request, book, book.declared().source_named(name))


@routes.post("/admin/sources/{name}", needs=Right.MANAGE)
def set_source(request: Request, book: OpenBook, name: Named, form: Sent) -> Response:
    """Change what a source declares, field by field or as a whole (PRE-2)."""
    source = book.declared().source_named(name)
    whole = form.get("declaration")

    def declare() -> str:
        told = (
            _of_text(whole, source.name)
            if whole is not None
            else _with_settings(source_document(source), form)
        )
        book.add_source(_parsed(told))
        return within(request, f"/admin/sources/{segment(source.name)}")

    return attempted(request, declare, lambda error: _source(request, book, source, error=error, text=whole))


@routes.get("/admin/sources/{name}/close", needs=Right.MANAGE)
def preview_closing(request: Request, book: OpenBook, name: Named) -> Response:
    """What closing a source would do (PRE-23)."""
    return _closing(request, book, name)


@routes.post("/admin/sources/{name}/close", needs=Right.MANAGE)
def close_source(request: Request, book: OpenBook, name: Named, form: Sent) -> Response:
    """Close a source that will deliver no more; its name is typed to say so (PRE-23)."""
    source = book.declared().source_named(name)

    def close() -> str:
        if form.text("typed") != source.name:
            raise InvalidInput(
                "not-confirmed",
                f"What was typed is not {source.name}. Nothing was written.",
                hint=f"Type {source.name} to close it.",
            )
        runs = book.close_source(source.name, reason=form.text("reason"))
        return within(
            request, f"/runs/{runs[-1].run_id}" if runs else f"/admin/sources/{segment(source.name)}"
        )

    return attempted(request, close, lambda error: _closing(request, book, name, error=error))


@routes.get("/admin/mappings", needs=Right.VIEW)
def show_mappings(request: Request, book: OpenBook) -> Response:
    """The saved mappings: how the files of a source are read (MAP-4)."""
    return page(request, "admin/mappings.html", title="Saved mappings", found=book.mappings())


@routes.get("/admin/mappings/{name}", needs=Right.VIEW)
def show_mapping(
    request: Request, book: OpenBook, name: Named, about: Annotated[str, Query(max_length=20)] = ""
) -> Response:
    """One saved mapping, as it is declared."""
    return _mapping(request, book, name, is_removing=about == "remove")


@routes.post("/admin/mappings/{name}", needs=Right.MANAGE)
def set_mapping(request: Request, book: OpenBook, name: Named, form: Sent) -> Response:
    """Save a mapping anew, or forget it; what was imported with it stays (MAP-4)."""
    text = form.get("declaration", "")

    def act() -> str:
        if form.text("act") == "remove":
            book.remove_mapping(name)
            return within(request, "/admin/mappings")
        kept = book.mapping(name)
        book.add_mapping(
            name, text, record_type=kept.record_type, source=kept.source, origin="the declaration"
        )
        return within(request, f"/admin/mappings/{segment(name)}")

    return attempted(request, act, lambda error: _mapping(request, book, name, error=error, text=text))


def _sources(
    request: Request, book: Book, *, error: Refusal | None = None, sent: dict[str, Any] | None = None
) -> Response:
    declared = book.declared()
    return page(
        request,
        "admin/sources.html",
        status=status_of(error) if error else 200,
        title="Sources",
        found=sorted(declared.sources.values(), key=lambda each: each.name),
        kinds=sorted(declared.record_types.values(), key=lambda each: each.title),
        refusal=notice(error) if error else None,
        sent=sent or {"name": "", "record_types": []},
    )


def _source(
    request: Request, book: Book, source: Source, *, error: Refusal | None = None, text: str | None = None
) -> Response:
    return page(
        request,
        "admin/source.html",
        status=status_of(error) if error else 200,
        title=source.title or source.name,
        source=source,
        declaration=text or _readable(source_document(source)),
        refusal=notice(error) if error else None,
        is_whole=text is not None,
    )


def _closing(request: Request, book: Book, name: str, *, error: Refusal | None = None) -> Response:
    source = book.declared().source_named(name)
    return page(
        request,
        "admin/close_source.html",
        status=status_of(error) if error else 200,
        title=f"Close {source.name}",
        source=source,
        found=book.preview_closing(name),
        refusal=notice(error) if error else None,
    )


def _mapping(
    request: Request,
    book: Book,
    name: str,
    *,
    error: Refusal | None = None,
    text: str | None = None,
    is_removing: bool = False,
) -> Response:
    kept = book.mapping(name)
    declared = mapping_declaration_document(kept)
    own = {
        key: value
        for key, value in declared.items()
        if key not in ("name", "record_type", "source", "version")
    }
    return page(
        request,
        "admin/mapping.html",
        status=status_of(error) if error else 200,
        title=kept.name,
        kept=kept,
        columns=own.get("columns", {}),
        declaration=text or _readable(own),
        refusal=notice(error) if error else None,
        is_removing=is_removing,
    )


def _with_settings(told: dict[str, Any], form: Form) -> dict[str, Any]:
    """A declaration with what the form's own fields say; what is blank there is left to the default."""
    for key in _SETTINGS:
        text = form.text(key)
        told.pop(key, None)
        if text is not None:
            told[key] = text
    told["tracks_presence"] = form.is_set("tracks_presence")
    guards = dict(told.pop("guards", {}))
    for key, what in (("retire_count", "Retire at most"), ("hold_days", "Hold for days")):
        number = form.number(key, what)
        guards.pop(key, None)
        if number is not None:
            guards[key] = number
    share = form.number("retire_percent", "Retire at most, in percent")
    guards.pop("retire_share", None)
    if share is not None:
        guards["retire_share"] = share / 100
    return told | ({"guards": guards} if guards else {})


def _of_text(text: str, name: str) -> dict[str, Any]:
    """The keys of a whole declaration, which is of the source that it was opened from."""
    source = parse_source(text, origin="the declaration")
    if source.name != name:
        raise InvalidInput(
            "bad-arguments",
            f'The declaration is of "{source.name}", and this page of "{name}". Nothing was written.',
            hint=f'Leave the name "{name}"; a source of another name is added on the page of all sources.',
        )
    return source_document(source)


def _parsed(told: dict[str, Any]) -> Source:
    return parse_source(json.dumps(told), origin="the form")


def _readable(told: dict[str, Any]) -> str:
    return json.dumps(told, indent=2, ensure_ascii=False)
