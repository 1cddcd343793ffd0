"""Whatever the published schema allows, and what it does not, is answered as it says, and never by a fault of ours.

Cases are made by schemathesis: some per route here, and thirty times as many in a soak.
"""

from __future__ import annotations

import contextlib
import unittest
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode

from stocktake.catalog.packs import pack_samples
from tests.chance import times
from tests.interfaces.http.conftest import Journey, Served, serving, with_people

#: Cases of each route and kind; there are some 75 routes.
CASES = 2
#: What would end the session of the test itself, or wait for long.
LEFT_OUT = ("/progress",)


@pytest.fixture(scope="module")
def stocked(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server with records, an import on its way, and something missing."""
    folder = tmp_path_factory.mktemp("schema")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STOCKTAKE_UPLOADS", str(folder / "uploads"))
        (folder / "stock.db").write_bytes(sqlite_template.read_bytes())
        with serving(f"sqlite:///{folder / 'stock.db'}") as opened:
            samples = pack_samples("it_assets")
            operator = Journey(with_people(opened).as_("operator"))
            for name in ("ninjaone-1.csv", "ninjaone-2.csv"):
                operator.imported(samples[name].read_bytes())
            operator.preview(samples["ninjaone-1.csv"].read_bytes())
            yield opened


@pytest.mark.chance
@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda each: each.value)
def test_no_request_that_the_schema_describes_or_forbids_is_a_fault_of_ours(
    stocked: Served, mode: GenerationMode
):
    """No server error, no status and no content type that is not published."""
    client = stocked.as_("platform")
    schema = schemathesis.openapi.from_dict(client.get("/api/v1/openapi.json").json())
    tried, told = 0, []

    def ask(case: Any) -> None:
        nonlocal tried
        tried += 1
        case.path_parameters = {**case.path_parameters, **_known(case.path_parameters)}
        case.query = {name: value for name, value in case.query.items() if name != "wait"}
        answer = case.call(base_url=stocked.url, headers=dict(client.headers))
        published = case.operation.definition.raw["responses"].get(str(answer.status_code), {})
        content = answer.headers.get("content-type", [""])[0].partition(";")[0]
        known = content in published.get("content", {}) or answer.status_code == 405
        if answer.status_code >= 500 or not known:
            told.append((f"{case.method} {case.formatted_path}", answer.status_code, answer.text[:300]))

    for found in schema.get_all_operations():
        operation = found.ok()  # type: ignore[union-attr]
        if not operation.path.endswith(LEFT_OUT):
            _each_case(operation, mode, ask)
    assert told == []
    assert tried > 60
    own = stocked.installation
    assert own.book("default", own.owner).wiring_health().is_healthy


def _each_case(operation: Any, mode: GenerationMode, ask: Callable[[Any], None]) -> None:
    """Some requests of a route; none where nothing can be made that the schema forbids."""

    @settings(
        max_examples=times(CASES), database=None, suppress_health_check=list(HealthCheck), deadline=None
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def asked(case: Any) -> None:
        ask(case)

    with contextlib.suppress(Unsatisfiable, unittest.SkipTest):
        asked()


def _known(parts: dict[str, Any]) -> dict[str, Any]:
    """The workspace that there is; other parts of an address stay as they were made."""
    return {"workspace": "default"} if "workspace" in parts else {}
