"""Forms that may be refused: where they lead, or the page again with the reason above what was written."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import Request
from starlette.responses import Response

from stocktake.interfaces.web.page import to
from stocktake.model.errors import NotAllowed, Refusal, Unauthenticated


def attempted(request: Request, act: Callable[[], str], again: Callable[[Refusal], Response]) -> Response:
    """Where ``act`` leads; what refuses it is shown by ``again``, with what was written there.

    What whoever asks may not do is a page of its own.
    """
    try:
        return to(act())
    except (NotAllowed, Unauthenticated):
        raise
    except Refusal as error:
        request.state.refusal = error.code
        return again(error)
