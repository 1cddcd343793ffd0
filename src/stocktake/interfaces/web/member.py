"""Admin: who may do what in a workspace, and whom it tells of its runs (SEC-3)."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Request
from starlette.responses import Response

from stocktake.access.right import Right
from stocktake.book import Book
from stocktake.book.people import People
from stocktake.interfaces.http.parameter import LARGEST_ID, OpenBook, Text
from stocktake.interfaces.http.people import Keeping
from stocktake.interfaces.http.problem import status_of
from stocktake.interfaces.web.attempt import attempted
from stocktake.interfaces.web.form import Sent
from stocktake.interfaces.web.page import page, within
from stocktake.interfaces.web.route import Pages
from stocktake.interfaces.web.wording import notice
from stocktake.model.errors import Refusal
from stocktake.model.person import Role
from stocktake.model.webhook import Webhook

routes = Pages()

Workspace = Annotated[Text, Path()]
WebhookId = Annotated[int, Path(ge=1, le=LARGEST_ID)]


@routes.get("/admin/members", needs=Right.MANAGE)
def show_members(request: Request, people: Keeping, workspace: Workspace) -> Response:
    """Who has which role here, also by a role in all of the account."""
    return _members(request, people, workspace)


@routes.post("/admin/members", needs=Right.MANAGE)
def set_member(request: Request, people: Keeping, workspace: Workspace, form: Sent) -> Response:
    """Give somebody a role, or take it away; who is no user yet becomes one, without a password."""
    email = form.get("email", "")

    def act() -> str:
        people.set_member(workspace, email, form.text("role"))
        return within(request, "/admin/members")

    return attempted(
        request, act, lambda error: _members(request, people, workspace, error=error, email=email)
    )


@routes.get("/admin/webhooks", needs=Right.MANAGE)
def show_webhooks(request: Request, book: OpenBook) -> Response:
    """Which addresses hear of runs, and how that goes."""
    return _webhooks(request, book)


@routes.post("/admin/webhooks", needs=Right.MANAGE)
def add_webhook(request: Request, book: OpenBook, form: Sent) -> Response:
    """Tell an address of every run that is applied from now on. Its secret is shown this once."""
    url = form.get("url", "").strip()
    return attempted(
        request,
        lambda: _webhooks(request, book, added=book.add_webhook(url)),
        lambda error: _webhooks(request, book, error=error, url=url),
    )


@routes.post("/admin/webhooks/{webhook_id}", needs=Right.MANAGE)
def act_on_webhook(request: Request, book: OpenBook, webhook_id: WebhookId, form: Sent) -> Response:
    """Send it a test, give it another address or secret, or forget it and what waits for it."""
    if form.text("act") == "remove":
        book.remove_webhook(webhook_id)
        return _webhooks(request, book, done=f"Webhook {webhook_id} hears of nothing more.")

    def act() -> Response:
        if form.text("act") == "move":
            book.change_webhook(webhook_id, url=form.get("url", "").strip())
            return _webhooks(request, book, done=f"Webhook {webhook_id} is told at its new address.")
        if form.text("act") == "renew":
            changed, secret = book.change_webhook(webhook_id, new_secret=True)
            return _webhooks(request, book, renewed=(changed, secret))
        tried = book.try_webhook(webhook_id)
        return _webhooks(
            request, book, done=f"Webhook {webhook_id} took the test and answered {tried.status}."
        )

    return attempted(request, act, lambda error: _webhooks(request, book, error=error))


def _members(
    request: Request, people: People, workspace: str, *, error: Refusal | None = None, email: str = ""
) -> Response:
    return page(
        request,
        "admin/members.html",
        status=status_of(error) if error else 200,
        title="Members",
        found=people.members(workspace),
        roles=list(Role),
        refusal=notice(error) if error else None,
        email=email,
    )


def _webhooks(
    request: Request,
    book: Book,
    *,
    error: Refusal | None = None,
    added: tuple[Webhook, str] | None = None,
    renewed: tuple[Webhook, str | None] | None = None,
    url: str = "",
    done: str | None = None,
) -> Response:
    return page(
        request,
        "admin/webhooks.html",
        status=status_of(error) if error else 200,
        title="Webhooks",
        found=book.webhooks(),
        refusal=notice(error) if error else None,
        added=added,
        renewed=renewed,
        url=url,
        done=done,
    )
