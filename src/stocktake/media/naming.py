"""The one way in: what the path of a media file says."""

from __future__ import annotations

from stocktake.media.grammar import read
from stocktake.media.guess import guessed
from stocktake.media.name import MediaName
from stocktake.ports.guesser import Guesser


def read_name(path: str, guesser: Guesser | None = None) -> MediaName:
    """Read the path of a media file, relative to its collection's root, with ``/`` or ``\\`` between folders.

    The grammar reads it. Only where it is not sure the guesser is asked, if there is one; where that has no answer,
    the grammar's own best guess stands, with ``sure`` false. Raises nothing, whatever the path.
    """
    name = read(path)
    if name.sure or guesser is None:
        return name
    found = guesser.guess(path)
    return guessed(found, name) if found else name
