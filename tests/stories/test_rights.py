"""What each role may do, at every method of a book, and that nothing is let past (SEC-2, SEC-3)."""

from __future__ import annotations

import inspect
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import stocktake as st
from stocktake.access.right import LEAST, Right
from stocktake.book import Installation, People, open_installation
from stocktake.book.right import right_of
from stocktake.model.person import Principal, Role, owner
from tests.stories.desk import START

CASES = Path(__file__).parent / "cases" / "rights.toml"
NORTH, SOUTH = 1, 2
#: From the least to the most; platform admins have no role.
LADDER = [*Role, None]


def matrix() -> dict[str, Role | None]:
    """Method → the least role; None: a platform admin."""
    told = tomllib.loads(CASES.read_text(encoding="utf-8"))
    roles: dict[str, Role | None] = {**{str(each): each for each in Role}, "platform_admin": None}
    return {method: roles[name] for name, methods in told.items() if name in roles for method in methods}


def methods_of(kind: type) -> set[str]:
    return {name for name, found in inspect.getmembers(kind, inspect.isfunction) if not name.startswith("_")}


def principal(role: Role | None, workspace_id: int) -> Principal:
    if role is None:
        return Principal(name="pat", is_platform_admin=True, user_id=9)
    return Principal(name=role.value, roles={workspace_id: role}, user_id=9)


@pytest.fixture
def installation(ready_database_url: str) -> Iterator[Installation]:
    """Two workspaces, numbers 1 and 2."""
    with open_installation(ready_database_url, clock=lambda: START) as opened:
        opened.people(owner("root")).add_workspace("south")
        yield opened


def test_every_method_of_a_book_stands_in_the_matrix():
    """SEC-3: a new one without a line, or without a right, fails here."""
    told = tomllib.loads(CASES.read_text(encoding="utf-8"))
    assert methods_of(st.Book) - set(told["anybody"]) == set(matrix())
    for name, least in matrix().items():
        right = right_of(getattr(st.Book, name))
        assert right is not None, f"{name} states no right"
        assert LEAST.get(right) == least, name


def refusal_of(act: Callable[[], Any]) -> str | None:
    """The code with which somebody was stopped at the door; None where the method itself had its say."""
    try:
        act()
    except (st.NotAllowed, st.NotFound) as refused:
        return refused.code if refused.code in ("not-allowed", "unknown-workspace") else None
    except (TypeError, st.Refusal):
        return None
    return None


def test_each_role_may_call_what_the_matrix_says_and_nothing_else(installation: Installation):
    """SEC-3: without arguments, so that what is let through goes no further than asking for them."""
    seen, expected = {}, {}
    for role in LADDER:
        book = installation.book("default", principal(role, NORTH))
        for method, least in matrix().items():
            seen[role, method] = refusal_of(getattr(book, method))
            lets = LADDER.index(role) >= LADDER.index(least)
            expected[role, method] = None if lets else "not-allowed"
    assert seen == expected
    assert len(seen) > 250


def test_for_who_has_no_role_there_every_method_answers_as_where_no_workspace_is(installation: Installation):
    """SEC-2: the same code, message, hint and details, to the letter."""
    told, foreign = set(), principal(Role.ADMIN, SOUTH)
    for workspace in ("default", "nowhere"):
        store, clock = installation.store, installation.clock
        book = st.Book(store, workspace=workspace, principal=foreign, clock=clock, shared=True)
        for method in matrix():
            with pytest.raises(st.NotFound) as refused:
                getattr(book, method)()
            error = refused.value
            told.add((error.code, error.message.replace(workspace, "…"), error.hint, str(error.details)))
    assert told == {
        ("unknown-workspace", 'There is no workspace "…".', "Known workspaces: south.", "{}"),
    }


def test_nobody_opens_the_book_of_a_workspace_that_is_not_theirs(installation: Installation):
    """SEC-2."""
    with pytest.raises(st.NotFound):
        installation.book("default", principal(Role.ADMIN, SOUTH))
    with pytest.raises(st.NotFound):
        installation.book("default", Principal(name="nobody", user_id=9))


