"""Mistakes in a declaration: all of them at once, each with its line (TYP)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from stocktake.catalog.position import Path, Positions, line_of
from stocktake.model.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong with the key at ``path``, in one plain sentence."""

    path: Path
    message: str

    @property
    def key(self) -> str:
        """The path as people write it, list places from 0: ``field[2].type``."""
        text = ""
        for each in self.path:
            text += f"[{each}]" if isinstance(each, int) else f".{each}" if text else each
        return text


def first_of_each(mistakes: Iterable[Mistake]) -> list[Mistake]:
    """The mistakes without those that follow from an earlier one about the same key or the table around it."""
    kept: list[Mistake] = []
    for each in mistakes:
        if not any(each.path[: len(earlier.path)] == earlier.path for earlier in kept if earlier.path):
            kept.append(each)
    return kept


def refusal(mistakes: Sequence[Mistake], positions: Positions, *, origin: str) -> InvalidInput:
    """The refusal of a declaration, ``invalid-declaration``: every mistake, in the order of the lines."""
    placed = sorted(((line_of(each.path, positions), each) for each in mistakes), key=lambda pair: pair[0])
    count = "a mistake" if len(placed) == 1 else f"{len(placed)} mistakes"
    lines = [f"  line {line}: {each.key or 'declaration'}: {each.message}" for line, each in placed]
    return InvalidInput(
        "invalid-declaration",
        "\n".join([f"{origin} has {count}:", *lines]),
        hint=f"Mend what is listed in {origin} and try again. Nothing was changed.",
        details={
            "origin": origin,
            "mistakes": [{"line": line, "key": each.key, "message": each.message} for line, each in placed],
        },
    )
