"""What several enrichers say, made one; and the parts of one asset (MED-D9)."""

from __future__ import annotations

from stocktake.media.enrichment import combined, joined
from stocktake.ports.enricher import Enrichment, Track


def test_what_an_earlier_enricher_says_stands() -> None:
    """MED-D9: field by field, and tag by tag."""
    whole = combined(
        [
            ("sidecar@1", Enrichment(tags={"title": "Pilot", "season": 1})),
            ("technical@1", Enrichment(duration_ms=1000, tags={"title": "x264 rip", "year": 2007})),
            ("other@3", Enrichment(duration_ms=999, container="mp4", tags={"season": 0})),
        ]
    )
    assert whole.enrichment == Enrichment(
        duration_ms=1000, container="mp4", tags={"title": "Pilot", "season": 1, "year": 2007}
    )
    assert whole.said_by == {
        "duration_ms": "technical@1",
        "container": "other@3",
        "tags.title": "sidecar@1",
        "tags.season": "sidecar@1",
        "tags.year": "technical@1",
    }


def test_tracks_are_never_mixed() -> None:
    """MED-D9: two lists cannot be merged without doubling a track; the first stands, also an empty one."""
    first, second = (Track(kind="video", codec="h264"),), (Track(kind="video", codec="hevc"),)
    told = [("a@1", Enrichment(tracks=first)), ("b@1", Enrichment(tracks=second))]
    assert combined(told).enrichment.tracks == first
    assert combined([("a@1", Enrichment(tracks=())), *told]).enrichment.tracks == ()


def test_nothing_said_is_nothing_in_every_column() -> None:
    """MED-D9."""
    whole = combined([])
    assert set(whole.columns().values()) == {None}
    assert whole.said_by == {}


def test_columns_are_canonical_json() -> None:
    """Equal values have equal text, whatever the order they were said in."""
    tracks = (Track(kind="audio", codec="aac", language="de", channels=2, is_default=True),)
    told = Enrichment(tracks=tracks, tags={"year": 2007, "genres": ("Komödie", "Drama")})
    columns = combined([("a@1", told)]).columns()
    assert columns["tracks"] == (
        '[{"channels":2,"codec":"aac","is_default":true,"is_forced":false,"kind":"audio","language":"de"}]'
    )
    assert columns["tags"] == '{"genres":["Komödie","Drama"],"year":2007}'


def test_durations_of_parts_are_summed_and_the_rest_is_the_first_parts() -> None:
    """MED-D9: the bit rate is that of all bits in all the time."""
    first = Enrichment(duration_ms=3000, bitrate=1000, resolution="320x180", tags={"title": "One"})
    second = Enrichment(duration_ms=1000, bitrate=5000, resolution="64x64", tags={"title": "Two"})
    assert joined([first, second]) == Enrichment(
        duration_ms=4000, bitrate=2000, resolution="320x180", tags={"title": "One"}
    )
    assert joined([first]) is first


def test_a_part_of_unknown_duration_leaves_the_whole_unknown() -> None:
    """MED-D9: half a duration would be a wrong one."""
    whole = joined([Enrichment(duration_ms=3000, bitrate=1000), Enrichment(bitrate=1000)])
    assert (whole.duration_ms, whole.bitrate) == (None, None)
    assert joined([Enrichment(duration_ms=3000, bitrate=1000), Enrichment(duration_ms=5)]).bitrate is None
