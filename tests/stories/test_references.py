"""References between records: resolved, waiting, relinked, made, and undone (IDN-4)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from stocktake.book import OpenPlan, OpenRun
from stocktake.model.errors import InvalidInput, RollbackBlocked, StalePlan
from stocktake.model.source import Source
from tests.stories.desk import Desk

DEAL = """
name = "deal"
display = "name"
external_id = "external_id"
tracked = ["account_id"]
[[field]]
name = "name"
[[field]]
name = "account_id"
type = "integer"
aliases = ["Account"]
[[reference]]
field = "account_id"
to = "account"
by = ["external_id", "name"]
missing = "{missing}"
"""

ACCOUNT = """
name = "account"
display = "name"
external_id = "external_id"
[[field]]
name = "name"
[[field]]
name = "city"
[[field]]
name = "parent_id"
type = "integer"
aliases = ["Parent"]
[[reference]]
field = "parent_id"
to = "account"
by = ["external_id", "name"]
missing = "{missing}"
"""

TABLES = {
    "account": "id",
    "deal": "id",
    "st_source_link JOIN st_feed USING (workspace_id, feed_id)": "record_type, source, external_id",
    "st_source_freshness": "source, record_type",
    "st_unresolved_reference": "record_type, record_id, field",
}
PASSING = {"version", "updated_at"}


class Office(Desk):
    """A desk with accounts and deals of two sources."""

    def open(self, missing: str = "blank", parents: str = "blank") -> Office:
        self.book.add_record_type(ACCOUNT.format(missing=parents))
        self.book.add_record_type(DEAL.format(missing=missing))
        for name in ("CRM", "ERP"):
            self.book.add_source(Source(name=name, record_types=("account", "deal"), key_rules=("casefold",)))
        return self

    def previewed(self, kind: str, *rows: dict[str, str], source: str = "CRM", **options: Any) -> OpenPlan:
        self.later(timedelta(hours=1))
        return self.book.plan(
            self.file(rows, ("External ID", "Name")), record_type=kind, source=source, **options
        )

    def brought(self, kind: str, *rows: dict[str, str], **options: Any) -> OpenRun:
        return self.previewed(kind, *rows, **options).apply()

    def account_of(self, deal: str) -> str | None:
        found = self.rows(
            "SELECT account.name FROM deal LEFT JOIN account ON account.id = deal.account_id "
            "WHERE deal.name = :deal",
            deal=deal,
        )
        name: str | None = found[0]["name"]
        return name

    def state(self) -> dict[str, Any]:
        """All that a rollback gives back."""
        return {
            name: [
                tuple(
                    (column, bytes(value) if isinstance(value, memoryview) else value)
                    for column, value in row.items()
                    if column not in PASSING
                )
                for row in self.rows(f"SELECT * FROM {name} ORDER BY {order}")
            ]
            for name, order in TABLES.items()
        }

    def waiting(self) -> list[tuple[str, str]]:
        return [
            (row["record_type"], row["text"])
            for row in self.rows("SELECT * FROM st_unresolved_reference ORDER BY record_type, text")
        ]


@pytest.fixture
def office(ready_database_url: str, tmp_path: Path) -> Iterator[Office]:
    working = Office(ready_database_url, tmp_path)
    yield working
    working.book.close()


def account(key: str, name: str, **more: str) -> dict[str, str]:
    return {"External ID": key, "Name": name, **{each.capitalize(): value for each, value in more.items()}}


def deal(key: str, name: str, of: str = "") -> dict[str, str]:
    return {"External ID": key, "Name": name, "Account": of}


def warnings(plan: OpenPlan) -> dict[str, tuple[int, str]]:
    return {each.code: (each.count, each.message) for each in plan.plan.warnings}


# ---------------------------------------------------------------- resolving


def test_a_deal_finds_its_account_by_external_id_and_by_name(office: Office):
    """IDN-4: "ACME, Inc." is the company "Acme"."""
    office.open().brought("account", account("A1", "Acme"), account("A2", "Beta GmbH"))

    plan = office.previewed("deal", deal("1", "by id", "a2"), deal("2", "by name", "ACME, Inc."))
    plan.apply()

    assert warnings(plan) == {}
    assert (office.account_of("by id"), office.account_of("by name")) == ("Beta GmbH", "Acme")


def test_the_own_sources_id_comes_before_anothers(office: Office):
    """IDN-4"""
    office.open().brought("account", account("1", "Of ERP"), source="ERP")
    office.brought("account", account("1", "Of CRM"))

    office.brought("deal", deal("1", "mine", "1"))
    office.brought("deal", deal("2", "yours", "1"), source="ERP")

    assert (office.account_of("mine"), office.account_of("yours")) == ("Of CRM", "Of ERP")


def test_an_id_of_another_source_leads_to_its_record(office: Office):
    """IDN-4: by links of any source."""
    office.open().brought("account", account("E7", "Of ERP"), source="ERP")

    office.brought("deal", deal("1", "big", "e7"))

    assert office.account_of("big") == "Of ERP"


def test_a_name_that_several_accounts_have_is_left_blank_and_told(office: Office):
    """IDN-4: ``ambiguous-reference``, with line, column, value and candidates."""
    office.open().brought("account", account("A1", "Acme"), account("A2", "Acme Ltd"))

    plan = office.previewed("deal", deal("1", "big", "Acme"))
    plan.apply()

    count, message = warnings(plan)["ambiguous-reference"]
    assert count == 1
    assert '"Acme" (records 1, 2)' in message
    assert "Account" in message
    assert plan.plan.warnings[-1].rows == (2,)
    assert office.account_of("big") is None


def test_a_retired_account_resolves_only_where_no_other_does(office: Office):
    """IDN-4"""
    office.open().brought("account", account("A1", "Acme"), account("A2", "Acme"), account("A3", "Old"))
    office.write("UPDATE account SET retired_by = 'operator', retired_at = updated_at WHERE id IN (1, 3)")

    office.brought("deal", deal("1", "live", "Acme"), deal("2", "late", "Old"))

    found = {row["name"]: row["account_id"] for row in office.rows("SELECT name, account_id FROM deal")}
    assert found == {"live": 2, "late": 3}


def test_a_deal_whose_account_is_the_same_by_another_name_is_unchanged(office: Office):
    """PLN-15, IDN-4: ids are compared, not texts."""
    office.open().brought("account", account("A1", "Acme"))
    office.brought("deal", deal("1", "big", "Acme"))

    assert office.brought("deal", deal("1", "big", "A1")).stats["unchanged"] == 1
    assert office.brought("deal", deal("1", "big", "A1")).stats["unchanged"] == 1


def test_a_deal_that_changes_its_account_is_updated(office: Office):
    """PLN-15"""
    office.open().brought("account", account("A1", "Acme"), account("A2", "Beta"))
    office.brought("deal", deal("1", "big", "Acme"))

    run = office.brought("deal", deal("1", "big", "Beta"))

    assert (run.stats["update"], office.account_of("big")) == (1, "Beta")


def test_deals_refer_to_an_account_before_they_have_a_table(office: Office):
    """PLN-25, IDN-4: a first import is planned against no table of deals, but against the accounts that are there."""
    for name in ("HUBSPOT",):
        office.book.plan(
            office.file([{"Record ID": "9001", "Company name": "Acme"}], ()),
            record_type="account",
            source=name,
        ).apply()
        plan = office.book.plan(
            office.file([{"Record ID": "1", "Deal Name": "big", "Associated Company": "ACME Inc."}], ()),
            record_type="deal",
            source=name,
        )
        plan.apply()

    assert office.account_of("big") == "Acme"


# ---------------------------------------------------------------- what is missing


def test_an_account_that_is_missing_is_left_blank_and_told(office: Office):
    """IDN-4: ``unresolved-reference`` is a warning where the type says blank."""
    plan = office.open().previewed("deal", deal("1", "a", "Nobody"), deal("2", "b", "Nobody"), deal("3", "c"))
    plan.apply()

    count, message = warnings(plan)["unresolved-reference"]
    assert (count, '"Nobody"' in message) == (2, True)
    assert office.waiting() == [("deal", "Nobody")] * 2


def test_a_row_whose_account_is_missing_is_rejected_where_the_type_says_so(office: Office):
    """IDN-4"""
    office.open("reject").brought("account", account("A1", "Acme"))

    plan = office.previewed("deal", deal("1", "a", "Nobody"), deal("2", "b", "Acme"), on_error="reject-rows")
    plan.apply()

    (problem,) = plan.plan.frames.problems.to_dicts()
    assert (problem["line"], problem["column"], problem["code"]) == (2, "Account", "unresolved-reference")
    assert (plan.counts["reject"], plan.counts["create"]) == (1, 1)
    assert office.waiting() == []


def test_a_missing_account_is_made_where_the_type_says_so(office: Office):
    """IDN-4: one stub per name, attributed to the run, without a link."""
    plan = office.open("create").previewed(
        "deal", deal("1", "a", "Acme Inc."), deal("2", "b", "ACME"), deal("3", "c", "Beta")
    )
    run = plan.apply()

    assert plan.counts["stubs"] == run.stats["stubs"] == 2
    made = office.rows("SELECT name, created_run, external_id FROM account ORDER BY id")
    assert [tuple(row.values()) for row in made] == [
        ("Acme Inc.", run.run_id, None),
        ("Beta", run.run_id, None),
    ]
    assert [office.account_of(each) for each in "abc"] == ["Acme Inc.", "Acme Inc.", "Beta"]
    assert office.brought("deal", deal("4", "d", "acme")).stats["stubs"] == 0


def test_a_stub_that_only_a_rejected_row_names_is_not_made(office: Office):
    """IDN-4, PLN-7"""
    plan = office.open("create").previewed(
        "deal",
        deal("1", "a", "Acme"),
        deal("1", "b", "Beta"),
        deal("2", "c", "Gamma"),
        on_error="reject-rows",
    )
    plan.apply()

    assert [row["name"] for row in office.rows("SELECT name FROM account")] == ["Gamma"]


def test_a_type_without_a_name_cannot_have_stubs(office: Office):
    """IDN-4"""
    bare = 'name = "thing"\nexternal_id = "code"\ndisplay = "external_id"\n[[field]]\nname = "code"\n'
    office.book.add_record_type(bare)
    office.book.add_record_type(
        'name = "part"\nexternal_id = "no"\n[[field]]\nname = "no"\n[[field]]\nname = "of"\ntype = "integer"\n'
        '[[reference]]\nfield = "of"\nto = "thing"\nby = ["external_id"]\nmissing = "create"\n'
    )
    office.book.add_source(Source(name="S", record_types=("part",)))

    with pytest.raises(InvalidInput) as refused:
        office.book.plan(office.file([{"no": "1", "of": "x"}], ()), record_type="part", source="S")

    assert refused.value.code == "no-display"


# ---------------------------------------------------------------- within one file


def test_a_row_refers_to_a_row_of_its_own_file_that_is_being_created(office: Office):
    """IDN-4: within the file first, by id and by name, whatever the order of the rows."""
    office.open()
    rows = (
        account("A1", "Leaf", parent="A3"),
        account("A2", "Twig", parent="ROOT corp."),
        account("A3", "Root"),
    )
    office.brought("account", *rows)

    parents = {
        row["name"]: row["parent"]
        for row in office.rows(
            "SELECT own.name, up.name AS parent FROM account own LEFT JOIN account up ON up.id = own.parent_id"
        )
    }
    assert parents == {"Leaf": "Root", "Twig": "Root", "Root": None}
    assert office.brought("account", *rows).stats["unchanged"] == 3
    assert office.brought("account", *rows, refresh=True).stats["unchanged"] == 3


def test_a_stored_record_changes_its_parent_to_a_row_being_created(office: Office):
    """IDN-4, PLN-15: in changes and history the new record's id stands."""
    office.open().brought("account", account("A1", "Leaf", parent=""))

    run = office.brought("account", account("A1", "Leaf", parent="Root"), account("A2", "Root"))

    (changed,) = office.rows("SELECT * FROM st_record_change WHERE run_id = :run", run=run.run_id)
    root = office.rows("SELECT id FROM account WHERE name = 'Root'")[0]["id"]
    assert (changed["field"], changed["after"]) == ("parent_id", str(root))


