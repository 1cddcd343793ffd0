"""Who may do what: every route × everybody × their own and another workspace (SEC-2, SEC-3).

The routes come from the application itself, what each needs from ``NEEDED``, written by hand: a route that is not in it
fails, and so does one whose right was changed without thinking of it here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import httpx2
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute

from stocktake.interfaces.http.application import create_app
from tests.interfaces.http.conftest import ROLES, Served

ANYBODY, SIGNED_IN, PLATFORM = "anybody", "signed in", "platform"
VIEWER, OPERATOR, ADMIN = ROLES
W = "/api/v1/workspaces/{workspace}"
#: Where the pages of a workspace stand.
P = "/workspaces/{workspace}"

#: The least that each route is open to.
NEEDED = {
    "GET /healthz": ANYBODY,
    "GET /readyz": ANYBODY,
    "GET /metrics": ANYBODY,
    "POST /api/v1/session": ANYBODY,
    "GET /api/v1/session": SIGNED_IN,
    "DELETE /api/v1/session": SIGNED_IN,
    "GET /api/v1/session/oidc": ANYBODY,
    "GET /api/v1/session/oidc/callback": ANYBODY,
    "PUT /api/v1/session/password": SIGNED_IN,
    "GET /api/v1/tokens": SIGNED_IN,
    "POST /api/v1/tokens": SIGNED_IN,
    "DELETE /api/v1/tokens/{record_id}": SIGNED_IN,
    "GET /api/v1/activity": PLATFORM,
    "GET /api/v1/runs": PLATFORM,
    "GET /api/v1/users": PLATFORM,
    "POST /api/v1/users": PLATFORM,
    "GET /api/v1/users/{email}": PLATFORM,
    "PATCH /api/v1/users/{email}": PLATFORM,
    "DELETE /api/v1/users/{email}": PLATFORM,
    "GET /api/v1/workspaces": SIGNED_IN,
    "POST /api/v1/workspaces": PLATFORM,
    f"GET {W}": VIEWER,
    f"PATCH {W}": PLATFORM,
    f"GET {W}/members": ADMIN,
    f"PUT {W}/members/{{email}}": ADMIN,
    f"DELETE {W}/members/{{email}}": ADMIN,
    f"POST {W}/imports": OPERATOR,
    f"GET {W}/imports/{{import_id}}": VIEWER,
    f"GET {W}/imports/{{import_id}}/inspection": OPERATOR,
    f"PUT {W}/imports/{{import_id}}/mapping": OPERATOR,
    f"POST {W}/imports/{{import_id}}/preview": OPERATOR,
    f"GET {W}/imports/{{import_id}}/rows": VIEWER,
    f"PUT {W}/imports/{{import_id}}/overrides": OPERATOR,
    f"POST {W}/imports/{{import_id}}/confirm": OPERATOR,
    f"POST {W}/imports/{{import_id}}/cancel": OPERATOR,
    f"GET {W}/imports/{{run_id}}/progress": VIEWER,
    f"GET {W}/imports/{{import_id}}/errors": VIEWER,
    f"GET {W}/imports/{{import_id}}/errors/file": VIEWER,
    f"GET {W}/webhooks": ADMIN,
    f"POST {W}/webhooks": ADMIN,
    f"POST {W}/webhooks/deliver": ADMIN,
    f"GET {W}/webhooks/{{webhook_id}}": ADMIN,
    f"DELETE {W}/webhooks/{{webhook_id}}": ADMIN,
    f"POST {W}/webhooks/{{webhook_id}}/try": ADMIN,
    f"GET {W}/runs": VIEWER,
    f"GET {W}/runs/{{run_id}}": VIEWER,
    f"GET {W}/runs/{{run_id}}/rows": VIEWER,
    f"GET {W}/runs/{{run_id}}/errors": VIEWER,
    f"GET {W}/runs/{{run_id}}/errors/file": VIEWER,
    f"GET {W}/runs/{{run_id}}/history": VIEWER,
    f"GET {W}/runs/{{run_id}}/progress": VIEWER,
    f"GET {W}/runs/{{run_id}}/work": VIEWER,
    f"GET {W}/runs/{{run_id}}/rollback": VIEWER,
    f"POST {W}/runs/{{run_id}}/rollback": ADMIN,
    f"GET {W}/records/{{record_type}}": VIEWER,
    f"GET {W}/records/{{record_type}}/export": VIEWER,
    f"GET {W}/records/{{record_type}}/{{record_id}}": VIEWER,
    f"PATCH {W}/records/{{record_type}}/{{record_id}}": OPERATOR,
    f"GET {W}/history": VIEWER,
    f"GET {W}/missing": VIEWER,
    f"POST {W}/missing/{{link}}/acknowledge": OPERATOR,
    f"GET {W}/held": VIEWER,
    f"POST {W}/held/{{link}}/retire": ADMIN,
    f"POST {W}/held/{{link}}/keep": OPERATOR,
    f"GET {W}/waterfall": VIEWER,
    f"GET {W}/time-in-stage": VIEWER,
    f"GET {W}/freshness": VIEWER,
    f"GET {W}/health/wiring": VIEWER,
    f"GET {W}/activity": VIEWER,
    f"GET {W}/types": VIEWER,
    f"GET {W}/types/{{record_type}}": VIEWER,
    f"POST {W}/types": PLATFORM,
    f"GET {W}/sources": VIEWER,
    f"GET {W}/sources/{{name}}": VIEWER,
    f"PUT {W}/sources/{{name}}": ADMIN,
    f"POST {W}/sources/{{name}}/close": ADMIN,
    f"GET {W}/mappings": VIEWER,
    f"GET {W}/mappings/{{name}}": VIEWER,
    f"PUT {W}/mappings/{{name}}": ADMIN,
    f"DELETE {W}/mappings/{{name}}": ADMIN,
    f"GET {W}/backfills/{{name}}": VIEWER,
    f"POST {W}/backfills/{{name}}": ADMIN,
    f"GET {W}/backfills/{{name}}/work": VIEWER,
    f"GET {W}/backfills/{{name}}/progress": VIEWER,
    f"POST {W}/backfills/{{name}}/stop": ADMIN,
    f"GET {W}/raw-rows/pruning/work": VIEWER,
    f"GET {W}/raw-rows/pruning/progress": VIEWER,
    f"POST {W}/raw-rows/pruning/stop": ADMIN,
    f"GET {W}/collections/{{name}}/work": VIEWER,
    f"GET {W}/collections/{{name}}/progress": VIEWER,
    f"POST {W}/collections/{{name}}/stop": OPERATOR,
    f"POST {W}/collections/{{name}}/ingest": OPERATOR,
    f"POST {W}/collections/{{name}}/enrich": OPERATOR,
    f"GET {W}/webhooks/deliver/work": ADMIN,
    f"GET {W}/webhooks/deliver/progress": ADMIN,
    f"POST {W}/webhooks/deliver/stop": ADMIN,
    f"PATCH {W}/webhooks/{{webhook_id}}": ADMIN,
    f"GET {P}/media/collections/{{name}}/work": VIEWER,
    f"POST {P}/media/collections/{{name}}/stop": OPERATOR,
    f"GET {P}/health/backfills/{{name}}/work": VIEWER,
    f"POST {P}/health/backfills/{{name}}/stop": ADMIN,
    f"GET {P}/health/pruning/work": VIEWER,
    f"POST {P}/health/pruning/stop": ADMIN,
    f"GET {W}/raw-rows/pruning": VIEWER,
    f"POST {W}/raw-rows/pruning": ADMIN,
    f"GET {W}/flows": VIEWER,
    f"PUT {W}/flows/{{name}}": ADMIN,
    f"GET {W}/media-sources": VIEWER,
    f"GET {W}/collections": VIEWER,
    f"GET {W}/collections/{{name}}": VIEWER,
    f"GET {W}/assets": VIEWER,
    f"GET {W}/assets/attention": VIEWER,
    f"GET {W}/assets/{{record_id}}": VIEWER,
    f"POST {W}/assets/approve": OPERATOR,
    "GET /assets/{digest}/{name}": ANYBODY,
    "GET /sign-in": ANYBODY,
    "POST /sign-in": ANYBODY,
    "POST /sign-out": SIGNED_IN,
    "GET /": SIGNED_IN,
    f"GET {P}": VIEWER,
    f"GET {P}/attention/health": VIEWER,
    f"GET {P}/samples/{{name}}": VIEWER,
    f"GET {P}/runs": VIEWER,
    f"GET {P}/runs/{{run_id}}": VIEWER,
    f"GET {P}/runs/{{run_id}}/rejected": VIEWER,
    f"GET {P}/runs/{{run_id}}/rollback": VIEWER,
    f"POST {P}/runs/{{run_id}}/rollback": ADMIN,
    f"GET {P}/runs/{{run_id}}/rollback/progress": VIEWER,
    f"GET {P}/runs/{{run_id}}/reimport": OPERATOR,
    f"POST {P}/runs/{{run_id}}/reimport": OPERATOR,
    f"GET {P}/records": VIEWER,
    f"GET {P}/records/{{record_type}}": VIEWER,
    f"GET {P}/records/{{record_type}}/export": VIEWER,
    f"GET {P}/records/{{record_type}}/{{record_id}}": VIEWER,
    f"GET {P}/records/{{record_type}}/{{record_id}}/edit": OPERATOR,
    f"POST {P}/records/{{record_type}}/{{record_id}}/edit": OPERATOR,
    f"GET {P}/missing": VIEWER,
    f"POST {P}/missing": OPERATOR,
    f"GET {P}/review": VIEWER,
    f"GET {P}/held": VIEWER,
    f"GET {P}/held/keep": OPERATOR,
    f"POST {P}/held/keep": OPERATOR,
    f"GET {P}/held/retire": ADMIN,
    f"POST {P}/held/retire": ADMIN,
    f"GET {P}/waterfall": VIEWER,
    f"GET {P}/freshness": VIEWER,
    f"GET {P}/health": VIEWER,
    f"GET {P}/health/wiring": VIEWER,
    f"GET {P}/health/backfills/{{name}}": VIEWER,
    f"POST {P}/health/backfills/{{name}}": ADMIN,
    f"GET {P}/health/pruning": VIEWER,
    f"POST {P}/health/pruning": ADMIN,
    f"GET {P}/activity": VIEWER,
    f"GET {P}/import": OPERATOR,
    f"GET {P}/help/bulk-upload": VIEWER,
    f"POST {P}/imports": OPERATOR,
    f"GET {P}/imports/{{import_id}}": VIEWER,
    f"POST {P}/imports/{{import_id}}/cancel": OPERATOR,
    f"POST {P}/imports/{{import_id}}/live": OPERATOR,
    f"GET {P}/imports/{{import_id}}/file": OPERATOR,
    f"POST {P}/imports/{{import_id}}/file": OPERATOR,
    f"GET {P}/imports/{{import_id}}/mapping": OPERATOR,
    f"POST {P}/imports/{{import_id}}/mapping": OPERATOR,
    f"GET {P}/admin": VIEWER,
    f"GET {P}/admin/types": VIEWER,
    f"POST {P}/admin/types": PLATFORM,
    f"GET {P}/admin/types/{{name}}": VIEWER,
    f"GET {P}/admin/sources": VIEWER,
    f"POST {P}/admin/sources": ADMIN,
    f"GET {P}/admin/sources/{{name}}": VIEWER,
    f"POST {P}/admin/sources/{{name}}": ADMIN,
    f"GET {P}/admin/sources/{{name}}/close": ADMIN,
    f"POST {P}/admin/sources/{{name}}/close": ADMIN,
    f"GET {P}/admin/mappings": VIEWER,
    f"GET {P}/admin/mappings/{{name}}": VIEWER,
    f"POST {P}/admin/mappings/{{name}}": ADMIN,
    f"GET {P}/admin/members": ADMIN,
    f"POST {P}/admin/members": ADMIN,
    f"GET {P}/admin/webhooks": ADMIN,
    f"POST {P}/admin/webhooks": ADMIN,
    f"POST {P}/admin/webhooks/{{webhook_id}}": ADMIN,
    f"GET {P}/media": VIEWER,
    f"GET {P}/media/collections/{{name}}": VIEWER,
    f"POST {P}/media/collections/{{name}}": ADMIN,
    f"POST {P}/media/collections/{{name}}/ingest": OPERATOR,
    f"POST {P}/media/collections/{{name}}/enrich": OPERATOR,
    f"GET {P}/media/assets": VIEWER,
    f"POST {P}/media/assets": OPERATOR,
    f"GET {P}/media/assets/{{asset_id}}": VIEWER,
    f"GET {P}/media/attention": VIEWER,
    "GET /account": SIGNED_IN,
    "POST /account/password": SIGNED_IN,
    "POST /account/tokens": SIGNED_IN,
    "POST /account/tokens/{token_id}": SIGNED_IN,
    "GET /platform": PLATFORM,
    "GET /platform/users": PLATFORM,
    "POST /platform/users": PLATFORM,
    "GET /platform/users/{email}": PLATFORM,
    "POST /platform/users/{email}": PLATFORM,
    "GET /platform/workspaces": PLATFORM,
    "POST /platform/workspaces": PLATFORM,
    "POST /platform/workspaces/{name}": PLATFORM,
    "GET /platform/runs": PLATFORM,
    "GET /platform/activity": PLATFORM,
    f"POST {P}/imports/{{import_id}}/preview": OPERATOR,
    f"GET {P}/imports/{{import_id}}/progress": VIEWER,
    f"POST {P}/imports/{{import_id}}/confirm": OPERATOR,
    f"GET {P}/imports/{{import_id}}/check": VIEWER,
    f"POST {P}/imports/{{import_id}}/check": OPERATOR,
    f"POST {P}/imports/{{import_id}}/go-on": OPERATOR,
    f"GET {P}/imports/{{import_id}}/check/file": VIEWER,
    f"GET {P}/imports/{{import_id}}/review": VIEWER,
    f"POST {P}/imports/{{import_id}}/review": OPERATOR,
    f"GET {P}/imports/{{import_id}}/result": VIEWER,
}

#: Routes that tell who has no access so, whether the workspace exists or not; the others answer that it does not (HEA-5).
DENYING = {f"GET {W}/health/wiring"}

#: Everybody, least first; ``None`` is nobody.
EVERYBODY = (None, *ROLES, PLATFORM)
_RANKS = {ANYBODY: 0, SIGNED_IN: 1, VIEWER: 1, OPERATOR: 2, ADMIN: 3, PLATFORM: 4}
_HELD = {None: 0, VIEWER: 1, OPERATOR: 2, ADMIN: 3, PLATFORM: 4}

#: What stands in the place of each part of an address; nothing that is there, so that nothing is changed.
PARTS = {
    "run_id": "999",
    "import_id": "999",
    "webhook_id": "999",
    "record_id": "999",
    "record_type": "device",
    "name": "NOWHERE",
    "link": "device:999:NINJAONE",
    "email": "nobody@example.com",
    "digest": "0",
    "asset_id": "999",
    "token_id": "999",
}


@dataclass(frozen=True)
class Call:
    method: str
    path: str

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def in_workspace(self) -> bool:
        return self.path.startswith((W, P))

    @property
    def is_page(self) -> bool:
        """Whether people look at it; a program's routes stand under /api, and a few beside it."""
        return not self.path.startswith("/api/") and self.path not in ("/healthz", "/readyz", "/metrics")

    def by(self, client: httpx2.Client, workspace: str = "default") -> httpx2.Response:
        """An answer; what is sent changes nothing, whoever may."""
        parts = {**PARTS, "workspace": workspace}
        path = re.sub(r"\{(\w+)\}", lambda found: parts[found[1]], self.path)
        body: dict[str, object] | None = {} if self.method in ("POST", "PUT", "PATCH") else None
        return (
            client.request(self.method, path, data={})
            if self.is_page
            else client.request(self.method, path, json=body)
        )


