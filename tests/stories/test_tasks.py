"""Long work that is about no file: asked for, done by a worker, watched, stopped, and told of where that dies (APP-4)."""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest

from stocktake.book.doing import Made
from stocktake.book.working import Worker
from stocktake.flows import enriching
from stocktake.model.draft import (
    RAW_ROWS,
    JobProgress,
    Wanted,
    about_backfill,
    about_collection,
    about_run,
)
from stocktake.model.errors import Busy, Cancelled, InvalidInput, NotAllowed, NotFound
from stocktake.model.media import MediaScope
from stocktake.model.person import Principal, Role
from stocktake.model.run import RunKind, RunStatus
from tests.reliability.database import is_sqlite
from tests.reliability.stock import worker
from tests.stories.desk import Desk, fleet
from tests.stories.library import Library


@pytest.fixture
def library(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Library:
    """Three films that were not ingested yet."""
    monkeypatch.setenv("STOCKTAKE_UPLOADS", str(tmp_path / "uploads"))
    return Library(desk, tmp_path / "media").films("Heat (1995)", "Ran (1985)", "Alien (1979)")


def about(library: Library, named: str = "Films") -> str:
    return about_collection(library.book.collection(named).collection_id)


def ended(desk: Desk, what: str) -> JobProgress:
    """The work, once it has ended."""
    found = desk.book.await_work(what, 60)
    assert found is not None
    assert not found.running
    return found


def begun(desk: Desk, what: str, phase: str) -> JobProgress:
    """The work, once it is in that phase."""
    until = time.monotonic() + 30
    while time.monotonic() < until:
        found = desk.book.work_on(what)
        if found is not None and found.phase == phase:
            return found
        time.sleep(0.01)
    raise AssertionError(f"{what} did not come to {phase}")


def test_a_collection_is_ingested_and_enriched_by_a_worker_in_the_name_of_who_asked(library: Library):
    """APP-4, MED-B7, MED-D9, SEC-8: looked at, ingested in part and whole, and enriched."""
    desk, films = library.desk, about(library)
    desk.book.principal = Principal(
        name="olga@example.com", roles={desk.book.workspace_id: Role.OPERATOR}, user_id=7
    )
    with worker(desk.book):
        asked = desk.book.ask_for_ingest("Films", dry_run=True)
        assert (asked.wanted, asked.waiting) == (Wanted.INGEST, True)
        looked = ended(desk, films)
        assert (looked.outcome, looked.run_id) == (None, None)
        assert desk.book.assets() == ([], 0)
        desk.book.ask_for_ingest("Films", MediaScope(title="Heat"))
        ended(desk, films)
        assert list(library.assets()) == ["Heat (1995).mkv"]
        desk.book.ask_for_ingest("Films")
        run = desk.book.run(ended(desk, films).run_id or 0).run
        assert (run.initiated_by, run.stats["created"], run.stats["unchanged"]) == ("olga@example.com", 2, 1)
        desk.book.ask_for_enrichment("Films")
        enriched = ended(desk, films)
        assert (enriched.wanted, enriched.outcome) == (Wanted.ENRICH, None)
        assert set(library.states().values()) == {"ready"}
        desk.book.ask_for_enrichment("Films")
        assert ended(desk, films).run_id is None, "there was nothing to do"


def test_what_an_ingest_is_refused_with_is_told_as_it_was_raised(library: Library):
    """APP-4, MED-B8, MED-D10: what can be told is refused at once, the rest when it is done."""
    desk, films = library.desk, about(library)
    with pytest.raises(InvalidInput) as unknown:
        desk.book.ask_for_ingest("Series")
    assert unknown.value.code == "unknown-collection"
    library.put("Series/The Wire - S01E01.mkv")
    library.discover(sync=False)
    with pytest.raises(InvalidInput) as disabled:
        desk.book.ask_for_ingest("Series")
    assert disabled.value.code == "sync-disabled"
    with worker(desk.book):
        desk.book.ask_for_ingest("Films", MediaScope(title="Dune"))
        refused = ended(desk, films).outcome
        assert refused is not None
        assert (refused.kind, refused.code) == ("NotFound", "scope-not-found")
        desk.book.principal = Principal(
            name="olga@example.com", roles={desk.book.workspace_id: Role.OPERATOR}, user_id=7
        )
        with pytest.raises(NotAllowed):
            desk.book.ask_for_ingest("Films", accept_root=True)


def test_of_one_collection_one_thing_is_done_at_a_time(library: Library):
    """APP-4: the next who asks is told so, nothing of theirs is kept, and other collections are not held up."""
    desk = library.desk
    library.put("Series/The Wire - S01E01.mkv")
    library.discover()
    desk.book.ask_for_ingest("Films")
    for again in (desk.book.ask_for_ingest, desk.book.ask_for_enrichment):
        with pytest.raises(Busy) as waiting:
            again("films")
        assert waiting.value.code == "job-waiting"
        assert '"Films"' in waiting.value.message
    desk.book.ask_for_ingest("Series")
    with worker(desk.book):
        assert ended(desk, about(library)).outcome is None
        assert ended(desk, about(library, "Series")).outcome is None
    assert len(library.assets()) == 4


def test_how_far_an_ingest_is_is_told_while_it_walks_and_it_can_be_stopped(
    library: Library, slow_disk: threading.Event
):
    """APP-4: nothing was written; asked for again it is done."""
    desk, films = library.desk, about(library)
    with worker(desk.book):
        desk.book.ask_for_ingest("Films")
        assert begun(desk, films, "discovering").stopping is False
        stopping = desk.book.stop_work(films)
        assert stopping is not None
        assert stopping.stopping
        assert getattr(desk.book.work_on(films), "stopping", None) is True
        slow_disk.set()
        stopped = ended(desk, films).outcome
        assert stopped is not None
        assert (stopped.kind, stopped.code) == ("Cancelled", "work-stopped")
        assert stopped.message == "The ingest was stopped. Nothing was written."
        assert desk.book.assets() == ([], 0)
        again = desk.book.stop_work(films)
        assert again is not None
        assert not again.running, "what has ended is left as it is"
        desk.book.ask_for_ingest("Films")
        assert ended(desk, films).outcome is None
    assert len(library.assets()) == 3


def test_long_work_leaves_a_thread_for_whoever_waits_before_an_import(
    library: Library, slow_disk: threading.Event
):
    """APP-4: two collections are walked for long, and a preview is made meanwhile by the worker's other thread."""
    desk, films = library.desk, about(library)
    desk.declare("INTUNE")
    library.put("Series/The Wire - S01E01.mkv")
    library.discover()
    book = desk.book
    draft = book.receive([b"Serial Number\nS1\n"], "devices.csv").draft
    book.choose(draft.draft_id, record_type="device", source="INTUNE")
    with Worker(book.store, lambda _, __: book, book.uploads, clock=book.clock, threads=2):
        book.ask_for_ingest("Films")
        desk.later()
        book.ask_for_ingest("Series")
        begun(desk, films, "discovering")
        book.ask_for_preview(draft.draft_id)
        assert ended(desk, about_run(draft.draft_id)).outcome is None
        series = book.work_on(about(library, "Series"))
        assert series is not None
        assert series.waiting
        slow_disk.set()
        assert ended(desk, films).outcome is None
        assert ended(desk, about(library, "Series")).outcome is None


def test_what_waits_leaves_the_queue_when_it_is_stopped(library: Library):
    """APP-4: by whoever may have it done; work on a run is not stopped so."""
    desk, films = library.desk, about(library)
    desk.book.ask_for_ingest("Films")
    assert desk.book.stop_work(films) is None
    assert desk.book.work_on(films) is None
    assert desk.book.stop_work(films) is None
    run = library.ingest()
    assert run.run is not None
    desk.book.ask_for_rollback(run.run.run_id)
    with pytest.raises(InvalidInput) as refused:
        desk.book.stop_work(about_run(run.run.run_id))
    assert refused.value.code == "not-stoppable"
    desk.book.ask_for_pruning("90d")
    desk.book.principal = Principal(
        name="olga@example.com", roles={desk.book.workspace_id: Role.OPERATOR}, user_id=7
    )
    with pytest.raises(NotAllowed):
        desk.book.stop_work(RAW_ROWS)


def test_work_that_another_process_does_hears_that_it_is_to_stop(
    postgres_copy: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, slow_disk: threading.Event
):
    """APP-4, REL-9: where several servers share a PostgreSQL, by the table."""
    monkeypatch.setenv("STOCKTAKE_UPLOADS", str(tmp_path / "uploads"))
    theirs, ours = Desk(postgres_copy, tmp_path / "theirs"), Desk(postgres_copy, tmp_path / "ours")
    library = Library(ours, tmp_path / "media").films("Heat (1995)")
    films = about(library)
    assert not is_sqlite(postgres_copy)
    with worker(theirs.book):
        ours.book.ask_for_ingest("Films")
        begun(ours, films, "discovering")
        assert ours.book.store.board.read((ours.book.workspace_id, films)) is None
        ours.book.stop_work(films)
        time.sleep(0.6)  # the table is asked twice a second
        slow_disk.set()
        stopped = ended(ours, films).outcome
        assert stopped is not None
        assert stopped.code == "work-stopped"
    theirs.book.close()
    ours.book.close()


def test_an_enriching_that_is_stopped_keeps_what_was_enriched_by_then(
    library: Library, monkeypatch: pytest.MonkeyPatch
):
    """APP-4, MED-D9: batches that were written stay, and the next one goes on from there."""
    monkeypatch.setattr(enriching, "BATCH", 1)
    desk, films = library.desk, about(library)
    library.ingest()
    with pytest.raises(Cancelled):
        desk.book.enrich_assets("Films", progress=Heard(until=2))
    assert sorted(library.states().values()).count("ready") == 1
    with worker(desk.book):
        desk.book.ask_for_enrichment("Films")
        assert ended(desk, films).outcome is None
    assert set(library.states().values()) == {"ready"}


def test_a_backfill_is_done_by_a_worker_and_its_runs_are_told(desk: Desk):
    """APP-4, BAC-1"""
    desk.declare("INTUNE")
    desk.load("INTUNE", fleet(6))
    desk.write("DELETE FROM st_source_link WHERE external_id IN ('s001', 's002')")
    with pytest.raises(NotFound):
        desk.book.ask_for_backfill("nothing-such")
    with worker(desk.book):
        desk.book.ask_for_backfill("presence-links")
        done = ended(desk, about_backfill("presence-links"))
        assert done.outcome is None
        run = desk.book.run(done.run_id or 0).run
        assert (run.kind, run.stats["links"]) == (RunKind.BACKFILL, 2)
        desk.book.ask_for_backfill("presence-links")
        again = ended(desk, about_backfill("presence-links"))
        assert (again.outcome, again.run_id) == (None, None)


def test_what_was_old_enough_when_it_was_asked_for_is_pruned_however_long_that_waits(desk: Desk):
    """APP-4, LIN-5: exactly what was shown, and not what has grown old in the queue."""
    desk.declare("INTUNE")
    old = desk.load("INTUNE", fleet(3))
    desk.later()
    desk.load("INTUNE", fleet(4))
    shown = desk.book.preview_pruning("1d").counts["raw_rows"]
    assert shown == 3
    desk.book.ask_for_pruning("1d", reason="retention")
    desk.later(timedelta(days=2))
    assert desk.book.preview_pruning("1d").counts["raw_rows"] == 7
    with worker(desk.book):
        done = ended(desk, RAW_ROWS)
        assert done.outcome is None
    run = desk.book.run(done.run_id or 0).run
    assert (run.kind, run.stats["raw_rows"], run.reason) == (RunKind.PRUNE, shown, "retention")
    assert desk.book.preview_pruning("1d").counts["runs"] == 1
    assert old.run_id not in desk.book.preview_pruning("1d").runs["run_id"].to_list()


def test_work_whose_worker_died_before_its_commit_is_interrupted_and_can_be_asked_for_again(
    library: Library,
):
    """REL-9: nothing of it was written, its run says so, and it is not done again by itself."""
    desk, films = library.desk, about(library)
    desk.book.ask_for_ingest("Films")
    collection = desk.book.collection("Films")
    with desk.book.store.writing(desk.book.workspace_id) as unit:  # as a worker does before it dies
        unit.begin_job(films, claimed_by="somebody", at=desk.now)
        run_id = unit.reserve("run", 1)
        unit.announce_run(
            run_id,
            kind="import",
            status="applying",
            source=collection.source_code,
            record_type="media_asset",
            is_full_snapshot=True,
            started_at=desk.now,
            initiated_by=desk.book.by,
        )
    with worker(desk.book):
        outcome = ended(desk, films).outcome
        assert outcome is not None
        assert (outcome.code, outcome.hint) == ("interrupted", "Ask for the ingest again.")
        assert "Nothing of it was written" in outcome.message
        assert desk.book.run(run_id).run.status is RunStatus.INTERRUPTED
        desk.book.ask_for_ingest("Films")
        assert ended(desk, films).outcome is None
    assert len(library.assets()) == 3


def test_work_whose_worker_died_after_its_commit_is_told_as_done(library: Library):
    """REL-9: an ingest that was committed is so, whatever died before it could say that."""
    desk, films = library.desk, about(library)
    desk.book.ask_for_ingest("Films")
    with desk.book.store.writing(desk.book.workspace_id) as unit:
        unit.begin_job(films, claimed_by="somebody", at=desk.now)
    done = library.ingest()
    assert done.run is not None
    with worker(desk.book):
        told = ended(desk, films)
    assert (told.outcome, told.run_id) == (None, done.run.run_id)


def test_what_had_ended_when_its_worker_died_stays_as_it_was_told(library: Library):
    """REL-9: the outcome was kept, the job had only to leave the queue; who asks again meanwhile is served."""
    desk, films = library.desk, about(library)
    desk.book.ask_for_enrichment("Films")
    with desk.book.store.writing(desk.book.workspace_id) as unit:  # as a worker does before it dies
        unit.begin_job(films, claimed_by="somebody", at=desk.now)
        unit.change_progress(films, finished_at=desk.now)
    with worker(desk.book):
        desk.book.ask_for_ingest("Films")
        told = ended(desk, films)
    assert (told.wanted, told.outcome) == (Wanted.INGEST, None)
    assert len(library.assets()) == 3


def test_an_enriching_whose_worker_died_tells_what_it_had_written(library: Library):
    """REL-9, MED-D9"""
    desk, films = library.desk, about(library)
    library.ingest()
    desk.book.ask_for_enrichment("Films")
    with desk.book.store.writing(desk.book.workspace_id) as unit:
        unit.begin_job(films, claimed_by="somebody", at=desk.now)
    _, run = desk.book.enrich_assets("Films")
    assert run is not None
    with worker(desk.book):
        outcome = ended(desk, films).outcome
    assert outcome is not None
    assert outcome.code == "interrupted"
    assert f"What it had written by then stays: run {run.run_id}." in outcome.message


class Heard:
    """Hears how far work has come, and has it stop after so many."""

    def __init__(self, until: int | None = None) -> None:
        self.phases: dict[str, int | None] = {}
        self.done = 0
        self._until = until

    def phase(self, name: str, total: int | None = None) -> None:
        self.phases[name] = total
        self.done = 0

    def expect(self, total: int) -> None:
        self.phases[list(self.phases)[-1]] = total

    def advance(self, rows: int) -> None:
        self.done += rows
        if self.done == self._until:
            raise Cancelled("work-stopped", "It was stopped.")


def test_what_is_counted_while_a_collection_is_ingested_and_enriched(library: Library):
    """APP-4, MED-D5: entries of folders, of as many as there were last time; contents; assets."""
    library.put("Films/Extras/notes.txt")
    first, whole, again, enriched = Heard(), Heard(), Heard(), Heard()
    library.ingest(progress=first)
    assert next(iter(first.phases.items())) == ("discovering", None)
    assert {"planning", "applying", "recording"} <= set(first.phases)
    library.ingest(progress=whole, verify=True)
    assert whole.phases["reading contents"] == 3
    library.put("Films/Dune (2021).mkv")
    library.ingest(progress=again)
    assert again.phases["discovering"] == 5
    library.book.enrich_assets("Films", progress=enriched)
    assert (enriched.phases, enriched.done) == ({"enriching": 4}, 4)


def test_a_worker_is_given_what_each_kind_of_work_made(library: Library):
    """APP-4: whoever renders it is told the numbers of an ingest."""
    desk, films = library.desk, about(library)
    seen: list[Made] = []

    def render(made: Made) -> dict[str, int]:
        seen.append(made)
        return {}

    book = desk.book
    with Worker(book.store, lambda _, __: book, book.uploads, clock=book.clock, threads=1, document=render):
        book.ask_for_ingest("Films")
        ended(desk, films)
    (made,) = seen
    assert made.ingested is not None
    assert made.ingested.stats.assets_ingested == 3
    assert [each.run.status for each in made.runs] == [RunStatus.APPLIED]
