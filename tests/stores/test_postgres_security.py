"""What PostgreSQL enforces by itself when a query forgets its workspace (REL-12, SEC-2, SEC-8, SEC-11)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy import make_url

from stocktake.book import Book, open_book, open_installation
from stocktake.book.answering import Answer
from stocktake.model import person
from stocktake.model.errors import NotAllowed
from stocktake.model.media import MediaKind, MediaSource
from stocktake.stores import schema
from stocktake.stores.directory_table import DIRECTORY_TABLES
from tests.reliability.database import ask, owner, tables
from tests.reliability.stock import EVERYTHING, SOME, declare, declare_parts, imported, inventory

ROLE = "stocktake_app"
GLOBAL = {*schema.GLOBAL_TABLES, "st_schema_version"}


@pytest.fixture(scope="module")
def filled(postgres_databases, tmp_path_factory) -> Iterator[str]:
    """The name of a database with something in every table, and a second, empty workspace."""
    with postgres_databases("template0") as new:
        url = new()
        with inventory(url) as opened:
            opened.set_up()
            imported(opened, EVERYTHING, "ALPHA")
            imported(opened, SOME, "BETA", "merge").rollback()
            opened.add_mapping("usual", '[constants]\nnote = "x"', record_type="thing", source="ALPHA")
            opened.add_discovery_flow("FLOW-1")
            declare_parts(opened)
            waiting = pl.DataFrame({"no": ["P1"], "thing_id": ["not there"]})
            opened.plan(waiting, record_type="part", source="PARTS").apply()
            opened.edit_record("part", 1, {"no": "P2"})
            ingested(opened, tmp_path_factory.mktemp("media"))
            with opened.store.writing(1) as unit:
                unit.keep_unsighted("thing", "ALPHA", pl.Series(["A1"]), before=0, run_id=1)
            with pytest.MonkeyPatch.context() as patch:
                patch.setenv("STOCKTAKE_UPLOADS", str(tmp_path_factory.mktemp("uploads")))
                on_its_way(opened)
            people(url)
        yield str(make_url(url).database)


def people(url: str) -> None:
    """A second, empty workspace, and something in every table of the directory."""
    with open_installation(url, clock=lambda: datetime(2026, 3, 1, tzinfo=UTC)) as opened:
        them = opened.people(person.owner("root"))
        them.add_workspace("other")
        them.add_user(
            "ana@example.com", password="otter lamp nine violets", role="viewer", workspace="default"
        )
        them.create_token("nightly", email="ana@example.com", expires="1d")
        opened.sign_in("ana@example.com", "otter lamp nine violets", "192.0.2.7")
        with pytest.raises(NotAllowed):
            opened.sign_in("ana@example.com", "another", "192.0.2.7")


def on_its_way(book: Book) -> None:
    """An upload whose preview waits in the queue, and a request that was answered."""
    receipt = book.receive([b"code,note\nC1,uploaded\n"], "things.csv")
    book.choose(receipt.draft.draft_id, record_type="thing", source="ALPHA")
    book.ask_for_preview(receipt.draft.draft_id)
    book.answer_once("a key", "a hash", lambda: Answer(status=200, body="done"))


def ingested(book: Book, folder: Path) -> None:
    """A collection of one film."""
    film = folder / "Heat (1995).mkv"
    film.touch()
    settled = book.clock().timestamp() - 3_600
    os.utime(film, (settled, settled))
    book.add_media_source(MediaSource(name="NAS", kind=MediaKind.FILESYSTEM, path=str(folder), single=True))
    (found,) = book.discover_collections("NAS")
    book.update_collection(str(found.collection_id), is_sync_enabled=True)
    book.ingest_collection(str(found.collection_id))


@pytest.fixture
def postgres_copy(postgres_databases, filled) -> Iterator[str]:
    """A database of the test's own, like the filled one."""
    with postgres_databases(filled) as new:
        yield new()


@pytest.fixture
def book(postgres_copy) -> Iterator[Book]:
    """Its book."""
    with open_book(postgres_copy, by="ana") as opened:
        yield opened


