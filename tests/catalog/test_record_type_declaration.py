"""Record types as text: accepted as the specification shows them, refused with every mistake at once (TYP)."""

from __future__ import annotations

import json

import pytest

from stocktake.catalog.declaration import check_references, parse_record_type
from stocktake.model.errors import InvalidInput
from stocktake.model.record_type import SYSTEM_COLUMNS, Choice, FieldType, OnBlank

SHOWN = """
name = "device"                       # [a-z][a-z0-9_]{0,40}; also the table's name
title = "Device"
plural = "Devices"
display = "asset_tag"
external_id = "serial_number"
identity = [["serial_number"], ["asset_tag"]]
tracked = ["status", "assigned_to"]
unmapped = "keep"

[[field]]
name = "serial_number"
type = "text"
aliases = ["Serial Number", "S/N"]
clean = ["upper"]
required = false
max_length = 100

[[field]]
name = "asset_tag"

[[field]]
name = "assigned_to"
clean = ["collapse", "none_words(N/A, unknown)"]

[[field]]
name = "warranty_end"
type = "date"
formats = ["%Y-%m-%d", "%d/%m/%Y"]
on_blank = "clear"
minimum = 2001-01-01

[[field]]
name = "price"
type = "decimal"
minimum = 0.10
maximum = 1000

[[field]]
name = "location_id"
type = "integer"

[[field]]
name = "status"
type = "choice"
choices = ["AVAILABLE", "ASSIGNED", "MAINTENANCE", "RETIRED"]
values = { "in use" = "ASSIGNED" }

[[reference]]
field = "location_id"
to = "location"
by = ["external_id", "name"]
missing = "blank"

[lifecycle]
field = "status"
retired = "RETIRED"
on_create = { when = "assigned_to", then = "ASSIGNED", else = "AVAILABLE" }
on_reactivate = "AVAILABLE"
"""


def mistakes_of(text: str) -> list[dict[str, object]]:
    with pytest.raises(InvalidInput) as refused:
        parse_record_type(text, origin="device.toml")
    assert refused.value.code == "invalid-declaration"
    assert refused.value.hint
    mistakes: list[dict[str, object]] = refused.value.details["mistakes"]
    for each in mistakes:
        assert str(each["message"]) in refused.value.message
        assert f"line {each['line']}" in refused.value.message
    return mistakes


def test_accepts_the_declaration_that_the_specification_shows():
    declared = parse_record_type(SHOWN)

    assert (declared.name, declared.title, declared.plural) == ("device", "Device", "Devices")
    assert declared.external_id == ("serial_number",)
    assert declared.identity == (("serial_number",), ("asset_tag",))
    assert declared["serial_number"].aliases == ("Serial Number", "S/N")
    assert declared["warranty_end"].type is FieldType.DATE
    assert declared["warranty_end"].on_blank is OnBlank.CLEAR
    assert declared["warranty_end"].minimum == "2001-01-01"
    assert (declared["price"].minimum, declared["price"].maximum) == ("0.1", "1000")
    assert declared["status"].values == (("in use", "ASSIGNED"),)
    assert declared.references[0].to == "location"
    assert declared.lifecycle is not None
    assert declared.lifecycle.on_create == Choice(when="assigned_to", then="ASSIGNED", otherwise="AVAILABLE")
    assert declared.lifecycle.on_reactivate == "AVAILABLE"


def test_accepts_json_with_the_same_keys():
    keys = {
        "name": "deal",
        "external_id": ["deal_id", "region"],
        "field": [{"name": "deal_id"}, {"name": "region"}],
    }

    declared = parse_record_type(json.dumps(keys))

    assert declared.external_id == ("deal_id", "region")
    assert (declared.title, declared.plural) == ("Deal", "Deals")


def test_accepts_external_id_as_a_key_without_a_field_of_that_name_typ_5():
    declared = parse_record_type('name = "deal"\nexternal_id = "external_id"\n[[field]]\nname = "amount"\n')

    assert declared.external_id == ("external_id",)


