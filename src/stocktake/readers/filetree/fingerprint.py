"""By what a root is known again: the same folder on the same file system, not an empty mount point (MED-D10)."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

_MOUNTS = Path("/proc/self/mountinfo")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprint:
    """A folder's ``device`` and ``inode``.

    ``filesystem``: the file system's own id, 0 where it has none; ``type``: ``ext4``, ``nfs4`` … or else "".
    """

    device: int
    inode: int
    filesystem: int = 0
    type: str = ""

    def is_same_as(self, other: Fingerprint) -> bool:
        """Whether both are one folder.

        A device's number may change when a disk is mounted anew, a file system's id when it is of a kind that has none of
        its own: one of them must be what it was, and so must inode and type.
        """
        types = {self.type, other.type} - {""}
        same_device = self.device == other.device
        same_system = self.filesystem == other.filesystem != 0
        return self.inode == other.inode and len(types) < 2 and (same_device or same_system)

    def document(self) -> dict[str, Any]:
        """For :meth:`of_document`."""
        return asdict(self)

    @staticmethod
    def of_document(document: dict[str, Any]) -> Fingerprint:
        """What :meth:`document` said."""
        return Fingerprint(**document)


def fingerprint(fd: int) -> Fingerprint:
    """Of the folder that a descriptor stands for. Raises ``OSError``."""
    found = os.fstat(fd)
    return Fingerprint(
        device=found.st_dev,
        inode=found.st_ino,
        filesystem=os.fstatvfs(fd).f_fsid,
        type=_type(found.st_dev),
    )


def _type(device: int) -> str:
    """From Linux's list of mounts, where that names the device."""
    number = f"{os.major(device)}:{os.minor(device)}"
    try:
        lines = _MOUNTS.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    for line in lines:
        before, _, behind = line.partition(" - ")
        if before.split(" ")[2:3] == [number]:
            return behind.split(" ")[0]
    return ""
