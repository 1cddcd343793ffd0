"""Mapping documents: accepted as the how-to shows them, refused with every mistake at once (MAP-4)."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stocktake.catalog.declaration import check_source_fields, parse_source
from stocktake.catalog.mapping_declaration import mapping_from_json, mapping_to_json, parse_mapping
from stocktake.catalog.packs import pack_record_types, pack_sources
from stocktake.model.errors import InvalidInput
from stocktake.model.mapping import FieldRule, SavedMapping
from stocktake.model.record_type import Field, FieldType, OnBlank, RecordType
from stocktake.model.source import Source

KIND = RecordType(
    name="thing",
    title="Thing",
    plural="Things",
    fields=(
        Field(name="code"),
        Field(name="state", type=FieldType.CHOICE, choices=("NEW", "OLD"), values=(("fresh", "NEW"),)),
        Field(name="price", type=FieldType.DECIMAL),
        Field(name="bought", type=FieldType.DATE),
    ),
)
SHOP = Source(name="SHOP", record_types=("thing",))

WHOLE = """
[columns]
"Code" = ["code", "external_id"]
"Alt" = "code"
"Memo" = []

[values.state]
shiny = "NEW"

[constants]
price = 12.50

[defaults]
state = "fresh"
bought = "31/12/2026"

[on_blank]
price = "clear"

[null_words]
code = "n/a"

[formats]
bought = "%d/%m/%Y"
"""


def parsed(text: str) -> SavedMapping:
    return parse_mapping(text, KIND, SHOP, name="shop")


def test_a_document_says_columns_values_constants_defaults_and_rules_map_1():
    saved = parsed(WHOLE)

    assert saved.columns == (("Code", ("code", "external_id")), ("Alt", ("code",)), ("Memo", ()))
    assert {each.field: each.canonical() for each in saved.rules} == {
        "bought": {"default": "31/12/2026", "formats": ["%d/%m/%Y"]},
        "code": {"null_words": ["n/a"]},
        "price": {"constant": "12.5", "on_blank": "clear"},
        "state": {"values": {"shiny": "NEW"}, "default": "fresh"},
    }


def test_json_with_the_same_keys_says_the_same():
    assert parsed(json.dumps({"columns": {"Code": "code"}, "on_blank": {"code": "clear"}})) == parsed(
        '[columns]\nCode = "code"\n[on_blank]\ncode = "clear"\n'
    )


MISTAKES = {
    "nothing": ("", 1, "declaration", "says nothing"),
    "unknown key": ('[colums]\nCode = "code"\n', 1, "colums", 'Did you mean "columns"?'),
    "unknown field": ('[columns]\nCode = "cod"\n', 2, "columns.Code[0]", 'Did you mean "code"?'),
    "blank header": ('[columns]\n" " = "code"\n', 2, "columns. ", "needs a header"),
    "one header twice": (
        '[columns]\n"S/N" = "code"\n"sn" = "state"\n', 3, "columns.sn", 'the same header as "S/N"'
    ),
    "field of values": ('[values.stat]\na = "NEW"\n', 1, "values.stat", 'Did you mean "state"?'),
    "no choice": ('[values.state]\nshiny = "NWE"\n', 2, "values.state.shiny", 'Did you mean "NEW"?'),
    "constant of no use": ('[constants]\nprice = "much"\n', 2, "constants.price", "is not a number"),
    "constant that is no choice": ('[constants]\nstate = "lost"\n', 2, "constants.state", "not one of the choices"),
    "blank constant": ('[constants]\ncode = " "\n', 2, "constants.code", "is blank"),
    "constant id": ('[constants]\nexternal_id = "1"\n', 2, "constants.external_id", "of its own"),
    "constant and column": (
        '[columns]\nA = "code"\n[constants]\ncode = "x"\n', 4, "constants.code", "a column feeds code too"
    ),
    "default of no use": ('[defaults]\nbought = "soon"\n', 2, "defaults.bought", "is not a date"),
    "blank rule": ('[on_blank]\ncode = "clea"\n', 2, "on_blank.code", 'Did you mean "clear"?'),
    "format of no date": ('[formats]\ncode = "%Y"\n', 2, "formats.code", "only dates"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "line", "key", "words"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_is_told_with_its_line_map_4(text, line, key, words):
    with pytest.raises(InvalidInput) as refusal:
        parsed(text)

    (mistake,) = refusal.value.details["mistakes"]
    assert refusal.value.code == "invalid-declaration"
    assert (mistake["line"], mistake["key"] or "declaration") == (line, key)
    assert words in mistake["message"]


def test_all_mistakes_are_told_at_once():
    with pytest.raises(InvalidInput) as refusal:
        parsed('[columns]\nA = "cod"\n[on_blank]\ncode = "x"\n[constants]\nprice = "much"\nnone = 1\n')

    assert [each["line"] for each in refusal.value.details["mistakes"]] == [2, 4, 6, 7]


words = st.text(min_size=1, max_size=5)
rules = st.builds(
    FieldRule,
    field=words,
    values=st.dictionaries(words, words, min_size=1, max_size=2).map(lambda held: tuple(held.items())),
    constant=st.none() | words,
    default=st.none() | words,
    null_words=st.lists(words, max_size=2).map(tuple),
    on_blank=st.none() | st.sampled_from(OnBlank),
    formats=st.lists(words, max_size=2).map(tuple),
)
documents = st.builds(
    SavedMapping,
    name=words,
    columns=st.dictionaries(words, st.lists(words, max_size=2).map(tuple), max_size=3).map(
        lambda held: tuple(held.items())
    ),
    rules=st.lists(rules, max_size=3, unique_by=lambda each: each.field).map(
        lambda held: tuple(sorted(held, key=lambda each: each.field))
    ),
)


@given(documents)
def test_a_mapping_comes_back_as_it_was_stored(saved):
    assert mapping_from_json(mapping_to_json(saved), name=saved.name) == saved


@pytest.mark.parametrize("name", sorted(pack_sources()))
def test_what_the_shipped_sources_say_without_a_column_fits_their_fields_pack(name):
    check_source_fields(pack_sources()[name], pack_record_types())


def test_refuses_a_source_whose_constant_its_field_would_refuse():
    source = parse_source('name = "SHOP"\nrecord_types = "thing"\n[constants]\nprice = "much"\n')

    with pytest.raises(InvalidInput, match=r"constants\.price: .*is not a number"):
        check_source_fields(source, {"thing": KIND})
