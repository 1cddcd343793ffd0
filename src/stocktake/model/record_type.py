"""Record types as declared (record-types.md, TYP)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from stocktake.model.errors import InvalidInput


class FieldType(StrEnum):
    """What a field holds. Every value travels as canonical text and is stored in a real column of this type."""

    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    BOOLEAN = "boolean"
    DATE = "date"
    DATETIME = "datetime"
    CHOICE = "choice"
    EMAIL = "email"
    PHONE = "phone"
    URL = "url"
    JSON = "json"


class OnBlank(StrEnum):
    """What a blank cell does to a stored value (BLK-1)."""

    KEEP = "keep"
    CLEAR = "clear"
    FILL_ONLY = "fill_only"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One declared field of a record type.

    ``compare`` says by what two of its values are the same where they identify a record: ``name`` compares company and
    people's names (IDN-2); without it the identity rules of the type do.
    ``parts`` are fields whose values make this one, joined by a blank, in a file that has columns for all of them and
    none for this field: a full name of first and last name (MAP-1).
    ``authority``: sources in the order in which they are believed; all others come after them. ``locked``: what a person
    wrote stays. ``initialise``: written only while it is blank (PRE-24). ``derived``: what was found out from the content
    itself, and so no part of it: writing it leaves the record as ready as it was (MED-D9).
    """

    name: str
    type: FieldType = FieldType.TEXT
    title: str = ""
    aliases: tuple[str, ...] = ()
    clean: tuple[str, ...] = ()
    compare: str | None = None
    parts: tuple[str, ...] = ()
    required: bool = False
    max_length: int | None = None
    pattern: str | None = None
    minimum: str | None = None
    maximum: str | None = None
    unique: bool = False
    formats: tuple[str, ...] = ()
    on_blank: OnBlank = OnBlank.KEEP
    volatile: bool = False
    unordered: bool = False
    critical: bool = False
    choices: tuple[str, ...] = ()
    values: tuple[tuple[str, str], ...] = ()
    authority: tuple[str, ...] = ()
    locked: bool = False
    initialise: bool = False
    derived: bool = False

    @property
    def restrained(self) -> bool:
        """Whether it matters who gave the field its value (PRE-24)."""
        return bool(self.authority) or self.locked

    @property
    def label(self) -> str:
        """The field's name for people."""
        return self.title or self.name.replace("_", " ").capitalize()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A field that refers to a record of another type (IDN-4).

    ``field`` is of type integer and holds that record's id. What a file has instead, the record's external id or its
    name, is the text in the column that feeds the field; ``by`` says by what it is looked up, in this order.
    """

    field: str
    to: str
    by: tuple[str, ...] = ("external_id", "name")
    missing: str = "blank"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A status that depends on whether another field is filled: ``when`` filled, ``then``, otherwise ``otherwise``."""

    when: str
    then: str
    otherwise: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifecycle:
    """Which field holds the status, which status means retired, and what creation and return set (PRE-17, PRE-27)."""

    field: str
    retired: str
    on_create: Choice | str | None = None
    on_reactivate: Choice | str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordType:
    """A declared record type: the table's name, its fields, its identities and its lifecycle (TYP).

    ``key_aliases`` are headers that feed ``external_id`` where the external id is no field of the type. ``keys``: fields
    whose values no two records may share, whatever code asks: the database itself refuses (MED-D3). ``readiness``: records
    pass through ``new``, ``enriching`` and ``ready``, and every change of their content begins that anew (MED-D8).
    """

    name: str
    title: str
    plural: str
    fields: tuple[Field, ...]
    display: str | None = None
    external_id: tuple[str, ...] = ()
    key_aliases: tuple[str, ...] = ()
    identity: tuple[tuple[str, ...], ...] = ()
    identity_rules: tuple[str, ...] = ()
    tracked: tuple[str, ...] = ()
    unmapped: str = "keep"
    references: tuple[Reference, ...] = ()
    lifecycle: Lifecycle | None = None
    keys: tuple[tuple[str, ...], ...] = ()
    readiness: bool = False
    rekey: str = "propose"
    first_history: bool = True
    pack: str | None = None
    _by_name: dict[str, Field] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._by_name.update({each.name: each for each in self.fields})

    def __contains__(self, name: object) -> bool:
        return name in self._by_name

    def __getitem__(self, name: str) -> Field:
        """The field of that name; ``KeyError`` if there is none."""
        return self._by_name[name]

    def reference(self, name: str) -> Reference | None:
        """What the field of that name refers to, or None (IDN-4)."""
        return next((each for each in self.references if each.field == name), None)

    @property
    def naming(self) -> tuple[str, ...]:
        """The fields by which people look for a record: what it is called, and what identifies it."""
        called = (self.display,) if self.display else ()
        keys = (*called, *self.external_id, *(each for key in self.identity for each in key))
        return tuple(each for each in dict.fromkeys(keys) if each in self)

    @property
    def system_columns(self) -> tuple[str, ...]:
        """The columns of its table that are no fields."""
        return SYSTEM_COLUMNS + READINESS_COLUMNS if self.readiness else SYSTEM_COLUMNS

    @property
    def content(self) -> tuple[str, ...]:
        """The fields whose change is a change of the record itself."""
        return tuple(each.name for each in self.fields if not each.derived)

    @property
    def display_field(self) -> str | None:
        """The field that names a record to people, if any."""
        if self.display:
            return self.display
        return self.external_id[0] if self.external_id else None


#: Columns that every typed table has beside its fields; no field may take one of these names (TYP-5).
SYSTEM_COLUMNS: tuple[str, ...] = (
    "workspace_id",
    "id",
    "extra",
    "source",
    "external_id",
    "created_run",
    "changed_run",
    "row_run",
    "row_number",
    "row_hash",
    "mapping_hash",
    "imported_at",
    "updated_at",
    "retired_at",
    "retired_by",
    "retired_run",
    "version",
)


#: Columns that a typed table has beside those where the type declares ``readiness`` (MED-D8).
READINESS_COLUMNS: tuple[str, ...] = (
    "state",
    "approved_for_broadcast",
    "operator_verified",
    "content_version",
    "enriched_version",
    "enriched_at",
    "approved_at",
    "approved_by",
    "hindrances",
)


def check_known(record_type: RecordType, names: Iterable[str]) -> None:
    """Raises ``InvalidInput`` ``unknown-field`` for the first of ``names`` that is no field of the type."""
    unknown = next((name for name in names if name not in record_type), None)
    if unknown is not None:
        raise InvalidInput(
            "unknown-field",
            f'{record_type.title} has no field "{unknown}".',
            hint=f"It has: {', '.join(each.name for each in record_type.fields)}.",
        )


#: Behind a field's name in a filter: the field holds the text somewhere, in capitals or not. Alone: any of ``naming`` does.
CONTAINS = "~"


def check_filter(record_type: RecordType, names: Iterable[str]) -> None:
    """Raises ``InvalidInput`` ``unknown-field`` for the first of the filter's ``names`` that is no field of the type."""
    check_known(record_type, (each.removesuffix(CONTAINS) for each in names if each != CONTAINS))
