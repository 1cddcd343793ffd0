"""What a source says without a column (PACK, MAP-1, BLK-1)."""

from __future__ import annotations

from tests.stories.desk import Desk, device


def test_a_telephone_company_names_itself_and_calls_only_what_has_no_type_a_telephone(desk: Desk):
    desk.load("NINJAONE", [{**device("S1", "T1"), "Role": "WINDOWS_LAPTOP"}])

    first = desk.load("TELUS", [device("S1"), device("S2")])
    second = desk.load("TELUS", [device("S1"), device("S2")])

    laptop, phone = (desk.record(serial) for serial in ("S1", "S2"))
    assert (laptop["device_type"], laptop["carrier"]) == ("LAPTOP", "Telus")
    assert (phone["device_type"], phone["carrier"]) == ("PHONE", "Telus")
    assert (first.stats["created"], first.stats["updated"], second.stats["unchanged"]) == (1, 1, 2)
