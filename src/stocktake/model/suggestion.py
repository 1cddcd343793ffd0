"""Columns that may feed a field though nobody says so; how a header differs from the one that was saved (MAP-1, MAP-4)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A column that may feed ``field``; it feeds nothing until somebody says so.

    ``how``: fuzzy (by its name) or content (by its cells); ``confidence`` 0 to 1; ``why`` for people. ``tied``: another
    column or field fits as well, so that it is never accepted by itself.
    """

    position: int
    column: str
    field: str
    confidence: float
    how: str
    why: str
    tied: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Rename:
    """A column that is gone and one that is new and seems to be the same."""

    gone: str
    new: str
    confidence: float
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """How a header differs from that of a saved mapping: columns it lacks, columns the mapping does not name (MAP-4)."""

    mapping: str
    gone: tuple[str, ...] = ()
    new: tuple[str, ...] = ()
    renamed: tuple[Rename, ...] = ()

    def __bool__(self) -> bool:
        """Whether they differ."""
        return bool(self.gone or self.new)


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """What a person may want to say about the mapping of a file."""

    suggestions: tuple[Suggestion, ...] = ()
    drift: Drift | None = None
