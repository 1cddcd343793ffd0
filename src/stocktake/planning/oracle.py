"""The table's first reader: a plain function over one set of facts. It explains, and tests hold the others against it."""

from __future__ import annotations

from stocktake.model.decision import DecisionTable, Facts, Rule


def decide(table: DecisionTable, facts: Facts) -> Rule | None:
    """The first rule of ``table`` whose conditions all hold, or None where the table says nothing."""
    return next(
        (rule for rule in table.rules if all(getattr(facts, name) is held for name, held in rule.when)),
        None,
    )
