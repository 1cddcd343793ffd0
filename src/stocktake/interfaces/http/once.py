"""Requests that are answered once, however often they are sent: ``Idempotency-Key`` (REL-4)."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from hashlib import sha256
from typing import Any

import anyio.from_thread
import anyio.to_thread
from fastapi import Request
from starlette.responses import Response

from stocktake.book import Book
from stocktake.book.answering import Answer
from stocktake.interfaces.http.answer import Document
from stocktake.model.errors import InvalidInput

HEADER = "Idempotency-Key"
LONGEST = 200

_WORDS = (
    "A key of yours for this request: sent again within a day, it is answered as before, and not done twice."
)
#: The header as the schema tells of it.
KEY_PARAMETER = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST, "pattern": "^[!-~]+$"},
    "description": _WORDS,
}


def key_of(request: Request) -> str | None:
    """The key that a request came with. Raises ``InvalidInput`` ``bad-arguments``."""
    key = request.headers.get(HEADER)
    if key is None:
        return None
    if not 1 <= len(key) <= LONGEST or not key.isascii() or not key.isprintable() or " " in key:
        raise InvalidInput(
            "bad-arguments",
            f"{HEADER} is not 1 to {LONGEST} plain characters without blanks.",
            hint="A UUID is a good one.",
        )
    return key


def once(
    request: Request,
    book: Book,
    key: str | None,
    content: str,
    act: Callable[[], Response],
    *,
    otherwise: Callable[[], None] = lambda: None,
) -> Response:
    """The answer of ``act``, or the one that the key was answered with before.

    ``content`` tells what was sent; ``otherwise`` is called where ``act`` was not. Raises what ``Book.answer_once`` does.
    """
    if key is None:
        return act()
    made: list[Response] = []

    def told() -> Answer:
        made.append(act())
        return Answer(status=made[0].status_code, body=bytes(made[0].body).decode())

    who = request.state.principal.name
    parts = (request.method, request.url.path, request.url.query, content, who)
    try:
        answer = book.answer_once(key, sha256("\n".join(parts).encode()).hexdigest(), told)
    finally:
        if not made:
            otherwise()
    return made[0] if made else Document.kept(answer.body, answer.status)


async def handled_once(
    request: Request, handle: Callable[[Request], Coroutine[Any, Any, Response]]
) -> Response:
    """The answer of a route, or the one that the request's key was answered with before."""
    key = key_of(request)
    if key is None:
        return await handle(request)
    content = sha256(await request.body()).hexdigest()

    def act() -> Response:
        return anyio.from_thread.run(handle, request)

    return await anyio.to_thread.run_sync(
        lambda: once(request, request.state.book, key, content, act), limiter=request.app.state.repeating
    )
