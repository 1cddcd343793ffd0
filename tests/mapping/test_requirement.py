"""Fields that a file must feed (MAP-3, PRE-3)."""

from __future__ import annotations

import pytest

from stocktake.mapping import check_required, map_columns
from stocktake.model.errors import InvalidInput
from stocktake.model.record_type import Field, RecordType
from stocktake.model.source import Source

DEVICE = RecordType(
    name="device",
    title="Device",
    plural="Devices",
    external_id=("serial_number",),
    fields=(
        Field(name="serial_number", title="Serial number"),
        Field(name="region"),
        Field(name="name", required=True),
    ),
)
PRESENT = Source(name="PRESENT", record_types=("device",), tracks_presence=True)
SEVERAL = Source(
    name="SEVERAL", record_types=("device",), tracks_presence=True, external_id=("region", "serial_number")
)
ABSENT = Source(name="ABSENT", record_types=("device",))


def check(header: list[str], source: Source, *columns: tuple[str, str]) -> None:
    check_required(map_columns(header, DEVICE, source, columns).mapping, DEVICE, source)


@pytest.mark.parametrize(
    ("header", "source", "missing"),
    [
        (["Serial number"], ABSENT, ["name"]),
        (["Name"], PRESENT, ["serial_number"]),
        (["Region", "Name"], SEVERAL, ["serial_number"]),
        (["Code"], SEVERAL, ["name", "region", "serial_number"]),
    ],
)
def test_names_every_required_field_without_a_column_map_3(header, source, missing):
    with pytest.raises(InvalidInput) as refused:
        check(header, source)

    assert refused.value.code == "missing-column"
    assert refused.value.details == {"missing": missing, "header": header}


def test_says_what_is_required_what_the_file_has_and_what_to_do():
    with pytest.raises(InvalidInput) as refused:
        check(["Name", "Code", ""], PRESENT)

    assert refused.value.message == (
        "Required: Serial number (serial_number). The file has: Name, Code, column 3; "
        'map one with --map "Column=serial_number"'
    )


def test_a_source_that_tracks_no_presence_needs_no_external_id_pre_3():
    check(["Name"], ABSENT)


def test_a_column_mapped_to_external_id_stands_for_the_key_typ_5():
    check(["Name", "Code"], PRESENT, ("Code", "external_id"))


def test_refuses_a_file_of_which_no_column_feeds_anything():
    free = RecordType(name="t", title="T", plural="Ts", fields=(Field(name="a"),))

    with pytest.raises(InvalidInput, match="No column feeds a field of T") as refused:
        check_required(map_columns(["x", "y"], free, ABSENT).mapping, free, ABSENT)

    assert refused.value.code == "missing-column"


def test_names_the_sheets_that_were_not_read():
    with pytest.raises(InvalidInput) as refused:
        check_required(
            map_columns(["x"], DEVICE, PRESENT).mapping, DEVICE, PRESENT, sheets=["Deal Data", "Reps"]
        )

    assert refused.value.hint is not None
    assert refused.value.hint.endswith("--sheet 'Deal Data' (there are also: Reps).")
