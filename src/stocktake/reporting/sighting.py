"""What one source says of one record's being there: for the record's page (PRE-22)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from stocktake.model.source import Guards, MissingPolicy, Source
from stocktake.reporting.missing import Acknowledged, acknowledged, hold_expired, is_flapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """A record's link to a source, as the view of presence shows it (``link``).

    is_renamed: the source has the record under another external id (PRE-19). is_ignored: the source says nothing by what it
    lacks (PRE-2). hold_expired, is_flapping, acknowledged: as of a missing record. settled: who settled
    a conflict by which the link came to its record, and how: ``as, by, run``, and ``was``, the id by which it went before
    (PRE-20).
    """

    link: Mapping[str, Any]
    is_renamed: bool
    is_ignored: bool
    hold_expired: bool
    is_flapping: bool
    acknowledged: Acknowledged | None
    settled: Mapping[str, Any] | None = None

    @property
    def is_present(self) -> bool:
        """Whether the source has the record under this external id."""
        return bool(self.link["is_present"])

    @property
    def is_missing(self) -> bool:
        """Whether people are told that the source misses the record."""
        return not (self.is_present or self.is_renamed or self.is_ignored)


def sightings_of(
    links: Sequence[Mapping[str, Any]],
    sources: Mapping[str, Source],
    flaps_from: Mapping[str, int],
    at: datetime,
) -> list[Sighting]:
    """The links of one record; flaps_from: source → the first of its last ten snapshots."""
    having = {each["source"] for each in links if each["is_present"]}
    found = []
    for each in links:
        source = sources.get(each["source"])
        days = (source.guards if source is not None else Guards()).hold_days
        found.append(
            Sighting(
                link=each,
                is_renamed=not each["is_present"] and each["source"] in having,
                is_ignored=source is not None and source.missing_policy is MissingPolicy.IGNORE,
                hold_expired=hold_expired(each, days, at),
                is_flapping=is_flapping(each, flaps_from[each["source"]]),
                acknowledged=acknowledged(each, at),
                settled=json.loads(each["metadata"] or "{}").get("settled"),
            )
        )
    return found
