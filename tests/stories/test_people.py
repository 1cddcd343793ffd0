"""People come in, do what their role lets them, and learn nothing of other workspaces (SEC-1 to SEC-4, SEC-8, SEC-10)."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from argon2 import PasswordHasher

import stocktake as st
from stocktake.book import Installation, People, open_installation
from stocktake.book.password import Argon2
from stocktake.interfaces.people_document import token_document, user_document
from stocktake.model.errors import Throttled, Unauthenticated
from stocktake.model.person import Role, SignedIn, owner
from tests.reliability.database import owner as db_owner
from tests.reliability.database import tables
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


# Sessions ------------------------------------------------------------------------------------------------------------


def ana(office: Office) -> SignedIn:
    return office.installation.sign_in("ana@example.com", PASSWORD, HERE)


def ended(office: Office, token: str) -> None:
    refused(Unauthenticated, "session-ended", lambda: office.installation.principal_of_session(token))


def test_a_session_ends_when_it_is_not_used(office: Office):
    """SEC-4: after an hour; each look within it keeps it."""
    token = ana(office).token
    for _ in range(3):
        office.later(minutes=59)
        token = office.installation.principal_of_session(token).token
    office.later(minutes=60)
    ended(office, token)


def test_a_session_ends_however_busy_it_is(office: Office):
    """SEC-4: after twelve hours."""
    came = ana(office)
    token = came.token
    while office.later(minutes=20) < came.expires_at:
        token = office.installation.principal_of_session(token).token
    assert office.now - START == timedelta(hours=12)
    ended(office, token)


def test_a_session_gets_a_newer_token_and_the_one_before_holds_for_five_minutes_more(office: Office):
    """SEC-4: pages load side by side; forms that are open stay good."""
    came = ana(office)
    office.later(minutes=30)
    newer = office.installation.principal_of_session(came.token)
    assert (newer.is_renewed, newer.csrf) == (True, came.csrf)
    office.later(minutes=4)
    beside = office.installation.principal_of_session(came.token)
    assert (beside.is_renewed, beside.token) == (False, came.token)
    office.later(minutes=2)
    ended(office, came.token)
    assert office.installation.principal_of_session(newer.token).principal.user_id == 1


def test_who_signs_out_is_out_with_every_token_of_the_session(office: Office):
    """SEC-4."""
    came = ana(office)
    office.later(minutes=30)
    newer = office.installation.principal_of_session(came.token)
    office.installation.sign_out(came.token)
    ended(office, came.token)
    ended(office, newer.token)
    office.installation.sign_out(came.token)


@pytest.mark.parametrize(
    "change", [{"is_active": False}, {"password": ANOTHER}], ids=["inactive", "password"]
)
def test_sessions_end_when_their_user_is_shut_out_or_gets_another_password(
    office: Office, change: dict[str, Any]
):
    """SEC-4."""
    came = ana(office)
    office.owner.set_user("ana@example.com", **change)
    ended(office, came.token)


def test_who_changes_their_own_password_stays_in_here_and_nowhere_else(office: Office):
    """SEC-4."""
    here, elsewhere = ana(office), ana(office)
    own = office.installation.people(here.principal)
    refused(Unauthenticated, "sign-in-refused", lambda: own.change_own_password("wrong", ANOTHER))
    refused(st.InvalidInput, "password-too-short", lambda: own.change_own_password(PASSWORD, "short"))
    own.change_own_password(PASSWORD, ANOTHER, session=here.token)
    assert office.installation.principal_of_session(here.token).principal.user_id == 1
    ended(office, elsewhere.token)
    assert office.installation.sign_in("ana@example.com", ANOTHER, HERE).principal.user_id == 1
    refused(st.NotAllowed, "not-a-person", lambda: office.owner.change_own_password("x", ANOTHER))


@pytest.mark.parametrize(
    "token", ["", "sts_", "x" * 10_000, "stk_" + "x" * 43, "sts_" + "x" * 43 + "." + "y" * 22]
)
def test_what_is_no_session_is_told_as_one_that_has_ended(office: Office, token: str):
    """SEC-4."""
    ended(office, token)


def test_how_long_sessions_last_is_a_setting(ready_database_url: str, monkeypatch: pytest.MonkeyPatch):
    """SEC-9: with a safe default; what is no number is refused, and the setting named."""
    monkeypatch.setenv("STOCKTAKE_SESSION_IDLE_MINUTES", "5")
    monkeypatch.setenv("STOCKTAKE_SESSION_HOURS", "1")
    short = Office(ready_database_url)
    short.owner.add_user("ana@example.com", password=PASSWORD)
    came = ana(short)
    assert came.expires_at == START + timedelta(hours=1)
    short.later(minutes=5)
    ended(short, came.token)
    short.installation.close()
    for wrong in ("0", "-1", "soon", "1.5", "9999999"):
        monkeypatch.setenv("STOCKTAKE_SESSION_HOURS", wrong)
        told = refused(st.InvalidInput, "bad-setting", lambda: open_installation(ready_database_url))
        assert "STOCKTAKE_SESSION_HOURS" in told.hint


# Signing in ----------------------------------------------------------------------------------------------------------


class Counting(Argon2):
    """Passwords as they are, and how often somebody looked."""

    def __init__(self) -> None:
        self.looks = 0

    def fits(self, password: str, kept: str | None) -> bool:
        self.looks += 1
        return super().fits(password, kept)


def test_many_attempts_at_once_are_no_way_around_the_pause(office: Office):
    """SEC-4: they are counted before anybody looks at the password."""
    passwords = Counting()
    office.installation._passwords = passwords

    def attempt(_: int) -> str:
        try:
            office.installation.sign_in("ana@example.com", "guess", HERE)
        except st.Refusal as refusal:
            return refusal.code
        return "in"

    with ThreadPoolExecutor(12) as pool:
        codes = Counter(pool.map(attempt, range(24)))
    assert passwords.looks == codes["sign-in-refused"] == 5
    assert codes["too-many-attempts"] == 19


def test_one_place_cannot_try_address_after_address(office: Office):
    """SEC-4: thirty, then it waits, whoever it says it is; others do not."""
    passwords = Counting()
    office.installation._passwords = passwords
    for number in range(30):
        refused(
            Unauthenticated,
            "sign-in-refused",
            lambda number=number: office.installation.sign_in(f"u{number}@example.com", "x", "2001:db8::1"),
        )
    refused(
        Throttled,
        "too-many-attempts",
        lambda: office.installation.sign_in("ana@example.com", PASSWORD, "2001:db8::2"),
    )
    assert passwords.looks == 30
    assert ana(office).principal.user_id == 1


def test_attempts_do_not_fill_the_database(office: Office, ready_database_url: str):
    """SEC-4: what is an hour old is forgotten with the next one, whoever tries."""
    for number in range(20):
        refused(
            Unauthenticated,
            "sign-in-refused",
            lambda number=number: office.installation.sign_in(
                f"u{number}@example.com", "x", f"192.0.2.{number}"
            ),
        )
    office.later(hours=2)
    refused(
        Unauthenticated, "sign-in-refused", lambda: office.installation.sign_in("u@example.com", "x", HERE)
    )
    with db_owner(ready_database_url) as connection:
        assert connection.execute("SELECT count(*) FROM st_sign_in_failure").fetchall() == [(2,)]


def test_somebody_who_does_not_exist_is_looked_at_as_long(office: Office):
    """SEC-4: a password is tried for each, so that time tells nothing."""
    passwords = Counting()
    office.installation._passwords = passwords
    for email in ("nobody@example.com", "ana@example.com"):
        refused(
            Unauthenticated,
            "sign-in-refused",
            lambda email=email: office.installation.sign_in(email, "x", HERE),
        )
    assert passwords.looks == 2


def test_a_hash_of_weaker_terms_is_made_anew_when_the_password_comes(office: Office):
    """SEC-4."""
    weak = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash(PASSWORD)
    with office.installation.store.directory(writes=True) as unit:
        unit.change_user(1, password_hash=weak)
    assert ana(office).principal.user_id == 1
    with office.installation.store.directory() as unit:
        assert (unit.password_hash_of(1) or "").startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_an_identity_provider_vouches_for_users_and_makes_none(office: Office):
    """SEC-4: known by its name for them; first met by a verified address that no other identity has."""
    door = office.installation.sign_in_by_identity
    refused(Unauthenticated, "sign-in-refused", lambda: door("https://id", "7", "new@example.com", HERE))
    refused(Unauthenticated, "sign-in-refused", lambda: door("https://id", "7", None, HERE))
    assert door("https://id", "7", "ana@EXAMPLE.com", HERE).principal.user_id == 1
    assert door("https://id", "7", None, HERE).principal.user_id == 1
    refused(Unauthenticated, "sign-in-refused", lambda: door("https://id", "8", "ana@example.com", HERE))
    office.owner.set_user("ana@example.com", is_active=False)
    refused(Unauthenticated, "sign-in-refused", lambda: door("https://id", "7", None, HERE))


# Roles and tokens ----------------------------------------------------------------------------------------------------


def test_a_role_for_an_account_holds_in_its_workspaces_and_in_no_other(office: Office):
    """SEC-3."""
    office.owner.set_account_member("acme", "bo@example.com", "viewer")
    office.owner.add_workspace("west", account="acme")
    bo = office.installation.sign_in("bo@example.com", ANOTHER, HERE).principal
    names = [each.name for each in office.installation.people(bo).workspaces()]
    assert names == ["north", "south", "west"]
    office.owner.set_account_member("acme", "bo@example.com", None)
    bo = office.installation.sign_in("bo@example.com", ANOTHER, HERE).principal
    assert [each.name for each in office.installation.people(bo).workspaces()] == ["south"]


def test_an_admin_keeps_the_members_of_their_workspace_and_of_no_other(office: Office):
    """SEC-2, SEC-3: and learns by no answer who is a user elsewhere."""
    bo = office.installation.people(office.installation.sign_in("bo@example.com", ANOTHER, HERE).principal)
    bo.set_member("south", "new@example.com", "viewer")
    bo.set_member("south", "ANA@example.com", "operator")
    told = {(each.email, each.role.value) for each in bo.members("south")}
    assert told == {
        ("Ana@Example.com", "operator"),
        ("bo@example.com", "admin"),
        ("new@example.com", "viewer"),
    }
    for act in (lambda: bo.members("north"), lambda: bo.set_member("north", "bo@example.com", "admin")):
        refused(st.NotFound, "unknown-workspace", act)
    own = office.installation.people(ana(office).principal)
    refused(st.NotAllowed, "not-allowed", lambda: own.members("north"))
    refused(st.NotAllowed, "not-allowed", lambda: own.set_member("south", "ana@example.com", "admin"))
    missing = [
        refused(st.NotFound, "unknown-member", lambda who=who: bo.set_member("south", who, None))
        for who in ("nobody@example.com", "cy@example.com")
    ]
    assert len({str(each).replace("nobody", "cy") for each in missing}) == 1


@pytest.mark.parametrize(
    "act",
    [
        lambda people: people.users(),
        lambda people: people.user("bo@example.com"),
        lambda people: people.add_user("x@example.com", is_platform_admin=True),
        lambda people: people.set_user("ana@example.com", is_platform_admin=True),
        lambda people: people.remove_user("bo@example.com"),
        lambda people: people.add_workspace("mine"),
        lambda people: people.set_workspace("south", allows_rollback=True),
        lambda people: people.set_account_member("acme", "bo@example.com", "admin"),
        lambda people: people.memberships("bo@example.com"),
        lambda people: people.accounts(),
        lambda people: people.activity(),
        lambda people: people.tokens("ana@example.com"),
        lambda people: people.create_token("x", email="ana@example.com"),
    ],
)
def test_what_concerns_the_installation_is_a_platform_admins_alone(
    office: Office, act: Callable[[People], Any]
):
    """SEC-3: an admin of a workspace is refused, and nothing is written."""
    bo = office.installation.people(office.installation.sign_in("bo@example.com", ANOTHER, HERE).principal)
    before = office.owner.activity()[1]
    refused(st.NotAllowed, "not-allowed", lambda: act(bo))
    assert office.owner.activity()[1] == before
    act(office.owner)


def test_everybody_keeps_their_own_tokens(office: Office):
    """SEC-4."""
    own = office.installation.people(ana(office).principal)
    made, text = own.create_token("mine", workspace="north")
    office.owner.create_token("theirs", email="bo@example.com")
    assert [each.name for each in own.tokens()] == ["mine"]
    refused(st.NotFound, "unknown-token", lambda: own.revoke_token(2))
    refused(st.NotFound, "unknown-workspace", lambda: own.create_token("x", workspace="south"))
    came = office.installation.authenticate_token(text)
    refused(st.NotAllowed, "not-allowed", lambda: office.installation.people(came).create_token("again"))
    assert own.revoke_token(made.token_id).revoked_at == office.now
    refused(Unauthenticated, "token-not-valid", lambda: office.installation.authenticate_token(text))


@pytest.mark.parametrize("text", ["", "stk_", "stk_" + "x" * 43, "Bearer x", "x" * 10_000])
def test_what_is_no_token_is_refused_as_one_that_has_expired(office: Office, text: str):
    """SEC-4."""
    refused(Unauthenticated, "token-not-valid", lambda: office.installation.authenticate_token(text))


def test_a_token_may_no_more_than_its_user_may_now(office: Office):
    """SEC-4: a role that is withdrawn is withdrawn from the token; who is shut out is shut out with it."""
    _, text = office.owner.create_token("nightly", email="ana@example.com")
    assert office.installation.authenticate_token(text).roles == {2: Role.OPERATOR}
    office.owner.set_member("north", "ana@example.com", None)
    assert office.installation.authenticate_token(text).roles == {}
    office.owner.set_user("ana@example.com", is_active=False)
    refused(Unauthenticated, "token-not-valid", lambda: office.installation.authenticate_token(text))


def test_a_token_of_a_platform_admin_for_one_workspace_is_an_admin_there_and_nothing_elsewhere(
    office: Office,
):
    """SEC-4."""
    office.owner.add_user("root@example.com", is_platform_admin=True)
    _, narrow = office.owner.create_token("narrow", email="root@example.com", workspace="north")
    _, wide = office.owner.create_token("wide", email="root@example.com")
    came = office.installation.authenticate_token(narrow)
    assert (came.is_platform_admin, came.roles) == (False, {2: Role.ADMIN})
    refused(st.NotFound, "unknown-workspace", lambda: office.installation.book("south", came))
    assert office.installation.authenticate_token(wide).is_platform_admin


@pytest.mark.parametrize("expires", ["0d", "367d", "2020-01-01", timedelta(days=400)])
def test_no_token_holds_for_ever_or_not_at_all(office: Office, expires: str | timedelta):
    """SEC-4."""
    with pytest.raises(st.InvalidInput) as found:
        office.owner.create_token("x", email="ana@example.com", expires=expires)
    assert found.value.code in ("bad-expiry", "bad-option")
    assert office.owner.tokens() == []


def test_when_a_token_was_used_is_noted_unless_an_import_holds_the_database(office: Office):
    """SEC-4: nobody waits for a note."""
    _, text = office.owner.create_token("nightly", email="ana@example.com")
    with office.installation.store.writing(2) as unit:
        unit.reserve("run", 1)
        with ThreadPoolExecutor(1) as pool:
            pool.submit(office.installation.authenticate_token, text).result(10)
    office.later(minutes=10)
    office.installation.authenticate_token(text)
    assert office.owner.tokens()[0].last_used_at == office.now


# Secrets and the audit -----------------------------------------------------------------------------------------------


def test_a_platform_admin_has_the_runs_of_all_workspaces_in_one_list(office: Office):
    """ROL-12: newest first, page by page, each with its workspace; nobody else has it."""
    for workspace in ("north", "south", "north"):
        office.later(minutes=1)
        with office.installation.book(workspace, owner("cli:root")) as book:
            book.plan(
                [{"Serial Number": f"S{office.now:%M}"}],
                record_type="device",
                source="NINJAONE",
                strategy="merge",
            ).apply()
    first, total = office.owner.runs(page_size=2)
    second, _ = office.owner.runs(page=2, page_size=2)
    assert total == 3
    assert [(place.name, run.run_id) for place, run in first + second] == [
        ("north", 2),
        ("south", 1),
        ("north", 1),
    ]
    bo = office.installation.sign_in("bo@example.com", ANOTHER, HERE).principal
    refused(st.NotAllowed, "not-allowed", lambda: office.installation.people(bo).runs())


def everything(url: str) -> str:
    """All that the database holds, as text."""
    with db_owner(url) as connection:
        names = tables(url)
        return " ".join(str(connection.execute(f'SELECT * FROM "{name}"').fetchall()) for name in names)


def test_no_secret_is_in_the_log_in_a_document_in_the_audit_or_in_the_database(
    office: Office, ready_database_url: str, caplog: pytest.LogCaptureFixture
):
    """SEC-7: canaries, one for each kind."""
    caplog.set_level(logging.DEBUG, logger="stocktake")
    wrong, mistaken = "canary wrong password", "canary in the wrong field"
    came = ana(office)
    office.later(minutes=31)
    newer = office.installation.principal_of_session(came.token)
    made, text = office.owner.create_token("nightly", email="ana@example.com")
    office.installation.authenticate_token(text)
    said = [
        str(
            refused(
                st.NotAllowed,
                "sign-in-refused",
                lambda: office.installation.sign_in("ana@example.com", wrong, HERE),
            )
        ),
        str(
            refused(
                st.NotAllowed, "sign-in-refused", lambda: office.installation.sign_in(mistaken, wrong, HERE)
            )
        ),
        str(
            refused(
                st.NotAllowed, "token-not-valid", lambda: office.installation.authenticate_token(text + "x")
            )
        ),
    ]
    office.owner.set_user("ana@example.com", password="canary new password here")
    shown = [
        repr(came),
        repr(newer),
        repr(made),
        repr(office.installation),
        str(user_document(office.owner.user("ana@example.com"))),
    ]
    shown += [str(token_document(made)), str(office.owner.activity(page_size=200)), *said, caplog.text]
    secrets = {
        PASSWORD,
        ANOTHER,
        wrong,
        mistaken,
        text,
        came.token,
        newer.token,
        came.csrf,
        "canary new password here",
    }
    secrets |= {text.removeprefix("stk_"), came.token.rpartition(".")[2]}
    kept = everything(ready_database_url)
    assert "ana@example.com" in kept.casefold()
    assert {each for each in secrets if each in kept or any(each in one for one in shown)} == set()


def test_every_act_on_people_is_told_with_who_did_it(office: Office):
    """SEC-8: of the installation in its own log, of a workspace in the workspace's."""
    came = ana(office)
    office.installation.sign_out(came.token)
    refused(
        Unauthenticated, "sign-in-refused", lambda: office.installation.sign_in("ana@example.com", "x", HERE)
    )
    refused(Unauthenticated, "sign-in-refused", lambda: office.installation.sign_in("hunter2", "x", HERE))
    token, _ = office.owner.create_token("nightly", email="ana@example.com", workspace="north", role="viewer")
    office.owner.revoke_token(token.token_id)
    office.owner.set_workspace("north", allows_rollback=False)
    office.owner.set_user("ana@example.com", name="Ana", is_platform_admin=True)
    office.owner.set_user("ana@example.com", password=ANOTHER)
    office.owner.set_member("north", "ana@example.com", None)
    office.owner.remove_user("ana@example.com")
    found, total = office.owner.activity()
    assert total == len(found)
    assert [each.sentence for each in reversed(found)][4:] == [
        "Ana@Example.com signed in from 192.0.2.7.",
        "Ana@Example.com signed out.",
        "Signing in as Ana@Example.com from 192.0.2.7 was refused.",
        "Signing in as somebody unknown from 192.0.2.7 was refused.",
        'cli:root made the token "nightly" of Ana@Example.com in north as viewer, until 2027-01-31.',
        'cli:root revoked the token "nightly" of Ana@Example.com in north as viewer.',
        "cli:root changed the workspace north: allows_rollback true → false.",
        "cli:root changed the user Ana@Example.com: name is now Ana; is_platform_admin false → true.",
        "cli:root gave Ana@Example.com a new password; their sessions ended.",
        "cli:root removed the user Ana@Example.com.",
    ]
    with office.installation.book("north", owner("cli:root")) as book:
        assert [each.sentence for each in book.activity()[0]] == [
            "cli:root withdrew the role of Ana@Example.com in the workspace north.",
            "cli:root made Ana@Example.com operator of the workspace north.",
        ]


