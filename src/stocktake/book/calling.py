"""Refusals about an uploaded file speak of it by the name that it came with, and not by where it lies (UPL-1, SEC-7)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from stocktake.model.errors import Refusal


@contextmanager
def called(path: Path, label: str) -> Iterator[None]:
    """What is refused within tells ``label`` in the place of ``path``."""
    try:
        yield
    except Refusal as error:
        told = (error.message, error.hint, error.details)
        if str(path) not in repr(told):
            raise
        message, hint, details = (_replaced(each, str(path), label) for each in told)
        raise type(error)(error.code, message, hint=hint, details=details) from error


def _replaced(told: Any, path: str, label: str) -> Any:
    if isinstance(told, str):
        return told.replace(path, label)
    if isinstance(told, dict):
        return {name: _replaced(each, path, label) for name, each in told.items()}
    if isinstance(told, list | tuple):
        return type(told)(_replaced(each, path, label) for each in told)
    return told
