"""What a column of a file holds, before anything is made of it: for suggestions, inspections, statistics (INT-11)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Form(StrEnum):
    """What cells can look like. A cell may have several forms at once: each says one thing of it."""

    EMAIL = "email"
    URL = "url"
    DOMAIN = "domain"
    IMEI = "imei"
    PHONE = "phone"
    DATE = "date"
    MONEY = "money"
    NUMBER = "number"
    BOOLEAN = "boolean"
    CODE = "code"
    AT = "at"
    DIGIT = "digit"
    DIALLED = "dialled"
    FIFTEEN = "fifteen"
    DOTTED = "dotted"
    PROSE = "prose"


#: What people call the cells of a form.
CALLED: dict[Form, str] = {
    Form.EMAIL: "e-mail addresses",
    Form.URL: "web addresses",
    Form.DOMAIN: "domains",
    Form.IMEI: "IMEIs",
    Form.PHONE: "phone numbers",
    Form.DATE: "dates",
    Form.MONEY: "amounts of money",
    Form.NUMBER: "numbers",
    Form.BOOLEAN: "yes and no",
    Form.CODE: "codes such as serial numbers",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnSketch:
    """One column of text: how many of its ``rows`` cells are filled, how many values differ, and what they look like.

    ``type`` fits every filled cell. ``values`` are the first distinct ones, ``forms`` which share of them has which form.
    """

    name: str
    type: str
    rows: int
    filled: int
    distinct: int
    values: tuple[str, ...] = ()
    forms: tuple[tuple[str, float], ...] = ()

    @property
    def samples(self) -> tuple[str, ...]:
        """The first three values."""
        return self.values[:3]

    def share(self, form: Form) -> float:
        """Which share of the values has the form, 0 to 1."""
        return dict(self.forms).get(form, 0.0)

    @property
    def looks_like(self) -> Form | None:
        """What nearly all values look like, the most telling first; None where they look like nothing in particular."""
        return next((form for form in CALLED if self.share(form) >= 0.9), None)
