"""The delimiter and the quotes of a delimited file, found by how regular the lines are (REA-2)."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from stocktake.model.errors import InvalidInput
from stocktake.model.options import ReadOptions
from stocktake.readers.grammar import QUOTE, Grammar
from stocktake.readers.spelling import Spelling

#: How much text the scorer looks at.
SAMPLE_CHARACTERS = 64 * 1024
_CANDIDATES = (",", ";", "\t", "|")
#: Rarer ones, taken only where every line agrees.
_RARE = ("\x1f", "\x01", "^", "~", "¦", "§")
_ESCAPE = "\\"
_QUOTED = re.compile(r'"[^"]*"')
_LINE_END = re.compile(r"\r\n|\n|\r")
_SEP_LINE = re.compile(r'"?sep=([^"\r\n])"?\r?(?:\n|\Z)', re.IGNORECASE)
_SPELLED = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|", "space": " "}
#: Lines of the sample that quotes and escapes are judged by.
_LINES_JUDGED = 500
#: So many lines quoted throughout make the apostrophe a quote.
_APOSTROPHED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """``skipped`` characters at the start are Excel's ``sep=`` line: a hint, not a row."""

    delimiter: str
    skipped: int = 0


def find_dialect(text: str, option: str | None, *, whole: bool, quote: str | None = QUOTE) -> Dialect:
    """The dialect of ``text``, the file's start; ``whole`` when it is all of it.

    Raises ``InvalidInput`` (``bad-delimiter``) for an option that is not one character.
    """
    hint = _SEP_LINE.match(text)
    skipped = hint.end() if hint else 0
    if option is not None:
        return Dialect(delimiter=_checked(option), skipped=skipped)
    if hint and hint[1] != QUOTE:
        return Dialect(delimiter=hint[1], skipped=skipped)
    return Dialect(delimiter=_best(_sample_lines(text[:SAMPLE_CHARACTERS], whole, quote)))


def check_words(options: ReadOptions) -> None:
    """Raise ``InvalidInput`` (``bad-line-end``, ``bad-option``) for words that are none of those there are."""
    if options.line_end not in (None, "lf", "crlf", "cr"):
        raise InvalidInput(
            "bad-line-end",
            f"{options.line_end!r} ends no lines.",
            hint="Say lf, crlf or cr.",
            details={"line_end": options.line_end},
        )
    if options.on_undecodable not in (None, "refuse", "replace"):
        raise InvalidInput(
            "bad-option",
            f"{options.on_undecodable!r} is nothing that can be done with bytes that do not decode.",
            hint="Say refuse or replace.",
        )
    for name, count in (("header lines", options.header_lines), ("footer lines", options.footer_lines)):
        if count is not None and count < 0:
            raise InvalidInput("bad-option", f"{count} is no number of {name}.", hint="Give 0 or more.")


def find_spelling(text: str, options: ReadOptions, *, whole: bool, swapped: bool) -> Spelling:
    """How the file writes its records: as is said, else as most of ``text``, its start, can be read.

    ``text`` has its line ends as the grammar knows them. Raises ``InvalidInput`` (``bad-delimiter``, ``bad-quote``).
    """
    quote, escape = _mark(options.quote, "quote"), _mark(options.escape, "escape")
    dialect = find_dialect(text, options.delimiter, whole=whole, quote=quote if options.quote else QUOTE)
    delimiter = dialect.delimiter
    if delimiter in (quote, escape):
        raise _bad_mark(delimiter, "quote" if delimiter == quote else "escape")
    lines = _judged(text[dialect.skipped : SAMPLE_CHARACTERS], whole)
    if options.quote is None:
        quote = _quote_of(lines, delimiter)
    if options.escape is None:
        escape = _escape_of(lines, delimiter, quote)
    plain = Spelling(delimiter=delimiter, quote=quote, escape=escape, swapped=swapped)
    spaced = quote is not None and options.quote is None and _is_spaced(lines, plain)
    return Spelling(delimiter=delimiter, quote=quote, escape=escape, swapped=swapped, spaced=spaced)


def _judged(sample: str, whole: bool) -> list[str]:
    lines = sample.split("\n")
    if not (whole and len(sample) < SAMPLE_CHARACTERS) and len(lines) > 1:
        lines.pop()
    return [line.removesuffix("\r") for line in lines[:_LINES_JUDGED] if line.strip()]


