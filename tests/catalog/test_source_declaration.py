"""Sources as text (TYP-4, TYP-9, TYP-11, PRE-2, PRE-12)."""

from __future__ import annotations

import pytest

from stocktake.catalog.declaration import check_source_fields, parse_record_type, parse_source
from stocktake.model.errors import InvalidInput
from stocktake.model.source import Existence, Grace, Guards, MissingPolicy, Scope

SHOWN = """
name = "NINJAONE"
title = "NinjaOne"
tracks_presence = true
external_id = "serial_number"
key_rules = ["casefold"]
existence = "supporting"
missing_policy = "flag"
default_strategy = "snapshot"
time_zone = "America/Vancouver"
expected_every = "7d"
record_types = ["device"]
scope = { field = "region", values = ["west", "north"] }
[guards]
retire_share = 0.25
retire_count = 400
budget_share = 1
budget_days = 20
min_overlap = 0.40
sentinels = ["A1"]
[grace]
snapshots = 2
days = 7
[columns]
"Display Name" = ["asset_tag", "name"]
"Model" = "model"
"Status" = []
"""


def test_accepts_the_declaration_that_the_specification_shows():
    source = parse_source(SHOWN)

    assert source.record_types == ("device",)
    assert source.external_id == ("serial_number",)
    assert source.existence is Existence.SUPPORTING
    assert source.missing_policy is MissingPolicy.FLAG
    assert source.scope == Scope(field="region", values=("west", "north"))
    assert source.guards == Guards(
        retire_share=0.25,
        retire_count=400,
        budget_share=1,
        budget_days=20,
        min_overlap=0.4,
        sentinels=("A1",),
    )
    assert source.grace == Grace(snapshots=2, days=7)
    assert source.columns == (("Display Name", ("asset_tag", "name")), ("Model", ("model",)), ("Status", ()))


def test_fills_in_the_defaults_typ_11_typ_4():
    source = parse_source('name = "X"')

    assert source.existence is Existence.AUTHORITATIVE
    assert source.missing_policy is MissingPolicy.RETIRE
    assert source.external_id == ()
    assert source.key_parts == "any"
    assert source.tracks_presence is False
    assert source.observe_only is False
    assert (source.guards, source.grace) == (Guards(), Grace())


MISTAKES = {
    "name missing": ('title = "X"\n', 1, "name", "is missing"),
    "name with blanks": ('name = "A B"\n', 1, "name", "1 to 60 letters"),
    "name of other letters": ('name = "Ä"\n', 1, "name", "1 to 60 letters"),
    "name too long": (f'name = "{"A" * 61}"\n', 1, "name", "1 to 60 letters"),
    "alias": ('name = "X"\naliases = ["A B"]\n', 2, "aliases[0]", "1 to 60 letters"),
    "record type": ('name = "X"\nrecord_types = ["A"]\n', 2, "record_types[0]", "record type's name"),
    "key rule": ('name = "X"\nkey_rules = ["casefolt"]\n', 2, "key_rules[0]", 'Did you mean "casefold"?'),
    "key parts": ('name = "X"\nkey_parts = "some"\n', 2, "key_parts", "any, all"),
    "existence": ('name = "X"\nexistence = "authoritive"\n', 2, "existence", '"authoritative"?'),
    "missing policy": (
        'name = "X"\nmissing_policy = "delete"\n',
        2,
        "missing_policy",
        "retire, flag, ignore",
    ),
    "strategy of others": (
        'name = "X"\ndefault_strategy = "upsert"\n',
        2,
        "default_strategy",
        'mean "merge"?',
    ),
    "time zone": ('name = "X"\ntime_zone = "America/Vancuver"\n', 2, "time_zone", '"America/Vancouver"?'),
    "time zone path": ('name = "X"\ntime_zone = "../etc"\n', 2, "time_zone", "no time zone"),
    "duration": ('name = "X"\nexpected_every = "weekly"\n', 2, "expected_every", "12h"),
    "no duration": ('name = "X"\nexpected_every = "0d"\n', 2, "expected_every", "12h"),
    "share too big": ('name = "X"\n[guards]\nretire_share = 20\n', 3, "guards.retire_share", "from 0 to 1"),
    "share negative": ('name = "X"\n[guards]\nmin_overlap = -0.1\n', 3, "guards.min_overlap", "from 0 to 1"),
    "share no number": (
        'name = "X"\n[guards]\nbudget_share = nan\n',
        3,
        "guards.budget_share",
        "from 0 to 1",
    ),
    "share as text": ('name = "X"\n[guards]\nretire_share = "20%"\n', 3, "guards.retire_share", "a number"),
    "count": ('name = "X"\n[guards]\nretire_count = -1\n', 3, "guards.retire_count", "0 or more"),
    "days": ('name = "X"\n[guards]\nbudget_days = 0\n', 3, "guards.budget_days", "1 or more"),
    "grace": ('name = "X"\n[grace]\nsnapshots = 0\n', 3, "grace.snapshots", "1 or more"),
    "unknown guard": (
        'name = "X"\n[guards]\nretire_shar = 0.1\n',
        3,
        "guards.retire_shar",
        '"retire_share"?',
    ),
    "dotted key": ('name = "X"\nguards.retire_share = 2\n', 2, "guards.retire_share", "from 0 to 1"),
    "scope without values": ('name = "X"\nscope = { field = "a" }\n', 2, "scope.values", "list the values"),
    "scope without field": ('name = "X"\nscope = { values = ["a"] }\n', 2, "scope.field", "is missing"),
    "column to no name": ('name = "X"\n[columns]\n"A B" = "C D"\n', 3, "columns.A B[0]", "field's name"),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_names_the_mistake_its_line_and_its_key_typ_9_pre_12(case):
    text, line, key, words = MISTAKES[case]

    with pytest.raises(InvalidInput) as refused:
        parse_source(text)

    assert refused.value.code == "invalid-declaration"
    (mistake,) = refused.value.details["mistakes"]
    assert (mistake["line"], mistake["key"]) == (line, key)
    assert words in mistake["message"]


def test_refuses_fields_that_none_of_its_record_types_has():
    deal = parse_record_type('name = "deal"\n[[field]]\nname = "amount"\n')
    source = parse_source(
        'name = "X"\nrecord_types = ["deal"]\nexternal_id = "external_id"\n[columns]\n"Sum" = "amuont"\n'
    )

    with pytest.raises(InvalidInput, match='Did you mean "amount"') as refused:
        check_source_fields(source, {"deal": deal})

    assert [each["key"] for each in refused.value.details["mistakes"]] == ["columns.Sum[0]"]


def test_refuses_a_record_type_that_does_not_exist():
    with pytest.raises(InvalidInput, match='no record type "deal"'):
        check_source_fields(parse_source('name = "X"\nrecord_types = ["deal"]\n'), {})
