"""The threads of a worker share out what waits: each job is done once (REL-9)."""

from __future__ import annotations

import threading
from typing import Any

from sqlalchemy import Connection, Engine, event

from tests.reliability.stock import FIRST, declare, opened, uploaded, worker


def test_a_job_that_is_leaving_the_queue_is_nobody_elses(ready_database_url, tmp_path, monkeypatch):
    """REL-9, REL-6: as long as it waits for a writer to leave, a second thread passes it, and takes it for no dead one's."""
    monkeypatch.setenv("STOCKTAKE_UPLOADS", str(tmp_path / "uploads"))
    leaving, may_leave = threading.Event(), threading.Event()

    def wait(_connection: Connection, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.startswith("DELETE FROM st_job ") and not leaving.is_set():
            leaving.set()
            assert may_leave.wait(30)

    with opened(ready_database_url) as book:
        declare(book)
        number = uploaded(book, FIRST, "ALPHA").draft_id
        book.ask_for_preview(number)
        event.listen(Engine, "before_cursor_execute", wait)
        ours = worker(book)
        first = threading.Thread(target=ours.do_next)
        first.start()
        try:
            assert leaving.wait(30)
            assert ours.do_next() is False
        finally:
            may_leave.set()
            first.join(30)
            event.remove(Engine, "before_cursor_execute", wait)

        progress = book.job_progress(number)
        assert progress is not None
        assert progress.finished_at is not None
        assert progress.outcome is None
        assert ours.do_next() is False
