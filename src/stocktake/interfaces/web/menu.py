"""The areas of a workspace, in the order in which they stand beside every page; who may not look there does not see it."""

from __future__ import annotations

from dataclasses import dataclass

from stocktake.access.right import Right


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """One entry: ``path`` within the workspace; ``also``: other paths under which it counts as the place where one is."""

    name: str
    path: str
    needs: Right = Right.VIEW
    also: tuple[str, ...] = ()

    def holds(self, place: str) -> bool:
        """Whether ``place``, a path within the workspace, lies in this area."""
        if not self.path:
            return place == ""
        return any(place == each or place.startswith(each + "/") for each in (self.path, *self.also))


AREAS: tuple[Area, ...] = (
    Area(name="Dashboard", path=""),
    Area(name="Import", path="/import", needs=Right.IMPORT, also=("/imports",)),
    Area(name="Import history", path="/runs"),
    Area(name="Records", path="/records"),
    Area(name="Missing by source", path="/missing"),
    Area(name="Review", path="/review", also=("/held",)),
    Area(name="Waterfall", path="/waterfall"),
    Area(name="Freshness", path="/freshness"),
    Area(name="Media", path="/media"),
    Area(name="Health", path="/health"),
    Area(name="Activity", path="/activity"),
    Area(name="Admin", path="/admin"),
)