@pytest.mark.each_store
@pytest.mark.parametrize(
    ("act", "code"),
    [
        (lambda people: people.add_user("di@example.com"), "user-exists"),
        (lambda people: people.add_workspace("west", account="new"), "workspace-exists"),
        (lambda people: people.create_token("x", email="ana@example.com"), "token-exists"),
        (lambda people: people.set_member("north", "di@example.com", "viewer"), "done"),
    ],
)
def test_of_several_at_once_who_want_one_name_one_gets_it(
    office: Office, act: Callable[[People], Any], code: str
):
    """SEC-4: and the others are told so."""

    def tried(_: int) -> str:
        try:
            act(office.owner)
        except st.Refusal as refusal:
            return refusal.code
        return "done"

    with ThreadPoolExecutor(6) as pool:
        codes = Counter(pool.map(tried, range(6)))
    assert codes == Counter(["done"] + [code] * 5)


def test_two_spellings_of_an_address_are_one_user(office: Office):
    refused(st.InvalidInput, "user-exists", lambda: office.owner.add_user("ANA@example.COM"))
    assert office.owner.user("ana@EXAMPLE.com").email == "Ana@Example.com"


@pytest.mark.parametrize(
    "email", ["", "ana", "a b@example.com", "a@b\n.com", "@", "a@@b", "a" * 70 + "@x.org", "a@x\u202e.org"]
)
def test_what_is_no_address_is_refused(office: Office, email: str):
    """SEC-7: neither does it forge a line of a log."""
    refused(st.InvalidInput, "bad-email", lambda: office.owner.add_user(email))
