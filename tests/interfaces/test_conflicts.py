"""Conflicts on the command line: what is shown, what settles them, and what that says afterwards (PRE-20)."""

from __future__ import annotations

import pytest

from tests.interfaces.conftest import Command

NINJA = "--type device --source NINJAONE"
HEADER = "Serial Number,Display Name"


@pytest.fixture
def torn(stocktake: Command, write) -> Command:
    """Six devices, and a file whose first has the tag of the second, which is gone."""
    rows = [f"S{n:03},PC-{n:03}" for n in range(1, 7)]
    write("one.csv", "\n".join([HEADER, *rows, ""]))
    write("two.csv", "\n".join([HEADER, "S001,PC-002", *rows[2:], ""]))
    assert stocktake(f"import one.csv {NINJA} --yes").code == 0
    return stocktake


def test_each_choice_of_a_conflict_stands_there_to_be_pasted(torn: Command):
    """PRE-20, PLN-6"""
    said = torn(f"plan two.csv {NINJA}")

    assert said.code == 1
    screen = [" ".join(line.split()) for line in said.out.splitlines()]
    start = screen.index("In conflict: 1")
    assert screen[start + 1 : start + 6] == [
        "S001 (line 2): its keys lead to different records",
        "record name Serial number Asset tag found by settle it with",
        "(the row) S001 PC-002 or a new record --new S001",
        "1 PC-001 S001 PC-001 external id, Serial number --same S001=1",
        "2 PC-002 S002 PC-002 Asset tag --same S001=2",
    ]
    assert "settle conflicts with --same or --new" in said.err


def test_the_document_has_the_same(torn: Command):
    """PRE-20"""
    shape = torn(f"plan two.csv {NINJA} --json").document

    (row,) = shape["records"]["conflict"]
    assert (row["line"], row["external_id"], row["record_id"], row["option"]) == (2, "S001", 1, "--new S001")
    assert row["values"] == {"serial_number": "S001", "asset_tag": "PC-002"}
    assert row["candidates"] == [
        {
            "record_id": 1,
            "name": "PC-001",
            "found_by": ["external_id", "serial_number"],
            "values": {"serial_number": "S001", "asset_tag": "PC-001"},
            "option": "--same S001=1",
        },
        {
            "record_id": 2,
            "name": "PC-002",
            "found_by": ["asset_tag"],
            "values": {"serial_number": "S002", "asset_tag": "PC-002"},
            "option": "--same S001=2",
        },
    ]


def test_a_row_that_is_new_is_shown_with_what_it_moves(torn: Command):
    """PRE-20"""
    said = torn(f"plan two.csv {NINJA} --new S001")

    assert said.code == 0
    assert "Overruled: 1 conflict settled." in said.out
    assert "S001 (line 2) is a new record; record 1 had it, and goes by S001~1 from now on" in said.out
    assert "line 2 gives it to a new record" in said.out


def test_what_was_settled_is_told_with_the_record(torn: Command):
    """PRE-20, PRE-1: by whom, in which run, on the pages of both records."""
    assert torn(f"import two.csv {NINJA} --new S001 --yes --by ben").code == 0

    assert "S001: ben decided in run 2 that it is a new record." in torn("record show device 7").out
    old = torn("record show device 1").out
    assert "S001~1 was S001, until ben decided in run 2 that this id is another record's." in old
    links = torn("record show device 7 --json").document["links"]
    assert [each["settled"] for each in links] == [{"as": "new", "by": "ben", "run": 2}]
    assert torn("record show device 3 --json").document["links"][0]["settled"] is None
    acts = torn("activity --act settle --json").document["items"]
    assert {each["record_id"] for each in acts} == {1, 7}
    assert torn(f"import two.csv {NINJA} --yes").code == 0


def test_what_is_pasted_is_quoted_where_it_must_be(torn: Command, write):
    """PRE-20: for a shell; a row without an external id is named by its line."""
    write("odd.csv", f"{HEADER}\nA 1,PC-002\n,PC-002\n")

    shape = torn(f"plan odd.csv {NINJA} --strategy merge --json").document

    assert {each["option"] for each in shape["records"]["conflict"]} == {"--new 'A 1'", "--new line:3"}


@pytest.mark.parametrize(
    ("words", "code", "name"),
    [
        ("--same S001", 1, "bad-option"),
        ("--same S001=x", 1, "bad-option"),
        ("--same S001=5", 1, "not-a-candidate"),
        ("--same S003=3", 1, "not-in-conflict"),
        ("--new NOPE", 1, "unknown-row"),
        ("--new S001 --same S001=1", 1, "decided-twice"),
    ],
)
def test_what_does_not_fit_is_refused(torn: Command, words: str, code: int, name: str):
    """PRE-20"""
    said = torn(f"import two.csv {NINJA} {words} --yes --json")

    assert (said.code, said.document["error"]["code"]) == (code, name)
    assert said.document["error"]["hint"]
    assert len(torn("runs --json").document["items"]) == 1
