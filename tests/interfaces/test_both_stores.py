"""One journey through the command line, on each store."""

from __future__ import annotations

NINJA = "--type device --source NINJAONE"


def test_import_look_and_undo(database_url, samples, stocktake):
    def run(*words):
        said = stocktake("--db", database_url, *" ".join(words).split())
        assert said.code == 0, said.err
        return said

    assert stocktake("runs", "--json", "--db", database_url).code == 2
    assert run(f"plan ninjaone-1.csv {NINJA} --json").document["counts"]["create"] == 24
    run(f"import ninjaone-1.csv {NINJA} --yes")
    run("import telus.csv --type device --source TELUS --yes")
    applied = run(f"import ninjaone-2.csv {NINJA} --yes --json").document
    assert (applied["run_id"], applied["counts"]["retire"], applied["counts"]["missing"]) == (3, 1, 1)

    assert run("records device --json").document["total"] == 33
    assert run("missing --source NINJAONE --json").document["total"] == 2
    assert run("run rows 3 --decision create --json").document["total"] == 2
    assert run("freshness --json").document["items"][0]["last_imports"]["device"]["run_id"] == 3
    kept = run("records device --where asset_tag~=t-0101 --json").document["items"][0]
    shown = run(f"record show device {kept['id']} --json").document
    assert {each["source"]: each["is_present"] for each in shown["links"]} == {
        "NINJAONE": False,
        "TELUS": True,
    }
    assert run(f"history device {kept['id']} --json").document["total"] == 4
    assert "LT-0101" in run(f"record show device {kept['id']}").out

    for number in (3, 2, 1):
        run(f"rollback {number} --yes")
    assert run("records device --json").document["total"] == 0
    assert run("runs --json").document["total"] == 6
    assert run("freshness --json").document["items"] == []
    assert "No devices yet." in run("records device").out
