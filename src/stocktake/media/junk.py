"""What lies among media files and is none: leftovers of systems, files on their way, and what belongs to a file beside it.

Data, with the questions asked of it. Names are compared without case.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal

from stocktake.media import extension
from stocktake.media.vocabulary import EXTRA_FOLDERS, words

#: Files that systems and programs leave.
FILES: Final = frozenset(
    {".ds_store", ".localized", "desktop.ini", "ehthumbs.db", "ehthumbs_vista.db", "icon\r", "thumbs.db"}
)
#: How such files begin: resource forks of macOS, owners' files of Office, locks of LibreOffice.
PREFIXES: Final = ("._", "~$", ".~lock.", ".smbdelete", ".nfs0", ".fuse_hidden")
#: How files end that are still on their way, with the programs that write them.
ARRIVING: Final = (
    ".part",
    ".partial",
    ".crdownload",
    ".download",
    ".opdownload",
    ".!qb",
    ".!ut",
    ".!bt",
    ".bc!",
    ".aria2",
    ".filepart",
    ".unfinished",
    ".tmp",
    ".temp",
)
#: Folders of systems: nothing in them is anybody's library.
FOLDERS: Final = frozenset(
    {
        "$recycle.bin",
        "#recycle",
        "@eadir",
        "@tmp",
        "@recycle",
        ".@__thumb",
        ".appledouble",
        ".documentrevisions-v100",
        ".fseventsd",
        ".recycle",
        ".snapshot",
        ".snapshots",
        ".spotlight-v100",
        ".stfolder",
        ".stversions",
        ".temporaryitems",
        ".trash",
        ".trashes",
        ".zfs",
        "__macosx",
        "lost+found",
        "recycler",
        "system volume information",
    }
)
#: Folders of samples and extras, which a collection can leave out.
EXTRAS: Final = frozenset(EXTRA_FOLDERS)
#: What belongs to a file that is called the same: its notes, its subtitles, its pictures.
SIDECARS: Final = extension.SUBTITLE | words(
    "nfo json xml txt jpg jpeg png webp tbn bif lrc chapters edl cue"
)
#: Those of them that nobody reads: posters, thumbnails.
PICTURES: Final = words("jpg jpeg png webp tbn bif")
#: What belongs to everything in its folder.
OF_THE_FOLDER: Final = frozenset(
    {"movie.nfo", "tvshow.nfo", "season.nfo", "album.nfo", "artist.nfo", "theme.mp3"}
    | {
        f"{name}.{kind}"
        for name in ("poster", "folder", "cover", "fanart", "banner", "logo")
        for kind in ("jpg", "png")
    }
)

Leftover = Literal["system", "arriving"]


def leftover(name: str) -> Leftover | None:
    """Why a file is no media file, whatever its extension: left by a system, or still arriving."""
    low = name.lower()
    if low in FILES or low.startswith(PREFIXES):
        return "system"
    return "arriving" if low.endswith(ARRIVING) else None


def forsaken(folder: str) -> bool:
    """Whether a folder is a system's, so that nobody needs to look into it."""
    low = folder.lower()
    return low in FOLDERS or low.startswith(".trash-")


def medium(suffix: str) -> Literal["video", "audio", "subtitle"] | None:
    """What an extension (without its dot) stands for; nothing for all others."""
    low = suffix.lower()
    if low in extension.VIDEO:
        return "video"
    if low in extension.AUDIO:
        return "audio"
    return "subtitle" if low in extension.SUBTITLE else None


def sidecars(stem: str, names: Iterable[str]) -> list[str]:
    """Which of a folder's files belong to the one called ``stem`` (a name without its extension), in their order.

    Those called the same, with more behind a dot or a hyphen: ``Film.nfo``, ``Film.en.forced.srt``, ``Film-poster.jpg``.
    """
    low = stem.lower()
    return [
        name
        for name in names
        if (beside := name.lower()).startswith(low)
        and beside[len(low) : len(low) + 1] in (".", "-")
        and beside.rpartition(".")[2] in SIDECARS
    ]