FIELD = '[[field]]\nname = "a"\n'
WHOLE = FIELD + 'type = "integer"\n'
STATUS = '[[field]]\nname = "s"\ntype = "choice"\nchoices = ["NEW", "OLD"]\n'

MISTAKES = {
    "name missing": (FIELD, 1, "name", "is missing"),
    "name with capitals": ('name = "Device"\n' + FIELD, 1, "name", "cannot be a record type's name"),
    "name too long": (f'name = "{"a" * 42}"\n' + FIELD, 1, "name", "cannot be a record type's name"),
    "type name of the system TYP-5": ('name = "st_x"\n' + FIELD, 1, "name", "reserved-name"),
    "type name of SQLite TYP-5": ('name = "sqlite_x"\n' + FIELD, 1, "name", "reserved-name"),
    "type name of PostgreSQL TYP-5": ('name = "pg_x"\n' + FIELD, 1, "name", "reserved-name"),
    "no field": ('name = "t"\n', 1, "field", "at least one field"),
    "field name": ('name = "t"\n[[field]]\nname = "1a"\n', 3, "field[0].name", "cannot be a field's name"),
    "field name missing": ('name = "t"\n\n[[field]]\n', 3, "field[0].name", "is missing"),
    "field twice": ('name = "t"\n' + FIELD + FIELD, 5, "field[1].name", "declared twice"),
    "unknown key": ('name = "t"\ndispaly = "a"\n' + FIELD, 2, "dispaly", 'Did you mean "display"?'),
    "unknown field key": (
        'name = "t"\n' + FIELD + 'typ = "text"\n',
        4,
        "field[0].typ",
        'Did you mean "type"?',
    ),
    "wrong form": ('name = "t"\n' + FIELD + 'required = "yes"\n', 4, "field[0].required", "true or false"),
    "number as text": (
        'name = "t"\n' + FIELD + 'max_length = "9"\n',
        4,
        "field[0].max_length",
        "whole number",
    ),
    "unknown type": ('name = "t"\n' + FIELD + 'type = "datum"\n', 4, "field[0].type", 'Did you mean "date"?'),
    "unknown cleaner": (
        'name = "t"\n' + FIELD + 'clean = ["uper"]\n',
        4,
        "field[0].clean[0]",
        'mean "upper"?',
    ),
    "words missing": (
        'name = "t"\n' + FIELD + 'clean = ["none_words()"]\n',
        4,
        "field[0].clean[0]",
        "brackets",
    ),
    "words given": (
        'name = "t"\n' + FIELD + 'clean = ["upper(x)"]\n',
        4,
        "field[0].clean[0]",
        "takes nothing",
    ),
    "length": ('name = "t"\n' + FIELD + "max_length = 0\n", 4, "field[0].max_length", "1 or more"),
    "pattern": ('name = "t"\n' + FIELD + 'pattern = "(a"\n', 4, "field[0].pattern", "regular expression"),
    "look-around": ('name = "t"\n' + FIELD + 'pattern = "(?=a)"\n', 4, "field[0].pattern", "look-around"),
    "blank rule": ('name = "t"\n' + FIELD + 'on_blank = "fill"\n', 4, "field[0].on_blank", '"fill_only"?'),
    "limits": (
        'name = "t"\n' + FIELD + 'type = "integer"\nmaximum = 1\nminimum = 2\n',
        6,
        "field[0].minimum",
        "more than the maximum",
    ),
    "limit of text": (
        'name = "t"\n' + FIELD + "minimum = 2\n",
        4,
        "field[0].minimum",
        "only numbers and dates",
    ),
    "limit no number": (
        'name = "t"\n' + FIELD + 'type = "decimal"\nminimum = "low"\n',
        5,
        "field[0].minimum",
        "not a number",
    ),
    "broken whole number": (
        'name = "t"\n' + FIELD + 'type = "integer"\nminimum = 1.5\n',
        5,
        "field[0].minimum",
        "not a whole number",
    ),
    "choices missing": (
        'name = "t"\n' + FIELD + 'type = "choice"\n',
        2,
        "field[0].choices",
        "list what it may be",
    ),
    "choices of text": ('name = "t"\n' + FIELD + 'choices = ["x"]\n', 4, "field[0].choices", '"choice"'),
    "authority twice": (
        'name = "t"\n' + FIELD + 'authority = ["A", "B", "A"]\n',
        4,
        "field[0].authority[2]",
        "listed twice",
    ),
    "choice twice": ('name = "t"\n' + STATUS.replace("OLD", "NEW"), 5, "field[0].choices[1]", "listed twice"),
    "value to no choice": (
        'name = "t"\n' + STATUS + '[field.values]\nfresh = "NEEW"\n',
        7,
        "field[0].values.fresh",
        'Did you mean "NEW"?',
    ),
    "display": ('name = "t"\ndisplay = "b"\n' + FIELD, 2, "display", 'no field "b"'),
    "external id": ('name = "t"\nexternal_id = "b"\n' + FIELD, 2, "external_id[0]", 'no field "b"'),
    "identity": ('name = "t"\nidentity = [["a"], ["b"]]\n' + FIELD, 2, "identity[1][0]", 'no field "b"'),
    "empty identity": ('name = "t"\nidentity = [[]]\n' + FIELD, 2, "identity[0]", "at least one field"),
    "identity rule": ('name = "t"\nidentity_rules = ["fold"]\n' + FIELD, 2, "identity_rules[0]", "casefold"),
    "tracked": ('name = "t"\ntracked = ["b"]\n' + FIELD, 2, "tracked[0]", 'no field "b"'),
    "unmapped": ('name = "t"\nunmapped = "kep"\n' + FIELD, 2, "unmapped", 'Did you mean "keep"?'),
    "rekey": ('name = "t"\nrekey = "always"\n' + FIELD, 2, "rekey", "propose, auto"),
    "reference field": (
        'name = "t"\n' + FIELD + '[[reference]]\nfield = "b"\nto = "u"\n',
        5,
        "reference[0].field",
        'no field "b"',
    ),
    "reference without type": (
        'name = "t"\n' + WHOLE + '[[reference]]\nfield = "a"\n',
        5,
        "reference[0].to",
        "is missing",
    ),
    "reference missing rule": (
        'name = "t"\n' + WHOLE + '[[reference]]\nfield = "a"\nto = "u"\nmissing = "blnk"\n',
        8,
        "reference[0].missing",
        'Did you mean "blank"?',
    ),
    "reference in a text": (
        'name = "t"\n' + FIELD + '[[reference]]\nfield = "a"\nto = "u"\n',
        5,
        "reference[0].field",
        'type = "integer"',
    ),
    "comparison": (
        'name = "t"\n' + FIELD + 'compare = "nam"\n',
        4,
        "field[0].compare",
        'Did you mean "name"?',
    ),
    "headers of no external id": (
        'name = "t"\nexternal_id = "a"\nkey_aliases = ["ID"]\n' + FIELD,
        3,
        "key_aliases",
        "give the field",
    ),
    "lifecycle field": (
        'name = "t"\n' + FIELD + '[lifecycle]\nfield = "b"\nretired = "OLD"\n',
        5,
        "lifecycle.field",
        'no field "b"',
    ),
    "retired status missing": (
        'name = "t"\n' + STATUS + '[lifecycle]\nfield = "s"\n',
        6,
        "lifecycle.retired",
        "is missing",
    ),
    "retired no choice": (
        'name = "t"\n' + STATUS + '[lifecycle]\nfield = "s"\nretired = "OLDD"\n',
        8,
        "lifecycle.retired",
        'Did you mean "OLD"?',
    ),
    "plain status no choice": (
        'name = "t"\n' + STATUS + '[lifecycle]\nfield = "s"\nretired = "OLD"\non_create = "NEU"\n',
        9,
        "lifecycle.on_create",
        "not a choice",
    ),
    "status depends on no field": (
        'name = "t"\n'
        + STATUS
        + '[lifecycle]\nfield = "s"\nretired = "OLD"\non_create = { when = "b", then = "NEW", else = "NEW" }\n',
        9,
        "lifecycle.on_create.when",
        'no field "b"',
    ),
    "status without else": (
        'name = "t"\n'
        + STATUS
        + '[lifecycle]\nfield = "s"\nretired = "OLD"\non_create = { when = "s", then = "NEW" }\n',
        9,
        "lifecycle.on_create.else",
        "is missing",
    ),
    "no TOML": ('name = "t"\nname = 3 4\n', 2, "", "not valid TOML"),
    "no JSON": ('{\n"name": "t",\n}', 3, "", "not valid JSON"),
    "JSON key twice": ('{"name": "t", "name": "u"}', 1, "", "stands twice"),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_names_the_mistake_its_line_and_its_key_typ_1_typ_5_typ_9(case):
    text, line, key, words = MISTAKES[case]

    mistakes = mistakes_of(text)

    assert [(each["line"], each["key"]) for each in mistakes] == [(line, key)]
    assert words in str(mistakes[0]["message"])


@pytest.mark.parametrize("name", SYSTEM_COLUMNS)
def test_refuses_a_field_named_like_a_system_column_typ_5(name):
    mistakes = mistakes_of(f'name = "t"\n[[field]]\nname = "{name}"\n')

    assert "reserved-name" in str(mistakes[0]["message"])


def test_reports_all_mistakes_at_once_in_the_order_of_lines():
    text = """name = "St_x"
identity = [
  ["a"],
  ["b", 3],
]

[[field]]
name = "version"
typ = 3

[[field]]
name = 5
clean = ["uper"]

[lifecycle]
field = "gone"
on_create = { when = "zz" }
"""
    assert [(each["line"], each["key"]) for each in mistakes_of(text)] == [
        (1, "name"),
        (2, "identity[1][1]"),
        (2, "identity[0][0]"),
        (2, "identity[1][0]"),
        (8, "field[0].name"),
        (9, "field[0].typ"),
        (12, "field[1].name"),
        (13, "field[1].clean[0]"),
        (15, "lifecycle.retired"),
        (16, "lifecycle.field"),
        (17, "lifecycle.on_create.when"),
        (17, "lifecycle.on_create.then"),
        (17, "lifecycle.on_create.else"),
    ]


def test_names_lines_in_json_too():
    text = (
        '{\n  "name": "t",\n  "field": [\n    {"name": "a"},\n    {"name": "b",\n     "type": "txt"}\n  ]\n}'
    )

    assert [(each["line"], each["key"]) for each in mistakes_of(text)] == [(6, "field[1].type")]


@pytest.mark.parametrize(
    "text", ["[" * 5000, '{"a":' * 5000, "name = " + "[" * 5000, f'{{"a": {"9" * 5000}}}']
)
def test_refuses_text_that_would_exhaust_a_parser(text):
    assert mistakes_of(text)


@pytest.mark.parametrize(
    ("reference", "key", "words"),
    [
        ('to = "plce"', "reference[0].to", 'no record type "plce". Did you mean "place"?'),
        ('to = "place"\nby = ["external_id", "nmae"]', "reference[0].by[1]", 'Did you mean "name"?'),
    ],
)
def test_refuses_a_reference_to_what_is_not_declared_idn_4(reference, key, words):
    place = parse_record_type('name = "place"\n[[field]]\nname = "name"\n')
    kind = parse_record_type(f'name = "t"\n{WHOLE}[[reference]]\nfield = "a"\n{reference}\n')

    with pytest.raises(InvalidInput) as refusal:
        check_references(kind, {"place": place})

    (mistake,) = refusal.value.details["mistakes"]
    assert mistake["key"] == key
    assert words in mistake["message"]


def test_a_record_type_may_refer_to_its_own_kind():
    check_references(
        parse_record_type(f'name = "t"\n{WHOLE}[[reference]]\nfield = "a"\nto = "t"\nby = "a"\n'), {}
    )
