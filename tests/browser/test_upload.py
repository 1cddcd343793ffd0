"""Where an import begins: a file is dropped, chosen or pasted, and how it is read is seen and said (UPL-1, REA-2, MAP-2)."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, Page, expect

from tests.browser.conftest import Check, Site

Picture = Callable[[Page, str], None]

DEVICES = b"Serial Number,Display Name,Role\nPF-01,LT-01,WINDOWS_LAPTOP\nPF-02,LT-02,WINDOWS_LAPTOP\n"
PREAMBLE = (
    b"Inventory of Monday;;\n\nSerial Number;Display Name;Role\n"
    b"PF-01;LT-01;WINDOWS_LAPTOP\nPF-02;LT-02;WINDOWS_LAPTOP\nPF-03;LT-03;WINDOWS_LAPTOP\n"
)
DRY_RUN = "Dry run will validate your data and show what would be imported without making any changes."


def payload(content: bytes, name: str = "devices.csv") -> FilePayload:
    return FilePayload(name=name, mimeType="text/csv", buffer=content)


def uploaded(page: Page, site: Site, file: FilePayload | Path) -> None:
    """Choose a file on the first page and send it; the second page is shown."""
    page.goto(f"{site.home}/import")
    page.get_by_label("Drop a file here").set_input_files(file)
    page.get_by_role("button", name="Upload and look at it").click()
    expect(page).to_have_url(re.compile(r"/imports/\d+/file$"), timeout=30_000)


def test_the_first_lines_are_shown_and_any_of_them_can_be_the_header(site: Site, picture: Picture):
    """REA-2: semicolons, a preamble, a header on line 3; the recommendation comes with what speaks for it (MAP-2)."""
    page = site.page("operator")

    page.goto(f"{site.home}/import")
    picture(page, "wizard-start")
    uploaded(page, site, payload(PREAMBLE, "monday.csv"))

    expect(page.get_by_text("UTF-8, “;” separated, header on line 3")).to_be_visible()
    expect(page.get_by_role("row", name="Inventory of Monday")).to_be_visible()
    expect(page.get_by_role("button", name="line 3: the header")).to_have_attribute("aria-pressed", "true")
    picture(page, "wizard-file")

    page.get_by_role("button", name="line 4: this is the header").click()
    expect(page.get_by_text("header on line 4")).to_be_visible()
    page.get_by_role("button", name="Find the header by itself").click()
    expect(page.get_by_text("header on line 3", exact=False).first).to_be_visible()

    page.get_by_role("combobox", name="Delimiter").select_option(label="Comma ,")
    page.get_by_role("button", name="Read it so").click()
    expect(page.get_by_text("“,” separated")).to_be_visible()
    page.get_by_role("combobox", name="Delimiter").select_option(label="Find out")
    page.get_by_role("button", name="Read it so").click()
    expect(page.get_by_text("“;” separated")).to_be_visible()


def test_another_sheet_and_another_file_of_an_archive_are_chosen_where_they_are_seen(
    site: Site, shared: Path, accessible: Check, picture: Picture
):
    """A real workbook of four sheets, whose first is a dashboard; an archive of two tables (REA-1, REA-2)."""
    page = site.page("operator")
    uploaded(page, site, shared / "data/2_crm/deal_forecast/CRM_Sales_Pipeline.xlsx")

    expect(page.get_by_text("Dashboard” (3 others)")).to_be_visible()
    page.get_by_role("combobox", name="Sheet").select_option(index=1)
    page.get_by_role("button", name="Read it so").click()
    expect(page.get_by_text("Deal Data” (3 others)")).to_be_visible()
    expect(page.get_by_text("header on line")).to_be_visible()
    accessible(page)
    picture(page, "wizard-sheets")

    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("people.csv", "name,email\nAna,ana@example.com\n")
        archive.writestr("devices.csv", DEVICES)
    uploaded(page, site, payload(packed.getvalue(), "both.zip"))
    expect(page.get_by_text("file “people.csv” (1 other)")).to_be_visible()
    page.get_by_role("combobox", name="File in the archive").select_option("devices.csv")
    page.get_by_role("button", name="Read it so").click()
    expect(page.get_by_text("file “devices.csv” (1 other)")).to_be_visible()
    expect(page.get_by_role("cell", name="PF-02")).to_be_visible()


def test_pasted_rows_are_a_file_and_a_dry_run_stays_one_until_somebody_says_otherwise(
    site: Site, accessible: Check
):
    """INT-9, word for word."""
    page = site.page("operator")
    page.goto(f"{site.home}/import")

    options = page.get_by_role("group", name="Import Options")
    expect(options.get_by_label("Import data (live)")).to_be_checked()
    expect(options).to_contain_text(DRY_RUN)
    options.get_by_label("Dry run (validate only)").check()
    page.get_by_text("Or paste rows").click()
    page.get_by_label("Rows, the first of them the header").fill(DEVICES.decode().replace(",", "\t"))
    accessible(page)
    page.get_by_role("button", name="Upload and look at it").click()

    expect(page.get_by_role("heading", name="pasted.csv: how it is read")).to_be_visible()
    expect(page.get_by_text("tab separated, header on line 1")).to_be_visible()
    expect(page.get_by_text(DRY_RUN)).to_be_visible()
    with site.served.installation.book("default", site.served.installation.owner) as book:
        (draft,) = book.open_drafts()
        assert draft.is_dry_run
        assert draft.upload.label == "pasted.csv"

        page.get_by_role("button", name="Import data (live) instead").click()
        expect(page.get_by_text(DRY_RUN)).to_have_count(0)
        assert not book.draft(draft.draft_id).is_dry_run


def test_a_dropped_file_is_sent_and_can_be_gone_on_with_or_given_up(site: Site):
    """UPL-2: what is given up is deleted, and nothing was written."""
    page = site.page("operator")
    page.goto(f"{site.home}/import")
    page.evaluate(
        """text => {
          const given = new DataTransfer();
          given.items.add(new File([text], "dropped.csv", { type: "text/csv" }));
          document.querySelector(".drop").dispatchEvent(
            new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer: given }));
        }""",
        DEVICES.decode(),
    )
    page.get_by_role("button", name="Upload and look at it").click()
    expect(page).to_have_url(re.compile("/file$"))

    page.get_by_role("link", name="Import", exact=True).click()
    expect(page.get_by_role("heading", name="Go on with")).to_be_visible()
    page.get_by_role("link", name="dropped.csv").click()
    expect(page).to_have_url(re.compile("/file$"))
    page.get_by_role("button", name="Cancel this import").click()

    expect(page.get_by_text("was given up. Nothing was written")).to_be_visible()
    expect(page.get_by_role("link", name="dropped.csv")).to_have_count(0)
    uploads = site.served.installation.book("default", site.served.installation.owner).uploads
    assert [each for each in uploads.directory.iterdir() if each.name != ".server"] == []


def test_what_cannot_be_taken_is_refused_on_the_form_which_stays_as_it_was(
    site: Site, shared: Path, accessible: Check
):
    """REA-6, REA-4: no file, a picture called .csv, JSON that breaks off; nothing of them is kept."""
    page = site.page("operator")
    page.goto(f"{site.home}/import")

    page.get_by_label("Dry run (validate only)").check()
    page.get_by_role("button", name="Upload and look at it").click()
    expect(page.get_by_role("alert")).to_contain_text("No file was chosen")
    expect(page.get_by_label("Dry run (validate only)")).to_be_checked()
    accessible(page)

    broken = shared / "data/1_it_devices/lineage_devices/08_2020-10-09_2021_fac680da4.json"
    picture = shared / "corpora/generated/text/png_named_csv.csv"
    for file, told in ((broken, "line 221, column 20"), (picture, "png_named_csv.csv")):
        page.get_by_label("Drop a file here").set_input_files(file)
        page.get_by_role("button", name="Upload and look at it").click()
        expect(page.get_by_role("alert")).to_contain_text(told)
    page.get_by_label("Drop a file here").set_input_files(payload(DEVICES))
    page.get_by_text("Or paste rows").click()
    page.get_by_label("Rows, the first of them the header").fill("a,b\n1,2")
    page.get_by_role("button", name="Upload and look at it").click()
    expect(page.get_by_role("alert")).to_contain_text("A file was chosen, and text was pasted as well")
    expect(page.get_by_role("heading", name="Go on with")).to_have_count(0)


def test_a_file_whose_encoding_cannot_be_told_is_kept_and_asked_about_with_its_lines_as_they_would_read(
    site: Site, shared: Path, accessible: Check, picture: Picture
):
    """REA-2: never silently wrong, and never uploaded twice; what was said on the first page can be taken back too."""
    page = site.page("operator")
    uploaded(page, site, shared / "corpora/generated/text/mixed_utf8_latin1.csv")

    expect(page.get_by_role("alert")).to_contain_text("line 3, column 6")
    expect(page.get_by_role("alert")).to_contain_text("it need not be uploaded again")
    ways = page.get_by_role("group", name="In which encoding was it saved?")
    expect(ways.get_by_role("radio", checked=True)).to_have_count(0)
    expect(ways.get_by_role("radio", name="Windows-1252 (Western Europe)")).to_have_accessible_name(
        re.compile("k2,Zo\u00eb")
    )
    accessible(page)
    picture(page, "wizard-encoding")
    page.get_by_role("button", name="Read it so").click()  # nothing is chosen, so the browser asks for it
    expect(page.get_by_role("alert")).to_be_visible()
    ways.get_by_role("radio", name="UTF-8, what does not decode").check()
    page.get_by_role("button", name="Read it so").click()

    expect(page.get_by_text("UTF-8, \u201c,\u201d separated")).to_be_visible()
    expect(page.get_by_role("cell", name="Zo\ufffd")).to_be_visible()
    expect(page.get_by_role("combobox", name="Encoding")).to_have_value("utf-8+replace")
    page.get_by_role("combobox", name="Encoding").select_option("cp1252")
    page.get_by_role("button", name="Read it so").click()
    expect(page.get_by_role("cell", name="Zo\u00eb", exact=True)).to_be_visible()

    page.goto(f"{site.home}/import")
    page.locator("summary", has_text="How the file is read").click()
    page.get_by_role("combobox", name="Encoding").select_option("UTF-8")
    page.get_by_label("Drop a file here").set_input_files(shared / "corpora/generated/text/cp1252.csv")
    page.get_by_role("button", name="Upload and look at it").click()
    page.get_by_role("radio", name="Windows-1252 (Western Europe)").check()
    page.get_by_role("button", name="Read it so").click()
    expect(page.get_by_role("cell", name="M\u00fcller")).to_be_visible()


def test_a_table_or_a_header_that_cannot_be_found_is_asked_for_too(site: Site, accessible: Check):
    """REA-2, REA-4: several arrays of a JSON document; a header whose quotes are broken."""
    page = site.page("operator", color_scheme="dark")
    two = (
        b'{"people": [{"name": "Ana"}], "devices": [{"Serial Number": "PF-01"}, {"Serial Number": "PF-02"}]}'
    )
    uploaded(page, site, payload(two, "both.json"))

    expect(page.get_by_role("group", name="Which of its tables?")).to_be_visible()
    accessible(page)
    page.get_by_role("radio", name="devices").check()
    page.get_by_role("button", name="Read it so").click()
    expect(page.get_by_role("cell", name="PF-02")).to_be_visible()

    uploaded(page, site, payload(b'Serial "Number",Display Name\nPF-01,LT-01\nPF-02,LT-02\n'))
    expect(page.get_by_role("alert")).to_contain_text("a quote stands inside a label")
    expect(page.get_by_text("PF-01,LT-01")).to_be_visible()
    accessible(page)
    page.get_by_role("combobox", name="Quote").select_option("none")
    page.get_by_role("button", name="Read it so").click()
    expect(page.get_by_text("header on line 1")).to_be_visible()
    expect(page.get_by_role("cell", name="PF-02")).to_be_visible()
    page.get_by_text("More about how it is read").click()
    page.get_by_label("Lines at the end that are no rows").fill("1")
    page.get_by_role("button", name="Read it so").click()
    expect(page.get_by_text("1 row, 2 columns")).to_be_visible()
    accessible(page)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that takes 1,000 bytes."""
    monkeypatch.setenv("STOCKTAKE_MAX_UPLOAD_BYTES", "1000")


