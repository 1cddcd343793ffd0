"""Discovery flows and the pack discovery (LIN-3, LIN-6, LIN-7, LIN-10, PACK-3)."""

from __future__ import annotations

import json
from importlib.resources import as_file
from typing import Any

import pytest

import stocktake as st
from stocktake.book import OpenRun
from stocktake.catalog.packs import pack_samples
from tests.stories.desk import Desk


def found(desk: Desk, name: str, kind: str, **options: Any) -> OpenRun:
    desk.later()
    with as_file(pack_samples("discovery")[name]) as path:
        return desk.book.plan(path, record_type=kind, source="discovery_flow", **options).apply()


def server(desk: Desk) -> dict[str, Any]:
    return desk.rows("SELECT * FROM server WHERE hostname = 'web-01.harbour.example'")[0]


def test_assets_of_a_flow_carry_it(desk: Desk) -> None:
    """LIN-6, LIN-10, PACK-3: flow, master flow, phase, method, source, time, attributes, raw row and mapping."""
    desk.book.add_discovery_flow("FLOW-1", master="MASTER-1", name="Data centre")
    run = found(desk, "servers.csv", "server", flow="FLOW-1")

    asset = server(desk)
    assert (asset["discovery_flow_id"], asset["master_flow_id"]) == ("FLOW-1", "MASTER-1")
    assert (asset["source_phase"], asset["current_phase"]) == ("inventory", "inventory")
    assert (asset["discovery_method"], asset["discovery_source"]) == ("flow_based", "Discovery Flow")
    assert asset["discovered_at"] is not None
    told = asset["custom_attributes"]
    attributes = json.loads(told) if isinstance(told, str) else told
    with as_file(pack_samples("discovery")["servers.csv"]) as path:
        alone = desk.book.plan(path, record_type="server", source="discovery_flow")
    assert attributes == {
        "discovered_in_phase": "inventory",
        "field_mappings_version": alone.plan.mapping.version,
    }
    assert (asset["row_run"], asset["row_number"]) == (run.run_id, 2)
    assert bytes(asset["mapping_hash"]).hex() == run.run.mapping_hash
    assert (run.run.discovery_flow_id, run.run.phase) == ("FLOW-1", "inventory")
    assert run.run.master_flow_id == "MASTER-1"
    assert desk.book.wiring_health().counts["all_assets_missing_discovery_flow_id"] == 0


def test_a_flow_that_is_new_is_made_when_the_import_is_applied(desk: Desk) -> None:
    """LIN-10; PLN-5: a plan makes none."""
    desk.book.set_up()
    with as_file(pack_samples("discovery")["servers.csv"]) as path:
        desk.book.plan(path, record_type="server", source="discovery_flow", flow="FLOW-9")
    assert desk.book.discovery_flows() == []

    found(desk, "servers.csv", "server", flow="FLOW-9")
    assert [each["flow_id"] for each in desk.book.discovery_flows()] == ["FLOW-9"]


def test_a_later_phase_changes_the_current_one_only(desk: Desk) -> None:
    """PACK-3."""
    found(desk, "servers.csv", "server", flow="FLOW-1")
    run = found(desk, "servers.csv", "server", flow="FLOW-1", phase="assessment")

    assert (run.stats["updated"], run.stats["fields"]) == (5, 5)
    assert (server(desk)["source_phase"], server(desk)["current_phase"]) == ("inventory", "assessment")


def test_the_same_mapping_hashes_differently_in_two_flows(desk: Desk) -> None:
    """LIN-3, LIN-7: and the same in one, whichever run it is."""
    first = found(desk, "servers.csv", "server", flow="FLOW-1")
    again = found(desk, "servers.csv", "server", flow="FLOW-1", phase="inventory")
    other = found(desk, "servers.csv", "server", flow="FLOW-2")

    assert first.run.mapping_hash == again.run.mapping_hash != other.run.mapping_hash


def test_an_import_by_hand_belongs_to_no_flow_and_is_no_fault(desk: Desk) -> None:
    """HEA-2: told for comparison."""
    found(desk, "servers.csv", "server")

    health = desk.book.wiring_health()
    assert server(desk)["discovery_method"] == "manual"
    assert health.counts["all_assets_missing_discovery_flow_id"] == 5
    assert health.is_healthy


def test_flow_based_assets_without_their_flow_are_a_fault(desk: Desk) -> None:
    """HEA-2, BAC-4: blank, or a flow that is not there."""
    found(desk, "servers.csv", "server", flow="FLOW-1")
    desk.write("UPDATE server SET discovery_flow_id = NULL WHERE id <= 2")
    desk.write("UPDATE server SET discovery_flow_id = 'NONE' WHERE id = 3")

    health = desk.book.wiring_health(detail=True)
    assert health.faults == {
        "flow_based_assets_missing_discovery_flow_id": 2,
        "assets_with_unknown_discovery_flow": 1,
    }
    assert health.counts["all_assets_missing_discovery_flow_id"] == 2
    assert {name: len(some) for name, some in (health.samples or {}).items()} == health.faults


def test_applications_and_databases_refer_to_their_servers(desk: Desk) -> None:
    """PACK, IDN-4."""
    for name, kind in (
        ("servers.csv", "server"),
        ("applications.csv", "application"),
        ("databases.csv", "database"),
    ):
        found(desk, name, kind, flow="FLOW-1")

    assert desk.rows("SELECT count(*) AS n FROM application WHERE server_id IS NOT NULL")[0]["n"] == 4
    assert desk.rows("SELECT count(*) AS n FROM database WHERE server_id IS NOT NULL")[0]["n"] == 3
    assert desk.book.wiring_health().is_healthy


def test_an_import_into_a_flow_is_undone_like_any(desk: Desk) -> None:
    """LIN-10, ROL-2."""
    run = found(desk, "servers.csv", "server", flow="FLOW-1")
    run.rollback()

    assert desk.rows("SELECT count(*) AS n FROM server")[0]["n"] == 0
    assert desk.book.wiring_health().is_healthy


def test_a_type_without_flows_and_a_phase_without_a_flow_are_refused(desk: Desk) -> None:
    """LIN-10."""
    with pytest.raises(st.InvalidInput, match="cannot belong to a discovery flow"):
        desk.plan("NINJAONE", [{"Serial Number": "S1"}], flow="FLOW-1")
    with pytest.raises(st.InvalidInput, match="no flow is named"):
        desk.plan("NINJAONE", [{"Serial Number": "S1"}], phase="assessment")
