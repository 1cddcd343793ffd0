"""The enricher ``file-name``: what the name of a file and those of its folders say."""

from __future__ import annotations

from typing import ClassVar

from stocktake.media.enricher_config import settled
from stocktake.media.name import MediaName
from stocktake.media.naming import read_name
from stocktake.media.tag_value import said, text_of
from stocktake.ports.enricher import AssetToEnrich, Config, Enrichment, Setting, TagValue
from stocktake.readers.enriching.probe import shown
from stocktake.readers.guessing import Guessit, guesser

#: So many folders may belong to a title where nobody knows the collection's root: show and season.
_FOLDERS = 2
_IDS = ("imdb", "tmdb", "tvdb")


class FileNameEnricher:
    """Title, show, season, episode and year, by the grammar of names; it opens no file."""

    enricher_id: ClassVar[str] = "file-name"
    version: ClassVar[int] = 1
    reads: ClassVar[str] = (
        "the path of the first part as seen from the collection's root, by Stocktake's grammar of names; it opens no file"
    )
    fields: ClassVar[tuple[str, ...]] = ("tags",)
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting(
            name="guessit",
            meaning="whether guessit is asked, if it is installed, about a name of which the grammar is not sure",
            default="ask",
            choices=("ask", "leave"),
        ),
    )

    def __init__(self, config: Config = ()) -> None:
        wanted = settled(self.enricher_id, self.settings, config)
        self._guesser: Guessit | None = guesser() if wanted["guessit"] == "ask" else None

    def enrich(self, asset: AssetToEnrich) -> Enrichment:
        """What the asset's name says; see :class:`~stocktake.ports.enricher.Enricher`."""
        path = asset.relative
        if not path and asset.paths:
            path = "/".join(shown(asset.paths[0]).split("/")[-1 - _FOLDERS :])
        return Enrichment(tags=_tags(read_name(path, self._guesser)) if path else {})

    def close(self) -> None:
        """End guessit's process, if it has one."""
        if self._guesser is not None:
            self._guesser.close()


def _tags(name: MediaName) -> dict[str, TagValue]:
    released = name.date.isoformat() if name.date else None
    if name.kind != "episode":
        ids = {kind: value for kind, value in name.ids if kind in _IDS}
        return said(
            {
                "title": text_of(name.title),
                "year": name.year,
                "edition": text_of(name.edition),
                "released": released,
                **ids,
            }
        )
    # Year and ids are those of the show.
    return said(
        {
            "title": text_of(name.episode_title),
            "show": text_of(name.series_title),
            "show_year": name.year,
            "season": name.season,
            "episode": name.episodes[0] if name.episodes else None,
            "released": released,
            "year": name.date.year if name.date else None,
        }
    )
