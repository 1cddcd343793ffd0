"""The keyboard alone: from the dashboard through every step of an import to its result, seen at every stop (INT-6)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Site
from tests.browser.inventory import first
from tests.browser.previewed import changed, devices, file_of, imported

Picture = Callable[[Page, str], None]

#: Where the focus is: a name for messages, whether it is marked, and whether something lies over it.
FOCUS = """() => {
  const each = document.activeElement, style = getComputedStyle(each), box = each.getBoundingClientRect();
  const over = document.elementFromPoint(box.x + box.width / 2, box.y + Math.min(box.height / 2, 40));
  const around = each.closest("label") || each;
  const marked = [each, around].some(one => getComputedStyle(one).boxShadow !== "none" || one.matches(".drop"))
    || (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0);
  return {
    what: each.outerHTML.slice(0, 120),
    is_marked: each.matches(":focus-visible") && marked,
    is_seen: !!over && (each.contains(over) || over.contains(each) || around.contains(over)),
  };
}"""


@dataclass
class Keys:
    """A pair of hands that has no mouse."""

    page: Page

    def press(self, key: str) -> None:
        self.page.keyboard.press(key)

    def write(self, text: str) -> None:
        """In the place of what stands in a field."""
        self.press("Control+A")
        self.page.keyboard.type(text)

    def to(self, target: Locator, *, within: int, key: str = "Tab") -> None:
        """Go there in so few steps; each stop is marked and in sight."""
        target.wait_for()
        for _ in range(within):
            self.press(key)
            self.check_stop()
            if target.evaluate("each => each === document.activeElement"):
                return
        raise AssertionError(f"{target} is not reached within {within} × {key}")

    def check_stop(self) -> None:
        stop = self.page.evaluate(FOCUS)
        assert stop["is_marked"], f"{self.page.url}: it is not seen that the focus is on {stop['what']}"
        assert stop["is_seen"], f"{self.page.url}: something hides {stop['what']}"

    def past_the_menu(self) -> None:
        """To what the page is about: by its first link."""
        self.to(self.page.get_by_role("link", name="Skip to content"), within=1)
        self.press("Enter")


def test_an_import_from_the_dashboard_to_the_applied_result(site: Site, tmp_path: Path, picture: Picture):
    """Tab, Space, Enter, arrows and what is typed: a file is chosen, a cell mended, a row decided on, a guard answered."""
    imported(site, devices(20))
    second = changed(devices(12), "SN-0002", **{"Warranty End Date": "soon"})
    path = tmp_path / "friday.csv"
    path.write_bytes(file_of(second))
    page = site.page("admin")
    keys = Keys(page)
    page.goto(site.home)

    keys.to(page.get_by_role("link", name="Import", exact=True), within=8)
    keys.press("Enter")
    expect(page.get_by_role("heading", name="Import a file")).to_be_visible()
    keys.past_the_menu()
    live = page.get_by_label("Import data (live)")
    keys.to(live, within=2)
    keys.press("ArrowDown")
    expect(page.get_by_label("Dry run (validate only)")).to_be_checked()
    keys.press("ArrowUp")
    expect(live).to_be_checked()
    keys.to(page.get_by_label("Drop a file here"), within=3)
    with page.expect_file_chooser() as dialog:
        keys.press("Space")
    dialog.value.set_files(path)
    keys.to(page.get_by_role("button", name="Upload and look at it"), within=3)
    keys.press("Enter")

    expect(page).to_have_url(re.compile("/file$"), timeout=30_000)
    keys.past_the_menu()
    keys.to(page.get_by_role("button", name=re.compile("line 2: this is the header")), within=10)
    keys.press("Space")
    expect(page.get_by_text("header on line 2")).to_be_visible()
    keys.past_the_menu()
    keys.to(page.get_by_role("button", name="Find the header by itself"), within=24)
    keys.press("Enter")
    expect(page.get_by_text("header on line 1", exact=False).first).to_be_visible()
    keys.past_the_menu()
    keys.to(page.get_by_role("link", name="Skip the first lines"), within=8)
    keys.press("Enter")
    keys.to(page.get_by_role("radio").first, within=1)
    keys.to(page.get_by_role("combobox", name="Record type"), within=4)
    keys.write("Device")
    keys.to(page.get_by_role("combobox", name="Source"), within=1)
    keys.write("NINJAONE:")
    expect(page.get_by_role("radio", checked=True)).to_be_visible()
    keys.to(page.get_by_role("button", name="Go on to the mapping"), within=6)
    keys.press("Enter")

    expect(page).to_have_url(re.compile("/mapping$"))
    keys.past_the_menu()
    place = page.get_by_role("combobox", name="Location feeds")
    keys.to(place, within=20)
    keys.write("Leave")
    expect(place).to_have_value("")
    keys.to(page.get_by_role("button", name="Preview"), within=12)
    keys.press("Enter")

    expect(page).to_have_url(re.compile("/check$"), timeout=30_000)
    keys.past_the_menu()
    keys.to(page.get_by_role("link", name=re.compile("1 × Warranty End Date")), within=6)
    keys.press("Enter")
    cell = page.get_by_label("Warranty End Date, line 3")
    keys.to(cell, within=3)
    keys.write("2027-01-31")
    picture(page, "keyboard-cell")
    keys.to(page.get_by_role("button", name="Save and check again"), within=3)
    keys.press("Enter")
    expect(page.get_by_text("Nothing is wrong with the 12 rows")).to_be_visible()
    keys.past_the_menu()
    keys.to(page.get_by_role("button", name="Go on to the review"), within=8)
    keys.press("Enter")

    expect(page).to_have_url(re.compile("/review"))
    expect(page.get_by_role("alert")).to_contain_text("8 of the 20 records")
    keys.to(page.get_by_role("link", name=re.compile("8 Will be retired")), within=16)
    keys.press("Enter")
    keep = page.get_by_label("Retire LT-0020")
    keys.to(keep, within=20)
    keys.press("Space")
    expect(keep).not_to_be_checked()
    keys.to(page.get_by_role("button", name="Keep these decisions and plan again"), within=3)
    keys.press("Enter")
    expect(page.get_by_text("Decided so far: 1 cell written anew, 1 record to keep.")).to_be_visible()
    keys.to(page.get_by_label("If they are really gone, type 7"), within=3)
    keys.write("7")
    picture(page, "keyboard-guard")
    keys.to(page.get_by_role("button", name="Allow 7"), within=2)
    keys.press("Enter")

    apply = page.get_by_role("button", name="Apply: 0 new, 1 changed, 7 retired")
    expect(apply).to_be_visible()
    keys.past_the_menu()
    keys.to(page.get_by_role("link", name="To the end of the page"), within=6)
    keys.press("Enter")
    keys.to(apply, within=1)
    keys.press("Enter")
    expect(page.get_by_text("1 updated, 7 retired, 1 missing, 11 unchanged")).to_be_visible(timeout=30_000)
    keys.past_the_menu()
    keys.to(page.get_by_role("link", name="The run, row by row"), within=12)


def test_choices_are_passed_with_the_arrows_until_the_button_is_pressed(site: Site):
    """What is at work at once for a mouse waits for the keys, which pass other choices on their way (ROL-5)."""
    first(site)
    more = file_of(devices(3))
    site.journey().imported(more, name="more.csv", source="TELUS", strategy="merge")
    page = site.page("admin")
    keys = Keys(page)
    page.goto(f"{site.home}/runs")
    keys.past_the_menu()
    source = page.get_by_role("combobox", name="Source")
    keys.to(source, within=1)
    keys.press("ArrowDown")
    keys.press("ArrowDown")
    expect(source).to_be_focused()
    chosen = source.input_value()
    assert page.url.startswith(f"{site.home}/runs#")
    keys.to(page.get_by_role("button", name="Filter"), within=3)
    keys.press("Enter")
    expect(page).to_have_url(f"{site.home}/runs?source={chosen}&type=&full=")


def test_what_is_refused_is_where_one_goes_on_from(site: Site):
    """ERR-5: the focus stands on what is wrong, and the next stop is the form below it."""
    page = site.page("operator")
    keys = Keys(page)
    first(site)
    page.goto(f"{site.home}/records/device/1/edit")
    page.get_by_label("Warranty end").fill("31/02/2027")
    page.get_by_role("button", name="Show what changes").press("Enter")
    expect(page.get_by_role("alert")).to_be_focused()
    keys.press("Tab")
    assert page.evaluate("document.activeElement.closest('main form') !== null")
