"""The pack salon at work: an appointment knows client, service, staff and location (PACK, IDN-4)."""

from __future__ import annotations

from importlib.resources import as_file

import pytest

from stocktake.catalog.declaration import check_source_fields
from stocktake.catalog.packs import pack_record_types, pack_samples, pack_sources
from tests.stories.desk import Desk

FILES = {
    "locations.csv": "location",
    "staff.csv": "staff",
    "services.csv": "service",
    "clients.csv": "client",
    "products.csv": "product",
    "appointments.csv": "appointment",
}


def load(desk: Desk, name: str, source: str = "phorest") -> dict[str, int]:
    with as_file(pack_samples("salon")[name]) as path:
        return desk.book.plan(path, record_type=FILES[name], source=source).apply().stats


@pytest.mark.parametrize("source", ["phorest", "csv", "discovery_flow"])
def test_the_sources_of_the_packs_track_no_presence(source: str) -> None:
    """PACK, PACK-2."""
    check_source_fields(pack_sources()[source], pack_record_types())
    assert not pack_sources()[source].tracks_presence


def test_appointments_refer_to_who_and_what_and_where(desk: Desk) -> None:
    made = {name: load(desk, name)["created"] for name in FILES}

    assert made == {
        "locations.csv": 2,
        "staff.csv": 3,
        "services.csv": 4,
        "clients.csv": 4,
        "products.csv": 3,
        "appointments.csv": 5,
    }
    (first, *_) = desk.rows(
        "SELECT client.full_name, service.name, staff.last_name, location.city FROM appointment "
        "JOIN client ON client.id = client_id JOIN service ON service.id = service_id "
        "JOIN staff ON staff.id = staff_id JOIN location ON location.id = appointment.location_id "
        "ORDER BY appointment.id"
    )
    assert tuple(first.values()) == ("Nora Lindqvist", "Cut and finish", "Solberg", "Vancouver")


def test_every_record_is_unique_by_source_and_external_id(desk: Desk) -> None:
    """PACK: the same file again makes nothing; another source meets the same people by their identities."""
    load(desk, "clients.csv")
    assert load(desk, "clients.csv")["unchanged"] == 4
    assert (
        load(desk, "clients.csv", "csv")["created"],
        desk.rows("SELECT count(*) AS n FROM client")[0]["n"],
    ) == (0, 4)
    links = desk.rows("SELECT source, external_id FROM source_presence ORDER BY source, external_id")
    assert len(links) == len({tuple(each.values()) for each in links}) == 8
    for each in desk.rows("SELECT external_id, source, imported_at, created_run FROM client"):
        assert None not in each.values()
