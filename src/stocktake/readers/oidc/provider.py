"""One identity provider: where it says its doors are, its keys, and the exchange of a code for an id token (SEC-4)."""

from __future__ import annotations

import json
import logging
import threading
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx2
from joserfc.jwk import KeySet

from stocktake.model.errors import Unauthenticated, Unreadable
from stocktake.model.round_trip import RoundTrip
from stocktake.ports.identity import Vouched
from stocktake.readers.oidc.id_token import Expected, NotBelieved, claims_of, keys_of

_log = logging.getLogger("stocktake.readers")

#: What a provider tells holds so long before it is asked again.
FRESH = timedelta(minutes=10)
#: A key that is not known has it asked again, but no more often.
PAUSE = timedelta(seconds=30)
#: One that does not answer is not asked again for so many seconds: who waits for it would hold up everybody else.
REST = 5.0
#: Documents of providers take a few thousand bytes.
LARGEST = 1_048_576
LOOPBACK = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderTerms:
    """Who the provider is, and as whom this installation is known to it; ``redirect_url``: where people come back."""

    issuer: str
    client_id: str
    client_secret: str | None = field(repr=False)
    redirect_url: str
    seconds: float = 10
    admits_new: bool = False


@dataclass(frozen=True, slots=True)
class _Known:
    """What the provider has told of itself."""

    authorization: str
    token: str
    keys: KeySet = field(repr=False)
    basic: bool
    at: datetime


class Provider:
    """An OpenID Connect provider, asked by discovery. Threads may share it; redirects are not followed."""

    def __init__(self, terms: ProviderTerms) -> None:
        self._terms = terms
        self._lock = threading.Lock()
        self._known: _Known | None = None
        self._failure: tuple[float, Unreadable] | None = None

    @property
    def issuer(self) -> str:
        """How the provider calls itself."""
        return self._terms.issuer

    @property
    def admits_new(self) -> bool:
        """Whether whoever it vouches for becomes a user."""
        return self._terms.admits_new

    def address(self, trip: RoundTrip, *, at: datetime) -> str:
        """Where somebody goes to show it who they are. Raises ``Unreadable`` ``provider-unreadable``."""
        place = self._told(at).authorization
        asked = {
            "response_type": "code",
            "client_id": self._terms.client_id,
            "redirect_uri": self._terms.redirect_url,
            "scope": "openid email",
            "state": trip.state,
            "nonce": trip.nonce,
            "code_challenge": trip.challenge,
            "code_challenge_method": "S256",
        }
        return f"{place}{'&' if urlsplit(place).query else '?'}{urlencode(asked)}"

    def vouched(self, code: str, trip: RoundTrip, *, at: datetime) -> Vouched:
        """Who came back with that code.

        Raises ``Unauthenticated`` ``sign-in-refused``, and logs why; ``Unreadable`` ``provider-unreadable``.
        """
        try:
            claims = self._claims(self._exchanged(code, trip, at), trip, at)
        except NotBelieved as refused:
            _log.warning("the identity provider %s was not believed: %s", self.issuer, refused)
            raise Unauthenticated(
                "sign-in-refused",
                "What the identity provider says does not hold. Nobody was signed in.",
                hint="Try again; the server's log says what did not hold.",
            ) from refused
        email = claims.get("email")
        verified = claims.get("email_verified") is True and isinstance(email, str)
        return Vouched(issuer=self.issuer, subject=claims["sub"], email=email if verified else None)

    def _claims(self, token: str, trip: RoundTrip, at: datetime) -> dict[str, Any]:
        expected = Expected(
            issuer=self.issuer,
            client_id=self._terms.client_id,
            nonce=trip.nonce,
            now=int(at.timestamp()),
        )
        known = self._told(at)
        try:
            return claims_of(token, known.keys, expected)
        except NotBelieved:
            if at - known.at < PAUSE:
                raise
        return claims_of(token, self._told(at, anew=True).keys, expected)  # keys are changed now and then

    def _exchanged(self, code: str, trip: RoundTrip, at: datetime) -> str:
        """The id token for a code, which is good once."""
        known, terms = self._told(at), self._terms
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": terms.redirect_url,
            "code_verifier": trip.verifier,
        }
        who = None
        if terms.client_secret is not None and known.basic:
            who = httpx2.BasicAuth(terms.client_id, terms.client_secret)
        else:
            form["client_id"] = terms.client_id
            if terms.client_secret is not None:
                form["client_secret"] = terms.client_secret
        status, told = self._asked("POST", known.token, data=form, auth=who)
        token = told.get("id_token")
        if status != 200 or not isinstance(token, str):
            raise NotBelieved(f"it gave no id token for the code (status {status})")
        return token

    def _told(self, at: datetime, *, anew: bool = False) -> _Known:
        with self._lock:
            if self._known is None or anew or at - self._known.at >= FRESH:
                if self._failure is not None and time.monotonic() - self._failure[0] < REST:
                    raise self._failure[1].with_traceback(None)
                try:
                    self._known = self._discovered(at)
                except Unreadable as failure:
                    self._failure = (time.monotonic(), failure)
                    raise
            return self._known

    def _discovered(self, at: datetime) -> _Known:
        _, told = self._asked("GET", f"{self.issuer.rstrip('/')}/.well-known/openid-configuration")
        places = [told.get(name) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")]
        if told.get("issuer") != self.issuer or not all(
            isinstance(each, str) and is_safe(each) for each in places
        ):
            raise self._unreadable("it calls itself by another name, or its doors are not on https")
        authorization, token, keys = map(str, places)
        _, published = self._asked("GET", keys)
        try:
            found = keys_of(published)
        except NotBelieved as error:
            raise self._unreadable(str(error)) from error
        ways = told.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        return _Known(authorization, token, found, "client_secret_basic" in ways, at)

    def _asked(self, method: str, url: str, **sent: Any) -> tuple[int, dict[str, Any]]:
        """Status and document of an answer; within the time, and not larger than it may be."""
        try:
            with (
                httpx2.Client(timeout=self._terms.seconds, follow_redirects=False, trust_env=False) as client,
                client.stream(method, url, headers={"Accept": "application/json"}, **sent) as answer,
            ):
                body = b""
                for part in answer.iter_bytes():
                    body += part
                    if len(body) > LARGEST:
                        raise self._unreadable("its answer is too large")
                found = json.loads(body)
                status = answer.status_code
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
            raise self._unreadable(f"it does not answer ({type(error).__name__})") from error
        except ValueError as error:
            raise self._unreadable("its answer is no JSON") from error
        if not isinstance(found, dict):
            raise self._unreadable("its answer is no JSON object")
        return status, found

    def _unreadable(self, why: str) -> Unreadable:
        return Unreadable(
            "provider-unreadable",
            f"The identity provider {self.issuer} cannot be asked: {why}. Nobody was signed in.",
            hint="Try again later, or sign in with a password; an admin can check STOCKTAKE_OIDC_ISSUER.",
        )


def is_safe(url: str) -> bool:
    """Whether secrets may travel there: by TLS, or within this machine.

    >>> is_safe("https://id.example.com/token"), is_safe("http://id.example.com"), is_safe("http://127.0.0.1:9000/")
    (True, False, True)
    """
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return False
    return (
        bool(host)
        and not parts.username
        and (parts.scheme == "https" or (parts.scheme == "http" and host in LOOPBACK))
    )
