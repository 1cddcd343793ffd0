"""Replies that real Plex servers gave, where the folder of real data lies beside the checkout."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from stocktake.readers.plex.reply import container_of
from tests.plex_server import PlexServer

REPLIES = Path(__file__).parents[4] / "shared" / "data" / "plex"
_MOCKS = REPLIES / "plex-api.rs" / "crates" / "plex-api" / "tests" / "mocks"

Node = dict[str, Any]


def body(name: str) -> bytes:
    """A recorded reply, byte for byte; ``server/…`` and the like lie among the mocks of plex-api.rs."""
    if not REPLIES.is_dir():
        pytest.skip("the recorded replies of Plex do not lie beside this checkout")
    folder = REPLIES if name.partition("/")[0] in ("observed", "spec", "home-assistant") else _MOCKS
    return (folder / name).read_bytes()


def entries(name: str) -> list[Node]:
    """The items of a recorded reply, XML and JSON alike."""
    content = body(name)
    container = (
        container_of(content) if content.lstrip().startswith(b"<") else json.loads(content)["MediaContainer"]
    )
    found: list[Node] = container["Metadata"]
    return found


#: A library made of what was recorded: its sections with kind, folders, and the replies that its items stand in.
SECTIONS = {
    "1": (
        "movie",
        ["/data/Movies", "/mnt/media/Libraries/movies", "O:\\fatboy\\Media\\Ripped\\Movies"],
        (
            "server/media/movie_library.json",
            "timeline/metadata_182_4.json",
            "transcode/metadata_1036.json",
            "transcode/metadata_13194.json",
            "transcode/metadata_159637.json",
            "observed/section_all_windows_path_official_example.json",
        ),
    ),
    "2": (
        "show",
        ["/data/TV-Shows", "/Volumes/Media/TV Shows", "/fast_storage/media/tv-hd"],
        (
            "server/media/tv_library.json",
            "server/media/tv_seasons.json",
            "server/media/tv_episodes.json",
            "spec/examples/get_library_sections_sectionId_allLeaves_200.json",
            "observed/metadata_multi_episode_file_1.43.4.json",
        ),
    ),
    "5": (
        "artist",
        ["/data/Music", "/volume1/music", "/mnt/media/Libraries/music"],
        (
            "server/media/music_library.json",
            "server/media/music_tracks.json",
            "transcode/metadata_157786.json",
            "observed/section_all_page1_music.xml",
            "observed/tracks_local_and_legacy_guids.xml",
        ),
    ),
}


def recorded_library() -> PlexServer:
    """A server with everything that was recorded."""
    server = PlexServer()
    for key, (kind, paths, names) in SECTIONS.items():
        unique = {str(entry["ratingKey"]): entry for name in names for entry in entries(name)}
        server.add(key, kind, f"Section {key}", paths, list(unique.values()))
    return server
