"""The picture of a waterfall fits a page and says in words what it shows (HIS-6)."""

from __future__ import annotations

from itertools import pairwise
from xml.etree import ElementTree

import polars as pl
import pytest

from stocktake.model.record_type import Field, FieldType, RecordType
from stocktake.reporting.period import FIRST, Period, Point
from stocktake.reporting.track import tracks_of
from stocktake.reporting.waterfall import Waterfall, waterfall

SPACE = "{http://www.w3.org/2000/svg}"
DEAL = RecordType(
    name="deal",
    title="Deal",
    plural="Deals",
    fields=(Field(name="stage", type=FieldType.TEXT), Field(name="amount", type=FieldType.DECIMAL)),
    tracked=("stage", "amount"),
)
BEGIN = Point(at="2026-11-02", run_id=1, place=1)
END = Point(at="2026-11-30", place=FIRST)
LONG = "Contract sent, waiting for legal and procurement to agree on the liability cap"


def told(stages: list[str], *, moves: bool = True) -> Waterfall:
    """A deal of 50,000 per stage before the first point; then the first moves on, one enters, and one leaves."""
    lines = [(place, "2026-11-01", 0, stage, "50000", True) for place, stage in enumerate(stages)]
    if moves:
        lines += [
            (0, "2026-11-09", 2, stages[-1], "50000", True),
            (len(stages) - 1, "2026-11-09", 2, stages[-1], "50000", False),
            (99, "2026-11-09", 2, stages[0], "12500.50", True),
        ]
    columns = ("record_id", "at", "run_id", "value", "amount", "there")
    course = pl.DataFrame(sorted(lines), schema=columns, orient="row").with_columns(
        pl.col("run_id").cast(pl.Int64)
    )
    period = Period(label="", begin=BEGIN, end=END)
    return waterfall(
        tracks_of(course, DEAL["amount"]), DEAL, [period], field="stage", amount="amount", by=None
    )


def drawn(found: Waterfall) -> ElementTree.Element:
    return ElementTree.fromstring(found.svg())


def texts(picture: ElementTree.Element) -> list[str]:
    return [each.text or "" for each in picture.iter(f"{SPACE}text")]


def test_the_whole_stands_in_one_line_above_the_panels():
    said = texts(drawn(told(["Lead", "Proposal", "Won"])))

    assert said[0] == "Deals by stage: amount"
    assert said[1] == "150 k → 112.5 k: +12.5 k entered, −50 k left"
    assert said[2].startswith("From run 1 (2026-11-02")


def test_where_nothing_moves_it_says_so():
    said = texts(drawn(told(["Lead", "Won"], moves=False)))

    assert said[1] == "100 k → 100 k: nothing came or went"
    assert said.count("0") == 2 * 5


@pytest.mark.parametrize(("count", "lines"), [(1, 1), (3, 1), (4, 2), (7, 3)])
def test_panels_begin_a_new_line_so_that_the_whole_keeps_the_shape_of_a_page(count: int, lines: int):
    """HIS-6: however many stages there are, no wider than a slide."""
    picture = drawn(told([f"Stage {place}" for place in range(count)]))

    titles = [each for each in picture.iter(f"{SPACE}text") if each.get("class") == "panel"]
    assert len({each.get("y") for each in titles}) == lines
    assert len(titles) == count
    assert float(picture.get("width", 0)) <= 1400


def test_everything_stands_on_the_paper_and_no_two_texts_on_each_other():
    """Numbers and words beside each other never touch, at some six pixels a letter."""
    picture = drawn(told([LONG, *(f"Stage {place}" for place in range(5))]))
    width, height = (float(picture.get(name, 0)) for name in ("width", "height"))
    boxes = []
    for each in picture.iter(f"{SPACE}text"):
        long = len(each.text or "") * (6 if each.get("class") == "small" else 7)
        x, y = float(each.get("x", 0)), float(each.get("y", 0))
        left = x - long / 2 if each.get("text-anchor") == "middle" else x
        boxes.append((y, left, left + long))

    assert all(0 < y < height and left >= 0 and right <= width for y, left, right in boxes)
    for y in {box[0] for box in boxes}:
        beside = sorted((left, right) for at, left, right in boxes if at == y)
        assert all(one[1] <= other[0] + 2 for one, other in pairwise(beside)), y


def test_a_long_stage_is_shortened_with_its_whole_name_at_its_bars():
    picture = drawn(told([LONG, "Won"]))

    assert any(each.endswith("…") and LONG.startswith(each[:-1]) for each in texts(picture))
    assert f"{LONG}: begin 50 k" in [each.text for each in picture.iter(f"{SPACE}title")]


def test_it_turns_dark_where_the_reader_is():
    assert "prefers-color-scheme:dark" in told(["Lead"]).svg()


def test_an_empty_waterfall_is_a_picture_too():
    empty = told(["Lead"], moves=False)
    nothing = Waterfall(
        record_type=DEAL,
        field="stage",
        amount=None,
        by=None,
        periods=empty.periods,
        steps=empty.steps.clear(),
        moves=empty.moves.clear(),
    )

    assert texts(drawn(nothing))[1] == "No deals in that time."


def test_within_a_page_its_colours_are_the_stylesheets_and_patterns_tell_bars_apart():
    """HIS-6: nothing is styled from within, which a strict policy forbids."""
    svg = told(["Lead", "Won"]).svg(within_page=True)

    assert "<style" not in svg
    assert " style=" not in svg
    picture = ElementTree.fromstring(svg)
    fills = {each.get("class"): each.get("fill") for each in picture.iter(f"{SPACE}rect")}
    assert (fills["in"], fills["out"]) == ("url(#picture-in)", "url(#picture-out)")
    known = {each.get("id") for each in picture.iter()}
    assert {"picture-in", "picture-out", *(picture.get("aria-labelledby") or "").split()} <= known


def test_a_part_of_its_periods_is_a_waterfall_of_its_own():
    """HIS-9: its numbers are those of the whole."""
    points = [Point(at=f"2026-11-{day:02}", place=FIRST) for day in (1, 8, 15, 22)]
    periods = [
        Period(label=f"week {place}", begin=one, end=other)
        for place, (one, other) in enumerate(pairwise(points))
    ]
    lines = [(place, f"2026-11-{place + 2:02}", place, "Lead", "1", True) for place in range(20)]
    columns = ("record_id", "at", "run_id", "value", "amount", "there")
    course = pl.DataFrame(lines, schema=columns, orient="row")
    whole = waterfall(
        tracks_of(course, DEAL["amount"]), DEAL, periods, field="stage", amount="amount", by="week"
    )

    part = whole.part(1, 5)

    assert [each.label for each in part.periods] == ["week 1", "week 2"]
    assert part.steps["begin"].to_list() == whole.steps["begin"].to_list()[1:]
    assert part.steps["period"].to_list() == [0, 1]
    assert part.totals["end"].to_list() == whole.totals["end"].to_list()[1:]
    assert "week 2" in texts(drawn(part))
    assert whole.part(9, 5).periods == ()
