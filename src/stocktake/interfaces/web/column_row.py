"""The columns of a file as rows of the mapping page: what each holds, what it feeds, how that is known (MAP-1). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stocktake.cleaning.asking import ZONELESS
from stocktake.model.mapping import KEPT, LEFT_OUT
from stocktake.model.record_type import Field, FieldType, OnBlank, RecordType

if TYPE_CHECKING:
    from stocktake.book.looking import Look
    from stocktake.model.mapping import ColumnMapping
    from stocktake.model.sketch import ColumnSketch
    from stocktake.model.suggestion import Suggestion
    from stocktake.reporting.column_doubt import ColumnDoubt

#: In the place of a field: what the column feeds without anybody's word.
BY_ITSELF = "="

_DATES = (
    ("dmy", "day first: 31/03/2026"),
    ("mdy", "month first: 03/31/2026"),
    ("ymd", "year first: 2026/03/31"),
    ("month-name", "with the month's name: 31 Mar 2026"),
    ("excel", "Excel's number of a day: 45000"),
)
_NUMBERS = (
    ("1,234.56", "1,234.56"),
    ("1.234,56", "1.234,56"),
    ("1 234,56", "1 234,56"),
    ("1'234.56", "1'234.56"),
)
_READS = {
    FieldType.DATE: _DATES,
    FieldType.DATETIME: _DATES,
    FieldType.DECIMAL: _NUMBERS,
    FieldType.INTEGER: _NUMBERS,
}
_BLANK = {
    OnBlank.KEEP: "what is stored stays",
    OnBlank.CLEAR: "what is stored is cleared",
    OnBlank.FILL_ONLY: "only a blank value is filled",
}
#: How a column is known to feed its field, as the badge says it.
HOW = {
    "map": ("chosen", "good"),
    "saved": ("saved", "good"),
    "source": ("source", "good"),
    "alias": ("alias", "good"),
    "name": ("name", "good"),
    "parts": ("parts", "quiet"),
    "fuzzy": ("fuzzy", "warn"),
    "content": ("content", "warn"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnRow:
    """One column. ``default``: what it feeds if nobody says anything; ``chosen``: what is marked in the form.

    ``column``: its name, and ``has_own_header``, that this is its header: it is neither blank nor said before.
    ``said``: the fields that somebody chose for it; ``by_itself``: the labels of what ``BY_ITSELF`` stands for.
    ``suggestion``: what it may feed though nobody says so; ``is_suggested``: that is marked, and nobody has sent it yet.
    ``unfed_by``: who says that it feeds nothing, as a key of ``HOW``.
    """

    position: int
    column: str
    sketch: ColumnSketch
    default: str
    chosen: str
    said: tuple[str, ...] = ()
    by_itself: tuple[str, ...] = ()
    fed: tuple[ColumnMapping, ...] = ()
    suggestion: Suggestion | None = None
    is_suggested: bool = False
    is_sent: bool = False
    has_own_header: bool = True
    unfed_by: str = ""
    is_key: bool = False
    reads: tuple[tuple[str, str], ...] = ()
    read: str = ""
    zone: str = ""
    asks_zone: bool = False
    is_asked: bool = False
    asks_zone_first: bool = False
    if_blank: str = ""

    @property
    def filled(self) -> float:
        """Which share of its cells is filled."""
        return self.sketch.filled / self.sketch.rows if self.sketch.rows else 0.0

    @property
    def badges(self) -> list[tuple[str, str, str]]:
        """How what it feeds is known: word, kind, and how far it is to be trusted where that is not wholly."""
        if self.is_suggested and self.suggestion is not None:
            word, kind = HOW[self.suggestion.how]
            return [(word, kind, f"{self.suggestion.confidence:.0%}")]
        told = dict.fromkeys((each.how, each.confidence) for each in self.fed)
        if not told and self.unfed_by:
            told = {(self.unfed_by, 1.0): None}
        return [(*HOW.get(how, (how, "quiet")), f"{trust:.0%}" if trust < 1 else "") for how, trust in told]

    def pairs(self, word: str) -> list[tuple[str, str]]:
        """What ``Book.choose`` is told of the column for a choice of the form."""
        if word != BY_ITSELF:
            return [(self.column, word)]
        return [(self.column, name) for name in self.said] if len(self.said) > 1 else []


def groups_of(look: Look) -> list[tuple[str, list[tuple[str, str]]]]:
    """The fields of the record type in groups, for a menu: ``[("Required", [("serial_number", "Serial number")]), …]``."""
    kind, source = look.record_type, look.source
    if kind is None or source is None:
        return []
    keys = [*(source.external_id or kind.external_id), *(name for each in kind.identity for name in each)]
    required = {each.name for each in kind.fields if each.required}
    required |= set(source.external_id or kind.external_id) if source.tracks_presence else set()
    first = [(each.name, each.label) for each in kind.fields if each.name in required]
    second = [
        (each.name, each.label) for each in kind.fields if each.name in keys and each.name not in required
    ]
    others = [
        (each.name, each.label) for each in kind.fields if each.name not in required and each.name not in keys
    ]
    second += [] if "external_id" in kind else [("external_id", "External id (the source's own)")]
    named = (("Required", first), ("By which records are known", second), ("Other fields", others))
    return [(name, fields) for name, fields in named if fields]


def column_rows(
    look: Look,
    *,
    sent: Mapping[str, str] | None = None,
    asked: Mapping[str, ColumnDoubt] | None = None,
) -> list[ColumnRow]:
    """The rows; ``sent``: a form that was refused and stays marked; ``asked``: columns that leave open how they are read."""
    said: dict[str, list[str]] = {}
    for column, name in look.draft.choices.get("columns") or ():
        said.setdefault(column, []).append(name)
    told = _Told(look=look, said=said, proposed=_proposed(look), sent=sent or {}, asked=asked or {})
    return [told.row(place) for place in range(len(look.inspection.columns))]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """What is known of all columns: what was said of each, what is proposed, sent, asked."""

    look: Look
    said: Mapping[str, list[str]]
    proposed: Mapping[int, Suggestion]
    sent: Mapping[str, str]
    asked: Mapping[str, ColumnDoubt]

    def row(self, place: int) -> ColumnRow:
        """One column."""
        look, sketch = self.look, self.look.inspection.columns[place]
        mapping, kind = look.inspection.mapping, look.record_type
        fed = tuple(each for each in (mapping.columns if mapping else ()) if place in each.positions)
        default, alone = _default(look, place)
        said = tuple(self.said.get(sketch.name, ()))
        proposed = None if said or alone else self.proposed.get(place)
        is_suggested = proposed is not None and _is_free(look, proposed)
        told = self.sent.get(f"column-{place}")
        chosen = proposed.field if is_suggested and proposed is not None else _said(said, default)
        field = _field_read(kind, chosen if told is None else told, fed)
        question, reads = self.asked.get(sketch.name), _read_words(look, sketch.name, field)
        return ColumnRow(
            position=place,
            column=sketch.name,
            sketch=sketch,
            default=default,
            chosen=chosen if told is None else told,
            said=said,
            by_itself=_labels(kind, said if len(said) > 1 else alone),
            fed=fed,
            suggestion=proposed,
            is_suggested=is_suggested and told in (None, chosen),
            is_sent=told is not None,
            has_own_header=sketch.name == look.inspection.layout.header[place],
            unfed_by="map" if said else _unfed_by(look, place),
            is_key=_is_key(look, fed),
            reads=_ways(field, question),
            read=self.sent.get(f"reads-{place}", reads.get("reads", "")),
            zone=self.sent.get(f"zone-{place}", reads.get("zone", "")),
            asks_zone=field is not None and field.type is FieldType.DATETIME,
            is_asked=question is not None,
            asks_zone_first=question is not None and question.code == ZONELESS,
            if_blank=_if_blank(look, field),
        )


def _proposed(look: Look) -> dict[int, Suggestion]:
    """Place → the best suggestion; each field once, and none that another fits as well."""
    found: dict[int, Suggestion] = {}
    fields: set[str] = set()
    for each in sorted(look.alone.advice.suggestions, key=lambda each: -each.confidence):
        if each.position not in found and each.field not in fields and not each.tied:
            found[each.position] = each
            fields.add(each.field)
    return found


def _said(said: tuple[str, ...], default: str) -> str:
    """The form's word for what was said of a column: several fields are none of its words."""
    if not said:
        return default
    return said[0] if len(said) == 1 else BY_ITSELF


