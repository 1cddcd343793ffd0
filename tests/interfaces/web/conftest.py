"""The server of the HTTP tests, whose pages are asked for here."""

from __future__ import annotations

from tests.interfaces.http.conftest import served_sqlite

__all__ = ["served_sqlite"]
