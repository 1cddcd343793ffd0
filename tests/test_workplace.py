"""What the other tests stand on: both databases are real, empty and apart."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

import stocktake
from stocktake.stores.migrations import VERSION_TABLE
from tests import postgres

NOTES = sa.Table(
    "note",
    sa.MetaData(),
    sa.Column("note_id", sa.Integer, primary_key=True),
    sa.Column("text", sa.Text, nullable=False),
)


@contextmanager
def connected(url: str) -> Iterator[sa.Connection]:
    engine = sa.create_engine(url)
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


def test_a_table_is_made_and_its_row_read_back(database_url):
    with connected(database_url) as connection:
        NOTES.create(connection)
        connection.execute(sa.insert(NOTES).values(note_id=1, text="Prüfung ✓"))

    with connected(database_url) as connection:
        assert connection.execute(sa.select(NOTES.c.text)).scalars().all() == ["Prüfung ✓"]


@pytest.mark.parametrize("_again", [1, 2])
def test_every_test_gets_an_empty_database(database_url, _again):
    with connected(database_url) as connection:
        assert sa.inspect(connection).get_table_names() == []
        NOTES.create(connection)


def test_two_postgres_databases_do_not_see_each_other(new_postgres_database):
    one, other = new_postgres_database(), new_postgres_database()

    with connected(one) as connection:
        NOTES.create(connection)

    with connected(other) as connection:
        assert sa.inspect(connection).get_table_names() == []


def test_a_postgres_copy_that_was_used_comes_back_as_it_was_set_up(postgres_copies):
    with postgres_copies.lent() as new:
        used = new()
        with stocktake.open(used) as book:
            book.plan([{"Serial Number": "S1"}], record_type="device", source="NINJAONE").apply()

    with postgres_copies.lent() as new, connected(new()) as connection:
        told = {
            name: connection.scalar(sa.text(f"SELECT count(*) FROM {name}")) for name in _names(connection)
        }

    assert {name: count for name, count in told.items() if count} == {
        "st_account": 1,
        "st_workspace": 1,
        VERSION_TABLE: 1,
    }
    assert "device" not in told


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE st_import_run ADD COLUMN note text",
        "ALTER TABLE st_feed DISABLE ROW LEVEL SECURITY",
        "GRANT SELECT ON st_feed TO PUBLIC",
        "DROP VIEW source_presence",
        "CREATE SCHEMA elsewhere",
    ],
)
def test_a_postgres_copy_whose_tables_were_changed_is_lent_to_nobody_again(postgres_copies, change):
    with postgres_copies.lent() as new:
        spoilt = new()
        with connected(spoilt) as connection:
            connection.execute(sa.text(change))

    with postgres_copies.lent() as new:
        assert new() != spoilt


def _names(connection: sa.Connection) -> list[str]:
    return sa.inspect(connection).get_table_names()


def test_postgres_is_new_enough(postgres_database):
    with connected(postgres_database) as connection:
        version = connection.execute(sa.text("SHOW server_version_num")).scalar_one()

    assert int(version) // 10_000 >= postgres.OLDEST


def test_a_server_goes_with_the_session_that_started_it(postgres_url):
    if "stocktake-pg-" not in postgres_url:
        pytest.skip("the server is not ours")
    session = subprocess.Popen(
        [sys.executable, "-c", SESSION, os.environ.get("STOCKTAKE_TEST_POSTGRES", "")],
        cwd=Path(__file__).parent.parent,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert session.stdout is not None
    with session.stdout:
        directory, process = Path(session.stdout.readline().strip()), int(session.stdout.readline())
    assert (directory / "server").exists()

    session.kill()
    session.wait()

    assert eventually(lambda: not directory.exists())
    assert not alive(process)


SESSION = """
import sys, time
from tests import postgres
server = postgres.start(wanted=sys.argv[1])
server.url()
print(server.directory, flush=True)
print((server.directory / "server/cluster/postmaster.pid").read_text().split()[0], flush=True)
time.sleep(60)
"""


def eventually(holds: Callable[[], bool], *, within: float = 30) -> bool:
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        if holds():
            return True
        time.sleep(0.05)
    return False


def alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def test_without_postgres_the_run_fails_and_says_what_to_do(monkeypatch):
    monkeypatch.setattr(postgres, "_system_folders", lambda: iter(()))
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)

    with pytest.raises(postgres.NoPostgres, match="STOCKTAKE_TEST_POSTGRES"):
        postgres.programs()


def test_a_series_is_unpacked(unpacked_series):
    folder = unpacked_series("4_gitscrape/cisa_kev_csv")

    assert len(sorted(folder.glob("*.csv"))) > 1
