"""Forms that may be refused: where they lead or what they show, or the page again with the reason above what was written."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import Request
from starlette.responses import Response

from stocktake.interfaces.web.page import to
from stocktake.model.errors import InvalidInput, NotAllowed, NotFound, Refusal, Unauthenticated, Unreadable


def attempted(
    request: Request,
    act: Callable[[], str | Response],
    again: Callable[[Refusal], Response],
    *,
    elsewhere: Callable[[Refusal], bool] = lambda error: isinstance(error, NotAllowed | Unauthenticated),
) -> Response:
    """Where ``act`` leads, or the page that it shows; what refuses it is shown by ``again``, with what was written there.

    ``elsewhere``: of which refusals a page of its own tells; as a rule of what whoever asks may not do.
    """
    try:
        done = act()
        return to(done) if isinstance(done, str) else done
    except Refusal as error:
        if elsewhere(error):
            raise
        request.state.refusal = error.code
        return again(error)


def not_of_form(error: Refusal) -> bool:
    """Whether a refusal is no matter of what was written in a step of an import, or the import's file is gone."""
    return error.code == "upload-gone" or not isinstance(error, InvalidInput | NotFound | Unreadable)
