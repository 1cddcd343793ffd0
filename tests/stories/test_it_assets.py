"""The pack it_assets at work: the sample of every source becomes the records that are written down (PACK, CLN-2)."""

from __future__ import annotations

import csv
from importlib.resources import as_file
from pathlib import Path

import pytest

from stocktake.book import Book, open_book
from stocktake.catalog.packs import pack_samples
from stocktake.model.run import Run

#: Sample → the source that it is imported as, and its rows without an external id.
SAMPLES = {
    "ninjaone-1.csv": ("NINJAONE", 0),
    "ninjaone-servers.csv": ("NINJAONE_SERVERS", 1),
    "telus.csv": ("TELUS", 0),
    "rogers.csv": ("ROGERS", 1),
    "intune.csv": ("INTUNE", 0),
    "excel-template.csv": ("BGC_TEMPLATE", 1),
    "invoice.csv": ("INVOICE", 0),
    "manual.csv": ("MANUAL", 0),
}
EXPECTED = Path(__file__).parent / "cases" / "it_assets"


@pytest.fixture
def book(ready_database_url):
    with open_book(ready_database_url, by="tester") as opened:
        yield opened


def imported(book: Book, name: str, source: str) -> Run:
    with as_file(pack_samples("it_assets")[name]) as path:
        return book.plan(path, record_type="device", source=source).apply().run


def records(book: Book, fields: list[str]) -> list[dict[str, str]]:
    """These fields of all devices as text, in one order."""
    with book.listing() as unit:
        found, _ = unit.record_page(book.record_type("device"), where={}, limit=200, offset=0)
    texts = [{name: "" if each[name] is None else str(each[name]) for name in fields} for each in found]
    return sorted(texts, key=lambda each: (each["serial_number"], *each.values()))


def expected(name: str) -> list[dict[str, str]]:
    with (EXPECTED / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_becomes_the_records_that_are_written_down(book, name):
    """PACK-2 among others: ``BGC_TEMPLATE`` is ``EXCEL``."""
    source, keyless = SAMPLES[name]
    run = imported(book, name, source)

    wanted = expected(name)
    assert run.stats["created"] == len(wanted)
    assert run.stats["without_external_id"] == keyless
    assert records(book, list(wanted[0])) == wanted


def test_a_telephone_without_serial_and_imei_is_imported_and_said_to_be_without_presence(book):
    """A phone without any serial or IMEI: imported, presence skipped, warned (packs.md)."""
    with as_file(pack_samples("it_assets")["rogers.csv"]) as path:
        plan = book.plan(path, record_type="device", source="ROGERS")
        warned = [each.message for each in plan.plan.warnings if each.code == "without-external-id"]
        plan.apply()

    assert warned == ["1 row has no external id: imported, but presence tracking is not possible."]


def test_the_same_sample_again_changes_nothing(book):
    """What cleaners make of a cell is what is compared, not the cell."""
    imported(book, "rogers.csv", "ROGERS")
    again = imported(book, "rogers.csv", "ROGERS")

    assert again.stats["created"] == again.stats["updated"] == 0


def test_a_device_that_returns_is_assigned_where_somebody_has_it_and_available_otherwise(book, tmp_path):
    """Reactivation: ASSIGNED when an assignee is mapped, else AVAILABLE (packs.md)."""
    head = "Serial Number,Last LoggedIn User\n"
    rows = [f"S{number},\n" for number in range(8)]

    def snapshot(*lines: str) -> Run:
        path = tmp_path / "devices.csv"
        path.write_text(head + "".join(lines), encoding="utf-8")
        plan = book.plan(path, record_type="device", source="NINJAONE", strategy="snapshot", allow_retire=2)
        run: Run = plan.apply().run
        return run

    snapshot("A1,HARBOUR\\anna\n", "A2,\n", *rows)
    assert snapshot(*rows).stats["retired"] == 2
    snapshot("A1,HARBOUR\\ben\n", "A2,\n", *rows)

    found = records(book, ["serial_number", "status", "assigned_to"])[:2]
    assert [each["status"] for each in found] == ["ASSIGNED", "AVAILABLE"]
    assert found[0]["assigned_to"] == "ben"


def test_a_cell_that_no_cleaner_can_read_is_a_problem_of_its_row_and_of_no_other(book, tmp_path):
    """CLN-3, ERR-2."""
    path = tmp_path / "devices.csv"
    path.write_text(
        "Serial Number,RAM,Volumes\nA1,two sticks,C: (475.8 GiB)\nA2,15.8,C: much\n", encoding="utf-8"
    )
    plan = book.plan(path, record_type="device", source="NINJAONE")

    told = plan.plan.frames.problems.select("line", "column", "value", "code", "message").rows()
    assert told == [
        (2, "RAM", "two sticks", "type-error",
         '"two sticks" is not a size of memory. Write it with its unit, such as 16 GB.'),
        (3, "Volumes", "C: much", "type-error",
         '"C: much" does not tell one size for each volume. Write them like C: (475.8 GiB); D: (931.5 GiB).'),
    ]  # fmt: skip


def test_the_places_of_servers_are_a_table_that_a_mapping_replaces(book, tmp_path):
    """Location resolved from the server name by a configurable table (packs.md); a name that is not in it says none."""
    path = tmp_path / "servers.csv"
    path.write_text(
        "Display Name,Serial Number\nvan-file01,A1\nCGY-WEB01,A2\nHAL-APP01,A3\nVANCE,A4\n", encoding="utf-8"
    )
    book.plan(path, record_type="device", source="NINJAONE_SERVERS").apply()
    found = records(book, ["serial_number", "location"])
    assert [each["location"] for each in found] == ["Vancouver", "Calgary", "", ""]

    mapping = tmp_path / "places.toml"
    mapping.write_text(
        '[clean]\nlocation = ["look_up(@places)"]\n[tables.places]\n"HAL-*" = "Halifax"\n"*" = ""\n',
        encoding="utf-8",
    )
    book.plan(path, record_type="device", source="NINJAONE_SERVERS", mapping=mapping).apply()

    found = records(book, ["serial_number", "location"])
    assert [each["location"] for each in found][2] == "Halifax"


def test_a_serial_number_that_its_maker_left_out_is_nobodys_key(book, tmp_path):
    """PRE-5: two devices that both say Default string are two devices."""
    path = tmp_path / "devices.csv"
    path.write_text(
        "Display Name,Serial Number\nPC-1,Default string\nPC-2,Default string\n", encoding="utf-8"
    )
    run = book.plan(path, record_type="device", source="NINJAONE").apply().run

    assert (run.stats["created"], run.stats["without_external_id"]) == (2, 2)
