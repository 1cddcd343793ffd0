"""How a file system is looked at."""

from __future__ import annotations

from dataclasses import dataclass

from stocktake.media.file_change import GRANULARITY_NS, StatPolicy
from stocktake.readers.filetree.walking import PAUSE, LinkPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class FileTreeSetting:
    """What differs between file systems and operators.

    ``settle``: a file whose last write is younger, in seconds, is still being written (MED-D12). ``stat_policy``: what must
    be equal for a file not to be opened. ``verify``: read and hash every file. ``links``, ``within``: which links are
    followed, and below which folders, beside the roots, they may lead. ``with_extras``: trailers and the like are assets;
    samples never are. ``accepts_root``: an operator has said that an empty or a different root is right.
    """

    settle: float = 10.0
    granularity_ns: int = GRANULARITY_NS
    stat_policy: StatPolicy = StatPolicy.FULL
    verify: bool = False
    links: LinkPolicy = LinkPolicy.WITHIN
    within: tuple[str, ...] = ()
    with_extras: bool = False
    accepts_root: bool = False
    pause: float = PAUSE
