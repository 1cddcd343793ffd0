"""What all stories are given."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chance import SOAK
from tests.stories.desk import Desk
from tests.stories.memory import Memory

#: Who asks for one of these changes how things are done, or listens to how they are done.
MEDDLING = {"monkeypatch", "caplog"}


@pytest.fixture(scope="session")
def memory() -> Memory:
    """What the stories of this process have imported; a soak imports it anew each time."""
    return Memory()


@pytest.fixture
def desk(
    request: pytest.FixtureRequest, ready_database_url: str, tmp_path: Path, memory: Memory
) -> Iterator[Desk]:
    """An empty book, once on each store."""
    remembers = SOAK == 1 and not MEDDLING & set(request.fixturenames)
    working = Desk(ready_database_url, tmp_path, memory=memory if remembers else None)
    yield working
    working.book.close()
