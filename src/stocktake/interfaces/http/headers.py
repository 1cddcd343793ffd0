"""The headers of every answer that say what a browser may do with it (SEC-4)."""

from __future__ import annotations

HEADERS: tuple[tuple[str, str], ...] = (
    (
        "Content-Security-Policy",
        "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=()"),
    ("Cache-Control", "no-store"),
)
#: Where the answer came over TLS: never again without it.
OVER_TLS: tuple[tuple[str, str], ...] = (("Strict-Transport-Security", "max-age=31536000"),)


def missing_headers(present: set[str], *, scheme: str) -> list[tuple[bytes, bytes]]:
    """Those that an answer lacks; ``present`` in lower case. What a route has set itself stands."""
    wanted = HEADERS + (OVER_TLS if scheme == "https" else ())
    return [(name.encode(), value.encode()) for name, value in wanted if name.lower() not in present]
