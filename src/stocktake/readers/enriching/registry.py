"""Which enrichers there are: our own, and those that installed packages add by entry points (MED-D9)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points

from stocktake.model.errors import InvalidInput
from stocktake.model.media import AttachedEnricher
from stocktake.ports.enricher import Enricher
from stocktake.readers.enriching.audio_tags import AudioTagEnricher
from stocktake.readers.enriching.file_name import FileNameEnricher
from stocktake.readers.enriching.sidecar import SidecarEnricher
from stocktake.readers.enriching.technical import TechnicalEnricher

#: The group of entry points by which a package adds an enricher: its name is the id, its object the class.
GROUP = "stocktake.enrichers"
#: Those that come with Stocktake; nobody takes their place.
ENRICHERS: dict[str, type[Enricher]] = {
    each.enricher_id: each
    for each in (TechnicalEnricher, AudioTagEnricher, SidecarEnricher, FileNameEnricher)
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenEnricher:
    """An enricher as it is attached, ready to be asked; ``name`` is its id and version, ``technical@1``."""

    attached: AttachedEnricher
    enricher: Enricher

    @property
    def name(self) -> str:
        """By which an enrichment is known as its."""
        return f"{self.attached.enricher_id}@{self.enricher.version}"


def enricher_ids() -> tuple[str, ...]:
    """The ids of all, sorted."""
    return tuple(sorted({*ENRICHERS, *_added()}))


def enricher_class(enricher_id: str) -> type[Enricher]:
    """The class of one. Raises ``InvalidInput``: ``unknown-enricher``, ``enricher-unloadable``."""
    if enricher_id in ENRICHERS:
        return ENRICHERS[enricher_id]
    added = _added()
    if enricher_id in added:
        return _loaded(added[enricher_id])
    raise InvalidInput(
        "unknown-enricher",
        f"There is no enricher {enricher_id!r}.",
        hint=f"There are {', '.join(enricher_ids())}; another one comes with the package that brings it.",
        details={"enricher": enricher_id, "enrichers": list(enricher_ids())},
    )


def open_enrichers(attached: Iterable[AttachedEnricher]) -> tuple[OpenEnricher, ...]:
    """The attached ones in the order in which they are asked: by priority, then by id. Opens no file and no process.

    Raises ``InvalidInput``: what :func:`enricher_class` does, and what an enricher says against its configuration.
    """
    ordered = sorted(attached, key=lambda each: (each.priority, each.enricher_id, each.config))
    return tuple(
        OpenEnricher(attached=each, enricher=enricher_class(each.enricher_id)(each.config))
        for each in ordered
    )


def _added() -> dict[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=GROUP)}


def _loaded(point: EntryPoint) -> type[Enricher]:
    """The class; whatever its package does on the way there becomes a refusal."""
    try:
        found: type[Enricher] = point.load()
        if found.enricher_id != point.name:
            raise ValueError(f"its class calls itself {found.enricher_id}")
    except Exception as error:
        raise InvalidInput(
            "enricher-unloadable",
            f"The enricher {point.name} of {point.value} cannot be loaded: {error}.",
            hint="Install the package that brings it anew, or detach the enricher.",
            details={"enricher": point.name, "object": point.value},
        ) from error
    return found
