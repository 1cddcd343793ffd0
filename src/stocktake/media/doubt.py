"""When a title could be more than a title: then the grammar is not sure, and somebody slower may be asked."""

from __future__ import annotations

import re
from typing import Final

from stocktake.media.release import WORD
from stocktake.media.vocabulary import RELEASE, WEIGHT, words

#: Brackets, ranges, a group before the first dot or a date before the title.
_ODD: Final = re.compile(
    r"[\[\](){}/|]|[0-9] ?-[ ]?[0-9]|^[^ .]{1,30}-[^ ]*[._]|^[0-9]{2}[ ._-][0-9]{2}[ ._-][0-9]{2}[ ._-]"
)
_EAST: Final = re.compile(r"[\u2e80-\uffef]")
_LATIN: Final = re.compile(r"[A-Za-z]")
#: A word in other than plain capitals, as ``iNTERNAL``, ``CC`` and ``PDTVx264`` are.
_LOUD: Final = re.compile(r"(?<=[^\W_])[A-Z]")
#: They count something in a title, and it could be the episodes.
_COUNTING: Final = frozenset({"episode", "ep", "season", "chapter"})
_TELLING: Final = _COUNTING | RELEASE
_MONTHS: Final = words(
    "jan feb mar apr may jun jul aug sep sept oct nov dec january february march april june july august september ",
    "october november december",
)
_LAST: Final = WEIGHT.keys() | {"series", "collection", "integrale", "intégrale"}
#: A language before a film's title: ``Fr - Paris``.
_FOREIGN: Final = re.compile(r"[A-Za-z]{2} - ")
#: What cut it is, in short capitals, behind it: ``Alien DC``. Roman figures are none.
_CUT: Final = re.compile(r"(?![IVX]{1,3}$)[A-Z]{2,3}[0-9]{0,3}")


def plain(head: str, text: str, *, film: bool = False) -> bool:
    """Whether ``head``, made into the title ``text``, is a title and nothing else.

    A film's must not end in a word of releases, of a language or of a month: what follows is its year.
    """
    if _ODD.search(head.strip(" -_.")) or (not text.isascii() and _EAST.search(text) and _LATIN.search(text)):
        return False
    words = WORD.findall(text.lower())
    if film and words and (words[-1] in _LAST or not _MONTHS.isdisjoint(words[-2:]) or _FOREIGN.match(text)):
        return False
    if film and not text.isupper() and len(words) > 1 and _CUT.fullmatch(text.rpartition(" ")[2]):
        return False
    return _TELLING.isdisjoint(words)


def plain_behind(text: str, rest: str, *, released: bool) -> bool:
    """Whether an episode's title is one.

    Where dots stand for blanks, only a release's words tell where it ends, and odd capitals what does not belong to it.
    """
    if _ODD.search(text) or not WEIGHT.keys().isdisjoint(WORD.findall(text.lower())):
        return False
    return rest[:1] == " " or " " in rest.strip(" -") or (released and not _LOUD.search(text))
