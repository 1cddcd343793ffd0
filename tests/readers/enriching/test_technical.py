"""What a file is made of (MED-D9), told by real tools of real files."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from stocktake.model.errors import InvalidInput
from stocktake.model.media import Failure
from stocktake.ports.enricher import AssetToEnrich, Config, Enrichment, Track
from stocktake.readers.enriching.technical import TechnicalEnricher

REPORTS = Path(__file__).parents[2] / "media" / "reports"


@pytest.fixture(scope="module")
def technical() -> Iterator[TechnicalEnricher]:
    """One as it is without configuration."""
    found = TechnicalEnricher()
    yield found
    found.close()


def enriched(*paths: Path, config: Config = ()) -> Enrichment | Failure:
    enricher = TechnicalEnricher(config)
    try:
        return enricher.enrich(AssetToEnrich(paths=paths))
    finally:
        enricher.close()


def said(answer: Enrichment | Failure) -> Enrichment:
    assert isinstance(answer, Enrichment), answer
    return answer


def failure(answer: Enrichment | Failure) -> Failure:
    assert isinstance(answer, Failure), answer
    return answer


def look(technical: TechnicalEnricher, path: Path) -> Enrichment:
    return said(technical.enrich(AssetToEnrich(paths=(path,))))


SONG = {
    "title": "Blue Train",
    "artist": "Ann Example",
    "album": "Trains",
    "track": 3,
    "genres": ("Jazz",),
    "year": 1999,
}


def test_an_mp4_is_told_in_full(technical: TechnicalEnricher, media_files: Path) -> None:
    """MED-D9."""
    path = media_files / "movie.mp4"
    assert look(technical, path) == Enrichment(
        duration_ms=1000,
        container="mp4",
        video_codec="h264",
        audio_codec="aac",
        resolution="320x180",
        bitrate=path.stat().st_size * 8,
        tracks=(
            Track(kind="video", codec="h264"),
            Track(kind="audio", codec="aac", channels=1, is_default=True),
        ),
        tags={"title": "The Long Second", "year": 2019},
    )


def test_every_track_of_a_matroska_file_is_told(technical: TechnicalEnricher, media_files: Path) -> None:
    """MED-D9: languages, channels, which is the default and which is forced."""
    told = look(technical, media_files / "episode.mkv")
    assert told.tracks == (
        Track(kind="video", codec="h264"),
        Track(kind="audio", codec="ac3", language="en", channels=6, is_default=True),
        Track(kind="audio", codec="aac", language="de", title="Kommentar", channels=2),
        Track(kind="subtitle", codec="subrip", language="fr", is_forced=True),
    )
    assert (told.container, told.video_codec, told.audio_codec) == ("matroska", "h264", "ac3")
    # The sound is as long as its frames are.
    assert told.duration_ms == pytest.approx(1000, abs=50)


@pytest.mark.parametrize(
    ("name", "container", "video", "audio", "resolution"),
    [
        ("hevc.mkv", "matroska", "hevc", None, "320x180"),
        ("vp9.webm", "webm", "vp9", "opus", "320x180"),
        ("song.mp3", "mp3", None, "mp3", None),
        ("song.flac", "flac", None, "flac", None),
        ("song.ogg", "ogg", None, "vorbis", None),
        ("song.m4a", "mp4", None, "aac", None),
        ("covered.mp3", "mp3", None, "mp3", None),
    ],
)
def test_codecs_and_containers_have_one_name_each(
    technical: TechnicalEnricher,
    media_files: Path,
    name: str,
    container: str,
    video: str | None,
    audio: str | None,
    resolution: str | None,
) -> None:
    """MED-D9: a cover is no film."""
    told = look(technical, media_files / name)
    assert (told.container, told.video_codec, told.audio_codec) == (container, video, audio)
    assert told.resolution == resolution


@pytest.mark.parametrize("ending", ["mp3", "flac", "ogg", "m4a"])
def test_tags_of_sound_are_told_alike(technical: TechnicalEnricher, media_files: Path, ending: str) -> None:
    """MED-D9."""
    assert look(technical, media_files / f"song.{ending}").tags == SONG


def test_tags_can_be_left(media_files: Path) -> None:
    """MED-D9: a rip's title is often none."""
    told = said(enriched(media_files / "song.mp3", config=(("tags", "leave"),)))
    assert told.tags == {}
    assert told.audio_codec == "mp3"


def test_a_film_of_two_parts_is_as_long_as_both(technical: TechnicalEnricher, media_files: Path) -> None:
    """MED-D9: the rest is told of the first."""
    parts = (media_files / "two-parts-cd1.mp4", media_files / "two-parts-cd2.mp4")
    told = said(technical.enrich(AssetToEnrich(paths=parts)))
    assert told.duration_ms == 1500
    assert told.bitrate == round(sum(part.stat().st_size for part in parts) * 8 / 1.5)
    assert told.audio_codec == "aac"


