"""Refusals: what was refused, what was seen, what to do next.

Trouble with data is a value (:class:`~stocktake.model.problem.Problem`); an exception is a refusal of the whole
operation. Each carries a stable kebab-case ``code``, a ``message`` for people, a ``hint`` that says what to do, and
``details`` for programs. The classes are the kinds that the command line turns into exit codes (interfaces.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class Refusal(Exception):
    """An operation that was refused. Nothing was written."""

    def __init__(
        self, code: str, message: str, *, hint: str = "", details: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint
        self.details: dict[str, Any] = dict(details or {})


class InvalidInput(Refusal):
    """Arguments, declarations or data that do not hold (exit 1)."""


class NotFound(Refusal):
    """Something that was named does not exist (exit 2)."""


class Unreadable(Refusal):
    """A source or a file could not be read (exit 3)."""


class GuardRefused(Refusal):
    """A guard held an import back: it would retire too much, or its file is implausible (exit 4, PRE-11, PRE-12)."""


class StalePlan(Refusal):
    """What the plan was made from has changed since; ``details["rows"]`` lists what moved (exit 5, PLN-9)."""


class Busy(Refusal):
    """Another run holds this record type's lock (exit 5, APP-3)."""


class RollbackBlocked(Refusal):
    """A run cannot be undone as asked; ``details["blocked_by"]`` says why (exit 6, ROL-5)."""


class NotAllowed(Refusal):
    """The actor lacks the right (exit 7)."""


class Unauthenticated(NotAllowed):
    """Nobody has shown who they are: a wrong password, a token that does not hold, a session that has ended (exit 7)."""


class Throttled(NotAllowed):
    """Too many attempts; ``details["retry_after"]`` says in how many seconds to try again (exit 7, SEC-4)."""


class Cancelled(Refusal):
    """Somebody cancelled the run before its commit; nothing was written (exit 5, UPL-2)."""
