"""What the counted forms of a column come to: a decision, a question, or evidence against an earlier decision (CLN-1)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from stocktake.cleaning.form_count import FormCount


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the forms say.

    ``formats``: so the column is read; empty as its type reads anyhow, None: nothing is decided. ``only``: how many cells
    allow no other reading; ``shown``: the one to be shown. ``against``: a form that an earlier decision does not read.
    ``question``: what only a person can decide.
    """

    formats: tuple[str, ...] | None = None
    time_zone: str | None = None
    only: int = 0
    shown: FormCount | None = None
    against: FormCount | None = None
    question: Question | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What the cells leave open.

    ``seen``: cells that show it, the first in ``line`` …; ``choices``: what ``--read`` may say. ``mixed``: cells speak for
    different readings; else none speaks for either.
    """

    seen: tuple[FormCount, ...]
    choices: tuple[str, ...]
    what: str
    mixed: bool = False


def first_of(forms: Iterable[FormCount]) -> FormCount | None:
    """The form met first in the file."""
    return min(forms, key=lambda each: each.line, default=None)


def total(forms: Sequence[FormCount]) -> int:
    """How many cells the forms count."""
    return sum(each.count for each in forms)
