"""Webhooks: addresses that are told of finished runs (APP-7, SEC-6, SEC-7)."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path, Request
from pydantic import Field

from stocktake.access.right import Right
from stocktake.interfaces.http.access_schema import DELIVERY, DELIVERY_WORK, TRIED, WEBHOOK
from stocktake.interfaces.http.answer import Document, page_shape, told
from stocktake.interfaces.http.parameter import LARGEST_ID, NothingMore, OpenBook, PageQuery, Told
from stocktake.interfaces.http.route import WORKSPACE, Routes
from stocktake.interfaces.http.waiting import Wait, address, awaited_work, waited
from stocktake.interfaces.webhook_document import posting_document, webhook_document
from stocktake.model.draft import WEBHOOKS

routes = Routes("webhooks", WORKSPACE)

WebhookId = Annotated[int, Path(ge=1, le=LARGEST_ID, description="The webhook's number.", examples=[1])]

WEBHOOK_EXAMPLE = {
    "webhook_id": 1,
    "url": "https://receiver.example/hooks/stocktake",
    "is_active": True,
    "stopped_because": None,
    "created_at": "2026-11-02T09:00:00.000000Z",
    "created_by": "ana@example.com",
    "waiting": 0,
    "given_up": 0,
    "delivered_at": None,
    "error": None,
}


class WebhookAdded(Told):
    """Where to POST to, by https."""

    url: str = Field(max_length=2_000, examples=["https://receiver.example/hooks/stocktake"], repr=False)


class WebhookChanged(Told):
    """What changes; what is left out stays."""

    url: str | None = Field(
        default=None, max_length=2_000, examples=["https://receiver.example/hooks/other"], repr=False
    )
    new_secret: bool = Field(
        default=False, description="Make another secret; the one before holds no longer."
    )


@routes.get("/webhooks", needs=Right.MANAGE, answers={200: told("A page of webhooks.", page_shape(WEBHOOK))})
def list_webhooks(book: OpenBook, asked: PageQuery) -> dict[str, Any]:
    """The webhooks by number, with what waits for each, what was given up, and what went wrong."""
    found, page = book.webhooks(), asked.wanted
    return page.document([webhook_document(each) for each in page.part(found)], len(found))


@routes.post(
    "/webhooks",
    needs=Right.MANAGE,
    answers={
        201: told(
            "It is told of every run from now on; its secret is shown this once.",
            WEBHOOK,
            {**WEBHOOK_EXAMPLE, "secret": "whsec_…"},
        )
    },
    refuses=(409, 415),
    keeps_once=False,
)
def add_webhook(request: Request, book: OpenBook, body: WebhookAdded) -> Document:
    """Tell an address of every run that is applied from now on (APP-7). A key would keep its secret, so none is taken."""
    made, secret = book.add_webhook(body.url)
    place = f"{address(request)}/webhooks/{made.webhook_id}"
    return Document(webhook_document(made, secret), 201, {"Location": place})


@routes.get(
    "/webhooks/{webhook_id}",
    needs=Right.MANAGE,
    answers={200: told("The webhook.", WEBHOOK, WEBHOOK_EXAMPLE)},
)
def show_webhook(book: OpenBook, webhook_id: WebhookId) -> dict[str, Any]:
    """One webhook, and how its deliveries go."""
    return webhook_document(book.webhook(webhook_id))


@routes.patch(
    "/webhooks/{webhook_id}",
    needs=Right.MANAGE,
    answers={
        200: told(
            "The webhook; a new secret is shown this once.",
            WEBHOOK,
            {**WEBHOOK_EXAMPLE, "secret": "whsec_…"},
        )
    },
    refuses=(409, 415),
)
def change_webhook(book: OpenBook, webhook_id: WebhookId, body: WebhookChanged) -> dict[str, Any]:
    """Tell it at another address, or give it another secret; what waits for it goes there, signed so, from now on."""
    changed, secret = book.change_webhook(webhook_id, url=body.url, new_secret=body.new_secret)
    return webhook_document(changed, secret)


@routes.delete(
    "/webhooks/{webhook_id}",
    needs=Right.MANAGE,
    answers={200: told("What it was.", WEBHOOK, WEBHOOK_EXAMPLE)},
    refuses=(409,),
)
def remove_webhook(book: OpenBook, webhook_id: WebhookId) -> dict[str, Any]:
    """Forget a webhook, and what waits for it."""
    return webhook_document(book.remove_webhook(webhook_id))


@routes.post(
    "/webhooks/{webhook_id}/try",
    needs=Right.MANAGE,
    answers={200: told("Its receiver took it.", TRIED, {"webhook_id": 1, "status": 204})},
    refuses=(409, 415),
)
async def try_webhook(request: Request, book: OpenBook, webhook_id: WebhookId, body: NothingMore) -> Document:
    """Send a signed test, now and once, and tell what its receiver answers."""
    return await waited(request, lambda: Document(posting_document(webhook_id, book.try_webhook(webhook_id))))


@routes.post(
    "/webhooks/deliver",
    needs=Right.MANAGE,
    answers={
        200: told("What came of it, webhook by webhook.", DELIVERY),
        202: told("It takes longer; Location says where it is told of.", DELIVERY_WORK),
    },
    refuses=(409, 415),
)
async def deliver_webhooks(request: Request, book: OpenBook, body: NothingMore, wait: Wait) -> Document:
    """Tell each webhook now of the runs that wait for it, also what failed a moment ago. The server does so by itself."""

    def asked() -> Document:
        book.ask_for_delivery()
        request.app.state.worker.wake()
        return awaited_work(book, WEBHOOKS, wait.wait, place=f"{address(request)}/webhooks/deliver")

    return await waited(request, asked)