@contextmanager
def as_application(url: str, workspace: str | None) -> Iterator[psycopg.Connection[Any]]:
    """A transaction as the application's role, with this workspace set, or none."""
    with owner(url) as connection, connection.transaction():
        connection.execute(f"SET LOCAL ROLE {ROLE}")
        if workspace is not None:
            connection.execute("SELECT set_config('stocktake.workspace', %s, true)", (workspace,))
        yield connection


@contextmanager
def as_directory(url: str) -> Iterator[psycopg.Connection[Any]]:
    """A transaction as a unit of the directory settles it."""
    with as_application(url, "0") as connection:
        connection.execute("SELECT set_config('stocktake.directory', 'on', true)")
        yield connection


def _count(connection: psycopg.Connection[Any], name: str) -> int:
    return int(connection.execute(f'SELECT count(*) FROM "{name}"').fetchall()[0][0])


def workspace_tables(url: str) -> list[str]:
    return [name for name in tables(url) if name not in GLOBAL | DIRECTORY_TABLES]


def counts(url: str, workspace: str | None) -> dict[str, int]:
    """Rows per table and view, asked without any condition."""
    with as_application(url, workspace) as connection:
        return {
            name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchall()[0][0]
            for name in [*workspace_tables(url), "source_presence"]
        }


def test_every_table_of_a_workspace_has_row_level_security_enabled_and_forced(book, postgres_copy):
    """REL-12, SEC-2: the typed ones too, with a policy that holds for reading and for writing."""
    found = ask(
        postgres_copy,
        "SELECT c.relname, c.relrowsecurity, c.relforcerowsecurity, "
        "(SELECT count(*) FROM pg_policy p WHERE p.polrelid = c.oid AND p.polcmd = '*' AND p.polpermissive "
        "AND p.polqual IS NOT NULL AND p.polwithcheck IS NOT NULL) "
        "FROM pg_class c WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace",
    )
    secured = {name: facts for name, *facts in found}
    assert {name for name, facts in secured.items() if facts != [True, True, 1]} == GLOBAL
    assert "thing" in secured


def test_every_key_leads_with_the_workspace_but_in_the_tables_that_are_named(book, postgres_copy):
    """REL-12, SEC-1: in a table of a workspace no key and no index begins otherwise."""
    keys = ask(
        postgres_copy,
        "SELECT t.relname, (SELECT attname FROM pg_attribute a WHERE a.attrelid = t.oid AND a.attnum = x.indkey[0]) "
        "FROM pg_index x JOIN pg_class t ON t.oid = x.indrelid WHERE t.relnamespace = 'public'::regnamespace",
    )
    assert {table for table, column in keys if column != "workspace_id"} == GLOBAL | DIRECTORY_TABLES


@pytest.mark.parametrize("workspace", ["1", "2", "0", "", None])
def test_people_are_seen_by_the_directory_alone(book, postgres_copy, workspace):
    """SEC-2: a unit of a workspace sees of the directory nothing but its own workspace's row, and changes nothing."""
    with as_directory(postgres_copy) as connection:
        there = {name: _count(connection, name) for name in DIRECTORY_TABLES}
    assert min(there.values()) > 0
    for name in DIRECTORY_TABLES:
        own = 1 if name == "st_workspace" and workspace in ("1", "2") else 0
        key = next(iter(schema.metadata.tables[name].primary_key)).name
        with as_application(postgres_copy, workspace) as connection:
            assert _count(connection, name) == own, name
            assert connection.execute(f'DELETE FROM "{name}"').rowcount == 0
            assert connection.execute(f'UPDATE "{name}" SET "{key}" = "{key}"').rowcount == 0
    with as_directory(postgres_copy) as connection:
        assert {name: _count(connection, name) for name in DIRECTORY_TABLES} == there


