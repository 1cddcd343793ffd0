"""Where a title ends and the words of a release begin, and whether all of those are known."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from stocktake.media.vocabulary import KNOWN, PAIRS, WEIGHT

#: Start, end, and the word in lower case.
Word = tuple[int, int, str]
WORD: Final = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_EDITION: Final = re.compile(
    r"(?<![^\W_])(director'?s[ ._]cut|(?:extended|ultimate|special|collector'?s?|anniversary|theatrical|final|imax|"
    r"deluxe|limited)[ ._](?:edition|cut|version)|extended|unrated|uncut|theatrical|remastered|criterion|imax)(?![^\W_])"
)
_PART: Final = re.compile(
    r"(?<![^\W_])(?:(?:cd|disc|disk)[ ._-]?([0-9]{1,2}|[a-d])(?:of[0-9]{1,2})?(?![^\W_])"
    r"|(?:part|pt|dvd)[ ._-]?([0-9]{1,2}|[a-d])(?:[ ._]?of[ ._]?[0-9]{1,2})?[ ._)\]]{0,3}$)"
)


class Release(NamedTuple):
    """Where the release's words begin (else the end), whether there are any, whether all are known.

    ``trimmed`` where the first of them could also be a title's last.
    """

    start: int
    found: bool
    known: bool
    trimmed: bool = False


def words_of(low: str) -> list[Word]:
    """The words of a text in lower case."""
    return [(found.start(), found.end(), found[0]) for found in WORD.finditer(low)]


def release_of(low: str, words: list[Word], *, after: int = 0) -> Release:
    """Where the release begins. At least ``after`` words stand before it."""
    position = _first(words, after)
    if position is None:
        return Release(len(low), found=False, known=not words)
    first = position
    while first > after and WEIGHT.get(words[first - 1][2]) == 1:
        first -= 1
    return Release(words[first][0], found=True, known=_all_known(words[first:]), trimmed=first < position)


def _first(words: list[Word], after: int) -> int | None:
    for position in range(after, len(words)):
        word = words[position][2]
        if WEIGHT.get(word) == 2 or (word in PAIRS and _paired(words, position)):
            return position
    return None


def _paired(words: list[Word], position: int) -> bool:
    """Whether the next word makes one of the two, like ``WEB-DL``."""
    if position + 1 >= len(words):
        return False
    (_, end, word), (start, _, following) = words[position], words[position + 1]
    return start - end == 1 and following in PAIRS[word]


def _all_known(words: list[Word]) -> bool:
    """Whether no strange word stands among the words of releases: then they are no part of a title.

    What follows the last of them, a group and its like, says nothing that is asked for.
    """
    strange = False
    for *_, word in words:
        if word in KNOWN:
            if strange and WEIGHT.get(word) == 2:
                return False
        else:
            strange = True
    return True


def edition_of(low: str, text: str) -> str | None:
    """The cut that the words of a release name, as written."""
    found = _EDITION.search(low)
    return text[found.start() : found.end()].replace(".", " ").replace("_", " ") if found else None


def part_of(low: str) -> tuple[int, int, int] | None:
    """Which file of several: start, end, number. ``cd1`` anywhere, ``part 2`` only at the end."""
    if not (found := _PART.search(low)):
        return None
    number = found[1] or found[2]
    return found.start(), found.end(), int(number) if number.isdigit() else ord(number) - ord("a") + 1
