"""Where the files of imports on their way lie: handed over, used, deleted (UPL-1 to UPL-4)."""

from __future__ import annotations

from collections.abc import Container, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A file that has arrived whole: its random name, its bytes and their sha256."""

    name: str
    bytes: int
    sha256: str


class Incoming(Protocol):
    """A file that is arriving, block by block."""

    def write(self, block: bytes) -> None:
        """The next block. Raises ``InvalidInput`` ``upload-too-large``, ``Unreadable`` ``uploads-full``."""
        ...

    def received(self) -> Received:
        """What has arrived, once it is whole: from now on it stays when the block of :meth:`Uploads.incoming` ends."""
        ...


class Uploads(Protocol):
    """A private place for files with random names."""

    def incoming(self, at: datetime) -> AbstractContextManager[Incoming]:
        """A new file; unless ``received`` was asked for, nothing of it is left when the block ends."""
        ...

    def receive(self, chunks: Iterable[bytes], at: datetime) -> Received:
        """Take in a file whole, never more than a block of it in memory."""
        ...

    def using(self, name: str) -> AbstractContextManager[Path]:
        """The path of a file that nobody deletes for its age meanwhile. Raises ``NotFound`` ``upload-gone``."""
        ...

    def plan_path(self, name: str, plan_id: str) -> Path:
        """Where the plan of a file is kept."""
        ...

    def look_path(self, name: str, digest: str) -> Path:
        """Where it is kept what was found in a file, read in one way."""
        ...

    def remove(self, name: str) -> None:
        """Delete a file and what lies beside it, at once: whoever has it open reads on."""
        ...

    def remove_plans(self, name: str) -> None:
        """Delete the plans of a file: they are outdated."""
        ...

    def remove_idle(self, name: str) -> bool:
        """The same, unless somebody is using it; whether it is gone."""
        ...

    def ask_to_stop(self, name: str) -> None:
        """Ask whoever works on a file to stop, in whatever process."""
        ...

    def is_asked_to_stop(self, name: str) -> bool:
        """Whether somebody has, or has deleted the file."""
        ...

    def heed_stop(self, name: str) -> None:
        """The wish was heard, or came too late."""
        ...

    def remove_strays(self, known: Container[str], before: datetime) -> int:
        """Delete what is not ``known`` and was not written since ``before``; how many files."""
        ...

    def alone(self) -> AbstractContextManager[None]:
        """Be the only worker of this place as long as the block lasts. Raises ``Busy`` ``another-server``."""
        ...