def test_a_workspace_makes_no_other_one_and_no_admin(book, postgres_copy):
    """SEC-2, SEC-3."""
    for statement in (
        "INSERT INTO st_workspace VALUES (3, 'third', 1, true, now())",
        "INSERT INTO st_member VALUES (9, 1, 1, 'admin', now())",
        "INSERT INTO st_user VALUES (9, 'x', 'x', null, null, true, true, null, null, now(), null)",
    ):
        with (
            pytest.raises(psycopg.errors.InsufficientPrivilege),
            as_application(postgres_copy, "1") as connection,
        ):
            connection.execute(statement)


def test_the_directory_sees_no_record(book, postgres_copy):
    """SEC-2: the two settings open different doors; of its own it has an audit and the numbers that it gave.

    A worker sees what waits in every workspace.
    """
    with as_directory(postgres_copy) as connection:
        seen = {name for name in workspace_tables(postgres_copy) if _count(connection, name)}
    assert seen == {"st_activity_log", "st_counter", "st_job"}


def test_after_a_unit_of_the_directory_its_door_is_closed(book):
    """SEC-2: nothing leaks to the next client of a pool."""
    asked = (
        "SELECT pg_backend_pid(), coalesce(current_setting('stocktake.directory', true), ''), current_user"
    )
    for writes in (False, True):
        with book.store.directory(writes=writes) as unit:
            ((pid, opened, user),) = unit.rows(sa.text(asked))
        with book.store.reading(1) as unit:
            ((again, left, _),) = unit.rows(sa.text(asked))
        assert (opened, user) == ("on", ROLE)
        assert (again, left) == (pid, "")


def test_a_column_that_is_added_later_is_behind_the_same_policy(book, postgres_copy):
    """SEC-2, TYP-7."""
    from tests.reliability.stock import THING

    book.add_record_type(THING + '\n[[field]]\nname = "colour"\ntype = "text"\n')
    assert counts(postgres_copy, "2")["thing"] == 0
    with as_application(postgres_copy, "1") as connection:
        assert connection.execute("SELECT count(colour) FROM thing").fetchall() == [(0,)]


def test_the_application_role_can_do_nothing_by_itself(book, postgres_copy):
    """REL-12, SEC-11: no login, no superuser, no BYPASSRLS, and it owns nothing."""
    rights = ask(
        postgres_copy,
        "SELECT rolcanlogin, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication "
        "FROM pg_roles WHERE rolname = ?",
        ROLE,
    )
    assert rights == [(False,) * 6]
    assert ask(postgres_copy, f"SELECT relname FROM pg_class WHERE relowner = '{ROLE}'::regrole") == []
    assert ask(postgres_copy, f"SELECT * FROM pg_auth_members WHERE member = '{ROLE}'::regrole") == []


@pytest.mark.parametrize("right", ["TRUNCATE", "REFERENCES", "TRIGGER"])
def test_the_application_role_may_neither_truncate_nor_look_through_keys(book, postgres_copy, right):
    """REL, "Learnt by trying": TRUNCATE and foreign keys look through row-level security."""
    for name in tables(postgres_copy):
        assert ask(postgres_copy, f"SELECT has_table_privilege('{ROLE}', '{name}', '{right}')") == [(False,)]


def test_global_tables_are_for_reading_only(book, postgres_copy):
    """SEC-11: types are the owner's to change."""
    for name in sorted(GLOBAL):
        for right in ("INSERT", "UPDATE", "DELETE"):
            granted = ask(postgres_copy, f"SELECT has_table_privilege('{ROLE}', '{name}', '{right}')")
            assert granted == [(False,)], (name, right)


@pytest.mark.parametrize("kind", ["reading", "writing"])
def test_a_unit_runs_as_the_application_role_in_its_workspace(book, kind):
    """SEC-11: with time-outs, so that a killed client does not keep its locks (reliability.md)."""
    with getattr(book.store, kind)(1) as unit:
        ((user, session, workspace, read_only),) = unit.rows(
            sa.text(
                "SELECT current_user, session_user, current_setting('stocktake.workspace'), "
                "current_setting('transaction_read_only')"
            )
        )
        assert (user, workspace, read_only) == (ROLE, "1", "on" if kind == "reading" else "off")
        assert session != ROLE
        for setting in (
            "lock_timeout",
            "idle_in_transaction_session_timeout",
            "client_connection_check_interval",
        ):
            assert unit.rows(sa.text(f"SHOW {setting}"))[0][0] not in ("0", "")


