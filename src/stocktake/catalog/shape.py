"""The keys of a declaration and the form of each; pydantic checks that and nothing more (record-types.md).

A key that a declaration must have is optional here: that it is missing is one mistake among others, and is
found by the checks, so that one wrong table does not hide what is wrong with the rest.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict
from pydantic import Field as Key

from stocktake.model.record_type import OnBlank
from stocktake.model.source import Existence, MissingPolicy


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _as_text(value: Any) -> Any:
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return format(Decimal(repr(value)), "f")
    return value.isoformat() if isinstance(value, date | datetime) else value


def _status(value: Any) -> Any:
    if isinstance(value, str):
        return StatusShape.model_construct(when="", then=value, otherwise=value)
    return value


#: One name, or a list of names.
Names = Annotated[list[str], BeforeValidator(_listed)]
#: A limit: a number, a day, a time, or its text.
Limit = Annotated[str | None, BeforeValidator(_as_text)]

#: Field → the value that it gets, written as text, number or date.
Values = dict[str, Annotated[str, BeforeValidator(_as_text)]]


#: Table → its rows: a word and what it means.
Tables = dict[str, Values]


class Shape(BaseModel):
    """A table of a declaration: no key beside the known ones, no value turned into another type."""

    model_config = ConfigDict(strict=True, extra="forbid")


class FieldShape(Shape):
    """``[[field]]``"""

    name: str = ""
    type: str = "text"
    title: str = ""
    aliases: Names = []
    clean: Names = []
    compare: str | None = None
    parts: Names = []
    required: bool = False
    max_length: int | None = None
    pattern: str | None = None
    minimum: Limit = None
    maximum: Limit = None
    unique: bool = False
    formats: Names = []
    on_blank: str = OnBlank.KEEP.value
    volatile: bool = False
    unordered: bool = False
    critical: bool = False
    choices: list[str] = []
    values: dict[str, str] = {}
    authority: Names = []
    locked: bool = False
    initialise: bool = False
    derived: bool = False


class ReferenceShape(Shape):
    """``[[reference]]``"""

    field: str = ""
    to: str = ""
    by: Names = ["external_id", "name"]
    missing: str = "blank"


class StatusShape(Shape):
    """``{ when = "assigned_to", then = "ASSIGNED", else = "AVAILABLE" }``, or a plain status.

    A plain status has an empty ``when``, which a table may not have.
    """

    when: Annotated[str | None, Key(min_length=1)] = None
    then: str = ""
    otherwise: Annotated[str, Key(alias="else")] = ""


Status = Annotated[StatusShape | None, BeforeValidator(_status)]


class LifecycleShape(Shape):
    """``[lifecycle]``"""

    field: str = ""
    retired: str = ""
    on_create: Status = None
    on_reactivate: Status = None


class RecordTypeShape(Shape):
    """A record type's file."""

    name: str = ""
    title: str | None = None
    plural: str | None = None
    display: str | None = None
    external_id: Names = []
    key_aliases: Names = []
    identity: list[Names] = []
    identity_rules: Names = []
    tracked: Names = []
    keys: list[Names] = []
    readiness: bool = False
    unmapped: str = "keep"
    rekey: str = "propose"
    first_history: bool = True
    pack: str | None = None
    tables: Tables = {}
    fields_: Annotated[list[FieldShape], Key(alias="field")] = []
    references: Annotated[list[ReferenceShape], Key(alias="reference")] = []
    lifecycle: LifecycleShape | None = None


class ScopeShape(Shape):
    """``scope = { field = "region", values = ["west"] }``"""

    field: str = ""
    values: Names = []


class GuardsShape(Shape):
    """``[guards]``"""

    retire_share: float = 0.20
    retire_count: int = 500
    budget_share: float = 0.30
    budget_days: int = 30
    min_overlap: float = 0.50
    hold_days: int = 30
    sentinels: list[str] = []


class GraceShape(Shape):
    """``[grace]``"""

    snapshots: int = 1
    days: int | None = None


class SourceShape(Shape):
    """A source's file."""

    name: str = ""
    record_types: Names = []
    title: str = ""
    tracks_presence: bool = False
    external_id: Names = []
    key_rules: Names = []
    key_parts: str = "any"
    existence: str = Existence.AUTHORITATIVE.value
    missing_policy: str = MissingPolicy.RETIRE.value
    default_strategy: str | None = None
    time_zone: str | None = None
    expected_every: str | None = None
    observe_only: bool = False
    closed: bool = False
    scope: ScopeShape | None = None
    guards: GuardsShape = GuardsShape()
    grace: GraceShape = GraceShape()
    columns: dict[str, Names] = {}
    constants: Values = {}
    defaults: Values = {}
    on_blank: dict[str, str] = {}
    clean: dict[str, Names] = {}
    tables: Tables = {}
    aliases: Names = []
    pack: str | None = None


class MappingShape(Shape):
    """A mapping's file."""

    columns: dict[str, Names] = {}
    values: dict[str, Values] = {}
    constants: Values = {}
    defaults: Values = {}
    on_blank: dict[str, str] = {}
    null_words: dict[str, Names] = {}
    formats: dict[str, Names] = {}
    clean: dict[str, Names] = {}
    tables: Tables = {}
    time_zones: Values = {}


#: The shape of the table at each path of keys, for "unknown key" to name the nearest known one.
TABLES: dict[type[Shape], dict[tuple[str, ...], type[Shape]]] = {
    RecordTypeShape: {
        (): RecordTypeShape,
        ("field",): FieldShape,
        ("reference",): ReferenceShape,
        ("lifecycle",): LifecycleShape,
        ("lifecycle", "on_create"): StatusShape,
        ("lifecycle", "on_reactivate"): StatusShape,
    },
    SourceShape: {
        (): SourceShape,
        ("scope",): ScopeShape,
        ("guards",): GuardsShape,
        ("grace",): GraceShape,
    },
    MappingShape: {(): MappingShape},
}


def keys_of(shape: type[Shape]) -> list[str]:
    """The keys that a table of this shape may have."""
    return [each.alias or name for name, each in shape.model_fields.items()]
