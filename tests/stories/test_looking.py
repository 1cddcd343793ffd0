"""Uploads looked at while somebody says what they are: nothing is read twice, nothing is changed by looking (MAP, UPL)."""

from __future__ import annotations

import io
import zipfile

import pytest

from stocktake.model.errors import InvalidInput, NotFound
from tests.stories.desk import on_one_store

WORDED = [
    {"Serial Number": "S1", "Hostname": "h1", "Status": "Frei"},
    {"Serial Number": "S2", "Hostname": "h2", "Status": "AVAILABLE"},
    {"Serial Number": "S3", "Hostname": "h3", "Status": "frei"},
]


@pytest.fixture
def ours(desk, tmp_path, monkeypatch):
    """A desk with a source, whose uploads lie in a folder of its own."""
    monkeypatch.setenv("STOCKTAKE_UPLOADS", str(tmp_path / "uploads"))
    desk.declare("ALPHA")
    return desk


def received(desk, rows=WORDED, label="devices.csv") -> int:
    number: int = desk.book.receive([desk.file(rows).read_bytes()], label).draft.draft_id
    desk.book.choose(number, record_type="device", source="ALPHA")
    return number


def test_a_file_is_read_once_for_each_way_to_read_it(ours):
    """UPL-1, UPL-2: what was found lies beside it, for its owner's eyes only, and goes with it."""
    number = received(ours)
    place = ours.book.uploads.directory
    name = ours.book.draft(number).upload.name
    kept = [each for each in place.iterdir() if each.suffix == ".look"]
    assert [each.stat().st_mode & 0o777 for each in kept] == [0o600]

    with (place / name).open("wb") as file:  # whoever reads it again finds nothing
        file.write(b"")
    look = ours.book.look_at_draft(number)

    assert look.inspection.rows == 3
    assert [each.field for each in look.inspection.mapping.columns][:1] == ["serial_number"]
    assert look.inspection.key is None
    ours.book.cancel(number)
    assert list(place.iterdir()) == []
    with pytest.raises(NotFound) as gone:
        ours.book.look_at_draft(number)
    assert gone.value.code == "upload-gone"


@on_one_store
def test_a_look_by_other_choices_changes_nothing(ours):
    """PLN-9: a plan that is shown stays the one that can be confirmed."""
    number = received(ours)
    plan = ours.book.preview_draft(number, is_full_snapshot=False)

    look = ours.book.look_at_draft(
        number,
        {"record_type": "device", "source": "ALPHA", "columns": [("Hostname", ""), ("Status", "extra")]},
    )

    assert [each.field for each in look.inspection.mapping.columns] == ["serial_number"]
    assert "system_name" in look.alone.mapping.fields
    assert ours.book.draft(number).plan_id == plan.plan_id


def test_words_without_meaning_are_told_before_a_preview_and_said_beside_what_else_was_decided(ours):
    """PLN-8, CLN-4: other decisions about the rows stay; each word once, whatever its capitals."""
    number = received(ours)
    (told,) = ours.book.look_at_draft(number).words
    assert (told.field, told.words, told.whole) == ("status", (("Frei", None),), True)

    ours.book.override_draft(number, overrides={"skip_lines": [3]})
    ours.book.reword_draft(number, {"status": {"Frei": "AVAILABLE"}})
    plan = ours.book.preview_draft(number, is_full_snapshot=False)

    assert (plan.counts["create"], plan.counts["skip"], plan.counts["reject"]) == (2, 1, 0)


