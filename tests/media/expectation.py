"""What other parsers' own tests expect of a name, read from ``../shared/data/naming``, and who fulfils how much of it.

A **set** is one project's expectations. Each half of a set is told apart by chance (a hash of the name): the grammar was
written with a look at the first half only. A title is compared as guessit's own tests compare it: letters and figures,
whatever stands between them. Only fields that we claim are asked; a season or part that is a list belongs to a
pack of files, not to a file, and is asked of nobody.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stocktake.media.name import MediaName

#: Field → value; what is there with ``None`` must not be claimed.
Values = Mapping[str, Any]
FIELDS = ("title", "type", "season", "episodes", "episode_title", "year", "date", "part")
SETS = ("guessit", "ptt", "anitomy", "thcolin", "go-ptn", "ptn", "jellyfin", "kodi")
CROSS_PARSER = ("ptt", "anitomy", "thcolin", "go-ptn", "ptn")

_EXTENSION = re.compile(r"\.(mkv|mp4|avi)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """One name and what one project says of it."""

    name: str
    values: Values
    first_half: bool


def expectations(folder: Path, name: str) -> list[Expectation]:
    """Those of one set."""
    if name in CROSS_PARSER:
        read: Iterable[tuple[str, str, Values]] = _cross_parser(folder / "cross_parser" / f"{name}.json")
    else:
        read = {"guessit": _guessit, "jellyfin": _jellyfin, "kodi": _kodi}[name](folder)
    found = (
        Expectation(name=text, values=values, first_half=_first_half(key))
        for text, key, values in read
        if values
    )
    return list(found)


def fulfilled(expected: Values, found: Values) -> dict[str, bool]:
    """Which of the expected fields were found as expected."""
    return {field: _same(field, value, found) for field, value in expected.items()}


def ours(name: MediaName) -> dict[str, Any]:
    """A name of ours in the words of the expectations, which know no extras."""
    return {
        "title": name.series_title or name.title,
        "type": name.kind if name.kind != "extra" else "episode" if name.series_title else "movie",
        "season": name.season,
        "episodes": list(name.episodes),
        "episode_title": name.episode_title,
        "year": name.year,
        "date": name.date and name.date.isoformat(),
        "part": name.part,
    }


def theirs(found: Mapping[str, Any]) -> dict[str, Any]:
    """What guessit found, in the same words."""
    return {
        **{field: found.get(field) for field in ("title", "type", "season", "episode_title", "year")},
        "episodes": _several(found.get("episode")),
        "date": str(found["date"]) if "date" in found else None,
        "part": found.get("cd", found.get("part", found.get("disc"))),
    }


def score(
    expected: Iterable[Expectation], parse: Callable[[str], Values]
) -> tuple[int, int, list[tuple[Expectation, dict[str, Any], list[str]]]]:
    """Fields found as expected, fields asked, and the names where one was missed."""
    right = asked = 0
    missed = []
    for each in expected:
        found = parse(each.name)
        told = fulfilled(each.values, found)
        right += sum(told.values())
        asked += len(told)
        if wrong := [field for field, well in told.items() if not well]:
            missed.append((each, dict(found), wrong))
    return right, asked, missed


def _same(field: str, value: Any, found: Values) -> bool:
    got = found.get(field)
    if field in ("title", "episode_title"):
        return _letters(got) == _letters(value)
    if field == "episodes":
        return sorted(got or ()) == sorted(value or ())
    if field == "last_episode":
        several = found["episodes"] or [None]
        return bool((several[-1] if len(several) > 1 else None) == value)
    if field == "first_episode":
        return bool((found["episodes"] or [None])[0] == value)
    if field == "year" and got is None and found.get("date"):
        return str(found["date"])[:4] == str(value)
    return bool(got == value)


def _letters(text: object) -> str | None:
    if text is None:
        return None
    return " ".join(re.sub(r"[\W_]+", " ", str(text).casefold()).split())


def _several(value: Any) -> list[Any]:
    return [] if value is None else value if isinstance(value, list) else [value]


def _first_half(key: str) -> bool:
    return hashlib.sha256(key.encode()).digest()[0] % 2 == 0


def _guessit_words(expected: Mapping[str, Any]) -> dict[str, Any]:
    """Guessit's vocabulary in ours: a field with a minus must not have that value."""
    values: dict[str, Any] = {}
    for field in ("title", "type", "season", "episode_title", "year", "date"):
        if field in expected and not isinstance(expected[field], list):
            values[field] = expected[field]
    if "episode" in expected:
        values["episodes"] = _several(expected["episode"])
    for field in ("part", "cd", "disc"):
        if isinstance(expected.get(field), int):
            values["part"] = expected[field]
    return values


