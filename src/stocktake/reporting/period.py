"""Points in time and the periods between them, what flows in a period, and how both are written (HIS-6)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

#: What happens to the records of a stage, in the order in which it is told.
FLOWS = ("entered", "moved_in", "moved_out", "left")
#: The same of their amounts.
AMOUNT_FLOWS = (*FLOWS, "revalued")

#: After everything that happened at a moment; before anything did.
LAST, FIRST = 2**62, -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A point in a course: after run ``run_id`` of the moment ``at`` (text), or after all of them.

    ``run_id`` is None for a moment that is no run's.
    """

    at: str
    run_id: int | None = None
    place: int = LAST

    @property
    def key(self) -> tuple[str, int]:
        """By what points and lines of a course follow each other."""
        return (self.at, self.place)


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """From one point to the next; ``label`` says it in short: ``run 7``, ``2026-11``, or nothing."""

    label: str
    begin: Point
    end: Point


def span(begin: Point, end: Point) -> str:
    """``from run 1 (2026-11-05 09:00 UTC) to 2026-11-11 09:00 UTC``."""
    return f"from {_point_words(begin)} to {_point_words(end)}"


def _point_words(point: Point) -> str:
    if not point.at:
        return "the beginning"
    moment = f"{point.at[:10]} {point.at[11:16]} UTC"
    return moment if point.run_id is None else f"run {point.run_id} ({moment})"


def amount_text(value: Decimal) -> str:
    """An exact amount as canonical text: ``1500``, ``12.5``."""
    text = f"{value:f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"
