"""The delimiter is found from how regular the lines are (REA-2)."""

from __future__ import annotations

import pytest

from stocktake.model.errors import InvalidInput
from stocktake.readers.dialect import SAMPLE_CHARACTERS, find_dialect


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("line", ["a{0}b{0}c", '"a"{0}"b"{0}"c"', '{0}"x, y; z|"{0}', '"1,2"{0}"{0}"{0}""'])
def test_finds_the_delimiter_whatever_is_quoted(delimiter: str, line: str) -> None:
    text = "\n".join([f"id{delimiter}name{delimiter}note", *[line.format(delimiter)] * 5])
    assert find_dialect(text, None, whole=True).delimiter == delimiter


def test_finds_a_delimiter_that_blanks_could_hide() -> None:
    assert find_dialect('"a"\t"b"\n"1"\t"2"\n', None, whole=True).delimiter == "\t"


def test_decimal_commas_do_not_make_a_comma_the_delimiter() -> None:
    assert find_dialect("id;amount\nk1;1,50\nk2;2,50\n", None, whole=True).delimiter == ";"


def test_prose_full_of_commas_does_not_outvote_the_header() -> None:
    text = "id|text\n" + "".join(f"k{n}|one, two, three{', four' * (n % 3)}\n" for n in range(20))
    assert find_dialect(text, None, whole=True).delimiter == "|"


def test_cells_over_several_lines_do_not_disturb() -> None:
    text = "id;text\n" + 'k;"Dear Ann,\nthanks, and bye,\nBob"\n' * 20
    assert find_dialect(text, None, whole=True).delimiter == ";"


def test_a_file_of_one_column_has_a_comma_for_want_of_another() -> None:
    assert find_dialect("id\nk1\nk2\n", None, whole=True).delimiter == ","


def test_a_line_cut_off_by_the_sample_proves_nothing() -> None:
    line = "a;b;" + "c" * 996 + "\n"
    text = line * (SAMPLE_CHARACTERS // len(line) + 1)
    assert find_dialect(text, None, whole=False).delimiter == ";"


@pytest.mark.parametrize("line", ["sep=;\n", '"sep=;"\r\n', "SEP=;\n"])
def test_a_sep_line_of_excel_is_a_hint_and_not_a_row(line: str) -> None:
    dialect = find_dialect(line + "a,b;c,d\n", None, whole=True)
    assert (dialect.delimiter, dialect.skipped) == (";", len(line))


@pytest.mark.parametrize("spelled", ["\t", "tab", "TAB", "\\t"])
def test_the_operator_may_spell_a_tab(spelled: str) -> None:
    assert find_dialect("a,b", spelled, whole=True).delimiter == "\t"


@pytest.mark.parametrize("wrong", ["", ",,", '"', "\n", "\r", "\0", "\ud800"])
def test_refuses_a_delimiter_that_cannot_stand_between_cells(wrong: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        find_dialect("a,b", wrong, whole=True)
    assert refusal.value.code == "bad-delimiter"
