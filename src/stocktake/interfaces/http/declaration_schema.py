"""The documents of what is declared, as the schema publishes them: the shapes by which declarations are read themselves."""

from __future__ import annotations

from stocktake.catalog.shape import MappingShape, RecordTypeShape, Shape, SourceShape
from stocktake.interfaces.http.schema import COMPONENTS, MOMENT, TEXT, Schema, document, maybe, named, several


def _declared(called: str, shape: type[Shape], description: str, /, *needed: str, **more: Schema) -> Schema:
    """What is declared under the keys of its file (docs/reference/declarations.md), and ``more`` that is told of it."""
    told = shape.model_json_schema(ref_template="#/components/schemas/{model}")
    for part, inner in told.pop("$defs", {}).items():
        COMPONENTS[part] = {key: value for key, value in inner.items() if key != "additionalProperties"}
    properties = told["properties"] | more
    return named(
        called,
        {
            "type": "object",
            "description": description,
            "required": list(needed),
            "properties": properties,
        },
    )


TYPE = _declared(
    "RecordType",
    RecordTypeShape,
    "A record type as it is declared; `gained`: the fields that it has just been given.",
    *("name", "title", "plural", "field"),
    gained=several(TEXT),
    pack=maybe(TEXT),
)

SOURCE = _declared(
    "Source",
    SourceShape,
    "A source as it is declared (PRE-2).",
    *("name", "record_types"),
    pack=maybe(TEXT),
)

MAPPING = _declared(
    "Mapping",
    MappingShape,
    "A saved mapping as it is declared, and what it is for (MAP-4).",
    *("name", "record_type", "source", "version"),
    name=TEXT,
    record_type=TEXT,
    source=TEXT,
    version=TEXT,
)

FLOW = named(
    "Flow",
    document(
        "A discovery flow (LIN-10).",
        flow_id=TEXT,
        master_flow_id=maybe(TEXT),
        name=maybe(TEXT),
        created_at=maybe(MOMENT),
    ),
)
