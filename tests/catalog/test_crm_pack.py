"""The pack ``crm``: accounts, contacts and deals of HubSpot, Salesforce and Pipedrive (PACK)."""

from __future__ import annotations

import csv
import io

import polars as pl
import pytest

from stocktake.catalog.declaration import check_references, check_source_fields
from stocktake.catalog.packs import pack_record_types, pack_samples, pack_sources
from stocktake.cleaning.draft import clean
from stocktake.cleaning.identity import rungs
from stocktake.cleaning.name import example
from stocktake.mapping import check_required, map_columns

SOURCES = ("HUBSPOT", "SALESFORCE", "PIPEDRIVE", "csv_import")
#: Sample → record type, source, rows.
SAMPLES = {
    "hubspot-companies.csv": ("account", "HUBSPOT", 6),
    "hubspot-contacts.csv": ("contact", "HUBSPOT", 6),
    "hubspot-deals.csv": ("deal", "HUBSPOT", 8),
    "salesforce-accounts.csv": ("account", "SALESFORCE", 5),
    "salesforce-contacts.csv": ("contact", "SALESFORCE", 5),
    "salesforce-opportunities.csv": ("deal", "SALESFORCE", 6),
    "pipedrive-organizations.csv": ("account", "PIPEDRIVE", 4),
    "pipedrive-people.csv": ("contact", "PIPEDRIVE", 4),
    "pipedrive-deals.csv": ("deal", "PIPEDRIVE", 5),
}


def sample(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(pack_samples("crm")[name].read_text(encoding="utf-8"))))


def drafts(name: str) -> pl.DataFrame:
    """What a sample says, cleaned; it must be without a problem."""
    kind, source, _ = SAMPLES[name]
    record_type, rows = pack_record_types()[kind], sample(name)
    mapping = map_columns(list(rows[0]), record_type, pack_sources()[source]).mapping
    cells = {f"c{place}": [each[header] for each in rows] for place, header in enumerate(rows[0])}
    numbers = pl.int_range(len(rows), dtype=pl.UInt32, eager=True)
    batch = pl.DataFrame({"_row": numbers, "_line": numbers + 2, **cells}).with_columns(
        _fault=pl.lit(None, dtype=pl.String)
    )
    cleaned = clean(batch, record_type, pack_sources()[source], mapping)
    assert cleaned.problems.is_empty()
    return cleaned.drafts


@pytest.mark.parametrize("name", SOURCES)
def test_no_crm_source_tracks_presence_and_each_delivers_all_three_types_pack_2(name):
    source = pack_sources()[name]

    assert not source.tracks_presence
    assert source.record_types == ("account", "contact", "deal")
    assert source.default_strategy == ("replace" if name == "csv_import" else None)  # PLN-18
    check_source_fields(source, pack_record_types())


def test_the_ladders_are_those_of_the_pack():
    types = pack_record_types()

    assert {name: types[name].external_id for name in ("account", "contact", "deal")} == dict.fromkeys(
        ("account", "contact", "deal"), ("external_id",)
    )
    assert types["deal"].identity == (("name", "amount", "close_date"),)
    assert types["contact"].identity == (("email",), ("full_name", "account"))
    assert types["account"].identity == (("domain",), ("name",))
    assert types["account"]["name"].compare == "name"
    assert types["deal"].tracked == ("stage", "amount", "owner", "close_date")


@pytest.mark.parametrize("name", ["contact", "deal"])
def test_contacts_and_deals_refer_to_accounts_by_external_id_and_then_by_name_idn_4(name):
    (reference,) = pack_record_types()[name].references

    check_references(pack_record_types()[name], pack_record_types())
    assert (reference.field, reference.to, reference.by) == ("account_id", "account", ("external_id", "name"))


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize(
    ("kind", "header", "expected"),
    [
        ("deal", "Record ID", {"external_id"}),
        ("deal", "Deal Name", {"name"}),
        ("deal", "Deal Stage", {"stage", "stage_normalized"}),
        ("deal", "Amount", {"amount"}),
        ("deal", "Close Date", {"close_date"}),
        ("deal", "Deal owner", {"owner"}),
        ("deal", "Associated Company", {"account", "account_id"}),
        ("deal", "Opportunity ID", {"external_id"}),
        ("deal", "Opportunity Name", {"name"}),
        ("deal", "Stage", {"stage", "stage_normalized"}),
        ("deal", "Opportunity Owner", {"owner"}),
        ("deal", "Account Name", {"account", "account_id"}),
        ("deal", "Account ID", {"account_id"}),
        ("deal", "Deal - ID", {"external_id"}),
        ("deal", "Deal - Title", {"name"}),
        ("deal", "Deal - Stage", {"stage", "stage_normalized"}),
        ("deal", "Deal - Value", {"amount"}),
        ("deal", "Deal - Expected close date", {"close_date"}),
        ("deal", "Deal - Owner", {"owner"}),
        ("deal", "Deal - Organization", {"account", "account_id"}),
        ("account", "Account ID", {"external_id"}),
        ("account", "Account Name", {"name"}),
        ("account", "Company name", {"name"}),
        ("account", "Company Domain Name", {"domain"}),
        ("account", "Website", {"domain", "website"}),
        ("account", "Organization - Name", {"name"}),
        ("contact", "Contact ID", {"external_id"}),
        ("contact", "Email", {"email"}),
        ("contact", "Person - Name", {"full_name"}),
        ("contact", "Person - Organization", {"account", "account_id"}),
        ("contact", "Account ID", {"account_id"}),
    ],
)
def test_the_headers_of_all_three_products_are_known_to_every_source_pack(source, kind, header, expected):
    result = map_columns([header], pack_record_types()[kind], pack_sources()[source])

    assert set(result.mapping.fields) == expected


