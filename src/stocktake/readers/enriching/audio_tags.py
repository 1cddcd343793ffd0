"""The enricher ``audio-tags``: what an audio file says of itself, by tinytag."""

from __future__ import annotations

from typing import ClassVar

from stocktake.media.enricher_config import settled
from stocktake.model.media import Failure
from stocktake.ports.enricher import AssetToEnrich, Config, Enrichment, Setting
from stocktake.readers.enriching.part import each_part
from stocktake.readers.enriching.probe import Probe
from stocktake.readers.enriching.technical import SECONDS

_JOB = "stocktake.readers.enriching.audio_tag_probe:look"


class AudioTagEnricher:
    """Title, artist, album and the like of MP3, MP4, Ogg, Opus, FLAC, WMA, WAV and AIFF; nothing of other files."""

    enricher_id: ClassVar[str] = "audio-tags"
    version: ClassVar[int] = 1
    reads: ClassVar[str] = (
        "the tags of an audio file (Python package tinytag); it says nothing of files of other kinds"
    )
    fields: ClassVar[tuple[str, ...]] = ("duration_ms", "tags")
    settings: ClassVar[tuple[Setting, ...]] = (SECONDS,)

    def __init__(self, config: Config = ()) -> None:
        wanted = settled(self.enricher_id, self.settings, config)
        self._probe = Probe(_JOB, seconds=float(wanted["seconds"]))

    def enrich(self, asset: AssetToEnrich) -> Enrichment | Failure:
        """What the asset's tags say; see :class:`~stocktake.ports.enricher.Enricher`."""
        return each_part(asset, lambda path: self._probe.look(path, {}))

    def close(self) -> None:
        """End the process that looks into files."""
        self._probe.close()
