"""One asset, asked of all enrichers of its collection."""

from __future__ import annotations

from collections.abc import Iterable

from stocktake.media.enrichment import Combined, combined
from stocktake.model.media import Failure
from stocktake.ports.enricher import AssetToEnrich, Enrichment
from stocktake.readers.enriching.probe import shown
from stocktake.readers.enriching.registry import OpenEnricher


def enriched(enrichers: Iterable[OpenEnricher], asset: AssetToEnrich) -> Combined | Failure:
    """What all say of it, in their order; or the first failure, which ends the asking (MED-D9)."""
    told: list[tuple[str, Enrichment]] = []
    for each in enrichers:
        answer = _asked(each, asset)
        if isinstance(answer, Failure):
            return answer
        told.append((each.name, answer))
    return combined(told)


def _asked(enricher: OpenEnricher, asset: AssetToEnrich) -> Enrichment | Failure:
    """Its answer. What somebody else's enricher raises is that asset's failure, and ends no other's asking."""
    try:
        return enricher.enricher.enrich(asset)
    except Exception as error:
        where = shown(asset.paths[0]) if asset.paths else asset.relative
        why = f"{type(error).__name__}: {error}"
        sentence = f"The enricher {enricher.name} broke down over {where} ({why}); tell whoever makes it, or detach it."
        return Failure(where=where, code="enricher-broken", sentence=sentence)
