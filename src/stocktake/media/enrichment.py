"""What several enrichers say of one asset, made one: what an earlier one says stands (MED-D9)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from stocktake.ports.enricher import FIELDS, Enrichment, TagValue


@dataclass(frozen=True, slots=True, kw_only=True)
class Combined:
    """The whole enrichment, and who said what: field, or ``tags.NAME``, → the enricher's id and version as ``id@1``."""

    enrichment: Enrichment
    said_by: Mapping[str, str] = field(default_factory=dict)

    def columns(self) -> dict[str, Any]:
        """The derived fields of a media asset: ``tracks`` and ``tags`` as canonical JSON, null where nothing is said."""
        return columns(self.enrichment)


def combined(told: Iterable[tuple[str, Enrichment]]) -> Combined:
    """Merge what enrichers say, each with its name (``id@version``), in their order of priority.

    A field belongs to the first that says something of it. ``tags`` are merged tag by tag; ``tracks`` are one field.
    """
    values: dict[str, Any] = {}
    tags: dict[str, TagValue] = {}
    said_by: dict[str, str] = {}
    for name, enrichment in told:
        for each in FIELDS:
            value = getattr(enrichment, each)
            if each != "tags" and value is not None and each not in values:
                values[each], said_by[each] = value, name
        for tag, tag_value in enrichment.tags.items():
            if tag not in tags:
                tags[tag], said_by[f"tags.{tag}"] = tag_value, name
    return Combined(enrichment=Enrichment(**values, tags=tags), said_by=said_by)


def columns(enrichment: Enrichment) -> dict[str, Any]:
    """The fields of an enrichment as columns: ``tracks`` and ``tags`` as canonical JSON, null where there are none."""
    values = {each: getattr(enrichment, each) for each in FIELDS}
    tracks = enrichment.tracks
    values["tracks"] = None if tracks is None else _canonical([_said(asdict(each)) for each in tracks])
    values["tags"] = _canonical(dict(enrichment.tags)) if enrichment.tags else None
    return values


def joined(parts: Sequence[Enrichment]) -> Enrichment:
    """One enrichment of the parts of an asset in order: durations summed, ``bitrate`` over all, the rest the first's."""
    if len(parts) == 1:
        return parts[0]
    durations = [each.duration_ms for each in parts if each.duration_ms is not None]
    if len(durations) < len(parts):
        return replace(parts[0], duration_ms=None, bitrate=None)
    bits = [each.bitrate * (each.duration_ms or 0) for each in parts if each.bitrate is not None]
    whole = sum(durations)
    bitrate = round(sum(bits) / whole) if whole and len(bits) == len(parts) else None
    return replace(parts[0], duration_ms=whole, bitrate=bitrate)


def _said(track: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in track.items() if value is not None}


def _canonical(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
