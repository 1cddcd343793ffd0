"""Records that are referred to stay, unless what refers to them goes with them (ROL-4, ROL-5)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from stocktake.book import OpenRun
from stocktake.model.errors import RollbackBlocked
from tests.stories.test_references import Office, account, deal


@pytest.fixture
def office(ready_database_url: str, tmp_path: Path) -> Iterator[Office]:
    working = Office(ready_database_url, tmp_path).open()
    yield working
    working.book.close()


@pytest.fixture
def accounts(office: Office) -> OpenRun:
    """Two accounts; Acme's deals came after them."""
    return office.brought("account", account("A1", "Acme"), account("A2", "Beta"))


@pytest.fixture
def deals(office: Office, accounts: OpenRun) -> OpenRun:
    return office.brought("deal", deal("1", "a", "Acme"), deal("2", "b", "Acme"), deal("3", "c"))


def names(office: Office, kind: str) -> list[str]:
    return [row["name"] for row in office.rows(f"SELECT name FROM {kind} ORDER BY id")]


def test_the_preview_says_which_records_refer_to_what_would_go(
    office: Office, accounts: OpenRun, deals: OpenRun
):
    """ROL-4: blocked, apart from what is kept and gone, with the way out."""
    refused = accounts.preview_rollback().refusal
    assert refused is not None

    found = refused.details["blocked_by"]
    assert {(each["bucket"], each["name"], each["referred_by"]["name"]) for each in found} == {
        ("blocked", "Acme", "a"),
        ("blocked", "Acme", "b"),
    }
    assert (refused.details["count"], refused.details["blocked"]) == (1, 1)
    assert "--cascade" in refused.hint
    assert "--partial" in refused.hint


def test_a_partial_rollback_keeps_what_is_referred_to(office: Office, accounts: OpenRun, deals: OpenRun):
    """ROL-5"""
    done = accounts.rollback(partial=True)

    assert (names(office, "account"), names(office, "deal")) == (["Acme"], ["a", "b", "c"])
    assert (done.stats["deleted"], done.stats["blocked"], done.stats["links_deleted"]) == (1, 1, 1)
    assert office.book.wiring_health().faults == {}


def test_a_cascade_takes_untouched_records_of_the_same_source_along(
    office: Office, accounts: OpenRun, deals: OpenRun
):
    """ROL-5, ROL-6: those that refer to what goes and no others; each told as a change."""
    seen = accounts.preview_rollback(cascade=True)
    done = accounts.rollback(cascade=True, by="ben")

    assert (seen.refusal, seen.taken["type"].to_list()) == (None, ["deal", "deal"])
    assert (names(office, "account"), names(office, "deal")) == ([], ["c"])
    assert (done.stats["deleted"], done.stats["cascaded"]) == (2, 2)
    changes = office.rows("SELECT * FROM st_record_change WHERE run_id = :run", run=done.run_id)
    assert {(row["record_type"], row["act"], row["before"]) for row in changes} == {
        ("deal", "delete", "a"),
        ("deal", "delete", "b"),
    }
    (entry,) = office.audit(done, "rollback")
    assert "2 records of later imports deleted with them" in entry["sentence"]
    assert office.book.run(deals.run_id).run.status == "applied"
    links = office.rows("SELECT external_id FROM source_presence WHERE record_type = 'deal'")
    assert [row["external_id"] for row in links] == ["3"]
    assert office.book.wiring_health().faults == {}


def test_what_a_cascade_took_comes_again_with_the_same_file(
    office: Office, accounts: OpenRun, deals: OpenRun
):
    """ROL-7, PLN-16: the file is not taken for one that says nothing new."""
    accounts.rollback(cascade=True)

    again = office.brought("deal", deal("1", "a", "Acme"), deal("2", "b", "Acme"), deal("3", "c"))

    assert (again.stats["create"], again.stats["unchanged"]) == (2, 1)


