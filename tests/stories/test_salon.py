"""The pack salon at work: an appointment knows client, service, staff and location (PACK, IDN-4)."""

from __future__ import annotations

from importlib.resources import as_file

import pytest

from stocktake.catalog.declaration import check_source_fields
from stocktake.catalog.packs import find_pack_source, pack_record_types, pack_samples
from tests.stories.desk import Desk, device

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


@pytest.mark.parametrize(
    "name", ["phorest", "csv", "discovery_flow", "csv_import", "EXCEL", "BGC_TEMPLATE", "MANUAL", "INVOICE"]
)
def test_the_sources_of_the_packs_track_no_presence(name: str) -> None:
    """PACK, PACK-2."""
    source = find_pack_source(name)
    assert source is not None
    check_source_fields(source, pack_record_types())
    assert not source.tracks_presence


def test_a_template_is_imported_under_its_alias(desk: Desk) -> None:
    """PACK-2: BGC_TEMPLATE and EXCEL are one source."""
    run = desk.load("BGC_TEMPLATE", [device("S001", "T001")], strategy="merge")
    again = desk.load("EXCEL", [device("S001", "T001")], strategy="merge")

    assert (run.run.source, again.stats["unchanged"]) == ("EXCEL", 1)


def test_appointments_refer_to_who_and_what_and_where(desk: Desk) -> None:
    """PACK: and every record of the six types knows source, external id, time and run."""
    made = {name: load(desk, name)["created"] for name in FILES}
    for kind in FILES.values():
        for each in desk.rows(f"SELECT external_id, source, imported_at, created_run, row_run FROM {kind}"):
            assert None not in each.values()

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


def test_the_database_itself_holds_one_link_for_a_source_and_its_external_id(desk: Desk) -> None:
    """PACK: unique by workspace, source and external id."""
    load(desk, "clients.csv")
    first, second, *_ = desk.rows("SELECT external_id FROM st_source_link ORDER BY external_id")

    with pytest.raises(Exception, match=r"(?i)unique"):
        desk.write(
            "UPDATE st_source_link SET external_id = :taken WHERE external_id = :own",
            taken=first["external_id"],
            own=second["external_id"],
        )
