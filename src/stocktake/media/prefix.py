"""What stands before a title: the group in brackets, the site it came from."""

from __future__ import annotations

import re
from typing import Final

_GROUPS: Final = re.compile(r"(?:\[[^\[\]]{1,80}\][ _.]{0,2}){1,4}")
_SITE: Final = re.compile(
    r"[\[{( ]{0,3}(?:www[.,_][\w.,-]{2,40}|www [\w-]{2,30} [a-z]{2,6}|"
    r"[\w-]{2,30}[.](?:com|net|org|cd|to|tv|se|me|pics|show|be))[ \]})]{0,3}[ _-]{1,3}",
    re.IGNORECASE,
)


def skipped(stem: str) -> int:
    """How many letters of a name stand before its title."""
    end = 0
    if stem[:1] in "[{(wW" and (site := _SITE.match(stem)):
        end = site.end()
    if stem[end : end + 1] == "[" and (groups := _GROUPS.match(stem, end)) and groups.end() < len(stem):
        end = groups.end()
    return end
