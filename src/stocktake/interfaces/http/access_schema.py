"""The documents of people, sessions and webhooks, as the schema publishes them."""

from __future__ import annotations

from stocktake.interfaces.http.schema import (
    COUNT,
    MOMENT,
    NUMBER,
    TEXT,
    TRUTH,
    document,
    maybe,
    named,
    one_of,
    several,
    work_of,
)

PLACE = named(
    "Workspace",
    document("A workspace.", name=TEXT, account=TEXT, allows_rollback=TRUTH, created_at=maybe(MOMENT)),
)

MEMBER = named(
    "Member",
    document(
        "A role; `workspace` is null where it holds in all of the account.",
        email=TEXT,
        name=maybe(TEXT),
        role=one_of("viewer", "operator", "admin"),
        account=TEXT,
        workspace=maybe(TEXT),
    ),
)

USER = named(
    "User",
    document(
        "A user.",
        {"memberships": several(MEMBER)},
        email=TEXT,
        name=maybe(TEXT),
        is_platform_admin=TRUTH,
        is_active=TRUTH,
        has_password=TRUTH,
        created_at=MOMENT,
        signed_in_at=maybe(MOMENT),
    ),
)

TOKEN = named(
    "Token",
    document(
        "A token; its text is there only when it has just been made.",
        {"token": TEXT},
        token_id=NUMBER,
        user=TEXT,
        name=TEXT,
        workspace=maybe(TEXT),
        role=maybe(one_of("viewer", "operator", "admin")),
        created_at=MOMENT,
        expires_at=maybe(MOMENT),
        last_used_at=maybe(MOMENT),
        revoked_at=maybe(MOMENT),
    ),
)

ROLE = document(
    "Who has which role in a workspace; null where it was taken away.",
    email=TEXT,
    workspace=TEXT,
    role=maybe(one_of("viewer", "operator", "admin")),
)

SESSION = named(
    "Session",
    document(
        "Who one is; of a session also what its changes must show as X-CSRF-Token.",
        name=TEXT,
        is_platform_admin=TRUTH,
        workspaces=several(
            document("A workspace of theirs.", name=TEXT, role=one_of("viewer", "operator", "admin"))
        ),
        csrf=maybe(TEXT),
        expires_at=maybe(MOMENT),
    ),
)

WEBHOOK = named(
    "Webhook",
    document(
        "A webhook, and how its deliveries go; `secret` is there only when it has just been made.",
        {"secret": TEXT},
        webhook_id=NUMBER,
        url=TEXT,
        is_active=TRUTH,
        stopped_because=maybe(TEXT),
        created_at=MOMENT,
        created_by=TEXT,
        waiting=COUNT,
        given_up=COUNT,
        delivered_at=maybe(MOMENT),
        error=maybe(TEXT),
    ),
)

TRIED = named(
    "WebhookTest",
    document("What a receiver answered to a test.", webhook_id=NUMBER, status=maybe({"type": "integer"})),
)

POSTED = document(
    "What was delivered to one webhook.",
    webhook_id=NUMBER,
    delivered=COUNT,
    failed=COUNT,
    given_up=COUNT,
    waiting=COUNT,
    error=maybe(TEXT),
)

DELIVERY = named("Delivery", document("What came of it, webhook by webhook.", items=several(POSTED)))

#: A delivery to webhooks on its way, and what came of it.
DELIVERY_WORK = work_of(DELIVERY)
