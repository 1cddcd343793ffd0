"""What ffprobe reports of a file, read as an enrichment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stocktake.media.codec import codec_of_ffprobe, container_of_ffprobe
from stocktake.media.language import language_of
from stocktake.media.measure import bitrate_of, milliseconds, resolution_of
from stocktake.media.tag_value import day_of, number_of, said, text_of, texts_of, year_of
from stocktake.media.unfit import not_media
from stocktake.ports.enricher import Enrichment, TagValue, Track

_KINDS = {"video": "video", "audio": "audio", "subtitle": "subtitle"}
_TEXTS = {
    "title": "title",
    "show": "show",
    "plot": "synopsis",
    "artist": "artist",
    "album": "album",
    "album_artist": "album_artist",
    "composer": "composer",
    "comment": "comment",
}
_NUMBERS = {"season": "season_number", "episode": "episode_sort", "track": "track", "disc": "disc"}


def read_ffprobe(report: Mapping[str, Any], *, extension: str, with_tags: bool) -> Enrichment:
    """Read its JSON, of a file whose name ends in ``extension`` (``.webm``). Raises ``Unfit`` ``not-media``."""
    told = report.get("streams")
    streams = [each for each in told if isinstance(each, Mapping)] if isinstance(told, list) else []
    streams = [each for each in streams if each.get("codec_type") in _KINDS]
    whole = _object(report.get("format"))
    # Ogg says of its tracks what others say of the file.
    is_ogg = whole.get("format_name") == "ogg"
    tracks = tuple(_track(each, titled=not is_ogg) for each in streams)
    if not any(each.kind in ("video", "audio") for each in tracks):
        raise not_media()
    sources = [*(each.get("tags") for each in streams if is_ogg), whole.get("tags")]
    told_of_all = {name.casefold(): value for each in sources for name, value in _object(each).items()}
    picture = next((each for each, track in zip(streams, tracks, strict=True) if track.kind == "video"), {})
    duration = milliseconds(whole.get("duration"))
    container = container_of_ffprobe(
        text_of(whole.get("format_name")), text_of(told_of_all.get("major_brand")), extension
    )
    return Enrichment(
        duration_ms=duration,
        container=container,
        video_codec=codec_of_ffprobe(text_of(picture.get("codec_name"))),
        audio_codec=next((each.codec for each in tracks if each.kind == "audio"), None),
        resolution=resolution_of(picture.get("width"), picture.get("height")),
        bitrate=bitrate_of(whole.get("bit_rate"), whole.get("size"), duration),
        tracks=tracks,
        tags=_tags(told_of_all) if with_tags else {},
    )


def _track(stream: Mapping[str, Any], *, titled: bool) -> Track:
    disposition, tags = _object(stream.get("disposition")), _object(stream.get("tags"))
    kind = "image" if disposition.get("attached_pic") == 1 else _KINDS[stream["codec_type"]]
    return Track(
        kind=kind,
        codec=codec_of_ffprobe(text_of(stream.get("codec_name"))),
        language=language_of(tags.get("language")),
        title=text_of(tags.get("title")) if titled and kind != "image" else None,
        channels=number_of(stream.get("channels")) if kind == "audio" else None,
        is_default=disposition.get("default") == 1,
        is_forced=disposition.get("forced") == 1,
    )


def _tags(told: Mapping[str, Any]) -> dict[str, TagValue]:
    date = told.get("date") or told.get("date_released")
    tags: dict[str, TagValue | None] = {tag: text_of(told.get(name)) for tag, name in _TEXTS.items()}
    tags |= {tag: number_of(told.get(name)) for tag, name in _NUMBERS.items()}
    tags["plot"] = tags["plot"] or text_of(told.get("description"))
    tags["season"] = number_of(told.get("season")) if tags["season"] is None else tags["season"]
    tags["genres"] = texts_of(told.get("genre"), r"\s*/\s*|\s*;\s*")
    tags["year"], tags["released"] = year_of(date), day_of(date)
    return said(tags)


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
