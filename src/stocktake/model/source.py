"""Sources as declared (record-types.md; PRE-2, PRE-12, PRE-31, TYP-11)."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Existence(StrEnum):
    """What a source's presence and absence may do to a record (PRE-31).

    authoritative: presence keeps a record, absence may retire anything the source links.
    supporting: presence keeps, absence retires only what the source created. none: neither.
    """

    AUTHORITATIVE = "authoritative"
    SUPPORTING = "supporting"
    NONE = "none"


class MissingPolicy(StrEnum):
    """What happens to a record that no source has any more (PRE-2)."""

    RETIRE = "retire"
    FLAG = "flag"
    IGNORE = "ignore"


@dataclass(frozen=True, slots=True, kw_only=True)
class Guards:
    """The limits of one source; shares are fractions of its present records (PRE-12, PRE-13, PRE-14, PRE-33).

    ``hold_days``: so long a retirement that a guard held waits for a person; then its record is kept (PRE-16, PRE-32).
    """

    retire_share: float = 0.20
    retire_count: int = 500
    budget_share: float = 0.30
    budget_days: int = 30
    min_overlap: float = 0.50
    hold_days: int = 30
    sentinels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Grace:
    """How long a record may be missing before it is retired: snapshots in a row, or days (PRE-8)."""

    snapshots: int = 1
    days: int | None = None

    @property
    def delays(self) -> bool:
        """Whether any retirement waits."""
        return self.snapshots > 1 or bool(self.days)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """The part of the records a source answers for: those whose ``field`` is one of ``values`` (PRE-6)."""

    field: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where records come from, and what its presence and absence mean.

    ``columns`` names headers of this source's exports and the fields they feed (an empty tuple: ignored); of several
    headers for one field, the first that is filled in a row says it. ``constants`` are values that every row of the
    source says, ``defaults`` what a blank cell says, ``on_blank`` says otherwise than the fields do what happens to
    stored values, and ``clean`` how their cells are cleaned (MAP-1, BLK-1, CLN-2). ``closed``: it delivers no more (PRE-23).
    """

    name: str
    record_types: tuple[str, ...]
    title: str = ""
    tracks_presence: bool = False
    external_id: tuple[str, ...] = ()
    key_rules: tuple[str, ...] = ()
    key_parts: str = "any"
    existence: Existence = Existence.AUTHORITATIVE
    missing_policy: MissingPolicy = MissingPolicy.RETIRE
    default_strategy: str | None = None
    time_zone: str | None = None
    expected_every: str | None = None
    observe_only: bool = False
    closed: bool = False
    scope: Scope | None = None
    guards: Guards = field(default_factory=Guards)
    grace: Grace = field(default_factory=Grace)
    columns: tuple[tuple[str, tuple[str, ...]], ...] = ()
    constants: tuple[tuple[str, str], ...] = ()
    defaults: tuple[tuple[str, str], ...] = ()
    on_blank: tuple[tuple[str, str], ...] = ()
    clean: tuple[tuple[str, tuple[str, ...]], ...] = ()
    aliases: tuple[str, ...] = ()
    pack: str | None = None

    @property
    def keeps_records(self) -> bool:
        """Whether presence in this source keeps a record alive (PRE-31)."""
        return self.tracks_presence and self.existence is not Existence.NONE
