"""How columns are read: shown with an example, and asked for where their cells do not say (CLN-1)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from stocktake.interfaces.cli.screen import Column, Screen, mark, number
from stocktake.interfaces.wording import printable
from stocktake.reporting.column_decision import sentence_of

if TYPE_CHECKING:
    from stocktake.interfaces.cli.setting import Session
    from stocktake.model.column_decision import ColumnDecision
    from stocktake.model.errors import InvalidInput

#: The refusals that a person can answer.
ASKING = ("column-ambiguous", "column-mixed", "column-without-time-zone")


def show_decisions(screen: Screen, decisions: Sequence[ColumnDecision]) -> None:
    """How columns are read that are not written as their type reads anyhow."""
    shown = [each for each in decisions if each.shown]
    if not shown:
        return
    screen.heading("How columns are read")
    for each in shown:
        screen.line(f"  {printable(sentence_of(each))}")


def answered(opened: Session, error: InvalidInput) -> tuple[str, ...]:
    """What a person says of the columns in doubt, as ``--read`` takes it; nothing where nobody can be asked or answers."""
    columns = error.details.get("columns") if error.code in ASKING else None
    if not columns or opened.options.json or not opened.screen.can_ask:
        return ()
    answers = []
    for each in columns:
        word = _answer(opened.screen, each)
        if not word:
            return ()
        answers.append(f"{each['column']}={word}")
    return tuple(answers)


def _answer(screen: Screen, told: dict[str, Any]) -> str:
    """One of the choices by number, or a way of one's own."""
    screen.heading(f"How is {printable(told['column'])} written?")
    cells = [printable(each["value"]) for each in told["cells"]]
    titles = [number(""), mark("way"), *(Column(f'"{cell}" means') for cell in cells)]
    rows = [
        (place, each["read"], *(value or "is left out" for value in each["values"] or [""] * len(cells)))
        for place, each in enumerate(told["choices"], 1)
    ]
    screen.table(titles, rows, indent=2)
    word = screen.ask("A number or a way of your own; nothing to stop: ")
    chosen: dict[str, str] = {str(place): each["read"] for place, each in enumerate(told["choices"], 1)}
    return chosen.get(word, word)
