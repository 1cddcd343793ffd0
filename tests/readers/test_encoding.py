"""Encodings are proved, stated or refused; never silently wrong (REA-2)."""

from __future__ import annotations

import codecs
from pathlib import Path

import pytest

from stocktake.model.errors import InvalidInput, Unreadable
from stocktake.readers.encoding import Encoding, find_encoding, utf8_blocks

TEXT = "id,name\nk1,Zoë\nk2,Müller €\n"


def test_knows_the_encoding_by_its_byte_order_mark(tmp_path: Path) -> None:
    marks = {
        "utf-8-sig": codecs.BOM_UTF8 + TEXT.encode(),
        "utf-16-le": codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le"),
        "utf-16-be": codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"),
        "utf-32-le": codecs.BOM_UTF32_LE + TEXT.encode("utf-32-le"),
        "utf-32-be": codecs.BOM_UTF32_BE + TEXT.encode("utf-32-be"),
    }
    for name, content in marks.items():
        path = tmp_path / name
        path.write_bytes(content)
        encoding = find_encoding(path, None)
        for size in (1, 3, 1000):
            blocks = list(utf8_blocks(path, encoding, size))
            assert b"".join(block for block, _ in blocks) == content
            assert b"".join(text for _, text in blocks).decode() == TEXT
        assert encoding == Encoding(name=name)


def test_accents_that_stand_alone_are_windows_1252_and_that_is_stated(tmp_path: Path) -> None:
    path = tmp_path / "t"
    path.write_bytes(TEXT.encode("cp1252"))
    encoding = find_encoding(path, None)
    assert encoding == Encoding(name="cp1252", guessed=True)
    assert [warning.code for warning in encoding.warnings()] == ["encoding-guessed"]


def test_a_file_that_is_ascii_until_deep_inside_is_still_known(tmp_path: Path) -> None:
    path = tmp_path / "t"
    path.write_bytes(b"id,name\n" + b"k,plain\n" * 2_000_000 + "k,Müller\n".encode("cp1252"))
    assert find_encoding(path, None).name == "cp1252"


@pytest.mark.parametrize(
    ("content", "offset", "line"),
    [
        (b"a\nZo\xc3\xab\nZo\xeb,1\n", 9, 3),
        (b"a\n\xc0\xaf\n", 2, 2),
        (b"a\n\xed\xa0\x80\n", 2, 2),
        (b"a\r\nBj\xc3", 5, 2),
        (b"a\rb\rx\x81y", 5, 3),
        (b"a\n\x89\xdb\xaa\n", 2, 2),
    ],
    ids=["mixed", "overlong", "surrogate", "cut off", "not in Windows-1252", "runs"],
)
def test_what_is_neither_utf_8_nor_plainly_windows_1252_is_refused(
    tmp_path: Path, content: bytes, offset: int, line: int
) -> None:
    path = tmp_path / "t"
    path.write_bytes(content)
    with pytest.raises(Unreadable) as refusal:
        find_encoding(path, None)
    assert refusal.value.code == "encoding-error"
    assert (refusal.value.details["offset"], refusal.value.details["line"]) == (offset, line)
    assert f"offset {offset}" in refusal.value.message


@pytest.mark.parametrize("size", [1, 2, 5, 1000])
def test_names_the_place_in_wide_text_too(tmp_path: Path, size: int) -> None:
    path = tmp_path / "t"
    path.write_bytes("\ufeffa\nb\n".encode("utf-16-le") + b"\x00\xdc" + "c\n".encode("utf-16-le"))
    with pytest.raises(Unreadable) as refusal:
        list(utf8_blocks(path, find_encoding(path, None), size))
    assert (refusal.value.details["offset"], refusal.value.details["line"]) == (10, 3)


def test_text_of_two_bytes_a_character_without_mark_is_named_with_what_to_state(tmp_path: Path) -> None:
    path = tmp_path / "t"
    path.write_bytes(TEXT.encode("utf-16-le"))
    with pytest.raises(Unreadable) as refusal:
        find_encoding(path, None)
    assert (refusal.value.code, refusal.value.details["suggested"]) == ("encoding-error", "utf-16-le")
    stated = find_encoding(path, "utf-16-le")
    assert b"".join(text for _, text in utf8_blocks(path, stated)).decode() == TEXT


@pytest.mark.parametrize("size", [1, 4, 1000])
def test_nul_characters_make_a_file_no_text(tmp_path: Path, size: int) -> None:
    path = tmp_path / "t"
    path.write_bytes("id,name\nké,A\0B\n".encode())
    with pytest.raises(Unreadable) as refusal:
        list(utf8_blocks(path, Encoding(name="utf-8"), size))
    assert (refusal.value.code, refusal.value.details["line"], refusal.value.details["offset"]) == (
        "not-text",
        2,
        13,
    )


def test_the_operators_word_goes_before_every_guess(tmp_path: Path) -> None:
    path = tmp_path / "t"
    path.write_bytes("ő,ű\n".encode("cp1250"))
    encoding = find_encoding(path, "CP1250")
    assert encoding == Encoding(name="cp1250")
    assert b"".join(text for _, text in utf8_blocks(path, encoding)).decode() == "ő,ű\n"


@pytest.mark.parametrize("wrong", ["klingon", "base64", "", "utf-8\0"])
def test_refuses_an_encoding_that_is_none(tmp_path: Path, wrong: str) -> None:
    path = tmp_path / "t"
    path.write_text("a")
    with pytest.raises(InvalidInput) as refusal:
        find_encoding(path, wrong)
    assert refusal.value.code == "unknown-encoding"
