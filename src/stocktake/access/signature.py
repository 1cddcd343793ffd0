"""Secrets of webhooks and the signatures made with them, as Standard Webhooks says (SEC-7).

A secret is made anew from the server's key whenever it is needed; the database holds only the chance that went into it.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode

#: So much chance goes into a secret beside the server's key, in bytes.
SALT = 16
#: So much of a secret's hash is kept, to notice another key.
_CHECK = 8


def webhook_secret(server_key: bytes, workspace_id: int, webhook_id: int, salt: bytes) -> bytes:
    """The secret of a webhook, 32 bytes."""
    told = f"stocktake webhook {workspace_id} {webhook_id} ".encode() + salt
    return hmac.new(server_key, told, hashlib.sha256).digest()


def secret_text(secret: bytes) -> str:
    """How a secret is shown, and what libraries of Standard Webhooks take.

    >>> secret_text(bytes(24))
    'whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'
    """
    return f"whsec_{b64encode(secret).decode()}"


def secret_check(secret: bytes) -> bytes:
    """What is kept of a secret, to notice that another key makes another one."""
    return hashlib.sha256(secret).digest()[:_CHECK]


def message_id(salt: bytes, subject: str) -> str:
    """The id of a message: the same whenever it is sent again, and that of no other webhook's.

    >>> message_id(bytes(16), "run 7") == message_id(bytes(16), "run 7") != message_id(bytes(16), "run 8")
    True
    """
    return f"msg_{hashlib.sha256(salt + subject.encode()).hexdigest()[:32]}"


def signed_headers(secret: bytes, identity: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The headers by which a receiver knows who sent ``body``, and when (seconds since 1970)."""
    signed = f"{identity}.{timestamp}.".encode() + body
    signature = b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode()
    return {
        "webhook-id": identity,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": f"v1,{signature}",
    }
