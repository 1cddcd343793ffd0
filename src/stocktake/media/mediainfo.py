"""What MediaInfo reports of a file, read as an enrichment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stocktake.media.codec import codec_of_mediainfo, container_of_mediainfo
from stocktake.media.language import language_of
from stocktake.media.measure import bitrate_of, milliseconds, resolution_of
from stocktake.media.tag_value import day_of, number_of, said, text_of, texts_of, year_of
from stocktake.media.unfit import not_media, truncated
from stocktake.ports.enricher import Enrichment, TagValue, Track

_KINDS = {"Video": "video", "Audio": "audio", "Text": "subtitle", "Image": "image"}
_TEXTS = {
    "title": ("Title", "Movie", "Track"),
    "show": ("Collection", "SHOW"),
    "plot": ("Synopsis", "LongDescription", "Description"),
    "artist": ("Performer",),
    "album": ("Album",),
    "album_artist": ("Album_Performer",),
    "composer": ("Composer",),
    "comment": ("Comment",),
}
_NUMBERS = {"season": ("Season", "SEASON"), "track": ("Track_Position",)}
_DATES = ("Recorded_Date", "Released_Date", "DATE")


def read_mediainfo(report: Mapping[str, Any], *, truncated_accepted: bool, with_tags: bool) -> Enrichment:
    """Read its JSON. Raises ``Unfit``: ``not-media``, ``file-truncated``."""
    found = _objects((_object(report.get("media"))).get("track"))
    general = next((each for each in found if each.get("@type") == "General"), {})
    streams = [each for each in found if each.get("@type") in _KINDS]
    tracks = tuple(_track(each) for each in streams)
    extra = _object(general.get("extra"))
    plays = any(each.kind in ("video", "audio") for each in tracks)
    if extra.get("IsTruncated") == "Yes" and not (plays and truncated_accepted):
        raise truncated(acceptable=plays)
    if not plays:
        raise not_media()
    duration = milliseconds(general.get("Duration"))
    picture = next((each for each in streams if each["@type"] == "Video"), {})
    container = container_of_mediainfo(_text(general, "Format"), _text(general, "Format_Profile"))
    return Enrichment(
        duration_ms=duration,
        container=container,
        video_codec=_codec(picture),
        audio_codec=next((each.codec for each in tracks if each.kind == "audio"), None),
        resolution=resolution_of(picture.get("Width"), picture.get("Height")),
        bitrate=bitrate_of(general.get("OverallBitRate"), general.get("FileSize"), duration),
        tracks=tracks,
        tags=_tags(general, extra, is_episode="Season" in general) if with_tags else {},
    )


def _track(stream: Mapping[str, Any]) -> Track:
    return Track(
        kind=_KINDS[stream["@type"]],
        codec=_codec(stream),
        language=language_of(stream.get("Language")),
        title=text_of(stream.get("Title")),
        channels=number_of(stream.get("Channels")) if stream["@type"] == "Audio" else None,
        is_default=str(stream.get("Default", "")).startswith("Yes"),
        is_forced=str(stream.get("Forced", "")).startswith("Yes"),
    )


def _codec(stream: Mapping[str, Any]) -> str | None:
    return codec_of_mediainfo(
        _text(stream, "Format"), _text(stream, "Format_Version"), _text(stream, "Format_Profile")
    )


def _tags(general: Mapping[str, Any], extra: Mapping[str, Any], *, is_episode: bool) -> dict[str, TagValue]:
    both = {**extra, **general}
    dates = [both[name] for name in _DATES if name in both]
    tags: dict[str, TagValue | None] = {
        tag: next((text for name in names if (text := text_of(both.get(name)))), None)
        for tag, names in _TEXTS.items()
    }
    tags |= {
        tag: next((number for name in names if (number := number_of(both.get(name))) is not None), None)
        for tag, names in _NUMBERS.items()
    }
    tags["episode"] = number_of(general.get("Part")) if is_episode else None
    # A WAV file has its track there.
    tags["disc"] = number_of(general.get("Part_Position")) if tags["track"] is not None else None
    tags["genres"] = texts_of(general.get("Genre"), r"\s*/\s*|\s*;\s*")
    tags["year"] = next((year for each in dates if (year := year_of(each))), None)
    tags["released"] = next((day for each in dates if (day := day_of(each))), None)
    return said(tags)


def _text(stream: Mapping[str, Any], name: str) -> str | None:
    value = stream.get(name)
    return value if isinstance(value, str) and value else None


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _objects(value: object) -> list[Mapping[str, Any]]:
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []
