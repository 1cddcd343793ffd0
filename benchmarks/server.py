"""A PostgreSQL server that keeps its promises (fsync on): one that runs already, or one of our own for this run.

``STOCKTAKE_BENCH_POSTGRES`` or ``STOCKTAKE_TEST_POSTGRES`` names the former by its URL. Ours is the tests' server
(``tests.postgres``) with what they switch off switched on again.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests import postgres

DURABLE = {"fsync": "on", "full_page_writes": "on"}


@contextmanager
def running() -> Iterator[str]:
    """The URL of the server's superuser."""
    for name in ("STOCKTAKE_BENCH_POSTGRES", "STOCKTAKE_TEST_POSTGRES"):
        if "://" in (url := os.environ.get(name, "")):
            yield url
            return
    server = _started()
    try:
        yield server.url()
    finally:
        server.stop()


def _started() -> postgres.Server:
    directory = postgres._directory()
    keeper = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.server", str(directory)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    return postgres.Server(directory=directory, keeper=keeper)


if __name__ == "__main__":
    postgres.SETTINGS.update(DURABLE)
    postgres.keep(Path(sys.argv[1]), "")
