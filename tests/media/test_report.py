"""What MediaInfo and ffprobe report, read in one vocabulary."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from stocktake.media.codec import codec_of_mediainfo, container_of_mediainfo
from stocktake.media.ffprobe import read_ffprobe
from stocktake.media.mediainfo import read_mediainfo
from stocktake.media.unfit import Unfit
from stocktake.ports.enricher import Enrichment, Track

#: As ffprobe 8.0 reported the files of :mod:`tests.media_files`.
REPORTS = Path(__file__).parent / "reports"


def reported(name: str) -> Enrichment:
    report = json.loads((REPORTS / f"ffprobe-{name}.json").read_text())
    return read_ffprobe(report, extension=Path(name).suffix, with_tags=True)


def test_ffprobe_tells_every_track() -> None:
    """MED-D9: languages shortened, what is forced and default."""
    told = reported("episode.mkv")
    assert told.tracks == (
        Track(kind="video", codec="h264"),
        Track(kind="audio", codec="ac3", language="en", channels=6, is_default=True),
        Track(kind="audio", codec="aac", language="de", title="Kommentar", channels=2),
        Track(kind="subtitle", codec="subrip", language="fr", is_forced=True),
    )
    assert (told.container, told.video_codec, told.audio_codec) == ("matroska", "h264", "ac3")
    assert (told.resolution, told.duration_ms, told.tags) == ("320x180", 1023, {"title": "Pilot"})


def test_ffprobe_takes_no_cover_for_a_film() -> None:
    """MED-D9."""
    told = reported("covered.mp3")
    assert (told.container, told.video_codec, told.audio_codec, told.resolution) == ("mp3", None, "mp3", None)
    assert told.tracks is not None
    assert [each.kind for each in told.tracks] == ["audio", "image"]


def test_ffprobe_finds_the_tags_of_ogg_with_its_track() -> None:
    """MED-D9."""
    assert reported("song.ogg").tags == {
        "title": "Blue Train",
        "artist": "Ann Example",
        "album": "Trains",
        "track": 3,
        "genres": ("Jazz",),
        "year": 1999,
    }


def test_ffprobe_and_the_extension_tell_webm() -> None:
    assert reported("vp9.webm").container == "webm"
    assert reported("movie.mp4").container == "mp4"


@pytest.mark.parametrize(
    "report", [{}, {"streams": None, "format": []}, {"streams": [1, {"codec_type": "data"}]}]
)
def test_no_picture_and_no_sound_is_no_media(report: dict[str, Any]) -> None:
    """MED-D9: in either report."""
    with pytest.raises(Unfit) as unfit:
        read_ffprobe(report, extension=".mkv", with_tags=True)
    assert unfit.value.code == "not-media"
    with pytest.raises(Unfit) as unfit:
        read_mediainfo(report, truncated_accepted=False, with_tags=True)
    assert unfit.value.code == "not-media"


def test_mediainfo_is_read_without_what_it_leaves_out() -> None:
    """MED-D9: a value that is no number, or is none at all, is nothing."""
    tracks = [
        {"@type": "General", "Format": "AVI", "Duration": "soon", "Title": {"@dt": "binary.base64"}},
        {
            "@type": "Video",
            "Format": "Some New Codec",
            "Width": "nan",
            "Height": "180",
            "Default": "Yes / No",
        },
        {"@type": "Menu"},
        "noise",
    ]
    told = read_mediainfo({"media": {"track": tracks}}, truncated_accepted=False, with_tags=True)
    assert told == Enrichment(
        container="avi",
        video_codec="some_new_codec",
        tracks=(Track(kind="video", codec="some_new_codec", is_default=True),),
    )


@pytest.mark.parametrize(
    ("named", "version", "profile", "codec"),
    [
        ("AVC", None, "High", "h264"),
        ("MPEG Audio", "1", "Layer 3", "mp3"),
        ("MPEG Audio", "1", "Layer 2", "mp2"),
        ("MPEG Video", "2", "Main", "mpeg2video"),
        ("WMA", "2", None, "wmav2"),
        (None, "1", None, None),
        ("---", None, None, None),
    ],
)
def test_codecs_have_the_names_that_ffmpeg_gives_them(
    named: str | None, version: str | None, profile: str | None, codec: str | None
) -> None:
    assert codec_of_mediainfo(named, version, profile) == codec


def test_quicktime_is_told_from_mp4_by_its_profile() -> None:
    assert container_of_mediainfo("MPEG-4", "QuickTime") == "mov"
    assert container_of_mediainfo("MPEG-4", "Base Media") == "mp4"
    assert container_of_mediainfo(None, None) is None