def calls(app: FastAPI) -> Iterator[Call]:
    """Every route that the application has, but the schema's own."""
    for route in app.routes:
        if isinstance(route, APIRoute):
            yield from (Call(method, route.path) for method in sorted(route.methods or ()))


@pytest.fixture
def every_call(served: Served) -> list[Call]:
    return list(calls(create_app(served.installation)))


def test_every_route_says_whom_it_is_for(served_sqlite: Served):
    """A new route without an entry fails here (SEC-2)."""
    assert {each.name for each in calls(create_app(served_sqlite.installation))} == set(NEEDED)


#: What the specification asks for, by its words (interfaces.md, HTTP; INT-3, INT-4; ROL-7, ROL-12; ERR-3; APP-7).
SPECIFIED = {
    "POST imports (file), inspection": f"POST {W}/imports",
    "PUT mapping; re-import (ROL-7)": f"PUT {W}/imports/{{import_id}}/mapping",
    "POST preview (INT-3)": f"POST {W}/imports/{{import_id}}/preview",
    "GET rows?decision=": f"GET {W}/imports/{{import_id}}/rows",
    "rejected rows of a draft (ERR-3)": f"GET {W}/imports/{{import_id}}/errors/file",
    "PUT overrides (INT-3)": f"PUT {W}/imports/{{import_id}}/overrides",
    "POST confirm (INT-3)": f"POST {W}/imports/{{import_id}}/confirm",
    "POST cancel (UPL-2)": f"POST {W}/imports/{{import_id}}/cancel",
    "server-sent events": f"GET {W}/imports/{{run_id}}/progress",
    "POST rollback": f"POST {W}/runs/{{run_id}}/rollback",
    "GET rollback (preview)": f"GET {W}/runs/{{run_id}}/rollback",
    "GET runs": f"GET {W}/runs",
    "runs of all workspaces (ROL-12)": "GET /api/v1/runs",
    "GET runs/{id} (INT-4)": f"GET {W}/runs/{{run_id}}",
    "GET runs/{id}/rows (INT-4)": f"GET {W}/runs/{{run_id}}/rows",
    "rejected rows of a run (ERR-3)": f"GET {W}/runs/{{run_id}}/errors/file",
    "records": f"GET {W}/records/{{record_type}}",
    "record": f"GET {W}/records/{{record_type}}/{{record_id}}",
    "missing": f"GET {W}/missing",
    "acknowledge (INT-4)": f"POST {W}/missing/{{link}}/acknowledge",
    "held (INT-4)": f"GET {W}/held",
    "held retire (INT-4)": f"POST {W}/held/{{link}}/retire",
    "held keep (INT-4)": f"POST {W}/held/{{link}}/keep",
    "history": f"GET {W}/history",
    "waterfall": f"GET {W}/waterfall",
    "freshness": f"GET {W}/freshness",
    "health": f"GET {W}/health/wiring",
    "activity": f"GET {W}/activity",
    "healthz": "GET /healthz",
    "readyz": "GET /readyz",
    "metrics": "GET /metrics",
    "webhooks (APP-7)": f"POST {W}/webhooks",
}


