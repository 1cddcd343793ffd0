"""What was written as JSON, NDJSON or Parquet, packed or not, reads back the same (REA-3).

What was damaged is read or refused in words (REL-11).
"""

from __future__ import annotations

import gzip
import json
import random
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import polars as pl
import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from stocktake.model.errors import Refusal
from stocktake.model.options import ReadOptions
from stocktake.readers.registry import open_reading
from tests.chance import times
from tests.readers.test_archive import PACKED

#: ``make soak`` lets these run so many times longer.

Row: TypeAlias = dict[str, Any]

_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
_VALUE = st.one_of(
    _TEXT,
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.decimals(allow_nan=False, allow_infinity=False, places=3),
)
_ROWS = st.lists(st.dictionaries(_TEXT, _VALUE, max_size=4), min_size=1, max_size=6)


def number_text(value: Any) -> str:
    """A number in JSON as it is written here: decimals keep their zeroes, unless nothing else follows the point."""
    text = format(value, "f")
    return text.removesuffix(".000") if text.endswith(".000") else text


def written(value: Any) -> str:
    """The value in JSON."""
    if value is None or isinstance(value, str | bool | int):
        return json.dumps(value)
    return format(value, "f")


def cell(value: Any) -> str:
    """The text that must come back."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    text = str(value) if isinstance(value, int) else number_text(value)
    return "0" if text == "-0" else text


def objects(rows: list[Row]) -> list[str]:
    return [
        "{" + ", ".join(f"{json.dumps(key)}: {written(value)}" for key, value in row.items()) + "}"
        for row in rows
    ]


def as_json(rows: list[Row]) -> bytes:
    return ("[" + ",\n".join(objects(rows)) + "]").encode()


def as_ndjson(rows: list[Row]) -> bytes:
    return ("\n".join(objects(rows)) + "\n").encode()


def packed(content: bytes, path: Path, kind: str) -> None:
    if kind == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("t.jsonl" if "jsonl" in path.name else "t", content)
    else:
        path.write_bytes(gzip.compress(content) if kind == "gzip" else content)


@settings(max_examples=times(100), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=_ROWS, lines=st.booleans(), kind=st.sampled_from(["plain", "gzip", "zip"]))
@example(rows=[{"a": "x"}, {}], lines=True, kind="gzip")
@example(rows=[{"0": None}], lines=True, kind="gzip")  # one line; its name alone tells that it is no document
def test_any_records_read_back_the_same(tmp_path: Path, rows: list[Row], lines: bool, kind: str) -> None:
    """REA-3, REA-5."""
    labels = tuple(dict.fromkeys(key for row in rows for key in row))
    assume(labels)
    path = tmp_path / (("t.jsonl" if lines else "t") + (".gz" if kind == "gzip" else ""))
    packed(as_ndjson(rows) if lines else as_json(rows), path, kind)
    reading = open_reading(path, ReadOptions())
    found = pl.concat(reading.batches()).drop("_row").rows()
    assert reading.layout.header == labels
    assert reading.layout.format == ("ndjson" if lines else "json")
    assert found == [
        (line, None, *(cell(row.get(key)) for key in labels)) for line, row in enumerate(rows, 1)
    ]


@settings(max_examples=times(4), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(
        st.tuples(_TEXT, st.none() | st.integers(-(2**63), 2**63 - 1), st.none() | st.booleans()), max_size=5
    ),
    kind=st.sampled_from(["plain", "gzip"]),
)
def test_any_frame_written_as_parquet_reads_back_the_same(
    tmp_path: Path, rows: list[tuple[Any, ...]], kind: str
) -> None:
    """REA-3, REA-5."""
    schema = {"text": pl.String, "number": pl.Int64, "word": pl.Boolean}
    path = tmp_path / "t"
    pl.DataFrame(rows, schema=schema, orient="row").write_parquet(path, row_group_size=2)
    packed(path.read_bytes(), path, kind)
    found = [
        row for batch in open_reading(path, ReadOptions()).batches() for row in batch.drop("_row").rows()
    ]
    assert found == [(line, None, *map(cell, row)) for line, row in enumerate(rows, 1)]


SEEDS: dict[str, bytes] = {
    "json": b'{"at": "x", "rows": [{"id": "k1", "n": 1.10, "o": {"a": [1, null]}}, {"id": "k\\u00e92", "n": -2e5}]}',
    "keyed": b'{"k1": {"n": 1}, "k2": {"n": 2}, "k3": {"n": [true]}}',
    "ndjson": b'{"id": "k1", "n": 1}\n{"id": "k2"}\n\n{"id": "k3", "o": {"a": "\xc3\xa9"}}\n',
    "utf-16": '[{"id": "é"}, {"id": "ü"}]'.encode("utf-16"),
}


def mutants(seed: bytes, chance: random.Random, number: int) -> Iterator[bytes]:
    """Copies with bytes flipped, cut out, doubled, or replaced by what JSON is made of."""
    spice = [
        b"{",
        b"}",
        b"[",
        b"]",
        b'"',
        b"\\",
        b",",
        b":",
        b"\n",
        b"\0",
        b"\xff",
        b"1e9",
        b"-",
        b"NaN",
        b"\\ud800",
        b"{}",
    ]
    for _ in range(number):
        found = bytearray(seed)
        for _ in range(chance.randint(1, 4)):
            at = chance.randrange(len(found) + 1)
            end = min(len(found), at + chance.randint(0, 6))
            found[at:end] = chance.choice(
                [b"", bytes([chance.randrange(256)]), bytes(found[at:end]) * 2, chance.choice(spice)]
            )
        yield bytes(found)


@pytest.mark.chance
@pytest.mark.parametrize("name", SEEDS)
def test_a_damaged_document_is_read_or_refused_in_words(name: str, tmp_path: Path) -> None:
    """REL-11: no crash, whatever a byte here and there does."""
    check_mutants(SEEDS[name], tmp_path / "t", random.Random(name), times(300))


@pytest.mark.chance
def test_a_damaged_parquet_file_is_read_or_refused_in_words(tmp_path: Path) -> None:
    """REL-11: in a child process each, hence few."""
    path = tmp_path / "t"
    pl.DataFrame({"id": range(50), "n": ["x", None] * 25, "s": [{"a": 1}] * 50}).write_parquet(path)
    check_mutants(path.read_bytes(), path, random.Random("parquet"), times(6))


@pytest.mark.chance
@pytest.mark.parametrize("kind", PACKED)
def test_a_damaged_archive_is_read_or_refused_in_words(kind: str, tmp_path: Path) -> None:
    """REL-11: however a file is packed."""
    content = PACKED[kind](b'{"id": 1}\n{"id": 2}\n')
    check_mutants(content, tmp_path / "t", random.Random(kind), times(300))


def check_mutants(seed: bytes, path: Path, chance: random.Random, number: int) -> None:
    for mutant in mutants(seed, chance, number):
        path.write_bytes(mutant)
        refusal = refused(lambda: open_reading(path, ReadOptions()).batches())
        if refusal is not None:
            assert refusal.code
            assert refusal.message
            assert refusal.hint


def refused(batches: Callable[[], Iterator[pl.DataFrame]]) -> Refusal | None:
    try:
        for batch in batches():
            assert batch.columns[:3] == ["_row", "_line", "_fault"]
            assert batch.drop("_fault").null_count().sum_horizontal().item() == 0
    except Refusal as refusal:
        return refusal
    return None
