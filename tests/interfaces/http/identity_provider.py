"""A small identity provider that really is one: discovery, keys, codes that are good once, PKCE, signed id tokens."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import KeySet, OctKey, RSAKey

CLIENT, SECRET = "stocktake", "a secret between the two"


@dataclass
class Faulty:
    """How the next answers differ from honest ones."""

    claims: Callable[[dict[str, Any]], None] = lambda claims: None
    algorithm: str = "RS256"
    key: Any = None
    discovery: dict[str, Any] = field(default_factory=dict)
    lies_of_state: bool = False


@dataclass
class RealProvider:
    """A provider at ``issuer``; ``person`` is who sits at the browser."""

    issuer: str = ""
    person: dict[str, Any] = field(
        default_factory=lambda: {"sub": "ana-7", "email": "ana@example.com", "email_verified": True}
    )
    faulty: Faulty = field(default_factory=Faulty)
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one", "use": "sig"}))
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    asked_for_tokens: int = 0

    def document(self) -> dict[str, Any]:
        told = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
        }
        return told | self.faulty.discovery

    def authorized(self, asked: dict[str, str]) -> str:
        """Where the browser is sent back to: the person has shown who they are."""
        assert asked["response_type"] == "code"
        assert asked["client_id"] == CLIENT
        assert asked["code_challenge_method"] == "S256"
        code = f"code-{len(self.codes)}"
        self.codes[code] = asked
        state = "another" if self.faulty.lies_of_state else asked["state"]
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': state, 'iss': self.issuer})}"

    def token(self, sent: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        """The id token for a code, once, for who shows the secret and the verifier."""
        self.asked_for_tokens += 1
        asked = self.codes.pop(sent.get("code", ""), None)
        shown = base64.b64encode(f"{CLIENT}:{SECRET.replace(' ', '%20')}".encode()).decode()
        plain = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        if asked is None or authorization not in (f"Basic {shown}", f"Basic {plain}"):
            return 400, {"error": "invalid_grant"}
        hashed = hashlib.sha256(sent["code_verifier"].encode()).digest()
        if base64.urlsafe_b64encode(hashed).rstrip(b"=").decode() != asked["code_challenge"]:
            return 400, {"error": "invalid_grant"}
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
            **self.person,
        }
        self.faulty.claims(claims)
        return 200, {"id_token": self._signed(claims), "access_token": "x", "token_type": "Bearer"}

    def _signed(self, claims: dict[str, Any]) -> str:
        kind = self.faulty.algorithm
        if kind == "none":
            head, body = (
                base64.urlsafe_b64encode(json.dumps(each).encode()).rstrip(b"=").decode()
                for each in ({"alg": "none", "typ": "JWT"}, claims)
            )
            return f"{head}.{body}."
        key = self.faulty.key or self.key
        return jwt.encode({"alg": kind, "kid": "one"}, claims, key, algorithms=[kind])

    def keys(self) -> dict[str, Any]:
        return dict(KeySet([self.key]).as_dict(private=False))


def shared_secret() -> OctKey:
    """The client's secret as a key: what a token must not be signed by."""
    return OctKey.import_key(SECRET.encode())


@contextmanager
def providing() -> Iterator[RealProvider]:
    """A provider on a port of its own, until the block ends."""
    real = RealProvider()

    class Handler(BaseHTTPRequestHandler):
        disable_nagle_algorithm = True  # else each reply waits for the client to acknowledge its headers

        def do_GET(self) -> None:
            place = urlsplit(self.path)
            if place.path == "/.well-known/openid-configuration":
                self._answer(200, real.document())
            elif place.path == "/keys":
                self._answer(200, real.keys())
            else:
                asked = {name: values[0] for name, values in parse_qs(place.query).items()}
                self.send_response(302)
                self.send_header("Location", real.authorized(asked))
                self.send_header("Content-Length", "0")
                self.end_headers()

        def do_POST(self) -> None:
            sent = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            only = {name: values[0] for name, values in sent.items()}
            self._answer(*real.token(only, self.headers.get("Authorization", "")))

        def _answer(self, status: int, document: dict[str, Any]) -> None:
            body = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    real.issuer = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield real
    finally:
        server.shutdown()
        server.server_close()
        thread.join(30)
