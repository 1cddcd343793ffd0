"""What the reliability tests share."""

from __future__ import annotations

import pytest

from tests.reliability.driver import Tap, install


@pytest.fixture
def tap(monkeypatch: pytest.MonkeyPatch) -> Tap:
    """The drivers, tapped: ask for it before a database is opened."""
    return install(monkeypatch)
