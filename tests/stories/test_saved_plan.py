"""A plan is saved, looked at elsewhere, and applied as it was shown, to the same file, once (PLN-9, PLN-24)."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import polars as pl
import pytest

import stocktake as st
from stocktake.book import OpenPlan
from stocktake.catalog.plan_header import PlanHeader
from stocktake.model.errors import GuardRefused, InvalidInput, NotFound, Refusal, StalePlan, Unreadable
from stocktake.model.plan import Plan
from stocktake.planning.parts import frames_of, parts_of
from tests.reliability.database import fingerprint
from tests.stories.desk import Desk, device, fleet
from tests.stories.test_references import ACCOUNT, Office, account


@pytest.fixture(params=["sqlite", "postgres"])
def offices(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Office, Office]]:
    """Two equal, empty desks, each with a database of its own."""
    pair = []
    for name in ("direct", "by file"):
        folder = tmp_path / name
        folder.mkdir()
        url = f"sqlite:///{folder / 'stock.db'}"
        if request.param == "postgres":
            url = request.getfixturevalue("new_postgres_copy")()
        pair.append(Office(url, folder))
    yield pair[0], pair[1]
    for each in pair:
        each.book.close()


def saved(plan: OpenPlan, folder: Path, name: str = "plan.json") -> Path:
    return plan.save(folder / name)


def refused(kind: type[Refusal], code: str, act: Callable[[], object]) -> Refusal:
    with pytest.raises(kind) as found:
        act()
    assert found.value.code == code
    return found.value


# ---------------------------------------------------------------- the same as applied at once


def devices_of_some_weeks(desk: Desk) -> Iterator[Callable[[], OpenPlan]]:
    """Imports of every kind of decision, one after the other."""
    desk.record_type = "device"
    yield lambda: desk.plan("NINJAONE", fleet(12, model="A"))
    yield lambda: desk.plan("TELUS", [*fleet(3), device("", "T-keyless"), device("M1", "TM1")])
    yield lambda: desk.plan("MANUAL", [device("S001", "T001", model="C"), device("M2")], strategy="merge")
    changed = [*fleet(12, model="B")[1:], device("S099", "T099"), device("S002", "T002", model="X")]
    yield lambda: desk.plan("NINJAONE", changed, on_error="reject-rows", reject_limit="50%")
    yield lambda: desk.plan("NINJAONE", fleet(12, model="B"), keep=[1])
    yield lambda: desk.plan("NINJAONE", fleet(12, model="B"))
    yield lambda: desk.plan("EXCEL", [device("E1"), device("E2", status="frob")], on_error="reject-rows")


def accounts_that_refer(office: Office) -> Iterator[Callable[[], OpenPlan]]:
    """References within the file, to stored records, to stubs, and some that wait."""
    office.open(missing="create")
    office.record_type = "account"
    yield lambda: office.previewed(
        "account",
        account("A2", "Child", parent="A1"),
        account("A1", "Parent"),
        account("A3", "C", parent="A9"),
    )
    yield lambda: office.previewed(
        "deal",
        {"External ID": "1", "Name": "@1", "Account": "Parent"},
        {"External ID": "2", "Name": "new", "Account": "Stub & Co"},
    )
    yield lambda: office.previewed("account", account("A9", "Late"), account("A4", "D", parent="A9"))


@pytest.mark.parametrize("story", [devices_of_some_weeks, accounts_that_refer])
def test_a_saved_plan_writes_what_the_plan_itself_writes(
    offices: tuple[Office, Office], story: Callable[[Office], Iterator[Callable[[], OpenPlan]]]
):
    """PLN-7, PLN-24: row for row, to the last byte of the database; and it is undone alike."""
    direct, by_file = offices
    for number, (plan, other) in enumerate(zip(story(direct), story(by_file), strict=True)):
        first = plan().apply()
        path = saved(other(), by_file.folder, f"plan-{number}.json")
        opened = by_file.book.load_plan(path)
        second = opened.apply()
        assert {**first.stats} == {**second.stats}
        assert second.run.plan_id == opened.plan_id

    assert content(direct) == content(by_file)
    for run_id in range(number + 1, 0, -1):
        for each in offices:
            each.book.rollback(run_id)
    assert content(direct) == content(by_file)


def content(desk: Desk) -> dict[str, str]:
    """The whole database but for plan ids, and images, whose rows come in any order: rollbacks prove those."""
    url = desk.book.store.url.render_as_string(hide_password=False)
    return fingerprint(url, without=frozenset({"st_import_run", "st_run_image"}))


def test_a_plan_is_opened_as_it_was_saved(desk: Desk):
    """PLN-24: whatever was shown, and whatever decides, comes back."""
    desk.load("NINJAONE", fleet(8, model="A"))
    desk.load("MANUAL", fleet(2, model="B"))
    rows = [*fleet(7, model="C"), device("N1"), device("N2", status="frob")]
    plan = desk.plan("NINJAONE", rows, on_error="reject-rows", keep=[4], as_of="2026-11-20", refresh=True)

    opened = desk.book.load_plan(saved(plan, desk.folder))

    for name in plan.plan.__slots__:
        if name != "frames":
            before, after = getattr(plan.plan, name), getattr(opened.plan, name)
            assert (name, repr(after)) == (name, repr(before))
    assert opened.decisions().equals(plan.decisions())
    assert opened.problems().equals(plan.problems())
    assert opened.history() == plan.history()
    assert opened.path == plan.path


def test_the_header_says_all_of_a_plan_but_its_rows():
    """PLN-24: what a plan learns to say, its file must say too."""
    assert set(Plan.__slots__) - set(PlanHeader.model_fields) == {"frames"}


def test_every_frame_comes_back_with_its_columns(desk: Desk):
    desk.load("NINJAONE", fleet(3, model="A"))
    plan = desk.plan("NINJAONE", fleet(4, model="B")).plan

    again = frames_of(parts_of(plan.frames), plan.record_type)

    for name in plan.frames.__slots__:
        before, after = getattr(plan.frames, name), getattr(again, name)
        if isinstance(before, pl.DataFrame):
            assert (name, after.schema) == (name, before.schema)
            assert after.equals(before)
        elif before is not None:
            assert pl.concat(list(after)).equals(pl.concat(list(before)))


def test_a_file_that_says_the_same_again_can_be_planned_and_applied_later(desk: Desk):
    """PLN-16, PLN-24"""
    desk.load("NINJAONE", fleet(3))
    plan = desk.plan("NINJAONE", fleet(3))
    assert plan.plan.content_run is not None

    run = desk.book.load_plan(saved(plan, desk.folder)).apply()

    assert run.stats["unchanged"] == 3


def test_a_guard_refuses_the_saved_plan_too(desk: Desk):
    """PRE-12: saving and opening answers no guard."""
    desk.load("NINJAONE", fleet(10))
    plan = desk.plan("NINJAONE", fleet(1))
    assert plan.refusal is not None

    opened = desk.book.load_plan(saved(plan, desk.folder))

    assert repr(opened.plan.guards) == repr(plan.plan.guards)
    refused(GuardRefused, plan.refusal.code, opened.apply)


# ---------------------------------------------------------------- what saving leaves


def test_both_files_are_for_their_owner_alone(desk: Desk):
    """PLN-24: mode 0600, and no other file."""
    folder = desk.folder / "plans"
    folder.mkdir()

    path = saved(desk.plan("NINJAONE", fleet(3)), folder)

    assert sorted(each.name for each in folder.iterdir()) == ["plan.json", "plan.parquet"]
    assert {stat.S_IMODE(each.stat().st_mode) for each in folder.iterdir()} == {0o600}
    header = json.loads(path.read_text())
    assert header["file"]["sha256"] in path.read_text()
    assert header["counts"]["create"] == 3


def test_saving_and_opening_write_nothing_to_the_database(desk: Desk):
    """PLN-5, PLN-24: not even a run."""
    desk.load("NINJAONE", fleet(3))
    url = desk.book.store.url.render_as_string(hide_password=False)
    before = fingerprint(url, without=frozenset())

    desk.book.load_plan(saved(desk.plan("NINJAONE", fleet(4)), desk.folder))

    assert fingerprint(url, without=frozenset()) == before


def test_the_files_say_nothing_of_the_database_they_came_from(desk: Desk):
    """No address, no password."""
    path = saved(desk.plan("NINJAONE", fleet(3)), desk.folder)

    text, url = path.read_text(), desk.book.store.url
    assert url.drivername not in text
    assert not url.password or url.password not in text
    assert "stock.db" not in text


def test_a_plan_takes_the_place_of_a_plan_and_of_nothing_else(desk: Desk):
    first, second = desk.plan("NINJAONE", fleet(3)), desk.plan("NINJAONE", fleet(4))
    path = saved(first, desk.folder)
    saved(second, desk.folder)
    assert desk.book.load_plan(path).plan_id == second.plan_id

    (desk.folder / "data.json").write_text('[{"Serial Number": "S1"}]')
    (desk.folder / "table.parquet").write_bytes(b"PAR1")
    for name in ("data.json", "table.json"):
        refused(InvalidInput, "cannot-write", lambda name=name: saved(first, desk.folder, name))  # type: ignore[misc]
    refused(InvalidInput, "cannot-write", lambda: first.save(desk.folder / "nowhere" / "plan.json"))
    refused(InvalidInput, "bad-plan-name", lambda: saved(first, desk.folder, "plan.txt"))
    assert (desk.folder / "table.parquet").read_bytes() == b"PAR1"
    assert list(desk.folder.glob(".*")) == []


# ---------------------------------------------------------------- bound to the file


def test_a_plan_is_refused_for_another_file_and_both_are_named(desk: Desk):
    """PLN-9"""
    path = saved(desk.plan("NINJAONE", fleet(3)), desk.folder)
    other = desk.file(fleet(4))

    found = refused(StalePlan, "plan-of-other-file", lambda: desk.book.load_plan(path, other))

    assert found.details["planned"] in found.message
    assert found.details["sha256"] in found.message


def test_a_file_that_was_exported_again_is_another_file(desk: Desk):
    """PLN-9"""
    plan = desk.plan("NINJAONE", fleet(3))
    path = saved(plan, desk.folder)
    assert plan.path is not None
    plan.path.write_text(plan.path.read_text().replace("S002", "S222"))

    refused(StalePlan, "plan-of-other-file", lambda: desk.book.load_plan(path))


def test_the_file_is_found_where_it_lay_or_beside_the_plan(desk: Desk):
    plan = desk.plan("NINJAONE", fleet(3))
    elsewhere = desk.folder / "elsewhere"
    elsewhere.mkdir()
    path = saved(plan, elsewhere)
    assert desk.book.load_plan(path).path == plan.path
    assert plan.path is not None

    plan.path.rename(elsewhere / plan.path.name)
    assert desk.book.load_plan(path).path == elsewhere / plan.path.name

    (elsewhere / plan.path.name).rename(desk.folder / "renamed.csv")
    refused(NotFound, "file-not-found", lambda: desk.book.load_plan(path))
    assert desk.book.load_plan(path, desk.folder / "renamed.csv").apply().stats["create"] == 3


def test_rows_handed_in_by_python_are_handed_in_again(desk: Desk):
    """REA-1: there is no file to find, but the content is compared all the same."""
    frame = pl.DataFrame({"Serial Number": ["S1", "S2"], "Model": ["A", "B"]})
    path = saved(desk.book.plan(frame, record_type="device", source="NINJAONE"), desk.folder)

    refused(NotFound, "file-not-found", lambda: desk.book.load_plan(path))
    refused(StalePlan, "plan-of-other-file", lambda: desk.book.load_plan(path, frame.head(1)))

    assert desk.book.load_plan(path, frame).apply().stats["create"] == 2


# ---------------------------------------------------------------- bound to the database


def test_a_plan_is_used_once(desk: Desk):
    """PLN-24: also by two that opened it."""
    path = saved(desk.plan("NINJAONE", fleet(3)), desk.folder)
    first, second = desk.book.load_plan(path), desk.book.load_plan(path)
    run = first.apply()
    before = desk.state()

    assert refused(StalePlan, "plan-used", second.apply).details["run_id"] == run.run_id
    refused(StalePlan, "plan-used", lambda: desk.book.load_plan(path))
    assert desk.state() == before


def test_a_plan_is_stale_where_a_record_it_touches_has_changed(desk: Desk):
    """PLN-9: told when it is opened, with that row, and again under the lock."""
    desk.load("NINJAONE", fleet(3, model="A"))
    path = saved(desk.plan("NINJAONE", fleet(3, model="B")), desk.folder)
    opened = desk.book.load_plan(path)
    other = desk.load("MANUAL", [device("S002", "T002", model="C")])
    before = desk.state()

    for act in (lambda: desk.book.load_plan(path), opened.apply):
        found = refused(StalePlan, "stale-plan", act)
        assert found.details["rows"] == [
            {
                "line": 3,
                "external_id": "S002",
                "record_id": desk.record("S002")["id"],
                "what": "record was changed",
                "by_run": other.run_id,
            }
        ]
        assert found.details["count"] == 1
    assert desk.state() == before


def test_a_plan_is_applied_where_others_have_changed(desk: Desk):
    """PLN-9: changes elsewhere make no plan stale."""
    desk.load("NINJAONE", fleet(3, model="A"))
    desk.load("MANUAL", [device("M1", "TM1", model="A")])
    path = saved(desk.plan("NINJAONE", fleet(3, model="B")), desk.folder)
    desk.load("MANUAL", [device("M1", "TM1", model="B")])

    assert desk.book.load_plan(path).apply().stats["update"] == 3


def test_all_that_moved_is_counted_and_the_first_hundred_are_listed(desk: Desk):
    """PLN-9"""
    desk.load("NINJAONE", fleet(130, model="A"))
    path = saved(desk.plan("NINJAONE", fleet(130, model="B")), desk.folder)
    desk.load("MANUAL", fleet(120, model="C"))

    found = refused(StalePlan, "stale-plan", lambda: desk.book.load_plan(path))

    assert (len(found.details["rows"]), found.details["count"]) == (100, 120)
    assert [each["line"] for each in found.details["rows"]] == list(range(2, 102))


def test_a_plan_of_another_workspace_is_refused(desk: Desk):
    """PLN-24, SEC-2"""
    path = saved(desk.plan("NINJAONE", fleet(3)), desk.folder)
    elsewhere = st.Book(desk.book.store, workspace="other", by="ana", clock=desk.book.clock)

    found = refused(InvalidInput, "plan-of-other-workspace", lambda: elsewhere.load_plan(path))

    assert "default" in found.message
    assert "other" in found.message


def test_a_plan_of_another_database_is_refused(offices: tuple[Office, Office]):
    """PLN-9: ids and versions of one database mean nothing in another, however alike they are."""
    first, second = offices
    for each in offices:
        each.record_type = "device"
        each.load("NINJAONE", fleet(3, model="A"))
    plan = first.plan("NINJAONE", fleet(3, model="B"))
    path = saved(plan, first.folder)
    before = Desk.state(second)

    refused(InvalidInput, "plan-of-other-database", lambda: second.book.load_plan(path))

    assert Desk.state(second) == before


def test_a_plan_against_nothing_makes_the_database(tmp_path: Path):
    """PLN-25: planning and saving create no file; applying does."""
    place = tmp_path / "new.db"
    desk = Desk(f"sqlite:///{place}", tmp_path)
    path = saved(desk.plan("NINJAONE", fleet(3)), tmp_path)
    assert not place.exists()
    opened = desk.book.load_plan(path)
    assert not place.exists()

    assert opened.apply().stats["create"] == 3


def test_a_changed_declaration_makes_the_plan_void(desk: Desk):
    """PLN-9: what a row means depends on its source and type."""
    desk.declare("SCANNER")
    path = saved(desk.plan("SCANNER", fleet(3)), desk.folder)
    desk.declare("SCANNER", key_rules=())

    found = refused(StalePlan, "declaration-changed", lambda: desk.book.load_plan(path))

    assert "the source SCANNER" in found.message


def test_so_does_a_changed_type_that_is_referred_to(offices: tuple[Office, Office]):
    """IDN-4"""
    office, _ = offices
    office.open().brought("account", account("A1", "Acme"))
    plan = office.previewed("deal", {"External ID": "1", "Name": "big", "Account": "Acme"})
    path = saved(plan, office.folder)
    office.book.add_record_type(ACCOUNT.format(missing="blank") + '[[field]]\nname = "country"\n')

    found = refused(StalePlan, "declaration-changed", lambda: office.book.load_plan(path))

    assert found.details["changed"] == ["the record type account"]


# ---------------------------------------------------------------- damage


def test_rows_that_were_changed_are_refused(desk: Desk):
    """PLN-24: the header holds the sha256 of the rows."""
    path = saved(desk.plan("NINJAONE", fleet(3)), desk.folder)
    rows = path.with_suffix(".parquet")
    content = bytearray(rows.read_bytes())
    content[len(content) // 2] ^= 1
    rows.write_bytes(bytes(content))

    found = refused(Unreadable, "plan-damaged", lambda: desk.book.load_plan(path))

    assert "plan.parquet" in found.message
    assert "Nothing was written." in found.message


def test_rows_of_another_plan_are_refused(desk: Desk):
    first = saved(desk.plan("NINJAONE", fleet(3)), desk.folder, "first.json")
    second = saved(desk.plan("NINJAONE", fleet(4)), desk.folder, "second.json")
    second.with_suffix(".parquet").replace(first.with_suffix(".parquet"))

    refused(Unreadable, "plan-damaged", lambda: desk.book.load_plan(first))
    refused(NotFound, "file-not-found", lambda: desk.book.load_plan(second))


def test_a_header_that_was_changed_is_refused(desk: Desk):
    path = saved(desk.plan("NINJAONE", fleet(3)), desk.folder)
    sound = path.read_text()
    for text, code in (
        (sound.replace('"create": 3', '"create": 2'), "plan-damaged"),
        (sound[: len(sound) // 2], "not-a-plan"),
        ("[]", "not-a-plan"),
        ("", "not-a-plan"),
    ):
        path.write_text(text)
        refused(Unreadable, code, lambda: desk.book.load_plan(path))
    path.unlink()
    refused(NotFound, "file-not-found", lambda: desk.book.load_plan(path))


def test_a_plan_of_another_version_is_refused(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    path = saved(desk.plan("NINJAONE", fleet(3)), desk.folder)
    monkeypatch.setattr("stocktake.catalog.plan_header.__version__", "9.9.9")

    found = refused(StalePlan, "plan-of-other-version", lambda: desk.book.load_plan(path))

    assert found.details["this"] == "9.9.9"


# ---------------------------------------------------------------- what an operator allowed


def test_what_was_allowed_is_asked_again_if_more_went_missing_since(desk: Desk):
    """PRE-15, PRE-33: the allowance is of one plan, and of so many records as it showed."""
    desk.load("NINJAONE", fleet(10))
    desk.load("TELUS", fleet(10)[:1])
    rows = fleet(10)[5:]
    plan = desk.plan("NINJAONE", rows, allow_retire=4)
    assert (plan.counts["retire"], plan.refusal) == (4, None)  # TELUS still has S001
    path = saved(plan, desk.folder)
    desk.load("TELUS", [device("S010", "T010")], allow_retire=1)

    stale = refused(StalePlan, "stale-plan", lambda: desk.book.load_plan(path).apply())

    assert [each["what"] for each in stale.details["rows"]] == ["no longer in TELUS"]
    again = desk.plan("NINJAONE", rows, allow_retire=4)
    blocked = refused(GuardRefused, "mass-retire", again.apply)
    assert "--allow-retire 4 is not enough" in blocked.hint
    assert "--allow-retire 5" in blocked.hint
    assert desk.status("S002") == "AVAILABLE"


def test_what_was_allowed_holds_for_the_saved_plan_and_no_other(desk: Desk):
    """PRE-15: for one run, bound to the plan, and audited."""
    desk.load("NINJAONE", fleet(10))
    path = saved(desk.plan("NINJAONE", fleet(10)[5:], allow_retire=5), desk.folder)

    run = desk.book.load_plan(path).apply()

    assert run.stats["retire"] == 5
    (said,) = desk.audit(run, "override")
    assert said["sentence"] == "ana allowed file-2.csv up to 5 retirements."
    refused(GuardRefused, "mass-retire", desk.plan("NINJAONE", fleet(10)[8:]).apply)
