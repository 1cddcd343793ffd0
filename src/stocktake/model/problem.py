"""A problem with one cell or one row: a value, never an exception (ERR-2)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What is wrong with a row, where, and how to mend it.

    ``line`` is the line a person sees in the file, ``column`` the header as in the file (None for a whole row),
    ``value`` the cell as read, ``code`` stable and kebab-case, ``message`` one sentence that says how to mend it.
    """

    line: int
    column: str | None
    value: str | None
    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Warning:
    """Something worth knowing that stops nothing: code, sentence, how often, and up to 100 lines where."""

    code: str
    message: str
    count: int = 1
    rows: tuple[int, ...] = ()
