"""Cells made of several columns, of defaults and of constants (MAP-1, BLK-1)."""

from __future__ import annotations

import pytest

from stocktake.cleaning.draft import clean, keys, row_hashes
from stocktake.model.mapping import ColumnMapping, FieldRule, Mapping
from stocktake.model.record_type import Field, FieldType, OnBlank, Reference
from stocktake.model.source import Source
from tests.cleaning.table import batch, mapped, record_type

SOURCE = Source(name="TELUS", record_types=("device",), external_id=("serial",))
DEVICE = record_type(
    Field(name="serial", clean=("upper",)),
    Field(name="kind", type=FieldType.CHOICE, choices=("PHONE", "LAPTOP"), values=(("handset", "PHONE"),)),
    Field(name="bought", type=FieldType.DATE),
    Field(name="owner"),
)


def column(position: int, field: str, **more: object) -> ColumnMapping:
    return ColumnMapping(position=position, column=f"C{position}", field=field, **more)  # type: ignore[arg-type]


def said(field: str, mapping: Mapping, *rows: list[str]) -> list[str | None]:
    return clean(batch(*rows), DEVICE, SOURCE, mapping).drafts[field].to_list()


def test_the_first_filled_of_several_columns_says_the_field():
    mapping = Mapping(columns=(column(0, "serial", fallback=((1, "C1"), (2, "C2"))),))
    rows = (["a", "b", "c"], [" ", "b", "c"], ["", "\u200b", "c"], ["", "", " "])

    assert said("serial", mapping, *rows) == ["A", "B", "C", None]
    assert keys(batch(*rows), DEVICE, SOURCE, mapping)["_key"].to_list() == ["A", "B", "C", None]


def test_the_row_hash_covers_what_the_columns_say_together():
    mapping = Mapping(columns=(column(0, "serial", fallback=((1, "C1"),)),))
    first, second, other = row_hashes(batch(["a", "x"], ["", "a"], ["b", "x"]), DEVICE, mapping)

    assert first == second != other


def test_joined_columns_follow_each_other_without_double_blanks():
    mapping = Mapping(columns=(column(0, "owner", joined=((1, "C1"),)),))

    assert said("owner", mapping, ["Ana ", "Ruiz"], ["", "Ruiz"], ["Ana", ""], ["", " "]) == [
        "Ana Ruiz", "Ruiz", "Ana", None
    ]  # fmt: skip


def test_every_row_says_a_constant_and_its_hash_does_not_know_map_1():
    plain = Mapping(columns=(column(0, "serial"),))
    constant = Mapping(columns=plain.columns, rules=(FieldRule(field="kind", constant="handset"),))
    rows = batch(["a"], ["b"])

    assert constant.fields == ("kind", "serial")
    assert clean(rows, DEVICE, SOURCE, constant).drafts["kind"].to_list() == ["PHONE", "PHONE"]
    assert row_hashes(rows, DEVICE, constant).to_list() == row_hashes(rows, DEVICE, plain).to_list()
    assert constant.version != plain.version


def test_a_blank_cell_says_the_default_and_a_clearing_token_clears():
    mapping = Mapping(columns=(column(0, "kind"),), rules=(FieldRule(field="kind", default="LAPTOP"),))

    assert said("kind", mapping, ["phone"], [" "], ["<null>"]) == ["PHONE", "LAPTOP", ""]


def test_a_null_word_counts_as_blank_blk_1():
    words = FieldRule(field="owner", null_words=("N/A", "nobody"))
    keeps = Mapping(columns=(column(0, "owner"),), rules=(words,))
    clears = Mapping(
        columns=keeps.columns, rules=(FieldRule(field="owner", null_words=("n/a",), on_blank=OnBlank.CLEAR),)
    )

    assert said("owner", keeps, ["n/a"], ["Nobody "], ["Ana"]) == [None, None, "Ana"]
    assert said("owner", clears, ["N/A"], [""], ["Ana"]) == ["", "", "Ana"]


def test_a_mapping_adds_words_and_takes_over_formats_map_4():
    rules = (
        FieldRule(field="kind", values=(("Notebook", "LAPTOP"), ("handset", "LAPTOP"))),
        FieldRule(field="bought", formats=("%m/%d/%Y",)),
    )
    mapping = Mapping(columns=(column(0, "kind"), column(1, "bought")), rules=rules)
    cleaned = clean(
        batch(["notebook", "3/1/2017"], ["Handset", "12/31/2017"], ["tower", ""]), DEVICE, SOURCE, mapping
    )

    assert cleaned.drafts["kind"].to_list() == ["LAPTOP", "LAPTOP", None]
    assert cleaned.drafts["bought"].to_list() == ["2017-03-01", "2017-12-31", None]
    assert cleaned.problems["code"].to_list() == ["constraint-error"]
    assert cleaned.problems["value"].to_list() == ["tower"]


def test_a_field_that_refers_to_a_record_says_its_name_as_text_idn_4():
    deal = record_type(
        Field(name="account_id", type=FieldType.INTEGER),
        references=(Reference(field="account_id", to="account"),),
    )
    cleaned = clean(batch([" Acme, Inc. "], ["00417"], [""]), deal, SOURCE, mapped("account_id"))

    assert cleaned.problems.is_empty()
    assert cleaned.drafts["account_id"].to_list() == ["Acme, Inc.", "00417", None]


@pytest.mark.parametrize(
    "changed",
    [
        Mapping(columns=(column(0, "serial", fallback=((1, "C1"),)),)),
        Mapping(columns=(column(0, "serial", joined=((1, "C1"),)),)),
        *(
            Mapping(columns=(column(0, "serial"),), rules=(FieldRule(field="serial", **rule),))
            for rule in (
                {"values": (("a", "b"),)},
                {"default": "x"},
                {"null_words": ("x",)},
                {"on_blank": OnBlank.CLEAR},
                {"formats": ("%Y",)},
            )
        ),
    ],
)
def test_the_version_of_a_mapping_covers_all_it_says_map_4(changed):
    plain = Mapping(columns=(column(0, "serial"),))

    assert plain.canonical() == {"serial": "C0"}
    assert changed.version != plain.version