def test_every_route_of_the_specification_is_there(served_sqlite: Served):
    """INT-3, INT-4"""
    assert (
        set(SPECIFIED.values()) - {each.name for each in calls(create_app(served_sqlite.installation))}
        == set()
    )


def test_what_a_route_publishes_that_it_needs_is_what_it_asks_for(served_sqlite: Served):
    paths = served_sqlite.as_(None).get("/api/v1/openapi.json").json()["paths"]
    told = {
        f"{method.upper()} {path}": each["x-needs"]
        for path, methods in paths.items()
        for method, each in methods.items()
    }
    words = {
        ANYBODY: {"anybody"},
        SIGNED_IN: {"whoever is signed in"},
        VIEWER: {"view"},
        OPERATOR: {"import", "review", "edit"},
        ADMIN: {"override guards", "roll back", "manage"},
        PLATFORM: {"manage the installation"},
    }
    assert {name for name, needs in told.items() if needs not in words[NEEDED[name]]} == set()


@pytest.mark.parametrize("who", EVERYBODY, ids=str)
def test_in_their_own_workspace_everybody_may_what_their_role_says_and_no_more(
    served: Served, every_call: list[Call], who: str | None
):
    """SEC-3: nobody is asked who they are (401), too little is refused (403), and enough comes through the door."""
    client, wrong = served.as_(who), []
    for call in every_call:
        answer = call.by(client)
        code = _code(answer)
        enough = _HELD[who] >= _RANKS[NEEDED[call.name]]
        expected = (
            answer.status_code < 500 and code not in _AT_THE_DOOR
            if enough
            else _asks_who_it_is(call, answer)
            if who is None
            else answer.status_code == 403
        )
        if not expected and (call.name, answer.status_code) not in _NOT_AT_THE_DOOR:
            wrong.append((call.name, answer.status_code, code))
    assert wrong == []


