"""The way to an identity provider and back: what is sent along, and what must come back with who returns (SEC-4).

All of it is made from one secret that the browser keeps: who comes back without it did not leave from here.
"""

from __future__ import annotations

import hashlib
import re
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field

_TEXT = re.compile(r"sto_[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class RoundTrip:
    """One way there and back. ``text`` is the secret, for a cookie; the rest may travel in addresses."""

    text: str = field(repr=False)

    @property
    def is_whole(self) -> bool:
        """Whether the text can be such a secret at all.

        >>> begun(bytes(32)).is_whole, RoundTrip("sto_x").is_whole
        (True, False)
        """
        return _TEXT.fullmatch(self.text) is not None

    @property
    def state(self) -> str:
        """What the provider sends back as it was sent: it binds its answer to this browser."""
        return self._made("state")

    @property
    def nonce(self) -> str:
        """What the provider puts into the id token: it binds that to this sign-in."""
        return self._made("nonce")

    @property
    def verifier(self) -> str:
        """What is shown with the code (PKCE, RFC 7636): a code that was caught on its way is worth nothing without.

        >>> len(begun(bytes(32)).verifier)
        43
        """
        return self._made("verifier")

    @property
    def challenge(self) -> str:
        """Its hash, which is sent before."""
        return _text(hashlib.sha256(self.verifier.encode()).digest())

    def _made(self, purpose: str) -> str:
        return _text(hashlib.sha256(f"stocktake {purpose} {self.text}".encode()).digest())


def begun(chance: bytes) -> RoundTrip:
    """A way that begins; ``chance``: 32 bytes."""
    return RoundTrip(f"sto_{_text(chance)}")


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()
