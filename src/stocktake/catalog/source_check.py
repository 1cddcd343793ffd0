"""What a declared source must hold beyond its form (PRE-2, PRE-12, TYP-4, TYP-9, TYP-11)."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from functools import cache
from zoneinfo import available_timezones

from stocktake.catalog.cleaner_check import field_cleaner_mistakes
from stocktake.catalog.mistake import Mistake
from stocktake.catalog.position import Path
from stocktake.catalog.shape import SourceShape
from stocktake.catalog.type_check import one_of, type_name_mistakes
from stocktake.catalog.vocabulary import (
    DURATION,
    EXTERNAL_ID,
    FIELD_NAME,
    KEY_PARTS,
    KEY_RULES,
    SOURCE_NAME,
    STRATEGIES,
    nearest,
)
from stocktake.model.record_type import OnBlank
from stocktake.model.source import Existence, MissingPolicy


def source_mistakes(declared: SourceShape) -> Iterator[Mistake]:
    """Every mistake of a source's declaration beside its form and the fields of its record types."""
    yield from _name_mistakes(("name",), declared.name)
    for place, alias in enumerate(declared.aliases):
        yield from _name_mistakes(("aliases", place), alias)
    for place, name in enumerate(declared.record_types):
        yield from type_name_mistakes(("record_types", place), name)
    for place, rule in enumerate(declared.key_rules):
        yield from one_of(("key_rules", place), rule, KEY_RULES)
    yield from one_of(("key_parts",), declared.key_parts, KEY_PARTS)
    yield from one_of(("existence",), declared.existence, [each.value for each in Existence])
    yield from one_of(("missing_policy",), declared.missing_policy, [each.value for each in MissingPolicy])
    if declared.default_strategy is not None:
        yield from one_of(("default_strategy",), declared.default_strategy, STRATEGIES)
    yield from _time_mistakes(declared)
    yield from _limit_mistakes(declared)
    for path, name in _named_fields(declared):
        if not FIELD_NAME.fullmatch(name):
            yield Mistake(path, f'"{name}" cannot be a field\'s name.' if name else "is missing.")
    fed = {name for names in declared.columns.values() for name in names}
    yield from value_mistakes(declared.constants, declared.on_blank, fed)
    yield from field_cleaner_mistakes(declared.clean, declared.tables)
    if declared.scope is not None and not declared.scope.values:
        yield Mistake(("scope", "values"), "list the values that this source answers for.")


def value_mistakes(
    constants: Mapping[str, str], on_blank: Mapping[str, str], fed: Container[str]
) -> Iterator[Mistake]:
    """What is wrong with values that a source or a saved mapping sets, whatever the fields' types."""
    for name, value in constants.items():
        if name == EXTERNAL_ID:
            yield Mistake(("constants", name), "every row needs an external id of its own.")
        elif not value.strip():
            yield Mistake(("constants", name), "is blank: name the value that every row has.")
        elif name in fed:
            yield Mistake(("constants", name), f"a column feeds {name} too: keep one of the two.")
    for name, rule in on_blank.items():
        yield from one_of(("on_blank", name), rule, [each.value for each in OnBlank])


def _named_fields(declared: SourceShape) -> Iterator[tuple[Path, str]]:
    for place, name in enumerate(declared.external_id):
        yield ("external_id", place), name
    if declared.scope is not None:
        yield ("scope", "field"), declared.scope.field
    for header, names in declared.columns.items():
        for place, name in enumerate(names):
            yield ("columns", header, place), name
    for key in ("constants", "defaults", "on_blank", "clean"):
        for name in getattr(declared, key):
            yield (key, name), name


def _name_mistakes(path: Path, name: str) -> Iterator[Mistake]:
    if not name:
        yield Mistake(path, "is missing.")
    elif not SOURCE_NAME.fullmatch(name):
        rule = "a name is 1 to 60 letters A to Z, digits, underscores or hyphens"
        yield Mistake(path, f'"{name}" cannot be a source\'s name: {rule}.')


#: Looked up on the disk, once.
_time_zones = cache(available_timezones)


def _time_mistakes(declared: SourceShape) -> Iterator[Mistake]:
    if declared.time_zone is not None:
        known = _time_zones()
        if declared.time_zone not in known:
            suggestion = nearest(declared.time_zone, known) or ' Write it like "America/Vancouver".'
            yield Mistake(("time_zone",), f'there is no time zone "{declared.time_zone}".{suggestion}')
    if declared.expected_every is not None and not DURATION.fullmatch(declared.expected_every):
        wrong = f'"{declared.expected_every}" is not a length of time'
        yield Mistake(("expected_every",), f"{wrong}: write 30m, 12h, 7d or 2w.")


def _limit_mistakes(declared: SourceShape) -> Iterator[Mistake]:
    guards, grace = declared.guards, declared.grace
    for key, share in (
        ("retire_share", guards.retire_share),
        ("budget_share", guards.budget_share),
        ("min_overlap", guards.min_overlap),
    ):
        if not 0 <= share <= 1:
            yield Mistake(("guards", key), f"{share} is not a share: write a number from 0 to 1.")
    for path, number, least in (
        (("guards", "retire_count"), guards.retire_count, 0),
        (("guards", "budget_days"), guards.budget_days, 1),
        (("guards", "hold_days"), guards.hold_days, 1),
        (("grace", "snapshots"), grace.snapshots, 1),
        (("grace", "days"), grace.days, 0),
    ):
        if number is not None and number < least:
            yield Mistake(path, f"must be {least} or more.")


def source_field_mistakes(declared_fields: set[str], declared: SourceShape) -> Iterator[Mistake]:
    """Fields that a source names and none of its record types has."""
    known = declared_fields | {EXTERNAL_ID}
    for path, name in _named_fields(declared):
        if name not in known:
            yield Mistake(path, f'there is no field "{name}".{nearest(name, known)}')
