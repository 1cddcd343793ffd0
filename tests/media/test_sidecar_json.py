"""Sidecars in JSON (MED-D9)."""

from __future__ import annotations

import json

import pytest

from stocktake.media.sidecar_json import read_json_sidecar
from stocktake.media.unfit import Unfit


def test_our_own_names_are_read() -> None:
    """MED-D9."""
    told = {
        "title": "Pilot",
        "show": "The Shop",
        "season": 0,
        "episode": "4",
        "genres": ["Comedy", 5],
        "year": 2007,
    }
    assert read_json_sidecar(json.dumps(told).encode()) == {
        "title": "Pilot",
        "show": "The Shop",
        "season": 0,
        "episode": 4,
        "genres": ("Comedy", "5"),
        "year": 2007,
    }


def test_those_of_yt_dlp_are_read_too() -> None:
    """MED-D9: where it has a title in ``episode``, the number stands elsewhere."""
    told = {
        "fulltitle": "Big",
        "description": "A film",
        "upload_date": "20200131",
        "series": "S",
        "season_number": 2,
        "episode": "Pilot",
        "episode_number": 4,
        "formats": [{"url": "https://example.org"}],
        "duration": 61,
    }
    assert read_json_sidecar(json.dumps(told).encode()) == {
        "title": "Big",
        "show": "S",
        "plot": "A film",
        "season": 2,
        "episode": 4,
        "year": 2020,
        "released": "2020-01-31",
    }


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is no JSON"),
        (b"{", "is no JSON"),
        (b"[1]", "no object"),
        (b"\xff\xfe\x00", "is no JSON"),
        (b"[" * 500_000, "is no JSON"),
        (b'{"year": ' + b"9" * 10_000 + b"}", "is no JSON"),
    ],
)
def test_refuses_what_is_no_object(content: bytes, says: str) -> None:
    """MED-D9."""
    with pytest.raises(Unfit) as unfit:
        read_json_sidecar(content)
    assert unfit.value.code == "sidecar-invalid"
    assert says in unfit.value.why