def _labels(kind: RecordType | None, names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(kind[name].label if kind is not None and name in kind else "External id" for name in names)


def _default(look: Look, place: int) -> tuple[str, tuple[str, ...]]:
    """What the form's word is for what a column does by itself, and the fields that it then feeds."""
    alone = look.alone
    if alone.mapping is None:
        return KEPT, ()
    fed = [each for each in alone.mapping.columns if place in each.positions]
    names = tuple(each.field for each in fed)
    if len(fed) == 1 and fed[0].positions == (place,):
        return names[0], names
    if fed:
        return BY_ITSELF, names
    is_ignored = alone.target is not None and place in {position for position, _ in alone.target.ignored}
    keeps = (
        look.record_type is None or (look.draft.choices.get("extra") or look.record_type.unmapped) == "keep"
    )
    is_kept = keeps or place in {position for position, _ in alone.mapping.kept}
    return (LEFT_OUT if is_ignored or not is_kept else KEPT), ()


def _unfed_by(look: Look, place: int) -> str:
    """Who says of a column that it feeds nothing, where somebody does: the saved mapping that was chosen, or the source."""
    alone = look.alone
    ignored = alone.target.ignored if alone.target else ()
    named = {position for position, _ in (*ignored, *(alone.mapping.kept if alone.mapping else ()))}
    if place not in named:
        return ""
    return "saved" if look.draft.choices.get("mapping") else "source"


def _is_free(look: Look, proposed: Suggestion) -> bool:
    """Whether nothing feeds the field that is suggested."""
    return look.inspection.mapping is None or look.inspection.mapping.of(proposed.field) is None


def _field_read(kind: RecordType | None, name: str, fed: tuple[ColumnMapping, ...]) -> Field | None:
    """The field whose type says how the column is read."""
    if kind is None or name in (KEPT, LEFT_OUT):
        return None
    if name in kind:
        return None if kind.reference(name) is not None else kind[name]
    typed = [kind[each.field] for each in fed if each.field in kind and kind.reference(each.field) is None]
    return next((each for each in typed if each.type in _READS), None)


def _ways(field: Field | None, doubt: ColumnDoubt | None) -> tuple[tuple[str, str], ...]:
    """How the column can be read; where that is open, with what its cells become."""
    if field is None:
        return ()
    ways = dict(_READS.get(field.type, ()))
    if doubt is not None and doubt.code != ZONELESS:
        for word, values in doubt.choices:
            told = [f"{cell} → {value}" for cell, value in zip(doubt.cells, values, strict=False) if value]
            ways[word] = "; ".join([ways.get(word, word).split(":")[0], *told[:2]])
    return (*ways.items(), *([("auto", "by this file alone, whatever was said before")] if ways else []))


def _read_words(look: Look, column: str, field: Field | None) -> dict[str, str]:
    """What was said of how a column is read: its format, ``reads``, and its time zone, ``zone``."""
    found: dict[str, str] = {}
    known = {word for word, _ in _READS.get(field.type, ())} if field is not None else set()
    for name, word in look.draft.choices.get("reads") or ():
        is_zone = field is not None and field.type is FieldType.DATETIME and word not in known
        if name == column:
            found["zone" if is_zone and ("/" in word or word == "UTC") and "%" not in word else "reads"] = (
                word
            )
    return found


def _if_blank(look: Look, field: Field | None) -> str:
    """What a blank cell does."""
    mapping = look.inspection.mapping
    if field is None or mapping is None:
        return ""
    rule = mapping.rule(field.name)
    if rule.default is not None:
        return f"says “{rule.default}”"
    return _BLANK[rule.on_blank or field.on_blank]


def _is_key(look: Look, fed: tuple[ColumnMapping, ...]) -> bool:
    """Whether the column is one by which the source's records are known."""
    if look.record_type is None or look.source is None:
        return False
    keys = {"external_id", *(look.source.external_id or look.record_type.external_id)}
    return any(each.field in keys for each in fed)
