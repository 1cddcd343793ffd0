"""Where a Plex server is, and the token that it wants: known to the client, shown to nobody (MED-D13, SEC-6)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from stocktake.model.errors import InvalidInput
from stocktake.readers.address import is_forbidden, resolved

_TOKEN = re.compile(r"[!-~]{1,512}")


class Token:
    """A secret that no text, log or traceback shows: only ``reveal`` gives it. Blanks around it are no part of it."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text.strip()

    @property
    def is_usable(self) -> bool:
        """Whether a header can carry it."""
        return bool(_TOKEN.fullmatch(self._text))

    def __repr__(self) -> str:
        return "Token(…)"

    def reveal(self) -> str:
        """The secret itself, for the header that carries it."""
        return self._text

    def hidden_in(self, text: str) -> str:
        """``text`` without the secret, should a server have echoed it."""
        return text.replace(self._text, "…")


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerAddress:
    """``url`` without a slash at its end; ``token_env``: the variable that the token was read from."""

    url: str
    token_env: str
    token: Token = field(repr=False)


def server_address(url: str | None, token_env: str | None, token: Token | None) -> ServerAddress:
    """What a client needs. Raises ``InvalidInput``: ``invalid-url``, ``token-missing``, ``token-unusable``."""
    variable = token_env or "PLEX_TOKEN"
    whole = _whole_url(url or "")
    if token is None:
        raise InvalidInput(
            "token-missing",
            f"There is no token for the Plex server at {whole}: the environment variable {variable} is not set.",
            hint=f"Set {variable} to the server's token, and try again.",
        )
    if not token.is_usable:
        raise InvalidInput(
            "token-unusable",
            f"What the environment variable {variable} holds is no Plex token: one is made of plain letters and digits.",
            hint=f"Set {variable} to the token alone, without quotes or line ends.",
        )
    return ServerAddress(url=whole, token_env=variable, token=token)


def _whole_url(url: str) -> str:
    hint = "Give the server's address alone, such as http://nas.local:32400; the token is read from the environment."
    try:
        parts = urlsplit(url.strip())
        _ = parts.port
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise InvalidInput(
            "invalid-url", "The URL of the Plex server is no http or https address.", hint=hint
        )
    if parts.query or parts.fragment or "@" in parts.netloc:
        # Its text stays unsaid: what stands there is likely a secret.
        raise InvalidInput(
            "invalid-url",
            "The URL of the Plex server holds more than an address: a user or a query.",
            hint=hint,
        )
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"


def check_resolved(url: str) -> None:
    """Refuse a server whose name leads where no Plex server is (SEC-6). Raises ``InvalidInput`` ``address-not-allowed``.

    Loopback and private addresses are where Plex servers live; link-local ones are where clouds keep their secrets. A name
    that cannot be resolved is left to the client, which tells of it.
    """
    parts = urlsplit(url)
    try:
        found = resolved(parts.hostname or "", parts.port)
    except (OSError, UnicodeError):
        return
    for address in found:
        if is_forbidden(address):
            raise InvalidInput(
                "address-not-allowed",
                f"{url} leads to {address}, which is no address of a Plex server.",
                hint="Give the address under which the server is reached in your network.",
            )
