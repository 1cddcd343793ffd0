"""Which passwords are taken (SEC-4)."""

from __future__ import annotations

import doctest

import pytest

from stocktake.access import password
from stocktake.access.password import check_password, is_common
from stocktake.model.errors import InvalidInput


def test_the_examples_hold():
    outcome = doctest.testmod(password)
    assert (outcome.failed, outcome.attempted > 1) == (0, True)


@pytest.mark.parametrize(
    "text",
    [
        "password1234",
        "Password123!",
        "p@ssw0rd2026!",
        "adminadmin123",
        "admin1234567",
        "123456789012",
        "1234567890123",
        "qwertyuiop[]12",
        "asdfghjkl;12",
        "aaaaaaaaaaaa",
        "abcabcabcabc",
        "letmein12345",
        "changeme2026",
        "iloveyou1234",
        "stocktake2026",
        "Welcome2026!!",
    ],
)
def test_what_is_tried_first_is_not_taken(text: str):
    assert is_common(text)


@pytest.mark.parametrize(
    "text",
    [
        "otter lamp nine violets",
        "kq7#Lw!vR2pz",
        "пароль из четырёх слов",
        "correct donkey cell stapler",
        "密码要足够长才行一二三四五",
    ],
)
def test_long_and_odd_ones_are_taken_whatever_they_are_made_of(text: str):
    """NIST SP 800-63B: no rules of composition."""
    check_password(text, email="ana@example.com")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("short", "password-too-short"),
        ("eleven char", "password-too-short"),
        ("x" * 1_001, "password-too-long"),
        ("password1234", "password-too-common"),
        ("ana@example.com!", "password-too-common"),
    ],
)
def test_a_refusal_does_not_tell_the_password(text: str, code: str):
    """SEC-7."""
    with pytest.raises(InvalidInput) as refused:
        check_password(text, email="ana@example.com")
    assert refused.value.code == code
    said = f"{refused.value} {refused.value.hint} {refused.value.details}"
    assert text not in said
