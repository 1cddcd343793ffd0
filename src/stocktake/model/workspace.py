"""Workspaces, and the accounts that they belong to (SEC-1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

#: Where the acts of the installation as a whole are logged: users, workspaces, signing in. No workspace has this number.
INSTALLATION = 0
#: In a membership: every workspace of the account.
WHOLE_ACCOUNT = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """Where records live, apart from those of every other workspace.

    account: the customer that it belongs to. allows_rollback: whether its admins may undo runs (SEC-3).
    """

    workspace_id: int
    name: str
    account_id: int
    account: str
    allows_rollback: bool
    created_at: datetime
