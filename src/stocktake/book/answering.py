"""Requests that are answered once, however often they are sent (REL-4)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from stocktake.access.right import Right
from stocktake.book.ground import Ground
from stocktake.book.right import needs
from stocktake.flows.answering import answer_once


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The answer to a request: a status and a body, as the interface sends them. ``repeated``: it was given before."""

    status: int
    body: str
    repeated: bool = False


class Answering(Ground):
    """The part of a book that answers once."""

    @needs(Right.VIEW)
    def answer_once(self, key: str, request_hash: str, act: Callable[[], Answer]) -> Answer:
        """The answer that was given to the request of this key within 24 hours, else that of ``act``, which is kept.

        ``request_hash`` tells requests apart: method, path, body, and who asks. What ``act`` raises is not kept, nor is a
        status of 500 and above, so that the request can be sent again.

        Raises ``InvalidInput`` ``idempotency-key-reused`` for another request of that key (422), ``Busy``
        ``request-in-flight`` while the same is being answered (409).
        """
        self._set_up()

        def told() -> tuple[int, str]:
            made = act()
            return made.status, made.body

        status, body, repeated = answer_once(
            self.store, self.workspace_id, key, request_hash, told, clock=self.clock
        )
        return Answer(status=status, body=body, repeated=repeated)
