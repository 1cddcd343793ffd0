"""What is declared: record types, sources, saved mappings, discovery flows."""

from __future__ import annotations

import json
from typing import Any

from pydantic import Field

from stocktake.access.right import Right
from stocktake.catalog.declaration import parse_source
from stocktake.interfaces.declaration_document import (
    flow_document,
    mapping_declaration_document,
    record_type_document,
    source_document,
)
from stocktake.interfaces.http.answer import page_shape, told
from stocktake.interfaces.http.declaration_schema import FLOW, MAPPING, SOURCE, TYPE
from stocktake.interfaces.http.parameter import Name, OpenBook, PageQuery, Told, TypeName
from stocktake.interfaces.http.report_schema import CLOSING
from stocktake.interfaces.http.route import WORKSPACE, Routes
from stocktake.model.errors import InvalidInput

routes = Routes("declarations", WORKSPACE)


class Declared(Told):
    """A declaration with the keys of its file (docs/reference/declarations.md)."""

    declaration: dict[str, Any] = Field(examples=[{"name": "JAMF", "record_types": ["device"]}])


class MappingTold(Told):
    """A mapping with the keys of its file, and what it is for."""

    record_type: str = Field(max_length=200)
    source: str = Field(max_length=200)
    mapping: dict[str, Any] = Field(examples=[{"columns": {"Serial Number": "serial_number"}}])


class Closed(Told):
    """Why, for the audit."""

    reason: str | None = Field(default=None, max_length=1_000)
    dry_run: bool = Field(default=False, description="Say what it would do; do nothing.")


class FlowTold(Told):
    """What a discovery flow is a part of, and its name for people."""

    master: str | None = Field(default=None, max_length=200)
    name: str | None = Field(default=None, max_length=200)


@routes.get("/types", needs=Right.VIEW, answers={200: told("A page of types.", page_shape(TYPE))})
def list_types(book: OpenBook, asked: PageQuery) -> dict[str, Any]:
    """The record types: those that ship, and your own."""
    found = sorted(book.declared().record_types.values(), key=lambda each: each.name)
    page = asked.wanted
    return page.document([record_type_document(each) for each in page.part(found)], len(found))


@routes.get("/types/{record_type}", needs=Right.VIEW, answers={200: told("The type.", TYPE)})
def show_type(book: OpenBook, record_type: TypeName) -> dict[str, Any]:
    """One record type: its fields and what they accept."""
    return record_type_document(book.record_type(record_type))


@routes.post("/types", needs=Right.PLATFORM, answers={200: told("The type.", TYPE)}, refuses=(409, 415))
def add_type(book: OpenBook, body: Declared) -> dict[str, Any]:
    """Declare a record type, or add fields to one: for all workspaces, and with a table of its own."""
    kind, gained = book.add_record_type(json.dumps(body.declaration), origin="the request")
    return {**record_type_document(kind), "gained": list(gained)}


@routes.get("/sources", needs=Right.VIEW, answers={200: told("A page of sources.", page_shape(SOURCE))})
def list_sources(book: OpenBook, asked: PageQuery) -> dict[str, Any]:
    """The sources: those that ship, and your own."""
    found = sorted(book.declared().sources.values(), key=lambda each: each.name)
    page = asked.wanted
    return page.document([source_document(each) for each in page.part(found)], len(found))


@routes.get("/sources/{name}", needs=Right.VIEW, answers={200: told("The source.", SOURCE)})
def show_source(book: OpenBook, name: Name) -> dict[str, Any]:
    """One source: what it delivers, and what its presence and absence mean (PRE-2)."""
    return source_document(book.declared().source_named(name))


@routes.put(
    "/sources/{name}", needs=Right.MANAGE, answers={200: told("The source.", SOURCE)}, refuses=(409, 415)
)
def set_source(book: OpenBook, name: Name, body: Declared) -> dict[str, Any]:
    """Declare a source, or change its declaration, as a whole (PRE-2)."""
    if body.declaration.get("name", name) != name:
        raise InvalidInput(
            "bad-arguments",
            f'The address says "{name}", and the declaration "{body.declaration["name"]}".',
            hint="Leave the name out of the declaration, or let both say the same.",
        )
    if not body.declaration.get("record_types"):
        raise InvalidInput(
            "bad-arguments",
            f"The declaration of {name} does not say which record types it delivers. Nothing was written.",
            hint='Name them, such as `"record_types": ["device"]`; GET …/types lists them.',
        )
    source = parse_source(json.dumps({**body.declaration, "name": name}), origin="the request")
    return source_document(book.add_source(source))


@routes.post(
    "/sources/{name}/close",
    needs=Right.MANAGE,
    answers={200: told("What it did, or would do.", CLOSING)},
    refuses=(409, 415),
)
def close_source(book: OpenBook, name: Name, body: Closed) -> dict[str, Any]:
    """Close a source that will deliver no more: what only it has is retired (PRE-23)."""
    found = book.preview_closing(name)
    types = [{"record_type": each.record_type.name, **each.counts} for each in found]
    if body.dry_run:
        return {"status": "planned", "source": name, "record_types": types}
    runs = [each.run_id for each in book.close_source(name, reason=body.reason)]
    return {"status": "applied", "source": name, "runs": runs, "record_types": types}


@routes.get("/mappings", needs=Right.VIEW, answers={200: told("A page of mappings.", page_shape(MAPPING))})
def list_mappings(book: OpenBook, asked: PageQuery) -> dict[str, Any]:
    """The saved mappings: how the files of a source are read (MAP-4)."""
    found, page = book.mappings(), asked.wanted
    return page.document([mapping_declaration_document(each) for each in page.part(found)], len(found))


@routes.get("/mappings/{name}", needs=Right.VIEW, answers={200: told("The mapping.", MAPPING)})
def show_mapping(book: OpenBook, name: Name) -> dict[str, Any]:
    """One saved mapping: its columns, and what it says about fields beside them."""
    return mapping_declaration_document(book.mapping(name))


@routes.put(
    "/mappings/{name}", needs=Right.MANAGE, answers={200: told("The mapping.", MAPPING)}, refuses=(409, 415)
)
def set_mapping(book: OpenBook, name: Name, body: MappingTold) -> dict[str, Any]:
    """Save a mapping, or save it anew (MAP-4)."""
    kept = book.add_mapping(
        name,
        json.dumps(body.mapping),
        record_type=body.record_type,
        source=body.source,
        origin="the request",
    )
    return mapping_declaration_document(kept)


@routes.delete(
    "/mappings/{name}", needs=Right.MANAGE, answers={200: told("What it was.", MAPPING)}, refuses=(409,)
)
def remove_mapping(book: OpenBook, name: Name) -> dict[str, Any]:
    """Forget a saved mapping; what was imported with it stays."""
    return mapping_declaration_document(book.remove_mapping(name))


@routes.get("/flows", needs=Right.VIEW, answers={200: told("A page of flows.", page_shape(FLOW))})
def list_flows(book: OpenBook, asked: PageQuery) -> dict[str, Any]:
    """The discovery flows that imports belong to, oldest first (LIN-10)."""
    found, page = book.discovery_flows(), asked.wanted
    return page.document([flow_document(each) for each in page.part(found)], len(found))


@routes.put("/flows/{name}", needs=Right.MANAGE, answers={200: told("The flow.", FLOW)}, refuses=(409, 415))
def set_flow(book: OpenBook, name: Name, body: FlowTold) -> dict[str, Any]:
    """Make a discovery flow, or give it another master flow or name (LIN-10)."""
    return flow_document(book.add_discovery_flow(name, master=body.master, name=body.name))
