"""What an audio file says of itself (MED-D9), of real files."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from stocktake.model.media import Failure
from stocktake.ports.enricher import AssetToEnrich, Enrichment
from stocktake.readers.enriching.audio_tags import AudioTagEnricher


@pytest.fixture(scope="module")
def enricher() -> Iterator[AudioTagEnricher]:
    """One as it is without configuration."""
    found = AudioTagEnricher()
    yield found
    found.close()


def look(enricher: AudioTagEnricher, *paths: Path) -> Enrichment | Failure:
    return enricher.enrich(AssetToEnrich(paths=paths))


@pytest.mark.parametrize("ending", ["mp3", "flac", "ogg", "m4a"])
def test_tags_of_every_kind_are_told_alike(
    enricher: AudioTagEnricher, media_files: Path, ending: str
) -> None:
    """MED-D9."""
    told = look(enricher, media_files / f"song.{ending}")
    assert isinstance(told, Enrichment)
    assert told.tags == {
        "title": "Blue Train",
        "artist": "Ann Example",
        "album": "Trains",
        "track": 3,
        "genres": ("Jazz",),
        "year": 1999,
    }
    # An MP3 is as long as its frames are.
    assert told.duration_ms == pytest.approx(1000, abs=50)
    assert told.bitrate is None


@pytest.mark.parametrize("name", ["episode.mkv", "text.mkv", "vp9.webm"])
def test_it_says_nothing_of_what_is_no_audio_file(
    enricher: AudioTagEnricher, media_files: Path, name: str
) -> None:
    """MED-D9: so it can be attached to a collection of films and songs."""
    assert look(enricher, media_files / name) == Enrichment()


@pytest.mark.parametrize("name", ["cut.mp4", "two-parts-cd2.mp4"])
def test_a_film_without_tags_is_no_broken_song(
    enricher: AudioTagEnricher, media_files: Path, name: str
) -> None:
    """MED-D9: whether a film is sound is the technical enricher's to say."""
    told = look(enricher, media_files / name)
    assert isinstance(told, Enrichment)
    assert told.tags == {}


def test_a_song_that_is_none_fails(enricher: AudioTagEnricher, tmp_path: Path) -> None:
    """MED-D9: empty, without sound, gone."""
    (tmp_path / "text.mp3").write_text("no song\n" * 50)
    (tmp_path / "empty.mp3").touch()
    codes = {}
    for name in ("text.mp3", "empty.mp3", "gone.mp3"):
        told = look(enricher, tmp_path / name)
        assert isinstance(told, Failure)
        codes[name] = told.code
    assert codes == {"text.mp3": "not-media", "empty.mp3": "not-media", "gone.mp3": "file-gone"}


def test_broken_songs_are_told_or_refused_and_nothing_else(
    enricher: AudioTagEnricher, media_files: Path, tmp_path: Path
) -> None:
    """MED-D9, SEC-5: bytes changed and cut at random; the next file is looked into as ever."""
    chance = random.Random(6)
    for ending in ("mp3", "flac", "ogg", "m4a"):
        content = (media_files / f"song.{ending}").read_bytes()
        for _ in range(50):
            broken = bytearray(content)
            for _ in range(chance.randint(1, 40)):
                broken[chance.randrange(min(len(broken), 1000))] = chance.randrange(256)
            path = tmp_path / f"song.{ending}"
            path.write_bytes(broken[: chance.randint(1, len(broken))])
            answer = look(enricher, path)
            assert isinstance(answer, Enrichment | Failure)
            assert not isinstance(answer, Failure) or answer.code != "probe-crashed", answer
    assert isinstance(look(enricher, media_files / "song.mp3"), Enrichment)


def test_a_missing_package_is_said_with_what_to_install(
    media_files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MED-D9."""
    (tmp_path / "tinytag.py").write_text("raise ImportError('not installed')\n")
    monkeypatch.syspath_prepend(tmp_path)
    without = AudioTagEnricher()
    found = look(without, media_files / "song.mp3")
    without.close()
    assert isinstance(found, Failure)
    assert found.code == "probe-tool-missing"
    assert "pip install 'stocktake[media]'" in found.sentence
