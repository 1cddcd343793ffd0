"""Saved mappings, rules of sources, and several columns for one field (MAP-1, MAP-4)."""

from __future__ import annotations

from stocktake.mapping import MappingResult, check_required, map_columns
from stocktake.model.mapping import FieldRule, SavedMapping
from stocktake.model.record_type import Field, FieldType, OnBlank, RecordType, Reference
from stocktake.model.source import Source

DEAL = RecordType(
    name="deal",
    title="Deal",
    plural="Deals",
    external_id=("external_id",),
    key_aliases=("Record ID", "Deal No"),
    references=(Reference(field="account_id", to="account"),),
    fields=(
        Field(name="name", aliases=("Title",)),
        Field(name="stage", aliases=("Phase",)),
        Field(name="stage_normalized"),
        Field(name="owner", parts=("first", "last")),
        Field(name="first"),
        Field(name="last"),
        Field(name="currency", required=True),
        Field(name="account", aliases=("Company",)),
        Field(name="account_id", type=FieldType.INTEGER, aliases=("Company ID", "Company")),
    ),
)
CRM = Source(
    name="CRM",
    record_types=("deal", "account"),
    columns=(("Pipe", ("stage",)), ("Step", ("stage",))),
    constants=(("currency", "CAD"), ("industry", "none of a deal's")),
    defaults=(("stage", "new"),),
    on_blank=(("currency", "fill_only"),),
)
PLAIN = Source(name="PLAIN", record_types=("deal",))


def fed(result: MappingResult) -> dict[str, tuple[str, str]]:
    return {each.field: (each.column, each.how) for each in result.mapping.columns}


def codes(result: MappingResult) -> list[str]:
    return [each.code for each in result.warnings]


def test_a_header_may_feed_the_external_id_by_an_alias_of_the_type():
    result = map_columns(["deal no", "Title"], DEAL, PLAIN)

    assert fed(result) == {"external_id": ("deal no", "alias"), "name": ("Title", "alias")}


def test_a_saved_mapping_goes_before_the_source_and_after_the_operator_map_4():
    saved = SavedMapping(
        columns=(("Pipe", ("stage", "stage_normalized")), ("Memo", ()), ("Label", ("name",)))
    )

    result = map_columns(["Pipe", "Memo", "Label", "Other"], DEAL, CRM, [("Other", "name")], saved)

    assert fed(result) == {
        "stage": ("Pipe", "saved"),
        "stage_normalized": ("Pipe", "saved"),
        "name": ("Other", "map"),
    }
    assert result.ignored == ((1, "Memo"),)


def test_several_columns_of_a_source_or_a_saved_mapping_stand_in_for_each_other_in_order():
    saved = SavedMapping(columns=(("B", ("name",)), ("A", ("name",))))

    by_source = map_columns(["Step", "Pipe"], DEAL, CRM).mapping.of("stage")
    by_saved = map_columns(["A", "B"], DEAL, PLAIN, saved=saved).mapping.of("name")

    assert by_source is not None
    assert by_saved is not None
    assert (by_source.column, by_source.fallback) == ("Pipe", ((0, "Step"),))
    assert (by_saved.column, by_saved.fallback) == ("B", ((0, "A"),))


def test_a_reference_is_named_by_id_where_the_file_has_it_and_by_name_where_that_is_blank():
    result = map_columns(["Company", "Company ID"], DEAL, PLAIN)
    reference = result.mapping.of("account_id")

    assert reference is not None
    assert (reference.column, reference.fallback) == ("Company ID", ((0, "Company"),))
    assert fed(result)["account"] == ("Company", "alias")
    assert result.warnings == ()


def test_a_field_without_a_column_is_joined_of_its_parts():
    whole = map_columns(["last", "first"], DEAL, PLAIN).mapping.of("owner")

    assert whole is not None
    assert (whole.column, whole.joined, whole.how) == ("first", ((0, "last"),), "parts")
    assert map_columns(["last"], DEAL, PLAIN).mapping.of("owner") is None
    own = map_columns(["first", "last", "owner"], DEAL, PLAIN).mapping.of("owner")
    assert own is not None
    assert (own.column, own.joined) == ("owner", ())


def test_a_source_says_constants_defaults_and_blank_rules_of_this_type_only():
    result = map_columns(["Title", "Pipe"], DEAL, CRM)

    assert result.mapping.constants == {"currency": "CAD"}
    assert result.mapping.rule("stage").default == "new"
    assert result.mapping.rule("currency").on_blank is OnBlank.FILL_ONLY
    check_required(result.mapping, DEAL, CRM)


