"""What all tests share: databases on both stores, real files beside the checkout, hypothesis profiles.

``STOCKTAKE_TEST_POSTGRES`` says which PostgreSQL: the URL of a server where databases may be created, ``system`` or
``embedded`` for programs of one kind, ``skip`` for none. Unset, the first that can be had; a run that finds none fails.
"""

from __future__ import annotations

import fcntl
import gc
import logging
import os
import shutil
import sqlite3
import tarfile
import threading
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from functools import partial
from pathlib import Path

import hypothesis
import psycopg
import pytest
from psycopg import sql
from sqlalchemy import Connection, Engine, event, make_url

from tests import postgres
from tests.chance import SOAK, times
from tests.compiled import Compiled
from tests.copies import Copies
from tests.media_files import make_media_files

hypothesis.settings.register_profile("dev", deadline=None, max_examples=times(60))
hypothesis.settings.register_profile(
    "ci", hypothesis.settings.get_profile("dev"), derandomize=True, print_blob=True
)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "dev")

ANSWER = "STOCKTAKE_TEST_POSTGRES"
THREADS = "POLARS_MAX_THREADS"
SERVER = pytest.StashKey[postgres.Server]()
SHARED_DIRECTORY = "stocktake_postgres_directory"


# ---------------------------------------------------------------- what costs time and proves nothing


def _polars_in_one_thread() -> None:
    """A frame of ten rows costs more to share out among threads than to work on.

    A soak leaves Polars all of them, and so do the processes that tests start: they are given the environment as it was.
    """
    if SOAK > 1 or THREADS in os.environ:
        return
    os.environ[THREADS] = "1"
    import polars as pl  # it makes its threads as it is imported

    assert pl.thread_pool_size() == 1, "Polars had its threads before it was told how many"
    del os.environ[THREADS]


_polars_in_one_thread()


@pytest.fixture(scope="session", autouse=True)
def statements_compiled_once() -> Iterator[None]:
    """Each test opens a database of its own, and all of one kind share what SQLAlchemy has compiled for it."""
    known: dict[str, Compiled] = defaultdict(Compiled)

    def share(connection: Connection) -> None:
        connection.execution_options(compiled_cache=known[connection.dialect.name])

    event.listen(Engine, "engine_connect", share)
    yield
    event.remove(Engine, "engine_connect", share)


@pytest.fixture(scope="session", autouse=True)
def hurried_disk() -> Iterator[Callable[[Connection], None]]:
    """No test pulls the plug on this process, so SQLite need not wait until the disk has what it was told."""

    def hurry(connection: Connection) -> None:
        driver = connection.connection.driver_connection
        if isinstance(driver, sqlite3.Connection):
            driver.execute("PRAGMA synchronous = OFF")

    event.listen(Engine, "engine_connect", hurry)
    yield hurry
    event.remove(Engine, "engine_connect", hurry)


@pytest.fixture
def waiting_for_the_disk(hurried_disk: Callable[[Connection], None]) -> Iterator[None]:
    """SQLite as users have it."""
    event.remove(Engine, "engine_connect", hurried_disk)
    yield
    event.listen(Engine, "engine_connect", hurried_disk)


@pytest.fixture
def slow_disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """A disk that lists no folder until it is let go."""
    gate, listed = threading.Event(), os.listdir

    def listdir(place: int | str = ".") -> list[str]:
        if isinstance(place, int):  # folders are walked by their descriptors
            gate.wait(60)
        return listed(place)

    monkeypatch.setattr(os, "listdir", listdir)
    yield gate
    gate.set()


def pytest_collection_finish() -> None:
    """What is there before the first test stays to the end: looked through for rubbish once, and never again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


# ---------------------------------------------------------------- which tests, and in what order

#: They take minutes where others take a second: begun first, so that no worker is left alone with one at the end.
LONG = (
    "tests/stateful/",
    "tests/reliability/",
    "tests/stories/test_real_series.py",
    "tests/browser/test_every_page.py",
)

#: Here parameters are what a test is about, whatever the store, and SQLite tries all of them.
ALIKE = ("tests/stories/", "tests/interfaces/")
#: Stories are told through the API; what a store does differently is promised by the contracts, on both, always.
STORIES = "tests/stories/"
#: A run of so many tests is one of all of them.
ALL = 5_000
#: How many variants a run leaves to a soak.
LEFT = pytest.StashKey[int]()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark every property as one that lives on chance, for ``make soak``; put the long ones first.

    So are marked the variants that a shorter run leaves out.
    """
    left = left_to_a_soak(items)
    for each in items:
        if each in left or hypothesis.is_hypothesis_test(getattr(each, "obj", None)):
            each.add_marker("chance")
    if SOAK == 1 and left:
        items[:] = [each for each in items if each not in left]
        config.hook.pytest_deselected(items=list(left))
        _note_left(config, len(left))
    items.sort(key=lambda each: not each.nodeid.startswith(LONG))


