"""One asset, asked of all enrichers of its collection."""

from __future__ import annotations

from collections.abc import Iterable

from stocktake.media.enrichment import Combined, combined
from stocktake.model.media import Failure
from stocktake.ports.enricher import AssetToEnrich, Enrichment
from stocktake.readers.enriching.registry import OpenEnricher


def enriched(enrichers: Iterable[OpenEnricher], asset: AssetToEnrich) -> Combined | Failure:
    """What all say of it, in their order; or the first failure, which ends the asking (MED-D9)."""
    told: list[tuple[str, Enrichment]] = []
    for each in enrichers:
        answer = each.enricher.enrich(asset)
        if isinstance(answer, Failure):
            return answer
        told.append((each.name, answer))
    return combined(told)
