"""Mixed date orders, decimal commas, currency signs, percent, Excel serial dates, DST gaps: decided or asked (CLN-1)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from stocktake.book import OpenPlan
from stocktake.model.errors import InvalidInput
from stocktake.model.source import Source
from tests.stories.desk import Desk, on_one_store

TYPE = """
name = "deal_note"
title = "Deal note"
plural = "Deal notes"
display = "note"
external_id = "note"
identity = [["note"]]
[[field]]
name = "note"
[[field]]
name = "day"
title = "Close Date"
type = "date"
[[field]]
name = "amount"
title = "Amount"
type = "decimal"
[[field]]
name = "pieces"
type = "integer"
[[field]]
name = "seen"
title = "Seen At"
type = "datetime"
[[field]]
name = "active"
type = "boolean"
"""


@pytest.fixture
def clerk(ready_database_url: str, tmp_path: Path) -> Iterator[Desk]:
    """A desk at which notes with a day, an amount and a moment arrive, of which nothing is declared."""
    desk = Desk(ready_database_url, tmp_path, "deal_note")
    desk.book.add_record_type(TYPE)
    desk.book.add_source(Source(name="OURS", record_types=("deal_note",)))
    desk.book.add_source(Source(name="THERE", record_types=("deal_note",), time_zone="America/Vancouver"))
    yield desk
    desk.book.close()


def notes(column: str, *cells: str) -> list[dict[str, str]]:
    return [{"Note": f"n{place}", column: cell} for place, cell in enumerate(cells, 1)]


def plan(desk: Desk, column: str, *cells: str, source: str = "OURS", **options: Any) -> OpenPlan:
    return desk.plan(source, notes(column, *cells), **{"strategy": "merge", **options})


def load(desk: Desk, column: str, *cells: str, **options: Any):
    desk.later()
    return plan(desk, column, *cells, **options).apply()


def asked(desk: Desk, column: str, *cells: str, **options: Any) -> InvalidInput:
    """What the run asks instead of planning."""
    with pytest.raises(InvalidInput) as refused:
        plan(desk, column, *cells, **options)
    return refused.value


def values(desk: Desk, field: str) -> list[str | None]:
    return [
        None if row[field] is None else str(row[field])
        for row in desk.rows(f"SELECT {field} FROM deal_note ORDER BY note")
    ]


def said(planned: OpenPlan) -> tuple[str, str, str, int, int, int]:
    """The only decision: how the column is read, with which cell it is shown, and how many say so."""
    (each,) = planned.plan.decisions
    return each.reading, each.example, each.value, each.line, each.only, each.filled


def rejected(planned: OpenPlan) -> dict[int, str]:
    return {each["row"]: each["code"] for each in planned.problems().to_dicts()}


def contradictions(planned: OpenPlan) -> list[str]:
    return [each.message for each in planned.plan.warnings if each.code == "column-contradicts-mapping"]


# ---------------------------------------------------------------- mixed date orders


def test_a_column_of_dates_is_read_as_all_its_cells_allow(clerk: Desk):
    """CLN-1: one cell says the order for all, and is shown."""
    planned = plan(clerk, "Close Date", "03/04/2026", "31/03/2026", "", "5.6.2026")

    assert said(planned) == ("day first", "31/03/2026", "2026-03-31", 3, 1, 3)
    planned.apply()
    assert values(clerk, "day") == ["2026-04-03", "2026-03-31", None, "2026-06-05"]


@pytest.mark.parametrize(
    ("cells", "days"),
    [
        (("12/31/2026", "03/04/2026"), ["2026-12-31", "2026-03-04"]),
        (("2026/12/31", "20260304"), ["2026-12-31", "2026-03-04"]),
        (("31 Mar 2026", "April 3, 2026"), ["2026-03-31", "2026-04-03"]),
        (("31/03/2026 00:00", "3/4/2026 0:00"), ["2026-03-31", "2026-04-03"]),
    ],
)
@on_one_store
def test_every_usual_way_of_writing_days_is_told_by_the_column(
    clerk: Desk, cells: tuple[str, ...], days: list[str]
):
    """CLN-1"""
    plan(clerk, "Close Date", *cells).apply()

    assert values(clerk, "day") == days


@on_one_store
def test_a_column_that_could_be_either_is_asked_for_with_both_meanings(clerk: Desk):
    """CLN-1: what to say stands ready to be pasted, and nothing is written."""
    refused = asked(clerk, "Close Date", "03/04/2026", "04/05/2026")

    assert refused.code == "column-ambiguous"
    assert '"03/04/2026" (line 2) may be 2026-04-03 (dmy) or 2026-03-04 (mdy)' in refused.message
    assert "--read 'Close Date=dmy' or --read 'Close Date=mdy'" in refused.hint
    assert '[formats] day = ["dmy"]' in refused.hint
    assert clerk.count() == 0

    plan(clerk, "Close Date", "03/04/2026", "04/05/2026", reads=[("Close Date", "mdy")]).apply()
    assert values(clerk, "day") == ["2026-03-04", "2026-04-05"]


@on_one_store
def test_mixed_date_orders_are_refused_by_their_lines(clerk: Desk):
    """CLN-1: no cell is read one way and the next one another."""
    refused = asked(clerk, "Close Date", "31/03/2026", "03/31/2026", "01/02/2026")

    assert refused.code == "column-mixed"
    assert '"31/03/2026" (line 2) and "03/31/2026" (line 3)' in refused.message
    planned = plan(
        clerk, "Close Date", "31/03/2026", "03/31/2026", "01/02/2026", reads=[("Close Date", "dmy")]
    )
    assert rejected(planned)[3] == "type-error"


@on_one_store
def test_years_of_two_digits_are_asked_for(clerk: Desk):
    """CLN-1"""
    assert asked(clerk, "Close Date", "31/03/26").code == "column-ambiguous"

    planned = plan(clerk, "Close Date", "31/03/26", reads=[("Close Date", "%d/%m/%y")])
    assert said(planned)[:3] == ("as DD/MM/YY", "31/03/26", "2026-03-31")


@on_one_store
def test_all_columns_in_doubt_are_asked_for_at_once(clerk: Desk):
    """CLN-1"""
    rows = [{"Note": "n1", "Close Date": "03/04/2026", "Amount": "1.000"}]

    with pytest.raises(InvalidInput) as refused:
        clerk.plan("OURS", rows, strategy="merge")

    assert [each["column"] for each in refused.value.details["columns"]] == ["Close Date", "Amount"]


def test_a_mapping_decides_without_asking(clerk: Desk):
    """CLN-1, PLN-21"""
    clerk.book.add_mapping("ours", '[formats]\nday = ["dmy"]\n', record_type="deal_note", source="OURS")

    planned = plan(clerk, "Close Date", "03/04/2026", mapping="ours")

    planned.apply()
    assert values(clerk, "day") == ["2026-04-03"]


# ---------------------------------------------------------------- decimal commas


@pytest.mark.parametrize(
    ("cells", "amounts"),
    [
        (("1.234,56", "1.000", "250"), ["1234.56", "1000", "250"]),
        (("1,234.56", "1,000", ".5"), ["1234.56", "1000", "0.5"]),
        (("1 234,56", "1 000"), ["1234.56", "1000"]),
        (("1'234.56", "1'000"), ["1234.56", "1000"]),
        (("(1,234.50)", "12.25"), ["-1234.5", "12.25"]),
        (("12,5-", "7"), ["-12.5", "7"]),
    ],
)
@on_one_store
def test_decimal_commas_and_thousands_are_told_by_the_column(
    clerk: Desk, cells: tuple[str, ...], amounts: list[str]
):
    """CLN-1"""
    plan(clerk, "Amount", *cells).apply()

    assert [str(float(each or "nan")) for each in values(clerk, "amount")] == [
        str(float(each)) for each in amounts
    ]


@pytest.mark.parametrize("cells", [("1.000", "2.500"), ("1,000", "250")])
@on_one_store
def test_thousands_that_could_be_decimals_are_asked_for(clerk: Desk, cells: tuple[str, ...]):
    """CLN-1"""
    refused = asked(clerk, "Amount", *cells)

    assert refused.code == "column-ambiguous"
    assert [each["read"] for each in refused.details["columns"][0]["choices"]] == ["1,234.56", "1.234,56"]


@on_one_store
def test_points_and_commas_before_decimals_are_refused_by_their_lines(clerk: Desk):
    """CLN-1"""
    refused = asked(clerk, "Amount", "1,5", "2.5", "3,5", "4,5")

    assert refused.code == "column-mixed"
    assert '"1,5" (line 2) and "2.5" (line 3)' in refused.message


# ---------------------------------------------------------------- currency signs and percent


def test_currency_signs_are_taken_off_if_there_is_one(clerk: Desk):
    """CLN-1"""
    planned = plan(clerk, "Amount", "€ 1.234,56", "EUR 7", "€12")

    assert said(planned)[0] == "like €1.234,56"
    planned.apply()
    assert [float(each or "nan") for each in values(clerk, "amount")] == [1234.56, 7.0, 12.0]


@on_one_store
def test_two_currencies_are_refused_by_their_lines(clerk: Desk):
    """CLN-1"""
    refused = asked(clerk, "Amount", "€5", "$7")

    assert (refused.code, '"€5" (line 2) and "$7" (line 3)' in refused.message) == ("column-mixed", True)


def test_what_percent_means_is_asked_for(clerk: Desk):
    """CLN-1"""
    refused = asked(clerk, "Amount", "12%", "5.5%")

    assert refused.code == "column-ambiguous"
    assert '"12%" (line 2) may be 12 (1234.56%) or 0.12 (1234.56%/100)' in refused.message
    planned = plan(clerk, "Amount", "12%", "5.5%", reads=[("Amount", "1234.56%/100")])
    assert planned.statistics().filter(column="Amount")["sum"].to_list() == ["0.175"]  # CLN-4
    planned.apply()
    assert [float(each or "nan") for each in values(clerk, "amount")] == [0.12, 0.055]


# ---------------------------------------------------------------- Excel serial dates


@on_one_store
def test_serial_numbers_of_excel_are_asked_for(clerk: Desk):
    """CLN-1: a number may be no date at all."""
    refused = asked(clerk, "Close Date", "45000", "45001")

    assert refused.code == "column-ambiguous"
    assert "may be 2023-03-15 (excel) or 2027-03-16 (excel-1904)" in refused.message
    plan(clerk, "Close Date", "45000", "45001", reads=[("Close Date", "excel")]).apply()
    assert values(clerk, "day") == ["2023-03-15", "2023-03-16"]


# ---------------------------------------------------------------- DST gaps


def test_hours_that_the_clocks_skip_or_repeat_are_problems_with_a_line(clerk: Desk):
    """CLN-1, TYP-2: neither the earlier nor the later one is guessed."""
    planned = plan(
        clerk, "Seen At", "2026-03-08 02:30", "2026-11-01 01:30", "2026-03-08 12:00", source="THERE"
    )

    problems = {each["row"]: each["message"] for each in planned.problems().to_dicts()}
    assert set(problems) == {2, 3}
    assert "does not exist in America/Vancouver: the clocks skip it" in problems[2]
    assert "comes twice in America/Vancouver, where the clocks go back" in problems[3]


def test_times_without_a_zone_are_asked_for(clerk: Desk):
    """CLN-1, TYP-2"""
    cells = ("31/03/2026 2:05 PM", "03/04/2026 10:00")

    assert asked(clerk, "Seen At", *cells).code == "column-without-time-zone"
    planned = plan(clerk, "Seen At", *cells, reads=[("Seen At", "America/Vancouver")])
    assert said(planned)[:3] == (
        "day first, in America/Vancouver",
        "31/03/2026 2:05 PM",
        "2026-03-31T21:05:00.000000Z",
    )


# ---------------------------------------------------------------- fixed at the first import


def test_a_decision_holds_for_the_sources_next_files(clerk: Desk):
    """PLN-21: a file that could be either is read as the first one was; the decision is part of mapping_version."""
    first = load(clerk, "Close Date", "31/03/2026")
    plain = plan(clerk, "Close Date", "", source="THERE").plan.mapping.version

    planned = plan(clerk, "Close Date", "03/04/2026")

    assert (said(planned)[0], planned.plan.decisions[0].how) == ("day first", "earlier")
    assert planned.plan.mapping.version != plain
    assert [each.formats for each in first.run.decisions] == [("dmy",)]
    planned.apply()
    assert values(clerk, "day") == ["2026-04-03"]


def test_a_file_without_the_column_forgets_nothing(clerk: Desk):
    """PLN-21"""
    load(clerk, "Close Date", "31/03/2026")
    load(clerk, "Amount", "1.5")

    assert plan(clerk, "Close Date", "03/04/2026").plan.decisions[0].formats == ("dmy",)


@pytest.mark.parametrize(
    ("column", "first", "later", "word"),
    [
        ("Close Date", "31/03/2026", ("01/31/2026", "03/04/2026"), "01/31/2026"),
        ("Close Date", "31/03/2026", ("2026-03-04",), "2026-03-04"),
        ("Close Date", "2026-03-31", ("31/03/2026",), "31/03/2026"),
        ("Amount", "1.234,56", ("12.50", "1.000"), "12.50"),
        ("Amount", "12.50", ("1,50",), "1,50"),
        ("Amount", "€5", ("$6",), "$6"),
    ],
)
@on_one_store
def test_later_files_that_speak_against_it_are_told_so_and_not_misread(
    clerk: Desk, column: str, first: str, later: tuple[str, ...], word: str
):
    """PLN-21: column-contradicts-mapping, with a line; what does not fit is left out."""
    load(clerk, column, first)

    planned = plan(clerk, column, *later)

    (told,) = contradictions(planned)
    assert f'"{word}" (line 2)' in told
    assert "--read" in told
    assert planned.counts["reject"] == len(later)


def test_a_wrong_decision_is_changed_by_saying_so_and_all_rows_are_read_anew(clerk: Desk):
    """PLN-21: the other reading is remembered from then on, and the stored values follow."""
    load(clerk, "Close Date", "03/04/2026", reads=[("Close Date", "mdy")])
    assert values(clerk, "day") == ["2026-03-04"]

    load(clerk, "Close Date", "03/04/2026", reads=[("Close Date", "dmy")])

    assert values(clerk, "day") == ["2026-04-03"]
    assert plan(clerk, "Close Date", "05/06/2026").plan.decisions[0].formats == ("dmy",)


def test_auto_forgets_what_was_decided(clerk: Desk):
    """PLN-21"""
    load(clerk, "Close Date", "31/03/2026")

    planned = plan(clerk, "Close Date", "03/31/2026", reads=[("Close Date", "auto")])

    assert said(planned)[0] == "month first"


def test_a_rollback_takes_the_decision_back(clerk: Desk):
    """PLN-21, ROL-2: a wrong decision is not in force once its import is undone."""
    run = load(clerk, "Close Date", "12/31/2026")
    assert plan(clerk, "Close Date", "03/04/2026").plan.decisions[0].formats == ("mdy",)

    run.rollback(by="ana")

    assert asked(clerk, "Close Date", "03/04/2026").code == "column-ambiguous"
    load(clerk, "Close Date", "31/12/2026")
    assert values(clerk, "day") == ["2026-12-31"]


def test_the_same_file_again_is_told_as_such_and_keeps_the_decision(clerk: Desk):
    """PLN-16, PLN-21"""
    first = plan(clerk, "Close Date", "31/03/2026", "03/04/2026")
    first.apply()
    again = plan(clerk, "Close Date", "31/03/2026", "03/04/2026")

    assert again.plan.content_run is not None
    assert again.plan.mapping.version == first.plan.mapping.version
    again.apply()
    assert plan(clerk, "Close Date", "05/06/2026").plan.decisions[0].formats == ("dmy",)


def test_a_saved_plan_keeps_its_decisions(clerk: Desk, tmp_path: Path):
    """PLN-24"""
    planned = plan(clerk, "Close Date", "31/03/2026")
    planned.save(tmp_path / "plan.json")

    opened = clerk.book.load_plan(tmp_path / "plan.json")

    assert opened.plan.decisions == planned.plan.decisions
    opened.apply()
    assert values(clerk, "day") == ["2026-03-31"]


def test_thousands_that_come_later_extend_the_decision(clerk: Desk):
    """PLN-21: they do not speak against it."""
    load(clerk, "Amount", "12.50")

    planned = plan(clerk, "Amount", "1,234", "950.25")

    assert (contradictions(planned), planned.counts["reject"]) == ([], 0)
    planned.apply()
    assert [float(each or "nan") for each in values(clerk, "amount")] == [1234.0, 950.25]


# ---------------------------------------------------------------- single wrong cells

CORPUS = Path(__file__).parents[2] / ".." / "shared" / "corpora" / "generated" / "text"

#: Where this product decides otherwise than the corpus, and why.
OTHERWISE = {
    "decimals.csv": {1: "38 digits are kept", 2: "no field here has a scale"},
    "ints.csv": {5: "1.0 is a float's rendering of a whole number (reading.md)"},
    "bools.csv": {8: "on is a boolean word", 7: "and t is none"},
    "dates.csv": {},
}


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the shared corpora are not beside this repository")
@pytest.mark.parametrize(
    ("name", "column", "field"),
    [
        ("dates.csv", "opened", "day"),
        ("decimals.csv", "amount", "amount"),
        ("ints.csv", "qty", "pieces"),
        ("bools.csv", "active", "active"),
    ],
)
@on_one_store
def test_single_wrong_cells_are_problems_of_their_rows(clerk: Desk, name: str, column: str, field: str):
    """CLN-1, CLN-3: no decision of a column makes a wrong cell right."""
    expected = json.loads((CORPUS / "expected.json").read_text(encoding="utf-8"))[name]["rows"]

    planned = clerk.book.plan(
        CORPUS / name,
        record_type="deal_note",
        source="OURS",
        strategy="merge",
        columns=[("external_id", "note"), (column, field)],
    )

    wrong = {line - 1 for line in rejected(planned)}
    assert wrong ^ set(expected) == set(OTHERWISE[name])


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the shared corpora are not beside this repository")
@on_one_store
def test_a_decimal_comma_alone_is_read_and_shown(clerk: Desk):
    """CLN-1"""
    planned = clerk.book.plan(
        CORPUS / "semicolon_decimal_comma.csv",
        record_type="deal_note",
        source="OURS",
        strategy="merge",
        columns=[("external_id", "note")],
    )

    shown = [each for each in planned.plan.decisions if each.shown]
    assert [(each.example, each.value, each.line) for each in shown] == [("1,50", "1.5", 2)]
