"""Passwords, hashed by argon2id (SEC-4)."""

from __future__ import annotations

import secrets
from functools import cached_property
from typing import TYPE_CHECKING

from stocktake.model.errors import InvalidInput

if TYPE_CHECKING:
    from argon2 import PasswordHasher

#: 19 MiB, two passes, one lane: what OWASP asks for at least.
MEMORY_KIB, PASSES, LANES = 19_456, 2, 1


class Argon2:
    """Hashes of argon2id; the library is imported when the first password comes."""

    def hashed(self, password: str) -> str:
        """What is kept of a password: the terms, a salt of its own, the hash."""
        return self._hasher.hash(password)

    def fits(self, password: str, kept: str | None) -> bool:
        """Whether it is the password of that hash; without one a hash of chance is tried, which takes as long."""
        from argon2.exceptions import InvalidHashError, VerificationError

        try:
            self._hasher.verify(kept or self._nobodys, password)
        except (VerificationError, InvalidHashError):
            return False
        return kept is not None

    def is_outdated(self, kept: str) -> bool:
        """Whether the hash was made by other terms than those of today."""
        return self._hasher.check_needs_rehash(kept)

    @cached_property
    def _nobodys(self) -> str:
        return self._hasher.hash(secrets.token_hex(32))

    @cached_property
    def _hasher(self) -> PasswordHasher:
        try:
            from argon2 import PasswordHasher
        except ModuleNotFoundError as error:
            raise InvalidInput(
                "missing-extra",
                "Passwords need a library that is not installed.",
                hint='Install it with: pip install "stocktake[server]"',
            ) from error
        return PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES)
