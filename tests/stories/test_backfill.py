"""Backfills: what existing records lack is given to them by runs that can be undone (BAC)."""

from __future__ import annotations

from importlib.resources import as_file
from typing import Any

import pytest

import stocktake as st
from stocktake.catalog.packs import pack_samples
from tests.stories.desk import Desk, device, fleet


@pytest.fixture
def stock(desk: Desk) -> Desk:
    """Twenty devices of INTUNE, eight of which have lost their links, one of those retired by hand."""
    desk.declare("INTUNE")
    desk.load("INTUNE", fleet(20))
    desk.write("DELETE FROM st_source_link WHERE external_id IN ('s001', 's002', 's003', 's004', 's005')")
    desk.write("DELETE FROM st_source_link WHERE external_id IN ('s006', 's007', 's008')")
    desk.retire_by_hand("S008")
    desk.later()
    return desk


def links(desk: Desk) -> int:
    return int(desk.rows("SELECT count(*) AS n FROM st_source_link")[0]["n"])


def test_a_preview_says_what_is_lacking_and_writes_nothing(stock: Desk) -> None:
    """BAC-3: counts and samples."""
    (part,) = stock.book.preview_backfill("presence-links")

    assert (part.source and part.source.name, part.lacking.height, part.left) == ("INTUNE", 7, 0)
    assert part.samples[0] == (stock.record("S001")["id"], "T001")
    assert len(part.samples) == 5
    assert (links(stock), stock.last_run()["run_id"]) == (12, 1)


def test_records_of_a_source_that_tracks_presence_get_their_links(stock: Desk) -> None:
    """BAC-1: seen now, first and last, and present; retired records are left alone."""
    (run,) = stock.book.backfill("presence-links", by="bob")

    assert (run.run.kind, run.run.initiated_by, run.stats["links"]) == ("backfill", "bob", 7)
    assert links(stock) == 19
    link = stock.link("INTUNE", "S001")
    assert (link["is_present"], link["external_id"]) == (True, "S001")
    assert stock.last_seen("INTUNE", "S001") == stock.now
    (entry,) = stock.audit(run, "backfill")
    assert entry["sentence"] == "bob backfilled presence-links: 7 devices got a link to INTUNE."


def test_a_backfill_done_again_changes_nothing(stock: Desk) -> None:
    """BAC-1."""
    stock.book.backfill("presence-links")

    assert stock.book.backfill("presence-links") == []
    assert stock.book.preview_backfill("presence-links") == []


def test_a_backfill_keeps_how_well_wired_it_found_and_left_the_workspace(stock: Desk) -> None:
    """BAC-5: every metric before and after, and how long it took."""
    stock.write("UPDATE device SET created_run = 77 WHERE serial_number = 'S001'")
    (run,) = stock.book.backfill("presence-links")

    wiring = run.run.wiring
    assert wiring["before"]["records_without_link_or_run"] == 1
    assert wiring["after"]["records_without_link_or_run"] == 0
    assert wiring["after"].keys() == stock.book.wiring_health().counts.keys()
    assert "backfilling" in run.run.phases


class Watched:
    """Progress that is written down."""

    def __init__(self) -> None:
        self.told: list[tuple[str, int | None]] = []

    def phase(self, name: str, total: int | None = None) -> None:
        self.told.append((name, total))

    def expect(self, total: int) -> None:
        self.told.append(("expect", total))

    def advance(self, rows: int) -> None:
        self.told.append(("advance", rows))


