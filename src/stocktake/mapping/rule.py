"""What a mapping says about fields beside their columns: the saved mapping's word, then the source's (MAP-1, TYP)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from stocktake.mapping.claim import Claim, targets
from stocktake.model.mapping import FieldRule, SavedMapping
from stocktake.model.record_type import OnBlank, RecordType
from stocktake.model.source import Source


def rules_of(
    record_type: RecordType, source: Source, saved: SavedMapping | None, claims: Iterable[Claim]
) -> tuple[FieldRule, ...]:
    """One rule per field about which anything is said, by name.

    Cleaners of the type are said too, for every field that is fed, so that a mapping's version tells of them (CLN-2).
    A constant gives way to a column that the operator names for the field, and one of the source also to a column of
    the saved mapping. Fields of the source's other record types are left out.
    """
    heard = list(claims)
    by_operator = {each.field for each in heard if each.how == "map"}
    by_saved = {each.field for each in heard if each.how == "saved"}
    own = {each.field: _without_constant(each, by_operator) for each in (saved.rules if saved else ())}
    rules = {each.field: _without_constant(each, by_operator | by_saved) for each in declared_rules(source)}
    for name, rule in own.items():
        rules[name] = _over(rule, rules[name]) if name in rules else rule
    for name in {each.field for each in heard} | {each.field for each in rules.values() if each.constant}:
        if name in record_type and record_type[name].clean:
            rule = rules.get(name, FieldRule(field=name, how="type"))
            own_cleaners = record_type[name].clean if rule.clean is None else rule.clean
            rules[name] = replace(rule, clean=own_cleaners)
    known = set(targets(record_type))
    return tuple(rule for name, rule in sorted(rules.items()) if name in known and rule.canonical())


def declared_rules(source: Source) -> Iterator[FieldRule]:
    """What a source says about fields, whatever the record type."""
    constants, defaults, on_blank = dict(source.constants), dict(source.defaults), dict(source.on_blank)
    clean = dict(source.clean)
    for name in sorted({*constants, *defaults, *on_blank, *clean}):
        yield FieldRule(
            field=name,
            constant=constants.get(name),
            default=defaults.get(name),
            on_blank=OnBlank(on_blank[name]) if name in on_blank else None,
            clean=clean.get(name),
            how="source",
        )


def _without_constant(rule: FieldRule, fields: set[str]) -> FieldRule:
    return replace(rule, constant=None) if rule.field in fields else rule


def _over(saved: FieldRule, declared: FieldRule) -> FieldRule:
    """The saved mapping's rule; what it leaves open, as the source declares it."""
    return replace(
        saved,
        constant=declared.constant if saved.constant is None else saved.constant,
        default=declared.default if saved.default is None else saved.default,
        on_blank=saved.on_blank or declared.on_blank,
        clean=declared.clean if saved.clean is None else saved.clean,
    )