def test_after_the_transaction_the_session_has_no_workspace_and_no_role(book):
    """REL, "Learnt by trying": nothing leaks to the next client of a pool; the setting is '' or gone."""
    for kind in ("reading", "writing"):
        with getattr(book.store, kind)(1) as unit:
            pid = unit.rows(sa.text("SELECT pg_backend_pid()"))[0][0]
        with book.store._engine.connect() as connection:
            row = connection.execute(
                sa.text(
                    "SELECT pg_backend_pid(), coalesce(current_setting('stocktake.workspace', true), ''), current_user"
                )
            ).one()
        assert row[0] == pid
        assert (row[1], row[2] == ROLE) == ("", False)


@pytest.mark.parametrize(
    "workspace", ["2", "", None, "0", "-1"], ids=["another", "empty", "none", "zero", "negative"]
)
def test_without_its_workspace_nothing_of_it_is_seen(book, postgres_copy, workspace):
    """REL-12, SEC-2: every table and the view, asked without a condition; only the installation (0) has an audit itself."""
    mine, seen = counts(postgres_copy, "1"), counts(postgres_copy, workspace)
    assert {name for name, count in mine.items() if count == 0} == set()
    own = {"st_activity_log", "st_counter"} if workspace == "0" else set()
    assert {name for name, count in seen.items() if count} == own
    with as_application(postgres_copy, workspace) as connection:
        for name in own:
            others = f'SELECT count(*) FROM "{name}" WHERE workspace_id <> 0'
            assert connection.execute(others).fetchall() == [(0,)]


@pytest.mark.parametrize("workspace", ["2", None])
def test_without_its_workspace_nothing_of_it_is_changed_or_deleted(book, postgres_copy, workspace):
    """SEC-2."""
    for name in set(workspace_tables(postgres_copy)) - schema.APPEND_ONLY:
        with as_application(postgres_copy, workspace) as connection:
            assert connection.execute(f'UPDATE "{name}" SET workspace_id = workspace_id').rowcount == 0
            assert connection.execute(f'DELETE FROM "{name}"').rowcount == 0
    assert 0 not in counts(postgres_copy, "1").values()


def test_nothing_is_written_into_another_workspace(book, postgres_copy):
    """SEC-2: neither inserted there nor moved there (WITH CHECK)."""
    for name in workspace_tables(postgres_copy):
        columns = [
            row[0]
            for row in ask(
                postgres_copy,
                "SELECT quote_ident(column_name) FROM information_schema.columns WHERE table_name = ? ORDER BY 1",
                name,
            )
        ]
        others = ", ".join(each for each in columns if each != "workspace_id")
        for statement in (
            f'INSERT INTO "{name}" (workspace_id, {others}) SELECT 2, {others} FROM "{name}" LIMIT 1',
            f'UPDATE "{name}" SET workspace_id = 2',
        ):
            with (
                pytest.raises(psycopg.errors.InsufficientPrivilege),
                as_application(postgres_copy, "1") as connection,
            ):
                connection.execute(statement)


def test_one_workspace_does_not_learn_of_anothers_keys(book, postgres_copy):
    """REL-12: the same numbers and names in two workspaces do not collide."""
    with open_book(postgres_copy, workspace="other", by="tester") as other:
        declare(other)
        run = imported(other, SOME, "BETA", "merge")
        assert (run.run_id, run.stats["created"]) == (1, len(SOME))
        assert imported(book, SOME, "BETA", "merge").stats["updated"] == 1
        run.rollback()
    assert counts(postgres_copy, "1")["thing"] > 0
    assert counts(postgres_copy, "2")["thing"] == 0