def test_a_part_that_is_gone_fails_the_asset_by_its_name(
    technical: TechnicalEnricher, media_files: Path
) -> None:
    """MED-D9."""
    gone = media_files / "two-parts-cd3.mp4"
    found = failure(technical.enrich(AssetToEnrich(paths=(media_files / "two-parts-cd1.mp4", gone))))
    assert (found.code, found.where) == ("file-gone", str(gone))


def test_an_asset_without_a_local_file_is_not_passed_over(technical: TechnicalEnricher) -> None:
    """MED-D9: else it would be ready though nobody looked into it."""
    found = failure(technical.enrich(AssetToEnrich(paths=(), known={"canonical_key": "plex:7"})))
    assert (found.code, found.where) == ("no-local-file", "plex:7")
    assert "map the paths" in found.sentence


@pytest.mark.parametrize(
    ("name", "code", "says"),
    [
        ("text.mkv", "not-media", "holds neither moving picture nor sound"),
        ("empty.mkv", "not-media", "is empty"),
        ("cut.mkv", "file-truncated", "truncated=accept"),
        ("cut.mp4", "file-truncated", "copy it anew."),
        ("no-such.mkv", "file-gone", "is not there any more"),
        (".", "not-a-file", "is a folder"),
    ],
)
def test_what_cannot_be_told_is_said_in_words(
    technical: TechnicalEnricher, media_files: Path, name: str, code: str, says: str
) -> None:
    """MED-D9."""
    found = failure(technical.enrich(AssetToEnrich(paths=(media_files / name,))))
    assert found.code == code
    assert says in found.sentence
    assert found.sentence.startswith(str(media_files / name))


def test_a_file_that_is_cut_off_can_be_accepted(media_files: Path) -> None:
    """MED-D9: where its tracks are known."""
    config = (("truncated", "accept"),)
    assert said(enriched(media_files / "cut.mkv", config=config)).video_codec == "h264"
    assert failure(enriched(media_files / "cut.mp4", config=config)).code == "file-truncated"


def test_a_pipe_in_place_of_a_file_is_not_waited_for(technical: TechnicalEnricher, tmp_path: Path) -> None:
    """MED-D9."""
    os.mkfifo(tmp_path / "film.mkv")
    started = time.monotonic()
    found = failure(technical.enrich(AssetToEnrich(paths=(tmp_path / "film.mkv",))))
    assert (found.code, "a pipe" in found.sentence) == ("not-a-file", True)
    assert time.monotonic() - started < 30


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_said_so(
    technical: TechnicalEnricher, media_files: Path, tmp_path: Path
) -> None:
    """MED-D9."""
    shutil.copy(media_files / "movie.mp4", tmp_path)
    (tmp_path / "movie.mp4").chmod(0)
    found = failure(technical.enrich(AssetToEnrich(paths=(tmp_path / "movie.mp4",))))
    assert found.code == "file-unreadable"


@pytest.mark.parametrize(
    "name",
    [b"caf\xe9.mp4", b"http:%2F%2Fexample.org.mp4", b"-v.mp4", b"img001.mp4", "Größe 漢字.mp4".encode()],
)
def test_any_name_is_only_a_name(
    technical: TechnicalEnricher, media_files: Path, tmp_path: Path, name: bytes
) -> None:
    """MED-D9: no text, an address, an option."""
    path = tmp_path / os.fsdecode(name)
    shutil.copyfile(media_files / "movie.mp4", path)
    assert look(technical, path).duration_ms == 1000


def test_broken_files_are_told_or_refused_and_nothing_else(
    technical: TechnicalEnricher, media_files: Path, tmp_path: Path
) -> None:
    """MED-D9, SEC-5: bytes changed and cut at random; the next file is looked into as ever."""
    chance = random.Random(6)
    for name in ("movie.mp4", "episode.mkv", "vp9.webm", "song.ogg", "covered.mp3"):
        content = (media_files / name).read_bytes()
        for _ in range(20):
            broken = bytearray(content)
            for _ in range(chance.randint(1, 60)):
                broken[chance.randrange(min(len(broken), 2000))] = chance.randrange(256)
            path = tmp_path / name
            path.write_bytes(broken[: chance.randint(1, len(broken))])
            answer = technical.enrich(AssetToEnrich(paths=(path,)))
            assert isinstance(answer, Enrichment | Failure)
    assert look(technical, media_files / "movie.mp4").duration_ms == 1000


# ---------------------------------------------------------------- tools


@pytest.fixture
def without_mediainfo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As where the extra ``media`` is not installed."""
    modules = tmp_path / "modules"
    modules.mkdir()
    (modules / "pymediainfo.py").write_text("raise ImportError('not installed')\n")
    monkeypatch.syspath_prepend(modules)


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that comes first on the PATH."""
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}/usr/bin{os.pathsep}/bin")
    return folder


