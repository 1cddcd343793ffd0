"""What file systems, desktops, servers and downloaders leave lying about, as data. All lower case.

A folder of these is not looked into; a file of these is no asset and no sidecar.
"""

from __future__ import annotations

from typing import Final

#: Whole names.
FOLDERS: Final = frozenset(
    {
        "$recycle.bin",
        "@eadir",
        "@recycle",
        "@tmp",
        "#recycle",
        "#snapshot",
        "__macosx",
        "lost+found",
        "network trash folder",
        "recycler",
        "system volume information",
        "temporary items",
    }
)
FILES: Final = frozenset({"desktop.ini", "ehthumbs.db", "ehthumbs_vista.db", "icon\r", "thumbs.db", "thumbs.db:encryptable"})
#: Extensions of what is still being fetched or copied.
PARTIAL: Final = frozenset(
    {"!qb", "!sync", "!ut", "aria2", "bc!", "crdownload", "download", "filepart", "opdownload", "part", "partial", "tmp"}
)
