"""Compiled statements for all databases of one kind, whichever engine compiled them first."""

from __future__ import annotations

from typing import Any

from sqlalchemy.util import LRUCache


class Compiled(LRUCache[Any, Any]):
    """SQLAlchemy's cache of statements, without the engine in its key: all of them talk to the same server or library."""

    def __init__(self) -> None:
        super().__init__(5_000)

    def get(self, key: Any, default: Any = None) -> Any:
        """The statement that any engine has compiled."""
        return super().get(key[1:], default)

    def __setitem__(self, key: Any, value: Any) -> None:
        super().__setitem__(key[1:], value)
