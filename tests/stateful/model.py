"""What a book of things should hold: a few dictionaries, and what every act does to them.

Things are told by their code, those that were appended by their generated external id. Nothing here knows the engine.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

#: The sources, in the words of their declarations: ONE may retire whatever it links, TWO only what it created, and only
#: after two snapshots without it; HAND does not track presence.
KEEPERS = ("ONE", "TWO")
GRACE = {"ONE": 1, "TWO": 2}
HOLD = timedelta(days=30)

Words = Mapping[str, str]  # field → value
Key = tuple[str, str]  # source, external id


@dataclass(frozen=True, slots=True)
class Thing:
    """A record. retired: "", ``source`` or ``person``. by_hand: the fields a person gave that no source overwrites."""

    words: Words
    creator: str
    retired: str = ""
    by_hand: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Link:
    """What a source has, or misses since; ``said``: what it said last."""

    thing: str
    said: Words
    present: bool = True
    missed: int = 0
    since: datetime | None = None
    held: bool = False
    held_at: datetime | None = None
    kept: bool = False
    appended: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """An import: rows by code, of which ``bad`` ones are rejected and ``skipped`` ones left out."""

    source: str
    strategy: str
    rows: Mapping[str, Words]
    bad: frozenset[str] = frozenset()
    skipped: frozenset[str] = frozenset()
    keep: frozenset[str] = frozenset()
    stay_away: frozenset[str] = frozenset()


@dataclass
class Model:
    """Things by name, links by source and external id."""

    things: dict[str, Thing] = field(default_factory=dict)
    links: dict[Key, Link] = field(default_factory=dict)

    def copy(self) -> Model:
        """The same once more."""
        return Model(dict(self.things), dict(self.links))

    # Imports -------------------------------------------------------------------------------------------------------

    def load(self, file: File, *, at: datetime, holds: bool) -> None:
        """Merge, or take as a full snapshot or as all a source has (PLN, PRE); ``holds``: a guard held retirements."""
        for code, words in file.rows.items():
            self._row(file, code, words)
        if file.strategy == "snapshot":
            self._sweep(file, at=at, holds=holds)
        elif file.strategy == "replace":
            self._replace(file, at=at, holds=holds)

    def append(self, source: str, keys: Mapping[str, Words]) -> None:
        """Add rows under generated external ids, whatever there is (PLN-4)."""
        for key, words in keys.items():
            self.things[key] = Thing(words, source)
            self.links[source, key] = Link(key, words, appended=True)

    def _row(self, file: File, code: str, words: Words) -> None:
        link, thing = self.links.get((file.source, code)), self.things.get(code)
        if code in file.bad or code in file.skipped:
            if link is not None:  # a readable key proves presence, whatever becomes of the row (PRE-34)
                self.links[file.source, code] = _seen(link, link.said)
            return
        said = link.said if link else {}
        if thing is None:
            self.things[code] = Thing(words, file.source)
        else:
            news = {name: word for name, word in words.items() if said.get(name) != word}
            taken = {name: word for name, word in news.items() if name not in thing.by_hand}
            back = file.source in KEEPERS and thing.retired == "source" and code not in file.stay_away
            self.things[code] = replace(
                thing, words={**thing.words, **taken}, retired="" if back else thing.retired
            )
        self.links[file.source, code] = _seen(link or Link(code, {}), {**said, **words})

    def _sweep(self, file: File, *, at: datetime, holds: bool) -> None:
        """Missing is what the snapshot did not see; who else has it decides (PRE-7, PRE-31, PRE-32)."""
        source = file.source
        absent = [
            key
            for key, link in self.links.items()
            if key[0] == source
            and key[1] not in file.rows
            and not link.appended
            and (link.present or self._waits(key))
        ]
        for key in absent:
            link = self.links[key]
            link = replace(link, present=False, missed=link.missed + 1, since=link.since or at)
            self.links[key] = self._without(key, link, file, at=at, holds=holds)

    def _without(self, key: Key, link: Link, file: File, *, at: datetime, holds: bool) -> Link:
        thing = self.things[link.thing]
        if thing.retired:
            return link
        if link.thing in file.keep:
            return replace(link, kept=True)
        may = key[0] == "ONE" or thing.creator == key[0]
        if self._elsewhere(key) or not may or link.missed < GRACE[key[0]]:
            return link
        if holds:
            return replace(link, held=True, held_at=at)
        self.things[link.thing] = replace(thing, retired="source")
        return link

    def _waits(self, key: Key) -> bool:
        """A link in its grace is missed again by every snapshot without it (PRE-8)."""
        link = self.links[key]
        free = not (link.held or link.kept or self.things[link.thing].retired)
        return GRACE[key[0]] > 1 and free

    def _elsewhere(self, key: Key) -> bool:
        """Whether another source keeps the thing: it has it, or misses it no longer than its grace (PRE-32)."""
        return any(
            other[0] in KEEPERS
            and other != key
            and link.thing == self.links[key].thing
            and not link.appended
            and (link.present or (not link.held and link.missed < GRACE[other[0]]))
            for other, link in self.links.items()
        )

    def _replace(self, file: File, *, at: datetime, holds: bool) -> None:
        """Delete what only this source has ever had; never what is retired or kept (PLN-2)."""
        mine = [
            (key, link)
            for key, link in self.links.items()
            if key[0] == file.source and link.present and key[1] not in file.rows
        ]
        for key, link in mine:
            shared = any(other != key and each.thing == link.thing for other, each in self.links.items())
            retired, kept = bool(self.things[link.thing].retired), link.thing in file.keep
            if retired or kept or shared or holds:
                link = replace(link, present=False, missed=link.missed + 1, since=at)
                held = not (retired or kept or shared)
                self.links[key] = replace(
                    link, kept=kept and not retired, held=held, held_at=at if held else None
                )
            else:
                del self.links[key], self.things[link.thing]

    # Acts of people ------------------------------------------------------------------------------------------------

    def edit(self, name: str, words: Words, locked: Collection[str]) -> None:
        """A person writes; what sources have said stays said (PRE-24)."""
        thing = self.things[name]
        by_hand = thing.by_hand | (set(words) & set(locked))
        self.things[name] = replace(thing, words={**thing.words, **words}, by_hand=frozenset(by_hand))

    def retire(self, name: str) -> None:
        """A person retires; no source brings it back (PRE-17)."""
        self.things[name] = replace(self.things[name], retired="person")

    def unretire(self, name: str) -> None:
        """A person takes it into use again."""
        self.things[name] = replace(self.things[name], retired="")

    def held(self, source: str, at: datetime, *, expired: bool = False) -> list[Key]:
        """What is held for review, ``expired`` or not yet (PRE-16, PRE-32)."""
        return [
            key
            for key, link in self.links.items()
            if key[0] == source
            and link.held_at is not None
            and not self.things[link.thing].retired
            and (at - link.held_at >= HOLD) is expired
        ]

    def review(self, source: str, *, at: datetime, keeps: bool) -> None:
        """Retire what is held, or keep it, and what was so too long, decided anew (PRE-16, PRE-32)."""
        for key in self.held(source, at) + (self.held(source, at, expired=True) if keeps else []):
            link, thing = self.links[key], self.things[self.links[key].thing]
            kept = keeps and not thing.retired
            if not (keeps or thing.retired or self._elsewhere(key)):
                self.things[link.thing] = replace(thing, retired="source")
            self.links[key] = replace(link, held=False, held_at=None, kept=kept)


def _seen(link: Link, said: Words) -> Link:
    return replace(link, said=said, present=True, missed=0, since=None, held=False, held_at=None, kept=False)
