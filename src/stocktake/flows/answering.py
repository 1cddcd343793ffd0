"""Answering a request once: the first of a key acts, those that repeat it are told what it was told (REL-4)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from stocktake.model.errors import Busy, InvalidInput
from stocktake.ports.store import Store

#: For so long an answer is kept.
KEPT = timedelta(hours=24)
#: A request that is answered after so long was lost with its process: no request is waited for as long as that.
LOST = timedelta(minutes=5)
#: A status of the server's own fault, which is no answer.
_FAULT = 500


def answer_once(
    store: Store,
    workspace_id: int,
    key: str,
    request_hash: str,
    act: Callable[[], tuple[int, str]],
    *,
    clock: Callable[[], datetime],
) -> tuple[int, str, bool]:
    """``status, body``, and whether they were given before. Raises ``InvalidInput`` and ``Busy``."""
    at = clock()
    with store.writing(workspace_id) as unit:
        first = unit.begin_answer(key, request_hash, at=at, forgotten=at - KEPT, lost=at - LOST)
        found = None if first else unit.answer(key)
    if not first:
        return *_repeated(found, request_hash), True
    try:
        status, body = act()
    except BaseException:
        _forget(store, workspace_id, key)
        raise
    if status >= _FAULT:
        _forget(store, workspace_id, key)
        return status, body, False
    with store.writing(workspace_id) as unit:
        unit.keep_answer(key, status=status, body=body)
    return status, body, False


def _repeated(found: tuple[str, int | None, str | None] | None, request_hash: str) -> tuple[int, str]:
    kept_hash, status, body = found or (request_hash, None, None)
    if kept_hash != request_hash:
        raise InvalidInput(
            "idempotency-key-reused",
            "This Idempotency-Key was sent before, with another request.",
            hint="Make a new key for each request, and repeat a request with its own.",
        )
    if status is None or body is None:
        raise Busy(
            "request-in-flight",
            "The request of this Idempotency-Key is being answered right now.",
            hint="Send it again in a moment.",
        )
    return status, body


def _forget(store: Store, workspace_id: int, key: str) -> None:
    store.abandon()
    with store.writing(workspace_id) as unit:
        unit.forget_answer(key)
