"""A title as people write it, out of one that stands for a file name."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Final

from stocktake.media.vocabulary import COUNTRIES

_AROUND: Final = " \t-_.,–—:~+"
_BRACKETED_YEAR: Final = re.compile(r"[\[(]((?:18|19|20)[0-9]{2})(?:-(?:(?:19|20)[0-9]{2})?)?[\])]")
_LAST_YEAR: Final = re.compile(r"(?<=[ ._-])((?:19|20)[0-9]{2})$")
_ACRONYM: Final = re.compile(r"\.[^\W\d_]\.[ ._-]{0,3}$")
_COUNTRY: Final = re.compile(r"(?<=[ ._])[\[(]?([A-Z]{2})[\])]?$")


#: A year, as a word.
YEAR_WORDS: Final = {str(year): year for year in range(1920, 2040)}
_PLAIN: Final = str.maketrans("×х【】（）［］～＃", "xx[]()[]~#")


def lowered(text: str) -> str:
    """Lower case, letter for letter, with plain brackets and signs."""
    low = text.lower()
    if len(low) != len(text):
        low = "".join(each if len(each := letter.lower()) == 1 else letter for letter in text)
    return low if low.isascii() else low.translate(_PLAIN)


def letters(text: str) -> str:
    """Letters and figures alone, for comparing titles."""
    return "".join(letter for letter in text.lower() if letter.isalnum())


def spaced(text: str, *, dotted: bool = True) -> str:
    """Dots and underscores become blanks where they stand for them; ``S.H.I.E.L.D.`` and ``Mr. Robot`` stay.

    What hangs around it goes, and brackets that do not close. Without ``dotted`` dots stand for themselves.
    """
    acronym = _ACRONYM.search(text) if "." in text else None
    text = text.strip(_AROUND)
    if "_" in text:
        if " " not in text and text.count("_") < text.count("."):
            text = text.replace(".", "_")
        text = text.replace("_", " ")
    elif dotted and "." in text and " " not in text:
        text = _without_dots(text)
    if "  " in text or "\t" in text:
        text = " ".join(text.split())
    text = _closed(text.strip(_AROUND))
    return f"{text}." if acronym and text[-2:-1] == "." else text


def _without_dots(text: str) -> str:
    """Dots become blanks, but between single letters."""
    parts = text.split(".")
    pieces = [parts[0]]
    for before, part in pairwise(parts):
        letters = len(part) == 1 and len(before) == 1 and part.isalpha() and before.isalpha()
        pieces += ("." if letters else " ", part)
    return "".join(pieces)


def _closed(text: str) -> str:
    for opening, closing in ("()", "[]", "{}"):
        if opening in text or closing in text:
            if text.count(opening) > text.count(closing):
                head, _, tail = text.rpartition(opening)
                text = (head or tail).rstrip(_AROUND)
            elif text.count(closing) > text.count(opening):
                text = text.replace(closing, "", 1).strip(_AROUND)
    return text


def bracketed_year(text: str) -> re.Match[str] | None:
    """The first year in brackets that does not begin the text: ``(1999)``, ``[1999]``, ``(1996-2007)``."""
    return _BRACKETED_YEAR.search(text, 1) if "(" in text or "[" in text else None


def dated(text: str) -> tuple[str, int | None]:
    """A title and the year that stands in brackets or at the end of it: ``The Show (2010)``, ``The.Show.2010``."""
    if found := bracketed_year(text):
        return text[: found.start()], int(found[1])
    bare = text.rstrip(_AROUND)
    if bare[-1:].isdigit() and (last := _LAST_YEAR.search(bare)) and last.start():
        return bare[: last.start()], int(last[1])
    return text, None


def located(text: str) -> tuple[str, str | None]:
    """A series' title and the country behind it: ``The Office (US)``. Only in capitals, so ``This is Us`` stays."""
    found = _COUNTRY.search(text.rstrip(_AROUND))
    if found and found[1] in COUNTRIES and not text[: found.start()].isupper():
        return text[: found.start()], found[1]
    return text, None
