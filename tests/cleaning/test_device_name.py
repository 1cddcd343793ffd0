"""Make, model and storage of a device, from its name (CLN-2; packs.md: Telus and Rogers)."""

import csv
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stocktake.cleaning.cell import composed, trimmed
from stocktake.cleaning.cleaner import resolve
from stocktake.cleaning.device_name import device_names
from tests.chance import times

CASES = Path(__file__).parent / "cases" / "device_names.csv"
PARTS = ("make", "model", "storage")


def cases() -> list[dict[str, str]]:
    with CASES.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("case", cases(), ids=lambda case: case["name"])
def test_a_name_tells_make_model_and_storage_and_no_more_than_it_says(case, told):
    """CLN-2: nothing is guessed; what tells no known make is the model as it stands."""
    assert told[case["name"]] == {part: case[part] for part in PARTS}


@pytest.fixture(scope="module")
def told() -> dict[str, dict[str, str]]:
    names = pl.DataFrame({"name": [case["name"] for case in cases()]})
    cell = composed(trimmed(pl.col("name")))
    parts = names.select("name", **{part: resolve(f"device_{part}")(cell) for part in PARTS})
    return {row.pop("name"): row for row in parts.to_dicts()}


def test_there_are_at_least_150_names_in_the_case_file():
    assert len({case["name"] for case in cases()}) >= 150


@settings(max_examples=times(30))
@given(st.lists(st.text(max_size=40), min_size=1, max_size=200))
def test_any_text_is_told_without_a_failure_and_a_text_of_no_known_make_stays(texts):
    """CLN-3."""
    names = pl.Series([each.strip() for each in texts], dtype=pl.String)
    found = device_names(names)
    assert found.null_count().sum_horizontal().item() == 0
    for name, make, model in zip(names, found["make"], found["model"], strict=True):
        if make == "" and name.isascii() and name.isalnum():
            assert model == name


def test_a_name_is_parsed_once_however_many_rows_have_it():
    cells = pl.DataFrame({"cell": ["IPDP11", None, "S21 Grey - 128GB"] * 1000})

    models = cells.select(resolve("device_model")(pl.col("cell"))).to_series()

    assert models.to_list() == ["iPad Pro 11", None, "Galaxy S21"] * 1000
