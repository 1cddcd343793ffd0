"""The pages for people of a large workspace: which there are, and what their answers took."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from benchmarks.declaration import RECORD_TYPE, SOURCE

#: The plainest page of all, which reads nothing of the workspace: others are so many times as slow.
ANSWERS = "account"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """Milliseconds until the whole answer was there: the first time, later, and right after a record was edited.

    ``is_part``: it follows its page, and may take its time.
    """

    first: float
    answer: Sequence[float]
    after_write: float
    is_part: bool

    @property
    def slowest(self) -> float:
        """What somebody waits at most."""
        return max(self.first, median(self.answer), self.after_write)


def shown_pages(rows: int, known: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Name and address of every page of a workspace that :mod:`benchmarks.stock` has filled.

    ``#part`` behind an address: what a script asks for, that follows its page.
    """
    home, records, late = "/workspaces/default", f"/records/{RECORD_TYPE}", rows // 50 - 1
    run, delta, draft = f"/runs/{known['first']}", f"/runs/{known['delta']}", f"/imports/{known['draft']}"
    waterfall = f"/waterfall?type={RECORD_TYPE}&field=city"
    yield ANSWERS, "/account"
    paths = {
        "dashboard": "",
        "import history": "/runs",
        "run": run,
        "run, update": f"{delta}?decision=update",
        "run, create, late": f"{run}?decision=create&page={late}",
        "rollback": f"{delta}/rollback",
        "records": records,
        "records, late": f"{records}?page={late}",
        "records, some": f"{records}?where=city%3DOslo",
        "records, some: how many": f"{records}?where=city%3DKrak%C3%B3w&whole=true#part",
        "records, text": f"{records}?where=~%3DAT-5",
        "records, text: all": f"{records}?where=~%3DAT-6&whole=true#part",
        "records, missing": f"{records}?missing_source={SOURCE}",
        "record": f"{records}/{rows // 2}",
        "record, lineage": f"{records}/{rows // 2}?lineage=true",
        "missing": "/missing",
        "missing, source": f"/missing?source={SOURCE}",
        "work list": "/review",
        "held": "/held",
        "freshness": "/freshness",
        "activity": "/activity",
        "health": "/health",
        "health: wiring": "/health/wiring#part",
        "waterfall, to choose": "/waterfall",
        "waterfall": waterfall,
        "waterfall: picture": f"{waterfall}&whole=true#part",
        "waterfall, remembered": f"{waterfall}&by=run",
        "import, file": f"{draft}/file",
        "import, mapping": f"{draft}/mapping",
        "import, check": f"{draft}/check",
        "import, review": f"{draft}/review",
        "import, review, late": f"{draft}/review?decision=unchanged&page={late}",
        "import, upload": "/import",
        "media": "/media",
        "record types": "/admin/types",
        "sources": "/admin/sources",
        "mappings": "/admin/mappings",
        "members": "/admin/members",
    }
    for name, path in paths.items():
        yield name, f"{home}{path}"
