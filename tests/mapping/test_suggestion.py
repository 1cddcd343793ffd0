"""What is suggested for columns that nobody speaks for (MAP-1), measured on headers as people write them."""

from __future__ import annotations

import doctest
import time
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from stocktake.catalog.packs import pack_record_types, pack_sources
from stocktake.flows.advising import known_words
from stocktake.mapping import likeness as words
from stocktake.mapping import map_columns
from stocktake.mapping.likeness import likeness, vocabulary, words_of
from stocktake.mapping.suggestion import LIKELY, SAFE, acceptable, suggest
from stocktake.model.record_type import Field, FieldType, RecordType
from stocktake.model.sketch import ColumnSketch, Form
from stocktake.model.source import Source
from stocktake.model.suggestion import Suggestion

CASES = tomllib.loads((Path(__file__).parent / "cases" / "headers.toml").read_text())["file"]
TYPES, SOURCES = pack_record_types(), pack_sources()
KNOWN = known_words(TYPES.values())
PLAIN = Source(name="PLAIN", record_types=("device",))


def device(*fields: Field) -> RecordType:
    return RecordType(name="device", title="Device", plural="Devices", fields=fields)


def suggestions(
    header: list[str],
    kind: RecordType,
    sketches: dict[int, ColumnSketch] | None = None,
    source: Source = PLAIN,
) -> tuple[Suggestion, ...]:
    mapping = map_columns(header, kind, source).mapping
    return suggest(mapping, kind, source, sketches or {}, known_words([kind]))


def sketch(name: str, *values: str, **forms: float) -> ColumnSketch:
    return ColumnSketch(
        name=name,
        type="text",
        rows=len(values),
        filled=len(values),
        distinct=len(set(values)),
        values=values,
        forms=tuple(forms.items()),
    )


def source_named(name: str) -> Source:
    return next(each for each in SOURCES.values() if each.name.casefold() == name.casefold())


def measured(case: dict[str, Any]) -> tuple[Counter[str], list[str]]:
    """How many columns were found exactly, suggested, safe to accept, missed; and the wrong suggestions."""
    kind, source = TYPES[case["type"]], source_named(case["source"])
    mapping = map_columns(list(case["columns"]), kind, source).mapping
    found = suggest(mapping, kind, source, {}, KNOWN)
    fed = {(column, each.field) for each in mapping.columns for column in each.headers}
    told = {(each.column, each.field): each for each in found}
    wanted = {
        (column, name)
        for column, names in case["columns"].items()
        for name in ([names] if isinstance(names, str) else names)
        if name
    }
    safe = {(each.column, each.field) for each in acceptable(found, SAFE)}
    counts: Counter[str] = Counter()
    counts["exact"] = len(wanted & fed)
    counts["suggested"] = len((wanted - fed) & told.keys())
    counts["safe"] = len((wanted - fed) & safe)
    counts["missed"] = len(wanted - fed - told.keys())
    wrong = [f"{column} is no {name}" for column, name in told.keys() - wanted]
    return counts, [each for each in wrong if each in {f"{one} is no {name}" for one, name in safe}] + wrong


@pytest.mark.parametrize("case", CASES, ids=[each["name"] for each in CASES])
def test_no_wrong_suggestion_is_safe_to_accept_map_1(case):
    kind, source = TYPES[case["type"]], source_named(case["source"])
    found = suggest(map_columns(list(case["columns"]), kind, source).mapping, kind, source, {}, KNOWN)

    wrong = [
        (each.column, each.field, each.confidence)
        for each in acceptable(found, SAFE)
        if each.field not in case["columns"][each.column]
    ]

    assert wrong == []


def test_nearly_all_mistyped_headers_are_found_and_hardly_a_wrong_one_is_shown_map_1():
    """Precision and recall over the whole case file; the figures stand in docs/how-to/find-the-right-columns.md."""
    counts: Counter[str] = Counter()
    wrong: list[str] = []
    for case in CASES:
        found, odd = measured(case)
        counts += found
        wrong += odd
    inexact = counts["suggested"] + counts["missed"]

    assert inexact >= 40
    assert counts["suggested"] / inexact >= 0.95, counts
    assert counts["safe"] / inexact >= 0.9, counts
    assert len(wrong) <= 2, wrong


def test_words_of_headers_are_as_their_docstring_says():
    assert doctest.testmod(words).failed == 0


@pytest.mark.parametrize(
    ("header", "form", "least", "most"),
    [
        ("Serail Number", "Serial Number", 0.9, 0.97),
        ("SerialNo", "Serial Number", 0.97, 0.97),
        ("Number, Serial", "Serial Number", 0.9, 0.95),
        ("serialnumbr", "Serial Number", 0.85, 0.97),
        ("Manuf.", "Manufacturer", 0.9, 0.97),
        ("Model Notes", "Model", 0.0, 0.59),
        ("Contract term", "Contract start", 0.0, 0.59),
        ("Address 2", "Address", 0.0, 0.59),
        ("State", "Stage", 0.0, 0.0),
        ("Rate", "Date", 0.0, 0.0),
        ("Previous Owner", "Owner", 0.0, 0.59),
        ("", "Owner", 0.0, 0.0),
    ],
)
def test_headers_are_alike_by_their_words_and_not_by_their_letters(header, form, least, most):
    assert least <= likeness(words_of(header), words_of(form), vocabulary(["Stage", "Date"])) <= most


