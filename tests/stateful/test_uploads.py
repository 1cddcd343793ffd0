"""REL-10, UPL-2, UPL-3: uploads, applies, cancels and clearings in whatever order, with deaths in between.

Each rule is one step of somebody; a step of the clearing happens while others are in the middle of theirs. A file in use is
never deleted, and once everything has ended and a day has passed nothing is left.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from contextlib import ExitStack, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from stocktake.flows.clearing import clear_uploads
from stocktake.flows.drafting import announce_upload, cancel_draft, drop_upload
from stocktake.model.draft import Upload
from stocktake.model.errors import InvalidInput, NotFound
from stocktake.model.run import RunStatus
from stocktake.readers.uploads import UploadDirectory
from stocktake.stores.store import open_store
from tests.chance import times

START = datetime(2026, 3, 1, 9, tzinfo=UTC)
DAY = timedelta(hours=24)


class Died(BaseException):
    """The process of a clearing ends in the middle of it."""


class Watched(UploadDirectory):
    """Does something else right before a clearing looks whether a file is idle."""

    meanwhile: Callable[[], None] | None = None

    def remove_idle(self, name: str) -> bool:
        act, self.meanwhile = self.meanwhile, None
        if act is not None:
            act()
        return super().remove_idle(name)


class Arriving:
    """Somebody's upload in the middle: its block is open until it is received, or given up."""

    def __init__(self, uploads: UploadDirectory, at: datetime) -> None:
        before = names(uploads)
        self.stack = ExitStack()
        self.file = self.stack.enter_context(uploads.incoming(at))
        self.file.write(b"code\n")
        (self.name,) = names(uploads) - before


def names(uploads: UploadDirectory) -> set[str]:
    """The files there, without what lies beside them."""
    there = uploads.directory.iterdir() if uploads.directory.is_dir() else ()
    return {each.name for each in there if len(each.name) == 32}


