"""What the cells of a column say for or against a field (MAP-1)."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass, replace

from stocktake.mapping.claim import EXTERNAL_ID
from stocktake.mapping.likeness import words_of
from stocktake.model.mapping import ColumnMapping, Mapping
from stocktake.model.problem import Warning
from stocktake.model.record_type import Field, FieldType, RecordType
from stocktake.model.sketch import CALLED, ColumnSketch, Form

#: How telling it is that all cells have a form: enough to suggest a field by, or only to weigh a name with.
_TELLING = {
    Form.IMEI: 0.85,
    Form.EMAIL: 0.8,
    Form.URL: 0.7,
    Form.DOMAIN: 0.6,
    Form.PHONE: 0.6,
    Form.MONEY: 0.4,
    Form.DATE: 0.4,
    Form.CODE: 0.3,
    Form.BOOLEAN: 0.3,
    Form.NUMBER: 0.2,
}
_CHOICES = 0.8

_BY_TYPE = {
    FieldType.EMAIL: Form.EMAIL,
    FieldType.URL: Form.URL,
    FieldType.PHONE: Form.PHONE,
    FieldType.DATE: Form.DATE,
    FieldType.DATETIME: Form.DATE,
    FieldType.INTEGER: Form.NUMBER,
    FieldType.DECIMAL: Form.NUMBER,
    FieldType.BOOLEAN: Form.BOOLEAN,
}
_BY_CLEANER = {"email": Form.EMAIL, "domain": Form.DOMAIN, "number": Form.NUMBER}
_BY_WORD = {
    "imei": Form.IMEI,
    "email": Form.EMAIL,
    "phone": Form.PHONE,
    "mobile": Form.PHONE,
    "website": Form.URL,
    "url": Form.URL,
    "domain": Form.DOMAIN,
    "serial": Form.CODE,
}
_NAMES = frozenset(("city", "country", "first", "full", "given", "surname"))

#: Form that is expected → a form that any cell of it has at least, however it is written.
_AT_LEAST = {
    Form.EMAIL: Form.AT,
    Form.IMEI: Form.FIFTEEN,
    Form.PHONE: Form.DIALLED,
    Form.URL: Form.DOTTED,
    Form.DOMAIN: Form.DOTTED,
    Form.DATE: Form.DIGIT,
    Form.NUMBER: Form.DIGIT,
}
#: Form that is expected → forms that no cell of it has.
_NEVER = {
    Form.DATE: (Form.EMAIL, Form.URL, Form.IMEI, Form.PHONE),
    Form.NUMBER: (Form.EMAIL, Form.URL, Form.DATE),
    Form.CODE: (Form.EMAIL, Form.URL, Form.DATE, Form.MONEY, Form.PROSE),
    Form.PROSE: (Form.EMAIL, Form.URL, Form.DATE, Form.MONEY, Form.NUMBER),
}

#: Fewer distinct values than this say nothing against a name.
_ENOUGH = 3
_MOST = 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """``support``: 0 to 1, how far the cells speak for a field; ``against`` it: they cannot be what it holds. ``why``."""

    support: float = 0.0
    against: bool = False
    why: str = ""


def expected(field: Field) -> Form | None:
    """What cells of a field look like, by its type, its cleaners, its name; None where that may be anything."""
    if field.type is FieldType.CHOICE:
        return None
    by_cleaner = (_BY_CLEANER[each] for each in field.clean if each in _BY_CLEANER)
    words = (*words_of(field.name), *words_of(field.label))
    by_word = (_BY_WORD[each] for each in words if each in _BY_WORD and field.type is FieldType.TEXT)
    found = _BY_TYPE.get(field.type) or next(by_cleaner, None) or next(by_word, None)
    return found or (Form.PROSE if _NAMES.intersection(words) else None)


def evidence(field: Field | None, sketch: ColumnSketch) -> Evidence:
    """What the cells say about a field; nothing for one that may hold anything."""
    if field is None or not sketch.values:
        return Evidence()
    if field.type is FieldType.CHOICE:
        return _of_choices(field, sketch)
    form = expected(field)
    if form is None:
        return Evidence()
    like = sketch.looks_like
    called = f"its cells look like {CALLED[like]}" if like else ""
    if len(sketch.values) >= _ENOUGH:
        never = any(sketch.share(each) >= _MOST for each in _NEVER.get(form, ()))
        lacking = form in _AT_LEAST and sketch.share(_AT_LEAST[form]) <= 1 - _MOST
        if never or lacking:
            what = CALLED.get(form, "names")
            return Evidence(against=True, why=called or f"hardly any of its cells looks like {what}")
    share = sketch.share(form)
    if form is Form.URL:
        share = max(share, sketch.share(Form.DOMAIN))
    if form is Form.DOMAIN:
        share = max(share, sketch.share(Form.URL))
    if share < 0.8:
        return Evidence()
    return Evidence(
        support=_TELLING.get(form, 0.0) * share,
        why=f"its cells look like {CALLED[form]}" if form in CALLED else "",
    )


def _of_choices(field: Field, sketch: ColumnSketch) -> Evidence:
    """Cells that are words of the field: all or nearly all, and not the same one everywhere."""
    words = {each.casefold() for each in (*field.choices, *(word for word, _ in field.values))}
    said = {each.strip().casefold() for each in sketch.values}
    known = said & words
    if not words or len(known) < 2 or len(known) / len(said) < 0.8 or sketch.distinct > 2 * len(words):
        return Evidence()
    first = ", ".join(sorted(known)[:3])
    return Evidence(support=_CHOICES * len(known) / len(said), why=f"its cells are its words: {first}")


def doubted(
    mapping: Mapping, record_type: RecordType, sketches: Dictionary[int, ColumnSketch]
) -> tuple[Mapping, tuple[Warning, ...]]:
    """The mapping with less confidence in columns whose cells contradict their names, and what people are told of them.

    What the operator mapped is not doubted.
    """
    told: list[Warning] = []
    columns: list[ColumnMapping] = []
    for each in mapping.columns:
        found = _against(each, record_type, sketches)
        if found is None:
            columns.append(each)
            continue
        columns.append(replace(each, confidence=round(each.confidence / 2, 2)))
        told.append(
            Warning(
                code="content-contradicts-header",
                message=f'Column {each.position + 1}, "{each.column}", feeds {_label(record_type, each.field)} by its name, '
                f"but {found.why}.{_instead(each, mapping, record_type, sketches)} Check that the header stands over the "
                "right columns.",
            )
        )
    return replace(mapping, columns=tuple(columns)), tuple(told)


def _against(
    each: ColumnMapping, record_type: RecordType, sketches: Dictionary[int, ColumnSketch]
) -> Evidence | None:
    if each.how in ("map", "parts") or each.position not in sketches or each.field not in record_type:
        return None
    if record_type.reference(each.field) is not None:
        return None
    found = evidence(record_type[each.field], sketches[each.position])
    return found if found.against else None


def _instead(
    each: ColumnMapping, mapping: Mapping, record_type: RecordType, sketches: Dictionary[int, ColumnSketch]
) -> str:
    """The columns that look as the field's should."""
    field = record_type[each.field]
    fit = [
        place
        for place, sketch in sketches.items()
        if place != each.position and evidence(field, sketch).support >= 0.3
    ]
    labels = dict(mapping.unmapped) | {one.position: one.column for one in mapping.columns}
    found = [f'column {place + 1}, "{labels[place]}"' for place in fit if labels.get(place, "").strip()]
    return f" {found[0][0].upper()}{found[0][1:]}, looks so." if len(found) == 1 else ""


def content_fields(record_type: RecordType) -> Iterator[Field]:
    """The fields that a column's cells alone may speak for."""
    for each in record_type.fields:
        form = expected(each)
        telling = _CHOICES if each.type is FieldType.CHOICE else _TELLING.get(form, 0.0) if form else 0.0
        if each.name != EXTERNAL_ID and telling >= 0.6:
            yield each


def _label(record_type: RecordType, name: str) -> str:
    return f"{record_type[name].label} ({name})" if name in record_type else name
