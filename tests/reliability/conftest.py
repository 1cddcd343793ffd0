"""What the reliability tests share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.reliability.driver import Tap, install


@pytest.fixture
def tap(monkeypatch: pytest.MonkeyPatch) -> Tap:
    """The drivers, tapped: ask for it before a database is opened."""
    return install(monkeypatch)


@pytest.fixture(params=["sqlite", "postgres"])
def new_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database for this test alone, which may drop it and make it anew under its name; set up by whoever opens it."""
    url: str = request.getfixturevalue(f"{request.param}_database")
    return url


@pytest.fixture(autouse=True)
def uploads_of_its_own(tmp_path, monkeypatch) -> None:
    """Uploads lie in the test's own folder, those of its child processes too."""
    monkeypatch.setenv("STOCKTAKE_UPLOADS", str(tmp_path / "uploads"))
