"""Nothing that is only suggested is imported, until somebody says so (MAP-1 to MAP-5)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from stocktake.model.errors import InvalidInput
from tests.stories.desk import Desk

ROWS = [
    {"Serail Number": "S1", "Asset Tag": "T1", "Manufcturer": "Dell", "Notes": "x"},
    {"Serail Number": "S2", "Asset Tag": "T2", "Manufcturer": "HP", "Notes": ""},
    {"Serail Number": "S3", "Asset Tag": "T3", "Manufcturer": "HP", "Notes": "y"},
]
TELUS = "Subscriber Name,Phone Number,Rate Plan,Device Name,Serial Number,IMEI,Contract end date,BAN,Status\n"
LINES = "Maya,604-555-0101,Fifty,APPLE IPHONE 13,G6TXK2M9QP,354344395891751,2027-01-15,30455012,Active\n"


def csv(desk: Desk, name: str, text: str) -> Path:
    path = desk.folder / name
    path.write_text(text, encoding="utf-8")
    return path


def codes(plan: Any) -> list[str]:
    return [each.code for each in plan.plan.warnings]


def file(desk: Desk) -> Path:
    return desk.file(ROWS, header=())


def test_an_import_takes_no_suggestion_by_itself_map_1(desk: Desk):
    plan = desk.book.plan(file(desk), record_type="device", source="EXCEL")

    assert {each.field for each in plan.plan.mapping.columns} == {"asset_tag"}
    told = [each.message for each in plan.plan.warnings if each.code == "column-suggested"]
    assert len(told) == 2
    assert any("--map 'Serail Number=serial_number'" in each for each in told)
    assert [(each.column, each.field) for each in plan.plan.advice.suggestions] == [
        ("Serail Number", "serial_number"),
        ("Manufcturer", "make"),
    ]


def test_what_a_suggestion_says_can_be_pasted_map_1(desk: Desk):
    plan = desk.book.plan(
        file(desk), record_type="device", source="EXCEL", columns=[("Serail Number", "serial_number")]
    )

    plan.apply()

    assert set(desk.records()) == {"S1", "S2", "S3"}


def test_suggestions_are_accepted_where_the_operator_asks_for_it_and_told_map_1(desk: Desk):
    plan = desk.book.plan(file(desk), record_type="device", source="EXCEL", accept_suggestions=0.85)

    hows = {each.field: each.how for each in plan.plan.mapping.columns}
    assert hows == {"serial_number": "fuzzy", "make": "fuzzy", "asset_tag": "alias"}
    assert codes(plan).count("suggestion-accepted") == 2
    plan.apply()
    assert desk.record("S2")["make"] == "HP"


def test_what_is_accepted_can_be_seen_in_a_saved_plan_and_applied_from_it(desk: Desk):
    path = file(desk)
    plan = desk.book.plan(path, record_type="device", source="EXCEL", accept_suggestions=0.85)
    plan.save(desk.folder / "plan.json")

    opened = desk.book.load_plan(desk.folder / "plan.json")

    assert (opened.plan.key, opened.plan.advice) == (plan.plan.key, plan.plan.advice)
    opened.apply()
    assert set(desk.records()) == {"S1", "S2", "S3"}


@pytest.mark.parametrize("least", [0.0, 0.59, 1.01])
def test_a_confidence_that_means_nothing_is_refused(desk: Desk, least: float):
    with pytest.raises(InvalidInput) as refused:
        desk.book.plan(file(desk), record_type="device", source="EXCEL", accept_suggestions=least)

    assert refused.value.code == "bad-option"


def test_an_unchanged_file_is_not_taken_for_read_when_suggestions_are_accepted_only_now(desk: Desk):
    path = file(desk)
    desk.book.plan(path, record_type="device", source="EXCEL").apply()

    plan = desk.book.plan(path, record_type="device", source="EXCEL", accept_suggestions=0.85)

    assert plan.counts["update"] == 3


def test_a_required_field_without_a_column_says_what_may_be_meant_and_stops_map_3(desk: Desk):
    with pytest.raises(InvalidInput) as refused:
        desk.book.plan(file(desk), record_type="device", source="NINJAONE")

    assert refused.value.code == "missing-column"
    assert 'Perhaps meant: "Serail Number"' in refused.value.message
    assert refused.value.hint == "If that is right: --map 'Serail Number=serial_number'"
    assert refused.value.details["suggestions"][0]["field"] == "serial_number"


@pytest.mark.parametrize(("extra", "kept"), [(None, True), ("keep", True), ("drop", False)])
def test_columns_without_a_field_are_kept_or_dropped_by_choice_map_3(
    desk: Desk, extra: str | None, kept: bool
):
    desk.book.plan(
        file(desk),
        record_type="device",
        source="EXCEL",
        columns=[("Serail Number", "serial_number")],
        extra=extra,
    ).apply()

    found = desk.record("S1")["extra"]
    assert (json.loads(found) if isinstance(found, str) else found) == (
        {"Manufcturer": "Dell", "Notes": "x"} if kept else None
    )


def test_only_keep_or_drop_can_be_chosen(desk: Desk):
    with pytest.raises(InvalidInput) as refused:
        desk.book.plan(file(desk), record_type="device", source="EXCEL", extra="hide")

    assert refused.value.code == "bad-option"


def test_the_header_says_type_and_source_where_it_is_clear_map_2(desk: Desk):
    plan = desk.book.plan(csv(desk, "lines.csv", TELUS + LINES))

    assert (plan.plan.record_type.name, plan.plan.source.name) == ("device", "TELUS")
    first = plan.plan.warnings[0]
    assert first.code == "recognised"
    assert "device from TELUS" in first.message
    assert "Next is" in first.message


def test_where_it_is_not_clear_the_candidates_are_named_and_nothing_is_done_map_2(desk: Desk):
    with pytest.raises(InvalidInput) as refused:
        desk.book.plan(file(desk))

    assert refused.value.code == "bad-arguments"
    path = csv(desk, "ninja.csv", "Display Name,Role,Serial Number,Manufacturer\nA,TABLET,S1,Dell\n")
    with pytest.raises(InvalidInput) as refused:
        desk.book.plan(path, record_type="device")
    assert "device from NINJAONE (" in refused.value.message
    assert [each["source"] for each in refused.value.details["candidates"]][:2] == [
        "NINJAONE",
        "NINJAONE_SERVERS",
    ]


def test_a_header_seen_before_brings_its_mapping_to_mind_map_4(desk: Desk):
    text = '[columns]\n"Ref" = "external_id"\n"Worth" = "amount"\n"What" = "name"\n'
    desk.book.add_mapping("own", text, record_type="deal", source="csv_import")
    path = csv(desk, "deals.csv", "Ref,Worth,What\n1,10,Roof\n2,20,Door\n")

    by_header = desk.book.plan(path)
    by_hand = desk.book.plan(
        path,
        record_type="deal",
        source="csv_import",
        strategy="merge",
        columns=[("Ref", "external_id")],
    )

    assert by_header.plan.options.mapping is not None
    assert by_header.plan.options.mapping.name == "own"
    assert {each.how for each in by_header.plan.mapping.columns} == {"saved"}
    assert "saved-mapping-fits" in codes(by_hand)
    assert "saved-mapping-fits" not in codes(by_header)


def test_a_renamed_column_is_told_by_what_stood_in_it_map_4(desk: Desk):
    text = '[columns]\n"Ref" = "external_id"\n"What" = "name"\n"Worth" = "amount"\n'
    desk.book.add_mapping("own", text, record_type="deal", source="csv_import")
    first = csv(desk, "one.csv", "Ref,Worth,What\n1,10,Roof\n2,20,Door\n3,30,Mill\n4,40,Yard\n")
    said: dict[str, Any] = {
        "record_type": "deal",
        "source": "csv_import",
        "mapping": "own",
        "strategy": "merge",
    }
    desk.book.plan(first, **said).apply()

    plan = desk.book.plan(
        csv(desk, "two.csv", "Ref,Worth,Betreff\n1,10,Roof\n2,20,Door\n3,30,Mill\n5,50,Shed\n"), **said
    )

    drift = plan.plan.advice.drift
    assert drift is not None
    assert (drift.gone, drift.new) == (("What",), ("Betreff",))
    assert [(each.gone, each.new) for each in drift.renamed] == [("What", "Betreff")]
    assert "75% of its values stood in the other one" in drift.renamed[0].why
    seen = desk.book.inspect(desk.folder / "two.csv", mapping="own")
    assert seen.advice.drift == drift


def test_the_preview_tells_the_keys_facts_first_map_5(desk: Desk):
    rows = [{"Serial Number": each, "Model": "x"} for each in ("S1", "S1", "", "1.23E+15")]

    key = desk.plan("EXCEL", rows).plan.key

    assert key is not None
    assert (key.columns, key.rows, key.filled, key.distinct) == (("Serial Number",), 4, 3, 2)
    assert (key.repeated.lines, key.blank.lines, key.scientific.examples) == ((2, 3), (4,), ("1.23E+15",))


def test_a_header_over_the_wrong_columns_is_told_map_1(desk: Desk):
    text = "Record ID,First Name,Email,Phone\n" + "".join(
        f"{each},ana{each}@example.com,Ana{'abc'[each]},604-555-010{each}\n" for each in range(3)
    )

    plan = desk.book.plan(csv(desk, "shifted.csv", text), record_type="contact", source="HUBSPOT")

    told = [each.message for each in plan.plan.warnings if each.code == "content-contradicts-header"]
    assert len(told) == 2
    assert 'Column 2, "First Name", looks so.' in told[1]
    doubted = {each.field: each.confidence for each in plan.plan.mapping.columns}
    assert doubted["email"] <= 0.5
    assert doubted["phone"] >= 0.95
