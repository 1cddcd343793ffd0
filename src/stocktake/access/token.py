"""The text of tokens, and what is kept of them: 256 bits of chance, and their sha256 (SEC-4).

Who makes one hands the chance in. Since the text is as good as random, a plain hash is enough to keep: no list of likely
tokens could be tried against it.
"""

from __future__ import annotations

import hashlib
import re
from base64 import urlsafe_b64encode

#: So much chance a token is made of, in bytes.
SECRET = 32
#: And so much the part of a session's token that stays while the rest is renewed.
LASTING = 16

_API = re.compile(r"stk_[A-Za-z0-9_-]{43}")
_SESSION = re.compile(r"sts_[A-Za-z0-9_-]{43}\.([A-Za-z0-9_-]{22})")


def api_token(secret: bytes) -> str:
    """The text of an API token, which tells scanners of leaked secrets what it is.

    >>> api_token(bytes(32))
    'stk_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'
    """
    return f"stk_{_text(secret)}"


def session_token(secret: bytes, lasting: str) -> str:
    """The text of a session's token. ``lasting`` is the part that a renewal keeps."""
    return f"sts_{_text(secret)}.{lasting}"


def lasting_part(chance: bytes) -> str:
    """The part of a session's token that stays, of a session that begins."""
    return _text(chance)


def lasting_of(token: str) -> str | None:
    """The part that stays, of a session's token; None where the text cannot be one.

    >>> lasting_of(session_token(bytes(32), lasting_part(bytes(16))))
    'AAAAAAAAAAAAAAAAAAAAAA'
    """
    found = _SESSION.fullmatch(token)
    return found[1] if found else None


def is_api_token(text: str) -> bool:
    """Whether a text could be an API token; what could not needs no look at the database.

    >>> is_api_token("stk_" + "x" * 43), is_api_token("stk_short"), is_api_token("password")
    (True, False, False)
    """
    return _API.fullmatch(text) is not None


def token_hash(token: str) -> bytes:
    """What is kept of a token: its sha256, 32 bytes."""
    return hashlib.sha256(token.encode()).digest()


def csrf_of(token: str) -> str:
    """What forms of a session must show (SEC-4): made from the part of its token that stays, which no other page knows."""
    return hashlib.sha256(f"stocktake csrf {lasting_of(token) or token}".encode()).hexdigest()


def _text(chance: bytes) -> str:
    return urlsafe_b64encode(chance).rstrip(b"=").decode()
