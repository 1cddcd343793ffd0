"""Cleaners as record types, sources and mappings declare them (CLN-2, TYP-1)."""

from __future__ import annotations

import pytest

from stocktake.catalog.declaration import (
    parse_record_type,
    parse_source,
    record_type_from_json,
    record_type_to_json,
    source_from_json,
    source_to_json,
)
from stocktake.catalog.mapping_declaration import mapping_from_json, mapping_to_json, parse_mapping
from stocktake.cleaning.feed import cleaners_of
from stocktake.mapping import map_columns
from stocktake.model.errors import InvalidInput

TYPE = """name = "device"
external_id = "serial"

[[field]]
name = "serial"
clean = ["collapse"]

[[field]]
name = "place"
clean = {clean}

[tables.places]
"VAN*" = "Vancouver"
"""
SOURCE = """name = "NINJAONE"
record_types = ["device"]

[clean]
place = {clean}

[tables.places]
"VAN*" = "Vancouver"
"""
MAPPING = """[clean]
place = {clean}

[tables.places]
"VAN*" = "Vancouver"
"""
PLAIN = parse_record_type(TYPE.format(clean='["upper"]'))


def declared(kind: str, clean: str) -> object:
    if kind == "type":
        return parse_record_type(TYPE.format(clean=clean))
    if kind == "source":
        return parse_source(SOURCE.format(clean=clean))
    source = parse_source(SOURCE.format(clean='["upper"]'))
    return parse_mapping(MAPPING.format(clean=clean), PLAIN, source)


@pytest.mark.parametrize("kind", ["type", "source", "mapping"])
@pytest.mark.parametrize(
    ("clean", "said"),
    [
        ('["uper"]', 'there is no cleaner "uper". Did you mean "upper"? There are: collapse, upper,'),
        ('["upper(a)"]', '"upper" takes nothing in brackets.'),
        ('["pad"]', '"pad" takes a whole number in brackets: write it like pad(5).'),
        ('["pad(five)"]', '"pad": "five" is not a whole number. Write it like pad(5).'),
        ('["look_up(@place)"]', 'there is no table "place" here. Did you mean "places"? There are: places.'),
        ('["look_up(places)"]', '"places" is not a table, as @ and its name.'),
        ("""['replace("(?=a)", "")']""", "is not a regular expression that cleaning can run"),
        ('["phone(QQ)"]', '"QQ" is no country whose telephone numbers are known'),
        ('["volumes(big)"]', '"big" is not a size, such as 512, 1TB or "by 1TB".'),
    ],
)
def test_refuses_a_cleaner_that_cannot_run_with_line_and_nearest_name(kind, clean, said):
    """CLN-2."""
    with pytest.raises(InvalidInput) as refusal:
        declared(kind, clean)
    (mistake,) = refusal.value.details["mistakes"]

    assert refusal.value.code == "invalid-declaration"
    assert said in str(mistake["message"])
    assert "clean" in str(mistake["key"])
    assert mistake["line"] == {"type": 10, "source": 5, "mapping": 2}[kind]


def test_a_table_is_written_out_where_it_is_used_and_survives_the_database():
    wanted = ("collapse", 'look_up({"VAN*": "Vancouver"})')
    clean = '["collapse", "look_up(@places)"]'
    kind, source = parse_record_type(TYPE.format(clean=clean)), parse_source(SOURCE.format(clean=clean))
    saved = parse_mapping(MAPPING.format(clean=clean), PLAIN, source)

    assert kind["place"].clean == wanted
    assert dict(source.clean) == {"place": wanted}
    assert [each.clean for each in saved.rules] == [wanted]
    assert record_type_from_json(record_type_to_json(kind)) == kind
    assert source_from_json(source_to_json(source)) == source
    assert mapping_from_json(mapping_to_json(saved)) == saved


def test_the_mapping_goes_before_the_source_and_the_source_before_the_type():
    """CLN-2."""
    bare = parse_source('name = "NINJAONE"\nrecord_types = ["device"]')
    source = parse_source(SOURCE.format(clean='["lower"]'))
    saved = parse_mapping(MAPPING.format(clean="[]"), PLAIN, source)

    def said(*arguments):
        mapping = map_columns(["place"], PLAIN, *arguments).mapping
        return cleaners_of(mapping, PLAIN, "place")

    assert said(bare) == ("upper",)
    assert said(source) == ("lower",)
    assert said(source, (), saved) == ()


def test_what_cleans_a_column_is_part_of_the_mappings_version():
    """CLN-2, MAP-4: a changed cleaner compares every row again, whoever declared it."""
    bare = parse_source('name = "NINJAONE"\nrecord_types = ["device"]')
    other = parse_record_type(TYPE.format(clean='["lower"]'))
    sources = [
        bare,
        *(parse_source(SOURCE.format(clean=each)) for each in ('["pad(3)"]', '["pad(4)"]', "[]")),
    ]
    versions = [map_columns(["place"], PLAIN, each).mapping.version for each in sources]
    versions.append(map_columns(["place"], other, bare).mapping.version)

    assert len(set(versions)) == 5


def test_a_source_names_only_fields_that_its_types_have():
    with pytest.raises(InvalidInput) as refusal:
        parse_mapping('[clean]\nplce = ["upper"]', PLAIN, parse_source(SOURCE.format(clean='["upper"]')))
    assert 'Did you mean "place"?' in refusal.value.message
