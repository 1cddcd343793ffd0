"""Which mark stands before decimals in a column of numbers, and what stands around them: by all of its cells (CLN-1)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from stocktake.cleaning.form_count import FormCount
from stocktake.cleaning.number_form import PLAIN, NumberForm, form_of
from stocktake.cleaning.verdict import Question, Verdict, first_of, total
from stocktake.model.record_type import Field, FieldType

#: A column in which so many cells are plain for one that may be read in two ways has a slip and no question.
_SLIP = 5
_OTHER = {".": ",", ",": "."}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cells:
    """Cells of one form: what the marks are, and what stands around the digits."""

    count: FormCount
    shape: str
    parting: str = ""
    currency: str = ""
    percent: bool = False
    negative: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Evidence:
    """The cells of a column, sorted by what they say. ``odd`` are those that are not plain."""

    plain: list[FormCount]
    point: list[FormCount]
    comma: list[FormCount]
    either_point: list[FormCount]
    either_comma: list[FormCount]
    odd: list[_Cells]

    @property
    def currencies(self) -> dict[str, FormCount]:
        """Each currency, and the cells that name it first."""
        named: dict[str, FormCount] = {}
        for each in self.odd:
            if each.currency:
                named.setdefault(each.currency, each.count)
        return named

    @property
    def size(self) -> int:
        """How many cells there are."""
        return total(self.plain) + sum(each.count.count for each in self.odd)


def number_verdict(field: Field, forms: Sequence[FormCount], earlier: tuple[str, ...] | None) -> Verdict:
    """What the forms of a column come to; ``earlier``: the formats by which the source's files are read so far."""
    seen = _sorted(forms, whole=field.type is FieldType.INTEGER)
    before = _form_before(earlier)
    if earlier is not None and (earlier == () or before is not None):
        against = _against(seen, before)
        if against is not None:
            return Verdict(formats=earlier, against=against)
    elif earlier is not None:
        return Verdict(formats=earlier)
    clash = _clash(seen)
    if clash is not None:
        if earlier is not None:
            return Verdict(formats=earlier)
        if total(seen.plain) >= _count(seen.odd):
            return Verdict(formats=(), only=total(seen.plain), shown=first_of(seen.plain))
        return Verdict(question=_mixed(*clash))
    return _agreeing(seen, before, earlier, whole=field.type is FieldType.INTEGER)


def _agreeing(
    seen: _Evidence, before: NumberForm | None, earlier: tuple[str, ...] | None, *, whole: bool
) -> Verdict:
    """The verdict of cells that do not contradict each other."""
    either = [*seen.either_point, *seen.either_comma]
    mark = "." if seen.point else "," if seen.comma else before.mark if before else None
    if mark is None and either:
        if total(seen.plain) - total(seen.either_point) * (not whole) >= _SLIP * total(either) and seen.odd:
            return Verdict(formats=earlier or (), only=total(seen.plain), shown=first_of(seen.plain))
        return Verdict(question=_which_mark(either, seen))
    percents = [each for each in seen.odd if each.percent]
    if percents and not (before and before.percent):
        pictures = NumberForm(mark=mark or ".", percent=True)
        choices = (pictures.picture, replace(pictures, share=True).picture)
        return Verdict(question=Question(seen=(percents[0].count,), choices=choices, what="percent"))
    sure = seen.point if mark == "." else seen.comma
    if not seen.odd and mark != ",":
        plain = earlier if earlier is not None else () if sure else None
        return Verdict(formats=plain, only=total(sure), shown=first_of(sure))
    formats = _pictures(seen, mark, before, earlier or ())
    odd = [each.count for each in seen.odd]
    shown = first_of([each for each in sure if each in odd]) or first_of(odd) or first_of(seen.plain)
    return Verdict(formats=formats, only=total(sure) or total(odd), shown=shown)


def _pictures(
    seen: _Evidence, mark: str | None, before: NumberForm | None, earlier: tuple[str, ...]
) -> tuple[str, ...]:
    """A picture for each mark between thousands and each way of a minus that was met; earlier ones stay first."""
    partings = {each.parting for each in seen.odd if each.parting}
    negatives = {each.negative for each in seen.odd if each.negative not in ("", PLAIN)}
    currency = next(iter(seen.currencies), None) or (before.currency if before else None)
    known = [form for form in map(form_of, earlier) if form is not None]
    usual = {_OTHER[mark]} if mark else {None}
    if known:
        enough = partings <= {each.parting for each in known} and negatives <= {
            each.negative for each in known
        }
        if (
            enough
            and all(each.currency == currency for each in known)
            and all(each.mark == mark for each in known)
        ):
            return earlier
    forms = [
        NumberForm(
            mark=mark,
            parting=parting,
            currency=currency,
            negative=negative,
            percent=bool(before and before.percent),
            share=bool(before and before.share),
        )
        for parting in sorted(partings or usual, key=str)
        for negative in sorted(negatives or {PLAIN})
    ]
    kept = [
        each
        for each in earlier
        if (form := form_of(each)) and form.mark == mark and form.currency == currency
    ]
    return tuple(dict.fromkeys([*kept, *(each.picture for each in forms)]))