def test_every_method_about_people_states_a_right_or_looks_whose_it_is():
    """SEC-3: what is not a platform admin's alone is named here, and told of in the stories of people."""
    stated = {name: right_of(getattr(People, name)) for name in methods_of(People)}
    assert {name for name, right in stated.items() if right is None} == {
        "change_own_password",
        "check_right",
        "create_token",
        "members",
        "revoke_token",
        "set_member",
        "tokens",
        "workspace",
        "workspaces",
    }
    assert {right for right in stated.values() if right is not None} == {Right.PLATFORM}


# Overriding, and rolling back ----------------------------------------------------------------------------------------


def fleet(count: int) -> list[dict[str, str]]:
    return [{"Serial Number": f"S{number}"} for number in range(count)]


def refused(code: str, act: Callable[[], Any]) -> None:
    with pytest.raises(st.NotAllowed) as found:
        act()
    assert found.value.code == code


def books(installation: Installation) -> tuple[st.Book, st.Book]:
    """An operator's and an admin's."""
    return (
        installation.book("default", principal(Role.OPERATOR, NORTH)),
        installation.book("default", principal(Role.ADMIN, NORTH)),
    )


def test_an_operator_cannot_let_an_import_past_its_guard(installation: Installation, tmp_path: Path):
    """SEC-3: neither by the option, nor with the saved plan of somebody who may."""
    operator, admin = books(installation)
    asked: dict[str, Any] = {"record_type": "device", "source": "NINJAONE"}
    operator.plan(fleet(20), **asked).apply()
    with pytest.raises(st.GuardRefused):
        operator.plan(fleet(1), **asked).apply()
    refused("not-allowed", lambda: operator.plan(fleet(1), **asked, allow_retire=19))
    refused("not-allowed", lambda: operator.plan(fleet(1), **asked, accept_baseline=True))
    refused("not-allowed", lambda: operator.ingest_collection("FILMS", accept_root=True))

    saved = admin.plan(fleet(1), **asked, allow_retire=19).save(tmp_path / "plan.json")
    refused("not-allowed", lambda: operator.load_plan(saved, fleet(1)).apply())
    assert operator.runs()[1] == 2, "the guard's refusal is told, the other two were never begun"
    assert admin.load_plan(saved, fleet(1)).apply().stats["retired"] == 19


def test_an_admin_rolls_back_where_the_workspace_lets_them(installation: Installation):
    """SEC-3."""
    operator, admin = books(installation)
    run = operator.plan(fleet(3), record_type="device", source="NINJAONE").apply()
    refused("not-allowed", run.rollback)
    people = installation.people(owner("root"))
    people.set_workspace("default", allows_rollback=False)
    refused("rollback-not-allowed", lambda: admin.rollback(run.run_id))
    assert admin.run(run.run_id).run.status is st.RunStatus.APPLIED
    people.set_workspace("default", allows_rollback=True)
    assert admin.rollback(run.run_id).stats["deleted"] == 3


def test_a_user_acts_in_their_own_name_only(installation: Installation):
    """SEC-8: the owner at a command line may say who asked for it, a user may not."""
    operator, _ = books(installation)
    run = operator.plan(fleet(1), record_type="device", source="NINJAONE").apply()
    refused(
        "not-yourself",
        lambda: operator.plan(fleet(2), record_type="device", source="NINJAONE").apply(by="bo"),
    )
    refused("not-yourself", lambda: operator.edit_record("device", 1, {"model": "x"}, by="bo"))
    assert run.run.initiated_by == "operator"
    assert operator.plan(fleet(2), record_type="device", source="NINJAONE").apply(by="operator").run_id == 2


def test_a_book_of_the_installation_leaves_the_database_open(installation: Installation):
    with installation.book("default", principal(Role.VIEWER, NORTH)) as book:
        assert book.runs() == ([], 0)
    assert installation.book("south", principal(Role.VIEWER, SOUTH)).runs() == ([], 0)