@on_one_store
def test_a_drafts_mapping_is_kept_with_its_words_and_ways_to_read(ours):
    """MAP-4: another file of the source is read by it."""
    number = received(ours)
    ours.book.choose(
        number,
        record_type="device",
        source="ALPHA",
        columns=[("Hostname", "asset_tag"), ("Status", "status")],
    )
    ours.book.reword_draft(number, {"status": {"Frei": "AVAILABLE"}})

    kept = ours.book.save_mapping_of_draft(number, "alpha-devices")

    assert dict(kept.mapping.columns)["Hostname"] == ("asset_tag",)
    other = received(ours, label="other.csv")
    ours.book.choose(other, record_type="device", source="ALPHA", mapping="alpha-devices")
    plan = ours.book.preview_draft(other, is_full_snapshot=False)
    assert (plan.counts["create"], plan.counts["reject"]) == (3, 0)
    assert plan.plan.mapping.of("asset_tag").column == "Hostname"


ODD = (
    "Serial Number,Asset tag,,Location,Notes,Notes,Shelf,\n"
    "S1,T-1,x1,Berlin,first,second,h1,y1\n"
    "S2,T-2,x2,Bern,third,fourth,h2,y2\n"
)


def test_what_a_person_chose_by_hand_is_what_the_next_import_of_the_source_does(ours):
    """MAP-3, MAP-4, REA-4: kept, left out, mapped by place; the next file is recognised by it, and nothing drifts."""
    first = ours.book.receive([ODD.encode()], "monday.csv").draft.draft_id
    chosen = [
        ("Asset tag", "extra"),
        ("Location", ""),
        ("column 3", "asset_tag"),
        ("Notes", ""),
        ("Notes (column 6)", "location"),
        ("column 8", ""),
    ]
    ours.book.choose(first, record_type="device", source="ALPHA", columns=chosen)
    ours.book.save_mapping_of_draft(first, "alpha-own")
    by_hand = ours.book.preview_draft(first, is_full_snapshot=False)
    ours.book.confirm(first, by_hand.plan_id)
    before = {serial: ours.record(serial) for serial in ("S1", "S2")}

    told = {name: before["S1"][name] for name in ("asset_tag", "location", "extra")}
    assert told == {
        "asset_tag": "X1",
        "location": "second",
        "extra": '{"Asset tag":"T-1","Shelf":"h1"}',
    }
    following = ODD.replace("S1", "S3").replace("S2", "S4").replace("x1", "x3").replace("x2", "x4")
    second = ours.book.receive([following.encode()], "tuesday.csv")
    best = second.inspection.recognition.best
    assert (best.saved, best.drifts, second.inspection.recognition.clear) == ("alpha-own", False, True)
    number = second.draft.draft_id
    ours.book.choose(number, record_type="device", source="ALPHA", mapping="alpha-own")
    plan = ours.book.preview_draft(number, is_full_snapshot=False)
    assert [each.code for each in plan.plan.warnings if "drift" in each.code] == []
    ours.book.confirm(number, plan.plan_id)
    for earlier, later, tag in (("S1", "S3", "X3"), ("S2", "S4", "X4")):
        after = ours.record(later)
        expected = {name: before[earlier][name] for name in told} | {"asset_tag": tag}
        assert {name: after[name] for name in told} == expected


@on_one_store
def test_a_cell_of_a_column_without_a_header_is_written_anew_by_its_name(ours):
    """PLN-8, ERR-2: what is wrong names the column so, and what mends it does."""
    number = ours.book.receive([b"Serial Number,,Location\nS1,soon,Bern\n"], "odd.csv").draft.draft_id
    ours.book.choose(number, record_type="device", source="ALPHA", columns=[("column 2", "warranty_end")])

    plan = ours.book.preview_draft(number, is_full_snapshot=False, on_error="reject-rows")
    (problem,) = plan.plan.frames.problems.to_dicts()
    assert (problem["column"], problem["line"]) == ("column 2", 2)
    edit = {"line": 2, "column": "column 2", "value": "2027-01-31"}
    ours.book.override_draft(number, overrides={"edits": [edit]})

    mended = ours.book.preview_draft(number, is_full_snapshot=False)
    ours.book.confirm(number, mended.plan_id)
    assert str(ours.record("S1")["warranty_end"]) == "2027-01-31"


