"""What a form of filters asks for: every choice a part of the address, what is left empty no choice at all."""

from __future__ import annotations

from typing import Any

from pydantic import model_validator

from stocktake.interfaces.http.parameter import PageAsked


class Filters(PageAsked):
    """Choices in an address, and which page; a browser sends fields that were left empty too."""

    @model_validator(mode="before")
    @classmethod
    def _chosen(cls, told: Any) -> Any:
        if not isinstance(told, dict):
            return told
        lists = {
            name: [each for each in value if each != ""] if isinstance(value, list) else value
            for name, value in told.items()
        }
        return {name: value for name, value in lists.items() if value not in ("", [])}
