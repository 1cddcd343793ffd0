"""The table's third reader: documentation, generated and checked in CI (style.md 12)."""

from __future__ import annotations

from stocktake.model.decision import DecisionTable


def markdown(table: DecisionTable) -> str:
    """The table as Markdown, one line per rule, in the order in which the first that fits decides."""
    lines = [f"### `{table.strategy}`", "", "| when | action | reason | code |", "|---|---|---|---|"]
    for rule in table.rules:
        when = ", ".join(name if held else f"not {name}" for name, held in rule.when)
        lines.append(f"| {when} | **{rule.action}** | {rule.reason} | `{rule.code}` |")
    return "\n".join(lines) + "\n"
