"""Plans that are saved, opened again, and held against each other (PLN-9, PLN-24)."""

from __future__ import annotations

from os import PathLike, fspath
from pathlib import Path
from typing import cast

from stocktake.access.right import Right
from stocktake.book import plan_file
from stocktake.book.ground import Ground
from stocktake.book.handle import Home, OpenPlan
from stocktake.book.right import needs
from stocktake.flows.reopening import check_as_planned, check_declared, check_ground, ground_of
from stocktake.model.errors import InvalidInput
from stocktake.planning.diff import Difference, difference
from stocktake.readers.handed import Content, content_name, origin_of


class Saving(Ground):
    """The part of a book that saves plans and opens them again."""

    @needs(Right.IMPORT)
    def save_plan(self, opened: OpenPlan, path: str | PathLike[str]) -> Path:
        """Write a plan to a file, see ``OpenPlan.save``."""
        place, plan, ground = Path(fspath(path)), opened.plan, None
        if plan.state.last_run:
            with self._reading() as unit:
                ground = ground_of(unit, plan)
        plan_file.save(plan, place, content=opened.path, ground=ground)
        return place

    @needs(Right.IMPORT)
    def load_plan(self, path: str | PathLike[str], content: Content | None = None) -> OpenPlan:
        """Open a plan that was saved, for the same content, in the same database and workspace (PLN-9, PLN-24).

        ``content`` is what the plan was made from; left out, it is the file that was planned, where it lay or beside
        ``path``. Nothing is written.

        Raises ``NotFound`` ``file-not-found``; ``Unreadable`` (``not-a-plan``, ``plan-damaged``); ``InvalidInput``
        (``plan-of-other-workspace``, ``plan-of-other-database``); ``StalePlan``: ``plan-of-other-version``,
        ``plan-of-other-file``, ``declaration-changed``, ``plan-used``, and ``stale-plan`` with what has moved.
        """
        place = Path(fspath(path))
        saved = plan_file.read(place)
        plan = saved.plan
        if plan.workspace != self.workspace:
            raise InvalidInput(
                "plan-of-other-workspace",
                f"This plan was made in the workspace {plan.workspace}; this is {self.workspace}. Nothing was written.",
                hint=f"Apply it with --workspace {plan.workspace}, or plan again here.",
            )
        given: Content = plan_file.content_of(saved, place) if content is None else content
        plan_file.check_content(plan, origin_of(given, plan.options.read, None), content_name(given))
        declared = self.declared()
        name = plan.record_type.name
        check_declared(plan, declared.record_types, declared.source(plan.source.name, name))
        if self.store.exists and self.store.is_set_up:
            referring = declared.referring(name)
            with self._reading() as unit:
                check_as_planned(unit, plan, saved.ground, declared.keepers(), referring)
        else:
            check_ground(plan, saved.ground, None)
        home = cast(Home, self)  # whoever saves is a book
        return OpenPlan(home, plan, Path(fspath(given)) if isinstance(given, str | PathLike) else None)

    @needs(Right.VIEW)
    def compare_plans(self, first: str | PathLike[str], second: str | PathLike[str]) -> Difference:
        """Two saved plans side by side; neither their files nor their database are needed (PLN-24).

        Raises what ``load_plan`` says of files, and ``InvalidInput`` ``plans-not-comparable`` for plans of another record
        type or source.
        """
        return difference(*(plan_file.read(Path(fspath(each))).plan for each in (first, second)))
