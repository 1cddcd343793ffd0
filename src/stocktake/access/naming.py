"""How users, workspaces, accounts and tokens may be called."""

from __future__ import annotations

import re
import unicodedata

from stocktake.model.errors import InvalidInput

_EMAIL = re.compile(r"[^\s@<>\"(),:;\\\[\]]{1,64}@[^\s@<>\"(),:;\\\[\]]{1,190}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,59}")


def checked_email(text: str) -> str:
    """An address as it is kept. Raises ``InvalidInput`` ``bad-email``.

    >>> checked_email(" Ana@Example.com ")
    'Ana@Example.com'
    """
    email = unicodedata.normalize("NFC", text.strip())
    if not _EMAIL.fullmatch(email) or not email.isprintable():
        raise InvalidInput(
            "bad-email",
            f'"{email[:80]}" is no address of a person.',
            hint="Write one such as ana@example.com.",
        )
    return email


def email_key(text: str) -> str:
    """What two spellings of one address have in common.

    >>> email_key("Ana@Example.com") == email_key("ana@example.COM ")
    True
    """
    return unicodedata.normalize("NFC", text.strip()).casefold()


def check_name(name: str, what: str) -> str:
    """A name of a workspace, an account or a token, as it can stand in addresses. Raises ``InvalidInput`` ``bad-name``."""
    if not _NAME.fullmatch(name):
        raise InvalidInput(
            "bad-name",
            f'"{name[:80]}" cannot be the name of {what}: up to 60 letters, digits, underscores and hyphens.',
            hint="Choose a name such as north-office.",
        )
    return name
