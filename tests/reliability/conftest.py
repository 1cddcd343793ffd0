"""What the reliability tests share."""

from __future__ import annotations

import pytest

from tests.reliability.driver import Tap, install


@pytest.fixture
def tap(monkeypatch: pytest.MonkeyPatch) -> Tap:
    """The drivers, tapped: ask for it before a database is opened."""
    return install(monkeypatch)


@pytest.fixture(autouse=True)
def uploads_of_its_own(tmp_path, monkeypatch) -> None:
    """Uploads lie in the test's own folder, those of its child processes too."""
    monkeypatch.setenv("STOCKTAKE_UPLOADS", str(tmp_path / "uploads"))
