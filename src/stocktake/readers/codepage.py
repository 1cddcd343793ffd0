"""Which code page text is in that is neither marked nor UTF-8 (REA-2): proposed by what decodes and reads like words.

Eight-bit text proves nothing about its code page. A wrong one betrays itself by letters that cannot stand where they
stand: a capital behind a small letter, a sign within a word, two alphabets in one. What betrays itself is passed over;
among the rest Windows-1252 goes first, being by far the most usual, and charset-normalizer orders the others.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from charset_normalizer import from_bytes

from stocktake.readers.file import read_blocks

#: Python's names, the usual ones first. ``wide``: several bytes make a character.
_WIDE = ("big5", "shift_jis", "euc_jp", "gb18030", "euc_kr")
_NARROW = (
    "cp1252",
    "iso8859_15",
    "cp1250",
    "iso8859_2",
    "mac_roman",
    "cp1251",
    "cp1253",
    "iso8859_7",
    "cp1254",
    "koi8_r",
    "iso8859_5",
)
#: The letters that make up most of a text in alphabets that share their bytes with others.
_FREQUENT = {"CYRILLIC": frozenset("оеаинтсрвлкм"), "GREEK": frozenset("αοιετσνηυρςκ")}
_FREQUENT_SHARE = 0.55
_HALF_WIDTH = re.compile("[\uff61-\uff9f\ue000-\uf8ff]")
_SAMPLE_BYTES = 64 * 1024
_SAMPLE_LINES = 500
_ODD_LINE = re.compile(rb"[^\r\n]*[\x80-\xff][^\r\n]*")
#: A byte that leads a UTF-8 sequence, and those that follow.
_SHAPED = re.compile(rb"[\xc0-\xfd][\x80-\xbf]+")
_OWN_1250 = re.compile(rb"[\x80-\x9f]")
_HIGH = re.compile(rb"[\x80-\xff]+")
#: Above this share of the bytes outside ASCII the text is damaged UTF-8.
_SHAPED_SHARE = 0.3
#: Above this share of misplaced characters a code page is passed over.
_MISPLACED_SHARE = 0.08
#: So many characters outside ASCII must speak for anything but Windows-1252.
_FEWEST = 4
#: What charset-normalizer may find wrong with text of several bytes a character.
_CHAOS = 0.05
_WORD = re.compile(r"[^\W\d_]+|[^\x00-\x7f]", re.UNICODE)
#: Four letters with accents in a row: so no Latin language is written.
_RUN = re.compile("[À-ÖØ-öø-ſ]{4}")
_WITHIN_WORDS = frozenset("’'·‐-ªº")
#: Signs that other code pages' letters turn into, and that hardly any table holds.
_UNUSUAL = frozenset("¤¦¨¬¯¸ƒˆ˜‡†‰")
#: Pictures that tables do hold; other ones are what letters of other code pages turn into.
_PICTURES = frozenset("°©®™№")


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """A code page, a word as it was read by it, and others that read the text as well, each with that word."""

    name: str
    word: str
    others: tuple[tuple[str, str], ...] = ()


def guess_codepage(path: Path) -> Guess | None:
    """The likeliest code page of a file that is not UTF-8; None where nothing fits well enough to go on.

    Text in which many sequences are shaped like UTF-8, or that breaks off within one, is damaged UTF-8: None.
    """
    sample, cut = _sample(path)
    high = sum(map(len, _HIGH.findall(sample)))
    shaped = sum(map(len, _SHAPED.findall(sample)))
    if cut or shaped > _SHAPED_SHARE * high:
        return None
    fitting = {name: text for name in _NARROW if (text := _decoded(sample, name)) and _fits(text)}
    if "cp1252" in fitting:
        return _guess("cp1252", fitting)
    if high < _FEWEST:
        return None
    name = _first(sample, fitting)
    return _guess(name, fitting | {name: sample.decode(name)}) if name else None


def _sample(path: Path) -> tuple[bytes, bool]:
    """The first lines that hold more than ASCII; whether the file ends where a UTF-8 sequence begins."""
    found, rest, last = bytearray(), b"", b""
    for block in read_blocks(path):
        last = block[-1:]
        if len(found) < _SAMPLE_BYTES and not (block.isascii() and not rest):
            data = rest + block
            end = max(data.rfind(b"\n"), data.rfind(b"\r")) + 1 or len(data)
            rest = data[end:]
            found += b"\n".join(islice(_odd_lines(data[:end]), _SAMPLE_LINES)) + b"\n"
    return bytes(found + b"\n".join(_odd_lines(rest))), last >= b"\xc2"


def _odd_lines(data: bytes) -> Iterator[bytes]:
    return (found[0] for found in _ODD_LINE.finditer(data))


def _decoded(sample: bytes, name: str) -> str | None:
    try:
        return sample.decode(name)
    except UnicodeError:
        return None


def _fits(text: str) -> bool:
    """Whether the characters outside ASCII stand where they can, and are such as its alphabet uses."""
    odd = [(place, each) for place, each in enumerate(text) if not each.isascii()]
    padded = f" {text} "
    misplaced = sum(_misplaced(padded[place], each, padded[place + 2]) for place, each in odd)
    if not odd or misplaced + len(_RUN.findall(text)) > len(odd) * _MISPLACED_SHARE:
        return False
    letters = [each for _, each in odd if each.isalpha()]
    frequent = _FREQUENT.get(_alphabet(letters[0])) if letters else None
    if frequent is None:
        return True
    return sum(each.lower() in frequent for each in letters) >= len(letters) * _FREQUENT_SHARE


def _misplaced(before: str, character: str, after: str) -> bool:
    category = unicodedata.category(character)
    if character in _UNUSUAL or category in ("Cc", "Cn", "Co"):
        return True
    if category == "So":
        return character not in _PICTURES
    if not character.isalpha():
        return before.isalpha() and after.isalpha() and character not in _WITHIN_WORDS
    if any(each.isalpha() and _alphabet(each) != _alphabet(character) for each in (before, after)):
        return True
    return character.isupper() and before.isalpha() and (before.islower() or after.islower())


def _alphabet(letter: str) -> str:
    return unicodedata.name(letter, "").partition(" ")[0]


def _first(sample: bytes, fitting: dict[str, str]) -> str | None:
    """The first that fits, as charset-normalizer orders them.

    ISO 8859-2 goes before Windows-1250 where no byte is one that only the latter has.
    """
    if {"cp1250", "iso8859_2"} <= fitting.keys() and not _OWN_1250.search(sample):
        return "iso8859_2"
    pages = [*_NARROW, *_WIDE]
    for match in from_bytes(sample, cp_isolation=pages, threshold=0.3, preemptive_behaviour=False):
        for name in (match.encoding, *match.could_be_from_charset):
            if name in fitting:
                return name
            if name in _WIDE and match.chaos < _CHAOS and _is_enough(sample, name):
                return name
    return next(iter(fitting), None)


def _is_enough(sample: bytes, name: str) -> bool:
    """Whether text of several bytes a character has some of them, and none of half width, which other letters turn into."""
    text = sample.decode(name)
    return sum(not each.isascii() for each in text) >= _FEWEST and not _HALF_WIDTH.search(text)


def _guess(name: str, fitting: dict[str, str]) -> Guess:
    place, word = next(_words(fitting[name]), (0, ""))
    others: dict[str, str] = {}
    for other, text in fitting.items():
        theirs = next((each for at, each in _words(text) if at == place), "")
        if theirs not in ("", word, *others.values()):
            others[other] = theirs
    return Guess(name=name, word=word, others=tuple(others.items())[:2])


def _words(text: str) -> Iterator[tuple[int, str]]:
    """Where words with characters outside ASCII begin, and they."""
    for found in _WORD.finditer(text):
        if not found[0].isascii():
            yield found.start(), found[0]
