"""What is stored in the database comes back as the same value (TYP)."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from stocktake.catalog.declaration import (
    record_type_from_json,
    record_type_to_json,
    source_from_json,
    source_to_json,
)
from stocktake.catalog.packs import pack_record_types, pack_sources
from stocktake.model.record_type import Choice, Field, FieldType, Lifecycle, OnBlank, RecordType, Reference
from stocktake.model.source import Existence, Grace, Guards, MissingPolicy, Scope, Source

texts = st.text(max_size=8)
maybe = st.none() | texts
several = st.lists(texts, max_size=3).map(tuple)
pairs = st.dictionaries(texts, texts, max_size=3).map(lambda held: tuple(held.items()))
shares = st.floats(0, 1)
numbers = st.integers(0, 10**6)

statuses = st.none() | texts | st.builds(Choice, when=st.text(min_size=1), then=texts, otherwise=texts)
fields = st.builds(
    Field,
    name=texts,
    type=st.sampled_from(FieldType),
    title=texts,
    aliases=several,
    clean=several,
    compare=maybe,
    parts=several,
    required=st.booleans(),
    max_length=st.none() | numbers,
    pattern=maybe,
    minimum=maybe,
    maximum=maybe,
    unique=st.booleans(),
    formats=several,
    on_blank=st.sampled_from(OnBlank),
    volatile=st.booleans(),
    unordered=st.booleans(),
    critical=st.booleans(),
    choices=several,
    values=st.dictionaries(texts, texts, max_size=3).map(lambda pairs: tuple(pairs.items())),
    authority=several,
    locked=st.booleans(),
    initialise=st.booleans(),
)
record_types = st.builds(
    RecordType,
    name=texts,
    title=texts,
    plural=texts,
    fields=st.lists(fields, max_size=3).map(tuple),
    display=maybe,
    external_id=several,
    key_aliases=several,
    identity=st.lists(several, max_size=3).map(tuple),
    identity_rules=several,
    tracked=several,
    unmapped=texts,
    references=st.lists(
        st.builds(Reference, field=texts, to=texts, by=several, missing=texts), max_size=2
    ).map(tuple),
    lifecycle=st.none()
    | st.builds(Lifecycle, field=texts, retired=texts, on_create=statuses, on_reactivate=statuses),
    rekey=texts,
    first_history=st.booleans(),
    pack=maybe,
)
sources = st.builds(
    Source,
    name=texts,
    record_types=several,
    title=texts,
    tracks_presence=st.booleans(),
    external_id=several,
    key_rules=several,
    key_parts=texts,
    existence=st.sampled_from(Existence),
    missing_policy=st.sampled_from(MissingPolicy),
    default_strategy=maybe,
    time_zone=maybe,
    expected_every=maybe,
    observe_only=st.booleans(),
    scope=st.none() | st.builds(Scope, field=texts, values=several),
    guards=st.builds(
        Guards,
        retire_share=shares,
        retire_count=numbers,
        budget_share=shares,
        budget_days=numbers,
        min_overlap=shares,
        sentinels=several,
    ),
    grace=st.builds(Grace, snapshots=numbers, days=st.none() | numbers),
    columns=st.dictionaries(texts, several, max_size=3).map(lambda pairs: tuple(pairs.items())),
    constants=pairs,
    defaults=pairs,
    on_blank=pairs,
    aliases=several,
    pack=maybe,
)


@given(record_types)
def test_a_record_type_comes_back_as_it_was_stored(record_type):
    assert record_type_from_json(record_type_to_json(record_type)) == record_type


@given(sources)
def test_a_source_comes_back_as_it_was_stored(source):
    assert source_from_json(source_to_json(source)) == source


def test_the_packs_come_back_as_they_were_stored():
    for record_type in pack_record_types().values():
        assert record_type_from_json(record_type_to_json(record_type)) == record_type
    for source in pack_sources().values():
        assert source_from_json(source_to_json(source)) == source
