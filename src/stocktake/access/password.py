"""Which passwords are taken: long ones that nobody would try first; no rules of composition (SEC-4, NIST SP 800-63B)."""

from __future__ import annotations

import re

from stocktake.model.errors import InvalidInput

SHORTEST, LONGEST = 12, 1_000

#: What passwords that are tried first are made of, once digits, signs and letters written as digits are taken away.
_WORDS = """
    abc abcabc abcd abcdef abcdefgh access account admin administrator asdf asdfasdf asdfgh asdfghjkl baseball batman
    changeit changeme charlie computer correcthorsebatterystaple default demo donald dragon flower football freedom guest
    hello hellohello hockey iloveyou internet inventory jordan killer letmein liverpool login loveme manager master
    michael monkey mustang mypassword newpassword nopassword ninja office oracle passphrase passport passw passwd
    password passwordpassword passwort pokemon princess qazwsx qazwsxedc qwer qwert qwerty qwertyqwerty qwertyui
    qwertyuiop qwertz root secret server shadow soccer spring starwars stocktake summer sunshine superman superuser
    system temp temporary test testing testtest thisisapassword trustno welcome welcometo whatever winter autumn
    workspace zaqwsx zxcvbn zxcvbnm
"""
_COMMON = frozenset(_WORDS.split())
_LEET = str.maketrans("013457@$!", "oleastasi")
_ROWS = (
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiopasdfghjklzxcvbnm",
    "qwertzuiopasdfghjklyxcvbnm",
    "0123456789",
)


def check_password(password: str, *, email: str) -> None:
    """Refuse what is too short or among the first that anybody would try.

    Raises ``InvalidInput`` ``password-too-short``, ``password-too-long``, ``password-too-common``. The password is in no
    message.
    """
    length = len(password)
    if length < SHORTEST:
        raise InvalidInput(
            "password-too-short",
            f"The password has {length} characters; at least {SHORTEST} are needed. Nothing was written.",
            hint="Several words in a row make a good one; no digits or signs are asked for.",
        )
    if length > LONGEST:
        raise InvalidInput(
            "password-too-long",
            f"The password has {length:,} characters; at most {LONGEST:,} are taken. Nothing was written.",
            hint="Choose a shorter one.",
        )
    if is_common(password, email=email):
        raise InvalidInput(
            "password-too-common",
            "The password is one of the first that anybody would try. Nothing was written.",
            hint="Choose several words that do not belong together.",
        )


def is_common(password: str, *, email: str = "") -> bool:
    """Whether it is a common word among digits and signs, a run along the keyboard, one thing repeated, or who they are.

    >>> [is_common(each) for each in ("Password1234!", "P4$$w0rd2026", "qwertyuiop123", "121212121212", "ana ana ana ana")]
    [True, True, True, True, True]
    >>> is_common("otter lamp nine violets"), is_common("ana@example.com1", email="ana@example.com")
    (False, True)
    """
    folded = password.casefold()
    own = email.casefold()
    if own and own in folded and len(folded) - len(own) < 6:
        return True
    plain = re.sub(r"[\W\d_]+", "", folded)
    read = re.sub(r"[\W\d_]+", "", folded.strip("0123456789!?.*#").translate(_LEET))
    if (
        not {_piece(plain), _piece(read)}.isdisjoint(_COMMON)
        or _repeats(folded)
        or (plain and _repeats(plain))
    ):
        return True
    return any(_along(part, row) for part in (folded, plain or folded) for row in _ROWS)


def _repeats(text: str) -> bool:
    """Whether a text is one piece of up to four characters again and again."""
    return any(
        size < len(text) and text == (text[:size] * (len(text) // size + 1))[: len(text)]
        for size in (1, 2, 3, 4)
    )


def _piece(text: str) -> str:
    """What a text is made of again and again; itself, where it is not.

    >>> _piece("adminadmin"), _piece("admin"), _piece("")
    ('admin', 'admin', '')
    """
    return text[: (text + text).find(text, 1)] if text else text


def _along(text: str, row: str) -> bool:
    """Whether it is a stretch of a row of keys, or of the alphabet, there or back."""
    return len(text) >= 6 and (text in row * 3 or text in row[::-1] * 3)
