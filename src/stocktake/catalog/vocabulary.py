"""The words that a declaration may use, and the nearest one to a word it may not (TYP-1, TYP-9)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches

STRATEGIES = ("merge", "snapshot", "replace", "append")
KEY_RULES = ("casefold", "leading-zeros", "separators")
#: By what values of a field are the same where they identify a record (IDN-2).
COMPARISONS = ("name",)
KEY_PARTS = ("any", "all")
UNMAPPED = ("keep", "drop")
REKEY = ("propose", "auto")
REFERENCE_MISSING = ("blank", "reject", "create")

#: Beginnings that belong to Stocktake and to the databases (TYP-5).
RESERVED_PREFIXES = ("st_", "sqlite_", "pg_")

#: The one system column that may be named as a key and be a mapping's target (TYP-5).
EXTERNAL_ID = "external_id"

FIELD_NAME = re.compile(r"[a-z][a-z0-9_]{0,40}")
SOURCE_NAME = re.compile(r"[A-Za-z0-9_-]{1,60}")
DURATION = re.compile(r"[1-9][0-9]{0,4}[mhdw]")

#: Words of other tools, in ours.
_OTHER_WORDS = {
    "upsert": "merge",
    "sync": "snapshot",
    "full refresh": "snapshot",
    "delete_missing": "replace",
}


def nearest(word: str, allowed: Iterable[str]) -> str:
    """`` Did you mean "merge"?`` for a word close to an allowed one, otherwise nothing.

    >>> nearest("mrege", STRATEGIES)
    ' Did you mean "merge"?'
    """
    by_folded = {each.casefold(): each for each in allowed}
    folded = word.casefold()
    found = [_OTHER_WORDS[folded]] if _OTHER_WORDS.get(folded) in by_folded else []
    found = found or get_close_matches(folded, by_folded, n=1, cutoff=0.6)
    return f' Did you mean "{by_folded[found[0]]}"?' if found else ""
