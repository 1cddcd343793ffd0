"""Lists read page by page until they are complete, from a server that changes meanwhile (MED-D10, MED-B16)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from hashlib import sha256

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stocktake.model.media import MediaScope
from stocktake.ports.importer import Discovery
from tests.chance import times
from tests.plex_server import PlexServer, movie
from tests.readers.plex.conftest import NOTHING, Importers, known_of

COUNT = 10


@pytest.fixture
def films(plex: PlexServer) -> PlexServer:
    """Ten films in section 1."""
    plex.library["1"] = [movie(str(key), f"Film {key}") for key in range(10, 10 + COUNT)]
    return plex


def discovered(importer: Importers, page: int = 4) -> Discovery:
    return importer(page=page).discover(MediaScope(), NOTHING, None)


def keys(found: Discovery) -> list[int]:
    return sorted(int(key.removeprefix("plex:")) for key in found.frame["canonical_key"])


def whole(found: Discovery) -> bool:
    return found.is_complete and not found.failures


@pytest.mark.parametrize("page", [2, 3, 4, 9, 10, 11, 500])
def test_pages_are_read_to_the_end(films: PlexServer, importer: Importers, page: int):
    found = discovered(importer, page)

    assert keys(found) == list(range(10, 20))
    assert whole(found)
    assert found.counts == {
        "assets": 10,
        "listed": 10,
        "duplicates_prevented": 0,
        "passes": 1,
        "shared_files": 0,
    }


@pytest.mark.parametrize("at_most", [2, 3])
def test_a_server_that_gives_shorter_pages_is_asked_on(films: PlexServer, importer: Importers, at_most: int):
    films.gives_at_most = at_most

    found = discovered(importer)

    assert keys(found) == list(range(10, 20))
    assert whole(found)


def test_a_server_that_heeds_no_pages_gives_all_at_once(films: PlexServer, importer: Importers):
    films.heeds_windows = False

    found = discovered(importer)

    assert keys(found) == list(range(10, 20))
    assert whole(found)
    assert len(films.paths()) == 1


def test_a_page_begins_with_the_last_entry_of_the_one_before(films: PlexServer, importer: Importers):
    discovered(importer)

    asked = [each.headers["X-Plex-Container-Start"] for each in films.asked if each.path.endswith("/all")]
    assert asked == ["0", "3", "6"]


def removed(films: PlexServer, at: int) -> Callable[[], object]:
    return lambda: films.library["1"].pop(at)


def added(films: PlexServer, at: int, key: int) -> Callable[[], object]:
    return lambda: films.library["1"].insert(at, movie(str(key), f"Film {key}"))


def test_a_list_that_shrinks_before_the_cursor_is_read_again(films: PlexServer, importer: Importers):
    """The entry that moved up to the page that was read already would never be seen, and go missing."""
    films.after_page = [removed(films, 0)]

    found = discovered(importer)

    assert keys(found) == list(range(11, 20))
    assert whole(found)
    assert found.counts["passes"] == 2


def test_a_list_that_grows_before_the_cursor_gives_nothing_twice(films: PlexServer, importer: Importers):
    """MED-B16: what comes again over a page's border is one item."""
    films.after_page = [added(films, 0, 30)]

    found = discovered(importer)

    assert keys(found) == [*range(10, 20), 30]
    assert whole(found)


def test_a_list_that_grows_at_its_end_is_read_to_its_new_end(films: PlexServer, importer: Importers):
    films.after_page = [added(films, 10, 30)]

    assert keys(discovered(importer)) == [*range(10, 20), 30]


def test_one_that_goes_and_one_that_comes_are_noticed_although_the_total_stands(
    films: PlexServer, importer: Importers
):
    gone, come = removed(films, 0), added(films, 9, 30)
    films.after_page = [lambda: (gone(), come())]

    found = discovered(importer)

    assert keys(found) == [*range(11, 20), 30]
    assert whole(found)
    assert found.counts["passes"] == 2


def test_a_list_that_never_holds_still_lets_nothing_go_missing(films: PlexServer, importer: Importers):
    """MED-D10: what was not seen is unknown and not missing."""
    known = known_of(discovered(importer).frame)

    def restless() -> None:
        films.library["1"].append(films.library["1"].pop(0))
        films.after_page.append(restless)

    films.after_page = [restless]
    films.library["1"].pop()

    found = importer(page=4).discover(MediaScope(), known, None)

    assert not found.is_complete
    assert [failure.code for failure in found.failures] == ["list-unsettled"]
    assert sha256(b"plex:19").hexdigest() in found.unknown.to_list()