def test_a_row_that_is_rejected_for_its_parent_cannot_be_a_parent(office: Office):
    """IDN-4: rejected one after the other, until all that is left holds."""
    office.open(parents="reject")

    plan = office.previewed(
        "account",
        account("A1", "Leaf", parent="A2"),
        account("A2", "Twig", parent="Nowhere"),
        account("A3", "Tree", parent="A3"),
        on_error="reject-rows",
    )

    assert (plan.counts["reject"], plan.counts["create"]) == (2, 1)


# ---------------------------------------------------------------- relinking


def test_deals_before_accounts_are_relinked_when_the_accounts_come(office: Office):
    """IDN-4, SEC-8: part of the plan, counted, with before-images and history, and a sentence in the audit."""
    office.open().brought("deal", deal("1", "a", "Acme"), deal("2", "b", "A2"), deal("3", "c", "Nobody"))

    plan = office.previewed("account", account("A1", "ACME Inc."), account("A2", "Beta"))
    run = plan.apply()

    assert plan.counts["relinked"] == run.stats["relinked"] == 2
    assert [office.account_of(each) for each in "abc"] == ["ACME Inc.", "Beta", None]
    assert office.waiting() == [("deal", "Nobody")]
    changed = office.rows("SELECT * FROM st_record_change WHERE run_id = :run", run=run.run_id)
    assert {(row["record_type"], row["field"], row["before"]) for row in changed} == {
        ("deal", "account_id", None)
    }
    assert {row["changed_run"] for row in office.rows("SELECT changed_run FROM deal WHERE name <> 'c'")} == {
        run.run_id
    }
    told = office.rows(
        "SELECT * FROM st_field_history WHERE record_type = 'deal' AND run_id = :run", run=run.run_id
    )
    assert len(told) == 2
    said = office.rows(
        "SELECT sentence FROM st_activity_log WHERE run_id = :run AND act = 'relink'", run=run.run_id
    )
    assert [each["sentence"].split(": ")[1] for each in said] == ["2 references of stored records resolved."]