@pytest.mark.parametrize(
    "statement", ["UPDATE st_activity_log SET sentence = 'x'", "DELETE FROM st_activity_log"]
)
def test_the_log_cannot_be_changed_by_the_application(book, postgres_copy, statement):
    """SEC-8: append-only, for one's own workspace too."""
    with (
        pytest.raises(psycopg.errors.InsufficientPrivilege),
        as_application(postgres_copy, "1") as connection,
    ):
        connection.execute(statement)
    with as_application(postgres_copy, "1") as connection:
        connection.execute(
            "INSERT INTO st_activity_log (workspace_id, run_id, entry, at, actor, act, sentence) "
            "VALUES (1, 1, 99, now(), 'x', 'x', 'x')"
        )


def test_the_views_look_with_the_eyes_of_who_asks(book, postgres_copy):
    """REL, "Learnt by trying": only security_invoker views."""
    views = ask(
        postgres_copy,
        "SELECT relname, reloptions FROM pg_class WHERE relkind = 'v' AND relnamespace = 'public'::regnamespace",
    )
    assert views == [("source_presence", ["security_invoker=true"])]


def test_no_function_runs_with_the_rights_of_its_owner(book, postgres_copy):
    """SEC-2: those of triggers run with the rights of who writes."""
    own = "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
    assert ask(postgres_copy, f"{own} AND prosecdef") == []
    assert [name for (name,) in ask(postgres_copy, own) if not name.startswith("media_asset_")] == []


def test_copy_goes_through_temporary_tables(tap, new_postgres_copy):
    """APP-12: row-level security refuses COPY into the table itself; the temporary ones are gone afterwards."""
    url = new_postgres_copy()
    with inventory(url) as book, tap.counted() as calls:
        imported(book, EVERYTHING, "ALPHA").rollback()
        with book.store.writing(1) as unit:
            left = unit.rows(
                sa.text("SELECT relname FROM pg_class WHERE relpersistence = 't' AND relkind = 'r'")
            )
    own = set(tables(url))
    filling = [each.statement for each in calls if each.kind == "copy" and " FROM STDIN " in each.statement]
    copied = [each.split()[1].strip('"') for each in filling]
    made = [each.statement.split()[3].strip('"') for each in calls if "CREATE TEMP" in each.statement]
    assert copied
    assert set(copied) <= set(made)
    assert not own & set(copied)
    assert left == []


def test_an_owner_who_is_no_superuser_can_set_up_and_import(postgres_database):
    """SEC-11: row-level security is forced, so the owner sees no more than the role does."""
    name = make_url(postgres_database).database
    with owner(postgres_database) as connection:
        connection.execute("DROP ROLE IF EXISTS plain_owner")
        connection.execute("CREATE ROLE plain_owner LOGIN NOSUPERUSER NOCREATEROLE NOBYPASSRLS")
        connection.execute(
            f"DO $$ BEGIN CREATE ROLE {ROLE} NOLOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$"
        )
        connection.execute(f"GRANT {ROLE} TO plain_owner WITH ADMIN OPTION")
        connection.execute(f'ALTER DATABASE "{name}" OWNER TO plain_owner')
    theirs = make_url(postgres_database).set(username="plain_owner").render_as_string(hide_password=False)
    try:
        with inventory(theirs) as book:
            imported(book, EVERYTHING, "ALPHA").rollback()
        assert ask(theirs, "SELECT count(*) FROM thing") == [(0,)]
        assert ask(theirs, "SELECT count(*) FROM st_activity_log") == [(0,)]
        assert ask(postgres_database, "SELECT count(*) > 0 FROM thing") == [(True,)]
    finally:
        with owner(postgres_database) as connection:
            connection.execute(f'ALTER DATABASE "{name}" OWNER TO postgres')
            connection.execute(f"REVOKE {ROLE} FROM plain_owner CASCADE")
            connection.execute("REASSIGN OWNED BY plain_owner TO CURRENT_USER")
            connection.execute("DROP OWNED BY plain_owner")
            connection.execute("DROP ROLE plain_owner")
