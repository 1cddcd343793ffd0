"""An ``.nfo`` as Kodi and Jellyfin write it: XML of a movie, an episode or a show, or text with an address in it."""

from __future__ import annotations

import io
import re
from collections import defaultdict
from dataclasses import dataclass, field

from stocktake.media.tag_value import day_of, number_of, said, text_of, texts_of, year_of
from stocktake.media.unfit import Unfit
from stocktake.ports.enricher import TagValue
from stocktake.readers.xmlpart import BrokenXml, Enough, Events, parse_xml

#: What the outermost element of one may be.
ROOTS = ("movie", "episodedetails", "musicvideo", "tvshow", "season", "album", "artist")

_TEXTS = {
    "original_title": "originaltitle",
    "show": "showtitle",
    "plot": "plot",
    "tagline": "tagline",
    "certification": "mpaa",
    "artist": "artist",
    "album": "album",
    "album_artist": "artistdesc",
}
_NUMBERS = {"season": "season", "episode": "episode", "track": "track"}
_LISTS = {"genres": "genre", "studios": "studio", "directors": "director", "writers": "credits"}
_DAYS = ("aired", "premiered", "releasedate")
_IDS = {"imdb": ("imdbid", "imdb_id"), "tmdb": ("tmdbid",), "tvdb": ("tvdbid",)}
#: What a show says of each of its episodes, under which name.
_OF_SHOW = {"title": "show", "plot": "show_plot", "year": "show_year"} | {
    name: name for name in ("genres", "studios", "certification")
}
_PARTING = r"\s+/\s+"
_IMDB = re.compile(r"tt[0-9]{5,12}")
_MINUTES = re.compile(r"\s*([0-9]{1,5})(?![0-9:])", re.ASCII)
#: The first line of XML that is in another encoding than UTF-8.
_CLAIM = re.compile(rb"\xff\xfe|\xfe\xff|<\?xml[^>]{0,200}encoding=[\"'](?!utf-?8[\"'])", re.IGNORECASE)
_SPACE = b" \t\r\n"
_BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_ADDRESSES = {
    "imdb": re.compile(r"imdb\.com/(?:[a-z-]{2,5}/)?title/(tt[0-9]{5,12})", re.IGNORECASE),
    "tmdb": re.compile(r"themoviedb\.org/(?:movie|tv)/([0-9]{1,10})", re.IGNORECASE),
    "tvdb": re.compile(r"thetvdb\.com/\S{0,200}?[?&]id=([0-9]{1,10})", re.IGNORECASE),
}


def read_nfo(content: bytes) -> dict[str, TagValue]:
    """Its tags; of text, the ids in the addresses of film databases. Raises ``Unfit`` ``sidecar-invalid``."""
    start = content.lstrip(_SPACE)
    if start.startswith(_BOMS[1:]) or start.removeprefix(_BOMS[0]).lstrip(_SPACE).startswith(b"<"):
        return _of_document(_document(start))
    text = content.decode("latin-1")
    return said({name: found[1] for name, form in _ADDRESSES.items() if (found := form.search(text))})


@dataclass(slots=True)
class _Document:
    """The first element of a file and what stands directly in it, and the names of the actors."""

    root: str = ""
    texts: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    ids: dict[str, str] = field(default_factory=dict)
    path: list[str] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)
    id_type: str = ""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if not self.path:
            self.root = tag
        self.path.append(tag)
        self.pieces = []
        self.id_type = attributes.get("type", "") if tag == "uniqueid" else ""

    def text(self, piece: str) -> None:
        if len(self.path) in (2, 3):
            self.pieces.append(piece)

    def end(self, tag: str) -> None:
        text, depth = "".join(self.pieces).strip(), len(self.path)
        self.path.pop()
        self.pieces = []
        if depth == 1:
            raise Enough  # an address, or the next episode, may follow
        if text and depth == 2 and tag == "uniqueid":
            self.ids.setdefault(self.id_type.lower(), text)
        elif text and (depth == 2 or (depth == 3 and self.path[1:] == ["actor"] and tag == "name")):
            self.texts[tag if depth == 2 else "actor/name"].append(text)


def _document(content: bytes) -> _Document:
    found = _Document()
    try:
        parse_xml(io.BytesIO(content), Events(start=found.start, end=found.end, text=found.text))
    except BrokenXml as broken:
        why = _undecodable(content) or str(broken)
        raise Unfit(
            "sidecar-invalid", f"cannot be read: {why}; save it anew in UTF-8, or take it away"
        ) from None
    if found.root not in ROOTS:
        raise Unfit(
            "sidecar-invalid",
            f"is XML, but of {text_of(found.root[:60])} and none of {', '.join(ROOTS)}; take it away",
        )
    return found


def _undecodable(content: bytes) -> str | None:
    """Where it stops being UTF-8, unless it claims to be something else."""
    if _CLAIM.match(content):
        return None
    try:
        content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        return f"line {line:,} is not in UTF-8, as it should be"
    return None


def _of_document(found: _Document) -> dict[str, TagValue]:
    def first(name: str) -> str | None:
        return text_of(found.texts[name][0]) if found.texts.get(name) else None

    tags: dict[str, TagValue | None] = {tag: first(name) for tag, name in _TEXTS.items()}
    tags |= {tag: number_of(first(name)) for tag, name in _NUMBERS.items()}
    tags |= {tag: texts_of(found.texts.get(name), _PARTING) for tag, name in _LISTS.items()}
    tags["title"] = first("title")
    tags["actors"] = texts_of(found.texts.get("actor/name"))
    days = [day for name in _DAYS if (day := first(name))]
    tags["released"] = next((day for each in days if (day := day_of(each))), None)
    tags["year"] = next((year for each in (first("year"), *days) if (year := year_of(each))), None)
    minutes = _MINUTES.match(first("runtime") or "")
    tags["runtime_minutes"] = (int(minutes[1]) or None) if minutes else None
    tags |= _ids(found)
    if found.root == "tvshow":
        return said({_OF_SHOW[tag]: value for tag, value in tags.items() if tag in _OF_SHOW})
    if found.root == "season":
        return said({"season": number_of(first("seasonnumber"))})
    if found.root == "artist":
        return said({"artist": first("name")})
    if found.root == "album":
        return said({**tags, "album": tags["album"] or tags["title"], "title": None})
    return said(tags)


def _ids(found: _Document) -> dict[str, TagValue | None]:
    ids: dict[str, TagValue | None] = {}
    for name, elements in _IDS.items():
        others = (found.texts[each][0] for each in elements if found.texts.get(each))
        ids[name] = text_of(found.ids.get(name) or next(others, None))
    plain = (found.texts.get("id") or [""])[0]
    if ids["imdb"] is None and _IMDB.fullmatch(plain):
        ids["imdb"] = plain
    return ids
