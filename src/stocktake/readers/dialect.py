"""The delimiter of a delimited file, found by how regular the lines are (REA-2)."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from stocktake.model.errors import InvalidInput

#: How much text the scorer looks at.
SAMPLE_CHARACTERS = 64 * 1024
QUOTE = '"'
_CANDIDATES = (",", ";", "\t", "|")
_QUOTED = re.compile(r'"[^"]*"')
_LINE_END = re.compile(r"\r\n|\n|\r")
_SEP_LINE = re.compile(r'"?sep=([^"\r\n])"?\r?(?:\n|\Z)', re.IGNORECASE)
_SPELLED = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """``skipped`` characters at the start are Excel's ``sep=`` line: a hint, not a row."""

    delimiter: str
    skipped: int = 0


def find_dialect(text: str, option: str | None, *, whole: bool) -> Dialect:
    """The dialect of ``text``, the file's start; ``whole`` when it is all of it.

    Raises ``InvalidInput`` (``bad-delimiter``) for an option that is not one character.
    """
    hint = _SEP_LINE.match(text)
    skipped = hint.end() if hint else 0
    if option is not None:
        return Dialect(delimiter=_checked(option), skipped=skipped)
    if hint and hint[1] != QUOTE:
        return Dialect(delimiter=hint[1], skipped=skipped)
    return Dialect(delimiter=_best(_sample_lines(text[:SAMPLE_CHARACTERS], whole)))


def _sample_lines(sample: str, whole: bool) -> list[str]:
    """Lines without what is quoted; a line cut off by the sample's end, or inside a quoted cell, proves nothing."""
    if sample.count(QUOTE) % 2 == 0:
        lines = _LINE_END.split(_QUOTED.sub("x", sample))
    else:
        lines = [_QUOTED.sub("x", line) for line in _LINE_END.split(sample)]
    if not (whole and len(sample) < SAMPLE_CHARACTERS) and len(lines) > 1:
        lines.pop()
    return [line for line in lines if line.strip()]


def _best(lines: list[str]) -> str:
    """The candidate that cuts most lines into as many cells as the header; the more cells, the better.

    A comma when nothing speaks for any: then the file has one column.
    """
    scores = [(*_score([line.count(mark) for line in lines]), -rank) for rank, mark in enumerate(_CANDIDATES)]
    share, _, rank = max(scores, default=(0.0, 0, 0))
    return _CANDIDATES[-rank] if share > 0 else _CANDIDATES[0]


def _score(counts: list[int]) -> tuple[float, int]:
    """(share of the lines that agree, delimiters in each); agreement against the first line counts half."""
    if not any(counts):
        return 0.0, 0
    if counts[0] > 0:
        return round(counts.count(counts[0]) / len(counts), 1), counts[0]
    usual, agreeing = Counter(counts).most_common(1)[0]
    return (round(agreeing / len(counts) / 2, 1), usual) if usual else (0.0, 0)


def _checked(option: str) -> str:
    delimiter = _SPELLED.get(option.lower(), option)
    if len(delimiter) != 1 or delimiter in '"\r\n\0\ufeff' or "\ud800" <= delimiter <= "\udfff":
        raise InvalidInput(
            "bad-delimiter",
            f"The delimiter {option!r} is not one character that can stand between cells.",
            hint="Give one character such as , ; | or the word tab.",
            details={"delimiter": option},
        )
    return delimiter