def test_records_are_mended_in_batches_that_are_told(stock: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """BAC-1: how far it is is told batch by batch, and how long it took stands on its run."""
    monkeypatch.setattr("stocktake.flows.backfill.BATCH", 3)
    progress = Watched()
    (run,) = stock.book.backfill("presence-links", progress=progress)

    assert progress.told == [("backfilling", 7), ("advance", 3), ("advance", 3), ("advance", 1)]
    assert (links(stock), run.stats["links"], run.run.status) == (19, 7, "applied")
    assert run.run.phases["backfilling"] > 0


def test_the_next_snapshot_knows_the_links(stock: Desk) -> None:
    """BAC-1: what is gone then is retired as ever."""
    stock.book.backfill("presence-links")
    run = stock.load("INTUNE", fleet(20)[1:])

    assert (run.stats["retire"], run.stats["create"]) == (1, 0)
    assert stock.status("S001") == "RETIRED"


def test_a_backfill_is_rolled_back_like_any_run(stock: Desk) -> None:
    """BAC-4."""
    before = stock.state()
    (run,) = stock.book.backfill("presence-links")
    run.rollback()

    assert stock.state() == before
    assert stock.book.run(run.run_id).run.status == "rolled_back"


def test_a_key_that_is_taken_is_left_and_said(stock: Desk) -> None:
    """BAC-1: one link a key."""
    stock.write("UPDATE device SET external_id = 'S010' WHERE serial_number = 'S001'")
    (part,) = stock.book.preview_backfill("presence-links")

    assert (part.lacking.height, part.left) == (6, 1)


def test_sources_that_track_no_presence_get_no_links(desk: Desk) -> None:
    """BAC-1."""
    desk.load("EXCEL", [device("E1")], strategy="merge")
    desk.write("DELETE FROM st_source_link")

    assert desk.book.preview_backfill("presence-links") == []


# Discovery flows ---------------------------------------------------------------------------------------------------


@pytest.fixture
def assets(desk: Desk) -> Desk:
    """Five servers of a flow, three of which have lost it."""
    desk.book.add_discovery_flow("FLOW-1", master="MASTER-1")
    desk.later()
    with as_file(pack_samples("discovery")["servers.csv"]) as path:
        desk.book.plan(path, record_type="server", source="discovery_flow", flow="FLOW-1").apply()
    desk.write("UPDATE server SET discovery_flow_id = NULL WHERE id <= 3")
    desk.write("UPDATE server SET row_run = 1, master_flow_id = NULL WHERE id = 1")
    desk.later()
    return desk


def servers(desk: Desk) -> list[dict[str, Any]]:
    return desk.rows(
        "SELECT id, discovery_flow_id, master_flow_id, changed_run, version FROM server ORDER BY id"
    )


def test_records_get_the_flow_that_their_run_tells(assets: Desk) -> None:
    """BAC-2, BAC-5, LIN-1: with the run that did it, and no longer a fault."""
    (run,) = assets.book.backfill("discovery-flow")

    assert run.stats["flows"] == 3
    assert [each["discovery_flow_id"] for each in servers(assets)] == ["FLOW-1"] * 5
    assert [each["changed_run"] for each in servers(assets)] == [run.run_id] * 3 + [None] * 2
    metric = "flow_based_assets_missing_discovery_flow_id"
    assert (run.run.wiring["before"][metric], run.run.wiring["after"][metric]) == (3, 0)
    assert assets.book.backfill("discovery-flow") == []


def test_records_get_the_only_flow_of_their_master_flow(assets: Desk) -> None:
    """BAC-2: two flows of one master flow tell nothing."""
    assets.write("UPDATE st_import_run SET discovery_flow_id = NULL")
    assets.book.add_discovery_flow("FLOW-2", master="MASTER-2")
    assert [each.lacking.height for each in assets.book.preview_backfill("discovery-flow")] == [2]

    assets.book.add_discovery_flow("FLOW-3", master="MASTER-1")
    assert assets.book.preview_backfill("discovery-flow") == []


def test_a_backfill_of_flows_is_rolled_back_with_its_before_images(assets: Desk) -> None:
    """BAC-4, ROL-2."""
    (run,) = assets.book.backfill("discovery-flow")
    run.rollback()

    assert [each["discovery_flow_id"] for each in servers(assets)] == [None] * 3 + ["FLOW-1"] * 2
    assert assets.book.wiring_health().faults == {"flow_based_assets_missing_discovery_flow_id": 3}
    assert assets.rows("SELECT * FROM st_feed WHERE source = ''") == []


def test_on_postgresql_assets_are_held_to_their_flows_by_a_key(assets: Desk) -> None:
    """BAC-4: data first, then the key, valid when it holds; on SQLite health counts what breaks it."""
    assets.book.backfill("discovery-flow")
    if not assets.is_postgres:
        return

    (key,) = assets.rows("SELECT convalidated FROM pg_constraint WHERE conname = 'server_discovery_flow'")
    assert key["convalidated"]
    with pytest.raises(Exception, match="server_discovery_flow"):
        assets.write("UPDATE server SET discovery_flow_id = 'NONE' WHERE id = 1")
    with as_file(pack_samples("discovery")["servers.csv"]) as path:
        plan = assets.book.plan(path, record_type="server", source="discovery_flow", flow="FLOW-5")
        assert plan.apply().stats["updated"] == 5


def test_rows_that_break_the_key_are_counted_and_leave_it_unvalidated(assets: Desk) -> None:
    """BAC-4, HEA-2."""
    assets.write("UPDATE server SET discovery_flow_id = 'NONE' WHERE id = 4")
    assets.book.backfill("discovery-flow")

    assert assets.book.wiring_health().faults == {"assets_with_unknown_discovery_flow": 1}
    if assets.is_postgres:
        (key,) = assets.rows("SELECT convalidated FROM pg_constraint WHERE conname = 'server_discovery_flow'")
        assert not key["convalidated"]


def test_an_unknown_backfill_is_refused(desk: Desk) -> None:
    """BAC-1."""
    desk.book.set_up()
    with pytest.raises(st.NotFound, match="There is no backfill"):
        desk.book.backfill("links")
