"""What ``--read "Column=…"`` and a mapping's ``[formats]`` may say of a column (CLN-1)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from zoneinfo import available_timezones

from stocktake.cleaning.date_form import WORDS
from stocktake.cleaning.form_count import DATES, NUMBERS
from stocktake.cleaning.moment import in_letters
from stocktake.cleaning.number_form import form_of
from stocktake.model.errors import InvalidInput
from stocktake.model.mapping import Mapping
from stocktake.model.record_type import Field, FieldType, RecordType

#: Instead of a way to read: by this file's cells alone, whatever was decided before.
AUTO = "auto"

Forms = dict[str, tuple[tuple[str, ...], str | None]]


def format_fault(kind: FieldType, text: str) -> str | None:
    """What is wrong with a format of a field of that type; None where nothing is."""
    if kind in DATES:
        if text in WORDS or "%" in text:
            return None
        return f'"{text}" is no way to write dates: name one of {", ".join(WORDS)}, or directives such as %d/%m/%y.'
    if kind in NUMBERS:
        if form_of(text) is not None:
            return None
        return (
            f'"{text}" does not show how numbers are written: write 1234.56 as the file would, with its thousands, such as '
            "1.234,56 or $1,234.56."
        )
    return "only dates, times and numbers are written in formats."


def spoken_forms(
    mapping: Mapping, record_type: RecordType, reads: Sequence[tuple[str, str]]
) -> tuple[Forms, frozenset[str]]:
    """Field → its formats and time zone, as the operator says; and the fields to be decided anew (``auto``).

    A column goes by its header, or by the field that it feeds.

    Raises:
        InvalidInput: ``unknown-column``, ``bad-option``.
    """
    forms: Forms = {}
    anew = set()
    for column, word in reads:
        name = _field(mapping, column)
        kind = record_type[name].type if name in record_type else FieldType.TEXT
        if word == AUTO:
            anew.add(name)
            continue
        formats, zone = forms.get(name, ((), None))
        if kind is FieldType.DATETIME and word in available_timezones():
            forms[name] = formats, word
            continue
        fault = format_fault(kind, word)
        if fault is not None:
            raise InvalidInput(
                "bad-option",
                f'--read "{column}={word}": {fault}',
                hint=f'Write --read "{column}={"dmy" if kind in DATES else "1.234,56"}", or leave it away.',
            )
        forms[name] = (*formats, word), zone
    return forms, frozenset(anew)


def _field(mapping: Mapping, column: str) -> str:
    folded = column.strip().casefold()
    by_header = {each.column.strip().casefold(): each.field for each in reversed(mapping.columns)}
    found = by_header.get(folded) or next(
        (each.field for each in mapping.columns if each.field == column.strip()), None
    )
    if found is None:
        raise InvalidInput(
            "unknown-column",
            f'--read "{column}": no column of that name feeds a field.',
            hint=f"These do: {', '.join(each.column for each in mapping.columns)}.",
        )
    return found


def in_words(formats: Iterable[str], field: Field) -> str:
    """How a column is read beside what its field declares, completing ``Close Date is read …``."""
    kind, own = field.type, [each for each in formats if each not in field.formats]
    told = [WORDS[each][0] if each in WORDS else f"as {in_letters(each)}" for each in own]
    if kind in NUMBERS:
        told = [f"like {each}" for each in own]
    return " or ".join(told) or ("with the year first" if kind in DATES else "with a point before decimals")
