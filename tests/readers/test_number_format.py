"""What a number format says of the numbers it shows (REA-3)."""

from __future__ import annotations

import pytest

from stocktake.readers.number_format import Shows, builtin_format, number_format


@pytest.mark.parametrize(
    ("code", "shows"),
    [
        ("General", Shows.NUMBER),
        ("0", Shows.NUMBER),
        ("0.00", Shows.NUMBER),
        ("#,##0", Shows.NUMBER),
        ("0.00E+00", Shows.NUMBER),
        ("0%", Shows.NUMBER),
        ("@", Shows.NUMBER),
        ('0 "days"', Shows.NUMBER),
        ("[$€-407] #,##0.00", Shows.NUMBER),
        ("[Red]0.0", Shows.NUMBER),
        ("yyyy-mm-dd", Shows.DATE),
        ("mmm-yy", Shows.DATE),
        ("[$-409]d-mmm-yy;@", Shows.DATE),
        ('yyyy"年"m"月"d"日"', Shows.DATE),
        ("m/d/yy h:mm", Shows.DATE_TIME),
        ("mm:ss", Shows.TIME),
        ("h:mm AM/PM", Shows.TIME),
        ("[h]:mm:ss", Shows.ELAPSED),
        ("00000", Shows.PADDED),
        ("00000;-00000", Shows.PADDED),
        ('"INV-"00000', Shows.PADDED),
        ("000-00-0000", Shows.PADDED),
    ],
)
def test_a_format_is_told_by_its_code(code: str, shows: Shows) -> None:
    assert number_format(code).shows is shows


@pytest.mark.parametrize(
    ("number", "shows"),
    [(0, Shows.NUMBER), (14, Shows.DATE), (21, Shows.TIME), (22, Shows.DATE_TIME), (46, Shows.ELAPSED)],
)
def test_a_format_without_code_is_told_by_its_number(number: int, shows: Shows) -> None:
    assert builtin_format(number).shows is shows
