"""What somebody may do where: their roles put together, and narrowed by the token that they came with (SEC-3, SEC-4)."""

from __future__ import annotations

from collections.abc import Iterable

from stocktake.model.person import ApiToken, Principal, Role, User

_RANKS = {role: rank for rank, role in enumerate(Role)}


def highest(found: Iterable[tuple[int, Role]]) -> dict[int, Role]:
    """Workspace → role; where several memberships reach, the one that may do most.

    >>> highest([(1, Role.ADMIN), (2, Role.VIEWER), (1, Role.VIEWER)])
    {1: <Role.ADMIN: 'admin'>, 2: <Role.VIEWER: 'viewer'>}
    """
    roles: dict[int, Role] = {}
    for workspace_id, role in found:
        roles[workspace_id] = max(roles.get(workspace_id, role), role, key=_RANKS.__getitem__)
    return roles


def principal_of(user: User, found: Iterable[tuple[int, Role]]) -> Principal:
    """Who a user is, with the roles of all their memberships."""
    return Principal(
        name=user.email,
        roles=highest(found),
        is_platform_admin=user.is_platform_admin,
        user_id=user.user_id,
    )


def narrowed(principal: Principal, token: ApiToken, workspaces: Iterable[int]) -> Principal:
    """The principal as somebody who comes with a token of theirs: never more than they may, perhaps less.

    A token for one workspace, or capped at a role, gives nobody rights over the installation. ``workspaces``: all that
    there are, in each of which a platform admin is an admin.
    """
    name = f"{principal.name} (token {token.name})"
    bound = token.workspace_id is not None or token.role is not None
    held = dict.fromkeys(workspaces, Role.ADMIN) if principal.is_platform_admin else dict(principal.roles)
    roles = {
        workspace_id: min(role, token.role or role, key=_RANKS.__getitem__)
        for workspace_id, role in held.items()
        if token.workspace_id in (None, workspace_id)
    }
    return Principal(
        name=name,
        roles=roles if bound or not principal.is_platform_admin else {},
        is_platform_admin=principal.is_platform_admin and not bound,
        user_id=principal.user_id,
        token_id=token.token_id,
    )
