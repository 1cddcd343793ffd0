"""``stocktake cancel``: an upload is given up, and what cannot be is refused (UPL-2)."""

from __future__ import annotations

from stocktake.book import open_book
from stocktake.model.run import RunStatus


def handed_over(folder) -> int:
    with open_book(f"sqlite:///{folder / 'stocktake.db'}", by="ana") as book:
        return book.receive([b"Serial Number,Hostname\nS1,alpha\n"], "devices.csv").draft.draft_id


def test_an_upload_is_cancelled(stocktake, folder):
    """UPL-2: the run is told, its file is gone."""
    number = handed_over(folder)
    assert f"{number}  " in stocktake("runs").out
    assert "uploaded" in stocktake("runs").out
    assert f"Run {number}: devices.csv" in stocktake(f"run show {number}").out.splitlines()

    said = stocktake(f"cancel {number} --by ben")

    assert said.code == 0
    assert said.out == f"Import {number} (devices.csv) is cancelled. Its file is gone; nothing was written.\n"
    assert list((folder / "stocktake.db-uploads").iterdir()) == []
    told = stocktake(f"cancel {number} --json").document
    assert (told["run_id"], told["status"], told["initiated_by"]) == (number, "cancelled", "ana")
    assert "ben cancelled import" in stocktake("activity").out


def test_a_run_that_was_no_upload_is_not_cancelled(stocktake, samples):
    """UPL-2, INT-10: it says what undoes it."""
    stocktake("import ninjaone-1.csv --type device --source NINJAONE --yes")
    said = stocktake("cancel 1 --json")
    assert said.code == 1
    assert said.document["error"]["code"] == "not-an-upload"
    assert "rollback 1" in said.document["error"]["hint"]
    assert stocktake("cancel 99").code == 2


def test_an_import_that_is_being_applied_is_asked_to_stop(stocktake, folder):
    """UPL-2: in whatever process it is."""
    number = handed_over(folder)
    with open_book(f"sqlite:///{folder / 'stocktake.db'}", by="ana") as book, book.store.writing(1) as unit:
        unit.turn_draft(number, [RunStatus.UPLOADED], status="applying")
        draft = unit.draft(number)
        assert draft is not None
        name = draft.upload.name
    said = stocktake(f"cancel {number}")
    assert said.code == 0
    assert "asked to stop" in said.out
    with open_book(f"sqlite:///{folder / 'stocktake.db'}") as book:
        assert book.uploads.is_asked_to_stop(name)
