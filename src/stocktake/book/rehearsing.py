"""Rehearsing: a test database of its own, in which an ingest may write whatever it likes (MED-B10)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from stocktake.access.right import Right
from stocktake.book.collecting import Collecting
from stocktake.book.right import needs
from stocktake.flows import collecting
from stocktake.model.errors import InvalidInput
from stocktake.model.person import owner
from stocktake.stores.store import open_store

#: Where the test database lies, where the environment says so.
TEST_DB_VARIABLE = "STOCKTAKE_TEST_DB"


class Rehearsing(Collecting):
    """The part of a book that tries things out elsewhere."""

    @needs(Right.IMPORT)
    @contextmanager
    def rehearsal(self, media_source: str) -> Iterator[Self]:
        """A book of the test database, which knows the media source and its collections as they are declared here.

        It is ``STOCKTAKE_TEST_DB``, else the file beside this database whose name ends in ``.test.db``. Its assets are its
        own: what was ingested there before is known there, and nowhere else. Raises ``InvalidInput`` ``no-test-database``.
        """
        source, known = self.media_source(media_source), self.collections(media_source)
        other = type(self)(
            open_store(self._test_url()),
            workspace=self.workspace,
            principal=owner(self.by),  # its roles are those of this database
            clock=self.clock,
            rollback_days=self.rollback_days,
            limits=self.limits,
        )
        try:
            other.set_up()
            with other._writing() as unit:
                collecting.keep_media_source(unit, source, by=self.by, at=self.clock())
                for each in known:
                    collecting.keep_collection(unit, each, by=self.by, at=self.clock())
            yield other
        finally:
            other.store.close()

    def _test_url(self) -> str:
        told, own = os.environ.get(TEST_DB_VARIABLE, "").strip(), self.store.url
        if told:
            if told == own.render_as_string(hide_password=False):
                raise InvalidInput(
                    "no-test-database",
                    f"{TEST_DB_VARIABLE} names this very database. Nothing was written.",
                    hint="Name another one, which may be thrown away.",
                )
            return told
        if own.get_backend_name() == "sqlite" and own.database not in (None, "", ":memory:"):
            return f"sqlite:///{Path(str(own.database)).with_suffix('.test.db')}"
        raise InvalidInput(
            "no-test-database",
            "There is no test database to write to. Nothing was written.",
            hint=f"Set {TEST_DB_VARIABLE} to the URL of a database that may be thrown away.",
        )
