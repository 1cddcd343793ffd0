"""People come in, do what their role lets them, and learn nothing of other workspaces (SEC-1 to SEC-4, SEC-8, SEC-10)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

import stocktake as st
from stocktake.book import Installation, People, open_installation
from stocktake.model.errors import Throttled, Unauthenticated
from stocktake.model.person import Role, owner
from tests.stories.desk import START

PASSWORD = "otter lamp nine violets"
ANOTHER = "seven grey paper boats"
HERE = "192.0.2.7"


class Office:
    """An installation whose clock is moved by hand."""

    def __init__(self, url: str) -> None:
        self.now = START
        self.installation: Installation = open_installation(url, clock=lambda: self.now)
        self.owner: People = self.installation.people(owner("cli:root"))

    def later(self, **by: float) -> datetime:
        self.now += timedelta(**by)
        return self.now


@pytest.fixture
def office(ready_database_url: str) -> Iterator[Office]:
    """Two workspaces of two accounts; ana is an operator of the first, bo an admin of the second."""
    opened = Office(ready_database_url)
    opened.owner.add_workspace("north", account="acme")
    opened.owner.add_workspace("south", account="other")
    opened.owner.add_user("Ana@Example.com", password=PASSWORD, role="operator", workspace="north")
    opened.owner.add_user("bo@example.com", password=ANOTHER, role=Role.ADMIN, workspace="south")
    yield opened
    opened.installation.close()


def refused(kind: type[st.Refusal], code: str, act) -> st.Refusal:
    with pytest.raises(kind) as found:
        act()
    assert found.value.code == code
    return found.value


def test_who_knows_the_password_comes_in_and_works_in_their_own_name(office: Office):
    """SEC-3, SEC-4, SEC-8."""
    came = office.installation.sign_in("ana@example.COM", PASSWORD, HERE)
    again = office.installation.principal_of_session(came.token)
    assert (again.principal.name, again.csrf) == ("Ana@Example.com", came.csrf)
    with office.installation.book("north", again.principal) as book:
        run = book.plan([{"Serial Number": "S1"}], record_type="device", source="NINJAONE").apply()
        assert run.run.initiated_by == "Ana@Example.com"
        assert book.activity(actor="Ana@Example.com")[1] > 0


def test_another_workspace_answers_as_one_that_does_not_exist(office: Office):
    """SEC-2: to the letter, whether it exists or not."""
    ana = office.installation.sign_in("ana@example.com", PASSWORD, HERE).principal
    before = refused(st.NotFound, "unknown-workspace", lambda: office.installation.book("east", ana))
    office.owner.add_workspace("east")
    after = refused(st.NotFound, "unknown-workspace", lambda: office.installation.book("east", ana))
    assert (before.message, before.hint, before.details) == (after.message, after.hint, after.details)
    assert "south" not in after.hint


def test_a_wrong_password_an_unknown_user_and_one_without_password_are_refused_alike(office: Office):
    """SEC-4."""
    office.owner.add_user("cy@example.com")
    said = [
        str(
            refused(
                Unauthenticated, "sign-in-refused", lambda e=email: office.installation.sign_in(e, "x", HERE)
            )
        )
        for email in ("ana@example.com", "nobody@example.com", "cy@example.com")
    ]
    assert len(set(said)) == 1


def test_after_five_attempts_there_is_a_pause_that_the_right_password_does_not_shorten(office: Office):
    """SEC-4."""
    for _ in range(5):
        refused(
            Unauthenticated,
            "sign-in-refused",
            lambda: office.installation.sign_in("ana@example.com", "x", HERE),
        )
    told = refused(
        Throttled,
        "too-many-attempts",
        lambda: office.installation.sign_in("ANA@example.com", PASSWORD, "::1"),
    )
    assert 0 < told.details["retry_after"] <= 31
    office.later(seconds=told.details["retry_after"])
    assert office.installation.sign_in("ana@example.com", PASSWORD, HERE).principal.user_id == 1
    refused(
        Unauthenticated, "sign-in-refused", lambda: office.installation.sign_in("ana@example.com", "x", HERE)
    )


def test_a_token_is_shown_once_and_narrows_what_its_user_may(office: Office):
    """SEC-4."""
    token, text = office.owner.create_token("nightly", email="bo@example.com", role="viewer", expires="30d")
    assert office.owner.tokens() == [token]
    came = office.installation.authenticate_token(text)
    assert came.name == "bo@example.com (token nightly)"
    with office.installation.book("south", came) as book:
        assert book.runs() == ([], 0)
        refused(
            st.NotAllowed, "not-allowed", lambda: book.plan([{"a": "b"}], record_type="device", source="X")
        )
    office.later(days=31)
    refused(Unauthenticated, "token-not-valid", lambda: office.installation.authenticate_token(text))
