"""REL-1c, REL-9, APP-4: a worker that is killed while it ingests leaves the state before or after, and work goes on."""

from __future__ import annotations

import os
import random
import time
from pathlib import Path

import pytest

from stocktake.book import Book
from stocktake.model.draft import about_collection
from stocktake.model.media import MediaKind, MediaSource
from stocktake.model.run import RunStatus
from tests.chance import SOAK, times
from tests.reliability.child import Child
from tests.reliability.stock import opened, worker
from tests.reliability.test_kill import settled

#: So many films come with each turn.
FILMS = 400 if SOAK == 1 else 2_000
KILLS = min(times(3), 50)


@pytest.mark.chance
def test_a_worker_killed_while_it_ingests_leaves_all_or_nothing_and_the_next_tells_which(
    ready_database_url: str, tmp_path: Path
):
    """REL-1c, REL-9: SIGKILL at three instants of an ingest of 400 films more; a soak kills one of 2,000 at fifty."""
    chance, url, folder = random.Random(20261128), ready_database_url, tmp_path / "media" / "Films"
    folder.mkdir(parents=True)
    seen: set[str] = set()
    with opened(url) as book:
        films = declared(book, folder)
        with Child(url, "ALPHA") as child:
            start = time.monotonic()
            asked(book, folder, 0)
            child.say(command="work")
            child.hear("working")
            assert book.await_work(films, 120) is not None
            duration = time.monotonic() - start
            child.say()
        assert book.assets()[1] == FILMS
        for turn in range(1, KILLS + 1):
            before = book.assets()[1]
            after = asked(book, folder, turn)
            with Child(url, "ALPHA") as child:
                child.say(command="work")
                child.hear("working")
                time.sleep(chance.uniform(0.1, duration * 0.8))
                child.kill()
            settled(url)
            assert book.assets()[1] in (before, after)
            was_whole = book.assets()[1] == after
            with worker(book):
                ended = book.await_work(films, 120)
                assert ended is not None
                assert not ended.running
                if ended.outcome is not None:
                    assert ended.outcome.code == "interrupted"
                    assert not was_whole
                    assert book.assets()[1] == before, "it is not done again by itself"
                    book.ask_for_ingest("Films")
                    again = book.await_work(films, 120)
                    assert again is not None
                    assert again.outcome is None, again.outcome
                    seen.add("interrupted")
                else:
                    assert ended.run_id is not None
                    assert book.run(ended.run_id).run.status is RunStatus.APPLIED
                    seen.add("whole" if was_whole else "not begun")
            assert book.assets()[1] == after
        applying = [each for each in book.runs(page_size=100)[0] if each.status is RunStatus.APPLYING]
        assert applying == []
    print(sorted(seen))
    assert "interrupted" in seen


def declared(book: Book, folder: Path) -> str:
    """The collection of the folder, to be ingested; what work on it is about."""
    book.set_up()
    book.add_media_source(MediaSource(name="NAS", kind=MediaKind.FILESYSTEM, path=str(folder.parent)))
    book.discover_collections("NAS")
    return about_collection(book.update_collection("Films", is_sync_enabled=True).collection_id)


def asked(book: Book, folder: Path, turn: int) -> int:
    """More films, whose ingest waits for a worker; how many there are now."""
    for number in range(FILMS):
        place = folder / f"Film {turn:02}-{number:04} (1995).mkv"
        place.touch()
        os.utime(place, (1_700_000_000, 1_700_000_000))
    book.ask_for_ingest("Films")
    return (turn + 1) * FILMS