def test_a_relinked_deal_is_unchanged_when_its_file_comes_again(office: Office):
    """PLN-15: its source said this account all along."""
    rows = (deal("1", "a", "Acme"), deal("2", "b", "A2"))
    office.open().brought("deal", *rows)
    office.brought("account", account("A1", "Acme"), account("A2", "Beta"))

    assert office.brought("deal", *rows).stats["unchanged"] == 2
    assert office.brought("deal", *rows, refresh=True).stats["unchanged"] == 2


def test_an_account_that_takes_a_name_relinks_too(office: Office):
    """IDN-4: a record that this plan changes."""
    office.open().brought("account", account("A1", "Old"))
    office.brought("deal", deal("1", "a", "New"))

    run = office.brought("account", account("A1", "New"))

    assert (run.stats["relinked"], office.account_of("a")) == (1, "New")


def test_a_stub_relinks_what_waits_for_its_name(office: Office):
    """IDN-4"""
    office.open(parents="blank").brought("account", account("A1", "Leaf", parent="Root"))
    office.book.add_record_type(DEAL.format(missing="create"))

    run = office.brought("deal", deal("1", "a", "Root"))

    assert (run.stats["stubs"], run.stats["relinked"]) == (1, 1)
    assert office.rows("SELECT parent_id FROM account WHERE name = 'Leaf'")[0]["parent_id"] is not None


