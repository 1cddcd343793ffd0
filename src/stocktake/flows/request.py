"""What is asked for: one import to be planned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import polars as pl

from stocktake.model.options import ImportOptions
from stocktake.model.record_type import RecordType
from stocktake.model.source import Source
from stocktake.planning.table import ALIASES


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is to be planned.

    ``keepers``: the sources whose presence keeps records alive (PRE-31). ``referring``: the record types, with the field,
    that refer to this one; ``as_of``: when the content was true, if
    that is told (PRE-10); ``record_types`` and ``sources`` are all that are declared, ``stored`` the types that have their
    table: references lead from type to type (IDN-4). ``unsighted``: the external ids of which the content says nothing, so
    that none of them is missing (REA-8, MED-D10).
    """

    plan_id: str
    at: datetime
    workspace: str
    name: str
    record_type: RecordType
    source: Source
    keepers: tuple[Source, ...]
    referring: tuple[tuple[RecordType, str], ...]
    options: ImportOptions
    record_types: Mapping[str, RecordType] = field(default_factory=dict)
    sources: tuple[Source, ...] = ()
    stored: frozenset[str] = frozenset()
    as_of: datetime | None = None
    unsighted: pl.Series | None = None

    @property
    def strategy(self) -> str:
        """As asked for, else the source's default, else by presence (PLN-18)."""
        usual = "snapshot" if self.source.tracks_presence else "merge"
        asked = self.options.strategy or self.source.default_strategy or usual
        return ALIASES.get(asked, asked)

    @property
    def keeps_extra(self) -> bool:
        """Whether columns without a field are kept beside the record where nobody says more of them (MAP-3)."""
        return (self.options.extra or self.record_type.unmapped) == "keep"

    @property
    def tracking(self) -> bool:
        """Whether this source's presence brings retired records back (PRE-17, PRE-23, PRE-31)."""
        return self.source.keeps_records and not self.source.observe_only
