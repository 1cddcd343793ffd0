"""Rows beside the links of their keys, against a dictionary (PLN-20, PLN-26)."""

from __future__ import annotations

from typing import Any

import polars as pl
from hypothesis import given
from hypothesis import strategies as some

from stocktake.planning.duplicate import duplicates
from stocktake.planning.linked import Linked, LinkSearch

KEYS = some.sampled_from(["a", "b", "c", "d", "ä", ""])
HASHES = some.sampled_from([b"one", b"two"])
ROW = some.tuples(KEYS, some.booleans(), HASHES, some.booleans())
LINK = some.tuples(some.integers(1, 9), HASHES, some.integers(7, 8), some.booleans())


def read(rows: list[tuple[Any, ...]], choice: str) -> pl.DataFrame:
    """Rows (key, keyless, hash, faulty) as staging gives them."""
    kinds = {"_key": pl.String, "_keyless": pl.Boolean, "_hash": pl.Binary, "_faulty": pl.Boolean}
    frame = pl.DataFrame(rows, schema=kinds, orient="row").with_columns(
        _row=pl.int_range(pl.len(), dtype=pl.UInt32),
        _line=pl.int_range(2, pl.len() + 2, dtype=pl.UInt32),
        _order=pl.lit(None, dtype=pl.String),
    )
    repeats = duplicates(frame, choice=choice).select("_row", "duplicate", "collision")
    return frame.join(repeats, on="_row", how="left", maintain_order="left").with_columns(
        pl.col("duplicate", "collision").fill_null(value=False)
    )


def linked(rows: pl.DataFrame, links: list[tuple[Any, ...]], retired: list[int], batch: int) -> Linked:
    kinds = {
        "_key": pl.String,
        "_keyless": pl.Boolean,
        "_record_id": pl.Int64,
        "_hash": pl.Binary,
        "_mapping": pl.Int64,
        "_present": pl.Boolean,
    }
    frame = pl.DataFrame(links, schema=kinds, orient="row")
    gone = pl.DataFrame({"_record_id": retired}, schema={"_record_id": pl.Int64})
    search = LinkSearch(rows, gone, mapping_id=7, refresh=False)
    search.meet(frame.clear())
    for part in frame.iter_slices(batch):
        search.meet(part)
    return search.linked()


@given(
    rows=some.lists(ROW, max_size=8),
    links=some.dictionaries(some.tuples(KEYS, some.booleans()), LINK, max_size=8),
    retired=some.lists(some.integers(1, 9), max_size=2),
    choice=some.sampled_from(["reject", "last", "first"]),
    batch=some.integers(1, 9),
)
def test_every_row_finds_its_link_and_is_settled_by_the_rule(rows, links, retired, choice, batch):
    """PLN-20: settled are rows of the same content under the same mapping, whose link is present and record not retired."""
    held = [(*key, *rest) for key, rest in links.items()]
    staged = read(rows, choice)
    result = linked(staged, held, retired, batch)

    settling = set()
    for row, found in zip(staged.iter_rows(named=True), result.rows.iter_rows(named=True), strict=True):
        key = (row["_key"], row["_keyless"])
        link = links.get(key)
        assert (found["_link_record"], found["_link_present"]) == (
            (link[0], link[3]) if link else (None, None)
        )
        sound = not (row["_faulty"] or row["duplicate"] or row["collision"])
        settled = bool(link and sound and link[1:] == (row["_hash"], 7, True) and link[0] not in retired)
        assert found["settled"] is settled
        if settled:
            settling.add(key)
    for row, found in zip(staged.iter_rows(named=True), result.rows.iter_rows(named=True), strict=True):
        key, place = (row["_key"], row["_keyless"]), found["_link"]
        assert (place is not None) == (key in links and key not in settling)
        if place is not None:
            assert result.open_links.row(place, named=True)["_record_id"] == links[key][0]
    assert set(result.open_links.select("_key", "_keyless").rows()) == set(links) - settling
    carried = set(staged.select("_key", "_keyless").rows())
    every = [(link[0], key[1], link[3], key in carried) for key, link in links.items()]
    assert sorted(result.records().rows()) == sorted(every)
