"""A sidecar in JSON: one object, by the names of our tags or of yt-dlp's ``.info.json``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from stocktake.media.tag_value import day_of, number_of, said, text_of, texts_of, year_of
from stocktake.media.unfit import Unfit
from stocktake.ports.enricher import TagValue

#: Tag → under which names it is looked for, in order.
_TEXTS: dict[str, tuple[str, ...]] = {
    "title": ("title", "fulltitle"),
    "original_title": ("original_title",),
    "show": ("show", "series"),
    "plot": ("plot", "description"),
    "show_plot": ("show_plot",),
    "tagline": ("tagline",),
    "certification": ("certification",),
    "artist": ("artist",),
    "album": ("album",),
    "album_artist": ("album_artist",),
    "composer": ("composer",),
    "comment": ("comment",),
    "imdb": ("imdb", "imdb_id"),
    "tmdb": ("tmdb", "tmdb_id"),
    "tvdb": ("tvdb", "tvdb_id"),
}
_NUMBERS: dict[str, tuple[str, ...]] = {
    "season": ("season", "season_number"),
    "episode": ("episode", "episode_number"),
    "runtime_minutes": ("runtime_minutes",),
    "track": ("track", "track_number"),
    "disc": ("disc", "disc_number"),
}
_LISTS: dict[str, tuple[str, ...]] = {
    "genres": ("genres", "genre"),
    "studios": ("studios",),
    "directors": ("directors",),
    "writers": ("writers",),
    "actors": ("actors", "cast"),
}
_DATES = ("released", "release_date", "upload_date")


def read_json_sidecar(content: bytes) -> dict[str, TagValue]:
    """Its tags; names that mean none are passed over. Raises ``Unfit`` ``sidecar-invalid``."""
    try:
        told = json.loads(content)
    except (ValueError, RecursionError) as error:
        why = text_of(str(error)) or type(error).__name__
        raise Unfit("sidecar-invalid", f"is no JSON ({why}); mend it, or take it away") from None
    if not isinstance(told, dict):
        raise Unfit(
            "sidecar-invalid", "is JSON, but no object with names and values; mend it, or take it away"
        )
    dates = [told[name] for name in _DATES if name in told]
    tags: dict[str, TagValue | None] = {}
    for tag, names in _TEXTS.items():
        tags[tag] = _first(told, names, text_of)
    for tag, names in _NUMBERS.items():
        tags[tag] = _first(told, names, number_of)
    for tag, names in _LISTS.items():
        tags[tag] = _first(told, names, texts_of)
    years = [told.get("year"), told.get("release_year"), *dates]
    tags["year"] = next((year for each in years if (year := year_of(each)) is not None), None)
    tags["released"] = next((day for each in dates if (day := day_of(each))), None)
    return said(tags)


def _first(told: Mapping[str, Any], names: tuple[str, ...], read: Any) -> TagValue | None:
    return next((value for name in names if (value := read(told.get(name))) is not None), None)