def left_to_a_soak(items: list[pytest.Item]) -> set[pytest.Item]:
    """On PostgreSQL, all variants of a test but its first and its last, where SQLite runs each of them.

    Where all tests run, every second story as well; who names files or tests has each of theirs on both stores.
    """
    stores: dict[str, dict[str, list[pytest.Item]]] = defaultdict(lambda: defaultdict(list))
    for each in items:
        store = _store_of(each)
        if store and each.nodeid.startswith(ALIKE) and each.get_closest_marker("each_store") is None:
            stores[each.nodeid.partition("[")[0]][store].append(each)
    alike = [each for each in stores.values() if len(each["sqlite"]) >= len(each["postgres"])]
    single = [each["postgres"][0] for each in alike if len(each["postgres"]) == 1]
    halved = [each for each in single if each.nodeid.startswith(STORIES)][1::2] if len(items) > ALL else []
    return {*halved, *(each for variants in alike for each in variants["postgres"][1:-1])}


def _store_of(item: pytest.Item) -> str | None:
    params = item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}
    told = params.get("ready_database_url") or params.get("database_url")
    return str(told) if told else None


def _note_left(config: pytest.Config, count: int) -> None:
    """Keep it for the last lines of the run; a worker of pytest-xdist tells its controller."""
    config.stash[LEFT] = count
    if hasattr(config, "workeroutput"):
        config.workeroutput["left"] = count


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node) -> None:
    node.config.stash[LEFT] = getattr(node, "workeroutput", {}).get("left", 0)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if left := config.stash.get(LEFT, 0):
        terminalreporter.write_line(f"{left} tests on PostgreSQL are left to a soak")


# ---------------------------------------------------------------- PostgreSQL: one server per session


def _wanted() -> str:
    return os.environ.get(ANSWER, "").strip()


def _server(config: pytest.Config) -> postgres.Server:
    """This session's server: the controller's where there is one, else started on first use."""
    if SERVER not in config.stash:
        shared = getattr(config, "workerinput", {}).get(SHARED_DIRECTORY)
        config.stash[SERVER] = (
            postgres.Server(directory=Path(shared)) if shared else postgres.start(wanted=_wanted())
        )
    return config.stash[SERVER]


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node) -> None:
    """Hand the controller's server to a worker of pytest-xdist; it starts while the workers collect."""
    if "://" not in _wanted() and _wanted() != "skip":
        node.workerinput[SHARED_DIRECTORY] = str(_server(node.config).directory)


def pytest_unconfigure(config: pytest.Config) -> None:
    if SERVER in config.stash:
        config.stash[SERVER].stop()


@pytest.fixture(scope="session")
def postgres_url(pytestconfig: pytest.Config) -> str:
    """The SQLAlchemy URL of a PostgreSQL server, as a user who may create databases."""
    wanted = _wanted()
    if wanted == "skip":
        pytest.skip(f"{ANSWER}=skip")
    if "://" in wanted:
        return make_url(wanted).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
    try:
        return _server(pytestconfig).url()
    except postgres.NoPostgres as fault:
        reason = str(fault)
    pytest.fail(reason, pytrace=False)


def _administer(postgres_url: str, statement: str, *names: str) -> None:
    address = make_url(postgres_url).set(drivername="postgresql").render_as_string(hide_password=False)
    with closing(psycopg.connect(address, autocommit=True)) as connection:
        connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


@contextmanager
def _databases(postgres_url: str, template: str = "template0") -> Iterator[Callable[[], str]]:
    """Makes new databases like ``template``; all are dropped at the end, whoever is still connected."""
    names: list[str] = []

    def new() -> str:
        names.append(f"stocktake_test_{uuid.uuid4().hex}")
        _administer(postgres_url, "CREATE DATABASE {} TEMPLATE {} ENCODING 'UTF8'", names[-1], template)
        return make_url(postgres_url).set(database=names[-1]).render_as_string(hide_password=False)

    yield new
    for name in names:
        _dropped(postgres_url, name)


def _dropped(postgres_url: str, name: str) -> None:
    _administer(postgres_url, "DROP DATABASE IF EXISTS {} WITH (FORCE)", name)


