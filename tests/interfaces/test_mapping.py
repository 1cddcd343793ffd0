"""Saved mappings on the command line (MAP-1, MAP-4)."""

from __future__ import annotations

import json

import pytest

DEALS = "--type deal --source HUBSPOT"
MAPPING = """
[columns]
"Title" = "name"
"Phase" = ["stage", "stage_normalized"]
"Ref" = "external_id"
"Memo" = []

[values.stage_normalized]
"In legal" = "negotiation"

[constants]
currency = "CAD"

[formats]
close_date = ["%d/%m/%Y"]
"""
ROWS = "Ref,Title,Phase,Memo,Close Date\n1,Roof,In legal,x,31/12/2026\n2,Door,Closed Won,y,01/02/2026\n"


@pytest.fixture
def saved(stocktake, write):
    """A mapping "own" for HubSpot's deals, and a file that it is for."""
    write("own.toml", MAPPING)
    write("deals.csv", ROWS)
    assert stocktake(f"mapping add own own.toml {DEALS}").code == 0
    return stocktake


def document(said):
    assert said.code == 0, said.err
    return said.document


def test_a_saved_mapping_reads_a_file_map_4(saved):
    done = document(saved(f"import deals.csv {DEALS} --mapping own --yes --json"))

    how = {(each["column"], each["field"]): each["how"] for each in done["mapping"]["columns"]}
    assert how[("Phase", "stage_normalized")] == "saved"
    assert how[("Close Date", "close_date")] == "alias" or how[("Close Date", "close_date")] == "name"
    assert how[(None, "currency")] == "constant"
    assert [each["value"] for each in done["mapping"]["columns"] if each["column"] is None] == ["CAD"]
    assert done["counts"]["create"] == 2
    roof, door = document(saved("records deal --json"))["items"]
    assert (roof["values"]["stage"], roof["values"]["stage_normalized"]) == ("In legal", "negotiation")
    assert (roof["values"]["close_date"], roof["values"]["currency"]) == ("2026-12-31", "CAD")
    assert (door["values"]["stage_normalized"], door["values"]["close_date"]) == ("won", "2026-02-01")


def test_the_same_file_with_the_same_mapping_changes_nothing(saved):
    saved(f"import deals.csv {DEALS} --mapping own --yes")

    again = document(saved(f"plan deals.csv {DEALS} --mapping own --json"))

    assert again["counts"]["unchanged"] == 2


def test_a_mapping_may_be_a_file_that_nobody_saved(stocktake, write, folder):
    write("own.toml", MAPPING)
    write("deals.csv", ROWS)

    planned = document(stocktake(f"plan deals.csv {DEALS} --mapping own.toml --json"))

    assert planned["counts"]["create"] == 2
    assert not (folder / "stocktake.db").exists()


def test_the_preview_names_the_mapping_what_every_row_says_and_how_the_header_drifts(saved, write):
    write("drift.csv", "Ref,Title,Phases,Close Date\n1,Roof,In legal,31/12/2026\n")

    out = saved(f"plan drift.csv {DEALS} --mapping own").out

    assert 'Read by the mapping "own". Every row says currency = CAD.' in out
    assert (
        'The saved mapping "own" names columns that the file lacks: Phase, Memo. "Phase" seems to be' in out
    )
    assert '"Phases" now' in out
    assert "If so: --map Phases=stage --map Phases=stage_normalized" in out
    assert "does not name these columns of the file: Phases, Close Date." in out


def test_mappings_are_listed_shown_and_removed(saved):
    listed = document(saved("mappings --json"))
    assert (listed["total"], listed["items"][0]["name"], listed["items"][0]["source"]) == (
        1,
        "own",
        "HUBSPOT",
    )
    assert "own" in saved("mappings").out
    shown = saved("mapping show own").out
    assert '"In legal" means negotiation' in shown
    assert "Memo" in shown
    assert document(saved("mapping show own --json"))["constants"] == {"currency": "CAD"}

    assert saved("mapping remove own").code == 0

    assert saved("mappings").out.startswith("There is no saved mapping.")
    assert saved("mapping show own").code == 2


def test_a_mapping_is_saved_anew_under_its_name(saved, write):
    write("own.toml", '[constants]\ncurrency = "EUR"\n')

    assert "is saved anew" in saved(f"mapping add own own.toml {DEALS}").out
    assert document(saved("mapping show own --json"))["constants"] == {"currency": "EUR"}


@pytest.mark.parametrize(
    ("command", "code", "exit_code", "words"),
    [
        (f"plan deals.csv {DEALS} --mapping onw", "unknown-mapping", 2, 'Did you mean "own"?'),
        (
            "plan deals.csv --type deal --source SALESFORCE --mapping own",
            "mapping-of-other-source",
            1,
            "HUBSPOT",
        ),
        (
            "mapping add own own.toml --type deal --source PIPEDRIVE",
            "mapping-of-other-source",
            1,
            "another name",
        ),
        (f"mapping add a/b own.toml {DEALS}", "bad-name", 1, "letters"),
        (f"mapping add own deals.csv {DEALS}", "invalid-declaration", 1, "line 1"),
        (f"mapping add own none.toml {DEALS}", "file-not-found", 2, "none.toml"),
        ("mapping remove other", "unknown-mapping", 2, "stocktake mappings"),
    ],
)
def test_a_mapping_that_does_not_fit_is_refused_with_its_code(saved, command, code, exit_code, words):
    said = saved(f"{command} --json")

    assert said.code == exit_code
    assert said.document["error"]["code"] == code
    assert words in json.dumps(said.document["error"], ensure_ascii=False).replace('\\"', '"')


def test_unknown_words_of_a_choice_stay_problems_until_they_are_mapped(stocktake, write):
    write("own.toml", '[values.device_type]\nnotebook = "LAPTOP"\n')
    write("list.csv", "Serial Number,Asset Type\nA,notebook\nB,toaster\n")
    command = "plan list.csv --type device --source MANUAL --json"

    assert [each["value"] for each in stocktake(command).document["errors"]] == ["notebook", "toaster"]
    assert [each["value"] for each in stocktake(f"{command} --mapping own.toml").document["errors"]] == [
        "toaster"
    ]
