"""What flows ask of whatever hashes passwords."""

from __future__ import annotations

from typing import Protocol


class Passwords(Protocol):
    """Hashes passwords, and compares. Slow by design, and never within a transaction."""

    def hashed(self, password: str) -> str:
        """What is kept of a password."""
        ...

    def fits(self, password: str, kept: str | None) -> bool:
        """Whether it is the password of that hash. Without one it takes as long, and is not (SEC-4)."""
        ...

    def is_outdated(self, kept: str) -> bool:
        """Whether the hash was made by weaker terms than those of today."""
        ...