def test_a_constant_goes_before_a_column_by_name_and_gives_way_to_the_operator():
    by_name = map_columns(["currency", "Title"], DEAL, CRM)
    by_operator = map_columns(["currency", "Title"], DEAL, CRM, [("currency", "currency")])
    by_saved = map_columns(["Coin"], DEAL, CRM, saved=SavedMapping(columns=(("Coin", ("currency",)),)))

    assert by_name.mapping.of("currency") is None
    assert by_name.mapping.unmapped == ((0, "currency"),)
    assert by_operator.mapping.constants == {}
    assert by_saved.mapping.constants == {}


def test_a_saved_rule_goes_over_the_rule_of_the_source():
    saved = SavedMapping(
        rules=(FieldRule(field="currency", constant="USD"), FieldRule(field="stage", null_words=("-",)))
    )

    mapping = map_columns(["Pipe"], DEAL, CRM, saved=saved).mapping

    assert mapping.constants == {"currency": "USD"}
    assert (mapping.rule("stage").default, mapping.rule("stage").null_words) == ("new", ("-",))


def test_columns_gone_and_new_against_a_saved_mapping_are_named_map_4():
    saved = SavedMapping(name="crm", columns=(("Deal Title", ("name",)), ("Phase", ("stage",)), ("Memo", ())))

    gone, new = map_columns(["Deal Titel", "Phase", "owner", ""], DEAL, PLAIN, saved=saved).warnings

    assert (gone.code, gone.count) == ("mapping-drift", 2)
    assert '"crm" names columns that the file lacks: Deal Title, Memo.' in gone.message
    assert '"Deal Title" seems to be "Deal Titel" now (92%: their names are alike).' in gone.message
    assert gone.message.endswith("If so: --map 'Deal Titel=name'")
    assert (new.code, new.count) == ("mapping-drift", 2)
    assert "does not name these columns of the file: Deal Titel, owner." in new.message
    assert "By their names they feed fields all the same: owner." in new.message


def test_a_header_that_fits_drifts_nowhere():
    saved = SavedMapping(columns=(("Title", ("name",)), ("Memo", ())))

    assert map_columns(["MEMO", " title "], DEAL, PLAIN, saved=saved).warnings == ()
    assert codes(map_columns(["Title"], DEAL, PLAIN, saved=SavedMapping())) == []


def test_a_column_renamed_beyond_recognition_is_told_by_its_cells_map_4():
    saved = SavedMapping(name="crm", columns=(("Deal Title", ("name",)), ("Memo", ())))
    shared = {("Deal Title", "Betreff"): 0.9, ("Memo", "Betreff"): 0.0}

    result = map_columns(
        ["Betreff"], DEAL, PLAIN, saved=saved, overlap=lambda gone, new: shared.get((gone, new))
    )

    assert result.drift is not None
    (renamed,) = result.drift.renamed
    assert (renamed.gone, renamed.new) == ("Deal Title", "Betreff")
    assert renamed.confidence >= 0.75
    assert "90% of its values" in renamed.why
    assert "--map Betreff=name" in result.warnings[0].message


def test_cells_that_have_nothing_in_common_speak_against_a_rename():
    saved = SavedMapping(columns=(("Deal Title", ("name",)),))

    by_name = map_columns(["Deal Titles"], DEAL, PLAIN, saved=saved).drift
    by_both = map_columns(["Deal Titles"], DEAL, PLAIN, saved=saved, overlap=lambda *_: 0.0).drift

    assert by_name is not None
    assert by_both is not None
    assert by_both.renamed[0].confidence < by_name.renamed[0].confidence


def test_a_saved_mapping_keeps_a_column_beside_the_record_whatever_its_name_and_names_those_without_a_header():
    """MAP-3, MAP-4: what a person chose by hand is what the next file does; nothing of it is new or gone then."""
    saved = SavedMapping(
        name="own",
        columns=(
            ("Title", ("extra",)),
            ("Phase", ("stage",)),
            ("column 3", ("name",)),
            ("Phase (column 4)", ()),
            ("#", ("extra",)),
        ),
    )

    result = map_columns(["Title", "Phase", "", "Phase", "#", "Company"], DEAL, PLAIN, saved=saved)

    assert fed(result)["name"] == ("column 3", "saved")
    assert fed(result)["stage"] == ("Phase", "saved")
    assert result.ignored == ((3, "Phase (column 4)"),)
    assert result.mapping.kept == ((0, "Title"), (4, "#"))
    assert result.drift is not None
    assert (result.drift.new, result.drift.gone) == (("Company",), ())
    assert codes(result) == ["mapping-drift"]


def test_the_operators_word_goes_before_a_column_that_the_saved_mapping_keeps_or_leaves_out_map_4():
    saved = SavedMapping(columns=(("Title", ("extra",)), ("Phase", ())))

    result = map_columns(["Title", "Phase"], DEAL, PLAIN, [("Title", "name"), ("Phase", "extra")], saved)

    assert fed(result) == {"name": ("Title", "map")}
    assert result.mapping.kept == ((1, "Phase"),)
    assert result.ignored == ()
