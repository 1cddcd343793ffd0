"""``webhook add|list|change|remove|try|deliver``: addresses that are told of finished runs (APP-7, SEC-6, SEC-7)."""

from __future__ import annotations

from typing import Annotated

from cyclopts import App, Parameter

from stocktake.interfaces.cli.failure import DONE, UNREADABLE
from stocktake.interfaces.cli.paging import Page, chosen
from stocktake.interfaces.cli.screen import Column, as_id, mark, number
from stocktake.interfaces.cli.setting import GlobalOptions, Session, session
from stocktake.interfaces.webhook_document import posted_document, posting_document, webhook_document
from stocktake.interfaces.wording import moment_text
from stocktake.model.webhook import Posted, Webhook
from stocktake.reporting.sentence import plural

app = App(
    name="webhook",
    help="Tell others of finished runs: add, list, change, remove, try, deliver.",
    help_format="plaintext",
)

WebhookNumber = Annotated[
    int, Parameter(metavar="WEBHOOK", help="Its number, as `stocktake webhook list` prints it.")
]


@app.command
def add(
    url: Annotated[str, Parameter(metavar="URL", help="Where to POST to, by https.")],
    /,
    *,
    options: GlobalOptions | None = None,
) -> None:
    """Tell an address of every run that is applied from now on. Its secret is shown this once and kept nowhere.

    The receiver checks the signature of each message with the secret (Standard Webhooks). This needs STOCKTAKE_SECRET_KEY,
    the server's own key, at least 32 random characters.

    Example: stocktake webhook add https://example.com/hooks/stocktake
    """
    with session(options) as opened:
        made, secret = opened.book.add_webhook(url)
        if opened.options.json:
            opened.screen.document(webhook_document(made, secret))
            return
        opened.screen.line(secret)
        opened.screen.aside(
            f"Webhook {made.webhook_id} is told of every run from now on. Give its receiver the secret: it is shown this "
            f"once. Then send a test: {opened.command(f'webhook try {made.webhook_id}')}"
        )


@app.command(name="list")
def listed(*, page: Page | None = None, options: GlobalOptions | None = None) -> None:
    """The webhooks of the workspace, what waits for each, and what was given up.

    Example: stocktake webhook list
    """
    wanted = chosen(page)
    with session(options) as opened:
        found = opened.book.webhooks()
        part = found[wanted.offset : wanted.offset + wanted.limit]
        if opened.options.json:
            opened.screen.document(wanted.document([webhook_document(each) for each in part], len(found)))
            return
        if not found:
            opened.screen.line(f"There are no webhooks. Add one: {opened.command('webhook add URL')}")
            return
        opened.screen.table(
            [
                number("webhook"),
                Column("URL"),
                mark("state"),
                number("waiting"),
                number("given up"),
                mark("last delivered"),
                Column("trouble"),
            ],
            [
                (
                    as_id(each.webhook_id),
                    each.url,
                    "active" if each.is_active else "stopped",
                    str(each.waiting),
                    str(each.given_up),
                    moment_text(each.delivered_at),
                    _trouble(each),
                )
                for each in part
            ],
        )
        wanted.footer(opened.screen, len(part), len(found))


def _trouble(webhook: Webhook) -> str:
    return webhook.stopped_because or webhook.error or ""


@app.command
def change(
    webhook: WebhookNumber,
    /,
    *,
    url: Annotated[
        str | None, Parameter(metavar="URL", help="Where to POST to from now on, by https.")
    ] = None,
    new_secret: Annotated[
        bool,
        Parameter(
            negative="", show_default=False, help="Make another secret; the one before holds no longer."
        ),
    ] = False,
    options: GlobalOptions | None = None,
) -> None:
    """Tell a webhook at another address, or give it another secret, which is shown this once.

    What waits for it goes there, signed so, from now on. One that was stopped is told again at its new address.

    Example: stocktake webhook change 2 --url https://example.com/hooks/other
    """
    with session(options) as opened:
        changed, secret = opened.book.change_webhook(webhook, url=url, new_secret=new_secret)
        if opened.options.json:
            opened.screen.document(webhook_document(changed, secret))
            return
        if secret is not None:
            opened.screen.line(secret)
            opened.screen.aside(
                f"Give the receiver of webhook {webhook} this secret: it is shown this once, and the one before holds no "
                "longer."
            )
        if url is not None:
            opened.screen.aside(
                f"Webhook {webhook} is told at its new address. Send a test: {opened.command(f'webhook try {webhook}')}"
            )


@app.command
def remove(webhook: WebhookNumber, /, *, options: GlobalOptions | None = None) -> None:
    """Forget a webhook, and what waits for it.

    Example: stocktake webhook remove 2
    """
    with session(options) as opened:
        gone = opened.book.remove_webhook(webhook)
        if opened.options.json:
            opened.screen.document(webhook_document(gone))
            return
        never = f" It was never told of {plural(gone.waiting, 'run')} that waited." if gone.waiting else ""
        opened.screen.line(f"Webhook {gone.webhook_id} is removed.{never}")


@app.command(name="try")
def try_(webhook: WebhookNumber, /, *, options: GlobalOptions | None = None) -> None:
    """Send a signed test to a webhook, and tell what its receiver answers.

    Example: stocktake webhook try 2
    """
    with session(options) as opened:
        outcome = opened.book.try_webhook(webhook)
        if opened.options.json:
            opened.screen.document(posting_document(webhook, outcome))
        else:
            opened.screen.line(f"Webhook {webhook} took the test: it answered {outcome.status}.")


@app.command
def deliver(*, options: GlobalOptions | None = None) -> int:
    """Tell each webhook now of the runs that wait for it. A server does so by itself; without one, this is for a timer.

    Exit code 3 where something could not be delivered; it is tried again the next time.

    Example: stocktake webhook deliver
    """
    with session(options) as opened:
        done = opened.book.deliver_webhooks()
        if opened.options.json:
            opened.screen.document({"items": [posted_document(each) for each in done], "total": len(done)})
        elif not done:
            opened.screen.line("Nothing waits for any webhook.")
        for each in done if not opened.options.json else ():
            _tell(opened, each)
        return UNREADABLE if any(each.error for each in done) else DONE


def _tell(opened: Session, posted: Posted) -> None:
    opened.screen.line(f"Webhook {posted.webhook_id} was told of {plural(posted.delivered, 'run')}.")
    if posted.error:
        given_up = f"; {plural(posted.given_up, 'run')} given up" if posted.given_up else ""
        opened.screen.line(
            f"  {plural(posted.failed, 'attempt')} failed, {plural(posted.waiting, 'run')} still to tell{given_up}. "
            f"{posted.error}"
        )