def test_translations_are_found_where_an_alias_has_them():
    kind = device(Field(name="serial_number", aliases=("Seriennummer", "Numéro de série")))

    for header in ("Serien-Nummer", "Seriennumer", "Numero de serie", "NUMÉRO  DE SERIE"):
        fed = map_columns([header], kind, PLAIN).mapping.fields
        told = [each.field for each in suggestions([header], kind)]
        assert (*fed, *told) == ("serial_number",), header


def test_of_several_headers_for_one_field_the_likest_is_suggested_and_the_others_find_their_own_map_1():
    kind = device(Field(name="contract_start"), Field(name="contract_end"), Field(name="contract_owner"))

    found = suggestions(["Contract Strat", "Contracts End", "Contrct Owner"], kind)

    assert [each.field for each in found] == ["contract_start", "contract_end", "contract_owner"]


def test_two_that_fit_alike_are_both_shown_and_neither_is_accepted_map_1():
    kind = device(Field(name="serial_number"))

    found = suggestions(["Serail Number", "Seriall Number"], kind)

    assert [(each.column, each.tied) for each in found] == [("Serail Number", True), ("Seriall Number", True)]
    assert acceptable(found, 0.6) == []


def test_a_column_like_one_that_is_fed_already_is_suggested_for_nothing_else():
    kind = device(Field(name="model"), Field(name="model_number"))

    assert suggestions(["Model Number", "Model Numbr"], kind) == ()


def test_a_column_like_one_that_its_source_ignores_is_not_suggested():
    ignoring = Source(name="PLAIN", record_types=("device",), columns=(("Device Status", ()),))

    assert suggestions(["Devce Status"], device(Field(name="status")), source=ignoring) == ()


def test_one_column_is_suggested_for_all_fields_that_go_by_the_name_it_is_like_map_1():
    kind = device(Field(name="stage", aliases=("Deal Stage",)), Field(name="plain", aliases=("Deal Stage",)))

    found = suggestions(["Deal Stgae"], kind)

    assert [(each.field, each.tied) for each in found] == [("plain", False), ("stage", False)]


@pytest.mark.parametrize(
    ("field", "forms", "confidence"),
    [
        (Field(name="mail", type=FieldType.EMAIL), {"email": 1.0, "at": 1.0}, 0.8),
        (Field(name="imei"), {"imei": 1.0, "fifteen": 1.0}, 0.85),
        (Field(name="web", type=FieldType.URL), {"url": 1.0, "dotted": 1.0}, 0.7),
        (Field(name="site", clean=("domain",)), {"domain": 1.0, "dotted": 1.0}, 0.6),
        (Field(name="mobile"), {"phone": 1.0, "dialled": 1.0}, 0.6),
    ],
)
def test_cells_alone_suggest_a_field_that_can_hold_nothing_else_map_1(field, forms, confidence):
    (found,) = suggestions(["Zzz"], device(field), {0: sketch("Zzz", "a", "b", "c", **forms)})

    assert (found.field, found.how, found.confidence) == (field.name, "content", confidence)
    assert "its cells look like" in found.why
    assert confidence < SAFE or field.name == "imei"


def test_cells_that_are_the_words_of_a_choice_suggest_it_map_1():
    kind = device(
        Field(name="status", type=FieldType.CHOICE, choices=("ACTIVE", "RETIRED"), values=(("on", "ACTIVE"),))
    )

    (found,) = suggestions(["Zzz"], kind, {0: sketch("Zzz", "Active", "retired", "On")})

    assert (found.field, found.how, found.confidence) == ("status", "content", 0.8)
    assert suggestions(["Zzz"], kind, {0: sketch("Zzz", "Active", "Active")}) == ()


def test_two_columns_of_addresses_are_both_shown_for_the_one_field_of_addresses():
    cells = {place: sketch("x", "a", "b", "c", email=1.0, at=1.0) for place in (0, 1)}

    found = suggestions(["Zzz", "Qqq"], device(Field(name="mail", type=FieldType.EMAIL)), cells)

    assert [(each.column, each.tied) for each in found] == [("Zzz", True), ("Qqq", True)]


def test_cells_strengthen_a_likeness_or_weaken_it_map_1():
    kind = device(Field(name="warranty_end", type=FieldType.DATE))
    (alone,) = suggestions(["Warrantyy End"], kind)
    (dates,) = suggestions(["Warrantyy End"], kind, {0: sketch("x", "a", "b", "c", date=1.0, digit=1.0)})
    words_only = suggestions(["Warrantyy End"], kind, {0: sketch("x", "gold", "silver", "none")})

    assert dates.confidence > alone.confidence >= LIKELY
    assert words_only == ()


def test_ten_thousand_columns_are_matched_in_seconds():
    kind, source = TYPES["device"], SOURCES["TELUS"]
    header = [f"Reading {place} of gauge {place * 7919 % 997}" for place in range(10_000)]
    mapping = map_columns(header, kind, source).mapping

    since = time.process_time()
    found = suggest(mapping, kind, source, {}, KNOWN)

    assert found == ()
    assert time.process_time() - since < 60


def test_a_form_is_called_by_its_name():
    assert sketch("x", "a", email=1.0).looks_like is Form.EMAIL
    assert sketch("x", "a", email=0.5).looks_like is None
