"""What lies among media files and is none is told by its name."""

from __future__ import annotations

import pytest

from stocktake.media.junk import forsaken, leftover, medium, sidecars


@pytest.mark.parametrize(
    ("name", "why"),
    [
        (".DS_Store", "system"),
        ("Thumbs.db", "system"),
        ("._Film.mkv", "system"),
        ("~$notes.docx", "system"),
        ("Film.mkv.part", "arriving"),
        ("Film.mkv.!qB", "arriving"),
        ("Film.mkv.crdownload", "arriving"),
        ("Film.mkv", None),
        ("Part.mkv", None),
        ("Download.mkv", None),
    ],
)
def test_leftovers_and_files_on_their_way_are_no_media(name: str, why: str | None):
    assert leftover(name) == why


def test_folders_of_systems_are_nobodys_library():
    assert all(
        map(forsaken, ("@eaDir", "$RECYCLE.BIN", "lost+found", ".Trash-1000", "System Volume Information"))
    )
    assert not any(map(forsaken, ("Movies", "Extras", "Trash", "recycled dreams")))


def test_an_extension_stands_for_a_medium():
    assert [medium(each) for each in ("MKV", "flac", "srt", "nfo", "")] == [
        "video",
        "audio",
        "subtitle",
        None,
        None,
    ]


def test_sidecars_are_called_like_their_film():
    names = [
        "Film (1999).mkv",
        "Film (1999).nfo",
        "film (1999).en.forced.srt",
        "Film (1999)-poster.jpg",
        "Film (1999) 2.nfo",
        "Film (1999)b.srt",
        "poster.jpg",
    ]

    assert sidecars("Film (1999)", names) == names[1:4]