def test_the_sibling_can_still_be_undone_for_the_rest(office: Office, accounts: OpenRun, deals: OpenRun):
    """ROL-2"""
    accounts.rollback(cascade=True)

    assert deals.rollback().stats["deleted"] == 1
    assert names(office, "deal") == []
    assert office.book.wiring_health().faults == {}


@pytest.mark.parametrize("way", ["edited", "linked", "of another source", "stored before"])
def test_what_is_not_untouched_and_of_the_same_source_stays_and_blocks(
    office: Office, accounts: OpenRun, way: str
):
    """ROL-5: the careful reading."""
    if way == "stored before":
        office.brought("deal", deal("9", "old"))
        office.brought("deal", deal("9", "old", "Acme"))
    elif way == "of another source":
        office.brought("deal", deal("9", "old", "Acme"), source="ERP")
    else:
        office.brought("deal", deal("9", "old", "Acme"))
    if way == "edited":
        office.book.edit_record("deal", 1, {"name": "new"})
    if way == "linked":
        office.brought("deal", deal("9", "old", "ACME Inc."))
    before = office.state()

    with pytest.raises(RollbackBlocked) as refused:
        accounts.rollback(cascade=True)

    assert [each["bucket"] for each in refused.value.details["blocked_by"]] == ["blocked"]
    assert "--cascade" not in refused.value.hint
    assert office.state() == before


def test_a_record_is_not_taken_along_for_one_that_stays_anyway(
    office: Office, accounts: OpenRun, deals: OpenRun
):
    """ROL-5: with --partial, the deals of a blocked account stay."""
    office.brought("deal", deal("7", "theirs", "Acme"), source="ERP")
    office.brought("deal", deal("8", "of beta", "Beta"))

    done = accounts.rollback(cascade=True, partial=True)

    assert names(office, "account") == ["Acme"]
    assert names(office, "deal") == ["a", "b", "c", "theirs"]
    assert (done.stats["cascaded"], done.stats["blocked"], done.stats["deleted"]) == (1, 1, 1)
    assert office.book.wiring_health().faults == {}


def test_a_kept_record_keeps_those_that_it_refers_to(office: Office):
    """ROL-5, ROL-13: a parent in the same file, and a stub."""
    run = office.brought(
        "account", account("A1", "Up"), account("A2", "Down", parent="Up"), account("A3", "Else")
    )
    office.book.edit_record("account", 2, {"city": "Ghent"})

    done = run.rollback(partial=True)

    assert names(office, "account") == ["Up", "Down"]
    assert (done.stats["kept"], done.stats["blocked"], done.stats["deleted"]) == (1, 1, 1)
    assert office.book.wiring_health().faults == {}


def test_what_waited_for_a_record_that_goes_waits_again_and_what_stays_does_not(office: Office):
    """IDN-4, ROL-5"""
    office.brought("deal", deal("1", "a", "Acme"), deal("2", "b", "Beta"))
    run = office.brought("account", account("A1", "Acme"), account("A2", "Beta"))
    office.book.edit_record("account", 2, {"city": "Ghent"})
    office.book.edit_record("deal", 2, {"name": "b2"})

    run.rollback(partial=True)

    assert names(office, "account") == ["Beta"]
    assert [office.account_of(each) for each in ("a", "b2")] == [None, None]
    assert office.waiting() == [("deal", "Acme"), ("deal", "Beta")]
    assert office.book.wiring_health().faults == {}


def test_a_reference_does_not_come_back_to_a_record_that_is_gone(office: Office):
    """ROL-4: the account that the deal had before was taken away meanwhile."""
    first = office.brought("account", account("A1", "Acme"))
    office.brought("account", account("A2", "Beta"))
    office.brought("deal", deal("1", "a", "Acme"))
    run = office.brought("deal", deal("1", "a", "Beta"))
    first.rollback()

    with pytest.raises(RollbackBlocked) as refused:
        run.rollback()
    assert [(each["bucket"], each["fields"]) for each in refused.value.details["blocked_by"]] == [
        ("gone", ["account_id"])
    ]
    run.rollback(partial=True)

    assert office.account_of("a") == "Beta"
