"""A thin client of the Plex HTTP API: one question, one container; patient where that helps, and closed-mouthed."""

from __future__ import annotations

import re
import ssl
from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import urlsplit

import httpx2

from stocktake.model.errors import NotFound, Refusal, Unreadable
from stocktake.readers.plex.address import ServerAddress, Token, check_resolved
from stocktake.readers.plex.node import Node
from stocktake.readers.plex.patience import Patience, retry_after
from stocktake.readers.plex.reply import NotUnderstood, container_of

#: A page of 500 episodes takes about one and a half million bytes.
LARGEST_REPLY = 64 * 1024 * 1024
_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
_ERRNO = re.compile(r"^\[Errno -?\d+\] ")

#: What stands behind the ``?``.
Query = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Trouble:
    """Why there is no answer: how a sentence about the server goes on; ``is_passing``: asking again may help."""

    why: str
    is_passing: bool = True
    code: str = "source-unreachable"


class _Credentials(httpx2.Auth):
    """Puts the token into its header, as late as can be: nothing that is shown or logged holds it before."""

    def __init__(self, token: Token) -> None:
        self._token = token

    def auth_flow(self, request: httpx2.Request) -> Generator[httpx2.Request, httpx2.Response, None]:
        """Called by httpx2 for each request; none is one to another server, since redirects are not followed."""
        request.headers["X-Plex-Token"] = self._token.reveal()
        yield request


