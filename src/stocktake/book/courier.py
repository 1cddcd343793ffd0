"""The courier of a server: tells the webhooks of all workspaces, beside the jobs and never within one."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from stocktake.book.setting import poster, secret_key
from stocktake.flows.posting import Postman, post_waiting
from stocktake.model.errors import Busy, Refusal
from stocktake.stores.store import Store

_log = logging.getLogger("stocktake.worker")


class Courier:
    """Tells whoever is to be told, a round at a time. What it cannot do is logged, once for each reason."""

    def __init__(
        self, store: Store, clock: Callable[[], datetime], is_ending: Callable[[], bool] = lambda: False
    ) -> None:
        """``is_ending``: whether no further message is to be begun."""
        self._store = store
        self._is_ending = is_ending
        self._clock = clock
        self._complaints: set[str] = set()

    def go_round(self) -> int:
        """Deliver what is due in every workspace; how many deliveries arrived."""
        arrived = 0
        for workspace_id, workspace in self._store.hooked_workspaces().items():
            try:
                arrived += self._deliver(workspace_id, workspace)
            except Busy:
                # An import has the embedded database; the next round comes soon.
                continue
            except Refusal as refused:
                self._complain(workspace, f"{refused.message} {refused.hint}")
        return arrived

    def _deliver(self, workspace_id: int, workspace: str) -> int:
        postman = Postman(
            store=self._store,
            workspace_id=workspace_id,
            workspace=workspace,
            key=secret_key(),
            post=poster(),
            clock=self._clock,
            is_ending=self._is_ending,
        )
        done = post_waiting(postman, only_due=True)
        for each in done:
            if each.error is not None and not each.failed:
                self._complain(workspace, each.error)
        return sum(each.delivered for each in done)

    def _complain(self, workspace: str, why: str) -> None:
        if why not in self._complaints:
            self._complaints.add(why)
            _log.error("webhooks of %s are not told: %s", workspace, why)