@pytest.fixture(scope="session")
def postgres_databases(postgres_url: str) -> Callable[[str], AbstractContextManager[Callable[[], str]]]:
    """``postgres_databases(template)``: makes databases like the one of that name, as long as its block lasts."""
    return partial(_databases, postgres_url)


@pytest.fixture
def new_postgres_database(postgres_url: str) -> Iterator[Callable[[], str]]:
    """Makes new, empty PostgreSQL databases."""
    with _databases(postgres_url) as new:
        yield new


@pytest.fixture
def postgres_database(new_postgres_database: Callable[[], str]) -> str:
    """The SQLAlchemy URL of a new, empty PostgreSQL database."""
    return new_postgres_database()


@pytest.fixture
def sqlite_database(tmp_path: Path) -> str:
    """The SQLAlchemy URL of a SQLite database that does not exist yet."""
    return f"sqlite:///{tmp_path / 'stock.db'}"


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A new, empty database; a test that asks for it runs once on each store."""
    url: str = request.getfixturevalue(f"{request.param}_database")
    return url


# ---------------------------------------------------------------- databases that are set up already


def _set_up(url: str) -> None:
    import stocktake as st  # not before Polars has its one thread

    with st.open(url) as book:
        book.set_up()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite database with the newest schema, to be copied."""
    path = tmp_path_factory.mktemp("template") / "stock.db"
    _set_up(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_copies(postgres_url: str) -> Iterator[Copies]:
    """PostgreSQL databases with the newest schema that hold nothing, to be lent."""
    with _databases(postgres_url) as new_template:
        template = new_template()
        _set_up(template)
        with _databases(postgres_url, make_url(template).database or "") as new:
            yield Copies(template, new, lambda url: _dropped(postgres_url, make_url(url).database or ""))


@pytest.fixture
def new_postgres_copy(postgres_copies: Copies) -> Iterator[Callable[[], str]]:
    """Gives PostgreSQL databases that are set up and hold nothing."""
    with postgres_copies.lent() as new:
        yield new


@pytest.fixture
def postgres_copy(new_postgres_copy: Callable[[], str]) -> str:
    """The SQLAlchemy URL of a PostgreSQL database that is set up and holds nothing."""
    return new_postgres_copy()


@pytest.fixture(params=["sqlite", "postgres"])
def ready_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database that is set up and holds nothing, copied in a fraction of the time that setting up takes."""
    if request.param == "sqlite":
        shutil.copyfile(request.getfixturevalue("sqlite_template"), tmp_path / "stock.db")
        return f"sqlite:///{tmp_path / 'stock.db'}"
    copy: str = request.getfixturevalue("postgres_copy")
    return copy


# ---------------------------------------------------------------- the log


@pytest.fixture(autouse=True)
def log_as_before() -> Iterator[None]:
    """What the command line does to the log ends with the test."""
    log = logging.getLogger("stocktake")
    before = (list(log.handlers), log.propagate, log.level)
    yield
    log.handlers, log.propagate = before[0], before[1]
    log.setLevel(before[2])


# ---------------------------------------------------------------- real files


@pytest.fixture(scope="session")
def shared(pytestconfig: pytest.Config) -> Path:
    """The folder of real files beside the checkout; tests that need it are skipped where it is absent."""
    folder = pytestconfig.rootpath.parent / "shared"
    if not folder.is_dir():
        pytest.skip("needs the folder `shared` beside the checkout")
    return folder


@pytest.fixture(scope="session")
def unpacked_series(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """``unpacked_series("2_crm/simplify_listings")``: the folder with the snapshots of that series.

    Each series is unpacked once per session, whichever worker asks first. The files are for reading only.
    """
    session = _session_folder(tmp_path_factory)

    def unpack(series: str) -> Path:
        archive = shared / "data" / series / "snapshots.tar.xz"
        if not archive.is_file():
            pytest.skip(f"needs {archive.name} of {series}")

        def extract(folder: Path) -> None:
            with tarfile.open(archive) as packed:
                packed.extractall(folder, filter="data")

        return _made_once(session / "series" / series, extract)

    return unpack


@pytest.fixture(scope="session")
def media_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of real media files that :mod:`tests.media_files` tells of, made once per session; for reading only."""
    return _made_once(_session_folder(tmp_path_factory) / "media", make_media_files)


def _session_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One for all workers."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


def _made_once(folder: Path, make: Callable[[Path], None]) -> Path:
    """``folder``, filled by the worker that comes first; the others wait for it."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_name(folder.name + ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            draft = folder.with_name(folder.name + ".draft")
            shutil.rmtree(draft, ignore_errors=True)
            draft.mkdir()
            make(draft)
            draft.rename(folder)
    return folder