def _code(answer: httpx2.Response) -> str | None:
    """Why an answer refuses, in a document or on a page."""
    if "json" in answer.headers.get("content-type", ""):
        code: str | None = answer.json().get("code")
        return code
    told = re.search(r'<p class="small">([a-z-]+) · request ', answer.text)
    return told[1] if told else None


def _asks_who_it_is(call: Call, answer: httpx2.Response) -> bool:
    """401 for a program; a person is led to where one signs in."""
    if call.is_page:
        return answer.status_code == 303 and answer.headers["location"].startswith("/sign-in")
    return answer.status_code == 401


#: Whoever comes with a token, as here, cannot make another, whatever they may; and NOWHERE is no workspace to be changed.
_NOT_AT_THE_DOOR = {
    ("POST /api/v1/tokens", 422),
    ("POST /account/tokens", 403),
    ("POST /platform/workspaces/{name}", 404),
}

#: With which codes somebody is refused at the door.
_AT_THE_DOOR = (
    "unauthenticated",
    "token-not-valid",
    "session-ended",
    "not-allowed",
    "unknown-workspace",
    "access-denied",
)


@pytest.mark.parametrize("who", ROLES)
def test_another_workspace_answers_as_one_that_does_not_exist(
    served: Served, every_call: list[Call], who: str
):
    """SEC-2, HEA-5: the same bytes but for the request's id and the name that was asked for."""
    client, wrong = served.as_(who), []
    for call in every_call:
        if not call.in_workspace:
            continue
        foreign, missing = call.by(client, "other"), call.by(client, "ether")
        expected = (403, "access-denied") if call.name in DENYING else (404, "unknown-workspace")
        same = _told(foreign) == _told(missing).replace(b"ether", b"other")
        if (foreign.status_code, _code(foreign)) != expected or not same:
            wrong.append((call.name, foreign.text, missing.text))
    assert wrong == []


def test_a_platform_admin_may_everything_in_every_workspace(served: Served, every_call: list[Call]):
    """SEC-3"""
    client = served.as_(PLATFORM)
    answers = {call.name: call.by(client, "other").status_code for call in every_call if call.in_workspace}
    assert {name: status for name, status in answers.items() if status in (401, 403) or status >= 500} == {}


def test_nobody_learns_whether_a_workspace_exists(served: Served, every_call: list[Call]):
    """SEC-2: without a token the answer is the same, whatever is asked for."""
    client = served.as_(None)
    for call in every_call:
        if call.in_workspace:
            here, missing = call.by(client, "default"), call.by(client, "absence")
            assert _asks_who_it_is(call, here)
            assert _asks_who_it_is(call, missing)
            assert re.sub(rb"(/|%2F)default", rb"\1absence", _told(here)) == _told(missing)


def _told(answer: httpx2.Response) -> bytes:
    """An answer without what is of one request alone."""
    ours = {name: value for name, value in answer.headers.items() if name not in ("x-request-id", "date")}
    body = re.sub(rb'"request_id": "[^"]*"|request [0-9a-f]{16}', b"", answer.content)
    return repr(sorted(ours.items())).encode() + body
