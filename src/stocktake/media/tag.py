"""What is written into a name for the media servers: ``{tmdb-603}``, ``[imdbid-tt0133093]``, ``{edition-…}``."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

_TAG: Final = re.compile(
    r"[\[{](?:edition-([^\[\]{}]{1,100})|(tmdb|tvdb|imdb|anidb|anilist|mal|trakt)(?:id)?[-=: ]((?:tt)?[0-9]{1,10}))[\]}]",
    re.IGNORECASE,
)


class Tags(NamedTuple):
    """What they said."""

    ids: tuple[tuple[str, str], ...] = ()
    edition: str | None = None


_NONE: Final = Tags()


def untagged(text: str) -> tuple[str, Tags]:
    """The text without them, and what they said."""
    if "{" not in text and "[" not in text:
        return text, _NONE
    ids, edition = [], None
    for found in _TAG.finditer(text):
        if found[1]:
            edition = found[1].strip()
        else:
            ids.append((found[2].lower(), found[3]))
    if not ids and not edition:
        return text, _NONE
    return " ".join(_TAG.sub(" ", text).split()), Tags(tuple(ids), edition)
