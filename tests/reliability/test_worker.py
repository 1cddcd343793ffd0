"""REL-9, REL-1c, UPL: a worker that is killed leaves the state before or after, and the next one clears up after it."""

from __future__ import annotations

import random
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from stocktake.book.working import Worker
from stocktake.model.draft import Wanted, about_run
from stocktake.model.errors import Busy, Refusal
from stocktake.model.run import RunStatus
from tests.chance import times
from tests.reliability.child import Child
from tests.reliability.database import TRAIL, fingerprint, is_sqlite
from tests.reliability.stock import FIRST, SECOND, declare, imported, inventory, opened, uploaded, worker
from tests.reliability.test_kill import assert_all_applied, settled

ROWS = 20_000
KILLS = min(times(3), 50)
#: What a job may leave behind, whatever became of it.
ITS_TRAIL = TRAIL | {"st_upload", "st_job", "st_job_progress"}


@pytest.mark.chance
def test_a_worker_killed_while_it_applies_leaves_all_or_nothing_and_the_next_goes_on(ready_database_url):
    """REL-1c, REL-9, UPL-2: SIGKILL at three instants of an apply of 20,000 records; a soak kills it at fifty."""
    chance, url, now = random.Random(20261128), ready_database_url, 0
    seen: set[RunStatus] = set()
    with opened(url) as book:
        declare(book)
        imported(book, rows_noted(0), "ALPHA")
        duration = undisturbed(url, book, asked(book, 1))
        now = 1
        for _ in range(KILLS):
            draft_id = asked(book, 1 - now)
            before = fingerprint(url, without=ITS_TRAIL)
            with Child(url, "ALPHA") as child:
                child.say(command="work")
                child.hear("working")
                time.sleep(chance.uniform(0.1, duration * 1.1))
                child.kill()
            settled(url)
            whole = fingerprint(url, without=ITS_TRAIL) != before
            with worker(book):
                ended = book.await_job(draft_id, 60)
            assert ended is not None
            assert not ended.running
            status = book.run(draft_id).run.status
            seen.add(status)
            if whole or status is RunStatus.APPLIED:
                assert status is RunStatus.APPLIED
                now = 1 - now
                assert_all_applied(url, str(now))
                assert leftovers(book) == []
            elif status is RunStatus.INTERRUPTED:
                assert ended.outcome is not None
                assert ended.outcome.code == "interrupted"
                now = tried_again(book, draft_id, 1 - now)
            else:
                assert status is RunStatus.PLANNED  # killed before it began
                book.cancel(draft_id)
        assert_all_applied(url, str(now))
    assert RunStatus.INTERRUPTED in seen


def rows_noted(note: int) -> dict[str, tuple[str, str | None]]:
    return {f"C{number:05}": (str(note), "1") for number in range(ROWS)}


def asked(book, note: int) -> int:
    """A draft of all rows whose confirmation waits for a worker."""
    draft = uploaded(book, rows_noted(note), "ALPHA")
    plan = book.preview_draft(draft.draft_id)
    book.ask_for_confirm(draft.draft_id, plan.plan_id)
    return draft.draft_id


def undisturbed(url: str, book, draft_id: int) -> float:
    """How long a worker takes from its start to the commit."""
    with Child(url, "ALPHA") as child:
        child.say(command="work")
        child.hear("working")
        start = time.monotonic()
        ended = book.await_job(draft_id, 120)
        assert ended is not None
        assert ended.outcome is None
        duration = time.monotonic() - start
        child.say()
    return duration


def tried_again(book, draft_id: int, note: int) -> int:
    """The interrupted draft, previewed and confirmed once more: its file is still there."""
    plan = book.preview_draft(draft_id)
    book.confirm(draft_id, plan.plan_id)
    assert book.run(draft_id).run.status is RunStatus.APPLIED
    assert leftovers(book) == []
    return note


def leftovers(book) -> list[str]:
    return [each.name for each in book.uploads.directory.iterdir() if not each.name.startswith(".")]


def test_a_preview_whose_worker_died_can_be_asked_for_anew(ready_database_url):
    """REL-9: the draft is ``uploaded`` as before, and its job says that it was interrupted."""
    with inventory(ready_database_url) as book:
        draft = uploaded(book, SECOND, "ALPHA")
        book.ask_for_preview(draft.draft_id)
        with book.store.writing(1) as unit:  # as a worker does before it dies
            unit.begin_job(about_run(draft.draft_id), claimed_by="somebody", at=book.clock())
        with worker(book):
            ended = book.await_job(draft.draft_id, 30)
            assert ended is not None
            assert ended.outcome is not None
            assert ended.outcome.code == "interrupted"
            assert book.draft(draft.draft_id).status is RunStatus.UPLOADED
            book.ask_for_preview(draft.draft_id)
            ended = book.await_job(draft.draft_id, 30)
        assert ended is not None
        assert ended.outcome is None
        assert book.draft(draft.draft_id).status is RunStatus.PLANNED


