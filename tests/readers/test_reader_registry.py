"""Files are told apart by what is in them, not by their names (REA-1, REA-6)."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from stocktake.model.errors import NotFound, Unreadable
from stocktake.model.options import ReadOptions
from stocktake.readers.registry import READERS, open_reading


def archive(member: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as packed:
        packed.writestr(member, "x")
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "format"),
    [
        (b"a,b\n1,2\n", "csv"),
        (b"a\tb\n1\t2\n", "tsv"),
        (b'[{"a": 1}]', "json"),
        (b'\xef\xbb\xbf \r\n\t{"a": [{"b": 1}]}', "json"),
        ('\ufeff[{"a": 1}]'.encode("utf-16-le"), "json"),
        (b'{"a": 1}\n{"a": 2}\n', "ndjson"),
        (b'\n{"a":\n{"a": 2}\n{"a": 3}\n', "ndjson"),
        (b'{"rows": [\n{"a": 1},\n{"a": 2}\n]}', "json"),
        (b"<TICKER>,<DATE>\nA,20260401\n", "csv"),
        (b"PK,name\n1,2\n", "csv"),
        (b"PAR1,name\n1,2\n", "csv"),
    ],
)
def test_a_file_is_read_as_what_it_is_whatever_it_is_called(
    tmp_path: Path, content: bytes, format: str
) -> None:
    """REA-1."""
    path = tmp_path / "export.xlsx"
    path.write_bytes(content)
    assert open_reading(path, ReadOptions()).layout.format == format


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0", "Office document"),
        (b"%PDF-1.7\n", "PDF"),
        (b"<?pi data?>\n<root/>", "XML"),
        (b"<!-- a -->\n<root/>", "XML"),
        (b'<schema xmlns="x">', "XML"),
        (b"<!DOCTYPE xmlbomb [", "XML"),
        (b"\n <!DOCTYPE html><html>", "HTML"),
        (b"\xef\xbb\xbf<html><table>", "HTML"),
        (b"<?xml version='1.0'?>", "XML"),
        (b"\x89PNG\r\n\x1a\n", "PNG"),
        (b"SQLite format 3\0", "SQLite"),
    ],
)
def test_says_in_plain_words_what_a_foreign_file_is_and_what_to_do(
    tmp_path: Path, content: bytes, word: str
) -> None:
    """REA-6."""
    path = tmp_path / "devices.csv"
    path.write_bytes(content)
    with pytest.raises(Unreadable) as refusal:
        open_reading(path, ReadOptions())
    assert refusal.value.code == "unknown-format"
    assert word in refusal.value.message
    assert refusal.value.hint


def test_a_workbook_is_known_by_its_parts_and_one_that_is_none_is_damaged(tmp_path: Path) -> None:
    """REA-1, REA-6."""
    path = tmp_path / "devices.csv"
    path.write_bytes(archive("xl/workbook.xml"))
    with pytest.raises(Unreadable) as refusal:
        open_reading(path, ReadOptions())
    assert refusal.value.code == "file-damaged"


def test_names_a_file_that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(NotFound) as refusal:
        open_reading(tmp_path / "gone.csv", ReadOptions())
    assert refusal.value.code == "file-not-found"


def test_the_reader_that_takes_any_text_is_asked_last(tmp_path: Path) -> None:
    takers = [reader.recognises(b"any text", tmp_path) for reader in READERS]
    assert takers == [False] * (len(READERS) - 1) + [True]