def test_two_accounts_of_the_awaited_name_relink_nothing(office: Office):
    """IDN-4: several candidates."""
    office.open().brought("deal", deal("1", "a", "Acme"))

    run = office.brought("account", account("A1", "Acme"), account("A2", "Acme Ltd"))

    assert (run.stats["relinked"], office.waiting()) == (0, [("deal", "Acme")])


def test_what_another_source_says_of_the_account_meanwhile_stands(office: Office):
    """PLN-15, IDN-4: only a blank field is relinked."""
    office.open().brought("account", account("A2", "Beta"))
    office.book.add_record_type(
        DEAL.format(missing="blank").replace("tracked", 'identity = [["name"]]\ntracked')
    )
    office.brought("deal", deal("1", "a", "Acme"))
    office.brought("deal", deal("9", "a", "Beta"), source="ERP")

    run = office.brought("account", account("A1", "Acme"))

    assert (run.stats["relinked"], office.account_of("a")) == (0, "Beta")


def test_a_source_that_had_said_blank_does_not_flip_what_was_relinked(office: Office):
    """PLN-15, PLN-19: its last word was blank, whatever another source's word has become."""
    office.open()
    office.book.add_record_type(
        DEAL.format(missing="blank").replace("tracked", 'identity = [["name"]]\ntracked')
    )
    office.brought("deal", deal("1", "a", "Acme"))
    office.brought("deal", deal("9", "a", "<null>"), source="ERP")
    before = office.state()
    run = office.brought("account", account("A1", "Acme"))
    after = office.state()

    again = office.brought("deal", {**deal("9", "a", "<null>"), "Note": "new"}, source="ERP")

    assert (again.stats["unchanged"], office.account_of("a")) == (1, "Acme")
    again.rollback()
    assert office.state() == after
    run.rollback()
    assert office.state() == before