class Uploading(RuleBasedStateMachine):
    """What the database says of drafts is the model; what lies in the directory is held against it."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.uploads = Watched(self.folder / "uploads", limit=1_000)
        self.store = open_store(f"sqlite:///{self.folder / 'stock.db'}")
        self.store.migrate(at=START)
        self.now = START
        self.arriving: list[Arriving] = []
        self.noted: dict[int, str] = {}
        self.using: dict[int, ExitStack] = {}
        self.lost: set[str] = set()

    def teardown(self) -> None:
        for each in self.using.values():
            each.close()
        for one in self.arriving:
            one.stack.close()
        self.store.close()
        shutil.rmtree(self.folder)

    # Uploads -------------------------------------------------------------------------------------------------------

    @rule()
    def begins_to_arrive(self) -> None:
        self.arriving.append(Arriving(self.uploads, self.now))

    @precondition(lambda self: self.arriving)
    @rule(data=st.data(), end=st.sampled_from(["noted", "given up", "died"]))
    def ends_arriving(self, data: st.DataObject, end: str) -> None:
        """It is noted in the database, given up by who sends it, or its process dies before it is noted."""
        one = self.arriving.pop(data.draw(st.integers(0, len(self.arriving) - 1)))
        if end == "given up":
            one.stack.close()
            assert not (self.uploads.directory / one.name).exists()
            return
        received = one.file.received()
        one.stack.close()
        if end == "died":
            self.lost.add(received.name)
            return
        kept = Upload(
            name=received.name,
            label="x.csv",
            bytes=received.bytes,
            sha256=received.sha256,
            created_at=self.now,
            created_by="ana",
        )
        self.noted[announce_upload(self.store, 1, kept)] = received.name

    # Use -----------------------------------------------------------------------------------------------------------

    @precondition(lambda self: bool(set(self.noted) - set(self.using)))
    @rule(data=st.data())
    def begins_to_use(self, data: st.DataObject) -> None:
        """A preview or an apply begins."""
        draft_id = data.draw(st.sampled_from(sorted(set(self.noted) - set(self.using))))
        stack, there = ExitStack(), (self.uploads.directory / self.noted[draft_id]).exists()
        try:
            path = stack.enter_context(self.uploads.using(self.noted[draft_id]))
        except NotFound:
            assert not there
            del self.noted[draft_id]
            return
        self.uploads.plan_path(path.name, "0" * 32).write_text("{}")
        os.utime(self.uploads.plan_path(path.name, "0" * 32), (self.now.timestamp(), self.now.timestamp()))
        self.using[draft_id] = stack

    @precondition(lambda self: self.using)
    @rule(data=st.data(), end=st.sampled_from(["applied", "failed", "died", "died after its commit"]))
    def ends_using(self, data: st.DataObject, end: str) -> None:
        """It commits and deletes the file, fails, or its process dies before or after the commit."""
        draft_id = data.draw(st.sampled_from(sorted(self.using)))
        self.using.pop(draft_id).close()
        if end in ("failed", "died"):
            return
        with self.store.writing(1) as unit:
            unit.turn_draft(draft_id, [RunStatus.UPLOADED], status="applied")
            draft = unit.draft(draft_id)
        name = self.noted.pop(draft_id)
        if end == "applied":
            assert draft is not None
            drop_upload(self.store, 1, self.uploads, draft, "imported", at=self.now)
            assert not list(self.uploads.directory.glob(f"*{name}*"))
        else:
            self.lost.add(name)

    @precondition(lambda self: bool(set(self.noted) - set(self.using)))
    @rule(data=st.data(), dies=st.booleans())
    def cancels(self, data: st.DataObject, dies: bool) -> None:
        """Cancelled, and the file deleted at once, unless the process dies in between."""
        draft_id = data.draw(st.sampled_from(sorted(set(self.noted) - set(self.using))))
        name = self.noted.pop(draft_id)
        try:
            cancel_draft(self.store, 1, draft_id, by="ana", at=self.now)
        except InvalidInput:
            return
        if dies:
            self.lost.add(name)
            return
        self.uploads.remove(name)
        assert not list(self.uploads.directory.glob(f"*{name}*"))

    # Time and clearing ---------------------------------------------------------------------------------------------

    @rule(hours=st.sampled_from([1, 12, 23, 25]))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule()
    def clears(self) -> None:
        """The hourly clearing; the model forgets what it may delete."""
        clear_uploads(self.store, self.uploads, at=self.now)
        with self.store.reading(1) as unit:
            drafts = {each: unit.draft(each) for each in self.noted}
        for draft_id, draft in drafts.items():
            assert draft is not None
            old = draft.upload.created_at < self.now - DAY
            if draft.upload.deleted_at is not None:
                assert old, "deleted before its day was over"
                assert draft_id not in self.using
                del self.noted[draft_id]
            else:
                assert not old or draft_id in self.using, "left over"

    @rule(data=st.data(), hours=st.sampled_from([0, 25]))
    def clears_while_somebody_begins(self, data: st.DataObject, hours: int) -> None:
        """Between the look into the database and the file, a preview or an apply begins."""
        self.now += timedelta(hours=hours)

        def begin() -> None:
            if set(self.noted) - set(self.using):
                self.begins_to_use(data=data)

        self.uploads.meanwhile = begin
        self.clears()
        self.uploads.meanwhile = None

    @rule(hours=st.sampled_from([0, 25]))
    def dies_while_it_clears(self, hours: int) -> None:
        """The next clearing goes on where this one ended."""
        self.now += timedelta(hours=hours)

        def die() -> None:
            raise Died

        self.uploads.meanwhile = die
        with suppress(Died):
            clear_uploads(self.store, self.uploads, at=self.now)
        self.uploads.meanwhile = None
        self.clears()

    @rule()
    def ends_everything(self) -> None:
        """Once all have ended and a day has passed, one clearing leaves nothing (UPL-4)."""
        for each in self.using.values():
            each.close()
        for one in self.arriving:
            one.stack.close()
        self.using.clear()
        self.arriving.clear()
        self.now += 2 * DAY
        clear_uploads(self.store, self.uploads, at=self.now)
        self.noted.clear()
        self.lost.clear()
        if self.uploads.directory.is_dir():
            assert [each.name for each in self.uploads.directory.iterdir()] == []

    @invariant()
    def what_is_used_is_there(self) -> None:
        """REL-10: never deleted in use, nor while it arrives."""
        for draft_id in self.using:
            assert (self.uploads.directory / self.noted[draft_id]).exists()
        for one in self.arriving:
            assert (self.uploads.directory / one.name).exists()

    @invariant()
    def nothing_lies_there_that_nobody_knows(self) -> None:
        """Every file is one that arrives, is noted, or was left by a death."""
        known = {*self.noted.values(), *(one.name for one in self.arriving), *self.lost}
        if self.uploads.directory.is_dir():
            assert {each.name[:32] for each in self.uploads.directory.iterdir()} <= known


TestUploading = Uploading.TestCase
TestUploading.settings = settings(max_examples=times(50), stateful_step_count=40, deadline=None)