def test_an_empty_page_before_the_total_ends_nothing(films: PlexServer, importer: Importers):
    known = known_of(discovered(importer).frame)
    films.heeds_windows = False
    short = {"size": 0, "totalSize": 10}
    films.answer = lambda asked: (  # type: ignore[method-assign]
        {**short, "Metadata": []} if asked.path.endswith("/all") else PlexServer.answer(films, asked)
    )

    found = importer().discover(MediaScope(), known, None)

    assert found.frame.is_empty()
    assert not found.is_complete
    assert found.unknown.len() == COUNT


def test_an_entry_that_the_server_repeats_is_one_item(films: PlexServer, importer: Importers):
    """MED-B16: a repeated item never creates a second asset."""
    films.library["1"].insert(5, films.library["1"][2])

    found = discovered(importer)

    assert keys(found) == list(range(10, 20))
    assert found.is_complete
    assert found.counts["duplicates_prevented"] == 1


def test_a_list_that_is_shorter_than_its_size_proves_nothing(films: PlexServer, importer: Importers):
    """Seen in a recorded reply that was trimmed by hand: it says 9 and holds 3."""
    films.heeds_windows = False
    entries = films.library["1"][:3]
    films.answer = lambda asked: (  # type: ignore[method-assign]
        {"size": 9, "Metadata": entries} if asked.path.endswith("/all") else PlexServer.answer(films, asked)
    )

    found = discovered(importer)

    assert keys(found) == [10, 11, 12]
    assert not found.is_complete


Act = tuple[str, int, int]
ACTS = st.tuples(st.sampled_from(["remove", "add", "move"]), st.integers(0, 99), st.integers(0, 99))


@settings(max_examples=times(40), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(ACTS, max_size=4), max_size=12), st.integers(2, 5))
def test_whatever_changes_meanwhile_nothing_that_is_there_goes_missing(
    films: PlexServer, importer: Importers, rounds: list[list[Act]], page: int
):
    """MED-D10: changes that cancel each other out in every count are survived too."""
    films.library["1"] = [movie(str(key), f"Film {key}") for key in range(10, 10 + COUNT)]
    films.after_page.clear()
    known = known_of(discovered(importer).frame)
    fresh = iter(range(100, 200))
    removed_keys = set()

    def change(acts: list[Act]) -> None:
        for act, one, other in acts:
            library = films.library["1"]
            if act == "add":
                library.insert(one % (len(library) + 1), movie(str(next(fresh)), "New"))
            elif library:
                entry = library.pop(one % len(library))
                if act == "remove":
                    removed_keys.add(f"plex:{entry['ratingKey']}")
                else:
                    library.insert(other % (len(library) + 1), entry)

    films.after_page = [partial(change, acts) for acts in rounds]

    found = importer(page=page).discover(MediaScope(), known, None)

    seen = {*found.frame["canonical_key_hash"], *found.unknown}
    missing = known.filter(~pl.col("canonical_key_hash").is_in(list(seen)))["canonical_key"]
    assert set(missing) <= removed_keys


def test_what_left_a_list_is_asked_for_before_it_counts_as_gone(films: PlexServer, importer: Importers):
    """MED-D10: one entry goes, one moves up to where it was read already, one comes: every count stands as it was."""
    known = known_of(discovered(importer).frame)

    def change() -> None:
        library = films.library["1"]
        library.pop(0)
        library.insert(0, library.pop(7))
        library.append(movie("30", "Film 30"))

    films.after_page = [change]

    found = importer(page=4).discover(MediaScope(), known, None)

    assert keys(found) == [*range(10, 18), 19, 30]
    assert found.unknown.to_list() == [sha256(b"plex:18").hexdigest()]
    assert [(skips.reason, skips.examples) for skips in found.skips] == [
        ("there, but not in the server's list", ("plex:18",))
    ]


@pytest.mark.parametrize("section", ["1", "2"])
def test_an_item_that_the_server_has_in_another_section_is_gone(
    films: PlexServer, importer: Importers, section: str
):
    known = known_of(discovered(importer).frame)
    entry = films.library["1"].pop()
    films.library["2"].append({**entry, "librarySectionID": int(section)})

    found = importer().discover(MediaScope(), known, None)

    assert found.unknown.is_empty() is (section == "2")
