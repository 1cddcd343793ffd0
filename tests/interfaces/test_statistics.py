"""What columns say, on the command line: a table, a document, and what a run keeps (CLN-4)."""

from __future__ import annotations

import pytest

DEALS = "--type deal --source HUBSPOT --strategy merge"
HEAD = "Record ID,Deal Name,Deal Stage,Amount,Close Date,Pipeline\n"
KEYS = [
    "field",
    "column",
    "type",
    "rows",
    "filled",
    "minimum",
    "maximum",
    "sum",
    "misfits",
    "distinct",
    "frequent",
    "shortest",
    "longest",
]


def deals(count: int, times: int = 1) -> str:
    rows = (
        f"{n},Deal {n},{'Closed Won' if n % 4 else 'Negotiation'},{n * 1000 * times}.5,2026-03-{n % 28 + 1:02},\n"
        for n in range(1, count + 1)
    )
    return HEAD + "".join(rows)


@pytest.fixture
def sold(stocktake, write):
    write("deals.csv", deals(12))
    write("cents.csv", deals(12, 100))
    write("large.csv", deals(10_001))
    return stocktake


def table(shown: str) -> dict[str, str]:
    """Column → its line of the table of columns."""
    part = shown.partition("What the columns say\n")[2].partition("\n\n")[0]
    return {line.strip().partition("  ")[0]: line for line in part.splitlines()}


def test_a_preview_shows_a_line_for_every_column_that_is_not_empty(sold):
    """CLN-4"""
    found = table(sold(f"plan deals.csv {DEALS}").out)

    assert "Pipeline" not in found
    assert found["Amount"].split(maxsplit=3) == ["Amount", "all", "12", "1,000.5 to 12,000.5, in all 78,006"]
    assert found["Close Date"].endswith("2026-03-02 to 2026-03-13")
    assert found["Deal Name"].endswith("all different, of 6 to 7 characters")
    assert found["Deal Stage → stage"].endswith("Closed Won (9), Negotiation (3)")


def test_large_files_are_counted_when_asked(sold):
    """CLN-4"""
    short = sold(f"plan large.csv {DEALS}")
    long = sold(f"import large.csv {DEALS} --dry-run --statistics")

    assert "--statistics counts" in short.out
    assert "10,001" not in table(short.out)["Deal Name"]
    assert "all different" in table(long.out)["Deal Name"]
    assert "--statistics counts" not in long.out


def test_the_document_has_the_same_numbers(sold):
    """CLN-4: null where they were not counted."""
    short = sold(f"plan large.csv {DEALS} --json").document["statistics"]
    long = sold(f"plan large.csv {DEALS} --json --statistics").document["statistics"]

    assert [list(each) for each in short] == [KEYS] * len(long)
    amount, counted = (next(each for each in told if each["field"] == "amount") for told in (short, long))
    assert (amount["minimum"], amount["distinct"], amount["frequent"]) == ("1000.5", None, None)
    assert (counted["distinct"], counted["frequent"][0]) == (10_001, {"value": "1000.5", "count": 1})


def test_cents_taken_for_dollars_are_told_and_can_be_applied(sold):
    """CLN-4"""
    sold(f"import deals.csv {DEALS} --yes")

    done = sold(f"import cents.csv {DEALS} --yes")

    told = (
        "Amount adds up to 7,800,006 (12 numbers); in the source's last import, run 1, to 78,006 (12). It is about 100 "
        "times as much: has a decimal mark gone lost, or the unit changed?"
    )
    assert told in done.out
    assert done.code == 0


def test_a_run_tells_what_its_numbers_add_up_to(sold):
    """CLN-4"""
    sold(f"import deals.csv {DEALS} --yes")

    assert "What its numbers add up to" in sold("run show 1").out
    assert sold("run show 1 --json").document["totals"] == [
        {"field": "amount", "numbers": 12, "sum": "78006", "order": 3}
    ]
