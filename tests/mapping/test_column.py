"""Which column feeds which field, and with what right (MAP-1, MAP-3)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stocktake.mapping import MappingResult, map_columns
from stocktake.model.column_name import column_names, place_of
from stocktake.model.errors import InvalidInput
from stocktake.model.record_type import Field, RecordType
from stocktake.model.source import Source

DEVICE = RecordType(
    name="device",
    title="Device",
    plural="Devices",
    external_id=("serial_number",),
    fields=(
        Field(name="serial_number", title="Serial number", aliases=("S/N", "Serial")),
        Field(name="asset_tag", title="Tag"),
        Field(name="name"),
        Field(name="model", aliases=("Device Model",)),
        Field(name="status"),
    ),
)
PLAIN = Source(name="PLAIN", record_types=("device",))
OWN = Source(
    name="OWN",
    record_types=("device",),
    columns=(
        ("Display Name", ("asset_tag", "name")),
        ("Chassis", ("serial_number",)),
        ("IMEI", ("model", "serial_number")),
        ("Status", ()),
        ("Price", ("amount",)),
    ),
)


def fed(result: MappingResult) -> dict[str, tuple[int, str, float]]:
    return {each.field: (each.position, each.how, each.confidence) for each in result.mapping.columns}


@pytest.mark.parametrize(
    ("header", "field", "how", "confidence"),
    [
        ("S/N", "serial_number", "alias", 1.0),
        (" s n ", "serial_number", "alias", 1.0),
        ("SERIAL-NUMBER", "serial_number", "name", 0.95),
        ("serial_number", "serial_number", "name", 0.95),
        ("tag", "asset_tag", "name", 0.95),
        ("Asset\u2003Tag", "asset_tag", "name", 0.95),
    ],
)
def test_a_header_matches_without_case_blanks_and_punctuation_map_1(header, field, how, confidence):
    assert fed(map_columns([header], DEVICE, PLAIN)) == {field: (0, how, confidence)}


def test_the_sources_own_columns_feed_several_fields_map_1():
    result = map_columns(["DISPLAY NAME", "Chassis"], DEVICE, OWN)

    assert fed(result) == {
        "asset_tag": (0, "source", 1.0),
        "name": (0, "source", 1.0),
        "serial_number": (1, "source", 1.0),
    }


def test_a_column_that_the_source_ignores_matches_nothing_and_is_not_kept():
    result = map_columns(["Status", "Notes"], DEVICE, OWN)

    assert fed(result) == {}
    assert result.ignored == ((0, "Status"),)
    assert result.mapping.unmapped == ((1, "Notes"),)


def test_the_operator_may_map_a_column_that_the_source_ignores():
    result = map_columns(["Status"], DEVICE, OWN, [("Status", "status")])

    assert fed(result) == {"status": (0, "map", 1.0)}
    assert result.ignored == ()


def test_a_source_column_for_another_record_type_is_matched_as_if_not_declared():
    assert map_columns(["Price"], DEVICE, OWN).mapping.unmapped == ((0, "Price"),)


@pytest.mark.parametrize(
    ("header", "columns", "source", "winner", "how"),
    [
        (["Serial Number", "S/N", "Chassis", "Mine"], [("Mine", "serial_number")], OWN, 3, "map"),
        (["Serial Number", "S/N", "Chassis"], [], OWN, 2, "source"),
        (["Serial Number", "S/N"], [], PLAIN, 1, "alias"),
        (["Serial", "S/N"], [], PLAIN, 1, "alias"),
        (["S/N", "s-n"], [], PLAIN, 0, "alias"),
        (["Serial Number", "Serial Number"], [], PLAIN, 0, "name"),
    ],
)
def test_the_stronger_right_then_the_earlier_alias_then_the_earlier_column_wins_map_1(
    header, columns, source, winner, how
):
    result = map_columns(header, DEVICE, source, columns)

    assert fed(result) == {"serial_number": (winner, how, 0.95 if how == "name" else 1.0)}
    unmapped = tuple((at, each) for at, each in enumerate(column_names(header)) if at != winner)
    assert result.mapping.unmapped == unmapped
    assert {each.code for each in result.warnings} == {"ambiguous-column"}
    assert len(result.warnings) == len(header) - 1


def test_a_warning_names_both_columns_and_the_field():
    (warning,) = map_columns(["Serial", "S/N"], DEVICE, PLAIN).warnings

    assert 'Column 1, "Serial", also fits Serial number (serial_number)' in warning.message
    assert 'column 2, "S/N", feeds' in warning.message


def test_a_column_that_stands_in_for_another_by_the_sources_order_is_no_ambiguity():
    result = map_columns(["IMEI", "Chassis"], DEVICE, OWN)

    assert fed(result) == {"model": (0, "source", 1.0), "serial_number": (1, "source", 1.0)}
    assert result.warnings == ()
    assert fed(map_columns(["IMEI"], DEVICE, OWN))["serial_number"] == (0, "source", 1.0)


def test_a_column_that_the_operator_maps_feeds_nothing_else():
    assert fed(map_columns(["S/N"], DEVICE, PLAIN, [("S/N", "asset_tag")])) == {"asset_tag": (0, "map", 1.0)}


def test_one_column_may_be_mapped_to_several_fields_map_1():
    result = map_columns(["Both"], DEVICE, PLAIN, [("Both", "name"), ("Both", "model"), ("Both", "model")])

    assert set(fed(result)) == {"name", "model"}


def test_the_external_id_may_be_a_mappings_target_typ_5():
    assert fed(map_columns(["Id"], DEVICE, PLAIN, [("Id", "external_id")])) == {
        "external_id": (0, "map", 1.0)
    }


@pytest.mark.parametrize(("said", "position"), [("Mine", 1), (" mine ", 1), ("mInE", 2), ("Twice", 3)])
def test_the_operator_names_a_header_as_written_or_without_blanks_and_case(said, position):
    header = ["x", "Mine", "mInE", "Twice", "Twice"] if said != " mine " else ["x", " Mine"]

    assert fed(map_columns(header, DEVICE, PLAIN, [(said, "name")]))["name"][0] == position


def test_a_header_that_fits_two_columns_only_loosely_is_unknown():
    with pytest.raises(InvalidInput) as refused:
        map_columns(["MINE", "mine"], DEVICE, PLAIN, [("Mine", "name")])

    assert refused.value.code == "unknown-column"


@pytest.mark.parametrize(
    ("columns", "code", "words"),
    [
        ([("Serail", "name")], "unknown-column", 'no column "Serail". Did you mean "Serial"?'),
        ([("Serail", "name")], "unknown-column", "The file has: Serial, Other, column 3."),
        ([("", "name")], "unknown-column", 'no column ""'),
        ([("Other", "nmae")], "unknown-field", 'Device has no field "nmae". Did you mean "name"?'),
        ([("Serial", "name"), ("Other", "name")], "field-mapped-twice", 'from "Serial" and from "Other"'),
    ],
)
def test_refuses_what_the_operator_cannot_have_meant_map_1(columns, code, words):
    with pytest.raises(InvalidInput) as refused:
        map_columns(["Serial", "Other", ""], DEVICE, PLAIN, columns)

    assert refused.value.code == code
    assert words in refused.value.message
    assert refused.value.hint


def test_reports_all_mistakes_of_the_operator_at_once():
    with pytest.raises(InvalidInput) as refused:
        map_columns(["Serial"], DEVICE, PLAIN, [("Nowhere", "nothing"), ("Serial", "nmae")])

    codes = [each["code"] for each in refused.value.details["mistakes"]]
    assert codes == ["unknown-column", "unknown-field", "unknown-field"]


def test_blank_headers_never_match():
    blank_alias = RecordType(name="t", title="T", plural="Ts", fields=(Field(name="a", aliases=("", "--")),))

    result = map_columns(["", "  ", "##"], blank_alias, PLAIN)

    assert result.mapping.columns == ()
    assert result.mapping.unmapped == ((0, "column 1"), (1, "column 2"), (2, "##"))


def test_a_column_without_a_header_and_a_repeated_one_are_mapped_by_their_place_map_1():
    """The first of several goes by its header alone, the others by header and place (REA-4)."""
    header = ["S/N", "", "Notes", "Notes", "", "#"]

    said = [("column 2", "name"), ("Notes (column 4)", "model"), ("COLUMN 5", ""), ("#", "extra")]
    result = map_columns(header, DEVICE, PLAIN, said)

    assert fed(result) == {
        "serial_number": (0, "alias", 1.0),
        "name": (1, "map", 1.0),
        "model": (3, "map", 1.0),
    }
    assert result.ignored == ((4, "column 5"),)
    assert result.mapping.unmapped == ((2, "Notes"), (5, "#"))
    assert result.mapping.kept == ((5, "#"),)
    assert [each.column for each in result.mapping.columns] == ["S/N", "column 2", "Notes (column 4)"]


def test_no_two_columns_have_one_name_whatever_headers_say():
    """A header may look like a name that is made up."""
    header = ["column 2", "", "Notes (column 4)", "Notes", "Notes", " "]

    names = column_names(header)

    assert names == (
        "column 2",
        "column 2 (column 2)",
        "Notes (column 4)",
        "Notes",
        "Notes (column 5)",
        "column 6",
    )
    assert [place_of(names, name) for name in names] == list(range(6))
    assert place_of(names, "") is None


@given(st.lists(st.sampled_from(["", " ", "a", "A", "a (column 3)", "column 1", "column 2"]), max_size=6))
def test_every_column_has_a_name_of_its_own_and_keeps_its_header_if_it_is_the_first(header):
    names = column_names(header)

    assert len(set(names)) == len(header)
    assert all(
        name == label
        for name, label in zip(names, header, strict=True)
        if label.strip() and header.index(label) == names.index(name)
    )


HEADERS = st.lists(
    st.sampled_from(["S/N", "Serial", "serial_number", "IMEI", "Status", "Tag", "x", ""]), max_size=8
)


@given(HEADERS, st.sampled_from([PLAIN, OWN]))
def test_every_column_is_fed_unmapped_or_ignored_and_no_field_is_fed_twice_map_3(header, source):
    result = map_columns(header, DEVICE, source)

    places = [{each.position for each in result.mapping.columns}]
    places += [{at for at, _ in result.mapping.unmapped}, {at for at, _ in result.ignored}]
    assert sum(map(len, places)) == len(header)
    assert set.union(*places) == set(range(len(header)))
    assert len(result.mapping.fields) == len(set(result.mapping.fields))


def test_the_operator_leaves_a_column_out_or_keeps_it_beside_the_record_map_3():
    """Whatever its name, it feeds nothing then; left out, it is neither asked about nor kept."""
    header = ["S/N", "Tag", "Notes", "Status"]

    result = map_columns(header, DEVICE, OWN, [("Tag", ""), ("notes", ""), ("Status", "extra")])

    assert set(fed(result)) == {"serial_number"}
    assert result.ignored == ((1, "Tag"), (2, "Notes"))
    assert result.mapping.unmapped == ((3, "Status"),)


def test_a_column_that_is_left_out_must_be_there_and_may_still_feed_what_else_is_said_of_it_map_3():
    with pytest.raises(InvalidInput) as refused:
        map_columns(["S/N"], DEVICE, PLAIN, [("Shelf", "")])
    assert refused.value.code == "unknown-column"

    said = map_columns(["S/N", "Room"], DEVICE, PLAIN, [("Room", ""), ("Room", "name")])
    assert fed(said)["name"] == (1, "map", 1.0)
    assert said.ignored == ()
