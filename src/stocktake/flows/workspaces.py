"""Workspaces and accounts: found by who may see them, made, changed (SEC-1, SEC-2)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime

from stocktake.access.naming import check_name
from stocktake.access.right import Right, may
from stocktake.model.errors import InvalidInput, NotFound
from stocktake.model.person import Principal
from stocktake.model.workspace import INSTALLATION, Workspace
from stocktake.ports.directory import Directory
from stocktake.ports.store import Store
from stocktake.reporting.declaration import declaration


def visible_workspaces(unit: Directory, principal: Principal) -> list[Workspace]:
    """Those in which somebody may look, by name; the others do not exist for them (SEC-2)."""
    return [each for each in unit.workspaces() if may(principal, each.workspace_id, Right.VIEW)]


def workspace_named(found: Iterable[Workspace], name: str) -> Workspace:
    """One of those that somebody may see. Raises ``NotFound`` ``unknown-workspace``: the same for one that is not theirs."""
    by_name = {each.name: each for each in found}
    if name not in by_name:
        raise NotFound(
            "unknown-workspace",
            f'There is no workspace "{name}".',
            hint=f"Known workspaces: {', '.join(sorted(by_name)) or 'none'}.",
        )
    return by_name[name]


def find_workspace(store: Store, principal: Principal, name: str) -> Workspace:
    """The workspace of that name, for somebody who may look in it. Raises ``NotFound`` ``unknown-workspace``."""
    with store.directory() as unit:
        found = [each for each in unit.workspaces(name) if may(principal, each.workspace_id, Right.VIEW)]
        return workspace_named(found or visible_workspaces(unit, principal), name)


def add_workspace(
    store: Store, name: str, account: str, *, allows_rollback: bool, by: str, at: datetime
) -> Workspace:
    """Make a workspace, and its account where that is new.

    Raises ``InvalidInput`` ``bad-name``, ``workspace-exists``.
    """
    check_name(name, "a workspace")
    with store.directory(writes=True) as unit:
        unit.hold()
        account_id = _account(unit, account, at=at)
        if name in {each.name for each in unit.workspaces()}:
            raise InvalidInput(
                "workspace-exists",
                f'There is a workspace "{name}" already. Nothing was written.',
                hint="Choose another name, or change that one with `stocktake workspace set`.",
            )
        unit.add_workspace(name, account_id=account_id, allows_rollback=allows_rollback, at=at)
        made = workspace_named(unit.workspaces(), name)
        _log(unit, "add-workspace", None, made, by=by, at=at)
    return made


def change_workspace(
    store: Store, name: str, *, account: str | None, allows_rollback: bool | None, by: str, at: datetime
) -> Workspace:
    """Change a workspace; None leaves a member as it is.

    Raises ``NotFound`` ``unknown-workspace``; ``InvalidInput`` ``bad-name``, ``nothing-to-change``.
    """
    if account is None and allows_rollback is None:
        raise InvalidInput(
            "nothing-to-change",
            "Nothing is named that should change.",
            hint="`stocktake workspace set --help` lists what can.",
        )
    with store.directory(writes=True) as unit:
        unit.hold()
        before = workspace_named(unit.workspaces(), name)
        values = {
            "account_id": _account(unit, account, at=at) if account is not None else before.account_id,
            "allows_rollback": before.allows_rollback if allows_rollback is None else allows_rollback,
        }
        unit.change_workspace(before.workspace_id, **values)
        after = workspace_named(unit.workspaces(), name)
        _log(unit, "change-workspace", before, after, by=by, at=at)
    return after


def account_named(unit: Directory, name: str) -> int:
    """The number of an account. Raises ``NotFound`` ``unknown-account``."""
    known = unit.accounts()
    if name not in known:
        raise NotFound(
            "unknown-account",
            f'There is no account "{name}".',
            hint=f"Known accounts: {', '.join(sorted(known)) or 'none'}.",
        )
    return known[name]


def _account(unit: Directory, name: str, *, at: datetime) -> int:
    known = unit.accounts()
    return known[name] if name in known else unit.add_account(check_name(name, "an account"), at=at)


def _log(
    unit: Directory, act: str, before: Workspace | None, after: Workspace, *, by: str, at: datetime
) -> None:
    told = f", of the account {after.account}"
    entry = declaration(act, f"the workspace {after.name}", _text(before), _text(after), by=by, told=told)
    unit.log_in(INSTALLATION, entry, at=at, actor=by)


def _text(workspace: Workspace | None) -> str | None:
    if workspace is None:
        return None
    told = {"account": workspace.account, "allows_rollback": workspace.allows_rollback}
    return json.dumps({"name": workspace.name, **told})
