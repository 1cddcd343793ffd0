"""The walk over a folder tree: fast, and silent about nothing (MED-D10).

It goes by directory file descriptors, from the root downwards: a folder is opened below the one that was listed, never
by its path again, so a path of any length is reached, and a folder that is exchanged for a link during the walk is not
followed. Folders and names are taken in the order of their names, so two walks over the same tree give the same rows.

Links, unless ``LinkPolicy`` says otherwise: a link to a file counts as a file with the target's size and times, a link
to a folder is walked as a folder, both only where the target lies below the root or another allowed folder. Links are
followed last, and to each folder once, told by device and inode: what lies there under its own name keeps that, and a
loop ends. A link that is not followed is told. Hard links are files like any other, each an asset of its own.

Sockets, pipes and devices are told and left alone. What cannot be read is tried three times, then listed.
"""

from __future__ import annotations

import errno
import os
import time
from array import array
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import chain
from operator import attrgetter
from pathlib import Path

from stocktake.model.media import Failure
from stocktake.readers.filetree.trouble import LASTING, file_failure, folder_failure, link_failure

#: How often a folder is tried, and how long it is waited in between where waiting may help, in seconds.
TRIES = 3
PAUSE = 0.05

_KIND, _REGULAR, _FOLDER, _LINK = 0o170000, 0o100000, 0o040000, 0o120000
_FACTS = attrgetter("st_mode", "st_size", "st_mtime_ns", "st_ctime_ns", "st_ino")
#: How many numbers :data:`_FACTS` are.
WIDTH = 5
_OPEN = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class LinkPolicy(StrEnum):
    """Which symbolic links are followed: none, or those that lead below an allowed folder."""

    NONE = "none"
    WITHIN = "within"


@dataclass(frozen=True, slots=True, kw_only=True)
class WalkRules:
    """What is asked of a walk.

    ``leaves_out``: why a folder, named by its path from the root without a slash at the end, is not looked into; None
    where it is. ``hears``: is given the listing of each folder before its subfolders are asked for, as the folder's path,
    its names and its descriptor. ``within``: absolute paths below which links may lead, beside the root.
    """

    leaves_out: Callable[[str], str | None] = lambda place: None
    hears: Callable[[str, list[str], int], None] = lambda place, names, fd: None
    links: LinkPolicy = LinkPolicy.WITHIN
    within: tuple[str, ...] = ()
    pause: float = PAUSE


@dataclass(slots=True)
class Walk:
    """What a walk has found. Paths are from the root, as Python decodes them (``surrogateescape``), "" the root itself.

    ``names`` and ``facts`` (mode, size, mtime_ns, ctime_ns, inode) hold every entry of every folder listed, in turn; the
    n-th of ``folders`` (path with a slash at the end, number of entries, device) owns the next so many of them.
    ``shut``: path → why, of what was not looked into.
    """

    names: list[str] = field(default_factory=list)
    facts: array[int] = field(default_factory=lambda: array("q"))
    folders: list[str] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)
    devices: list[int] = field(default_factory=list)
    shut: dict[str, str] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)
    strange: list[str] = field(default_factory=list)

    def add(self, inside: str, names: list[str], facts: array[int], device: int) -> None:
        """The entries of a folder, or some of them."""
        self.names += names
        self.facts += facts
        self.folders.append(inside)
        self.counts.append(len(names))
        self.devices.append(device)


@dataclass(slots=True)
class _Open:
    """A folder on the way from the root to where the walk stands."""

    fd: int
    inside: str
    key: tuple[int, int]
    left: list[str]


def walk(root: int, path: str, rules: WalkRules, start: str = "") -> Walk:
    """Walk everything below the folder that the descriptor ``root`` stands for, or below its subfolder ``start``.

    ``path``: the root's absolute path, by which links are judged. The descriptor stays open. A root that cannot be listed
    is among the failures, like any folder.
    """
    course = _Course(path, rules)
    course.descend(root, start or ".", start)
    course.follow_links()
    return course.walk


def facts_of(told: list[os.stat_result]) -> array[int]:
    """The numbers of :data:`WIDTH` facts each; an inode that needs 64 bits comes out negative, and stays distinct."""
    try:
        return array("q", chain.from_iterable(map(_FACTS, told)))
    except OverflowError:
        return array("q", ((each + 2**63) % 2**64 - 2**63 for facts in map(_FACTS, told) for each in facts))


