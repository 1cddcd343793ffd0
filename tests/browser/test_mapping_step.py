"""Which column is what: suggested, seen, said, and never taken without a word (MAP-1 to MAP-5, CLN-1, PLN-8)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from stocktake.book import Book
from stocktake.catalog.packs import pack_samples
from tests.browser.conftest import Check, Site
from tests.browser.test_upload import payload, uploaded

Picture = Callable[[Page, str], None]

#: A required header that is mistyped, one that nothing knows, a choice in another language.
MISTYPED = (
    "Serail Number,Display Name,Status,Shelf\n"
    "PF-01,LT-01,Verfügbar,3\nPF-02,LT-02,AVAILABLE,3\nPF-03,LT-03,Verfügbar,4\nPF-04,LT-04,Ausgeliehen,4\n"
).encode()


@pytest.fixture
def book(site: Site) -> Iterator[Book]:
    """What the database says."""
    with site.served.installation.book("default", site.served.installation.owner) as opened:
        yield opened


def on_mapping(page: Page, site: Site, file, *, kind: str = "device", source: str = "NINJAONE") -> int:
    """Upload, say what it is, and stand on the mapping's page; the import's number."""
    uploaded(page, site, file)
    page.get_by_role("combobox", name="Record type").select_option(kind)
    page.get_by_role("combobox", name="Source").select_option(source)
    page.get_by_role("radio", name=re.compile("^(Something else|This)")).check()
    page.get_by_role("button", name="Go on to the mapping").click()
    expect(page).to_have_url(re.compile("/mapping$"))
    found = re.search(r"/imports/(\d+)/", page.url)
    assert found is not None
    return int(found[1])


def row(page: Page, column: str) -> Locator:
    return page.get_by_role("row").filter(has=page.get_by_role("rowheader", name=column, exact=True))


def test_a_suggestion_is_marked_and_counts_only_once_the_form_is_sent(
    site: Site, book: Book, accessible: Check, picture: Picture
):
    """MAP-1, MAP-3: the bar says what is missing while choices change; unknown words get their meaning (PLN-8)."""
    page = site.page("operator")
    number = on_mapping(page, site, payload(MISTYPED))

    serial = row(page, "Serail Number")
    expect(serial.get_by_role("combobox", name="Serail Number feeds")).to_have_value("serial_number")
    expect(serial.get_by_text("fuzzy")).to_be_visible()
    expect(serial.get_by_text(re.compile("^suggested:"))).to_be_visible()
    expect(page.get_by_text("Nothing of that counts before you send this page")).to_be_visible()
    assert book.draft(number).choices.get("columns") is None
    accessible(page)
    picture(page, "wizard-mapping")

    page.get_by_role("combobox", name="Serail Number feeds").select_option(label="Keep as extra")
    expect(page.get_by_role("status")).to_contain_text("Still missing: Serial number")
    assert book.draft(number).choices.get("columns") is None
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_role("alert")).to_contain_text("Required, and fed by no column yet: Serial number")
    accessible(page)

    page.get_by_role("combobox", name="Serail Number feeds").select_option("serial_number")
    expect(page.get_by_role("status")).to_contain_text("Every required field has a column")
    page.get_by_role("combobox", name="Shelf feeds").select_option(label="Leave out")
    page.get_by_role("combobox", name="“Verfügbar” means").select_option("AVAILABLE")
    page.get_by_role("combobox", name="“Ausgeliehen” means").select_option("ASSIGNED")
    page.get_by_role("button", name="Preview").click()
    expect(page).to_have_url(re.compile(rf"/imports/{number}/check"), timeout=30_000)

    plan = book.preview_draft(number, is_full_snapshot=False)
    assert plan.counts["create"] == 4
    assert plan.counts["reject"] == 0
    assert [each for each in plan.plan.mapping.unmapped if each[1] == "Shelf"] == []


def test_two_columns_never_feed_one_field_in_silence(site: Site, book: Book):
    """MAP-1: both stay as they were chosen, and nothing is kept."""
    page = site.page("operator")
    number = on_mapping(page, site, payload(b"Serial Number,Other Serial,Display Name\nS1,X1,LT-1\n"))

    page.get_by_role("combobox", name="Other Serial feeds").select_option("serial_number")
    expect(page.get_by_role("status")).to_contain_text("is mapped twice")
    page.get_by_role("button", name="Keep these choices").click()

    expect(page.get_by_role("alert")).to_contain_text("is mapped twice")
    expect(page.get_by_role("combobox", name="Other Serial feeds")).to_have_value("serial_number")
    assert book.draft(number).choices.get("columns") is None

    page.get_by_role("combobox", name="Serial Number feeds", exact=True).select_option(label="Keep as extra")
    page.get_by_role("button", name="Keep these choices").click()
    expect(row(page, "Other Serial").get_by_text("chosen")).to_be_visible()
    fed = book.look_at_draft(number).inspection.mapping
    assert fed is not None
    assert [each.column for each in fed.columns if each.field == "serial_number"] == ["Other Serial"]


def test_a_mapping_is_saved_by_an_admin_used_by_an_operator_and_tells_how_a_header_drifts(
    site: Site, book: Book
):
    """MAP-4"""
    admin = site.page("admin")
    on_mapping(admin, site, payload(MISTYPED))
    admin.get_by_role("combobox", name="“Verfügbar” means").select_option("AVAILABLE")
    admin.get_by_role("combobox", name="“Ausgeliehen” means").select_option("ASSIGNED")
    admin.locator("summary", has_text="Saved mappings").click()
    admin.get_by_label("Save as").fill("stock list")
    admin.get_by_role("button", name="Save this mapping").click()
    expect(admin.get_by_role("alert")).to_contain_text("cannot be a mapping's name")
    admin.locator("summary", has_text="Saved mappings").click()
    admin.get_by_label("Save as").fill("stock-list")
    admin.get_by_role("button", name="Save this mapping").click()
    expect(admin.get_by_text("Saved mappings: stock-list is used")).to_be_visible()
    expect(row(admin, "Serail Number").get_by_text("saved", exact=True)).to_be_visible()

    page = site.page("operator")
    drifted = MISTYPED.replace(b"Shelf", b"Shelf No.")
    number = on_mapping(page, site, payload(drifted, "next.csv"))
    expect(page.get_by_label("Save as")).to_have_count(0)
    page.get_by_role("combobox", name="Saved mapping").select_option("stock-list")
    page.get_by_role("button", name="Use this mapping").click()
    expect(page.get_by_text("The header is not that of the saved mapping stock-list")).to_be_visible()
    expect(page.get_by_role("combobox", name="Serail Number feeds")).to_have_value("serial_number")
    expect(page.get_by_text("means", exact=False)).to_have_count(0)
    assert book.preview_draft(number, is_full_snapshot=False).counts["create"] == 4


def test_columns_without_a_header_or_with_one_that_stands_twice_are_mapped_like_any_other_and_so_again(
    site: Site, book: Book, accessible: Check, picture: Picture
):
    """REA-4, MAP-1, MAP-4: by place; what was chosen by hand is saved, and the source's next file does the same."""
    content = b"Serial Number,,Asset tag,Notes,Notes\nPF-01,LT-01,keep-1,drop-1,Berlin\nPF-02,LT-02,keep-2,drop-2,Bern\n"
    page = site.page("admin")
    number = on_mapping(page, site, payload(content))

    expect(row(page, "column 2 its header is blank")).to_be_visible()
    expect(row(page, "Notes (column 5) its header stands there twice")).to_be_visible()
    page.get_by_role("combobox", name="Asset tag feeds").select_option(label="Keep as extra")
    page.get_by_role("combobox", name="column 2 feeds").select_option("asset_tag")
    page.get_by_role("combobox", name="Notes feeds", exact=True).select_option(label="Leave out")
    page.get_by_role("combobox", name="Notes (column 5) feeds").select_option("location")
    accessible(page)
    page.locator("summary", has_text="Saved mappings").click()
    page.get_by_label("Save as").fill("own")
    page.get_by_role("button", name="Save this mapping").click()
    expect(page.get_by_text("Saved mappings: own is used")).to_be_visible()
    expect(page.get_by_role("combobox", name="Asset tag feeds")).to_have_value("extra")
    expect(page.get_by_role("combobox", name="Notes feeds", exact=True)).to_have_value("")
    picture(page, "wizard-mapping-odd")
    assert book.look_at_draft(number).draft.choices.get("columns") is None

    uploaded(page, site, payload(content, "next.csv"))
    expect(page.get_by_role("radio", name="by the saved mapping own")).to_be_checked()
    page.get_by_role("button", name="Go on to the mapping").click()
    expect(row(page, "column 2 its header is blank").get_by_text("saved", exact=True)).to_be_visible()
    expect(page.get_by_text("The header is not that of the saved mapping")).to_have_count(0)
    (draft,) = [each for each in book.open_drafts() if each.upload.label == "next.csv"]
    plan = book.preview_draft(draft.draft_id, is_full_snapshot=False)
    book.confirm(draft.draft_id, plan.plan_id)
    page.goto(f"{site.home}/records/device/1")
    for value in ("LT-01", "Berlin", "keep-1"):
        expect(page.get_by_text(value, exact=True).first).to_be_visible()
    expect(page.get_by_text("drop-1")).to_have_count(0)


