"""Looking at an id token before a word of it is believed (OpenID Connect Core 3.1.3.7)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

#: Signatures by a key that only the provider has; "none" and those by a shared secret are no signatures here.
ALGORITHMS = (
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "Ed25519",
    "EdDSA",
)
#: Clocks may differ by so many seconds.
LEEWAY = 60
#: So old a token may be; it was made while somebody waited.
OLDEST = 600


class NotBelieved(Exception):
    """Why a token is not believed; for the log, not for who brought it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What must stand in the token; ``now`` in seconds since 1970."""

    issuer: str
    client_id: str
    nonce: str
    now: int


def keys_of(document: Mapping[str, Any]) -> KeySet:
    """A provider's keys as it publishes them. Raises ``NotBelieved``."""
    try:
        return KeySet.import_key_set(
            {"keys": [each for each in document["keys"] if each.get("use", "sig") == "sig"]}
        )
    except (JoseError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise NotBelieved(f"its keys are not readable ({type(error).__name__})") from error


def claims_of(token: str, keys: KeySet, expected: Expected) -> dict[str, Any]:
    """What the token says, once signature, algorithm, issuer, audience, time and nonce are right. Raises ``NotBelieved``."""
    try:
        read = jwt.decode(token, keys, algorithms=ALGORITHMS)
        found = CodeIDToken(
            read.claims,
            read.header,
            {
                "iss": {"essential": True, "value": expected.issuer},
                "aud": {"essential": True, "value": expected.client_id},
                "sub": {"essential": True},
                "exp": {"essential": True},
                "iat": {"essential": True},
                "nonce": {"essential": True, "value": expected.nonce},
            },
            {"client_id": expected.client_id, "nonce": expected.nonce},
        )
        found.validate(now=expected.now, leeway=LEEWAY)
    except (JoseError, TypeError, ValueError, AttributeError, KeyError) as error:
        raise NotBelieved(f"its id token does not hold: {_reason(error)}") from error
    if not isinstance(found["sub"], str) or not 0 < len(found["sub"]) <= 255:
        raise NotBelieved("its id token names nobody")
    if found["iat"] < expected.now - OLDEST:
        raise NotBelieved("its id token was made long ago")
    return dict(found)


def _reason(error: Exception) -> str:
    """The kind of the error and the claim that it is about: of what the token says nothing goes into a log."""
    claim = getattr(error, "claim", None) or getattr(error, "claim_name", None)
    return type(error).__name__ + (f" ({claim})" if isinstance(claim, str) else "")