def _cross_parser(path: Path) -> Iterator[tuple[str, str, Values]]:
    for entry in json.loads(path.read_text())["entries"]:
        yield entry["release_name"], entry["release_name"], _guessit_words(entry["expected"])


def _guessit(folder: Path) -> Iterator[tuple[str, str, Values]]:
    """All but rows for other options than the usual ones, and those that say what a name is *not*."""
    for line in (folder / "guessit.jsonl").read_text().splitlines():
        row = json.loads(line)
        name = row["input"]
        if "options" not in row["expected"] and not name.startswith("-"):
            yield name.lstrip("+ "), name, _guessit_words(row["expected"])


def _kodi(folder: Path) -> Iterator[tuple[str, str, Values]]:
    """A name that holds episodes of two seasons is asked of nobody."""
    for line in (folder / "kodi-episodes.jsonl").read_text().splitlines():
        row = json.loads(line)
        values = dict(row["expected"])
        if "seasons_episodes" not in values:
            yield row["input"], row["input"], values


def _jellyfin(folder: Path) -> Iterator[tuple[str, str, Values]]:
    for line in (folder / "jellyfin-naming.jsonl").read_text().splitlines():
        row = json.loads(line)
        if row["todo"]:
            continue
        args = [int(each["expr"]) if _is_number(each) else each for each in row["args"]]
        told = dict(zip(row["params"], args, strict=False))
        asked = _asked_of_jellyfin(Path(row["file"]).stem, row["method"], told)
        if asked:
            yield asked[0], json.dumps(row["args"], ensure_ascii=False), asked[1]


def _asked_of_jellyfin(test: str, method: str, told: dict[str, Any]) -> tuple[str, Values] | None:
    match test:
        case "AbsoluteEpisodeNumberTests" | "EpisodeNumberWithoutSeasonTests":
            return told["path"], {"first_episode": told["episodeNumber"]}
        case "EpisodeNumberTests":
            return told["path"], {"first_episode": told["expected"]}
        case "DailyEpisodeTests":
            on = f"{told['year']:04}-{told['month']:02}-{told['day']:02}"
            return told["path"], {"title": told["seriesName"], "date": on}
        case "EpisodePathParserTest" if method == "ParseEpisodesCorrectly":
            values = {"season": told["season"], "first_episode": told["episode"]}
            return told["path"], values | ({"title": told["name"]} if told["name"] else {})
        case "MultiEpisodeTests":
            return told["filename"], {"last_episode": told["endingEpisodeNumber"]}
        case "SeasonNumberTests":
            return told["path"], {"season": told["expected"]}
        case "SeasonPathParserTests":
            return told["path"], {"season": told["seasonNumber"]}
        case "SeriesPathParserTest" | "SeriesResolverTests":
            return told["path"], {"title": told["name"]} if told["name"] else {}
        case "SimpleEpisodeTests":
            values = {"season": told["seasonNumber"], "first_episode": told["episodeNumber"]}
            return told["path"], values | ({"title": told["seriesName"]} if told["seriesName"] else {})
        case "CleanDateTimeTests" if told["input"]:
            title = _EXTENSION.sub("", told["expectedName"])
            return told["input"], {"title": title, "year": told["expectedYear"]}
        case "CleanStringTests" if "expectedName" in told:
            return told["input"], {"title": told["expectedName"]}
    return None


def _is_number(value: Any) -> bool:
    return isinstance(value, dict) and str(value.get("expr", "")).isdigit()