def test_what_cells_leave_open_is_asked_and_answered_where_the_column_stands(
    site: Site, book: Book, accessible: Check, picture: Picture
):
    """CLN-1: 03/04/2026 may be two days; nobody guesses, and nobody has to preview for the question."""
    page = site.page("operator")
    content = b"Deal ID,Deal Name,Close Date,Amount\nD1,One,03/04/2026,10.50\nD2,Two,05/06/2026,20.00\n"
    number = on_mapping(page, site, payload(content, "deals.csv"), kind="deal", source="csv_import")

    expect(page.get_by_role("alert")).to_contain_text("leaves open how a column is read")
    expect(page.get_by_role("alert")).to_contain_text("“03/04/2026” may be 2026-04-03 or 2026-03-04")
    expect(page.get_by_role("status")).to_contain_text("Still missing: How Close Date is read")
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_role("alert").first).to_contain_text("Say under “Reads as”")
    reads = page.get_by_role("combobox", name="Close Date reads as")
    expect(reads).to_have_attribute("aria-invalid", "true")
    expect(reads).to_contain_text("day first; 03/04/2026 → 2026-04-03")
    accessible(page)
    picture(page, "wizard-asked")
    reads.select_option("dmy")
    expect(page.get_by_role("status")).to_contain_text("Every required field has a column")
    page.get_by_role("button", name="Keep these choices").click()

    expect(page.get_by_role("alert")).to_have_count(0)
    plan = book.preview_draft(number, is_full_snapshot=False)
    assert plan.decisions()["name"].to_list() == ["One", "Two"]
    assert plan.plan.frames.creates["close_date"].to_list() == ["2026-04-03", "2026-06-05"]


