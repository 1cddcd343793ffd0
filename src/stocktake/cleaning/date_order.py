"""Which way a column of days or moments is written: by all of its cells, never by one of them (CLN-1)."""

from __future__ import annotations

from collections.abc import Sequence

from stocktake.cleaning.date_form import EXCEL, EXCEL_1904, ISO, MONTH_NAME, WORDS
from stocktake.cleaning.form_count import FormCount
from stocktake.cleaning.verdict import Question, Verdict, first_of, total
from stocktake.model.record_type import Field, FieldType

_PLAIN = ("plain", "plain+")
#: Forms that one word reads.
_GROUPS = {
    "dmy": "order",
    "mdy": "order",
    "either": "order",
    "ymd": "ymd",
    "ydm": "ydm",
    MONTH_NAME: MONTH_NAME,
    "short": "short",
    EXCEL: EXCEL,
}
_SHORT = ("%d/%m/%y", "%m/%d/%y", "%d.%m.%y", "%d-%b-%y")


def date_verdict(
    field: Field, forms: Sequence[FormCount], earlier: tuple[str, ...] | None, *, zoned: bool
) -> Verdict:
    """What the forms of a column come to; ``earlier``: the formats by which the source's files are read so far.

    zoned: whether it is known where local times are.
    """
    plain = [each for each in forms if each.form in _PLAIN]
    others = [each for each in forms if each.form not in _PLAIN]
    if earlier is not None:
        return Verdict(formats=earlier, against=_against(forms, earlier, field))
    if total(plain) >= total(others):
        found = Verdict(formats=(), only=total(plain), shown=first_of(plain)) if plain else Verdict()
    elif plain:
        found = _mixed(field, [first_of(plain), first_of(others)])
    else:
        found = _by_others(field, others)
    local = [each for each in forms if each.form != "plain+"]
    if (
        field.type is FieldType.DATETIME
        and local
        and len(local) == len(forms)
        and not zoned
        and not found.question
    ):
        return Verdict(question=Question(seen=(local[0],), choices=("Europe/Berlin",), what="zone"))
    return found


def _by_others(field: Field, forms: list[FormCount]) -> Verdict:
    by_form = {each.form: each for each in forms}
    groups = {_GROUPS[each.form] for each in forms}
    if len(groups) > 1:
        first = {_GROUPS[each.form]: each for each in sorted(forms, key=lambda each: each.line, reverse=True)}
        return _mixed(field, sorted(first.values(), key=lambda each: each.line)[:2])
    (group,) = groups
    if group == "order":
        sure = [each for each in ("dmy", "mdy") if each in by_form]
        if len(sure) == 1:
            return _decided(field, sure[0], by_form[sure[0]])
        if sure:
            return _mixed(field, [by_form[each] for each in sure])
        return Verdict(question=Question(seen=(by_form["either"],), choices=("dmy", "mdy"), what="order"))
    if group == "short":
        return Verdict(question=Question(seen=(by_form["short"],), choices=_SHORT, what="century"))
    if group == EXCEL:
        return Verdict(question=Question(seen=(by_form[EXCEL],), choices=(EXCEL, EXCEL_1904), what="serial"))
    return _decided(field, group, by_form[group]) if group in WORDS else Verdict()


def _decided(field: Field, word: str, sure: FormCount) -> Verdict:
    return Verdict(formats=(*field.formats, word), only=sure.count, shown=sure)


def _mixed(field: Field, seen: Sequence[FormCount | None]) -> Verdict:
    told = tuple(each for each in seen if each is not None)
    words = [word for each in told for word in _words_of(each)]
    choices = tuple(dict.fromkeys(words))
    return Verdict(question=Question(seen=told, choices=choices, what="order", mixed=True))


def _words_of(form: FormCount) -> tuple[str, ...]:
    if form.form in _PLAIN:
        return (ISO,)
    return {"either": ("dmy", "mdy"), "short": _SHORT[:2], "ydm": ()}.get(form.form, (form.form,))


def _against(forms: Sequence[FormCount], earlier: tuple[str, ...], field: Field) -> FormCount | None:
    """The commonest form that the earlier decision does not read; None where it is written in directives of its own."""
    own = [each for each in earlier if each not in field.formats]
    if any(each not in WORDS for each in own):
        return None
    read = {form for word in own for form in _reads(word)} | set(() if own and not field.formats else _PLAIN)
    odd = [each for each in forms if each.form not in read]
    return max(odd, key=lambda each: each.count, default=None)


def _reads(word: str) -> tuple[str, ...]:
    return {
        ISO: _PLAIN,
        "dmy": ("dmy", "either"),
        "mdy": ("mdy", "either"),
        EXCEL_1904: (EXCEL,),
    }.get(word, (word,))
