"""The right that each method needs, stated where it is defined (SEC-3)."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Protocol, TypeVar, cast

from stocktake.access.right import Right
from stocktake.model.errors import NotAllowed
from stocktake.model.person import Principal


class Guarded(Protocol):
    """Whatever knows who works with it."""

    principal: Principal

    def check_right(self, right: Right) -> None:
        """Refuse what the principal may not do. Raises ``NotAllowed``."""
        ...


F = TypeVar("F", bound=Callable[..., Any])

#: Where a method keeps its right.
MARK = "needed_right"


def needs(right: Right) -> Callable[[F], F]:
    """A method that is for principals with ``right`` only; whoever is a user acts in their own name.

    The method raises ``NotAllowed`` ``not-allowed`` and ``not-yourself``.
    """

    def stated(method: F) -> F:
        @wraps(method)
        def checked(self: Guarded, *args: Any, **options: Any) -> Any:
            self.check_right(right)
            if right is not Right.VIEW:
                check_own_name(self.principal, options.get("by"))
            return method(self, *args, **options)

        setattr(checked, MARK, right)
        return cast("F", checked)

    return stated


def right_of(method: Any) -> Right | None:
    """The right that a method states, or None."""
    return getattr(method, MARK, None)


def check_own_name(principal: Principal, by: str | None) -> None:
    """Refuse another's name to who has one of their own. Raises ``NotAllowed`` ``not-yourself`` (SEC-8)."""
    if by in (None, principal.name) or principal.user_id is None:
        return
    raise NotAllowed(
        "not-yourself",
        f'{principal.name} cannot act as "{by}". Nothing was written.',
        hint="Leave out who acts: it is whoever has signed in, or whose token it is.",
    )
