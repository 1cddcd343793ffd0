"""The parts of one asset, one after the other."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from stocktake.media.enrichment import joined
from stocktake.model.media import Failure
from stocktake.ports.enricher import AssetToEnrich, Enrichment


def each_part(asset: AssetToEnrich, look: Callable[[Path], Enrichment | Failure]) -> Enrichment | Failure:
    """What ``look`` says of all parts as one, or of the first that fails; ``no-local-file`` where there is none."""
    if not asset.paths:
        where = asset.relative or str(asset.known.get("canonical_key", ""))
        sentence = (
            f"No local file is known of {where or 'the asset'}; map the paths of its source to local ones."
        )
        return Failure(where=where, code="no-local-file", sentence=sentence)
    told: list[Enrichment] = []
    for path in asset.paths:
        answer = look(path)
        if isinstance(answer, Failure):
            return answer
        told.append(answer)
    return joined(told)
