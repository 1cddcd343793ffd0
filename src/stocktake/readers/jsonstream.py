"""JSON text, value by value: no more of it is held than the value that is being read (REA-7).

The standard library's scanner does the work. It takes its text whole; so it is given a window of the file, and a value
that runs over the window's end is read again with more text behind it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

from stocktake.model.errors import Unreadable
from stocktake.readers.jsontext import Number

#: What a single value may take up: a record that is larger is no record.
VALUE_LIMIT = 32 * 1024 * 1024
#: Where a value larger than asked for stands.
LARGE = object()

_BLANKS = re.compile(r"[ \t\n\r]*")
_CONSTANT = re.compile(r'"(?:\\.|[^"\\])*"|(-?(?:NaN|Infinity))')
#: What stands so near the window's end may be the beginning of something longer: "-Infinity", "\\ud83d\\ude00".
_NEAR = 16
#: Python converts no more digits to an integer.
_DIGITS = 4300


class Scanner:
    """Values out of text. ``twice``: some object of the last value names a key more than once, with different values."""

    def __init__(self) -> None:
        self.twice = False
        self._scan = self._decoder()
        self._scan_long = self._decoder(parse_int=_whole)

    def scan(self, text: str, at: int) -> tuple[Any, int]:
        """The value at ``at`` and where it ends. Raises :class:`NoValue`."""
        self.twice = False
        try:
            try:
                return self._scan(text, at)
            except json.JSONDecodeError:
                raise
            except ValueError as error:
                if isinstance(error, _Constant):
                    raise
                return self._scan_long(text, at)
        except StopIteration as stop:
            raise NoValue("expecting a value", stop.value) from None
        except json.JSONDecodeError as error:
            raise NoValue(error.msg[:1].lower() + error.msg[1:], error.pos) from None
        except _Constant as error:
            place = next((match for match in _CONSTANT.finditer(text, at) if match[1]), None)
            raise NoValue(f"{error} is not a JSON number", place.start() if place else at) from None
        except RecursionError:
            raise NoValue("lists or objects are nested too deep", at) from None

    def _decoder(self, **hooks: Any) -> Callable[[str, int], tuple[Any, int]]:
        """The scanner of the standard library: it raises ``StopIteration``, with the place, where no value begins."""
        decoder: Any = json.JSONDecoder(
            object_pairs_hook=self._object, parse_float=Number, parse_constant=_refuse, **hooks
        )
        scan: Callable[[str, int], tuple[Any, int]] = decoder.scan_once
        return scan

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs) and any(found[key] != value for key, value in pairs):
            self.twice = True
        return found


class NoValue(Exception):
    """Text that is no JSON: ``what`` is wrong, and where (``at``) in the text."""

    def __init__(self, what: str, at: int) -> None:
        super().__init__(what)
        self.what, self.at = what, at


class JsonStream:
    """The text of a document, handed out value by value. ``size``: how many characters the last value had."""

    def __init__(self, path: Path, texts: Iterator[str]) -> None:
        self._path, self._texts, self._scanner = path, texts, Scanner()
        self._text, self._at, self._ended = "", 0, False
        self._line, self._column, self._offset = 1, 1, 0
        self.size = 0

    @property
    def twice(self) -> bool:
        """Whether the last value names a key twice, with different values."""
        return self._scanner.twice

    def peek(self) -> str:
        """The next character that is no blank; "" at the end."""
        while True:
            self._at = _BLANKS.match(self._text, self._at).end()  # type: ignore[union-attr]
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._grow():
                return ""

    def take(self, character: str) -> None:
        """Pass over ``character``, which must come next. Raises ``Unreadable`` (``not-json``)."""
        if self.peek() != character:
            raise self.broken(f"expecting {character!r}", self._at)
        self._at += 1

    def closes(self, character: str) -> bool:
        """Whether the list or object ends here with ``character``; else a comma was passed over."""
        found = self.peek()
        if found not in (",", character) or not found:
            raise self.broken(f"expecting ',' delimiter or {character!r}", self._at)
        self._at += 1
        return found != ","

    def value(self, within: int = 0) -> Any:
        """The next value; ``LARGE``, and nothing taken, where it has more than ``within`` characters.

        Raises ``Unreadable``: ``not-json`` with the place, ``value-too-long``.
        """
        self.peek()
        while True:
            try:
                value, end = self._scanner.scan(self._text, self._at)
            except NoValue as error:
                cut = error.at >= len(self._text) - _NEAR or error.what.startswith("unterminated")
                if not cut or self._ended:
                    raise self.broken(error.what, error.at) from None
                if within and len(self._text) - self._at > within:
                    return LARGE
            else:
                if within and end - self._at > within:
                    return LARGE
                if end < len(self._text) or self._ended:
                    self.size, self._at = end - self._at, end
                    return value
            self._grow()

    def end(self) -> None:
        """Raise ``not-json`` where anything follows."""
        if self.peek():
            raise self.broken("extra data", self._at)

    def broken(self, what: str, at: int | None = None) -> Unreadable:
        """The refusal of the document, with the place (REA-4)."""
        at = self._at if at is None else at
        before = self._text[:at]
        feeds = before.count("\n")
        line, column = self._line + feeds, len(before) - before.rfind("\n")
        if not feeds:
            column += self._column - 1
        hint = "Export the file again; it may have been cut off or edited by hand."
        if what == "extra data" and self._text[at : at + 1] == "{":
            hint = "This looks like one object a line (NDJSON), but lines of it are broken. Export it again."
        return Unreadable(
            "not-json",
            f"{self._path} is not valid JSON: line {line:,}, column {column:,}: {what}.",
            hint=hint,
            details={"path": str(self._path), "line": line, "column": column, "offset": self._offset + at},
        )

    def _grow(self) -> bool:
        """More text behind what is left: twice as much as is left, so that large values are not read again too often."""
        if self._ended:
            return False
        left = len(self._text) - self._at
        if left > VALUE_LIMIT:
            raise Unreadable(
                "value-too-long",
                f"{self._path} holds one value of more than {VALUE_LIMIT:,} characters, at line {self._line:,}; "
                "that is the limit.",
                hint="Check that this is a list of records.",
                details={"path": str(self._path), "line": self._line, "limit": VALUE_LIMIT},
            )
        parts, added = [], 0
        while added <= left:
            text = next(self._texts, None)
            if text is None:
                self._ended = True
                break
            parts.append(text)
            added += len(text)
        self._forget()
        self._text = "".join((self._text[self._at :], *parts))
        self._at = 0
        return added > 0

    def _forget(self) -> None:
        gone = self._text[: self._at]
        feeds = gone.count("\n")
        self._line += feeds
        self._column = len(gone) - gone.rfind("\n") if feeds else self._column + len(gone)
        self._offset += len(gone)


class _Constant(ValueError):
    """NaN or Infinity, which Python's parser would take."""


def _refuse(constant: str) -> NoReturn:
    raise _Constant(constant)


def _whole(text: str) -> int | Number:
    """An integer of any length: Python refuses to convert very long ones."""
    return int(text) if len(text) <= _DIGITS else Number(text)