def test_the_source_that_named_an_account_and_now_names_none_waits_no_longer(office: Office):
    """IDN-4"""
    office.open().brought("deal", deal("1", "a", "Acme"), deal("2", "b", "Acme"))
    before = office.state()

    run = office.brought("deal", deal("1", "a", "<null>"), deal("2", "b", "Beta"))

    assert office.waiting() == [("deal", "Beta")]
    run.rollback()
    assert office.state() == before


def test_a_deal_that_now_names_nobody_becomes_blank_and_waits(office: Office):
    """IDN-4, PLN-15"""
    office.open().brought("account", account("A1", "Acme"))
    office.brought("deal", deal("1", "a", "Acme"))

    run = office.brought("deal", deal("1", "a", "Beta"))

    assert (run.stats["update"], office.account_of("a"), office.waiting()) == (1, None, [("deal", "Beta")])


# ---------------------------------------------------------------- rolling back


def first_deals(office: Office) -> OpenRun:
    return office.brought("deal", deal("7", "x", "A1"), deal("8", "y", "Nobody"))


def relink(office: Office) -> OpenRun:
    return office.brought("account", account("A8", "Waited for"), account("A9", "Else"))


def change(office: Office) -> OpenRun:
    return office.brought("deal", deal("1", "a", "Nobody else"), deal("2", "b", "Acme"))


def self_relink(office: Office) -> OpenRun:
    return office.brought("account", account("A7", "Root"))


def family(office: Office) -> OpenRun:
    return office.brought("account", account("A5", "Up"), account("A6", "Down", parent="Up"))