def _quote_of(lines: list[str], delimiter: str) -> str | None:
    """The apostrophe where it quotes every cell; none where quotes stand only within cells of text parted otherwise."""
    mark = re.escape(delimiter)
    if len(lines) >= _APOSTROPHED:
        cell = "'(?:[^']|'')*'"
        throughout = re.compile(f"{cell}(?:{mark}{cell})*")
        if all(throughout.fullmatch(line) for line in lines):
            return "'"
    if delimiter in ",;" or not any(QUOTE in line for line in lines):
        return QUOTE
    opened = re.compile(rf"(?:^|{mark})\s*{QUOTE}")
    widths = Counter(line.count(delimiter) for line in lines)
    regular = widths.most_common(1)[0][1] >= len(lines) * 0.9
    return None if regular and not any(opened.search(line) for line in lines) else QUOTE


def _escape_of(lines: list[str], delimiter: str, quote: str | None) -> str | None:
    """The backslash, where lines that hold one before a quote are sound with it and are not without it.

    Where all quotes close without it and one would stay open with it, it is the last character of a cell.
    """
    if quote is None or not any(_ESCAPE + quote in line for line in lines):
        return None
    quotes, escaped_ones = (sum(line.count(each) for line in lines) for each in (quote, _ESCAPE + quote))
    if quotes % 2 == 0 and escaped_ones % 2 == 1:
        return None
    plain = Spelling(delimiter=delimiter, quote=quote)
    escaped = Spelling(delimiter=delimiter, quote=quote, escape=_ESCAPE)
    held = [line for line in lines if _ESCAPE + quote in line]
    better = _broken(held, escaped, delimiter) < _broken(held, plain, delimiter)
    return (
        _ESCAPE if better and _broken(lines, escaped, delimiter) <= _broken(lines, plain, delimiter) else None
    )


def _is_spaced(lines: list[str], spelling: Spelling) -> bool:
    """Whether blanks stand between delimiter and opening quote, so that lines are sound only without them."""
    mark = re.escape(spelling.delimiter)
    held = [line for line in lines if re.search(rf"{mark}[ \t]+{spelling.quote}", line)]
    if not held or spelling.delimiter.isspace():
        return False
    closed = Spelling(delimiter=spelling.delimiter, quote=spelling.quote, escape=spelling.escape, spaced=True)
    return _broken(held, closed, spelling.delimiter) < _broken(held, spelling, spelling.delimiter)


def _broken(lines: list[str], spelling: Spelling, delimiter: str) -> int:
    """How many lines are no sound record, of lines whose cells end where they do."""
    record = re.compile(Grammar(delimiter, 1).record)
    text = "\n".join(lines).encode()
    turned = spelling.closed_up(spelling.turned(text)).decode()
    return sum(not record.fullmatch(line) for line in turned.split("\n"))


def _sample_lines(sample: str, whole: bool, quote: str | None = QUOTE) -> list[str]:
    """Lines without what is quoted; a line cut off by the sample's end, or inside a quoted cell, proves nothing."""
    quoted = (
        _QUOTED
        if quote == QUOTE
        else re.compile(f"{re.escape(quote)}[^{re.escape(quote)}]*{re.escape(quote)}" if quote else r"(?!)")
    )
    if quote is None or sample.count(quote) % 2 == 0:
        lines = _LINE_END.split(quoted.sub("x", sample))
    else:
        lines = [quoted.sub("x", line) for line in _LINE_END.split(sample)]
    if not (whole and len(sample) < SAMPLE_CHARACTERS) and len(lines) > 1:
        lines.pop()
    return [line for line in lines if line.strip()]


def _best(lines: list[str]) -> str:
    """The candidate that cuts most lines into as many cells as the header; the more cells, the better.

    A comma when nothing speaks for any: then the file has one column.
    """
    scores = [(*_score([line.count(mark) for line in lines]), -rank) for rank, mark in enumerate(_CANDIDATES)]
    share, _, rank = max(scores, default=(0.0, 0, 0))
    if share > 0:
        return _CANDIDATES[-rank]
    counts = {mark: {line.count(mark) for line in lines} for mark in _RARE}
    agreed = (mark for mark, found in counts.items() if len(lines) > 1 and len(found) == 1 and found != {0})
    return next(agreed, _CANDIDATES[0])


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


def _mark(option: str | None, what: str) -> str | None:
    """The character that ``option`` names; None for ``none`` and where nothing is said."""
    if option is None or option.lower() == "none":
        return None
    if len(option) != 1 or not option.isascii() or option in "\r\n\0" or option.isalnum():
        raise _bad_mark(option, what)
    return option


def _bad_mark(option: str, what: str) -> InvalidInput:
    return InvalidInput(
        f"bad-{what}",
        f"The {what} {option!r} is not one ASCII character other than the delimiter, a letter, a digit or a line end.",
        hint=f"Give one character such as {QUOTE if what == 'quote' else _ESCAPE}, or the word none.",
        details={what: option},
    )
