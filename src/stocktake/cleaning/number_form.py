"""The ways in which people write numbers, each by a picture of one: ``1.234,56``, ``$1,234.56``, ``(1,234.56)`` (CLN-1).

A picture stands among a field's formats as a date's format does. It shows the mark before decimals, the one between
thousands, a currency's sign, how a negative number is written, and what percent means: ``12%`` is 12, ``12%/100`` is 0.12.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import polars as pl

#: Signs that mean the same as a code. ``$``, ``¥`` and ``kr`` are of many countries, and stand for themselves.
SIGNS = {
    "€": "EUR",
    "£": "GBP",
    "₹": "INR",
    "₽": "RUB",
    "₩": "KRW",
    "₺": "TRY",
    "₴": "UAH",
    "₪": "ILS",
    "₫": "VND",
    "฿": "THB",
    "US$": "USD",
    "C$": "CAD",
    "CA$": "CAD",
    "A$": "AUD",
    "AU$": "AUD",
    "NZ$": "NZD",
    "HK$": "HKD",
    "R$": "BRL",
    "zł": "PLN",
    "Kč": "CZK",
    "Fr.": "CHF",
    "$": "$",
    "¥": "¥",
    "kr": "kr",
}
_CODES = re.findall(
    "[A-Z]{3}",
    "AED ARS AUD BGN BRL CAD CHF CLP CNY COP CZK DKK EGP EUR GBP HKD HUF IDR ILS INR ISK JPY KES KRW KZT MAD MXN MYR "
    "NGN NOK NZD PEN PHP PKR PLN QAR RON RSD RUB SAR SEK SGD THB TRY TWD UAH USD UYU VND ZAR",
)
#: A regular expression of every sign and code; longer ones first, since ``$`` ends ``US$``.
CURRENCY = "|".join(map(re.escape, sorted([*SIGNS, *_CODES], key=len, reverse=True)))

#: The blanks and apostrophes that part thousands, as a class of a regular expression.
BLANK, APOSTROPHE = r"[ \x{a0}\x{2009}\x{202f}]", r"['\x{2019}]"
_PARTING = {" ": BLANK, "'": APOSTROPHE, ",": ",", ".": r"\."}

PLAIN, BEHIND, BRACKETS = "-1", "1-", "(1)"

_PICTURE = re.compile(
    rf"(?P<before>{CURRENCY})?\s*(?P<digits>[0-9][0-9., '’\u00a0\u202f]*?)\s*(?P<after>{CURRENCY})?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberForm:
    """What a picture shows.

    ``mark`` stands before decimals (None: whole numbers only), ``parting`` between thousands (None: nothing does).
    ``currency``: the one whose sign or code a cell may have. ``negative``: ``-1``, ``1-`` or ``(1)``, beside the plain
    minus. ``percent``: every cell has the sign; ``share``: and means hundredths.
    """

    mark: str | None = "."
    parting: str | None = None
    currency: str | None = None
    negative: str = PLAIN
    percent: bool = False
    share: bool = False

    @property
    def picture(self) -> str:
        """The form as people write it; :func:`form_of` reads it back."""
        parting, mark = self.parting or "", self.mark
        digits = f"1{parting}234{mark}56" if mark else f"1{parting}234{parting}567"
        if not mark and not parting:
            digits = "1234"
        sign = self.currency or ""
        short = next((each for each, code in SIGNS.items() if code == sign and len(each) == 1), sign)
        text = f"{short}{' ' if short.isalpha() else ''}{digits}"
        text += "%" * self.percent + "/100" * self.share
        return {PLAIN: text, BEHIND: f"{text}-", BRACKETS: f"({text})"}[self.negative]


def form_of(picture: str) -> NumberForm | None:
    """What a picture shows; None where it is none, or may be read in two ways, such as ``1.234``."""
    text, negative = picture.strip(), PLAIN
    if text.startswith("(") and text.endswith(")"):
        text, negative = text[1:-1].strip(), BRACKETS
    elif text.endswith("-"):
        text, negative = text[:-1].strip(), BEHIND
    share = bool(re.search(r"%\s*/\s*100$", text))
    text = re.sub(r"\s*/\s*100$", "", text) if share else text
    percent = text.endswith("%")
    found = _PICTURE.fullmatch(text.removesuffix("%").strip())
    if found is None or (found["before"] and found["after"]):
        return None
    form = _marks(found["digits"].replace("’", "'").replace("\u00a0", " ").replace("\u202f", " "))
    sign = found["before"] or found["after"]
    currency = SIGNS.get(sign, sign) if sign else None
    return form and replace(form, currency=currency, negative=negative, percent=percent, share=share)


def _marks(digits: str) -> NumberForm | None:
    marks = re.findall(r"[^0-9]", digits)
    if not marks:
        return NumberForm(mark=None)
    last = marks[-1]
    parts = re.split(r"[^0-9]", digits)
    if len(marks) > 1 and (len(parts[0]) > 3 or any(len(each) != 3 for each in parts[1:-1])):
        return None
    decimals = digits.rpartition(last)[2]
    if len(marks) == 1 and last in ".," and (len(decimals) != 3 or len(digits) > 7 or digits[0] == "0"):
        return NumberForm(mark=last)
    if len(marks) == 1 and last in ".,":
        return None
    parting = marks[0]
    if len(set(marks)) == 1:
        return NumberForm(mark=None, parting=parting)
    if len(set(marks[:-1])) == 1 and last in ".," and last != parting:
        return NumberForm(mark=last, parting=parting)
    return None


def plain_number(cell: pl.Expr, form: NumberForm) -> pl.Expr:
    """The number with a point before decimals and nothing else but a minus; null where the cell is not of the form."""
    text = cell
    if form.negative == BRACKETS:
        inner = text.str.extract(r"^\((.*)\)$")
        text = pl.when(inner.is_not_null()).then(pl.lit("-") + inner.str.strip_chars(" ")).otherwise(text)
    if form.negative == BEHIND:
        text = text.str.replace(r"^(.*?)\s*-$", "-${1}")
    if form.percent:
        text = text.str.extract(r"^(.*?)\s*%$")
    if form.currency:
        signs = signs_of(form.currency)
        text = text.str.replace(rf"^([+-]?)\s*(?:{signs})\s*", "${1}").str.replace(rf"\s*(?:{signs})$", "")
    sound = text.str.contains(_pattern(form))
    if form.parting in (",", "."):
        text = text.str.replace_all(form.parting, "", literal=True)
    elif form.parting:
        text = text.str.replace_all(_PARTING[form.parting], "")
    if form.mark == ",":
        text = text.str.replace(",", ".", literal=True)
    return pl.when(sound).then(_hundredths(text) if form.share else text)


def signs_of(currency: str) -> str:
    """A regular expression of all signs and codes of a currency."""
    signs = [currency, *(sign for sign, code in SIGNS.items() if code == currency)]
    return "|".join(map(re.escape, sorted(signs, key=len, reverse=True)))


def _pattern(form: NumberForm) -> str:
    whole = "[0-9]+"
    if form.parting:
        whole = f"(?:[0-9]{{1,3}}(?:{_PARTING[form.parting]}[0-9]{{3}})+|[0-9]+)"
    if form.mark is None:
        return rf"^[+-]?{whole}$"
    mark = re.escape(form.mark)
    return rf"^[+-]?(?:{whole}(?:{mark}[0-9]*)?|{mark}[0-9]+)$"


def _hundredths(text: pl.Expr) -> pl.Expr:
    """A hundredth of a plain number, exactly: its point two places to the left."""
    sign = pl.when(text.str.starts_with("-")).then(pl.lit("-")).otherwise(pl.lit(""))
    halves = text.str.strip_chars_start("+-").str.splitn(".", 2).struct
    whole = halves.field("field_0").str.zfill(3)
    return pl.concat_str(
        [sign, whole.str.head(-2), pl.lit("."), whole.str.tail(2), halves.field("field_1").fill_null("")]
    )