class PlexClient:
    """Asks one server. A context manager: what it opened is closed at its end.

    Redirects are not followed, so that the token stays with the server that it is for; certificates are checked against
    what the system trusts, or by ``tls``; neither proxies nor secrets are taken from the environment.
    """

    def __init__(
        self,
        address: ServerAddress,
        patience: Patience,
        *,
        largest_reply: int = LARGEST_REPLY,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._address = address
        self._patience = patience
        self._largest = largest_reply
        self._tls = tls

    def __enter__(self) -> Self:
        check_resolved(self._address.url)
        self._http = httpx2.Client(
            auth=_Credentials(self._address.token),
            headers={"Accept": "application/json", "Accept-Encoding": "gzip", "User-Agent": "stocktake"},
            timeout=httpx2.Timeout(self._patience.read_seconds, connect=self._patience.connect_seconds),
            limits=httpx2.Limits(max_connections=2, max_keepalive_connections=1),
            follow_redirects=False,
            trust_env=False,
            verify=self._tls or _trust(self._address.url),
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def container(self, path: str, query: Query = (), window: tuple[int, int] | None = None) -> Node:
        """The container that the server has at ``path``; ``window``: from where, and how many entries.

        Raises ``NotFound`` ``not-at-server``; ``Unreadable``: ``token-refused``, ``source-unreachable`` once every try has
        failed, ``reply-too-large``, ``reply-not-understood``.
        """
        headers = {}
        if window is not None:
            headers = {"X-Plex-Container-Start": str(window[0]), "X-Plex-Container-Size": str(window[1])}
        outcome = self._patiently(path, query, headers)
        if isinstance(outcome, _Trouble):
            raise self._refusal(outcome)
        if outcome.status != 200:
            raise self._refusal_of(outcome, path)
        try:
            container = container_of(outcome.body)
        except NotUnderstood as error:
            said = self._address.token.hidden_in(str(error))
            trouble = _Trouble(f"gave a reply to {path} that {said}", code="reply-not-understood")
        else:
            if total := outcome.headers.get("X-Plex-Container-Total-Size"):
                container.setdefault("totalSize", total)
            return container
        raise self._refusal(trouble)

    def _patiently(self, path: str, query: Query, headers: dict[str, str]) -> _Answer | _Trouble:
        outcome = self._once(path, query, headers)
        for turn in range(self._patience.tries - 1):
            if isinstance(outcome, _Answer):
                if outcome.status not in _AGAIN:
                    break
                asked_for = retry_after(outcome.headers)
            else:
                if not outcome.is_passing:
                    break
                asked_for = None
            self._patience.sleep(self._patience.wait_after(turn, asked_for))
            outcome = self._once(path, query, headers)
        if isinstance(outcome, _Answer) and outcome.status in _AGAIN:
            return _Trouble(f"answered {outcome.status} to {path}, {self._patience.tries} times")
        return outcome

    def _once(self, path: str, query: Query, headers: dict[str, str]) -> _Answer | _Trouble:
        """One try. Exceptions end here, so that none carries the request and its headers any further."""
        url = self._address.url + path
        try:
            with self._http.stream("GET", url, params=dict(query), headers=headers) as response:
                body = self._body(response)
                if isinstance(body, _Trouble):
                    return body
                return _Answer(response.status_code, response.headers, body)
        except httpx2.TimeoutException as error:
            seconds = self._patience.connect_seconds
            if not isinstance(error, httpx2.ConnectTimeout):
                seconds = self._patience.read_seconds
            return _Trouble(f"did not answer within {seconds:g} seconds")
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError, UnicodeError) as error:
            if (distrust := _distrust(error)) is not None:
                return _Trouble(f"shows a certificate that is not trusted ({distrust})", is_passing=False)
            said = _ERRNO.sub("", self._address.token.hidden_in(str(error))).rstrip(".")
            return _Trouble(f"cannot be reached ({said or type(error).__name__})")

    def _body(self, response: httpx2.Response) -> bytes | _Trouble:
        since, blocks, size = self._patience.clock(), [], 0
        for block in response.iter_bytes():
            blocks.append(block)
            size += len(block)
            if size > self._largest:
                why = f"gave a reply of more than {self._largest} bytes"
                return _Trouble(why, is_passing=False, code="reply-too-large")
            if self._patience.clock() - since > self._patience.reply_seconds:
                return _Trouble(f"had not ended its reply after {self._patience.reply_seconds:g} seconds")
        return b"".join(blocks)

    def _refusal_of(self, answer: _Answer, path: str) -> Refusal:
        address = self._address
        if answer.status in (401, 403):
            return Unreadable(
                "token-refused",
                f"The Plex server at {address.url} refuses the token that the environment variable {address.token_env} "
                f"holds ({answer.status}).",
                hint=f"Set {address.token_env} to a token of this server's owner, or of a user who may see the library.",
            )
        if answer.status == 404:
            return NotFound("not-at-server", f"The Plex server at {address.url} has nothing at {path}.")
        why = f"answered {answer.status} to {path}"
        if 300 <= answer.status < 400:
            elsewhere = self._address.token.hidden_in(_origin(answer.headers.get("Location", "")))
            why = f"sends elsewhere, to {elsewhere}; that is not followed"
        return self._refusal(_Trouble(why, code="reply-not-understood"))

    def _refusal(self, trouble: _Trouble) -> Unreadable:
        message = f"The Plex server at {self._address.url} {trouble.why}."
        if trouble.code == "source-unreachable":
            return Unreadable(
                "source-unreachable",
                message,
                hint="See that the server runs and that its URL is right; nothing was changed, so try again later.",
            )
        hint = (
            "See that the URL leads to a Plex server itself, and not to another program or a page before it."
        )
        if trouble.code == "reply-too-large":
            return Unreadable("reply-too-large", message, hint=hint)
        return Unreadable("reply-not-understood", message, hint=hint)


def _trust(url: str) -> ssl.SSLContext | bool:
    """What the system trusts, which takes a while to load; nothing at all where there is no certificate to be checked."""
    return True if url.startswith("https:") else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _distrust(error: BaseException) -> str | None:
    """Why a certificate was refused, where that is what lies beneath."""
    beneath: Iterable[BaseException | None] = (error.__cause__, error.__context__)
    for cause in beneath:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return cause.verify_message
        if cause is not None and (found := _distrust(cause)) is not None:
            return found
    return None


def _origin(location: str) -> str:
    """Where a redirect leads, without what stands behind its host."""
    try:
        parts = urlsplit(location)
    except ValueError:
        return "an address that is none"
    if not parts.hostname:
        return "another path of its own"
    return f"{parts.scheme or 'http'}://{parts.netloc.rpartition('@')[2]}"