@pytest.mark.parametrize("act", [first_deals, relink, change, self_relink, family])
def test_a_rollback_gives_references_back(office: Office, act: Any):
    """ROL-2, IDN-4: records of all types, what waits, links and freshness."""
    office.open().brought("account", account("A1", "Acme"), account("A2", "Leaf", parent="Root"))
    office.brought("deal", deal("1", "a", "Acme"), deal("2", "b", "Waited for"))
    before = office.state()
    run = act(office)
    assert office.state() != before

    expected = run.preview_rollback().undo.counts
    done = run.rollback()

    assert office.state() == before
    assert done.stats == expected


def test_a_rollback_takes_stubs_away_and_what_they_relinked(office: Office):
    """ROL-2, IDN-4"""
    office.open("create").brought("account", account("A2", "Leaf", parent="Root"))
    before = office.state()
    run = office.brought("deal", deal("1", "a", "Root"), deal("2", "b", "Beta"))

    done = run.rollback()

    assert office.state() == before
    assert (done.stats["stubs"], done.stats["relinked"]) == (2, 1)


def test_a_deal_that_was_relinked_since_blocks_the_rollback_of_its_import(office: Office):
    """ROL-5: the later run is of another type, and named all the same."""
    deals = office.open().brought("deal", deal("1", "a", "Acme"))
    accounts = office.brought("account", account("A1", "Acme"))

    with pytest.raises(RollbackBlocked) as refused:
        deals.rollback()

    assert refused.value.details["later_runs"] == [accounts.run_id]
    accounts.rollback()
    deals.rollback()
    assert office.waiting() == []


def test_an_account_that_deals_refer_to_is_not_taken_away(office: Office):
    """ROL-4: blocked, referred to by which records."""
    accounts = office.open().brought("account", account("A1", "Acme"))
    deals = office.brought("deal", deal("1", "a", "Acme"))

    with pytest.raises(RollbackBlocked) as refused:
        accounts.rollback()

    (blocked,) = refused.value.details["blocked_by"]
    assert (blocked["bucket"], blocked["name"], blocked["by_run"]) == ("blocked", "Acme", deals.run_id)
    assert blocked["referred_by"] == {"record_type": "deal", "record_id": 1, "name": "a"}


def test_a_stub_that_another_source_has_linked_since_is_kept(office: Office):
    """ROL-13, IDN-4"""
    office.open("create")
    office.book.add_record_type(
        ACCOUNT.format(missing="blank").replace("[[field]]", 'identity = [["name"]]\n[[field]]', 1)
    )
    run = office.brought("deal", deal("1", "a", "Acme"))
    office.brought("account", account("A1", "Acme"))

    with pytest.raises(RollbackBlocked):
        run.rollback()


# ---------------------------------------------------------------- stale plans


def stale(office: Office, plan: OpenPlan) -> None:
    before = office.state()
    with pytest.raises(StalePlan) as refused:
        plan.apply()
    assert refused.value.code == "stale-plan"
    assert office.state() == before


def test_an_account_that_vanished_makes_the_plan_stale(office: Office):
    """PLN-9, PLN-23"""
    made = office.open().brought("account", account("A1", "Acme"))
    plan = office.previewed("deal", deal("1", "a", "Acme"))
    made.rollback()

    stale(office, plan)


def test_an_account_that_came_meanwhile_makes_the_plan_stale(office: Office):
    """PLN-23: the deal would wait for what is there."""
    plan = office.open().previewed("deal", deal("1", "a", "Acme"))
    office.brought("account", account("A1", "Acme"))

    stale(office, plan)


def test_a_deal_that_came_to_wait_meanwhile_makes_the_plan_stale(office: Office):
    """PLN-23, IDN-4: it would not be relinked."""
    plan = office.open().previewed("account", account("A1", "Acme"))
    office.brought("deal", deal("1", "a", "Acme"))

    stale(office, plan)


