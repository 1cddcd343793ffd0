"""People, workspaces and tokens for programs. No secret is in them but the text of a token just made (SEC-7)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from stocktake.interfaces.wording import moment_iso
from stocktake.model.person import ApiToken, Member, Principal, Role, SignedIn, User
from stocktake.model.workspace import Workspace


def principal_document(
    principal: Principal, workspaces: Iterable[Workspace], session: SignedIn | None
) -> dict[str, Any]:
    """Who somebody is, where they have which role, and what changes in a session must show."""
    return {
        "name": principal.name,
        "is_platform_admin": principal.is_platform_admin,
        "workspaces": [
            {
                "name": each.name,
                "role": str(
                    Role.ADMIN if principal.is_platform_admin else principal.roles[each.workspace_id]
                ),
            }
            for each in workspaces
            if principal.is_platform_admin or each.workspace_id in principal.roles
        ],
        "csrf": session.csrf if session else None,
        "expires_at": moment_iso(session.expires_at) if session else None,
    }


def workspace_document(workspace: Workspace) -> dict[str, Any]:
    """A workspace."""
    return {
        "name": workspace.name,
        "account": workspace.account,
        "allows_rollback": workspace.allows_rollback,
        "created_at": moment_iso(workspace.created_at),
    }


def user_document(user: User) -> dict[str, Any]:
    """A user; whether there is a password, and not what it is."""
    return {
        "email": user.email,
        "name": user.name,
        "is_platform_admin": user.is_platform_admin,
        "is_active": user.is_active,
        "has_password": user.has_password,
        "created_at": moment_iso(user.created_at),
        "signed_in_at": moment_iso(user.signed_in_at),
    }


def member_document(member: Member) -> dict[str, Any]:
    """A role; ``workspace`` is null where it holds in all of the account."""
    return {
        "email": member.email,
        "name": member.name,
        "role": member.role.value,
        "account": member.account,
        "workspace": member.workspace,
    }


def token_document(token: ApiToken, text: str | None = None) -> dict[str, Any]:
    """A token; ``token`` is its text, and there only when it has just been made."""
    told = {} if text is None else {"token": text}
    return {
        "token_id": token.token_id,
        "user": token.email,
        "name": token.name,
        "workspace": token.workspace,
        "role": token.role.value if token.role else None,
        "created_at": moment_iso(token.created_at),
        "expires_at": moment_iso(token.expires_at),
        "last_used_at": moment_iso(token.last_used_at),
        "revoked_at": moment_iso(token.revoked_at),
        **told,
    }
