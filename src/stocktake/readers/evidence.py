"""What the cells of a column look like, and what that says about its label (REA-2, REA-4). Looks at a file's first rows."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from stocktake.model.problem import Warning

_DATE = re.compile(
    r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:[T ]\d{1,2}:\d{2}(?::\d{2})?\S*)?|\d{1,2}[- ][^\W\d]{3,9}[- ]\d{2,4}"
)
_INTEGER = re.compile(r"[+-]?\d{1,18}")
_NUMBER = re.compile(r"[(+-]*(?:[£$€¥]\s?)?[+-]?\d[\d.,'\u00a0 ]*(?:[eE][+-]?\d+)?\s?[%€£$)]?")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_ADDRESS = re.compile(r"https?://\S+")
_BOOLEAN = re.compile(r"true|false", re.IGNORECASE)
_DIGIT = re.compile(r"\d")
_KINDS = (
    ("integer", _INTEGER),
    ("date", _DATE),
    ("number", _NUMBER),
    ("email", _EMAIL),
    ("address", _ADDRESS),
    ("boolean", _BOOLEAN),
)
_TYPED = frozenset(name for name, _ in _KINDS)
_LETTERS, _DIGITS = re.compile(r"[^\W\d_]+"), re.compile(r"\d+")
#: From this share of its filled cells on, a kind is a column's.
_USUAL = 0.8
_YEARS = range(1900, 2101)
#: So many filled cells must speak for a date before a label is doubted.
_FEWEST = 5
_DATE_WORDS = re.compile(
    r"(?:^|[^a-z])(?:dates?|datum|fecha|data|datetime|timestamp)(?:[^a-z]|$)", re.IGNORECASE
)
_NUMBER_WORDS = re.compile(
    r"(?:^|[^a-z])(?:no|nr|num|number|qty|quantity|amount|seq|count)(?:[^a-z]|$)", re.IGNORECASE
)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")

Record = Sequence[str]


def kind_of(cell: str) -> str:
    """What a cell looks like: a kind, ``code …`` for letters and digits of one form, ``text``, "" where blank or ``-``."""
    text = cell.strip()
    if text in ("", "-"):
        return ""
    found = next((name for name, form in _KINDS if form.fullmatch(text)), None)
    if found:
        return found
    if _DIGIT.search(text) and " " not in text:
        return "code " + _DIGITS.sub("9", _LETTERS.sub("a", text))
    return "text"


def is_typed(cell: str) -> bool:
    """Whether a cell looks like a value and not like a label."""
    return kind_of(cell) in _TYPED


def kinds_of(rows: Sequence[Record], width: int) -> list[str]:
    """For each column the kind of most of its filled cells, else ``text``; "" where none is filled."""
    found = []
    for place in range(width):
        kinds = Counter(filter(None, (kind_of(row[place]) for row in rows if place < len(row))))
        if kinds and kinds.keys() <= {"integer", "number"}:
            found.append("integer" if len(kinds) == 1 and "integer" in kinds else "number")
            continue
        usual, count = kinds.most_common(1)[0] if kinds else ("", 0)
        found.append(usual if count >= kinds.total() * _USUAL else "text")
    return found


def is_data(first: Record, rows: Sequence[Record], fewest: int = 2) -> bool:
    """Whether the line taken for the header is a row like those below it (REA-4: no header).

    It is where values of a kind stand over values of that kind and no word stands over values. Years and numbers that
    count up are labels as likely as values: they prove nothing, nor do plain numbers above less than ``fewest`` rows.
    """
    agreeing, numbers = 0, []
    for place, kind in enumerate(kinds_of(rows, len(first))):
        own = kind_of(first[place])
        if not own or kind in ("", "text"):
            continue
        if own != kind and not {own, kind} <= {"integer", "number"}:
            return False
        if own != kind:
            continue
        if own == "integer":
            numbers.append(int(first[place]))
        elif own in _TYPED or _is_long(own):
            agreeing += 1
    steps = {abs(after - before) for before, after in pairwise(numbers)}
    counts_up = len(numbers) > 1 and steps == {1}
    if agreeing or len(rows) < fewest:
        return agreeing > 0
    return bool(numbers) and not counts_up and not any(each in _YEARS for each in numbers)


def _is_long(code: str) -> bool:
    """Whether a code's form is more than a letter or two and a number, such as labels have."""
    return len(code.removeprefix("code ")) > 2


def misplaced_labels(labels: Sequence[str], rows: Sequence[Record], line: int) -> tuple[Warning, ...]:
    """``label-contradicted``: a label says date and no date is below it, while dates stand below one that says number."""
    kinds = kinds_of(rows, len(labels))
    filled = [
        sum(bool(row[place].strip()) for row in rows if place < len(row)) for place in range(len(labels))
    ]
    words = [_CAMEL.sub(" ", label).replace("_", " ") for label in labels]
    dated = [
        place
        for place, kind in enumerate(kinds)
        if kind == "date"
        and filled[place] >= _FEWEST
        and not _DATE_WORDS.search(words[place])
        and _NUMBER_WORDS.search(words[place])
    ]
    dateless = [
        place
        for place, kind in enumerate(kinds)
        if kind in ("integer", "number")
        and filled[place] >= _FEWEST
        and _DATE_WORDS.search(words[place])
        and not any(
            each.startswith(("19", "20")) and len(each.strip()) >= 8
            for each in (row[place] for row in rows if place < len(row))
        )
    ]
    if not dated or not dateless:
        return ()
    message = (
        f"The header does not fit its columns: {_named(labels, dateless)} holds numbers, while "
        f"{_named(labels, dated)} holds dates. Check the order of the columns before mapping them."
    )
    return (
        Warning(code="label-contradicted", message=message, count=len(dated) + len(dateless), rows=(line,)),
    )


def _named(labels: Sequence[str], places: Sequence[int]) -> str:
    return " and ".join(f'"{labels[place]}"' for place in places[:3])
