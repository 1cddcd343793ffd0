"""The packs that ship with Stocktake (PACK)."""

from __future__ import annotations

import csv
import io

import polars as pl
import pytest

from stocktake.catalog.declaration import check_source_fields
from stocktake.catalog.packs import find_pack_source, pack_record_types, pack_samples, pack_sources
from stocktake.catalog.vocabulary import KEY_RULES
from stocktake.cleaning.call import SIGNATURES
from stocktake.cleaning.cleaner import CLEANERS as IMPLEMENTED_CLEANERS
from stocktake.cleaning.draft import clean
from stocktake.cleaning.key import KEY_RULES as IMPLEMENTED_KEY_RULES
from stocktake.mapping import check_required, map_columns
from stocktake.model.record_type import OnBlank

DEVICE_SOURCES = {
    "NINJAONE": True,
    "NINJAONE_SERVERS": True,
    "TELUS": True,
    "ROGERS": True,
    "INTUNE": False,
    "MANUAL": False,
    "EXCEL": False,
    "INVOICE": False,
}
SAMPLES = {"ninjaone-1.csv": "NINJAONE", "ninjaone-2.csv": "NINJAONE", "telus.csv": "TELUS"}


def sample(name: str) -> list[dict[str, str]]:
    text = pack_samples("it_assets")[name].read_text(encoding="utf-8")
    return list(csv.DictReader(io.StringIO(text)))


@pytest.mark.parametrize(("name", "tracks_presence"), DEVICE_SOURCES.items())
def test_ships_the_sources_of_devices_and_says_which_track_presence_pack(name, tracks_presence):
    source = pack_sources()[name]

    assert source.tracks_presence is tracks_presence
    assert source.external_id == ("serial_number",)
    assert source.pack == "it_assets"


def test_finds_a_source_under_its_alias_pack_2():
    assert find_pack_source("BGC_TEMPLATE") is pack_sources()["EXCEL"]
    assert find_pack_source("EXCEL") is pack_sources()["EXCEL"]
    assert find_pack_source("NOWHERE") is None


@pytest.mark.parametrize("name", DEVICE_SOURCES)
def test_a_source_names_only_fields_that_its_record_types_have(name):
    check_source_fields(pack_sources()[name], pack_record_types())


def test_devices_are_known_by_serial_number_and_then_by_asset_tag():
    device = pack_record_types()["device"]

    assert device.identity == (("serial_number",), ("asset_tag",))
    assert device.tracked == ("status", "assigned_to", "location")
    assert device["last_online"].volatile
    assert dict(device["device_type"].values)["HYPER-V_SERVER"] == "SERVER"


@pytest.mark.parametrize(
    ("source", "header", "expected"),
    [
        ("NINJAONE", "Memory Capacity (GiB)", {"ram"}),
        ("NINJAONE", "Processors Name", {"processor"}),
        ("NINJAONE", "System Manufacturer", {"make"}),
        ("NINJAONE", "Display Name", {"asset_tag", "name"}),
        ("TELUS", "IMEI", {"imei", "serial_number"}),
        ("TELUS", "Device Name", {"make", "model", "storage"}),
        ("TELUS", "Status", set()),
        ("TELUS", "BAN", {"account_number"}),
        ("ROGERS", "Usernames", {"assigned_to"}),
        ("ROGERS", "Device Description", {"make", "model", "storage"}),
        ("ROGERS", " Applicable Pre-HUP ", set()),
        ("ROGERS", "# of Months Remaining", set()),
        ("ROGERS", "HUP Eligible (y/n)", {"hup_eligible"}),
        ("ROGERS", "Commit End Date", {"contract_end"}),
        ("INTUNE", "Device name", {"name"}),
        ("INTUNE", "Primary user UPN", {"assigned_to"}),
        ("INTUNE", "OS", {"os_name"}),
        ("INTUNE", "Last check-in", {"last_online"}),
        ("EXCEL", "Asset Type", {"device_type"}),
        ("EXCEL", "Condition", {"condition"}),
        ("EXCEL", "Status", {"status"}),
    ],
)
def test_a_header_of_a_source_feeds_its_fields_pack(source, header, expected):
    result = map_columns([header], pack_record_types()["device"], pack_sources()[source])

    assert {each.field for each in result.mapping.columns} == expected
    assert result.mapping.unmapped == ()


@pytest.mark.parametrize(("source", "carrier"), [("TELUS", "Telus"), ("ROGERS", "Rogers")])
def test_a_telephone_company_says_its_name_and_that_it_lists_telephones_pack(source, carrier):
    mapping = map_columns(
        ["IMEI", "Device Type"], pack_record_types()["device"], pack_sources()[source]
    ).mapping

    assert mapping.constants == {"carrier": carrier, "device_type": "PHONE"}
    assert mapping.rule("device_type").on_blank is OnBlank.FILL_ONLY


@pytest.mark.parametrize("source", ["TELUS", "ROGERS"])
def test_the_serial_number_is_the_imei_where_the_row_has_none_pack(source):
    serial = map_columns(
        ["IMEI", "Serial Number"], pack_record_types()["device"], pack_sources()[source]
    ).mapping.of("serial_number")

    assert serial is not None
    assert (serial.column, serial.fallback) == ("Serial Number", ((0, "IMEI"),))


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_maps_whole_and_without_a_warning(name):
    device, source = pack_record_types()["device"], pack_sources()[SAMPLES[name]]

    result = map_columns(list(sample(name)[0]), device, source)

    check_required(result.mapping, device, source)
    assert result.warnings == ()
    assert result.mapping.unmapped == ()


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_is_clean(name):
    device, source, rows = pack_record_types()["device"], pack_sources()[SAMPLES[name]], sample(name)
    mapping = map_columns(list(rows[0]), device, source).mapping
    cells = {f"c{place}": [each[header] for each in rows] for place, header in enumerate(rows[0])}
    numbers = pl.int_range(len(rows), dtype=pl.UInt32, eager=True)
    batch = pl.DataFrame({"_row": numbers, "_line": numbers + 2, **cells}).with_columns(
        _fault=pl.lit(None, dtype=pl.String)
    )

    cleaned = clean(batch, device, source, mapping)

    assert cleaned.problems.is_empty()
    assert cleaned.drafts["serial_number"].n_unique() == len(rows)


def test_the_samples_tell_of_a_week_with_two_new_three_changed_and_two_gone():
    first = {each.pop("Serial Number"): each for each in sample("ninjaone-1.csv")}
    second = {each.pop("Serial Number"): each for each in sample("ninjaone-2.csv")}
    telus = {each["Serial Number"] for each in sample("telus.csv")}
    for each in [*first.values(), *second.values()]:
        del each["Last Online"]

    gone = first.keys() - second.keys()
    changed = {key for key in first.keys() & second.keys() if first[key] != second[key]}

    assert (len(first), len(second.keys() - first.keys()), len(changed), len(gone)) == (24, 2, 3, 2)
    assert len(gone & telus) == 1
    assert len(telus) == 9


def test_a_declaration_may_use_exactly_the_cleaners_and_key_rules_there_are_cln_2():
    assert list(SIGNATURES) == list(IMPLEMENTED_CLEANERS)
    assert set(KEY_RULES) == set(IMPLEMENTED_KEY_RULES)
