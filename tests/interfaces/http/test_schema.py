"""Whatever the published schema allows, and what it does not, is answered as it says, and never by a fault of ours.

Cases are made by schemathesis: a few of each route here, and fifty times as many of each for every role in a soak.
"""

from __future__ import annotations

import contextlib
import logging
import random
import shutil
import unittest
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode

from stocktake.catalog.packs import pack_samples
from tests.chance import SOAK, times
from tests.interfaces.http.conftest import Journey, Served, serving, with_people

#: Cases of each route, kind and role; fifty of each in a soak.
CASES = 1
#: In a soak each role sends at least so many.
SOAKED = 5_000
#: What is a stream without an end of its own.
LEFT_OUT = ("/progress",)
#: Roles by which the schema is tried: one that may little, one that may all in its workspace, one above them.
ASKING = ("viewer", "admin", "platform")


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def stocked(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server with records, an import on its way, and something missing."""
    folder = tmp_path_factory.mktemp("schema")
    with contextlib.ExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        patch.setenv("STOCKTAKE_UPLOADS", str(folder / "uploads"))
        if request.param == "sqlite":
            template: Path = request.getfixturevalue("sqlite_template")
            shutil.copyfile(template, folder / "stock.db")
            url = f"sqlite:///{folder / 'stock.db'}"
        else:
            url = stack.enter_context(request.getfixturevalue("postgres_copies").lent())()
        opened = stack.enter_context(serving(url))
        samples = pack_samples("it_assets")
        operator = Journey(with_people(opened).as_("operator"))
        for name in ("ninjaone-1.csv", "ninjaone-2.csv"):
            operator.imported(samples[name].read_bytes())
        operator.preview(samples["ninjaone-1.csv"].read_bytes())
        yield opened


@dataclass
class Trial:
    """Sends cases, counts them, and keeps what was answered otherwise than the schema says."""

    url: str
    client: httpx2.Client
    chance: random.Random = field(default_factory=lambda: random.Random(7))
    statuses: Counter[int] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def ask(self, case: Any) -> None:
        """Send one case. In half of them, parts of the address are of things that there are."""
        case.path_parameters = {**case.path_parameters, **self._known(case.path_parameters)}
        self._spares_our_token(case)
        case.query = {name: value for name, value in case.query.items() if name != "wait"}
        answer = case.call(base_url=self.url, headers=dict(self.client.headers))
        self.statuses[answer.status_code] += 1
        published = case.operation.definition.raw["responses"].get(str(answer.status_code), {})
        content = answer.headers.get("content-type", [""])[0].partition(";")[0]
        known = content in published.get("content", {}) or answer.status_code == 405
        if answer.status_code >= 500 or not known:
            self.wrong.append(_told(case, answer))
        elif answer.status_code != 405:
            try:
                case.operation.validate_response(answer, case=case)
            except Exception as error:  # whatever it is that does not keep to the schema
                self.wrong.append(f"{_told(case, answer)}\n{str(error)[:900]}")

    def _known(self, parts: dict[str, Any]) -> dict[str, Any]:
        """The workspace that there is, and often a record, run, type, source or collection that there is."""
        told: dict[str, Any] = {"workspace": "default"} if "workspace" in parts else {}
        if self.chance.random() < 0.5:
            there = {
                "record_type": "device",
                "name": "NINJAONE",
                "record_id": 17,
                "link": "device:17:NINJAONE",
            }
            there |= {"run_id": self.chance.choice((1, 2, 3)), "import_id": 3}
            told |= {name: value for name, value in there.items() if name in parts}
        return told

    def _spares_our_token(self, case: Any) -> None:
        """Whoever asks goes on asking: nobody revokes the tokens of the trial."""
        if case.path.startswith("/api/v1/tokens/"):
            case.path_parameters = {"record_id": 1_000_000}


@pytest.mark.each_store
@pytest.mark.chance
@pytest.mark.parametrize("who", ASKING)
def test_no_request_that_the_schema_describes_or_forbids_is_a_fault_of_ours(
    stocked: Served, who: str, caplog: pytest.LogCaptureFixture
):
    """REL-13: no server error, no status, content type or document that is not published, no traceback in the log."""
    trial = Trial(stocked.url, stocked.as_(who))
    schema = schemathesis.openapi.from_dict(trial.client.get("/api/v1/openapi.json").json())
    with caplog.at_level(logging.ERROR):
        for found in schema.get_all_operations():
            operation = found.ok()  # type: ignore[union-attr]
            if not operation.path.endswith(LEFT_OUT):
                for mode in GenerationMode:
                    _each_case(operation, mode, trial)
    tried = trial.statuses.total()
    print(f"\n{who}: {tried:,} cases; {dict(sorted(trial.statuses.items()))}")
    assert not trial.wrong, "\n\n".join(trial.wrong[:20])
    assert [each.getMessage() for each in caplog.records if each.exc_info] == []
    assert tried > (SOAKED if SOAK >= 50 else 60)
    own = stocked.installation
    assert own.book("default", own.owner).wiring_health().is_healthy


def _each_case(operation: Any, mode: GenerationMode, trial: Trial) -> None:
    """Some requests of a route; none where nothing can be made that the schema forbids."""

    @settings(
        max_examples=times(CASES), database=None, suppress_health_check=list(HealthCheck), deadline=None
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def asked(case: Any) -> None:
        trial.ask(case)

    with contextlib.suppress(Unsatisfiable, unittest.SkipTest):
        asked()


def _told(case: Any, answer: Any) -> str:
    return f"{case.method} {case.formatted_path} {case.query} {answer.status_code} {answer.text[:300]}"