def test_where_only_first_values_were_looked_at_the_others_may_tell_how_a_column_is_read(
    site: Site, book: Book
):
    """CLN-1: then nothing stands in the way of the preview, which looks at all of them; it asks where they do not tell."""
    page = site.page("operator")
    rows = [f"D{n},Deal {n},{1 + n % 12:02}/{1 + n // 12 % 12:02}/{1990 + n // 144}" for n in range(300)]
    told = "\n".join(["Deal ID,Deal Name,Close Date", *rows, "D300,Deal 300,31/12/2026"])
    number = on_mapping(page, site, payload(told.encode(), "deals.csv"), kind="deal", source="csv_import")

    expect(page.get_by_role("alert")).to_contain_text("only its first values were looked at")
    expect(page.get_by_role("status")).to_contain_text("Every required field has a column")
    page.get_by_role("button", name="Preview").click()
    expect(page).to_have_url(re.compile(rf"/imports/{number}/check"), timeout=30_000)

    open_ = "\n".join(["Deal ID,Deal Name,Close Date", *rows])
    number = on_mapping(page, site, payload(open_.encode(), "open.csv"), kind="deal", source="csv_import")
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_role("button", name="Back to the mapping").click()
    expect(page.get_by_role("combobox", name="Close Date reads as")).to_contain_text("day first; 01/01/1990")
    page.get_by_role("combobox", name="Close Date reads as").select_option("dmy")
    page.get_by_role("button", name="Preview").click()
    expect(page).to_have_url(re.compile(rf"/imports/{number}/check"), timeout=30_000)


