"""Reads the tags of one audio file; in the child of :mod:`stocktake.readers.enriching.probe`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from stocktake.media.junk import medium
from stocktake.media.measure import milliseconds
from stocktake.media.tag_value import day_of, number_of, said, text_of, texts_of, year_of
from stocktake.media.unfit import Unfit, damaged, not_media
from stocktake.ports.enricher import Enrichment
from stocktake.readers.enriching.opening import opened, refuse_empty

_TEXTS = {"title": "title", "artist": "artist", "album": "album", "album_artist": "albumartist"}
_TEXTS |= {"composer": "composer", "comment": "comment"}


def look(path: Path, options: Mapping[str, Any]) -> Enrichment:
    """Tags and duration; nothing of what tinytag does not read. Only an audio file, by its name, can be a broken one.

    Raises ``Unfit``.
    """
    is_song = medium(path.suffix.removeprefix(".")) == "audio"
    try:
        from tinytag import TinyTag, TinyTagException, UnsupportedFormatError
    except ImportError:
        raise Unfit(
            "probe-tool-missing",
            "cannot be looked into: the Python package tinytag is not installed; install the extra media "
            "(pip install 'stocktake[media]')",
        ) from None
    with opened(path) as file:
        refuse_empty(file)
        try:
            found = TinyTag.get(path.name, file_obj=file)
        except UnsupportedFormatError:
            return Enrichment()
        except TinyTagException as error:
            if is_song:
                raise damaged(text_of(str(error)) or "its tags are broken") from None
            return Enrichment()
    if found.duration is None and is_song:
        raise not_media()
    tags = {tag: text_of(getattr(found, name)) for tag, name in _TEXTS.items()}
    genres = texts_of([found.genre, *found.other.get("genre", ())], r"\s*;\s*|\x00")
    numbers = {"year": year_of(found.year), "track": number_of(found.track), "disc": number_of(found.disc)}
    return Enrichment(
        duration_ms=milliseconds(found.duration),
        tags=said({**tags, **numbers, "genres": genres, "released": day_of(found.year)}),
    )
