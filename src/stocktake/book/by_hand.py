"""What a person asks to change, as the flows take it (PRE-24)."""

from __future__ import annotations

from collections.abc import Mapping

from stocktake.book.declared import Declared
from stocktake.flows.editing import EditRequest
from stocktake.model.errors import InvalidInput
from stocktake.readers.python_value import NoText, value_text


def edit_request(
    declared: Declared, record_type: str, record_id: int, values: Mapping[str, object]
) -> EditRequest:
    """The values as text: None clears. Raises ``NotFound`` ``unknown-record-type`` and ``InvalidInput``."""
    return EditRequest(
        record_type=declared.record_type(record_type),
        record_id=record_id,
        values={name: _text(name, value) for name, value in values.items()},
        record_types=declared.record_types,
        sources=tuple(declared.sources.values()),
        stored=frozenset(declared.stored_record_types),
    )


def _text(name: str, value: object) -> str:
    try:
        return value_text(value)
    except NoText as error:
        raise InvalidInput(
            "values-rejected",
            f"The value of {name} is of type {error.args[0]}, which no field can hold.",
            hint="Give text, a number, a date, true or false, or None to clear the field.",
        ) from None
