"""Who acts: people with their roles, and the operating system's user at a command line (SEC-3, SEC-10)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Role(StrEnum):
    """What somebody is in a workspace, least first; each may do what those before may (SEC-3)."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Whoever asks for something, as it was established at the door.

    ``name`` is what the audit calls them: ``ana@example.com``, ``cli:ana``, or ``ana@example.com (token nightly)``.
    ``roles``: workspace id → role there; a workspace that is missing does not exist for them. ``is_platform_admin``: every
    right in every workspace, and over the installation. ``user_id`` is None for the owner at a command line.
    ``token_id``: the token they came with, if any.
    """

    name: str
    roles: Mapping[int, Role] = field(default_factory=dict)
    is_platform_admin: bool = False
    user_id: int | None = None
    token_id: int | None = None


def owner(name: str) -> Principal:
    """Who holds the database's URL acts as platform admin (SEC-10)."""
    return Principal(name=name, is_platform_admin=True)