def test_a_plan_whose_worker_died_before_it_began_can_be_confirmed_again(ready_database_url):
    """REL-9, PLN-9: SIGKILL between taking up the job and announcing the run; the plan is shown as before, and applies.

    Nothing of it stands in the history, so nothing is ``interrupted`` there: the job says so, and what to do.
    """
    with inventory(ready_database_url) as book:
        draft = uploaded(book, SECOND, "ALPHA")
        plan = book.preview_draft(draft.draft_id)
        book.ask_for_confirm(draft.draft_id, plan.plan_id)
        before = fingerprint(ready_database_url, without=ITS_TRAIL)
        with Child(ready_database_url, "ALPHA") as child:
            child.say(command="doomed")
            child.hear("working")
            child.wait()
        settled(ready_database_url)
        assert fingerprint(ready_database_url, without=ITS_TRAIL) == before
        with worker(book):
            ended = book.await_job(draft.draft_id, 30)
            assert ended is not None
            assert ended.outcome is not None
            assert (ended.outcome.code, ended.outcome.hint) == (
                "interrupted",
                "Confirm its plan again; it is shown as before.",
            )
            shown = book.draft(draft.draft_id)
            assert (shown.status, shown.plan_id) == (RunStatus.PLANNED, plan.plan_id)
            book.ask_for_confirm(draft.draft_id, plan.plan_id)
            ended = book.await_job(draft.draft_id, 30)
        assert ended is not None
        assert ended.outcome is None
        assert book.draft(draft.draft_id).status is RunStatus.APPLIED


def test_a_run_left_applying_by_a_dead_command_line_is_interrupted_when_a_worker_starts(ready_database_url):
    """REL-9: its target's lock is free, so it is dead."""
    with inventory(ready_database_url) as book:
        with book.store.writing(1) as unit:
            run_id = unit.reserve("run", 1)
            unit.announce_run(
                run_id,
                kind="import",
                status="applying",
                source="ALPHA",
                record_type="thing",
                is_full_snapshot=True,
                started_at=book.clock() - timedelta(hours=1),
                initiated_by="somebody",
            )
        with worker(book):
            assert book.run(run_id).run.status is RunStatus.INTERRUPTED


def test_two_processes_that_confirm_one_plan_at_once(ready_database_url):
    """REL-6, PLN-9: one applies, the other is told so; on both stores."""
    with inventory(ready_database_url) as book:
        draft = uploaded(book, SECOND, "BETA")
        plan = book.preview_draft(draft.draft_id)
        before = len(book.runs(page_size=100)[0])
        with Child(ready_database_url, "BETA") as one, Child(ready_database_url, "BETA") as other:
            for child in (one, other):
                child.say(command="confirm", draft_id=draft.draft_id, plan_id=plan.plan_id)
                child.hear("ready")
            for child in (one, other):
                child.say()
            codes = [child.hear("confirmed")["code"] for child in (one, other)]
        assert codes.count(None) == 1
        assert set(codes) - {None} <= {"plan-used", "busy", "plan-outdated", "upload-gone"}
        assert book.run(draft.draft_id).run.status is RunStatus.APPLIED
        assert len(book.runs(page_size=100)[0]) == before


def test_two_threads_that_confirm_one_plan_at_once(ready_database_url):
    """REL-6, PLN-9: however they meet, ten times over."""
    with inventory(ready_database_url) as book:
        for turn in range(10):
            said = {**FIRST, "C1": (f"turn {turn}", "1")}
            draft = uploaded(book, said, "BETA")
            plan = book.preview_draft(draft.draft_id, strategy="merge")

            def confirmed(draft_id: int = draft.draft_id, plan_id: str = plan.plan_id) -> str | None:
                try:
                    book.confirm(draft_id, plan_id)
                except Refusal as refused:
                    return refused.code
                return None

            with ThreadPoolExecutor(2) as pool:
                codes = [each.result() for each in [pool.submit(confirmed) for _ in range(2)]]
            assert codes.count(None) == 1, codes
            assert book.run(draft.draft_id).run.status is RunStatus.APPLIED


def test_an_embedded_database_has_one_worker(sqlite_database):
    """REL-9: nothing in SQLite says which jobs are being worked on, so one process has them all."""
    with inventory(sqlite_database) as book, Child(sqlite_database, "ALPHA") as child, worker(book):
        child.say(command="hello")
        child.hear("hello")
        with pytest.raises(Busy, match="Another server"):
            worker(book).start()


def test_several_workers_share_the_jobs_of_one_postgresql(postgres_copy):
    """REL-9, APP-4: each job is done once, by one of three."""
    with inventory(postgres_copy) as book:
        drafts = [uploaded(book, {f"N{turn}": ("new", "1")}, "BETA") for turn in range(9)]
        for each in drafts:
            book.ask_for_preview(each.draft_id, strategy="merge")
        workers: list[Worker] = [worker(book) for _ in range(3)]
        for one in workers:
            one.start()
        ended = [book.await_job(each.draft_id, 60) for each in drafts]
        for one in workers:
            assert one.stop()
        assert [each.wanted for each in ended if each is not None and each.outcome is None] == [
            Wanted.PREVIEW
        ] * 9
        attempts = "SELECT attempts FROM st_job_progress"
        with book.store._transaction(writes=False) as connection:
            assert {row[0] for row in connection.exec_driver_sql(attempts)} == {1}
        assert not is_sqlite(postgres_copy)
