"""The pack crm at work: three products' exports meet in one list of accounts (PACK, IDN-1, IDN-4)."""

from __future__ import annotations

from importlib.resources import as_file

import pytest

from stocktake.book import Book, open_book
from stocktake.catalog.packs import pack_samples
from stocktake.model.run import Run


@pytest.fixture
def book(ready_database_url):
    with open_book(ready_database_url, by="tester") as opened:
        yield opened


def imported(book: Book, name: str, kind: str, source: str) -> Run:
    with as_file(pack_samples("crm")[name]) as path:
        return book.plan(path, record_type=kind, source=source).apply().run


def test_accounts_of_three_products_meet_by_domain_and_normalised_name(book):
    made = [
        imported(book, "hubspot-companies.csv", "account", "HUBSPOT").stats,
        imported(book, "salesforce-accounts.csv", "account", "SALESFORCE").stats,
        imported(book, "pipedrive-organizations.csv", "account", "PIPEDRIVE").stats,
    ]

    assert [each["created"] for each in made] == [6, 4, 3]
    assert [each["updated"] for each in made] == [0, 1, 1]


def test_deals_come_in_with_stage_as_written_and_normalised(book):
    imported(book, "hubspot-companies.csv", "account", "HUBSPOT")
    run = imported(book, "hubspot-deals.csv", "deal", "HUBSPOT")
    again = imported(book, "hubspot-deals.csv", "deal", "HUBSPOT")

    assert (run.stats["created"], again.stats["unchanged"]) == (8, 8)
    with book.listing() as unit:
        found, _ = unit.record_page(book.record_type("deal"), where={}, limit=1, offset=0)
    assert (found[0]["stage"], found[0]["stage_normalized"]) == ("Closed Won", "won")