def test_a_file_over_the_limit_is_refused_before_it_is_sent_and_by_the_server(
    small: None, site: Site, accessible: Check
):
    """SEC-9: with JavaScript nothing is sent; without it the server says the same."""
    page, plain = site.page("operator"), site.page("operator", java_script_enabled=False)
    large = payload(DEVICES + b"PF-03,LT-03,WINDOWS_LAPTOP\n" * 100, "large.csv")
    for each in (page, plain):
        each.goto(f"{site.home}/import")
        each.get_by_label("Drop a file here").set_input_files(large)
        each.get_by_role("button", name="Upload and look at it").click()

    expect(page.get_by_role("alert")).to_contain_text("large.csv is larger than 1.0 kB")
    accessible(page)
    expect(plain.get_by_role("alert")).to_contain_text("more than 1,000 bytes")


def test_mended_rows_are_of_the_run_that_rejected_them(site: Site):
    """ERR-3: record type and source are that run's."""
    site.journey().imported(DEVICES, is_full_snapshot=True)
    page = site.page("operator")
    page.goto(f"{site.home}/import?mends=1")
    expect(page.get_by_text("These are the rejected rows of run 1, mended")).to_be_visible()

    page.get_by_label("Drop a file here").set_input_files(payload(DEVICES, "mended.csv"))
    page.get_by_role("button", name="Upload and look at it").click()
    expect(page.get_by_role("radio", name="device from NINJAONE", exact=False).first).to_be_checked()
    page.get_by_role("button", name="Go on to the mapping").click()

    expect(page.get_by_text("Device from NINJAONE", exact=True)).to_be_visible()
    with site.served.installation.book("default", site.served.installation.owner) as book:
        (draft,) = book.open_drafts()
        assert draft.choices["mends"] == 1


