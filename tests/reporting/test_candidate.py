"""As what a file is recognised, with the evidence (MAP-2)."""

from __future__ import annotations

import pytest

from stocktake.catalog.packs import pack_record_types, pack_sources
from stocktake.flows.recognition import KnownMapping, recognise
from stocktake.model.errors import InvalidInput
from stocktake.model.mapping import SavedMapping
from stocktake.reporting.candidate import Recognition
from stocktake.reporting.recognition import known_header, recognised, unclear

TELUS = ["Subscriber Name", "Phone Number", "Rate Plan", "Device Name", "IMEI", "Contract end date", "BAN"]


def seen(header: list[str], *saved: KnownMapping, **said: str) -> Recognition:
    return recognise(header, pack_record_types(), pack_sources(), saved, **said)


def test_a_header_that_one_source_names_is_recognised_with_what_spoke_for_it_map_2():
    found = seen(TELUS)

    assert found.clear
    assert found.best is not None
    assert (found.best.record_type, found.best.source) == ("device", "TELUS")
    assert found.best.evidence[:2] == ("Device Name", "IMEI")
    assert set(found.best.evidence) <= set(TELUS)


def test_the_runner_up_is_named_with_why_it_lost_map_2():
    found = seen(TELUS)

    assert found.runner_up is not None
    assert found.why.startswith(f"Next is {found.runner_up.label}")
    assert "TELUS" in recognised(found).message


def test_sources_that_know_the_same_are_never_chosen_between_map_2():
    found = seen(["Display Name", "Role", "Serial Number", "Manufacturer"])

    assert not found.clear
    assert "Only you can say which" in found.why
    error = unclear(found, None, None)
    assert isinstance(error, InvalidInput)
    assert "NINJAONE" in error.message
    assert "--type is missing." in error.message
    assert "--type device --source NINJAONE" in error.hint


def test_what_somebody_said_narrows_it_map_2():
    assert seen(TELUS, record_type="contact").clear is False
    found = seen(["Record ID", "Deal Name", "Deal Stage", "Amount", "Deal owner"], source="HUBSPOT")
    assert found.best is not None
    assert (found.best.label, found.clear) == ("deal from HUBSPOT", True)


def test_a_source_that_alone_delivers_such_records_need_not_name_columns_itself():
    header = ["Name", "Hostname", "Environment", "IP Address", "Operating System", "CPU Cores"]

    found = seen(header, record_type="server")

    assert found.best is not None
    assert found.best.source == "discovery_flow"


@pytest.mark.parametrize("header", [["Title", *(f"Other {place}" for place in range(20)), "Type"], ["x"], []])
def test_a_few_columns_of_many_are_no_reason_map_2(header):
    found = seen(header)

    assert (found.best, found.clear, found.why) == (None, False, "")
    assert "--type is missing." in unclear(found, None, None).message


def test_a_header_seen_before_is_read_by_the_mapping_saved_for_it_map_4():
    saved = KnownMapping(
        mapping=SavedMapping(
            name="own", columns=(("Ref", ("external_id",)), ("Worth", ("amount",)), ("Memo", ()))
        ),
        record_type="deal",
        source="HUBSPOT",
    )

    found = seen(["Ref", "Worth", "Memo"], saved)
    drifting = seen(["Ref", "Worth", "Mood"], saved)

    assert found.clear
    assert found.best is not None
    assert (found.best.saved, found.best.drifts) == ("own", False)
    assert {each.how for each in found.best.mapping.columns} == {"saved"}
    assert "--mapping own" in known_header(found)[0].message
    assert drifting.best is not None
    assert (drifting.best.drifts, drifting.clear) == (True, False)
    assert known_header(drifting) == ()
