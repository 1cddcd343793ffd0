"""Columns that nobody speaks for, and the fields they may feed: by their names, by their cells, by both (MAP-1).

Nothing here maps anything. A suggestion is shown, with the words that accept it; an import takes it only where the operator
asked for that.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping as Dictionary
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from stocktake.mapping.assignment import assigned
from stocktake.mapping.claim import EXTERNAL_ID, forms_of
from stocktake.mapping.content import content_fields, evidence
from stocktake.mapping.header import plain
from stocktake.mapping.likeness import likeness, words_of
from stocktake.model.column_name import is_made_up
from stocktake.model.mapping import Mapping
from stocktake.model.record_type import Field, RecordType
from stocktake.model.sketch import ColumnSketch
from stocktake.model.source import Source
from stocktake.model.suggestion import Suggestion

if TYPE_CHECKING:
    from collections.abc import Collection

#: Below this nothing is suggested at all.
SHOWN = 0.6
#: From here on a suggestion is worth a line in every preview.
LIKELY = 0.8
#: Where an operator asks for suggestions to be accepted, this is what to ask for: no wrong one is known above.
SAFE = 0.85

_CUTOFF = 80
_LOOKED_AT = 5
_TIE = 0.03
_AT_ONCE = 4_000_000


@dataclass(frozen=True, slots=True)
class _Near:
    """A header or alias that a column is like, the fields that go by it, and how alike they are."""

    form: str
    fields: tuple[str, ...]
    score: float


@dataclass(frozen=True, slots=True)
class _Fit:
    """How well a column fits a field, and why."""

    score: float
    how: str
    why: str
    form: str = ""


def suggest(
    mapping: Mapping,
    record_type: RecordType,
    source: Source,
    sketches: Dictionary[int, ColumnSketch],
    known: Collection[str],
) -> tuple[Suggestion, ...]:
    """What the unmapped columns may feed of the fields that nothing feeds; at most one column for a field, unless tied.

    ``sketches``: place of a column → what it holds, as far as that is known. ``known``: words that are spelt right.
    """
    columns = [(place, column) for place, column in mapping.unmapped if plain(column)]
    named = tuple(column for place, column in columns if not is_made_up(column, place))
    taken = set(mapping.fields)
    if not columns:
        return ()
    near = _near(named, record_type, source, frozenset(known)) if named else {}
    telling = [
        each
        for each in content_fields(record_type)
        if each.name not in taken and not record_type.reference(each.name)
    ]
    fits: dict[int, dict[str, _Fit]] = {}
    for place, column in columns:
        found = _fits(near.get(column, ()), sketches.get(place), record_type, taken, telling)
        if found:
            fits[place] = found
    return _chosen(fits, dict(columns))


@lru_cache(maxsize=8)
def _near(
    headers: tuple[str, ...], record_type: RecordType, source: Source, known: frozenset[str]
) -> dict[str, list[_Near]]:
    """Header → the forms it is like, the most alike first. Of thousands only a few pairs are looked at closely.

    Remembered, since a file is looked at again and again while somebody says what its columns are.
    """
    import numpy as np
    from rapidfuzz.fuzz import WRatio
    from rapidfuzz.process import cdist

    forms, labels = forms_of(record_type, source), list(dict.fromkeys(headers))
    names = list(forms)
    texts = [" ".join(words_of(each)) for each in names]
    told: dict[str, list[_Near]] = {}
    step = max(1, _AT_ONCE // max(1, len(texts)))
    for start in range(0, len(labels), step):
        part = labels[start : start + step]
        queries = [" ".join(words_of(each)) for each in part]
        scores = cdist(queries, texts, scorer=WRatio, score_cutoff=_CUTOFF, dtype=np.uint8)
        best = np.argsort(-scores.astype(np.int16), axis=1, kind="stable")[:, :_LOOKED_AT]
        for row, header in enumerate(part):
            told[header] = [
                _Near(names[place], forms[names[place]], score)
                for place in best[row]
                if scores[row, place]
                and (score := likeness(words_of(header), words_of(names[place]), known)) > 0
            ]
    return told


def _fits(
    near: Sequence[_Near],
    sketch: ColumnSketch | None,
    record_type: RecordType,
    taken: set[str],
    telling: Sequence[Field],
) -> dict[str, _Fit]:
    """Field → how well the column fits it, of fields that are free; ``telling``: those of which cells alone may speak.

    A column that is more like a field that is taken, or like one that the source ignores, is like that one and no other.
    """
    ceiling = max(
        (each.score for each in near if not each.fields or taken.intersection(each.fields)), default=0.0
    )
    found: dict[str, _Fit] = {}
    for each in near:
        for name in each.fields:
            score = each.score
            if name in taken or score <= ceiling or score <= found.get(name, _Fit(0.0, "", "")).score:
                continue
            found[name] = _Fit(score, "fuzzy", f'its name is like "{each.form}"', each.form)
    if sketch is not None:
        for name, fit in list(found.items()):
            found[name] = _weighed(fit, name, sketch, record_type)
        for field in telling:
            if field.name in found:
                continue
            said = evidence(field, sketch)
            if said.support and ceiling < LIKELY:
                found[field.name] = _Fit(said.support, "content", said.why)
    return {name: fit for name, fit in found.items() if fit.score >= SHOWN}


def _weighed(fit: _Fit, name: str, sketch: ColumnSketch, record_type: RecordType) -> _Fit:
    """A likeness by name, weighed with what the cells say."""
    if name == EXTERNAL_ID or name not in record_type or record_type.reference(name) is not None:
        return fit
    said = evidence(record_type[name], sketch)
    if said.against:
        return replace(fit, score=fit.score / 2, why=f"{fit.why}, but {said.why}")
    if not said.support:
        return fit
    return replace(
        fit, score=fit.score + (1 - fit.score) * said.support * 0.8, why=f"{fit.why}, and {said.why}"
    )


def _chosen(
    fits: Dictionary[int, Dictionary[str, _Fit]], labels: Dictionary[int, str]
) -> tuple[Suggestion, ...]:
    """The best one-to-one assignment; where another column or field fits as well, both, and marked so."""
    import numpy as np

    places = sorted(fits)
    names = sorted({name for each in fits.values() for name in each})
    scores = np.zeros((len(places), len(names)))
    for row, place in enumerate(places):
        for name, fit in fits[place].items():
            scores[row, names.index(name)] = fit.score
    pairs = {places[row]: names[column] for row, column in assigned(scores)}
    wanted, tied = _beside(pairs, fits)
    return tuple(
        Suggestion(
            position=place,
            column=labels[place],
            field=name,
            confidence=round(fits[place][name].score, 2),
            how=fits[place][name].how,
            why=fits[place][name].why,
            tied=(place, name) in tied,
        )
        for place in sorted(wanted)
        for name in sorted(wanted[place], key=lambda name: (-fits[place][name].score, name))
    )


def _beside(
    pairs: Dictionary[int, str], fits: Dictionary[int, Dictionary[str, _Fit]]
) -> tuple[dict[int, set[str]], set[tuple[int, str]]]:
    """Column → its fields: the one assigned, those that go by the same name, those that tie; and what is tied."""
    by_field = {name: place for place, name in pairs.items()}
    wanted: defaultdict[int, set[str]] = defaultdict(set)
    tied: set[tuple[int, str]] = set()
    for place, name in pairs.items():  # other fields for the same column
        own = fits[place][name]
        wanted[place].add(name)
        for other, fit in fits[place].items():
            if other == name or other in by_field:
                continue
            if own.form and fit.form == own.form:
                wanted[place].add(other)
            elif fit.score >= own.score - _TIE:
                tied |= {(place, name), (place, other)}
    for place, each in fits.items():  # other columns for the same field
        for name, fit in each.items():
            holder = by_field.get(name)
            if holder is None or place in pairs:
                continue
            if fit.score >= fits[holder][name].score - _TIE:
                tied |= {(place, name), (holder, name)}
    for place, name in tied:
        wanted[place].add(name)
    return wanted, tied


def acceptable(suggestions: Sequence[Suggestion], least: float) -> list[Suggestion]:
    """Those that an operator who asks for at least so much confidence gets; nothing that is tied."""
    return [each for each in suggestions if each.confidence >= least and not each.tied]
