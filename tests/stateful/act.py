"""What an act changed in a model, so that undoing it can be held against that."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from stocktake.book import OpenRun
from tests.stateful.model import Key, Link, Model, Thing

#: A thing by its name, or a link by its key.
Atom = str | Key
#: What an atom was before and after; None: not there.
Changed = dict[Atom, tuple[Thing | Link | None, Thing | Link | None]]


@dataclass
class Act:
    """An applied run, when it was applied, and what it changed in the model."""

    run: OpenRun
    at: datetime
    changed: Changed


def atoms(model: Model) -> dict[Atom, Thing | Link]:
    """Every thing and link."""
    return dict([*model.things.items(), *model.links.items()])


def difference(before: Model, after: Model) -> Changed:
    """The atoms that are not the same."""
    old, new = atoms(before), atoms(after)
    return {each: (old.get(each), new.get(each)) for each in [*old, *new] if old.get(each) != new.get(each)}


def reverted(model: Model, changed: Changed) -> Model:
    """The model with every changed atom as it was before."""
    found = atoms(model)
    for each, (before, _) in changed.items():
        if before is None:
            del found[each]
        else:
            found[each] = before
    return Model(
        {name: each for name, each in found.items() if isinstance(name, str) and isinstance(each, Thing)},
        {key: each for key, each in found.items() if isinstance(key, tuple) and isinstance(each, Link)},
    )
