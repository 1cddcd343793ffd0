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
    assert encoding == Encoding(name="cp1252", guessed=True, word="Zoë")
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


@pytest.mark.parametrize("character", ["é", "€", "\U0001f600"])
@pytest.mark.parametrize("size", [1_000, 1024 * 1024])
def test_characters_that_pieces_cut_are_whole_and_faults_have_their_place(
    tmp_path: Path, character: str, size: int
) -> None:
    """REA-2: whether a block or a piece of it ends within a character."""
    path, utf8 = tmp_path / "a.csv", Encoding(name="utf-8")
    for lead in range(len(character.encode())):
        sound = b"a" * lead + character.encode() * 70_000
        path.write_bytes(sound)
        assert b"".join(text for _, text in utf8_blocks(path, utf8, size)) == sound
        for end in (b"\xffzz", character.encode()[:-1]):
            path.write_bytes(sound + end)
            with pytest.raises(Unreadable) as refusal:
                list(utf8_blocks(path, utf8, size))
            assert refusal.value.details["offset"] == len(sound)


@pytest.mark.parametrize("name", ["utf-16-le", "utf-16-be"])
def test_text_of_two_bytes_a_character_without_mark_is_read_where_it_is_certain(
    tmp_path: Path, name: str
) -> None:
    path = tmp_path / "t"
    path.write_bytes(TEXT.encode(name))
    encoding = find_encoding(path, None)
    assert encoding == Encoding(name=name, guessed=True)
    assert b"".join(text for _, text in utf8_blocks(path, encoding)).decode() == TEXT


def test_text_of_two_bytes_a_character_that_breaks_off_is_named_with_what_to_state(tmp_path: Path) -> None:
    path = tmp_path / "t"
    path.write_bytes(TEXT.encode("utf-16-le") + b"x")
    with pytest.raises(Unreadable) as refusal:
        find_encoding(path, None)
    assert (refusal.value.code, refusal.value.details["suggested"]) == ("encoding-error", "utf-16-le")
    assert find_encoding(path, "utf-16-le") == Encoding(name="utf-16-le")


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


#: Text → the code pages in which it is found again.
CODE_PAGES = {
    "id;nazwisko\n1;Wałęsa;Gdańsk\n2;Łódź\n3;Święcicki;Poznań\n4;Białystok\n": ("cp1250", "iso8859_2"),
    "id;jmeno\n1;Dvořák;Plzeň\n2;Nováková\n3;Růžička;Třebíč\n4;Příliš žluťoučký;Ústí\n": (
        "cp1250",
        "iso8859_2",
    ),
    "id,name\n1,Müller\n2,Größe\n3,Zoë\n4,Köln Straße\n": ("cp1252", "mac_roman"),
    "id,name\n1,Hélène Lefèvre\n2,François Brûlé\n3,Noël\n4,Été à l’hôtel\n": ("cp1252", "mac_roman"),
    "id,name\n1,Administración\n2,García Núñez\n3,Año\n": ("cp1252", "mac_roman"),
    "id,name\n1,Søren Kjær\n2,Århus\n3,Ærø\n": ("cp1252", "mac_roman"),
    "id,age,name\n1,39,Λεωνίδας\n2,23,Αλέξανδρος\n3,36,Μυρτώ\n": ("cp1253", "iso8859_7"),
    "id,name\n1,Иванов\n2,Петрова Анна\n3,Москва\n": ("cp1251", "koi8_r", "iso8859_5"),
    "id,name\n1,台北市信義區\n2,王小明\n3,高雄\n": ("big5", "gb18030"),
    "id,name\n1,東京都渋谷区\n2,田中さん\n3,カタカナ\n": ("shift_jis",),
    "id,amount\n1,£68\n2,€ 5\n3,“quoted” – so\n": ("cp1252",),
}


@pytest.mark.parametrize(
    ("text", "name"), [(text, name) for text, names in CODE_PAGES.items() for name in names]
)
def test_text_of_a_code_page_is_found_again_and_that_is_stated(tmp_path: Path, text: str, name: str) -> None:
    """REA-2: a code page is a guess, shown with a word."""
    path = tmp_path / "t"
    path.write_bytes(text.encode(name))
    encoding = find_encoding(path, None)
    assert b"".join(part for _, part in utf8_blocks(path, encoding)).decode() == text
    (warning,) = encoding.warnings()
    assert encoding.word in warning.message
    assert encoding.word in text


@pytest.mark.parametrize(
    ("text", "name", "word"),
    [
        ("id,name\n1,Erdős\n2,Szűcs Gergő\n", "cp1250", "Erdős"),
        ("id,name\n1,Şişli\n2,Ağrı\n", "cp1254", "Şişli"),
    ],
)
def test_what_reads_in_two_code_pages_is_stated_with_both(
    tmp_path: Path, text: str, name: str, word: str
) -> None:
    """REA-2: never silently wrong."""
    path = tmp_path / "t"
    path.write_bytes(text.encode(name))
    encoding = find_encoding(path, None)
    assert (encoding.name, encoding.guessed) == ("cp1252", True)
    assert (name, word) in encoding.others
    assert word in encoding.warnings()[0].message


@pytest.mark.parametrize(
    "content", ["Zoë\nMüller\n".encode() * 3 + b"Zo\xeb\n", b"id\nM\x9fller\n", b"\x90\x81\x8d\x9d\n"]
)
def test_text_that_fits_no_code_page_well_is_refused(tmp_path: Path, content: bytes) -> None:
    """REA-2: damaged UTF-8, and too little text to tell."""
    path = tmp_path / "t"
    path.write_bytes(content)
    with pytest.raises(Unreadable) as refusal:
        find_encoding(path, None)
    assert refusal.value.code == "encoding-error"


def test_a_few_nul_bytes_are_damage_and_many_make_a_file_no_text(tmp_path: Path) -> None:
    path = tmp_path / "t"
    path.write_bytes(b"id,name\n1,A\0B\n" * 5 + b"x" * 3000)
    assert find_encoding(path, None).name == "utf-8"
    path.write_bytes(b"\0\1\2\0\3abc" * 50)
    with pytest.raises(Unreadable) as refusal:
        find_encoding(path, None)
    assert refusal.value.code == "not-text"


def test_utf_16_without_its_mark_that_does_not_decode_is_refused_with_its_place(tmp_path: Path) -> None:
    """REA-2: also where no line can be counted."""
    path = tmp_path / "t"
    path.write_bytes(b"\x00\x00\x00\xdc")

    with pytest.raises(Unreadable) as refusal:
        list(utf8_blocks(path, Encoding(name="utf-16")))

    assert (refusal.value.code, refusal.value.details["line"]) == ("encoding-error", 1)