def test_a_time_zone_is_asked_for_where_the_column_stands(site: Site, book: Book, accessible: Check):
    """CLN-1"""
    page = site.page("operator")
    content = (
        b"Serial Number,Asset Tag,Last Online\nPF-01,LT-01,2026-03-04 10:00\nPF-02,LT-02,2026-03-05 11:30\n"
    )
    number = on_mapping(page, site, payload(content), source="EXCEL")

    expect(page.get_by_role("alert")).to_contain_text("has no time zone")
    expect(page.get_by_role("status")).to_contain_text("How Last Online is read")
    accessible(page)
    page.get_by_label("Last Online time zone").fill("Europe/Berlin")
    page.get_by_label("Last Online time zone").blur()
    expect(page.get_by_role("status")).to_contain_text("Every required field has a column")
    page.get_by_role("button", name="Keep these choices").click()
    expect(page.get_by_role("alert")).to_have_count(0)
    assert book.preview_draft(number, is_full_snapshot=False).counts["create"] == 2


@pytest.mark.parametrize(
    ("pack", "sample", "told"),
    [
        ("it_assets", "rogers.csv", "Device from ROGERS"),
        ("crm", "hubspot-deals.csv", "Deal from HUBSPOT"),
    ],
)
def test_a_sample_of_a_pack_is_recommended_and_lacks_nothing(site: Site, pack: str, sample: str, told: str):
    """MAP-2, MAP-3: where the header is clear, the best is marked, with the runner-up and why it lost."""
    page = site.page("operator", color_scheme="dark")
    uploaded(page, site, payload(pack_samples(pack)[sample].read_bytes(), sample))

    expect(page.get_by_text("recommended", exact=True)).to_be_visible()
    expect(page.get_by_text(re.compile("^Next is"))).to_be_visible()
    page.get_by_role("button", name="Go on to the mapping").click()

    expect(page.get_by_text(told, exact=True)).to_be_visible()
    expect(page.get_by_role("status")).to_contain_text("Every required field has a column")


def test_where_two_sources_fit_alike_nobody_is_spared_the_question(site: Site, accessible: Check):
    """MAP-2: a wrong source is worse than a question."""
    page = site.page("operator")
    sample = pack_samples("salon")["appointments.csv"]
    uploaded(page, site, payload(sample.read_bytes(), "appointments.csv"))

    expect(page.get_by_text("Only you can say which: phorest knows as many columns")).to_be_visible()
    expect(page.get_by_role("radio", checked=True)).to_have_count(0)
    page.get_by_role("button", name="Go on to the mapping").click()
    expect(page.get_by_role("alert")).to_contain_text("It is not said yet what the file is")
    accessible(page)

    page.get_by_role("radio", name="appointment from phorest").check()
    page.get_by_role("button", name="Go on to the mapping").click()
    expect(page.get_by_text("Appointment from phorest", exact=True)).to_be_visible()
    page.get_by_role("link", name="change").click()
    expect(page.get_by_role("radio", name="appointment from phorest")).to_be_checked()


def test_a_real_file_of_many_columns_keeps_what_nobody_maps(
    site: Site, book: Book, shared: Path, accessible: Check
):
    """A real export of assets: what feeds a field, what is kept beside the record, what is left out (MAP-3)."""
    page = site.page("operator")
    page.set_viewport_size({"width": 700, "height": 900})
    sample = shared / "data/1_it_devices/snipeit_sample_csvs/assets-sample.csv"
    number = on_mapping(page, site, sample, source="EXCEL")
    accessible(page)

    expect(row(page, "Asset Tag").get_by_text("alias", exact=True)).to_be_visible()
    page.get_by_role("combobox", name="Model Notes feeds").select_option(label="Leave out")
    page.get_by_role("combobox", name="Supplier feeds").select_option(label="Keep as extra")
    with page.expect_response(lambda told: told.request.method == "GET" and told.url == page.url):
        page.get_by_role("button", name="Keep these choices").click()

    mapping = book.look_at_draft(number).inspection.mapping
    assert mapping is not None
    kept = {column for _, column in mapping.unmapped}
    assert "Supplier" in kept
    assert "Model Notes" not in kept