def program(path: Path, text: str) -> None:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


@pytest.mark.usefixtures("without_mediainfo")
def test_a_missing_tool_is_said_with_what_to_install(
    media_files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MED-D9."""
    monkeypatch.setenv("PATH", str(tmp_path))
    found = failure(enriched(media_files / "movie.mp4"))
    assert found.code == "probe-tool-missing"
    assert "pip install 'stocktake[media]'" in found.sentence
    assert "there is no ffprobe on the PATH" in found.sentence
    only = failure(enriched(media_files / "movie.mp4", config=(("tool", "mediainfo"),)))
    assert (only.code, "ffprobe" in only.sentence) == ("probe-tool-missing", False)


def test_ffprobe_alone_can_be_asked_for(
    media_files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MED-D9: where it is not there, that is said, though MediaInfo is."""
    monkeypatch.setenv("PATH", str(tmp_path))
    found = failure(enriched(media_files / "movie.mp4", config=(("tool", "ffprobe"),)))
    assert (found.code, "install FFmpeg" in found.sentence) == ("probe-tool-missing", True)


@pytest.mark.usefixtures("without_mediainfo")
def test_ffprobe_steps_in_for_mediainfo(media_files: Path, programs: Path) -> None:
    """MED-D9: a program that answers as ffprobe did."""
    program(programs / "ffprobe", f"cat '{REPORTS / 'ffprobe-episode.mkv.json'}'")
    told = said(enriched(media_files / "episode.mkv"))
    assert (told.video_codec, told.audio_codec, told.duration_ms) == ("h264", "ac3", 1023)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("echo '{}'; exit 1", "not-media"),
        ("echo 'moov atom not found' >&2; echo '{}'; exit 1", "file-truncated"),
        ("echo nonsense", "file-damaged"),
        ("kill -9 $$", "file-damaged"),
    ],
)
def test_whatever_ffprobe_answers_is_a_failure_in_words(
    media_files: Path, programs: Path, text: str, code: str
) -> None:
    """MED-D9."""
    program(programs / "ffprobe", text)
    assert failure(enriched(media_files / "movie.mp4", config=(("tool", "ffprobe"),))).code == code


def test_an_ffprobe_that_hangs_is_ended_with_its_child(media_files: Path, programs: Path) -> None:
    """MED-D9: nothing is left running."""
    sleep = f"sleep 600.{os.getpid()}"
    program(programs / "ffprobe", f"exec {sleep}")
    config = (("tool", "ffprobe"), ("seconds", "1"))
    assert failure(enriched(media_files / "movie.mp4", config=config)).code == "probe-timeout"
    running = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert sleep not in running.splitlines()


@pytest.mark.skipif(shutil.which("ffprobe") is None, reason="needs ffprobe on the PATH")
@pytest.mark.parametrize(
    "name", ["movie.mp4", "episode.mkv", "hevc.mkv", "vp9.webm", "song.mp3", "song.ogg", "covered.mp3"]
)
def test_ffprobe_and_mediainfo_say_the_same(
    technical: TechnicalEnricher, media_files: Path, name: str
) -> None:
    """MED-D9: but for which track is the default one where the file says nothing of it."""
    told = said(enriched(media_files / name, config=(("tool", "ffprobe"),)))
    other = look(technical, media_files / name)
    for field in ("container", "video_codec", "audio_codec", "resolution", "tags"):
        assert getattr(told, field) == getattr(other, field), field
    assert told.duration_ms == pytest.approx(other.duration_ms, abs=50)
    assert told.tracks is not None
    assert other.tracks is not None
    assert [replace(each, is_default=False) for each in told.tracks] == [
        replace(each, is_default=False) for each in other.tracks
    ]
    kinds = [
        [
            (each.kind, each.codec, each.language, each.title, each.channels, each.is_forced)
            for each in said.tracks or ()
        ]
        for said in (told, other)
    ]
    assert kinds[0] == kinds[1]


@pytest.mark.skipif(shutil.which("ffprobe") is None, reason="needs ffprobe on the PATH")
@pytest.mark.parametrize(
    ("name", "code"),
    [("text.mkv", "not-media"), ("cut.mp4", "file-truncated"), ("cut.mkv", "file-truncated")],
)
def test_ffprobe_refuses_what_mediainfo_does(media_files: Path, name: str, code: str) -> None:
    """MED-D9."""
    assert failure(enriched(media_files / name, config=(("tool", "ffprobe"),))).code == code


def test_what_it_does_not_know_is_refused_before_any_file() -> None:
    """MED-D9."""
    with pytest.raises(InvalidInput) as refusal:
        TechnicalEnricher((("tool", "ffmpeg"),))
    assert refusal.value.code == "invalid-enricher-setting"
