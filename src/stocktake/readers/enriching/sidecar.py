"""The enricher ``sidecar``: what lies beside a file and tells of it."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from stocktake.media.enricher_config import settled
from stocktake.model.media import Failure
from stocktake.ports.enricher import AssetToEnrich, Config, Enrichment, Setting, TagValue
from stocktake.readers.enriching.probe import Probe, shown
from stocktake.readers.enriching.technical import SECONDS

_JOB = "stocktake.readers.enriching.sidecar_probe:look"
_KINDS = (".nfo", ".json")
#: Those that tell of a whole show, season or album: what the asset's own say goes before.
_OF_MANY = ("tvshow.nfo", "season.nfo", "album.nfo", "artist.nfo")


class SidecarEnricher:
    """Title, show, plot and the like from ``.nfo`` files of Kodi and Jellyfin, and from JSON."""

    enricher_id: ClassVar[str] = "sidecar"
    version: ClassVar[int] = 1
    reads: ClassVar[str] = (
        "the asset's sidecars: `.nfo` (XML of a movie, an episode, a show, a season, a music video, an album or an "
        "artist; or text with an address at IMDb, TMDB or TheTVDB) and `.json` (an object by the names of the tags "
        "below, or yt-dlp's)"
    )
    fields: ClassVar[tuple[str, ...]] = ("tags",)
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting(
            name="missing",
            meaning="what becomes of an asset without any such sidecar",
            default="accept",
            choices=("accept", "refuse"),
        ),
        Setting(
            name="broken",
            meaning="what becomes of an asset with a sidecar that cannot be read",
            default="refuse",
            choices=("refuse", "skip"),
        ),
        SECONDS,
    )

    def __init__(self, config: Config = ()) -> None:
        wanted = settled(self.enricher_id, self.settings, config)
        self._probe = Probe(_JOB, seconds=float(wanted["seconds"]))
        self._refuses_missing = wanted["missing"] == "refuse"
        self._skips_broken = wanted["broken"] == "skip"

    def enrich(self, asset: AssetToEnrich) -> Enrichment | Failure:
        """What the asset's sidecars say; see :class:`~stocktake.ports.enricher.Enricher`."""
        sidecars = [path for path in asset.sidecars if path.suffix.lower() in _KINDS]
        if not sidecars and self._refuses_missing:
            return _missing(asset)
        tags: dict[str, TagValue] = {}
        for path in sorted(sidecars, key=_is_of_many):
            told = self._probe.look(path, {})
            if isinstance(told, Enrichment):
                tags = {**told.tags, **tags}
            elif told.code != "sidecar-invalid" or not self._skips_broken:
                return told
        return Enrichment(tags=tags)

    def close(self) -> None:
        """End the process that reads sidecars."""
        self._probe.close()


def _is_of_many(path: Path) -> bool:
    return path.name.lower() in _OF_MANY


def _missing(asset: AssetToEnrich) -> Failure:
    where = shown(asset.paths[0]) if asset.paths else ""
    sentence = f"{where} has no sidecar; put an .nfo or a .json beside it, or configure missing=accept."
    return Failure(where=where, code="sidecar-missing", sentence=sentence)