def test_a_deal_to_be_relinked_that_changed_makes_the_plan_stale(office: Office):
    """PLN-9"""
    office.open().brought("deal", deal("1", "a", "Acme"))
    plan = office.previewed("account", account("A1", "Acme"))
    office.brought("deal", deal("1", "other name", "Acme"))

    stale(office, plan)


def test_a_parent_that_vanished_makes_the_plan_stale(office: Office):
    """PLN-9: of the imported type itself."""
    made = office.open().brought("account", account("A1", "Root"), source="ERP")
    plan = office.previewed("account", account("A2", "Leaf", parent="Root"))
    made.rollback()

    stale(office, plan)


def test_a_parent_that_came_meanwhile_makes_the_plan_stale(office: Office):
    """PLN-23: of the imported type itself, from another source."""
    plan = office.open().previewed("account", account("A2", "Leaf", parent="Root"))
    office.brought("account", account("A1", "Root"), source="ERP")

    stale(office, plan)


def test_a_deal_that_waits_by_another_sources_word_makes_the_plan_stale(office: Office):
    """PLN-9"""
    office.open()
    office.book.add_record_type(
        DEAL.format(missing="blank").replace("tracked", 'identity = [["name"]]\ntracked')
    )
    office.brought("deal", deal("1", "a"))
    plan = office.previewed("deal", deal("1", "a", "Acme"))
    office.brought("deal", deal("9", "a", "Beta"), source="ERP")

    stale(office, plan)


def test_accounts_that_nobody_names_make_no_plan_stale(office: Office):
    """PLN-9: changes elsewhere."""
    office.open().brought("account", account("A1", "Acme"))
    plan = office.previewed("deal", deal("1", "a", "Acme"))
    office.brought("account", account("A2", "Beta"))
    other = office.previewed("account", account("A3", "Gamma"))
    office.brought("deal", deal("5", "e", "Delta"), source="ERP")

    plan.apply()
    other.apply()

    assert office.account_of("a") == "Acme"


# ---------------------------------------------------------------- by hand


def test_an_edit_names_the_record_as_a_file_does(office: Office):
    """IDN-4, PRE-24"""
    office.open().brought("account", account("A1", "Acme"), account("A2", "Beta GmbH"))
    office.brought("deal", deal("1", "big", "A1"))

    office.book.edit_record("deal", 1, {"account_id": "BETA, G.m.b.H."})
    assert office.account_of("big") == "Beta GmbH"

    with pytest.raises(InvalidInput) as refused:
        office.book.edit_record("deal", 1, {"account_id": "Nobody"})
    assert refused.value.details["errors"][0]["code"] == "unresolved-reference"
    with pytest.raises(InvalidInput) as refused:
        office.book.edit_record("deal", 1, {"account_id": "Beta"})
    assert refused.value.code == "nothing-to-change"


def test_an_edited_reference_waits_no_longer_until_the_edit_is_undone(office: Office):
    """IDN-4, ROL-2"""
    office.open().brought("account", account("A1", "Acme"))
    office.brought("deal", deal("1", "big", "A2"))
    before = office.state()
    run = office.book.edit_record("deal", 1, {"account_id": "A1"})

    relinking = office.previewed("account", account("A2", "Beta"))
    assert (office.waiting(), relinking.counts["relinked"]) == ([], 0)

    run.rollback()
    assert office.state() == before


def test_a_locked_reference_that_a_person_cleared_stays_blank(office: Office):
    """PRE-24: the source's new word is not taken, and not later either."""
    office.open()
    locked = DEAL.format(missing="blank").replace(
        'aliases = ["Account"]', 'aliases = ["Account"]\nlocked = true'
    )
    office.book.add_record_type(locked)
    office.brought("account", account("A1", "Acme"))
    office.brought("deal", deal("1", "big", "A1"))
    office.book.edit_record("deal", 1, {"account_id": None})

    office.brought("deal", deal("1", "big", "A2"))
    office.brought("account", account("A2", "Beta"))

    assert office.account_of("big") is None
