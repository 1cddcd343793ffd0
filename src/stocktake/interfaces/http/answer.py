"""Answers: documents as JSON, and what the published schema says of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from stocktake.interfaces.http.problem import MEDIA_TYPE
from stocktake.interfaces.http.wording import worded
from stocktake.interfaces.json_text import json_text


@dataclass(frozen=True, slots=True)
class _Kept:
    text: str


class Document(Response):
    """A document of the command line as the answer."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """JSON, encoded as it is printed; text is a document that was kept as it was sent."""
        if isinstance(content, _Kept):
            return content.text.encode()
        return json_text(worded(content)).encode("utf-8", "backslashreplace")

    @classmethod
    def kept(cls, text: str, status: int) -> Document:
        """An answer that was given before, as it was given."""
        return cls(_Kept(text), status, {"Idempotency-Replayed": "true"})


#: Why a route may refuse, by status.
REFUSALS = {
    400: "Malformed: the body is not JSON, or the address holds what no text may hold.",
    401: "Nobody is signed in: no token and no session, or one that has ended.",
    403: "Whoever asks lacks the right, or a request of a browser lacks its proof.",
    404: "Something that was named does not exist, or not for whoever asks.",
    408: "The request did not arrive in time.",
    409: "A guard, a stale plan, or another run stands in the way; `code` says which. `Retry-After` where waiting helps.",
    412: "The plan is not the one that was shown.",
    413: "Larger than the server takes; the message names the setting.",
    415: "Sent in a form that this route does not take.",
    422: "Understood, and refused: what was asked for does not hold.",
    428: "Which plan is meant was not said.",
    429: "Too many attempts; `Retry-After` says when to try again.",
    500: "A fault of ours, with a reference to the log.",
    503: "The server is not ready: its database or its disk does not answer in time, or has no room.",
}

PROBLEM_SCHEMA: dict[str, Any] = {
    "title": "Problem",
    "description": "RFC 9457 problem details, with the codes of the command line.",
    "type": "object",
    "required": ["type", "title", "status", "detail", "instance", "code", "hint", "details", "request_id"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What was refused, and what was seen."},
        "instance": {"type": "string"},
        "code": {"type": "string", "description": "Stable; docs/reference/error-codes.md lists them."},
        "hint": {"type": "string", "description": "What to do next."},
        "details": {"type": "object", "additionalProperties": True},
        "request_id": {"type": "string"},
    },
    "example": {
        "type": "urn:stocktake:problem:unknown-run",
        "title": "Not Found",
        "status": 404,
        "detail": "There is no run 7.",
        "instance": "/api/v1/workspaces/default/runs/7",
        "code": "unknown-run",
        "hint": "GET …/runs lists the runs.",
        "details": {},
        "request_id": "5f3a9c1e2b7d4806",
    },
}


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The answers of a route that refuse, for the schema."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {each: {"description": REFUSALS[each], "content": content} for each in sorted(set(statuses))}


def told(description: str, schema: dict[str, Any], example: object | None = None) -> dict[str, Any]:
    """An answer that is a document, for the schema."""
    shape: dict[str, Any] = {"schema": schema}
    if example is not None:
        shape["example"] = example
    return {"description": description, "content": {"application/json": shape}}


def shape(**typed: dict[str, Any]) -> dict[str, Any]:
    """An object with these names at least."""
    return {"type": "object", "required": list(typed), "properties": typed}


def page_shape(entry: dict[str, Any]) -> dict[str, Any]:
    """A page of a list (INT-1)."""
    return shape(
        items={"type": "array", "items": entry},
        total={"type": "integer", "minimum": 0},
        page={"type": "integer", "minimum": 1},
        page_size={"type": "integer", "minimum": 1, "maximum": 200},
    )
