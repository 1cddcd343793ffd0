"""What all stories are given."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stories.desk import Desk


@pytest.fixture
def desk(ready_database_url: str, tmp_path: Path) -> Iterator[Desk]:
    """An empty book, once on each store."""
    working = Desk(ready_database_url, tmp_path)
    yield working
    working.book.close()
