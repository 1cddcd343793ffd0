"""Lines as they read in each of several encodings, for people who choose one (REA-2)."""

from __future__ import annotations

import gzip

import pytest

from stocktake.readers.raw_text import RawReading, raw_readings

NAMES = ("utf-8", "cp1252", "iso-8859-1", "cp1251", "utf-16")


def by_name(readings: tuple[RawReading, ...]) -> dict[str, list[str]]:
    return {each.encoding: [text for _, text in each.lines] for each in readings}


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_line_reads_otherwise_in_each_encoding_and_those_that_read_alike_stand_together(tmp_path, pack):
    path = tmp_path / "any"
    path.write_bytes(pack("name;city\nplain;Bonn\nM\u00fcller;K\u00f6ln\n".encode("cp1252")))

    found = raw_readings(path, NAMES)

    assert by_name(found[:2]) == {
        "cp1252": ["name;city", "M\u00fcller;K\u00f6ln"],
        "cp1251": ["name;city", "M\u044cller;K\u0446ln"],
    }
    assert found[0].others == ("iso-8859-1",)
    assert [number for number, _ in found[0].lines] == [1, 3]
    assert (found[-1].encoding, found[-1].replaces) == ("utf-8", True)
    assert found[-1].lines[-1] == (3, "M\ufffdller;K\ufffdln")


def test_an_encoding_that_the_rest_of_the_file_does_not_have_is_left_out(tmp_path):
    path = tmp_path / "any.csv"
    path.write_bytes(b"name\n" + "Zo\u00eb\n".encode() + b"x\n" * 40_000 + b"Zo\xeb \x81\n")

    found = raw_readings(path, NAMES, offset=5 + 6 + 80_000 - 1, line=40_003)

    assert "cp1252" not in by_name(found)  # it has no 0x81
    assert "cp1251" in by_name(found)
    assert found[-1].lines == ((1, "name"), (2, "Zo\u00eb"), (40_003, "Zo\ufffd \ufffd"))


def test_text_of_two_bytes_for_a_character_is_read_as_such(tmp_path):
    path = tmp_path / "any.csv"
    path.write_bytes("name\nM\u00fcller\n".encode("utf-16-le"))

    assert by_name(raw_readings(path, ["utf-16-le"]))["utf-16-le"] == ["name", "M\u00fcller"]


def test_without_a_place_the_lines_around_one_are_told_and_long_ones_are_cut(tmp_path):
    path = tmp_path / "any.csv"
    path.write_bytes(b"a" * 1_000 + b"\n" + b"\n".join(b"line %d" % n for n in range(2, 30)))

    (found,) = raw_readings(path, ["utf-8"], offset=None, line=12)

    assert [number for number, _ in found.lines] == list(range(8, 18))
    (first,) = raw_readings(path, ["utf-8"])
    assert first.lines == ((1, "a" * 160 + " \u2026"),)