def test_without_javascript_a_file_is_uploaded_and_looked_at(site: Site):
    page = site.page("operator", java_script_enabled=False)

    uploaded(page, site, payload(PREAMBLE))
    page.get_by_role("button", name="line 4: this is the header").click()

    expect(page.get_by_text("header on line 4")).to_be_visible()


def test_who_may_only_look_finds_the_guide_and_no_way_to_import(site: Site):
    """SEC-3, INT-5."""
    page = site.page("viewer")
    page.goto(site.home)
    expect(page.get_by_role("link", name="Import", exact=True)).to_have_count(0)

    page.goto(f"{site.home}/import")
    expect(page.get_by_role("alert")).to_be_visible()
    page.goto(f"{site.home}/help/bulk-upload")
    expect(page.get_by_role("rowheader", name="Will be retired (missing from this source)")).to_be_visible()
    operator = site.page("operator", color_scheme="dark")
    operator.goto(f"{site.home}/import")
    operator.get_by_role("link", name="What do the review groups").click()
    expect(operator.get_by_role("heading", name="Bulk uploads: a guide for operators")).to_be_visible()


def test_an_admin_names_a_new_source_while_uploading_and_an_operator_is_told_who_can(
    site: Site, accessible: Check
):
    """PRE-2, SEC-3."""
    operator = site.page("operator")
    uploaded(operator, site, payload(DEVICES))
    expect(operator.get_by_text("is declared by an admin of this workspace")).to_be_visible()
    page = site.page("admin")
    page.goto(operator.url)

    page.get_by_role("combobox", name="Record type").select_option("device")
    expect(page.get_by_role("radio", name=re.compile("Something else"))).to_be_checked()
    page.get_by_role("combobox", name="Source").select_option(label="A new source…")
    page.get_by_role("button", name="Go on to the mapping").click()
    expect(page.get_by_role("alert")).to_contain_text("A new source needs a name")
    accessible(page)
    page.get_by_label("Name of the new source").fill("JAMF")
    page.get_by_role("button", name="Go on to the mapping").click()

    expect(page.get_by_text("Device from JAMF", exact=True)).to_be_visible()
    with site.served.installation.book("default", site.served.installation.owner) as book:
        assert book.declared().sources["JAMF"].tracks_presence
