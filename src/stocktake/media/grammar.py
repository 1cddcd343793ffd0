"""The fast grammar of names: general rules, no titles. It says where it is not sure."""

from __future__ import annotations

import re
import unicodedata
from typing import Any, Final

from stocktake.media import title
from stocktake.media.episode import read_episode
from stocktake.media.extension import AUDIO, KNOWN
from stocktake.media.film import read_film
from stocktake.media.folder import Folders, read_folders
from stocktake.media.name import MediaName
from stocktake.media.release import release_of, words_of
from stocktake.media.tag import untagged
from stocktake.media.title import lowered
from stocktake.media.vocabulary import EXTRA_SUFFIXES, RELEASE

#: What is longer is read from its end: no file system has names as long.
MOST_LETTERS: Final = 1024
_SUFFIX: Final = re.compile(rf"(?:-({'|'.join(EXTRA_SUFFIXES)})|[ ._](trailer|sample))[0-9]?$")
_SUFFIXES: Final = tuple(EXTRA_SUFFIXES)
#: Where hyphens stand for blanks, ``the-big-short`` is a title.
_SLUG: Final = re.compile(r"[^-. _]+(?:-[^-. _]+)+")
#: Names that say nothing: hashes, and what discs call their files.
_NAMELESS: Final = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{1,40}|[0-9a-f]{16,64}|[0-9a-z]{32,64}|vts_[0-9_]+|video_ts|bdmv|[\W_]*"
)
_NUMBER: Final = re.compile(r"^(?:[0-9]{1,2}-)?[0-9]{1,3}(?:[ _]?[-.][ _]?| (?=[^0-9]))(?=[^ ])")
_MOST_FOLDERS = 3


def read(path: str) -> MediaName:
    """What the grammar makes of a path relative to its collection's root, with ``/`` or ``\\`` between folders.

    What it says is NFC, however the file system writes it.
    """
    path = path[-MOST_LETTERS:]
    if not path.isascii():
        path = unicodedata.normalize("NFC", path)
    folders, _, file = path.replace("\\", "/").rpartition("/")
    stem, extension = _split(file)
    if extension in AUDIO:
        return _track(stem, extension)
    around = read_folders(folders)
    if nameless := _NAMELESS.fullmatch(stem.lower()):
        stem, around = _named(stem, folders, around)
        nameless = _NAMELESS.fullmatch(stem.lower())
    stem, tags = untagged(stem)
    low = lowered(stem)
    extra, end = _extra(low)
    stem, low = stem[:end], low[:end]
    said = read_episode(stem, low, around) or _of_season(read_film(stem, low, around), around)
    if extra := around.extra or extra:
        said |= _as_extra(said, stem, around)
    elif nameless or not (said.get("title") or said.get("series_title") or said.get("episodes")):
        said |= {"kind": "unknown", "sure": False}
    cut = said.pop("edition", None)
    return MediaName(
        **said,
        extra=extra,
        edition=tags.edition or cut or around.tags.edition,
        ids=tags.ids or around.tags.ids,
        extension=extension,
    )


def _track(stem: str, extension: str | None) -> MediaName:
    """A piece of music: its number goes, the rest is its title. What it belongs to is told by its tags."""
    return MediaName(
        kind="track", title=title.spaced(_NUMBER.sub("", stem, count=1)) or stem, extension=extension
    )


def _split(file: str) -> tuple[str, str | None]:
    """Name and extension; what a release writes behind its dots is no extension."""
    stem, _, extension = file.rpartition(".")
    low = extension.lower()
    if low not in KNOWN or not stem.strip(". "):
        return file, None
    if low in RELEASE and release_of(words := lowered(stem), words_of(words)).found:
        return file, None  # Film.1999.DVDRip.AC3
    return stem, low


def _named(stem: str, folders: str, around: Folders) -> tuple[str, Folders]:
    """The innermost folder that says something, in the place of a name that says nothing."""
    for _ in range(_MOST_FOLDERS):
        if not _NAMELESS.fullmatch(stem.lower()) or not around.titled:
            break
        folders, _, stem = folders.rpartition("/")
        around = read_folders(folders)
    return stem, around


def _extra(low: str) -> tuple[str | None, int]:
    """The kind of extra that a suffix names, and where the suffix begins."""
    if low in ("trailer", "sample"):
        return low, 0
    found = _SUFFIX.search(low) if low.rstrip("0123456789").endswith(_SUFFIXES) else None
    if found and not _SLUG.fullmatch(low, 0, found.start()):
        return EXTRA_SUFFIXES[found[1] or found[2]], found.start()
    return None, len(low)


def _of_season(said: dict[str, Any], around: Folders) -> dict[str, Any]:
    """What lies in a season's folder is an episode, though its name does not say which."""
    if around.season is None or not around.title:
        return said
    return {
        **said,
        "kind": "episode",
        "title": None,
        "series_title": around.title,
        "season": around.season,
        "episode_title": said["title"],
        "year": around.year,
        "parsed_by": "folder",
        "sure": False,
    }


def _as_extra(said: dict[str, Any], stem: str, around: Folders) -> dict[str, Any]:
    """An extra belongs to the film or the series of its folder; in a folder of extras its name is its own."""
    if said["kind"] == "episode":
        return {"kind": "extra", "sure": said["sure"] or (around.extra is not None and not around.marked)}
    if not (around.extra and around.title):
        return {"kind": "extra", "sure": True}
    own = {"title": around.title, "year": around.year, "episode_title": stem.strip() or None}
    return {"kind": "extra", "sure": True, "parsed_by": "folder", **own}
