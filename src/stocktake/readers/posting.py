"""Posting to an address that somebody else has chosen: to where it may lead, once, and not for long (SEC-6)."""

from __future__ import annotations

import http.client
import re
import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

from stocktake.model.errors import InvalidInput
from stocktake.model.webhook import Posting
from stocktake.readers.address import is_forbidden, is_public, resolved

#: The longest URL of a webhook.
LONGEST = 2_000
#: So much of an answer is read, and told where it is no success.
KEPT = 300

#: So many addresses of a name are tried, should the first ones not answer.
_TRIED = 3

_HOSTS = "STOCKTAKE_WEBHOOK_HOSTS"


@dataclass(frozen=True, slots=True, kw_only=True)
class Poster:
    """Posts bodies to URLs. ``hosts``: those that may be in a network of one's own, and asked without TLS.

    The name is resolved once, all addresses that it leads to are looked at, and these are connected to, one after another
    until one answers. Redirects are not followed, no proxy is asked, and after ``seconds`` the connection ends, whatever
    the other side does.
    """

    hosts: frozenset[str] = frozenset()
    connect_seconds: float = 5.0
    seconds: float = 15.0
    tls: ssl.SSLContext | None = None
    resolve: Callable[[str, int | None], list[str]] = field(default=resolved, repr=False)

    def checked(self, url: str) -> str:
        """A URL that may be posted to, as it is kept.

        Raises ``InvalidInput`` ``invalid-url``, ``address-not-allowed``. A name that cannot be resolved is let pass: the
        delivery will tell.
        """
        parts = self._secured(url)
        with suppress(OSError, UnicodeError):
            self._allowed(parts)
        return url.strip()

    def __call__(self, url: str, body: bytes, headers: Mapping[str, str]) -> Posting:
        """Post once. What goes wrong is told in the value, and never raised."""
        try:
            return self._posted(self._secured(url), body, headers)
        except InvalidInput as refused:
            return Posting(status=None, went_wrong=refused.message)
        except TimeoutError:
            why = f"did not answer within {self.seconds:g} seconds"
        except ssl.SSLCertVerificationError as error:
            why = f"shows a certificate that is not trusted ({error.verify_message})"
        except (OSError, UnicodeError, http.client.HTTPException, ValueError) as error:
            why = f"cannot be reached ({_said(str(error)) or type(error).__name__})"
        return Posting(status=None, went_wrong=f"The receiver {why}.")

    def _secured(self, url: str) -> SplitResult:
        """The parts of a URL that nobody listens in on. Raises ``InvalidInput`` ``invalid-url``."""
        parts = _parts(url)
        host = parts.hostname or ""
        if parts.scheme == "http" and host not in self.hosts:
            raise InvalidInput(
                "invalid-url",
                f"A webhook at {host} must be reached by https, so that nobody on the way reads or changes what is told.",
                hint=f"Give an https URL, or let whoever runs the server list {host} in {_HOSTS}.",
            )
        return parts

    def _allowed(self, parts: SplitResult) -> list[str]:
        """The addresses to connect to, once all have been looked at. Raises ``InvalidInput``, ``OSError``."""
        host = parts.hostname or ""
        found = self.resolve(host, parts.port or _port(parts))
        for each in found:
            if is_forbidden(each) or not (host in self.hosts or is_public(each)):
                raise InvalidInput(
                    "address-not-allowed",
                    f"{host} leads to where no webhook may be: into a network within, or to this machine.",
                    hint=f"Give a receiver on the net, or let whoever runs the server list {host} in {_HOSTS}.",
                )
        if not found:
            raise OSError("its name leads nowhere")
        return found[:_TRIED]

    def _connected(self, addresses: list[str], port: int) -> socket.socket:
        """A connection to the first address that takes one. Raises ``OSError`` of the last."""
        for address in addresses[:-1]:
            with suppress(OSError):
                return socket.create_connection((address, port), timeout=self.connect_seconds)
        return socket.create_connection((addresses[-1], port), timeout=self.connect_seconds)

    def _posted(self, parts: SplitResult, body: bytes, headers: Mapping[str, str]) -> Posting:
        addresses = self._allowed(parts)
        with ExitStack() as ending:
            plain = self._connected(addresses, parts.port or _port(parts))
            ending.callback(plain.close)
            line = plain
            if parts.scheme == "https":
                context = self.tls or ssl.create_default_context()
                line = context.wrap_socket(
                    plain, server_hostname=parts.hostname, do_handshake_on_connect=False
                )
                ending.callback(line.close)
            late = threading.Event()
            watch = threading.Timer(self.seconds, _cut, (line, late))
            watch.daemon = True
            watch.start()
            ending.callback(watch.cancel)
            line.settimeout(self.seconds)
            try:
                if isinstance(line, ssl.SSLSocket):
                    line.do_handshake()
                return _exchanged(line, parts, body, headers)
            except (OSError, http.client.HTTPException, ValueError) as error:
                if late.is_set():
                    raise TimeoutError from error
                raise


def _exchanged(line: socket.socket, parts: SplitResult, body: bytes, headers: Mapping[str, str]) -> Posting:
    connection = http.client.HTTPConnection(parts.hostname or "")
    connection.sock = line
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    own = {"Host": parts.netloc, "User-Agent": "stocktake", "Connection": "close"}
    connection.request("POST", target, body=body, headers={**own, **headers})
    answer = connection.getresponse()
    if 200 <= answer.status < 300:
        return Posting(status=answer.status)
    if 300 <= answer.status < 400:
        why = f"answered {answer.status} and sends elsewhere; that is not followed"
    else:
        said = _said(answer.read(KEPT).decode("utf-8", "replace"))
        why = f"answered {answer.status}" + (f": {said}" if said else "")
    return Posting(status=answer.status, went_wrong=f"The receiver {why}.")


def _cut(line: socket.socket, late: threading.Event) -> None:
    """End a connection under the hands of whoever waits for it; the plain socket's way, whatever it is wrapped in."""
    late.set()
    with suppress(OSError):
        socket.socket.shutdown(line, socket.SHUT_RDWR)


def _port(parts: SplitResult) -> int:
    return 443 if parts.scheme == "https" else 80


def _said(text: str) -> str:
    """Some words of others on one line, without what a screen or a log would obey (SEC-7)."""
    plain = "".join(each if each.isprintable() else " " for each in re.sub(r"^\[Errno -?\d+\] ", "", text))
    return " ".join(plain.split())[:KEPT].rstrip(".")


def _parts(url: str) -> SplitResult:
    """A URL of a webhook in parts. Raises ``InvalidInput`` ``invalid-url``."""
    hint = "Give the whole address, such as https://example.com/hooks/stocktake."
    text = url.strip()
    try:
        parts = urlsplit(text)
        _ = parts.port
        (parts.hostname or "").encode("idna")
    except (ValueError, UnicodeError):
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname or not _is_plain(text):
        raise InvalidInput("invalid-url", "The URL of the webhook is no https address.", hint=hint)
    if parts.fragment or "@" in parts.netloc:
        # Its text stays unsaid: what stands there is likely a secret.
        raise InvalidInput("invalid-url", "The URL of the webhook holds a user or a fragment.", hint=hint)
    return parts


def _is_plain(text: str) -> bool:
    """ASCII without blanks, as a request carries it."""
    return len(text) <= LONGEST and re.fullmatch(r"[!-~]+", text) is not None
