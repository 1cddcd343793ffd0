"""What inspect says of JSON and of packed files (INT-11, REA-1, REA-2)."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

RANGES = {"at": "x", "v4": [{"id": "1"}], "v6": [{"id": "2"}, {"id": "3"}]}


def test_inspect_tells_how_a_file_is_packed_and_which_array_was_read(samples: Path, stocktake) -> None:
    """REA-1, REA-2: several arrays are named, one is chosen, or all of them are read."""
    with zipfile.ZipFile(samples / "ranges.zip", "w") as archive:
        archive.writestr("ranges.json", json.dumps(RANGES))
    refused = stocktake("inspect ranges.zip --json")
    assert (refused.code, refused.document["error"]["code"]) == (3, "several-arrays")
    shown = stocktake("inspect ranges.zip --sheet v6 --json").document
    assert (shown["format"], shown["compression"], shown["member"]) == ("json", "zip", "ranges.json")
    assert (shown["sheet"], shown["sheets"], shown["rows"]) == ("v6", ["v4", "v6"], 2)
    said = " ".join(stocktake("inspect ranges.zip --sheet v6").out.split())
    assert "packed with zip (ranges.json)" in said
    assert "array v6 (others: v4)" in said
    assert "arrays v4, v6" in " ".join(stocktake("inspect ranges.zip --sheet *").out.split())


def test_a_document_in_an_archive_is_planned_line_by_line(samples: Path, stocktake) -> None:
    """REA-1, REA-4: a broken line is named, the others are read."""
    lines = ['{"Serial Number": "a1"}', '{"Serial Number": "a2",', '{"Serial Number": "a3"}']
    with zipfile.ZipFile(samples / "devices.zip", "w") as archive:
        archive.writestr("devices", "\n".join(lines) + "\n")
    planned = stocktake(
        "plan devices.zip --type device --source NINJAONE --on-error reject-rows --json"
    ).document
    assert [(each["row"], each["code"]) for each in planned["errors"]] == [(2, "not-json")]
    assert planned["counts"]["create"] == 2
