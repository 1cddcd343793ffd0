"""Rights, and the roles that have them (SEC-3)."""

from __future__ import annotations

from enum import StrEnum

from stocktake.model.errors import NotAllowed
from stocktake.model.person import Principal, Role


class Right(StrEnum):
    """What may be done in a workspace; ``PLATFORM`` is about the installation as a whole."""

    VIEW = "view"
    IMPORT = "import"
    REVIEW = "review"
    EDIT = "edit"
    OVERRIDE = "override guards"
    ROLL_BACK = "roll back"
    MANAGE = "manage"
    PLATFORM = "manage the installation"


#: The least role that has each right; only a platform admin has ``PLATFORM``.
LEAST: dict[Right, Role] = {
    Right.VIEW: Role.VIEWER,
    Right.IMPORT: Role.OPERATOR,
    Right.REVIEW: Role.OPERATOR,
    Right.EDIT: Role.OPERATOR,
    Right.OVERRIDE: Role.ADMIN,
    Right.ROLL_BACK: Role.ADMIN,
    Right.MANAGE: Role.ADMIN,
}

_RANKS = {role: rank for rank, role in enumerate(Role)}


def may(principal: Principal, workspace_id: int, right: Right) -> bool:
    """Whether ``principal`` has ``right`` in the workspace.

    >>> ana = Principal(name="ana", roles={1: Role.OPERATOR})
    >>> may(ana, 1, Right.IMPORT), may(ana, 1, Right.MANAGE), may(ana, 2, Right.VIEW)
    (True, False, False)
    """
    if principal.is_platform_admin:
        return True
    role, least = principal.roles.get(workspace_id), LEAST.get(right)
    return role is not None and least is not None and _RANKS[role] >= _RANKS[least]


def check(principal: Principal, workspace_id: int, right: Right) -> None:
    """Refuse what ``principal`` may not do. Raises ``NotAllowed`` ``not-allowed``."""
    if may(principal, workspace_id, right):
        return
    least = LEAST.get(right)
    needed = f"the role {least}" if least else "a platform admin"
    has = principal.roles.get(workspace_id)
    here, whom = (" here", "an admin of the workspace") if least else ("", "a platform admin")
    raise NotAllowed(
        "not-allowed",
        f"{principal.name} may not {right}{here}: that needs {needed}"
        + (f", and theirs is {has}." if has else "."),
        hint=f"Ask {whom}, or sign in as somebody who may.",
        details={"right": str(right), "role": str(has) if has else None},
    )
