"""The enricher ``technical``: what a file is made of, by MediaInfo or ffprobe."""

from __future__ import annotations

import shutil
from typing import ClassVar

from stocktake.media.enricher_config import settled
from stocktake.model.media import Failure
from stocktake.ports.enricher import FIELDS, AssetToEnrich, Config, Enrichment, Setting
from stocktake.readers.enriching.part import each_part
from stocktake.readers.enriching.probe import Probe

_JOB = "stocktake.readers.enriching.technical_probe:look"

#: How long one file may take; of every enricher that opens files.
SECONDS = Setting(
    name="seconds",
    meaning="how long one file may take before it counts as one that cannot be looked into",
    default="60",
    least=1,
    most=3600,
)


class TechnicalEnricher:
    """Container, codecs, duration, resolution, bit rate, tracks, and what the container says in tags."""

    enricher_id: ClassVar[str] = "technical"
    version: ClassVar[int] = 1
    reads: ClassVar[str] = (
        "every part of the file itself, by MediaInfo's library (Python package pymediainfo), else by ffprobe"
    )
    fields: ClassVar[tuple[str, ...]] = FIELDS
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting(
            name="tool",
            meaning="what looks into the file; `auto` takes MediaInfo, and ffprobe where that is not installed",
            default="auto",
            choices=("auto", "mediainfo", "ffprobe"),
        ),
        Setting(
            name="truncated",
            meaning="what becomes of an asset whose file is seen to be cut off, though its tracks are known",
            default="refuse",
            choices=("refuse", "accept"),
        ),
        Setting(
            name="tags",
            meaning="whether title, plot and the like that are written into the file are kept",
            default="keep",
            choices=("keep", "leave"),
        ),
        SECONDS,
    )

    def __init__(self, config: Config = ()) -> None:
        wanted = settled(self.enricher_id, self.settings, config)
        self._probe = Probe(_JOB, seconds=float(wanted.pop("seconds")))
        self._options = {**wanted, "ffprobe": shutil.which("ffprobe")}

    def enrich(self, asset: AssetToEnrich) -> Enrichment | Failure:
        """What the asset's files are made of; see :class:`~stocktake.ports.enricher.Enricher`."""
        return each_part(asset, lambda path: self._probe.look(path, self._options))

    def close(self) -> None:
        """End the process that looks into files."""
        self._probe.close()
