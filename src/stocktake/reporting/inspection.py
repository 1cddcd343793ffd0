"""What a file is like, before anyone imports it: its columns, its key, and what it could be imported as (INT-11). Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from stocktake.model.key import KeyFacts
from stocktake.model.mapping import Mapping
from stocktake.model.problem import Warning
from stocktake.model.sketch import ColumnSketch
from stocktake.model.suggestion import Advice, Suggestion
from stocktake.ports.reader import Layout
from stocktake.reporting.candidate import Candidate, Recognition


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """A file as it was found. ``faulty`` counts rows that do not have the header's form.

    ``first_rows``: line and cells of the first; ``found``: what was odd about the file itself.
    ``recognition``: as what it could be imported; ``target``: as what it is looked at here, as somebody said or as is
    recognised best. ``mapping``, ``key``, ``advice`` are of that: ``key`` is None where no column feeds the external id.
    ``extra``: whether columns without a field are kept. ``warnings``: all, those of the file first.
    """

    name: str
    layout: Layout
    rows: int
    faulty: int
    complete: bool
    columns: tuple[ColumnSketch, ...]
    first_rows: tuple[tuple[int, tuple[str, ...]], ...] = ()
    found: tuple[Warning, ...] = ()
    recognition: Recognition = field(default_factory=Recognition)
    target: Candidate | None = None
    mapping: Mapping | None = None
    key: KeyFacts | None = None
    advice: Advice = field(default_factory=Advice)
    extra: str = "keep"
    warnings: tuple[Warning, ...] = ()

    @property
    def file_alone(self) -> Inspection:
        """The file as it was read, whatever it may be imported as."""
        return Inspection(
            name=self.name,
            layout=self.layout,
            rows=self.rows,
            faulty=self.faulty,
            complete=self.complete,
            columns=self.columns,
            first_rows=self.first_rows,
            found=self.found,
        )

    @property
    def suggestion(self) -> Candidate | None:
        """What the file is looked at as: the record type and source whose fields its headers meet best."""
        return self.target

    def suggestions(self, position: int) -> tuple[Suggestion, ...]:
        """What the column at a place may feed."""
        return tuple(each for each in self.advice.suggestions if each.position == position)
