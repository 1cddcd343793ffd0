"""What people and programs are told of references (IDN-4)."""

from __future__ import annotations

from importlib.resources import as_file
from pathlib import Path
from shutil import copy

import pytest

from stocktake.catalog.packs import pack_samples
from tests.interfaces.conftest import Command


@pytest.fixture
def crm(folder: Path, stocktake: Command) -> Command:
    """The exports of HubSpot, copied beside a database that does not exist yet."""
    for name, place in pack_samples("crm").items():
        with as_file(place) as path:
            copy(path, folder / name)
    return stocktake


DEALS = "hubspot-deals.csv --type deal --source HUBSPOT"
COMPANIES = "hubspot-companies.csv --type account --source HUBSPOT"


def test_a_preview_tells_which_accounts_are_missing_and_that_they_are_left_blank(crm):
    planned = crm(f"plan {DEALS}")

    assert 'Associated Company IDs names no account: "9001", "9002"' in " ".join(planned.out.split())


def test_accounts_that_come_later_relink_the_deals_and_the_counts_say_so(crm):
    crm(f"import {DEALS} --yes")

    planned = crm(f"plan {COMPANIES} --json").document["counts"]
    shown = crm(f"plan {COMPANIES}").out
    done = crm(f"import {COMPANIES} --yes --json").document["counts"]

    assert planned["relinked"] == done["relinked"] == 8
    assert "references of stored records that find theirs now" in shown


def test_a_deal_is_shown_with_the_name_of_its_account(crm):
    crm(f"import {COMPANIES} --yes")
    crm(f"import {DEALS} --yes")

    assert "1 (Harbourlight Foods Inc.)" in crm("record show deal 1").out