def _sorted(forms: Iterable[FormCount], *, whole: bool) -> _Evidence:
    seen = _Evidence(plain=[], point=[], comma=[], either_point=[], either_comma=[], odd=[])
    places = {
        "point": seen.point,
        "comma": seen.comma,
        "point?": seen.either_point,
        "comma?": seen.either_comma,
    }
    for each in forms:
        shape, *more = each.form.split("|")
        if not more:
            seen.plain.append(each)
            if shape == "plain.":
                seen.point.append(each)
            continue
        parting, currency, percent, negative = more
        bare = not (parting or currency or percent) and negative in ("", PLAIN)
        if shape in places:
            places[shape].append(each)
        if shape == "point?" and bare and not whole:
            seen.plain.append(each)
            continue
        seen.odd.append(
            _Cells(
                count=each,
                shape=shape,
                parting=parting,
                currency=currency,
                percent=bool(percent),
                negative=negative,
            )
        )
    return seen


def _count(cells: Iterable[_Cells]) -> int:
    return sum(each.count.count for each in cells)


def _clash(seen: _Evidence) -> tuple[FormCount, FormCount, str] | None:
    """Two forms that cannot both be meant, and over what they differ."""
    if seen.point and seen.comma:
        return seen.point[0], seen.comma[0], "mark"
    if not seen.point and not seen.comma and seen.either_point and seen.either_comma:
        return seen.either_point[0], seen.either_comma[0], "mark"
    named = list(seen.currencies.values())
    if len(named) > 1:
        return named[0], named[1], "currency"
    bare = [*seen.plain, *(each.count for each in seen.odd if not each.currency)]
    if named and total(bare) > seen.size - total(bare):
        return named[0], bare[0], "currency"
    percents = [each.count for each in seen.odd if each.percent]
    if percents and total(percents) < seen.size:
        rest = [*seen.plain, *(each.count for each in seen.odd if not each.percent)]
        return percents[0], rest[0], "percent"
    return None


def _mixed(one: FormCount, other: FormCount, what: str) -> Question:
    pictures = {"mark": ("1,234.56", "1.234,56"), "percent": ("1,234.56%", "1,234.56%/100")}
    seen = tuple(sorted((one, other), key=lambda each: each.line))
    signs = [each.form.split("|")[2] for each in seen if "|" in each.form]
    choices = pictures.get(what) or tuple(
        NumberForm(parting=",", currency=sign).picture for sign in signs if sign
    )
    return Question(seen=seen, choices=choices, what=what, mixed=True)


def _which_mark(either: list[FormCount], seen: _Evidence) -> Question:
    currency = next(iter(seen.currencies), None)
    percent = any(each.percent for each in seen.odd)
    negative = next((each.negative for each in seen.odd if each.negative not in ("", PLAIN)), PLAIN)
    choices = tuple(
        NumberForm(
            mark=mark, parting=_OTHER[mark], currency=currency, percent=percent, negative=negative
        ).picture
        for mark in (".", ",")
    )
    return Question(seen=(either[0],), choices=choices, what="mark")


def _form_before(earlier: tuple[str, ...] | None) -> NumberForm | None:
    """The form that an earlier decision fixes; a plain column with a point is one, too."""
    if earlier is None:
        return None
    return NumberForm() if earlier == () else form_of(earlier[0])


def _against(seen: _Evidence, before: NumberForm | None) -> FormCount | None:
    """The commonest form that an earlier decision does not allow."""
    if before is None:
        return None
    odd = [] if before.mark is None else seen.comma if before.mark == "." else seen.point
    odd = [*odd, *(each for sign, each in seen.currencies.items() if before.currency not in (None, sign))]
    if before.percent:
        odd += [*seen.plain, *(each.count for each in seen.odd if not each.percent)]
    return max(odd, key=lambda each: each.count, default=None)
