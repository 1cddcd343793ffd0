"""How alike two headers are, word by word: typos, plurals, abbreviations, another order, another way of writing (MAP-1).

``WRatio`` finds the pairs worth looking at among thousands; it calls "Model Notes" and "Model" nearly the same, so how alike
they are is said here.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache

#: What abbreviations stand for in headers.
ABBREVIATIONS = {
    "acct": "account", "addr": "address", "amt": "amount", "cell": "mobile", "co": "company", "desc": "description",
    "dept": "department", "dt": "date", "mail": "email", "manuf": "manufacturer", "mem": "memory", "mfg": "manufacturer",
    "mfr": "manufacturer", "mob": "mobile", "nbr": "number", "no": "number", "nr": "number", "num": "number",
    "opp": "opportunity", "oppty": "opportunity", "org": "organization", "organisation": "organization",
    "ph": "phone", "qty": "quantity", "sn": "serial number", "tel": "phone", "telephone": "phone", "usr": "user",
}  # fmt: skip

#: Words that make another thing of a column: "Previous Owner" is no owner.
_OTHERWISE = frozenset([
    "age", "alt", "alternate", "alternative", "assistant", "backup", "before", "billing", "by", "code", "count",
    "created", "day", "days", "emergency", "fax", "former", "group", "hours", "id", "last", "manager", "max",
    "maximum", "min", "minimum", "modified", "month", "months", "note", "notes", "of", "old", "original",
    "other", "parent", "prev", "previous", "primary", "remaining", "second", "secondary", "shipping", "source",
    "spouse", "status", "supervisor", "total", "type", "updated", "work",
])  # fmt: skip

#: Words of headers that are not misspelt, though one letter makes another word of them.
ORDINARY = frozenset([
    "case", "cast", "city", "code", "cost", "data", "date", "fate", "game", "gate", "hour", "line", "link",
    "list", "lost", "mark", "mate", "mode", "modem", "name", "note", "notes", "order", "page", "part", "past",
    "phase", "place", "plan", "port", "post", "price", "prime", "prize", "rate", "role", "rule", "sale", "salt",
    "same", "shape", "site", "size", "space", "staff", "stage", "start", "state", "statue", "status", "stock",
    "store", "tag", "tags", "task", "team", "term", "text", "time", "title", "tone", "track", "trade", "type",
    "unit", "user", "value", "volume", "week", "word", "work", "year", "zone",
])  # fmt: skip

_HUMPS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z]{2})")
_E_MAIL = re.compile(r"\be[-_ ]mail")
_SLIGHT, _OTHER_WORD = 0.95, 0.8
_WORD = 5


@lru_cache(maxsize=65_536)
def words_of(header: str) -> tuple[str, ...]:
    """The words of a header: without accents and case, parted at humps and punctuation, abbreviations spelt out.

    >>> words_of("SerialNo"), words_of("E-Mail Adresse"), words_of("S/N"), words_of("Modèle")
    (('serial', 'number'), ('email', 'adresse'), ('s', 'n'), ('modele',))
    """
    plain = unicodedata.normalize("NFKD", header)
    bare = "".join(each for each in plain if not unicodedata.combining(each))
    parted = _E_MAIL.sub("email", _HUMPS.sub(" ", bare).casefold())
    words = re.split(r"[\W_]+", parted)
    spelt = " ".join(ABBREVIATIONS.get(each, each) for each in words if each)
    return tuple(spelt.split())


def vocabulary(headers: Iterable[str]) -> frozenset[str]:
    """The words that are spelt right: those of ``headers`` and ordinary ones."""
    return ORDINARY.union(*(words_of(each) for each in headers))


def likeness(header: Sequence[str], form: Sequence[str], known: Collection[str]) -> float:
    """0 to 1: the share of the letters of both that are in words which they have in common.

    ``header`` and ``form`` are words; a word in ``known`` is never taken for a misspelt other one. Below 1 in any case:
    two that are equal need no likeness.
    """
    if not header or not form:
        return 0.0
    left, matched, in_order = list(form), 0.0, True
    alone = []
    for each in header:
        best = max(
            ((_alike(each, other, known), place) for place, other in enumerate(left)), default=(0.0, 0)
        )
        if best[0]:
            in_order &= best[1] == 0
            matched += best[0] * (len(each) + len(left.pop(best[1])))
        else:
            alone.append(each)
    spare = sum(
        max(0, _WORD - len(each)) for each in (*alone, *left)
    )  # a short word makes another thing, too
    total = sum(map(len, header)) + sum(map(len, form)) + spare
    score = matched / total * (1 if in_order or alone or left else _SLIGHT)
    score *= _OTHER_WORD if alone and left else 1  # "Contract term" is a sibling of "Contract start"
    if alone and (len(header) == 1 or len(form) == 1):
        score = max(score, _run_together(header, form))
    odd = {*alone, *left}
    if any(each.isdigit() for each in odd) or odd & _OTHERWISE:
        score /= 2
    return min(score, 0.97)


def _run_together(header: Sequence[str], form: Sequence[str]) -> float:
    """How alike they are without blanks, where one of them is a single word: "serialnumbr"."""
    from rapidfuzz.distance import OSA

    one, other = "".join(header), "".join(form)
    if min(len(one), len(other)) < 8 or len(header) == len(form):
        return 0.0
    close = OSA.normalized_similarity(one, other)
    return close if close >= 0.85 else 0.0


@lru_cache(maxsize=65_536)
def _close(word: str, other: str) -> float:
    from rapidfuzz.distance import OSA

    return float(OSA.normalized_similarity(word, other))


def _alike(word: str, other: str, known: Collection[str]) -> float:
    """How alike two words are; 0 for words that are not the same."""
    if word == other:
        return 1.0
    short, long = sorted((word, other), key=len)
    if _singular(word) == _singular(other) and len(short) > 2:
        return 0.8 if len(word) < 6 else 0.9
    if word in known or len(short) < 3 or short.isdigit() or word[0] != other[0]:
        return 0.0
    if other.startswith(word):  # cut off: "manufac", "dat"
        return 0.85 if len(short) > 3 else 0.8
    if len(short) == len(long) and sorted(short) == sorted(long) and _close(word, other) >= 0.75:
        return 0.85  # two letters changed places: "nmae"
    close = _close(word, other)
    return close if close >= 0.78 else 0.0


def _singular(word: str) -> str:
    return f"{word[:-3]}y" if word.endswith("ies") else word.rstrip("s")
