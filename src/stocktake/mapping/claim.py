"""Claims: which column asks to feed which field, and with what right (MAP-1)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from stocktake.mapping.header import plain, plain_name
from stocktake.model.mapping import KEPT, SavedMapping
from stocktake.model.record_type import RecordType
from stocktake.model.source import Source

#: The name of the column that every record has for its source's own id; a mapping may feed it (TYP-5).
EXTERNAL_ID = "external_id"

#: The rights, strongest first, and how far each is to be trusted.
CONFIDENCE = {
    "map": 1.0,
    "saved": 1.0,
    "source": 1.0,
    "alias": 1.0,
    "name": 0.95,
    "fuzzy": 0.9,
    "content": 0.8,
}

_STRENGTH = {how: place for place, how in enumerate(CONFIDENCE)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A column that asks to feed a field.

    ``place`` orders claims of the same right: the place of the alias in the field's list, of the header in the
    table of the saved mapping or the source. ``confidence``: how far it is to be trusted, where that is not its right's.
    """

    position: int
    column: str
    field: str
    how: str
    place: int = 0
    confidence: float | None = None

    @property
    def trust(self) -> float:
        """How far the claim is to be trusted, 0 to 1."""
        return CONFIDENCE[self.how] if self.confidence is None else self.confidence

    @property
    def order(self) -> tuple[int, int, int]:
        """The smallest wins: the right, then the place, then the earlier column."""
        return _STRENGTH[self.how], self.place, self.position


def targets(record_type: RecordType) -> list[str]:
    """The fields that a mapping may feed: the declared ones and ``external_id`` (TYP-5)."""
    return [*(each.name for each in record_type.fields), EXTERNAL_ID]


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """What the source or a saved mapping (``how``) says a column feeds; no field: it is ignored, or ``kept``."""

    place: int
    fields: tuple[str, ...]
    how: str
    kept: bool = False


def saved_columns(saved: SavedMapping | None) -> dict[str, Declared]:
    """A column's name in its plain form → what the saved mapping says about it."""
    columns = saved.columns if saved else ()
    return {
        plain_name(name): Declared(
            place=place,
            fields=tuple(each for each in fields if each != KEPT),
            how="saved",
            kept=KEPT in fields,
        )
        for place, (name, fields) in reversed(list(enumerate(columns)))
    }


def declared_of(
    header: Sequence[str], names: Sequence[str], declared: dict[str, Declared]
) -> dict[int, Declared]:
    """Place of a column → what is declared of it: by its own name, else by its header where others have that too."""
    found = {}
    for place, (label, name) in enumerate(zip(header, names, strict=True)):
        said = declared.get(plain_name(name)) or declared.get(plain_name(label) if label.strip() else "")
        if said is not None:
            found[place] = said
    return found


def source_columns(record_type: RecordType, source: Source) -> dict[str, Declared]:
    """Header in its plain form → what the source's own table says about it.

    Fields of the source's other record types are left out, and headers that feed only those.
    """
    known = set(targets(record_type))
    declared: dict[str, Declared] = {}
    for place, (header, names) in enumerate(source.columns):
        fed = tuple(name for name in names if name in known)
        if plain(header) and (fed or not names):
            declared.setdefault(plain(header), Declared(place=place, fields=fed, how="source"))
    return declared


def header_claims(
    header: Sequence[str], names: Sequence[str], record_type: RecordType, declared: dict[int, Declared]
) -> Iterator[Claim]:
    """What each column claims: by what is declared of it (place → that) alone, else by its header as alias and name."""
    words = _words(record_type)
    for position, (label, column) in enumerate(zip(header, names, strict=True)):
        says = declared.get(position)
        if says is not None:
            for name in says.fields:
                yield Claim(position=position, column=column, field=name, how=says.how, place=says.place)
        elif plain(label):
            for name, how, place in words.get(plain(label), ()):
                yield Claim(position=position, column=column, field=name, how=how, place=place)


def forms_of(record_type: RecordType, source: Source) -> dict[str, tuple[str, ...]]:
    """Every name by which a column could ask, as it is written, and the fields that go by it; none: it is ignored."""
    forms: dict[str, dict[str, None]] = {}

    def add(form: str, *names: str) -> None:
        if plain(form):
            forms.setdefault(form, {}).update(dict.fromkeys(names))

    for each in record_type.fields:
        for form in (each.label, *each.aliases, each.name):
            add(form, each.name)
    if EXTERNAL_ID in record_type.external_id:
        for form in (*record_type.key_aliases, EXTERNAL_ID):
            add(form, EXTERNAL_ID)
    known = set(targets(record_type))
    for header, names in source.columns:
        fed = [name for name in names if name in known]
        if fed or not names:
            add(header, *fed)
    return {form: tuple(names) for form, names in forms.items()}


def _words(record_type: RecordType) -> dict[str, list[tuple[str, str, int]]]:
    """Plain form → the fields that go by it, each once, as an alias before as a name."""
    words: defaultdict[str, dict[str, tuple[str, str, int]]] = defaultdict(dict)
    for each in record_type.fields:
        for place, alias in enumerate(each.aliases):
            words[plain(alias)].setdefault(each.name, (each.name, "alias", place))
        for place, name in enumerate((each.name, each.label)):
            words[plain(name)].setdefault(each.name, (each.name, "name", place))
    if EXTERNAL_ID in record_type.external_id:
        for place, alias in enumerate(record_type.key_aliases):
            words[plain(alias)].setdefault(EXTERNAL_ID, (EXTERNAL_ID, "alias", place))
        words[plain(EXTERNAL_ID)].setdefault(EXTERNAL_ID, (EXTERNAL_ID, "name", 0))
    return {form: list(found.values()) for form, found in words.items()}