@pytest.mark.parametrize(
    ("kind", "header", "unmapped"),
    [
        ("account", "account,sector,year_established,revenue,employees,office_location,subsidiary_of", ""),
        (
            "deal",
            "opportunity_id,sales_agent,product,account,deal_stage,engage_date,close_date,close_value",
            "",
        ),
        (
            "account",
            (
                "AccountId,AccountName,AccountNumber,Industry,AnnualRevenue,Phone,Website,BillingCity,BillingCountry,"
                "OwnerId,CreatedDate"
            ),
            "",
        ),
        ("contact", "ContactId,FirstName,LastName,Email,Phone,AccountId,Title,CreatedDate", ""),
        (
            "deal",
            "OpportunityId,OpportunityName,AccountId,CloseDate,StageName,Amount,Probability,CreatedDate",
            "",
        ),
        (
            "deal",
            (
                "deal_id,deal_name,rep_name,rep_segment,region,industry,product,lead_source,acv,stage,created_date,"
                "close_date,days_in_pipeline,deal_score,num_touches,competitors,forecast_category"
            ),
            "rep_segment,region,industry,days_in_pipeline,deal_score,num_touches,competitors",
        ),
        ("account", "Symbol,Name,Sector", ""),
        ("account", "Symbol,Security,GICS Sector,Headquarters Location,Founded", ""),
    ],
)
def test_headers_of_crm_files_met_in_the_world_find_their_fields(kind, header, unmapped):
    result = map_columns(header.split(","), pack_record_types()[kind], pack_sources()["csv_import"])

    assert result.warnings == ()
    assert ",".join(column for _, column in result.mapping.unmapped) == unmapped


def test_the_samples_are_those_that_ship():
    assert set(pack_samples("crm")) == set(SAMPLES)


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_maps_whole_and_is_clean(name):
    kind, source, count = SAMPLES[name]
    record_type, rows = pack_record_types()[kind], sample(name)

    result = map_columns(list(rows[0]), record_type, pack_sources()[source])

    check_required(result.mapping, record_type, pack_sources()[source])
    assert result.warnings == ()
    assert result.mapping.unmapped == ()
    assert "external_id" in result.mapping.fields
    assert drafts(name).height == count


def test_a_stage_is_kept_as_written_and_normalised_in_a_field_of_its_own_map_1():
    deals = drafts("hubspot-deals.csv")

    assert deals["stage"][0] == "Closed Won"
    assert deals["stage_normalized"].to_list() == [
        "won", "negotiation", "discovery", "negotiation", "won", "qualified", "lost", "lead"
    ]  # fmt: skip
    assert set(drafts("salesforce-opportunities.csv")["stage_normalized"]) == {
        "won", "proposal", "negotiation", "discovery", "lost", "lead"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("product", "accounts", "others"),
    [
        ("HUBSPOT", "hubspot-companies.csv", ("hubspot-contacts.csv", "hubspot-deals.csv")),
        (
            "SALESFORCE",
            "salesforce-accounts.csv",
            ("salesforce-contacts.csv", "salesforce-opportunities.csv"),
        ),
        ("PIPEDRIVE", "pipedrive-organizations.csv", ("pipedrive-people.csv", "pipedrive-deals.csv")),
    ],
)
def test_what_a_sample_refers_to_is_in_the_sample_of_accounts(product, accounts, others):
    ids = {next(iter(each.values())) for each in sample(accounts)}
    names = {example(name) for name in drafts(accounts)["name"]}

    for other in others:
        for said in drafts(other)["account_id"]:
            assert said in ids or example(said) in names, (other, said)


def test_accounts_of_two_products_are_the_same_by_domain_and_by_normalised_name():
    account = pack_record_types()["account"]
    hubspot = rungs(drafts("hubspot-companies.csv"), account)
    salesforce = rungs(drafts("salesforce-accounts.csv"), account)
    pipedrive = rungs(drafts("pipedrive-organizations.csv"), account)

    assert hubspot.row(0) == salesforce.row(0) == ("harbourlight.example", "harbourlight foods")
    assert hubspot.row(2) == pipedrive.row(2) == ("nordwind.example", "nordwind logistik")


def test_people_are_the_same_by_full_name_and_account_where_the_name_comes_in_parts():
    contact = pack_record_types()["contact"]
    in_parts, whole = (
        rungs(drafts("hubspot-contacts.csv"), contact),
        rungs(drafts("pipedrive-people.csv"), contact),
    )

    assert in_parts["_rung1"][2] == whole["_rung1"][2] == '["jana petersen","nordwind logistik"]'
