"""Records and rejected rows as files, upkeep, and HEAD."""

from __future__ import annotations

import io
from functools import partial, reduce
from typing import Any

import polars as pl

from stocktake.catalog.packs import pack_samples
from tests.interfaces.http.conftest import OWN, Served, Traveller

NINJAONE = pack_samples("it_assets")["ninjaone-1.csv"].read_bytes()


def test_all_records_that_a_list_finds_come_as_one_file(served: Served, journey: Traveller):
    """CSV, a workbook or Parquet; the same words narrow it as narrow the list."""
    journey("operator").imported(NINJAONE)
    viewer = served.as_("viewer")
    total = viewer.get(f"{OWN}/records/device").json()["total"]
    told = {form: viewer.get(f"{OWN}/records/device/export", params={"format": form}) for form in _READERS}
    assert {
        form: read(io.BytesIO(told[form].content)).height for form, read in _READERS.items()
    } == dict.fromkeys(_READERS, total)
    assert told["xlsx"].headers["content-disposition"] == 'attachment; filename="device.xlsx"'
    assert int(told["csv"].headers["content-length"]) == len(told["csv"].content)
    some = viewer.get(f"{OWN}/records/device/export", params={"where": "name=LT-0101"})
    assert pl.read_csv(some.content)["name"].to_list() == ["LT-0101"]


_READERS: dict[str, Any] = {
    "csv": pl.read_csv,
    "parquet": pl.read_parquet,
    "xlsx": partial(pl.read_excel, engine="openpyxl"),
}


def test_a_spreadsheet_runs_nothing_of_an_export(served_sqlite: Served, journey_sqlite: Traveller):
    """SEC-10: what begins like a formula stands behind an apostrophe, unless every byte is asked for."""
    journey_sqlite("operator").imported(NINJAONE.replace(b"LT-0101", b"=1+1"))
    viewer = served_sqlite.as_("viewer")
    assert ",'=1+1," in viewer.get(f"{OWN}/records/device/export").text
    exact = viewer.get(f"{OWN}/records/device/export", params={"exact": True}).text
    assert ",=1+1," in exact


def test_rejected_rows_come_as_a_file_to_be_mended(served: Served, journey: Traveller):
    """ERR-3"""
    lines = NINJAONE.decode().splitlines()
    lines.append(lines[1])
    content = "\n".join(lines).encode()
    done = journey("operator").imported(content, duplicates="first", on_error="reject-rows")
    answer = served.as_("viewer").get(f"{OWN}/runs/{done['run_id']}/errors/file")
    assert answer.status_code == 200
    header = answer.text.splitlines()[0].split(",")
    assert header[-3:] == ["_line", "_code", "_message"]
    assert len(answer.text.splitlines()) == 1 + done["counts"]["reject"]


def test_upkeep_is_previewed_and_done(served: Served, journey: Traveller):
    """BAC-3, LIN-5: what is not old enough stays, and what lacks nothing is left alone."""
    journey("operator").imported(NINJAONE)
    admin = served.as_("admin")
    assert admin.get(f"{OWN}/backfills/presence-links").json() == {
        "status": "planned",
        "parts": [],
        "runs": [],
    }
    assert admin.post(f"{OWN}/backfills/presence-links", json={}).json()["runs"] == []
    seen = admin.get(f"{OWN}/raw-rows/pruning", params={"older_than": "90d"}).json()
    assert (seen["status"], seen["runs"]) == ("planned", [])
    assert admin.post(f"{OWN}/raw-rows/pruning", json={"older_than": "soon"}).json()["code"] == "bad-option"


def test_head_is_answered_as_get_without_the_body(served_sqlite: Served):
    viewer = served_sqlite.as_("viewer")
    got, headed = viewer.get(f"{OWN}/runs"), viewer.head(f"{OWN}/runs")
    assert (headed.status_code, headed.content) == (200, b"")
    assert headed.headers["content-length"] == got.headers["content-length"]
    assert viewer.head(f"{OWN}/runs/99").status_code == 404
    assert viewer.request("OPTIONS", f"{OWN}/runs").headers["allow"] == "GET"


def test_rows_that_a_plan_leaves_out_are_listed_and_come_as_a_file_before_anything_is_written(
    served: Served, journey: Traveller
):
    """ERR-2, ERR-3, INT-1: in their own columns, with what is wrong; the same afterwards, as those of the run."""
    lines = NINJAONE.decode().splitlines()
    bad = {"2027-04-30": "no day", "5CG3120QPD": "5CG3120QXX", "LT-0101": "LT-0999", "LT0101": "LT0999"}
    lines.append(reduce(lambda line, each: line.replace(*each), bad.items(), lines[1]))
    operator, viewer = journey("operator"), served.as_("viewer")
    place, preview = operator.preview("\n".join(lines).encode(), on_error="reject-rows")
    count = preview.json()["counts"]["reject"]
    assert count == 1
    listed = viewer.get(f"{place}/errors", params={"page_size": 1}).json()
    (row,) = listed["items"]
    assert (listed["total"], row["decision"], row["values"]["Warranty End Date"]) == (
        count,
        "reject",
        "no day",
    )
    assert "Warranty End Date" in row["reason"]
    file = viewer.get(f"{place}/errors/file")
    assert file.headers["content-disposition"].startswith('attachment; filename="rejected-rows-of-import-')
    assert len(file.text.splitlines()) == 1 + count
    assert viewer.get(f"{OWN}/records/device").json()["total"] == 0

    operator.client.post(f"{place}/confirm?wait=60", json={"plan_id": preview.json()["plan_id"]})
    assert viewer.get(f"{place}/errors", params={"page_size": 1}).json()["total"] == count
    assert viewer.get(f"{place}/errors/file").text == file.text