class _Course:
    def __init__(self, path: str, rules: WalkRules) -> None:
        self.path, self.rules, self.walk = path, rules, Walk()
        self.seen: set[tuple[int, int]] = set()
        self.links: deque[str] = deque()
        self.way: list[_Open] = []
        self.within = [Path(each).resolve() for each in (path, *rules.within)]

    def descend(self, above: int, name: str, place: str, *, linked: bool = False) -> None:
        """Walk ``place``, which is ``name`` below the descriptor ``above``, and everything in it."""
        way = self.way = []
        try:
            self._enter(above, name, place, linked)
            while way:
                here = way[-1]
                if here.left:
                    name = here.left.pop()
                    self._enter(here.fd, name, here.inside + name, linked)
                else:
                    os.close(way.pop().fd)
        finally:
            for each in way:
                os.close(each.fd)

    def _enter(self, above: int, name: str, place: str, linked: bool) -> None:
        """Open and list a folder, and stand in it; or tell why not."""
        if place and (why := self.rules.leaves_out(place)):
            self.walk.shut[place] = why
            return
        for attempt in range(1, TRIES + 1):
            try:
                fd = os.open(name, _OPEN, dir_fd=above)
                try:
                    entered = self._listed(fd, place, linked)
                except BaseException:
                    os.close(fd)
                    raise
                if not entered:
                    os.close(fd)
                return
            except OSError as error:
                if attempt == TRIES:
                    self._fail(place, folder_failure(self._whole(place), error))
                elif error.errno not in LASTING:
                    time.sleep(self.rules.pause)

    def _listed(self, fd: int, place: str, linked: bool) -> bool:
        found = os.fstat(fd)
        if not found.st_nlink:  # an open folder that was removed lists nothing, and does not complain
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
        key = found.st_dev, found.st_ino
        if found.st_ino and (any(each.key == key for each in self.way) or (linked and key in self.seen)):
            self.walk.shut[place] = "folder-seen"
            return False
        names = os.listdir(fd)
        names.sort()
        inside = f"{place}/" if place else ""
        self.rules.hears(place, names, fd)
        names, facts = self._facts(fd, inside, names)
        self.seen.add(key)
        self.walk.add(inside, names, facts, found.st_dev)
        self.way.append(_Open(fd, inside, key, self._subfolders(inside, names, facts)))
        return True

    def _facts(self, fd: int, inside: str, names: list[str]) -> tuple[list[str], array[int]]:
        """Of each name what the file system says; a name that is gone by now is told."""
        stat = os.stat
        try:
            return names, facts_of([stat(name, dir_fd=fd, follow_symlinks=False) for name in names])
        except OSError:
            kept, told = [], []
            for name in names:
                try:
                    told.append(os.stat(name, dir_fd=fd, follow_symlinks=False))
                    kept.append(name)
                except OSError as error:
                    self._fail(inside + name, file_failure(self._whole(inside + name), error))
            return kept, facts_of(told)

    def _subfolders(self, inside: str, names: list[str], facts: array[int]) -> list[str]:
        """Last first; links, and what is no file, are put aside."""
        modes = facts[::WIDTH]
        if all(mode & _KIND == _REGULAR for mode in set(modes)):
            return []
        folders = []
        for name, mode in zip(names, modes, strict=True):
            kind = mode & _KIND
            if kind == _FOLDER:
                folders.append(name)
            elif kind == _LINK:
                self.links.append(inside + name)
            elif kind != _REGULAR:
                self.walk.strange.append(inside + name)
        folders.reverse()
        return folders

    def follow_links(self) -> None:
        """The links in the order they were met; those met on the way come behind them."""
        while self.links:
            place = self.links.popleft()
            if self.rules.links is LinkPolicy.NONE:
                self.walk.shut[place] = "link"
                continue
            try:
                self._follow(place)
            except OSError as error:
                self._fail(place, link_failure(self._whole(place), error))
            except RuntimeError:  # what Path.resolve makes of a loop before Python 3.13
                self._fail(
                    place, link_failure(self._whole(place), OSError(errno.ELOOP, os.strerror(errno.ELOOP)))
                )

    def _follow(self, place: str) -> None:
        target = Path(self.path, place).resolve(strict=True)
        if not any(target.is_relative_to(each) for each in self.within):
            self.walk.shut[place] = "link-outside"
            return
        found = target.lstat()
        kind = found.st_mode & _KIND
        if kind == _REGULAR:
            inside, slash, name = place.rpartition("/")
            self.walk.add(inside + slash, [name], facts_of([found]), found.st_dev)
        elif kind == _FOLDER and (found.st_dev, found.st_ino) in self.seen:
            self.walk.shut[place] = "folder-seen"
        elif kind == _FOLDER:
            above = os.open(target, _OPEN)
            try:
                self.descend(above, ".", place, linked=True)
            finally:
                os.close(above)
        else:
            self.walk.strange.append(place)

    def _whole(self, place: str) -> str:
        return f"{self.path.rstrip('/')}/{place}" if place else self.path

    def _fail(self, place: str, failure: Failure) -> None:
        self.walk.shut[place] = failure.code
        self.walk.failures.append(failure)
