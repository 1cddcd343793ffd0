"""A title as people write it, out of one that stands for a file name."""

from __future__ import annotations

import re
from typing import Final

from stocktake.media.vocabulary import COUNTRIES

_AROUND: Final = " \t-_.,–—:~+"
_BRACKETED_YEAR: Final = re.compile(r"[\[(]((?:18|19|20)[0-9]{2})(?:-(?:(?:19|20)[0-9]{2})?)?[\])]")
_LAST_YEAR: Final = re.compile(r"(?<=[ ._-])((?:19|20)[0-9]{2})$")
_COUNTRY: Final = re.compile(r"(?<=[ ._])[\[(]?([A-Z]{2})[\])]?$")


def spaced(text: str) -> str:
    """Dots and underscores become blanks where they stand for them; ``S.H.I.E.L.D`` and ``Mr. Robot`` stay.

    What hangs around it goes, and brackets that do not close.
    """
    text = text.strip(_AROUND)
    if "_" in text:
        if " " not in text and text.count("_") < text.count("."):
            text = text.replace(".", "_")
        text = text.replace("_", " ")
    elif "." in text and " " not in text:
        text = _without_dots(text)
    if "  " in text or "\t" in text:
        text = " ".join(text.split())
    return _closed(text.strip(_AROUND))


def _without_dots(text: str) -> str:
    """Dots become blanks, but between single letters."""
    parts = text.split(".")
    pieces = [parts[0]]
    for before, part in zip(parts, parts[1:], strict=False):
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


def dated(text: str) -> tuple[str, int | None]:
    """A title and the year that stands in brackets or at the end of it: ``The Show (2010)``, ``The.Show.2010``."""
    if "(" in text or "[" in text:
        found = None
        for found in _BRACKETED_YEAR.finditer(text):  # noqa: B007
            pass
        if found and found.start():
            return text[: found.start()], int(found[1])
    text = text.rstrip(_AROUND)
    if text[-1:].isdigit() and (last := _LAST_YEAR.search(text)) and last.start():
        return text[: last.start()], int(last[1])
    return text, None


def located(text: str) -> tuple[str, str | None]:
    """A series' title and the country behind it: ``The Office (US)``. Only in capitals, so ``This is Us`` stays."""
    text = text.rstrip(_AROUND)
    if (found := _COUNTRY.search(text)) and found[1] in COUNTRIES and not text[: found.start()].isupper():
        return text[: found.start()].rstrip(_AROUND), found[1]
    return text, None
