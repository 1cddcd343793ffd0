"""Real films and tracks: probed, enriched, approved, changed, and then not ready any more (MED-D7 to MED-D9)."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from stocktake.model.media import AttachedEnricher
from tests.stories.desk import Desk
from tests.stories.library import Library

FILES = {
    "Films/The Long Second (2019).mp4": "movie.mp4",
    "Films/Broken (2001).mkv": "text.mkv",
    "Films/Two Parts (2010)/Two Parts (2010) - cd1.mp4": "two-parts-cd1.mp4",
    "Films/Two Parts (2010)/Two Parts (2010) - cd2.mp4": "two-parts-cd2.mp4",
    "Music/Blue Train.mp3": "song.mp3",
    "TV Shows/Pilots/Season 01/Pilots - S01E01.mkv": "episode.mkv",
}


@pytest.fixture
def library(desk: Desk, tmp_path: Path, media_files: Path) -> Library:
    """Collections of real files, with the enrichers that look into them."""
    made = Library(desk, tmp_path / "media")
    for path, name in FILES.items():
        place = made.folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(media_files / name, place)
        made.touch(place)
    attached = (
        AttachedEnricher(enricher_id="technical", priority=10),
        AttachedEnricher(enricher_id="sidecar", priority=20),
    )
    for name in made.discover():
        made.book.update_collection(name, enrichers=attached)
        made.ingest(name)
    return made


def test_enrichers_look_into_real_files(library):
    """MED-D9: container, codecs, duration, tracks, tags"""
    stats, run = library.book.enrich_assets()

    assert (stats.assets_enriched, stats.assets_failed) == (4, 1)
    assert run is not None
    assert run.stats["enriched"] == 4
    film = library.assets()["The Long Second (2019).mp4"]
    assert (film["state"], film["video_codec"], film["audio_codec"]) == ("ready", "h264", "aac")
    assert (film["resolution"], film["duration_ms"]) == ("320x180", pytest.approx(1000, abs=100))
    episode = library.assets()["Pilots - S01E01.mkv"]
    kinds = [each["kind"] for each in _json(episode["tracks"])]
    assert kinds == ["video", "audio", "audio", "subtitle"]
    song = library.assets()["Blue Train.mp3"]
    assert (song["kind"], song["audio_codec"], _json(song["tags"])["artist"]) == (
        "track",
        "mp3",
        "Ann Example",
    )


def test_the_parts_of_a_film_are_one_asset(library):
    """MED Importers: multi-part; durations are summed"""
    library.book.enrich_assets()
    whole = library.assets()["Two Parts (2010) - cd1.mp4"]
    assert len(_json(whole["parts"])) == 2
    assert whole["duration_ms"] == pytest.approx(1500, abs=150)


def test_a_file_that_cannot_be_read_stops_only_its_own_asset(library):
    """MED-D9: a readable error, and what stands in the way is shown"""
    stats, _ = library.book.enrich_assets("Films")

    assert len(stats.errors) == 1
    assert "Broken (2001).mkv" in stats.errors[0]
    broken = library.assets()["Broken (2001).mkv"]
    assert broken["state"] == "enriching"
    (hindered,) = library.book.attention().hindered
    assert json.loads(hindered["hindrances"])[0]["code"] == "not-media"


def test_what_failed_is_looked_at_again_and_may_pass(library, media_files):
    """MED-D9"""
    library.book.enrich_assets()
    shutil.copyfile(media_files / "vp9.webm", library.folder / "Films/Broken (2001).mkv")
    library.touch(library.folder / "Films/Broken (2001).mkv", age=60)
    library.ingest("Films")

    stats, _ = library.book.enrich_assets()

    assert (stats.assets_enriched, stats.assets_failed) == (1, 0)
    mended = library.assets()["Broken (2001).mkv"]
    assert (mended["state"], mended["video_codec"], mended["hindrances"]) == ("ready", "vp9", None)


def test_an_approved_film_that_changes_is_new_and_unapproved_until_it_is_seen_again(library, media_files):
    """MED-D7, MED-D8, MED-D9: the whole way, twice"""
    name = "The Long Second (2019).mp4"
    library.book.enrich_assets("Films")
    library.approve(name)
    shutil.copyfile(media_files / "two-parts-cd2.mp4", library.folder / "Films" / name)
    library.touch(library.folder / "Films" / name, age=60)

    library.ingest("Films")
    changed = library.assets()[name]
    library.book.enrich_assets("Films")
    again = library.assets()[name]

    assert (changed["state"], bool(changed["approved_for_broadcast"])) == ("new", False)
    assert (again["state"], bool(again["approved_for_broadcast"])) == ("ready", False)
    assert again["duration_ms"] == pytest.approx(500, abs=100)
    library.approve(name)
    assert library.assets()[name]["approved_for_broadcast"]


def test_an_asset_that_changes_while_it_is_looked_at_stays_new(library, monkeypatch):
    """MED-D8: what was seen is not what is there now"""
    name = "The Long Second (2019).mp4"
    real = "stocktake.readers.enriching.asset.enriched"
    from stocktake.readers.enriching.asset import enriched

    def meanwhile(team, asset):
        if asset.paths[0].name == name and library.states()[name] == "enriching":
            library.put(f"Films/{name}", "something else", age=60)
            library.ingest("Films")
        return enriched(team, asset)

    with monkeypatch.context() as patch:
        patch.setattr(real, meanwhile)
        stats, _ = library.book.enrich_assets("Films")

    assert stats.assets_changed_meanwhile == 1
    assert library.states()[name] == "new"


def test_sidecars_are_read_beside_the_film(library):
    """MED-D9: .nfo"""
    library.put(
        "Films/The Long Second (2019).nfo",
        "<movie><title>The Long Second</title><plot>It ends.</plot></movie>",
    )
    library.ingest("Films")
    library.book.enrich_assets("Films")
    tags = _json(library.assets()["The Long Second (2019).mp4"]["tags"])
    assert tags["plot"] == "It ends."


def test_an_edited_sidecar_is_read_again_and_takes_the_approval(library):
    """MED-D7, MED-D8, MED-D9: what was approved was approved with what the sidecar said"""
    name, note = "The Long Second (2019).mp4", "Films/The Long Second (2019).nfo"
    library.put(note, "<movie><plot>It ends.</plot></movie>")
    library.ingest("Films")
    library.book.enrich_assets("Films")
    library.approve(name)
    library.put(note, "<movie><plot>It ends well.</plot></movie>", age=60)

    done = library.ingest("Films")
    changed = library.assets()[name]
    library.book.enrich_assets("Films")
    again = library.assets()[name]

    assert library.stats(done)[1:4] == (0, 1, done.stats.assets_discovered - 1)
    assert (changed["state"], bool(changed["approved_for_broadcast"])) == ("new", False)
    assert (again["state"], _json(again["tags"])["plot"]) == ("ready", "It ends well.")


def _json(value: object) -> Any:
    """A document as the store gives it: text on SQLite."""
    return json.loads(value) if isinstance(value, str) else value