@on_one_store
def test_a_look_tells_which_columns_leave_open_how_they_are_read_until_somebody_or_an_import_said_so(ours):
    """CLN-1, PLN-21: before anything is previewed; what an import decided is asked no more."""

    def arrived(*days: str) -> int:
        rows = [{"Serial Number": f"S{place}", "Warranty End": day} for place, day in enumerate(days)]
        return received(ours, rows)

    number = arrived("03/04/2027", "05/06/2027")
    (doubt,) = ours.book.look_at_draft(number).doubts
    assert (doubt.column, doubt.field, doubt.code, doubt.whole) == (
        "Warranty End",
        "warranty_end",
        "column-ambiguous",
        True,
    )
    assert doubt.sentence == "Warranty End: “03/04/2027” may be 2027-04-03 or 2027-03-04."
    assert dict(doubt.choices)["dmy"][0] == "2027-04-03"
    target = {"record_type": "device", "source": "ALPHA"}
    said = {**target, "reads": [("Warranty End", "dmy")]}
    assert ours.book.look_at_draft(number, said).doubts == ()
    assert ours.book.look_at_draft(arrived("31/04/2027", "31/12/2027")).doubts == ()
    (mixed,) = ours.book.look_at_draft(arrived("31/01/2027", "01/31/2027")).doubts
    assert (mixed.code, "written in different ways" in mixed.sentence) == ("column-mixed", True)

    ours.book.choose(number, **said)
    plan = ours.book.preview_draft(number, is_full_snapshot=False)
    ours.book.confirm(number, plan.plan_id)
    assert ours.book.look_at_draft(arrived("07/08/2027")).doubts == ()


@on_one_store
def test_what_is_kept_by_name_is_kept_where_the_others_are_dropped(ours):
    """MAP-3: ``extra`` says what becomes of columns of which nobody says more."""
    rows = [{"Serial Number": "S1", "Shelf": "3", "Colour": "red"}]

    ours.load("ALPHA", rows, columns=[("Shelf", "extra")], extra="drop", strategy="merge")

    assert ours.record("S1")["extra"] == '{"Shelf":"3"}'


@on_one_store
def test_a_mapping_without_a_target_is_not_kept(ours):
    draft = ours.book.receive([b"one,two\n1,2\n"], "any.csv").draft
    with pytest.raises(InvalidInput) as refused:
        ours.book.save_mapping_of_draft(draft.draft_id, "any")
    assert refused.value.code == "nothing-to-save"


def test_uploads_that_wait_are_listed_newest_first_until_they_are_imported_or_given_up(ours):
    """UPL-2"""
    first, second, third = (received(ours, label=f"{each}.csv") for each in ("a", "b", "c"))
    ours.book.cancel(second)
    plan = ours.book.preview_draft(first, is_full_snapshot=False)

    assert [each.draft_id for each in ours.book.open_drafts()] == [third, first]
    ours.book.confirm(first, plan.plan_id)
    assert [each.draft_id for each in ours.book.open_drafts()] == [third]
    received(ours, label="d.csv")
    assert [each.upload.label for each in ours.book.open_drafts(limit=1)] == ["d.csv"]


@on_one_store
def test_of_an_archive_the_first_file_is_read_until_another_is_chosen(ours):
    """REA-1: only where the caller asks for it; else several files are a question."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("one.csv", "a,b\n1,2\n")
        archive.writestr("two.csv", "c,d\n1,2\n")
    book = ours.book
    came = book.uploads.receive([packed.getvalue()], book.clock())
    draft = book.keep_to_ask(came, "both.zip")

    assert dict(draft.choices) == {"member": "one.csv"}
    assert book.look_at_draft(draft.draft_id, {"member": "two.csv"}).inspection.layout.header == ("c", "d")
    with pytest.raises(Exception, match="holds 2 files"):
        book.receive([packed.getvalue()], "both.zip")
