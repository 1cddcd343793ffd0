"""Headers as they are compared: without case, blanks and punctuation (record-types.md)."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from functools import lru_cache

#: Unicode categories that a comparison leaves out: punctuation, blanks, symbols, control characters.
_LEFT_OUT = frozenset("PZSC")

_SHOWN = 50


@lru_cache(maxsize=65_536)
def plain(header: str) -> str:
    """The form in which headers, aliases and names are compared; empty for a blank header.

    >>> plain(" S/N "), plain("Serial_number") == plain("SERIAL NUMBER")
    ('sn', True)
    """
    folded = unicodedata.normalize("NFKC", header).casefold()
    return "".join(each for each in folded if unicodedata.category(each)[0] not in _LEFT_OUT)


def plain_name(name: str) -> str:
    """A column's name as it is looked up: plain, or as it is written where that leaves nothing of it, such as ``#``."""
    return plain(name) or name.strip()


def nearest(word: str, allowed: Iterable[str]) -> str:
    """`` Did you mean "Serial Number"?`` for a word close to an allowed one, otherwise nothing."""
    by_plain = {plain(each): each for each in allowed}
    found = get_close_matches(plain(word), by_plain, n=1, cutoff=0.6)
    return f' Did you mean "{by_plain[found[0]]}"?' if found else ""


def listed(header: Sequence[str]) -> str:
    """The file's headers in one line, blank ones left out; past the first 50, how many more there are."""
    filled = [each for each in header if each.strip()]
    more = f" and {len(filled) - _SHOWN} more" if len(filled) > _SHOWN else ""
    return (", ".join(filled[:_SHOWN]) or "no headers") + more
