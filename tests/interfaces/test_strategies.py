"""``import`` with each strategy, in the numbers that must hold (PLN-2, PLN-3), on each store."""

from __future__ import annotations


def deals(first: int, last: int, stage: str = "Prospecting") -> list[str]:
    return [
        f"D{number:03},Deal {number},{stage},{number}00,Account {number % 10}"
        for number in range(first, last + 1)
    ]


def csv(*parts: list[str]) -> str:
    rows = [row for part in parts for row in part]
    return "\n".join(["Deal ID,Deal Name,Stage,Amount,Company Name", *rows]) + "\n"


def all_deals(run) -> dict[str, dict]:
    found = []
    for page in (1, 2):
        found += run(f"records deal --page {page} --page-size 200 --json").document["items"]
    return {each["external_id"]: each for each in found}


def test_merge_of_30_rows_into_100_deals_leaves_105(database_url, stocktake, write):
    """PLN-3."""

    def run(words):
        said = stocktake(f"{words} --db {database_url}")
        assert said.code == 0, said.err
        return said

    write("all.csv", csv(deals(1, 100)))
    write("some.csv", csv(deals(1, 10, "Negotiation"), deals(11, 25), deals(101, 105)))
    run("import all.csv --type deal --source HUBSPOT --strategy merge --yes")
    before = all_deals(run)
    merged = run("import some.csv --type deal --source HUBSPOT --strategy merge --yes --json").document

    counts = merged["counts"]
    assert (counts["create"], counts["update"], counts["unchanged"], counts["delete"]) == (5, 10, 15, 0)
    after = all_deals(run)
    assert len(after) == 105
    assert {name for name in before if after[name] != before[name]} == {
        f"D{each:03}" for each in range(1, 11)
    }
    run("rollback 2 --yes")
    assert {name: each["values"] for name, each in all_deals(run).items()} == {
        name: each["values"] for name, each in before.items()
    }


def test_replace_of_100_deals_by_95_deletes_5_and_rolls_back(database_url, stocktake, write):
    """PLN-2: ids and accounts survive."""

    def run(words):
        said = stocktake(f"{words} --db {database_url}")
        assert said.code == 0, said.err
        return said

    write("all.csv", csv(deals(1, 100)))
    write("fewer.csv", csv(deals(1, 95)))
    write("none.csv", csv())
    of = "--type deal --source csv_import --strategy replace"
    run(f"import all.csv {of} --yes")
    before = all_deals(run)
    replaced = run(f"import fewer.csv {of} --yes --json").document
    assert (replaced["counts"]["delete"], replaced["counts"]["unchanged"]) == (5, 95)
    assert len(replaced["records"]["delete"]) == 5
    assert replaced["history"]["removed"] == 5
    after = all_deals(run)
    assert after == {name: each for name, each in before.items() if name <= "D095"}
    assert {each["values"]["account"] for each in after.values()} == {f"Account {each}" for each in range(10)}

    empty = stocktake(f"import none.csv {of} --yes --allow-retire 1000 --json --db {database_url}")
    assert (empty.code, empty.document["error"]["code"]) == (4, "empty-snapshot")
    assert len(all_deals(run)) == 95
    run("rollback 2 --yes")
    assert all_deals(run) == before
